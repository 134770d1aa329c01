"""The four gaps, their verdicts, and the sample size that would decide."""

from dataclasses import replace

import pytest

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import measure_gaps
from dlrecipe.diagnosis.intervals import wilson
from dlrecipe.errors import InputError

AMPLE = {"train": 100_000, "dev": 100_000}

# Ng, course C2W1L02: train error, dev error, Bayes error, and what the lecture says of it.
COURSE = [
    (0.01, 0.11, 0.0, "high_variance"),
    (0.15, 0.16, 0.0, "high_bias"),
    (0.15, 0.30, 0.0, "high_bias_and_variance"),
    (0.005, 0.01, 0.0, "good"),
    (0.15, 0.16, 0.15, "good"),
]


@pytest.mark.parametrize("n", [{}, AMPLE], ids=["without sizes", "ample sizes"])
@pytest.mark.parametrize(("train", "dev", "bayes", "verdict"), COURSE)
def test_the_courses_table_comes_out_as_the_course_says(train, dev, bayes, verdict, n):
    run = Evidence(errors={"train": train, "dev": dev}, bayes_error=bayes, n=n)
    assert diagnose(run).verdict == verdict


def test_a_train_dev_split_tells_mismatch_from_variance():
    # Machine Learning Yearning, chapter 40: train 1, train-dev 1.5, dev 10.
    diagnosis = diagnose(Evidence(errors={"train": 0.01, "train_dev": 0.015, "dev": 0.10}))
    gaps = diagnosis.gaps
    assert (gaps.variance.verdict, gaps.mismatch.verdict) == ("low", "high")
    assert gaps.variance.value == 0.005
    assert diagnosis.verdict == "mismatch"


def test_bias_is_named_before_mismatch():
    diagnosis = diagnose(Evidence(errors={"train": 0.10, "train_dev": 0.11, "dev": 0.20}))
    assert diagnosis.verdict == "high_bias"
    assert [finding.code for finding in diagnosis.findings] == ["high-bias", "mismatch"]


def test_a_test_error_far_above_dev_is_not_called_good():
    diagnosis = diagnose(Evidence(errors={"train": 0.0, "dev": 0.01, "test": 0.05}))
    assert diagnosis.gaps.dev_overfit.value == 0.04
    assert diagnosis.verdict == "dev_overfit"


def test_a_gap_of_just_the_allowance_is_low():
    gaps = measure_gaps(Evidence(errors={"train": 0.02, "dev": 0.04}))
    assert (gaps.bias.verdict, gaps.variance.verdict) == ("low", "low")


def test_rounding_of_decimal_fractions_flips_no_verdict():
    # 0.09 - 0.07 is 0.01999…, and 0.07 - 0.05 is 0.020000000000000004: both are 2 points to a person.
    for train, dev in [(0.05, 0.07), (0.07, 0.09), (0.11, 0.13), (0.57, 0.59)]:
        gaps = measure_gaps(Evidence(errors={"train": train, "dev": dev}, bayes_error=train))
        assert gaps.variance.value == 0.02
        assert gaps.variance.verdict == "low"


def test_the_target_sets_the_allowance():
    errors = {"train": 0.06, "dev": 0.09}
    assert diagnose(Evidence(errors=errors)).verdict == "high_bias_and_variance"
    assert diagnose(Evidence(errors=errors, bayes_error=0.02, target_error=0.10)).verdict == "good"
    assert measure_gaps(Evidence(bayes_error=0.02, target_error=0.10)).allowance == pytest.approx(0.04)


def test_rounding_in_the_allowance_flips_no_verdict():
    # (0.3 - 0.1) / 2 is 0.09999999999999999; a gap of 10 points is what it allows.
    run = Evidence(errors={"train": 0.2, "dev": 0.3}, bayes_error=0.1, target_error=0.3)
    assert diagnose(run).verdict == "good"


def test_an_undecided_mismatch_is_not_called_good_but_an_undecided_test_error_is():
    n = {"train": 100_000, "train_dev": 100_000, "dev": 100, "test": 100}
    errors = {"train": 0.001, "train_dev": 0.001, "dev": 0.01}
    assert diagnose(Evidence(errors=errors, n=n)).verdict == "undecided"
    run = Evidence(errors={"train": 0.001, "dev": 0.01, "test": 0.01}, n={**n, "dev": 100_000})
    diagnosis = diagnose(run)
    assert diagnosis.gaps.dev_overfit.verdict == "undecided"
    assert diagnosis.verdict == "good"


def test_a_small_dev_set_leaves_variance_undecided_and_says_how_many_would_decide():
    run = Evidence(errors={"train": 0.01, "dev": 0.05}, n={"train": 50_000, "dev": 100})
    gap = measure_gaps(run).variance
    assert gap.verdict == "undecided"
    assert gap.low < 0.02 < gap.high
    for n, verdict in [(gap.n_to_decide, "high"), (gap.n_to_decide - 1, "undecided")]:
        larger = replace(run, n={"train": 50_000, "dev": n})
        assert measure_gaps(larger).variance.verdict == verdict
    assert gap.to_json()["n_dev_to_decide"] == gap.n_to_decide


