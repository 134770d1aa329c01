"""Intervals against the tables of Newcombe 1998 and against simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from dlrecipe.diagnosis.intervals import Estimate, difference, exact, proportion, wilson


# Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
@pytest.mark.parametrize(
    ("errors", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_newcombes_table(errors, n, low, high):
    assert wilson(errors / n, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("errors", "n"), [(0, 1), (1, 10), (7, 359), (359, 359), (1_234, 60_000)])
def test_wilson_agrees_with_scipy(errors, n):
    interval = binomtest(errors, n).proportion_ci(0.95, method="wilson")
    assert wilson(errors / n, n) == pytest.approx((interval.low, interval.high), abs=1e-12)


# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_difference_agrees_with_newcombes_table(a, m, b, n, low, high):
    interval = difference(proportion(a / m, m), proportion(b / n, n))
    assert interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_contains_its_error_and_stays_a_fraction(case):
    errors, n = case
    low, high = wilson(errors / n, n)
    assert 0 <= low <= errors / n <= high <= 1
    assert low < high


def test_intervals_of_a_difference_cover_the_true_gap_in_95_of_100_samples():
    rng = np.random.default_rng(0)
    train = rng.binomial(1000, 0.02, size=2000) / 1000
    dev = rng.binomial(300, 0.06, size=2000) / 300
    covered = 0
    for train_error, dev_error in zip(train, dev, strict=True):
        low, high = difference(proportion(dev_error, 300), proportion(train_error, 1000))
        covered += low <= 0.04 <= high
    # 2,000 draws: the standard error of the coverage is half a point.
    assert 0.935 <= covered / 2000 <= 0.97


def test_a_difference_to_an_exact_value_keeps_the_intervals_width():
    low, high = difference(proportion(0.15, 500), exact(0.05))
    alone = wilson(0.15, 500)
    assert (low + 0.05, high + 0.05) == pytest.approx(alone)


def test_without_an_interval_on_one_side_there_is_none_for_the_difference():
    assert difference(Estimate(value=0.1), proportion(0.05, 100)) is None


def test_a_bootstrap_interval_shrinks_with_the_root_of_the_sample():
    estimate = Estimate(value=0.3, low=0.2, high=0.5, n=100, binomial=False)
    larger = estimate.at(400)
    assert (larger.low, larger.high) == pytest.approx((0.25, 0.4))
    assert math.isclose(larger.value, 0.3)
