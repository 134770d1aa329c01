"""What the runs beside one say of it."""

import json

from dlrecipe.config.loading import load_config_text
from dlrecipe.experiment.neighbours import beside
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train
from dlrecipe.store.listing import find_run

CONFIG = {
    "name": "moons",
    "data": {"source": {"type": "synthetic", "generator": "moons", "n": 120, "noise": 0.2}},
    "network": {"hidden": [4]},
    "training": {"epochs": 2},
}


def trained(folder, *overrides, origin=None, **changes):
    loaded = load_config_text(json.dumps({**CONFIG, **changes}), name="c.yaml", overrides=list(overrides))
    document = train(loaded, folder, SilentDisplay(), origin=origin).document
    return find_run(folder, document["run_id"])


def test_runs_on_the_same_dev_examples_are_counted_and_others_are_not(tmp_path):
    first = trained(tmp_path)
    trained(tmp_path, network={"hidden": [8]})
    trained(tmp_path, seed=1)  # another split
    assert beside(first).n_on_dev == 2
    assert beside(first).edges == ()


def test_the_best_trial_of_a_search_tells_which_settings_lie_at_an_end(tmp_path):
    study = {"study": "s-1", "trial": "t"}
    runs = [
        trained(tmp_path, f"optimizer.learning_rate={rate}", "training.epochs=9", origin=study)
        for rate in (1e-7, 1e-6, 0.05)
    ]
    # Two of three rates do not move the network in nine steps.
    (edge,) = beside(runs[-1]).edges
    assert (edge.key, edge.value, edge.end, edge.n_tried) == ("optimizer.learning_rate", 0.05, "highest", 3)
    assert beside(runs[0]).edges == ()
