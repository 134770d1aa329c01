"""What the gaps are held against: people's errors on so many examples, conflicting labels, other seeds."""

from dataclasses import replace

import pytest

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import measure_gaps
from dlrecipe.diagnosis.intervals import student_t

RUN = Evidence(errors={"train": 0.10, "dev": 0.11}, n={"train": 50_000, "dev": 10_000}, bayes_error=0.05)


def test_a_human_error_counted_on_200_examples_leaves_the_bias_undecided():
    assert measure_gaps(RUN).bias.verdict == "high"
    bias = measure_gaps(replace(RUN, bayes_examples=200)).bias
    # Wilson's interval of 10 errors in 200 is 2.74% to 8.96%, which train's 0.26 points hardly widen.
    assert (bias.low, bias.high) == (pytest.approx(0.0103, abs=3e-4), pytest.approx(0.0728, abs=3e-4))
    assert bias.verdict == "undecided"


def test_labels_that_contradict_one_another_are_no_bias():
    run = replace(RUN, bayes_error=0.0, label_floor=0.09)
    diagnosis = diagnose(run)
    assert diagnosis.gaps.bias.value == pytest.approx(0.01)
    assert any("Equal inputs with different labels" in remark for remark in diagnosis.remarks)


def test_three_seeds_widen_the_interval_by_students_t_and_two_do_not():
    others = ({"train": 0.08, "dev": 0.11}, {"train": 0.12, "dev": 0.11})
    alone, few, enough = (measure_gaps(replace(RUN, seed_errors=others[:n])) for n in (0, 1, 2))
    assert few.bias == alone.bias
    # Biases of 3, 5 and 7 points: deviation 2, t for two degrees of freedom 4.303.
    assert enough.bias.low == pytest.approx(0.05 - 4.303 * 0.02, abs=1e-3)
    assert enough.bias.verdict == "undecided"


@pytest.mark.parametrize(("degrees", "t"), [(2, 4.303), (10, 2.228), (12, 2.179), (30, 2.042)])
def test_students_t_is_that_of_the_tables(degrees, t):
    assert student_t(degrees) == pytest.approx(t, abs=3e-3)
