"""Histories as other programs wrote them (fixtures/, see make_fixtures.py) and broken ones."""

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.errors import InputError
from dlrecipe.interop.histories.diagnosing import ForeignDiagnosis, diagnose_history
from dlrecipe.interop.histories.formats import FORMATS
from dlrecipe.interop.histories.roles import find_roles, named

FIXTURES = Path(__file__).parent / "fixtures"
# The figures of make_fixtures.sgd_history's last epoch: 15 of 400 and 10 of 169 wrong.
SGD = (15 / 400, 10 / 169)


def judged(name: str | Path, **options: Any) -> ForeignDiagnosis:
    return diagnose_history(FIXTURES / name, **{"n": {}, **options})


@pytest.mark.parametrize(
    ("name", "format_", "errors"),
    [
        ("mlflow.db", "mlflow-sqlite", SGD),
        ("mlruns", "mlflow", SGD),
        ("tensorboardx", "tensorboard", SGD),
        ("tensorboard", "tensorboard", SGD),
        ("dvclive", "dvclive", SGD),
        ("sacred.json", "sacred", SGD),
        # The last figures of the file itself, which each library's own format shows in the clear.
        ("xgboost.json", "boosting", (0.0075, 6 / 169)),
        ("lightgbm.json", "boosting", (9 / 400, 7 / 169)),
    ],
)
def test_train_and_dev_are_found_and_read(name: str, format_: str, errors: tuple[float, float]):
    found = judged(name, n={"train": 400, "dev": 169})
    run = found.diagnosis.run
    assert found.format == format_
    assert (run.errors["train"], run.errors["dev"]) == pytest.approx(errors, abs=1e-6)
    assert len(run.history) == run.epochs_run == (8 if format_ == "boosting" else 5)
    assert all(set(epoch.error) == set(epoch.cost) == {"train", "dev"} for epoch in run.history)
    gap = found.diagnosis.gaps.variance
    assert gap is not None
    assert gap.low is not None


@pytest.mark.parametrize("name", ["keras.csv", "lightning.csv"])
def test_tables_of_keras_and_lightning_give_their_last_figures(name: str):
    found = judged(name)
    with (FIXTURES / name).open() as file:
        rows = list(csv.DictReader(file))
    train, dev = ("train_acc", "val_acc") if name == "lightning.csv" else ("accuracy", "val_accuracy")
    last = [[float(row[column]) for row in rows if row[column]][-1] for column in (train, dev)]
    assert found.format == name.removesuffix(".csv")
    assert [found.diagnosis.run.errors[split] for split in ("train", "dev")] == [1 - value for value in last]
    assert len(found.diagnosis.run.history) == 5


def test_hugging_face_logs_dev_accuracy_and_both_losses():
    found = judged("trainer_state.json")
    assert set(found.diagnosis.run.errors) == {"dev"}
    assert len(found.diagnosis.run.history) == 5
    assert set(found.diagnosis.run.history[-1].cost) == {"train", "dev"}
    assert "train error is not known" in found.diagnosis.reason
    assert "high-variance" in {rule.code for rule in found.diagnosis.not_judged}


def test_an_mlp_of_scikit_learn_gives_its_validation_scores():
    found = judged("sklearn_mlp.json")
    dumped = json.loads((FIXTURES / "sklearn_mlp.json").read_text())
    assert found.diagnosis.run.errors["dev"] == 1 - dumped["validation_scores_"][-1]
    assert len(found.diagnosis.run.history) == len(dumped["loss_curve_"])


def test_every_format_has_a_fixture_that_the_library_wrote():
    versions = json.loads((FIXTURES / "versions.json").read_text())
    read = {judged(name).format for name in versions}
    assert read == set(FORMATS) - {"csv", "json-lists", "json-records"}


def test_sets_without_names_are_asked_for_and_taken_by_name():
    with pytest.raises(InputError, match="not clear") as asked:
        judged("xgboost_unnamed.json")
    assert "validation_0/error, validation_1/error" in asked.value.remedy
    found = judged("xgboost_unnamed.json", train_column="validation_0/error", dev_column="validation_1/error")
    assert found.columns == {"train": "validation_0/error", "dev": "validation_1/error"}
    with pytest.raises(InputError, match="no column 'val'"):
        judged("keras.csv", dev_column="val")


