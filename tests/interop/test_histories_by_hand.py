"""Histories as people have them, made by hand: half of the columns, decimal commas, per cent, batches."""

import json
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.errors import InputError
from dlrecipe.interop.histories.diagnosing import ForeignDiagnosis, diagnose_history
from dlrecipe.interop.histories.roles import find_roles


@pytest.fixture
def judged(tmp_path: Path) -> Any:
    def judge(text: str, **options: Any) -> ForeignDiagnosis:
        (tmp_path / "log").write_text(text)
        return diagnose_history(tmp_path / "log", **{"n": {}, **options})

    return judge


def errors(found: ForeignDiagnosis) -> tuple[float, float]:
    return found.diagnosis.run.errors["train"], found.diagnosis.run.errors["dev"]


def test_decimal_commas_are_read_where_cells_are_parted_by_semicolons(judged: Any):
    found = judged("epoch;train_accuracy;valid_accuracy\r\n1;0,6;0,55\r\n2;0,9;0,8\r\n")
    assert errors(found) == pytest.approx((0.1, 0.2))


def test_signs_of_per_cent_are_read(judged: Any):
    found = judged("epoch,training accuracy,validation accuracy\n0,50%,45%\n1,99.5%,80%\n")
    assert errors(found) == pytest.approx((0.005, 0.2))


def test_an_error_in_per_cent_may_be_below_1_on_train_throughout(judged: Any):
    found = judged("epoch,train_error,val_error\n1,0.9,15\n2,0.4,14\n")
    assert errors(found) == pytest.approx((0.004, 0.14))


def test_a_mean_of_accuracies_in_single_precision_is_no_per_cent(judged: Any):
    assert errors(judged("epoch,acc,val_acc\n1,1.0000001,0.9\n")) == pytest.approx((0.0, 0.1))


def test_a_history_of_keras_dumped_as_json_is_read(judged: Any):
    history = {
        "accuracy": [0.6, 0.9],
        "loss": [0.9, 0.5],
        "val_accuracy": [0.55, 0.8],
        "val_loss": [1.0, 0.7],
    }
    found = judged(json.dumps(history))
    assert found.format == "json-lists"
    assert errors(found) == pytest.approx((0.1, 0.2))
    assert found.diagnosis.run.cost == {"train": 0.5, "dev": 0.7}


@pytest.mark.parametrize("join", [lambda records: "\n".join(map(json.dumps, records)), json.dumps])
def test_an_object_an_epoch_is_read_in_a_list_and_a_line_each(judged: Any, join: Any):
    records = [{"epoch": e, "error": {"train": 0.3 / e, "dev": 0.4 / e}, "note": "x"} for e in (1, 2, 3)]
    found = judged(join(records))
    assert found.columns == {"train": "error/train", "dev": "error/dev"}
    assert errors(found) == pytest.approx((0.1, 0.4 / 3))
    assert found.diagnosis.run.epochs_run == 3


def lightning(columns: str) -> str:
    """Two epochs of three batches, the train figure of each, and one of dev at the end of each epoch."""
    rows = [f"epoch,step,{columns}"]
    for epoch, batches in enumerate(((0.3, 0.5, 0.7), (0.8, 0.9, 1.0))):
        rows += [f"{epoch},{10 * epoch + at},{value}," for at, value in enumerate(batches)]
        rows.append(f"{epoch},{10 * epoch + 2},,{0.4 + 0.3 * epoch}")
    return "\n".join(rows)


@pytest.mark.parametrize("train", ["train_acc", "train_acc_step"])
def test_of_the_batches_of_an_epoch_the_mean_is_taken(judged: Any, train: str):
    found = judged(lightning(f"{train},val_acc"))
    assert found.format == "lightning"
    # 1 - mean of 0.8, 0.9 and 1.0; of dev 1 - 0.7.
    assert errors(found) == pytest.approx((0.1, 0.3))


def test_the_figure_of_an_epoch_is_preferred_to_that_of_its_batches():
    roles = find_roles(["train_acc_step", "train_acc_epoch", "val_acc", "train_loss_step", "val_loss"])
    assert roles.by_split == {"train": "train_acc_epoch", "dev": "val_acc"}
    assert roles.loss == {"train": "train_loss_step", "dev": "val_loss"}


def test_of_several_measurements_of_dev_in_an_epoch_the_last_counts(judged: Any):
    found = judged("epoch,step,train_acc,val_acc\n0,1,.9,\n0,5,,.5\n0,9,,.8\n")
    assert errors(found) == pytest.approx((0.1, 0.2))


def test_nan_in_the_midst_is_a_figure_that_is_not_known(judged: Any):
    found = judged(
        "epoch,accuracy,loss,val_accuracy,val_loss\n0,.7,.6,.69,.61\n1,.8,nan,.75,.55\n2,.9,.3,.8,.45\n"
    )
    assert errors(found) == pytest.approx((0.1, 0.2))
    assert found.diagnosis.verdict != "broken"
    assert found.diagnosis.run.history[1].cost["train"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch,val_accuracy\n0,.7\n1,.8\n", "figures of dev alone, and none of train"),
        ('{"log_history": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}]}', "none of dev"),
        ('{"loss_curve_": [0.9, 0.5], "validation_scores_": null}', "none of dev"),
    ],
)
def test_a_log_without_one_of_the_splits_says_which(judged: Any, text: str, said: str):
    with pytest.raises(InputError, match=said) as refused:
        judged(text)
    assert "--dev-column" in refused.value.remedy


def test_a_log_of_dev_alone_is_shown_as_undecided_where_it_is_named(judged: Any):
    found = judged("epoch,val_accuracy\n0,.7\n1,.8\n", dev_column="val_accuracy")
    assert found.diagnosis.verdict == "undecided"
    assert found.diagnosis.run.errors == pytest.approx({"dev": 0.2})


def test_a_log_of_losses_says_that_they_decide_nothing(judged: Any):
    found = judged("epoch,loss,val_loss\n0,.9,.95\n1,.2,.9\n")
    assert found.diagnosis.verdict == "undecided"
    assert any("Only losses are logged" in note for note in found.notes)


def test_one_column_for_both_splits_is_refused(judged: Any):
    with pytest.raises(InputError, match="named for both"):
        judged("a_acc,b_acc\n.7,.6\n", train_column="a_acc", dev_column="a_acc")
