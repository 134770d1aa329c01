"""Extrapolating learning curves."""

import math

import numpy as np
import pytest

from dlrecipe.studies.power_law import PowerLaw, Refusal, fit_power_law

SIZES = [100 * 2**k for k in range(7)]
QUIET = [0.001] * len(SIZES)


def law(errors: list[float], spread: list[float] = QUIET) -> PowerLaw:
    found = fit_power_law(SIZES, errors, spread)
    assert isinstance(found, PowerLaw)
    return found


def refusal(errors: list[float], spread: list[float] = QUIET) -> Refusal:
    found = fit_power_law(SIZES, errors, spread)
    assert isinstance(found, Refusal)
    return found


@pytest.mark.parametrize(("a", "b", "c"), [(0.05, 2.0, 0.5), (0.0, 1.5, 0.3), (0.1, 5.0, 0.8)])
def test_an_exact_power_law_is_continued(a: float, b: float, c: float) -> None:
    found = law([a + b * n**-c for n in SIZES])
    for n in (12_800, 64_000):
        assert found.expected(n) == pytest.approx(a + b * n**-c, abs=0.004)
    assert found.asymptote == pytest.approx(a, abs=0.01)


def test_the_interval_holds_the_expected_error_and_widens_with_distance() -> None:
    found = law([0.05 + 2 * n**-0.5 for n in SIZES])
    twice, tenfold = found.predict(12_800), found.predict(64_000)
    assert twice.low < twice.error < twice.high
    assert tenfold.high - tenfold.low > twice.high - twice.low


def test_errors_stay_between_zero_and_one() -> None:
    found = law([min(1.0, 300 / n**1.2) for n in SIZES])
    far = found.predict(640_000)
    assert 0 <= far.low <= far.error <= far.high <= 1


def test_the_size_for_a_target_is_where_the_curve_meets_it() -> None:
    found = law([2 * n**-0.5 for n in SIZES])
    wanted = found.n_for(0.0125)  # 2/√n = .0125 at n = 25,600
    assert wanted.n == pytest.approx(25_600, rel=0.1)
    assert wanted.low is not None
    assert wanted.low < wanted.n


def test_no_size_is_named_for_a_target_below_the_asymptote() -> None:
    wanted = law([0.08 + 2 * n**-0.8 for n in SIZES]).n_for(0.02)
    assert wanted.n is None
    assert wanted.high is None


@pytest.mark.parametrize(
    ("reason", "errors"),
    [
        ("rises", [0.4, 0.3, 0.2, 0.15, 0.12, 0.18, 0.25]),
        ("flat", [0.5, 0.501, 0.499, 0.5, 0.5, 0.5, 0.502]),
        ("noisy", [0.6, 0.2, 0.55, 0.15, 0.5, 0.1, 0.1]),
        ("no_power_law", [0.85, 0.85, 0.83, 0.7, 0.4, 0.16, 0.08]),
    ],
)
def test_an_ill_behaved_curve_is_refused_with_its_reason(reason: str, errors: list[float]) -> None:
    assert refusal(errors).reason == reason


def test_errors_that_once_rise_within_noise_are_not_said_to_fall_from_size_to_size() -> None:
    told = refusal([0.50, 0.52, 0.51, 0.48, 0.456, 0.389, 0.1], [0.05] * 7)
    assert told.reason == "no_power_law"
    assert "from size to size" not in told.text


def test_a_refusal_writes_errors_of_regression_as_they_are() -> None:
    errors = [1.4, 1.3, 1.2, 1.15, 1.12, 1.18, 1.25]
    found = fit_power_law(SIZES, errors, QUIET, ceiling=math.inf)
    assert isinstance(found, Refusal)
    assert "1.120 with 1,600 examples, 1.250 with 6,400" in found.text


def test_a_rise_within_the_noise_of_few_seeds_is_no_reason_to_refuse() -> None:
    errors = [0.4, 0.3, 0.24, 0.2, 0.17, 0.15, 0.19]
    assert refusal(errors).reason == "rises"
    assert law(errors, [0.02] * 7).last_error == 0.19


def test_too_few_sizes_are_refused() -> None:
    found = fit_power_law([100, 200, 400], [0.3, 0.2, 0.15], [0.01] * 3)
    assert isinstance(found, Refusal)
    assert found.reason == "too_few"


def test_errors_of_regression_may_lie_above_one() -> None:
    errors = [0.3 + 20 / math.sqrt(n) for n in SIZES]
    found = fit_power_law(SIZES, errors, QUIET, ceiling=math.inf)
    assert isinstance(found, PowerLaw)
    assert found.expected(100) == pytest.approx(2.3, abs=0.05)


def test_ninety_per_cent_intervals_hold_most_of_what_comes_of_noisy_curves() -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(40):
        a, b, c = rng.uniform(0, 0.1), rng.uniform(1, 3), rng.uniform(0.3, 0.7)
        noisy = [a + b * n**-c + rng.normal(0, 0.004) for n in SIZES]
        point = law(noisy, [0.004] * 7).predict(64_000)
        held.append(point.low <= a + b * 64_000**-c <= point.high)
    assert np.mean(held) >= 0.85
