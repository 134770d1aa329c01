"""Differences of functions whose derivative is known."""

import numpy as np
import pytest

from dlrecipe.gradcheck.difference import one_sided_difference, two_sided_difference


def cube(x: float) -> float:
    return x**3


def test_two_sided_difference_of_the_courses_cube_is_3_0001():
    # Course, lecture 12: θ = 1, ε = 0.01. ((1.01)³ - (0.99)³) / 0.02 = 3.0001; one side gives 3.0301.
    assert two_sided_difference(cube, 1.0, 0.01) == pytest.approx(3.0001, abs=1e-12)


def test_error_of_the_two_sided_difference_falls_with_the_square_of_the_step():
    errors = [abs(two_sided_difference(cube, 1.0, step) - 3) for step in (0.1, 0.01)]
    assert errors == pytest.approx([1e-2, 1e-4], rel=1e-6)  # (x³)''' / 6 = 1, so the error is ε² itself


def test_two_sided_difference_is_exact_where_the_step_is_not_representable():
    # At 1e4 a step of 1e-7 is rounded by 1e-5 of it; a line's slope must not feel that.
    assert two_sided_difference(lambda x: 3 * x, 1e4, 1e-7) == pytest.approx(3, rel=1e-4)
    assert two_sided_difference(lambda x: x, 1e4, 1e-7) == 1


@pytest.mark.parametrize("step", [1e-3, -1e-3])
def test_one_sided_difference_is_exact_for_a_parabola(step):
    assert one_sided_difference(lambda x: x**2 - x, 2.0, step) == pytest.approx(3, abs=1e-9)


def test_one_sided_difference_does_not_look_at_the_other_side():
    def bent(x: float) -> float:
        return np.nan if x > 1 else 5 * x

    assert one_sided_difference(bent, 1.0, -0.25) == pytest.approx(5, abs=1e-12)