def test_no_size_is_named_where_none_would_decide():
    at_the_allowance = Evidence(errors={"train": 0.01, "dev": 0.03}, n={"train": 50_000, "dev": 100})
    assert measure_gaps(at_the_allowance).variance.n_to_decide is None
    shown_too_little = Evidence(errors={"train": 0.0, "dev": 0.05}, n={"train": 15, "dev": 100})
    bias = measure_gaps(replace(shown_too_little, errors={"train": 0.02, "dev": 0.05})).bias
    assert (bias.verdict, bias.n_to_decide) == ("undecided", None)


def test_train_error_is_what_it_is_so_that_the_variance_is_as_uncertain_as_dev_error():
    run = Evidence(errors={"train": 0.01, "dev": 0.05}, n={"train": 20, "dev": 400})
    low, high = wilson(0.05, 400)
    variance = measure_gaps(run).variance
    assert (variance.low, variance.high) == pytest.approx((low - 0.01, high - 0.01))


# Of a benchmark's healthy runs: within their targets, but train error above the half of what is allowed.
@pytest.mark.parametrize(
    ("train", "dev", "bayes", "target"), [(0.331, 0.303, 0.16, 0.40), (0.180, 0.165, 0.06, 0.24)]
)
def test_what_variance_leaves_of_the_target_is_for_bias(train, dev, bayes, target):
    run = Evidence(
        errors={"train": train, "dev": dev},
        n={"train": 4000, "dev": 1500},
        bayes_error=bayes,
        target_error=target,
    )
    assert measure_gaps(run).bias.verdict == "low"
    assert diagnose(run).findings == ()
    # Were the target met by dev alone, train error could not be excused.
    assert measure_gaps(replace(run, errors={"train": 0.6, "dev": dev})).bias.verdict == "high"


def test_what_bias_leaves_of_the_target_is_for_variance():
    run = Evidence(errors={"train": 0.0, "dev": 0.07}, n=AMPLE, target_error=0.10)
    assert diagnose(run).verdict == "good"
    assert diagnose(replace(run, errors={"train": 0.0, "dev": 0.12})).verdict == "high_variance"


def test_a_bias_is_not_high_where_the_dev_set_is_too_small_to_say_that_the_target_is_missed():
    run = Evidence(errors={"train": 0.12, "dev": 0.26}, n={"train": 50_000, "dev": 50}, target_error=0.20)
    assert measure_gaps(run).bias.verdict == "undecided"
    assert measure_gaps(replace(run, n=AMPLE)).bias.verdict == "high"
    assert measure_gaps(replace(run, errors={"train": 0.22, "dev": 0.26})).bias.verdict == "high"


def test_a_decided_gap_carries_no_size():
    record = measure_gaps(Evidence(errors={"train": 0.01, "dev": 0.11}, n=AMPLE)).variance.to_json()
    assert set(record) == {"value", "low", "high", "verdict"}


def test_without_the_size_of_dev_there_is_no_interval_and_the_value_decides():
    gap = measure_gaps(Evidence(errors={"train": 0.01, "dev": 0.11}, n={"train": 10})).variance
    assert (gap.low, gap.high, gap.verdict) == (None, None, "high")


def test_a_gap_is_none_where_an_error_is_missing():
    gaps = measure_gaps(Evidence(errors={"train": 0.01, "dev": None}))
    assert gaps.bias is not None
    assert (gaps.variance, gaps.mismatch, gaps.dev_overfit) == (None, None, None)


def test_regression_reads_the_intervals_it_is_given_and_none_from_counts():
    errors = {"train": 0.30, "dev": 0.34}
    counted = Evidence(task="regression", errors=errors, n=AMPLE)
    assert measure_gaps(counted).variance.low is None
    given = replace(counted, error_intervals={"train": (0.28, 0.32), "dev": (0.28, 0.41)})
    variance = measure_gaps(given).variance
    # Dev's interval less train error, which is known.
    assert (variance.low, variance.high) == pytest.approx((-0.02, 0.11))
    assert variance.verdict == "undecided"


def test_a_regression_worse_than_the_mean_is_accepted():
    run = Evidence(task="regression", errors={"train": 1.7, "dev": 1.9})
    assert diagnose(run).verdict == "high_bias_and_variance"


@pytest.mark.parametrize(
    "given",
    [
        {"errors": {"train": 11.0}},
        {"errors": {"dev": -0.1}},
        {"errors": {"dev": float("nan")}},
        {"bayes_error": 1.5},
        {"target_error": 0.1, "bayes_error": 0.1},
        {"n": {"dev": 0}},
    ],
)
def test_what_cannot_be_an_error_or_a_size_is_refused_with_a_remedy(given):
    with pytest.raises(InputError) as caught:
        Evidence(**given)
    assert caught.value.remedy
    assert caught.value.exit_code == 2
