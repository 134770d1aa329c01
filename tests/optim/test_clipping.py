"""Bounds on the gradient."""

import numpy as np
import pytest

from dlrecipe.optim.clipping import clip_norm, clip_value


def test_a_long_gradient_keeps_its_direction_and_gets_the_length_asked_for() -> None:
    grads = np.array([3.0, -4.0])
    clip_norm(grads, 1.0)
    np.testing.assert_allclose(grads, [0.6, -0.8], rtol=1e-15)


@pytest.mark.parametrize("max_norm", [5.0, 7.0])
def test_a_gradient_within_the_bound_is_left_bit_for_bit(max_norm: float) -> None:
    grads = np.array([3.0, -4.0])
    clip_norm(grads, max_norm)
    assert grads.tolist() == [3.0, -4.0]


def test_a_zero_gradient_can_be_clipped() -> None:
    grads = np.zeros(3, np.float32)
    clip_norm(grads, 1.0)
    assert grads.tolist() == [0, 0, 0]


def test_a_gradient_whose_squares_overflow_float32_is_shortened_and_not_lost() -> None:
    grads = np.array([3e25, -4e25], np.float32)
    with np.errstate(all="ignore"):  # as in the training loop
        clip_norm(grads, 1.0)
    np.testing.assert_allclose(grads, [0.6, -0.8], rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_not_made_to_look_finite(bad: float) -> None:
    grads = np.array([1.0, bad])
    with np.errstate(all="ignore"):
        clip_norm(grads, 1.0)
    assert not np.isfinite(grads).all()


def test_each_component_is_brought_within_the_bound() -> None:
    grads = np.array([-3.0, -0.5, 0.0, 0.5, 3.0])
    clip_value(grads, 1.0)
    assert grads.tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_clipping_keeps_the_precision() -> None:
    grads = np.array([3.0, -4.0], np.float32)
    clip_norm(grads, 1.0)
    clip_value(grads, 0.7)
    assert grads.dtype == np.float32
    np.testing.assert_allclose(grads, [0.6, -0.7], rtol=1e-6)
