"""Which points a sweep tries."""

import math

import pytest

from dlrecipe.errors import InputError, MissingExtra
from dlrecipe.studies.axes import read_axes
from dlrecipe.studies.search import SEARCHERS, Budget, Proposal

AXES = ["regularization.l2=log:1e-3..10", "network.hidden=[4],[8]"]


def points(method: str, vary: list[str], n: int, *, seed: int = 0, epochs: int = 9, score=None):
    rounds = SEARCHERS[method](read_axes(vary), Budget(n, epochs, seed), score or (lambda each: each.index))
    return [proposal for round_ in rounds for proposal in round_]


def test_a_grid_shares_what_the_budget_leaves_among_ranges():
    found = points("grid", AXES, 11)
    # 11 points, two of which a list: five values of the range.
    assert len(found) == 10
    assert {each.values[0] for each in found} == {"0.001", "0.01", "0.1", "1", "10"}


def test_a_grid_that_the_budget_does_not_hold_is_refused():
    with pytest.raises(InputError, match="the grid has 12 points, and 11 may be tried") as caught:
        points("grid", ["network.hidden=[1],[2],[3]", "training.epochs=1..4"], 11)
    assert "--trials" in caught.value.remedy
    with pytest.raises(InputError, match="at least 4 points"):
        points("grid", AXES, 3)


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_points_are_the_same_for_a_seed_and_others_for_another(method):
    assert points(method, AXES, 8) == points(method, AXES, 8)
    assert points(method, AXES, 8) != points(method, AXES, 8, seed=1)


def test_more_random_trials_only_add_points():
    assert points("random", AXES, 20)[:8] == points("random", AXES, 8)


@pytest.mark.parametrize("method", ["random", "sobol", "optuna"])
def test_no_point_is_tried_twice_and_a_small_space_is_tried_whole(method):
    found = {each.values for each in points(method, ["network.hidden=[4],[8]", "seed=0..2"], 50)}
    assert len(found) == 6
    assert len(points(method, ["network.hidden=[4],[8]", "seed=0..2"], 50)) == 6


def test_sobol_points_leave_no_eighth_of_a_range_empty():
    found = [math.log10(float(each.values[0])) for each in points("sobol", ["k=log:1e-4..1e4"], 8)]
    assert sorted(math.floor(x) for x in found) == [-4, -3, -2, -1, 0, 1, 2, 3]


def test_halving_gives_the_best_third_thrice_the_epochs():
    found = points("halving", ["k=log:1e-4..1e4"], 9, score=lambda each: -each.index)
    by_epochs = {n: [each.index for each in found if each.epochs == n] for n in (1, 3, 9)}
    assert by_epochs == {1: list(range(9)), 3: [6, 7, 8], 9: [8]}


def test_halving_drops_what_has_not_been_done():
    found = points("halving", ["k=0.0..1.0"], 3, epochs=3, score=lambda each: math.inf if each.index else 0.5)
    assert [each.index for each in found if each.epochs == 3] == [0]


def test_optuna_comes_nearer_to_the_optimum_than_it_began():
    pytest.importorskip("optuna")

    def score(each: Proposal) -> float:
        return abs(math.log10(float(each.values[0])) - 1)

    found = points("optuna", ["k=log:1e-4..1e4"], 40, score=score)
    scores = [score(each) for each in found]
    assert len(found) == 40
    assert sum(scores[-12:]) < sum(scores[:12])
    assert found == points("optuna", ["k=log:1e-4..1e4"], 40, score=score)


def test_without_optuna_its_install_command_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(MissingExtra) as caught:
        points("optuna", AXES, 4)
    assert "pip install 'dlrecipe[optuna]'" in str(caught.value)
