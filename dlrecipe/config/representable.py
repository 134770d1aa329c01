"""Numbers of a config that its precision cannot hold: too small, and they count as 0; too large, as infinity.

An eps of 0 divides 0 by 0 where a feature is constant or a gradient is 0, and a run ends without a number.
Knows the schema's values and the limits of floating point, no arrays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrecipe.nn.layer_specs import (
    LEAST_KEEP_PROB,
    BatchNormLayer,
    DropoutLayer,
    Layer,
    LayerNormLayer,
    ResidualLayer,
)
from dlrecipe.nn.specs import CrossEntropyLoss, NormalInit, OrthogonalInit, RegressionLoss, ScaledInit
from dlrecipe.optim.specs import AdamSpec, AdamWSpec, RmspropSpec

if TYPE_CHECKING:
    from dlrecipe.config.schema import Config

SMALLEST = {"float32": 2.0**-126, "float64": 2.0**-1022}
"""The smallest numbers that are held with all their digits."""
LARGEST = {"float32": (2 - 2.0**-23) * 2.0**127, "float64": (2 - 2.0**-52) * 2.0**1023}


@dataclass(frozen=True)
class Number:
    """A setting that must neither vanish nor overflow, by its dotted path.

    `may_vanish`: as 0 it does what it should. `beside_squares`: it stands beside the root of squared
    gradients. Those of gradients below √SMALLEST are 0, so a smaller eps would divide such a gradient by next
    to nothing: a step of any length.
    """

    path: str
    value: float
    beside_squares: bool = False
    may_vanish: bool = False

    def fault(self, precision: str) -> str | None:
        """Return "statement; remedy" where this precision cannot hold the number."""
        if self.value > LARGEST[precision]:
            return f"{self.path} {self.value:g} is infinity in {precision}; write less"
        least = self._least(precision)
        if self.value >= least:
            return None
        # Rounded up, so that what is advised is allowed.
        shown = f"{1.05 * least:.1e}"
        why = (
            f"in which the squares of gradients below {shown} are 0"
            if self.beside_squares
            else f"which holds no positive number below {shown} in full"
        )
        wider = ", or set training.precision: float64" if self.value >= self._least("float64") else ""
        return f"{self.path} {self.value:g} is too small for {precision}, {why}; write {shown} or more{wider}"

    def _least(self, precision: str) -> float:
        least = 0.0 if self.may_vanish else SMALLEST[precision]
        return float(least**0.5) if self.beside_squares else least


def unrepresentable(config: "Config") -> str | None:
    """Return "statement; remedy" of the first number that the config's precision cannot hold, or None."""
    precision = config.training.precision
    numbers = (number.fault(precision) for number in _numbers(config))
    return next((fault for fault in (*numbers, *_keep_probs(config)) if fault is not None), None)


def _numbers(config: "Config") -> Iterator[Number]:
    optimizer, loss = config.optimizer, config.loss
    for path, layer in _layers(config.network.layers, "network.layers"):
        if isinstance(layer, BatchNormLayer | LayerNormLayer):
            yield Number(f"{path}.eps", layer.eps)
    yield Number("optimizer.learning_rate", optimizer.learning_rate)
    if isinstance(optimizer, RmspropSpec | AdamSpec | AdamWSpec):
        yield Number("optimizer.eps", optimizer.eps, beside_squares=True)
    for bound in ("norm", "value"):
        value = getattr(optimizer.clip, bound)
        if value is not None:
            yield Number(f"optimizer.clip.{bound}", value)
    if isinstance(config.initialization, NormalInit | ScaledInit | OrthogonalInit):
        yield Number("initialization.scale", config.initialization.scale)
    if isinstance(optimizer, AdamWSpec):
        yield Number("optimizer.weight_decay", optimizer.weight_decay, may_vanish=True)
    for penalty in ("l2", "l1"):
        yield Number(f"regularization.{penalty}", getattr(config.regularization, penalty), may_vanish=True)
    if config.regularization.max_norm is not None:
        yield Number("regularization.max_norm", config.regularization.max_norm)
    if isinstance(loss, RegressionLoss):
        yield Number("loss.delta", loss.delta)
    if isinstance(loss, CrossEntropyLoss) and isinstance(loss.class_weights, dict):
        for name, weight in loss.class_weights.items():
            yield Number(f"loss.class_weights.{name}", weight)


def _keep_probs(config: "Config") -> Iterator[str]:
    """Yield what is wrong with a keep_prob so small that masks miss what units are divided by."""
    path, keep_prob = "regularization.dropout.keep_prob", config.regularization.dropout.keep_prob
    found = (
        {f"{path}.{index}": keep for index, keep in enumerate(keep_prob)}
        if isinstance(keep_prob, tuple)
        else {path: keep_prob}
    )
    for place, layer in _layers(config.network.layers, "network.layers"):
        if isinstance(layer, DropoutLayer):
            found[f"{place}.keep_prob"] = layer.keep_prob
    for place, keep in found.items():
        if keep < LEAST_KEEP_PROB:
            least = f"{LEAST_KEEP_PROB:g}"
            yield f"{place} {keep:g} is smaller than masks can be drawn by; write {least} or more"


def _layers(layers: tuple[Layer, ...], path: str) -> Iterator[tuple[str, Layer]]:
    """Yield every layer with its path, those of blocks too."""
    for index, layer in enumerate(layers):
        yield f"{path}.{index}", layer
        if isinstance(layer, ResidualLayer):
            yield from _layers(layer.layers, f"{path}.{index}.layers")
