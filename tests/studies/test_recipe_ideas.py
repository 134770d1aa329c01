"""What a recipe tries first: training that works, then bias, then variance."""

from pathlib import Path

from dlrecipe.config.loading import load_config_text
from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train
from dlrecipe.store.listing import find_run
from dlrecipe.studies.recipe_ideas import ideas
from dlrecipe.studies.recipe_planning import ROUND

AGAINST_VARIANCE = {"more_penalty", "dropout", "smaller", "stop"}


def diagnosed(tmp_path: Path, settings: str, units: int) -> Diagnosis:
    text = f"""
data: {{source: {{type: synthetic, generator: moons, n: 900, noise: 0.1}}}}
network: {{hidden: [{units}]}}
training: {{epochs: 8, batch_size: 32}}
checks: off
{settings}
"""
    run_id = train(load_config_text(text), tmp_path, SilentDisplay()).document["run_id"]
    return diagnose_run(find_run(tmp_path, run_id))


def test_where_training_is_broken_what_helps_against_variance_is_not_among_the_first(
    tmp_path: Path,
) -> None:
    found = diagnosed(tmp_path, "optimizer: {type: sgd, learning_rate: 1.0e+9}", units=32)
    assert found.verdict == "broken"
    kinds = [idea.kind for idea in ideas(found, {})]
    assert kinds[0] == "rate_down"
    assert AGAINST_VARIANCE & set(kinds)
    assert not AGAINST_VARIANCE & set(kinds[:ROUND])


def test_under_high_bias_nothing_against_variance_is_among_the_first_rounds_and_data_never(
    tmp_path: Path,
) -> None:
    found = diagnosed(tmp_path, "optimizer: {type: adam, learning_rate: 0.01}", units=2)
    assert found.verdict == "high_bias"
    tried = list(ideas(found, {}))
    assert not AGAINST_VARIANCE & {idea.kind for idea in tried[:8]}
    assert not any(path.startswith("data") for idea in tried for path in idea.change)