@pytest.mark.parametrize(
    ("name", "split", "quantity"),
    [
        ("val_categorical_accuracy", "dev", "accuracy"),
        ("validation_0-merror", "dev", "error"),
        ("trainLoss", "train", "loss"),
        ("Accuracy/test", "test", "accuracy"),
        ("val_mean_squared_error", "dev", "loss"),
        ("eval_r2", "dev", "r2"),
        ("learning_rate", None, None),
        ("train_runtime", "train", None),
    ],
)
def test_names_say_which_split_and_what(name: str, split: str | None, quantity: str | None):
    found = named(name)
    assert (found.split, found.quantity) == (split, quantity)


def test_of_several_pairs_the_plain_figure_is_taken_and_two_plain_ones_are_asked_about():
    roles = find_roles(["train_acc", "val_acc", "train_tail_acc", "val_tail_acc"])
    assert roles.by_split == {"train": "train_acc", "dev": "val_acc"}
    with pytest.raises(InputError, match="not clear"):
        find_roles(["train_a_acc", "val_a_acc", "train_b_acc", "val_b_acc"])


def test_a_plain_table_in_per_cent_with_semicolons(tmp_path: Path):
    path = tmp_path / "log.csv"
    path.write_text("epoch;train acc;test acc;valid acc\n1;50;40;45\n2;99.5;88;90\n\n")
    found = judged(path)
    errors = found.diagnosis.run.errors
    assert (errors["train"], errors["dev"], errors["test"]) == pytest.approx((0.005, 0.10, 0.12))
    assert any("per cent" in note for note in found.notes)


def test_train_by_the_batch_is_averaged_between_two_measurements_of_dev(tmp_path: Path):
    lines = ["step,train_error,val_error"]
    lines += [f"{step},{0.1 * (step <= 5)},{0.2 if step in (5, 10) else ''}" for step in range(1, 11)]
    (tmp_path / "log.csv").write_text("\n".join(lines))
    found = judged(tmp_path / "log.csv")
    assert [epoch.error["train"] for epoch in found.diagnosis.run.history] == pytest.approx([0.1, 0.0])
    assert any("by the batch" in note for note in found.notes)


def test_a_loss_that_ends_as_nan_is_a_training_that_diverged(tmp_path: Path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n0,1.0,.5,1.1,.5\n1,nan,.5,nan,.5\n")
    found = judged(path)
    assert found.diagnosis.verdict == "broken"
    assert found.diagnosis.findings[0].code == "diverged"
    json.dumps(found.to_json(), allow_nan=False)


def test_r2_is_of_regression():
    roles = find_roles(["train_r2", "val_r2"])
    assert roles.quantity == "r2"


def test_of_several_mlflow_runs_the_last_is_read_and_said(tmp_path: Path):
    base = tmp_path / "mlflow.db"
    shutil.copy(FIXTURES / "mlflow.db", base)
    columns = (
        "name, source_type, source_name, entry_point_name, user_id, status, start_time + 1, end_time, "
        "source_version, lifecycle_stage, artifact_uri, experiment_id, deleted_time"
    )
    with closing(sqlite3.connect(base)) as opened:
        opened.execute(f"INSERT INTO runs SELECT 'second', {columns} FROM runs")
        opened.execute(
            "INSERT INTO metrics SELECT key, 0.5, timestamp, 'second', step, is_nan FROM metrics "
            "WHERE step = 1"
        )
        opened.commit()
    found = judged(base)
    assert found.diagnosis.run.errors["dev"] == 0.5
    assert "Of 2 MLflow runs" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no training history"),
        ("hello\n", "no training history"),
        ("{", "not whole JSON"),
        ('{"a": 1}', "no training history"),
        ('{"train": {"error": ["x"]}}', "train.error holds something that is no number"),
        ('{"loss_curve_": 3}', "no list of numbers"),
        ('{"log_history": [1]}', "no list of entries"),
        ('{"m": {"steps": [1, 2], "values": [0]}}', "lists of as many"),
        ("[" * 100_000, "not whole JSON|nested too deeply"),
        ("1,2\n3,4\n", "first line holds numbers"),
        ("a,a\n3,4\n", "two columns are called 'a'"),
        ("epoch,acc,val_acc\n1,.5\n", "2 cells, where the header has 3"),
        ("epoch,acc,val_acc\n1,.5,.4\n2,oops,.4\n", "'oops' in the column 'acc'"),
        ("epoch,acc,val_acc\n", "no figures in it"),
        ("epoch,acc,val_acc\n1,700,.5\n", "outside 0 to 1"),
        ("epoch,train_error,val_error\n1,-3,.5\n", "outside 0 to 1"),
        ("epoch,acc\n1,.5\n", "figures of train alone, and none of dev"),
        ("epoch,val_acc\n1,.5\n", "figures of dev alone, and none of train"),
        ('{"epoch": 1}\n{"epoch"', "not whole JSON"),
    ],
)
def test_broken_files_are_refused_with_place_and_remedy(tmp_path: Path, content: str, message: str):
    path = tmp_path / "log.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as refused:
        judged(path)
    assert "log.json" in refused.value.where
    assert refused.value.remedy


