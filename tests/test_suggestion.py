"""The name that a misspelt one probably stands for."""

from time import perf_counter

from dlrecipe.suggestion import closest, did_you_mean


def test_the_closest_choice_is_asked_for_before_the_rest() -> None:
    assert did_you_mean("adamm", ("sgd", "adam"), "Choices: sgd, adam.") == (
        "Did you mean 'adam'?  Choices: sgd, adam."
    )


def test_where_nothing_is_like_the_word_the_rest_stands_alone() -> None:
    assert did_you_mean("xyz", ("sgd", "adam"), "Choices: sgd, adam.") == "Choices: sgd, adam."
    assert did_you_mean("xyz", ()) == ""


def test_more_likeness_can_be_asked_for() -> None:
    assert closest("adagrad", ("adam",), likeness=0.5) == "adam"
    assert closest("adagrad", ("adam",), likeness=0.8) is None


def test_a_word_of_megabytes_is_answered_at_once() -> None:
    began = perf_counter()
    assert closest("adam" + "m" * 10**7, ("adam" * 500,)) is None
    assert perf_counter() - began < 1
