"""The terminal view of gradient checks: complete and readable without colour, from 60 columns on."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from dlrecipe.gradcheck import CheckResult, EpsilonRow, TensorResult, Worst, gradcheck_matrix
from dlrecipe.reports.gradcheck import gradcheck_view


def tensor(name: str, verdict: str, difference: float, *, hint: str = "") -> TensorResult:
    return TensorResult(
        name=name,
        relative_difference=difference,
        verdict=verdict,
        epsilon=1e-5,
        n_checked=10,
        n_kinks=0,
        worst=Worst((783, 511), -0.012345, 0.0061725),
        hint=hint,
    )


def check(name: str, *tensors: TensorResult) -> CheckResult:
    return CheckResult(
        name=name,
        relative_difference=max(entry.relative_difference for entry in tensors),
        epsilon=1e-5,
        n_components=20,
        n_examples=7,
        notes=("two-sided, float64", "dropout off"),
        tensors=tensors,
    )


GOOD = check("good net", tensor("W1", "pass", 3e-10), tensor("b1", "pass", 2e-11))
BAD = check(
    "bad net", tensor("W1", "pass", 3e-10), tensor("W2", "fail", 0.33, hint="it is 2 times too large")
)
UNSURE = check("unsure net", tensor("W1", "look", 2e-6, hint="it points elsewhere"))


def rendered(*results: CheckResult, width: int = 60) -> str:
    console = Console(file=io.StringIO(), width=width, no_color=True)
    console.print(gradcheck_view(results))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_cut_off(width):
    text = rendered(BAD, width=width)
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= width
    assert all(word in text for word in ("difference", "783,511", "-1.2345e-02", "6.1725e-03", "3.3e-01"))


def test_a_single_check_shows_every_tensor_and_how_it_was_made():
    text = rendered(GOOD)
    assert "W1" in text
    assert "b1" in text
    assert "dropout off" in text
    assert "7 examples" in text


def test_of_several_checks_only_those_that_do_not_pass_show_their_tensors():
    text = rendered(GOOD, BAD, UNSURE)
    assert [text.count(name) for name in ("good net", "bad net", "unsure net")] == [1, 2, 2]
    assert "3 checks: 1 pass, 1 look, 1 fail" in text


def test_the_bands_are_explained():
    text = " ".join(rendered(GOOD).split())
    assert "up to 1e-07 right" in text
    assert "1e-03 and more a bug" in text


def test_a_failure_says_what_is_wrong_and_where_to_start():
    text = " ".join(rendered(BAD).split())
    assert "W2: it is 2 times too large." in text
    assert "start at the last layer that fails" in text


def test_where_j_has_a_penalty_the_term_at_fault_is_named_with_both_differences():
    wrong = replace(
        tensor("W2", "fail", 1e-5, hint="the penalty is missing"),
        term="penalty",
        data_difference=3e-10,
        penalty_difference=1.0,
    )
    text = " ".join(rendered(check("net", wrong)).split())
    assert "W2 (penalty at fault: data term 3.0e-10, penalty 1.0e+00): the penalty is missing." in text


def test_the_table_of_steps_marks_the_smallest_difference():
    rows = (EpsilonRow(1e-4, 2e-9, 1e-11, 90, 10), EpsilonRow(1e-5, 3e-11, 1e-10, 99, 1))
    lines = rendered(replace(GOOD, epsilons=rows)).splitlines()
    assert [line.split() for line in lines if line.split()[:1] in (["1e-04"], ["1e-05"])] == [
        ["1e-04", "2.0e-09", "1e-11", "10"],
        ["1e-05", "3.0e-11", "1e-10", "1", "smallest"],
    ]
    assert max(len(line) for line in lines) <= 60


def test_a_pass_gives_no_advice():
    assert "start at the last layer" not in rendered(GOOD)
    assert "try another" not in " ".join(rendered(GOOD).split())


def test_a_look_says_what_to_try():
    text = " ".join(rendered(UNSURE).split())
    assert "W1: it points elsewhere." in text
    assert "after some training" in text


def test_a_difference_that_is_not_finite_is_said_in_words():
    assert "not finite" in rendered(check("nan net", tensor("W1", "fail", float("inf"))))


def test_the_whole_matrix_fits_sixty_columns():
    text = rendered(*gradcheck_matrix())
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 60
