"""The course's initialization experiment on circles, at its own initial weights and at ours.

Setting (Improving Deep Neural Networks, week 1, assignment 1): make_circles with noise .05, 300 examples of
seed 1 to train on and 100 of seed 2 to test on, layers 2-10-5-1, relu, full batch, learning rate .01,
15,000 steps. Published train/test accuracy: zeros .5/.5, randn · 10 .83/.86, He .993/.96.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_circles

from dlrecipe.data.examples import Split
from dlrecipe.nn.specs import NormalInit, ScaledInit, ZerosInit
from dlrecipe.optim.specs import SgdSpec
from dlrecipe.training.loop import Trainer

Build = Callable[..., Trainer]
Splits = Callable[..., Split]
WIDTHS = (2, 10, 5, 1)


def prepare(
    trainer: Build, make_split: Splits, initialization: Any, *, epochs: int, seed: int = 0
) -> Trainer:
    train, test = (
        make_split(*make_circles(n, noise=0.05, random_state=state), dtype="float32")
        for n, state in ((300, 1), (100, 2))
    )
    return trainer(
        train, test, hidden=WIDTHS[1:-1], activation="relu", initialization=initialization,
        optimizer=SgdSpec(learning_rate=0.01), epochs=epochs, seed=seed,
    )  # fmt: skip


def accuracies(built: Trainer, recorder: Any) -> tuple[float, float]:
    """Return train and test accuracy after the training."""
    hooks = recorder()
    assert built.fit(hooks) == "finished"
    error = hooks.records[-1]["error"]
    return 1 - error["train"], 1 - error["dev"]


def load_the_courses_weights(built: Trainer, scale: Callable[[int], float]) -> None:
    """Draw the assignment's initial weights: seed 3, then randn(fan_out, fan_in) layer by layer."""
    rng = np.random.RandomState(3)
    for layer, (fan_in, fan_out) in enumerate(pairwise(WIDTHS), start=1):
        built.network.parameters.values[f"W{layer}"][...] = rng.randn(fan_out, fan_in).T * scale(fan_in)


def test_from_the_courses_he_weights_it_reaches_the_published_accuracies(
    trainer: Build, make_split: Splits, recorder: Any
) -> None:
    built = prepare(trainer, make_split, ZerosInit(), epochs=15_000)
    load_the_courses_weights(built, lambda fan_in: np.sqrt(2 / fan_in))
    train, test = accuracies(built, recorder)
    # One example of the 300 or of the 100 may fall to the other side on another machine.
    assert train == pytest.approx(0.9933, abs=1.1 / 300)
    assert test == pytest.approx(0.96, abs=1.1 / 100)


def test_from_the_courses_large_weights_it_reaches_the_published_accuracies(
    trainer: Build, make_split: Splits, recorder: Any
) -> None:
    built = prepare(trainer, make_split, ZerosInit(), epochs=15_000)
    load_the_courses_weights(built, lambda fan_in: 10.0)
    train, test = accuracies(built, recorder)
    assert train == pytest.approx(0.83, abs=0.005)
    assert test == pytest.approx(0.86, abs=0.011)


def test_zero_weights_never_learn_and_j_stays_ln_2(trainer: Build, make_split: Splits, recorder: Any) -> None:
    built, hooks = prepare(trainer, make_split, ZerosInit(), epochs=15_000), recorder()
    built.fit(hooks)
    # The classes are balanced and every gradient of a weight is 0, so J is log 2 throughout: to float32's
    # rounding, 6e-8.
    np.testing.assert_allclose(hooks.series("cost", "train"), np.log(2), rtol=1e-7)
    np.testing.assert_allclose(hooks.series("cost", "dev"), np.log(2), rtol=1e-7)
    assert set(hooks.series("error", "train")) == set(hooks.series("error", "dev")) == {0.5}


def test_our_he_is_clearly_ahead_of_large_weights(trainer: Build, make_split: Splits, recorder: Any) -> None:
    """Test accuracy over seeds 0 and 1, where the published figures are .96 and .86.

    The mean is judged, because one seed's figure is a coin's throw around .95 (19 of 30 seeds reach it in a
    plain implementation of the assignment, 100 test examples give it a standard error of .02).
    """
    he, large = (
        np.mean(
            [
                accuracies(prepare(trainer, make_split, spec, epochs=15_000, seed=seed), recorder)[1]
                for seed in range(2)
            ]
        )
        for spec in (ScaledInit(type="he"), NormalInit(scale=10))
    )
    assert he >= 0.93
    assert large <= he - 0.1
