"""Learning curves of a config."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.config.loading import LoadedConfig, load_config_text
from dlrecipe.errors import InputError
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train
from dlrecipe.reports.learning_curve import learning_curve_svg, statement
from dlrecipe.store.listing import find_run
from dlrecipe.studies.learning_curve import Plan, document_of, learning_curve, make_plan

CONFIG = """
name: curve
data: {source: digits}
network: {hidden: [16]}
optimizer: {type: adam, learning_rate: 0.01}
training: {epochs: 5, batch_size: 32}
diagnosis: {target_error: 0.001}
"""


class Nobody:
    def started(self, plan: object, study: object, ended: Sequence[Mapping[str, Any]]) -> None: ...

    def trial_ended(self, record: Mapping[str, Any]) -> None: ...


def loaded(text: str = CONFIG) -> LoadedConfig:
    return load_config_text(text)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(loaded(), sizes=6, seeds=2)


def test_sizes_are_geometric_up_to_all_of_train(plan: Plan) -> None:
    assert plan.sizes[-1] == 1078  # 60 % of digits' 1,797 rows
    ratios = [b / a for a, b in zip(plan.sizes, plan.sizes[1:], strict=False)]
    assert max(ratios) / min(ratios) < 1.1


def test_a_curve_is_measured_resumed_and_read_by_the_diagnosis(
    plan: Plan, tmp_path: Path, here: Any, opened: Callable[[], Any]
) -> None:
    cut = learning_curve(plan, tmp_path, opened, Nobody(), stop=lambda: len(here.ids) >= 5)
    assert not cut["complete"]
    found = learning_curve(plan, tmp_path, opened, Nobody(), resume=True)
    assert found["complete"]
    assert len(here.ids) == len(set(here.ids)) == 12

    points = found["points"]
    assert [point["done"] for point in points] == [2] * 6
    assert points[0]["dev"]["mean"] > points[-1]["dev"]["mean"]
    assert all(point["dev"]["low"] <= point["dev"]["mean"] <= point["dev"]["high"] for point in points)
    twice, tenfold = found["expected"]
    assert (twice["n"], tenfold["n"]) == (2 * 1078, 10 * 1078)
    assert tenfold["error"] <= twice["error"] <= points[-1]["dev"]["mean"] + 0.01
    assert "expected to bring dev error from" in statement(found)
    assert "<svg" in learning_curve_svg(found)

    dev = {find_run(tmp_path, trial["run_id"]).record["result"]["n"]["dev"] for trial in found["trials"]}
    assert len(dev) == 1

    whole = train(loaded(), tmp_path, SilentDisplay())
    steps = diagnose_run(find_run(tmp_path, whole.document["run_id"])).next
    data = [step for step in steps if step.advice == "Get more training data"]
    assert data
    assert "10 times the data is expected" in data[0].why
    other = train(loaded(CONFIG.replace("[16]", "[8]")), tmp_path, SilentDisplay())
    steps = diagnose_run(find_run(tmp_path, other.document["run_id"])).next
    assert not any("10 times the data" in step.why for step in steps)


def test_a_target_out_of_reach_is_said_to_be() -> None:
    document = {
        "refusal": None,
        "task": "classification",
        "target_error": 0.02,
        "n": 1000,
        "error": 0.11,
        "expected": [{"times": 10, "n": 10_000, "error": 0.08, "low": 0.07, "high": 0.09}],
        "size_for_target": {"target": 0.02, "n": None, "low": None, "high": None},
    }
    text = statement(document)
    assert "from 11.0% to 7–9%; not the 2.00% you want" in text
    assert "No size up to a hundred times the data" in text


class _Study:
    id, path = "study", Path("study")


@pytest.mark.parametrize(
    ("train", "dev", "told"),
    [
        # Never more than a few steps: what falls with more examples is train error.
        ([0.77, 0.8, 0.66, 0.32, 0.14, 0.07], [0.85, 0.83, 0.7, 0.4, 0.16, 0.08], True),
        ([0.0, 0.0, 0.01, 0.01, 0.02, 0.03], [0.4, 0.3, 0.2, 0.15, 0.1, 0.08], False),
    ],
)
def test_where_train_error_falls_too_it_is_training_and_not_data_that_is_short(
    plan: Plan, train: list[float], dev: list[float], told: bool
) -> None:
    ended = [
        {"trial": f"{n}-{seed}", "n": n, "seed": seed, "errors": {"train": train[i], "dev": dev[i]}}
        for i, n in enumerate(plan.sizes)
        for seed in plan.seeds
    ]
    text = statement(document_of(plan, _Study(), ended))  # type: ignore[arg-type]
    assert ("Train error falls as well, from 80.0%" in text) is told
    assert ("training.epochs" in text) is told
    assert "seeds" not in text  # there is no scatter here that more of them would average out


def test_too_little_data_for_so_many_sizes_is_refused() -> None:
    with pytest.raises(InputError, match="too few for a learning curve") as caught:
        make_plan(loaded("data: {source: {type: synthetic, n: 30}}"), sizes=8)
    assert "fewer --sizes" in str(caught.value)
    with pytest.raises(InputError) as caught:
        make_plan(loaded("data: {source: {type: synthetic, n: 30}}"), sizes=5)
    assert "fewer" not in str(caught.value).replace("too few", "")


def test_resuming_a_curve_that_never_was_is_refused(
    plan: Plan, tmp_path: Path, opened: Callable[[], Any]
) -> None:
    with pytest.raises(InputError, match="no learning curve of this config"):
        learning_curve(plan, tmp_path, opened, Nobody(), resume=True)
