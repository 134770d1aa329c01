"""Numbers that a precision cannot hold are refused, each at its place, and those at the limits are not."""

import numpy as np
import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.representable import LARGEST, SMALLEST
from dlrecipe.errors import ConfigError

NORM = "network: {layers: [dense, {type: residual, layers: [{type: batch_norm, eps: EPS}]}]}".replace(
    "dense", "{type: dense, units: 4}"
)
TOO_SMALL = {
    "network.layers.1.layers.0.eps": NORM.replace("EPS", "1e-60"),
    "optimizer.eps": "optimizer: {type: adam, eps: 1e-30}",
    "optimizer.learning_rate": "optimizer: {type: sgd, learning_rate: 1e-60}",
    "optimizer.clip.norm": "optimizer: {type: sgd, clip: {norm: 1e-60}}",
    "optimizer.clip.value": "optimizer: {type: adamw, clip: {value: 1e-60}}",
    "initialization.scale": "initialization: {type: normal, scale: 1e-60}",
    "regularization.max_norm": "regularization: {max_norm: 1e-60}",
    "loss.delta": "loss: {type: huber, delta: 1e-60}",
    "loss.class_weights.a": "loss: {type: cross_entropy, class_weights: {a: 1e-60}}",
}
TOO_LARGE = {
    "optimizer.learning_rate": "optimizer: {type: sgd, learning_rate: 1e60}",
    "optimizer.weight_decay": "optimizer: {type: adamw, weight_decay: 1e60}",
    "regularization.l2": "regularization: {l2: 1e60}",
    "loss.class_weights.a": "loss: {type: cross_entropy, class_weights: {a: 1e60}}",
}


def load(line: str, precision: str = "float32") -> None:
    load_config_text(f"data: {{source: digits}}\ntraining: {{precision: {precision}}}\n{line}\n", "c.yaml")


def said_of(line: str, precision: str = "float32") -> str:
    with pytest.raises(ConfigError) as caught:
        load(line, precision)
    return str(caught.value)


def test_the_limits_are_numpys() -> None:
    for precision in ("float32", "float64"):
        limits = np.finfo(precision)
        assert (SMALLEST[precision], LARGEST[precision]) == (limits.smallest_normal, limits.max)


@pytest.mark.parametrize("path", TOO_SMALL)
def test_a_number_that_vanishes_in_float32_is_refused_and_in_float64_is_not(path: str) -> None:
    said = said_of(TOO_SMALL[path])
    assert said.startswith("c.yaml:3:")
    assert f"  {path} 1e-" in said
    assert "is too small for float32" in said
    assert said.endswith("or more, or set training.precision: float64.")
    load(TOO_SMALL[path], "float64")


@pytest.mark.parametrize("path", TOO_LARGE)
def test_a_number_that_overflows_float32_is_refused_and_in_float64_is_not(path: str) -> None:
    assert f"  {path} 1e+60 is infinity in float32\n  Write less." in said_of(TOO_LARGE[path])
    load(TOO_LARGE[path], "float64")


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("line", ["optimizer: {type: rmsprop, eps: 1e-310}", NORM.replace("EPS", "1e-310")])
def test_what_is_advised_is_allowed(line: str, precision: str) -> None:
    advised = said_of(line, precision).partition("Write ")[2].split()[0]
    load(line.replace("1e-310", advised), precision)


@pytest.mark.parametrize("line", ["regularization: {l2: 1e-60, l1: 0}", "optimizer: {type: sgd, clip: {}}"])
def test_what_may_vanish_may_be_as_small_as_it_likes(line: str) -> None:
    load(line)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("regularization: {dropout: {keep_prob: 1e-60}}", "regularization.dropout.keep_prob"),
        ("regularization: {dropout: {keep_prob: [1, 1, 1e-60]}}", "regularization.dropout.keep_prob.2"),
        ("network: {layers: [{type: dropout, keep_prob: 1e-60}]}", "network.layers.0.keep_prob"),
    ],
)
def test_a_keep_prob_that_masks_do_not_meet_is_refused(line: str, path: str) -> None:
    # In float32 1 / 1e-60 is infinity, and a dropped unit 0 times that.
    for precision in ("float32", "float64"):
        said = said_of(line, precision)
        assert f"  {path} 1e-60 is smaller than masks can be drawn by\n  Write 1e-06 or more." in said
    load(line.replace("1e-60", "1e-6"))
