"""Falls of dev error over seeds, and the advice ranked by them."""

import pytest

from dlrecipe.diagnosis.confirmation import confirmed_first, fall
from dlrecipe.diagnosis.step import Step


def test_the_interval_is_student_s_over_the_paired_differences():
    # Differences .1, .2, .3: mean .2, standard deviation .1; t(2) = 4.303 gives ± 4.303 · .1 / √3 = .2484.
    middle, interval = fall([0.5, 0.6, 0.7], [0.4, 0.4, 0.4])
    assert middle == pytest.approx(0.2)
    assert interval == pytest.approx((0.2 - 0.24843, 0.2 + 0.24843), abs=1e-4)


def test_what_was_given_up_is_paired_with_the_seeds_it_has():
    assert fall([0.5, 0.6, 0.7], [0.6]) == (pytest.approx(-0.1), None)


def measured(change, fell, interval, verdict):
    return {
        "advice": "tried",
        "change": change,
        "share": 1.0,
        "train": [0.1],
        "dev": [0.2],
        "fell": fell,
        "interval": interval,
        "verdict": verdict,
    }


def test_what_helped_comes_first_and_what_harmed_is_advised_no_more():
    steps = tuple(
        Step(advice=name, change={name: 1}, why="by rule") for name in ("harmful", "unclear", "helpful")
    )
    confirmation = {
        "dev": [0.4],
        "train": [0.4],
        "changes": [
            measured({"new": 1}, 0.2, [0.1, 0.3], "better"),
            measured({"helpful": 1}, 0.1, [0.05, 0.15], "better"),
            measured({"unclear": 1}, 0.01, [-0.1, 0.1], "within noise"),
            measured({"harmful": 1}, -0.1, [-0.2, -0.05], "worse"),
        ],
    }
    ranked = confirmed_first(steps, confirmation, {"train": 0.2, "dev": 0.3})
    assert [step.advice for step in ranked] == ["tried", "helpful", "unclear"]
    # Trials halved dev error from .4 to .2, so of the run's .3 half is promised.
    assert ranked[0].expects["dev"] == pytest.approx(0.15)
    assert "95%" in ranked[1].why
