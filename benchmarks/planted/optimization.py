"""Causes in how the weights start and move: initialization, learning rate, batches, a wrong gradient."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from benchmarks.planted.kind import CLASSES, IMAGES, RAW, Kind, Settings, setting
from dlrecipe.nn.layers import dense


def times(factors: tuple[float, ...]):  # type: ignore[no-untyped-def]
    """Multiply the usual learning rate of one optimizer after the other."""

    def change(config: Settings, instance: int) -> Settings:
        kind = ("adam", "momentum", "rmsprop", "sgd")[instance % 4]
        usual = {"adam": 1e-3, "momentum": 1e-2, "rmsprop": 1e-3, "sgd": 0.1}[kind]
        rate = usual * factors[instance % len(factors)]
        return {**config, "optimizer": {"type": kind, "learning_rate": rate}}

    return change


@contextmanager
def _wrong_gradient(instance: int) -> Iterator[None]:
    """Turn the sign of dW, forget the input in it, or leave it 0, in every dense layer."""

    def wrong(X_T, dZ, ones, dW, db) -> None:  # type: ignore[no-untyped-def]
        right(X_T, dZ, ones, dW, db)
        if instance % 4 == 0:
            dW *= -1.0
        elif instance % 4 == 1:
            dW[:] = 0.0
        elif instance % 4 == 2:
            dW[:] = dW.mean()
        else:
            dW[:] = dW[::-1]

    right = dense.dense_backward
    # Products done by the tape itself would go around it.
    with (
        patch.object(dense, "dense_backward", wrong),
        patch("dlrecipe.nn.tape.Tape.add_product", lambda *_: False),
    ):
        yield


OPTIMIZATION: dict[str, Kind] = {
    "zeros as initialization": Kind(("symmetry",), settings=setting(initialization="zeros")),
    "weights ten times too large": Kind(
        ("initial-loss", "exploding-gradients"),
        settings=setting(
            initialization=({"type": "normal", "scale": 10.0}, {"type": "normal", "scale": 3.0}),
            network__hidden=([64], [64, 32]),
        ),
    ),
    "weights too small for the depth": Kind(
        ("vanishing-gradients", "initialization-too-small"),
        settings=setting(
            initialization={"type": "normal", "scale": 0.01}, network__hidden=([32] * 8, [48] * 6)
        ),
    ),
    "learning rate 100 times too low": Kind(
        ("learning-rate-too-low", "loss-did-not-move"), settings=times((0.01, 0.003, 0.001))
    ),
    "learning rate far too high": Kind(
        ("learning-rate-too-high", "diverged"), settings=times((3000.0, 1000.0))
    ),
    "dead relus by a step too long": Kind(
        ("dead-units", "learning-rate-too-high", "diverged"),
        CLASSES,
        settings=setting(optimizer={"type": "sgd", "learning_rate": 20.0}, network__hidden=([64, 32], [64])),
    ),
    "batches of two at a high rate": Kind(
        ("learning-rate-too-high", "batch-too-small", "diverged", "dead-units"),
        ("digits", "fashion", "mnist", "wine_quality"),
        settings=setting(
            training__batch_size=2,
            training__epochs=3,
            optimizer=({"type": "adam", "learning_rate": 1.0}, {"type": "momentum", "learning_rate": 1.0}),
        ),
    ),
    "one batch of everything": Kind(
        ("too-few-steps", "still-improving", "learning-rate-too-low"),
        settings=setting(training__batch_size="full", training__epochs=(10, 15), early_stopping=None),
    ),
    "too few epochs": Kind(
        ("still-improving", "too-few-steps"),
        ("digits", "breast_cancer", "mnist"),
        settings=setting(training__epochs=(2, 3), optimizer={"type": "adam", "learning_rate": 3e-4}),
    ),
    "stopped too early": Kind(
        ("stopped-too-early",),
        ("breast_cancer", "digits", "housing"),
        settings=setting(
            early_stopping={"monitor": "dev_error", "patience": 1},
            optimizer={"type": "adam", "learning_rate": 1e-4},
            training__epochs=200,
        ),
    ),
    "a wrong gradient": Kind(
        ("gradient-suspect", "loss-did-not-move", "diverged", "weights-unchanged"),
        IMAGES + RAW,
        bug=_wrong_gradient,
    ),
}