def test_binary_files_are_refused_unless_they_are_whole(tmp_path: Path):
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="no training history"):
        judged(tmp_path / "noise")
    (tmp_path / "not.db").write_bytes(b"SQLite format 3\0" + b"x" * 200)
    with pytest.raises(InputError, match="no database of MLflow"):
        judged(tmp_path / "not.db")
    (event_file,) = (FIXTURES / "tensorboardx").iterdir()
    data = event_file.read_bytes()
    torn, damaged = tmp_path / "torn", tmp_path / "damaged"
    torn.write_bytes(data[:-5])  # the writer was killed in the midst of the last record
    assert len(judged(torn).diagnosis.run.history) == 5
    damaged.write_bytes(data[:300] + b"\xff" * 100 + data[400:])
    with pytest.raises(InputError, match=r"record .* damaged|no event"):
        judged(damaged)
    with pytest.raises(InputError, match="no such file"):
        judged(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="nothing in this folder"):
        judged(tmp_path / "empty")


def test_the_command_prints_the_ladder_what_was_read_and_what_could_not_be_judged(cli: Any):
    outcome = cli("diagnose", "--from", FIXTURES / "xgboost.json", "--n-train", 400, "--n-dev", 169)
    assert outcome.code == 0
    assert "train: train/error, dev: eval/error" in outcome.err
    assert "inputs-not-normalized" in outcome.out.partition("Not judged, for want of evidence:")[2]
    shown = json.loads(cli.ok("diagnose", "--from", FIXTURES / "xgboost.json", "--json"))
    assert shown["source"]["format"] == "boosting"
    assert shown["errors"]["train"] == 0.0075
    asked = cli("diagnose", "--from", FIXTURES / "xgboost_unnamed.json")
    assert asked.code == 2
    assert "--train-column" in asked.err
    assert "--from PATH" in cli("diagnose", "--train-column", "loss").err
    assert cli("diagnose", "latest", "--from", FIXTURES / "xgboost.json").code == 2


def _overfitted(tmp_path: Path) -> Path:
    """Twenty epochs, of which the fifth is best on dev: 10%, and 20% at the end."""
    path = tmp_path / "log.csv"
    dev = [0.3, 0.2, 0.15, 0.12, 0.10, *[0.2] * 15]
    rows = [f"{epoch},{0.3 / epoch:.4f},{error}" for epoch, error in enumerate(dev, start=1)]
    path.write_text("\n".join(["epoch,train_error,dev_error", *rows]))
    return path


def test_the_last_epoch_is_judged_and_an_earlier_best_is_told_of(tmp_path: Path):
    found = diagnose_history(_overfitted(tmp_path), n={})
    assert found.diagnosis.run.errors["dev"] == 0.2
    assert "lowest at epoch 5, 10% instead of 20%" in found.in_words()


def test_the_best_epoch_or_any_is_judged_where_that_is_asked(tmp_path: Path):
    path = _overfitted(tmp_path)
    best = diagnose_history(path, n={}, epoch="best")
    assert best.diagnosis.run.errors == {"train": 0.06, "dev": 0.1}
    assert "Judged is epoch 5 of 20, the best on dev." in best.in_words()
    assert diagnose_history(path, n={}, epoch="2").diagnosis.run.errors == {"train": 0.15, "dev": 0.2}


def test_an_epoch_that_is_not_there_is_refused(tmp_path: Path):
    for epoch in ("21", "0", "x"):
        with pytest.raises(InputError, match="no epoch"):
            diagnose_history(_overfitted(tmp_path), n={}, epoch=epoch)
