"""What a config says of a network: its shape, initialization, loss and penalties. Knows no arrays."""

import math
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Gt, Interval, Lt, MinLen

from dlrecipe.nn.layer_specs import ActivationName, KeepProb, Layer, Width, count_layers, hidden_layers
from dlrecipe.variants import BY_TYPE

OutputName: TypeAlias = Literal["auto", "softmax", "sigmoid", "linear", "relu", "tanh"]
NonNegative: TypeAlias = Annotated[float, Interval(ge=0)]


DEFAULT_HIDDEN: tuple[int, ...] = (64, 32)

EmbeddingWidth: TypeAlias = Width | Literal["auto"]
LARGEST_AUTO_WIDTH = 600
MOST_LAYERS = 100_000
"""Layers in all: blocks repeated within repeated blocks are soon more than any memory or patience holds."""


def auto_width(rows: int) -> int:
    """Return how many numbers stand for each of so many categories: 1.6 · rows^0.56, at most 600.

    Source: the rule of thumb of fastai's tabular learner (Howard and Gugger 2020, arXiv:2002.04688).
    """
    return min(LARGEST_AUTO_WIDTH, round(1.6 * math.pow(rows, 0.56)))


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """The layers between input and output: `hidden` for a plain stack of dense ones, `layers` for any."""

    hidden: tuple[Width, ...] = DEFAULT_HIDDEN
    """Units of each hidden layer, from the input on. Empty: logistic or linear regression, or `layers`."""
    activation: ActivationName | Annotated[tuple[ActivationName, ...], MinLen(1)] = "relu"
    """The hidden layers' activation: one for all, or a list with one a layer."""
    layers: tuple[Layer, ...] = ()
    """The layers one by one, instead of `hidden`. The output layer comes behind them by itself."""
    output: OutputName = "auto"
    """The output's activation. auto: sigmoid for two classes, softmax for more, linear for numbers."""
    embeddings: Literal["auto"] | dict[str, EmbeddingWidth] | None = None
    """Columns of a table whose categories become learned vectors, not one-hot columns, and the vectors' width
    (auto: 1.6 · categories^0.56), such as {city: 16, street: auto}. auto alone: the columns with more than 10
    categories. null: none."""

    def __post_init__(self) -> None:
        if self.layers:
            # The default itself, not its equal: a [64, 32] that somebody wrote must not go unnoticed.
            if self.hidden and self.hidden is not DEFAULT_HIDDEN:
                raise ValueError("hidden and layers are two ways to say the same; leave one of them out")
            if self.activation != "relu":
                raise ValueError("activation goes with hidden; give each of the layers its own")
            if (n_layers := count_layers(self.layers)) > MOST_LAYERS:
                raise ValueError(
                    f"layers are {n_layers:,} once every residual block is repeated; more than "
                    f"{MOST_LAYERS:,} are not built, so lower a repeat"
                )
            object.__setattr__(self, "hidden", ())
        if not isinstance(self.activation, str) and len(self.activation) != len(self.hidden):
            raise ValueError(
                f"activation lists {len(self.activation)} names for {len(self.hidden)} hidden layers; "
                "give one name for all, or one a hidden layer"
            )

    def embedding_width(self, column: str, rows: int) -> int:
        """Return the width of the vectors of an embedded column with so many rows."""
        width = self.embeddings.get(column, "auto") if isinstance(self.embeddings, dict) else "auto"
        return auto_width(rows) if width == "auto" else width

    @property
    def activations(self) -> tuple[ActivationName, ...]:
        """The activation of each hidden layer of the plain stack."""
        if isinstance(self.activation, str):
            return (self.activation,) * len(self.hidden)
        return self.activation

    def written_out(self, dropout: "DropoutSpec") -> tuple[Layer, ...]:
        """Return all layers but the output, the plain stack's as dense and dropout layers."""
        if self.layers:
            return self.layers
        return hidden_layers(self.hidden, self.activations, dropout.by_layer(len(self.hidden)))


@dataclass(frozen=True, kw_only=True)
class ZerosInit:
    """Every weight 0: all units of a layer stay alike for ever (the course's first example)."""

    type: Literal["zeros"] = "zeros"


@dataclass(frozen=True, kw_only=True)
class NormalInit:
    """N(0, 1) times `scale`, whatever the layer's size (the course's `randn * 10` and `randn * 0.01`)."""

    type: Literal["normal"] = "normal"
    scale: Annotated[float, Gt(0)] = 0.01
    """Standard deviation of the weights."""


@dataclass(frozen=True, kw_only=True)
class ScaledInit:
    """Variance by the layer's size: he 2/fan_in, xavier and lecun 1/fan_in, glorot 2/(fan_in + fan_out)."""

    type: Literal["he", "xavier", "glorot", "lecun"] = "he"
    scale: Annotated[float, Gt(0)] = 1.0
    """Factor on the standard deviation."""
    distribution: Literal["normal", "uniform"] = "normal"
    """The shape of the distribution; its variance is the same for both."""


@dataclass(frozen=True, kw_only=True)
class OrthogonalInit:
    """A random matrix with orthonormal rows or columns, times `scale`."""

    type: Literal["orthogonal"] = "orthogonal"
    scale: Annotated[float, Gt(0)] = 1.0
    """Factor on the orthonormal matrix."""


@dataclass(frozen=True, kw_only=True)
class FileInit:
    """Weights and biases from a safetensors file that holds W1, b1, … of the same shapes."""

    type: Literal["file"] = "file"
    path: str
    """The file; a relative path starts at the config's folder."""


@dataclass(frozen=True, kw_only=True)
class RunInit:
    """Weights and biases that another run kept."""

    type: Literal["run"] = "run"
    run: str
    """A run id, a unique prefix of one, or `latest`."""


Initialization: TypeAlias = Annotated[
    ZerosInit | NormalInit | ScaledInit | OrthogonalInit | FileInit | RunInit, BY_TYPE
]


@dataclass(frozen=True, kw_only=True)
class AutoLoss:
    """Cross-entropy for classes, mean squared error for numbers."""

    type: Literal["auto"] = "auto"


@dataclass(frozen=True, kw_only=True)
class CrossEntropyLoss:
    """-log of the probability given to the true class."""

    type: Literal["cross_entropy"] = "cross_entropy"
    class_weights: Literal["none", "balanced"] | dict[str, Annotated[float, Gt(0)]] = "none"
    """Factor on each example's loss by its class. balanced: m / (n_classes · examples of the class)."""
    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Part of the true class's probability that is shared out evenly among all classes."""


@dataclass(frozen=True, kw_only=True)
class RegressionLoss:
    """mse: ½(ŷ - y)² summed over outputs; mae: |ŷ - y|; huber: quadratic within `delta`, linear beyond."""

    type: Literal["mse", "mae", "huber"] = "mse"
    delta: Annotated[float, Gt(0)] = 1.0
    """Where huber turns linear, in units of the (normalized) target. Ignored by the others."""


Loss: TypeAlias = Annotated[AutoLoss | CrossEntropyLoss | RegressionLoss, BY_TYPE]


@dataclass(frozen=True, kw_only=True)
class DropoutSpec:
    """Inverted dropout: units are dropped in training and what is kept is divided by keep_prob."""

    keep_prob: KeepProb | Annotated[tuple[KeepProb, ...], MinLen(1)] = 1.0
    """Fraction of units kept: a number for every hidden layer, or one a layer with the input first."""

    def by_layer(self, n_hidden: int) -> tuple[float, ...]:
        """Return keep_prob of the input and of each hidden layer."""
        if isinstance(self.keep_prob, float | int):
            return (1.0, *(float(self.keep_prob),) * n_hidden)
        return tuple(float(keep) for keep in self.keep_prob)


@dataclass(frozen=True, kw_only=True)
class RegularizationSpec:
    """Penalties on the weights (never on the biases), dropout, and a bound on each unit's weights."""

    l2: NonNegative = 0.0
    """λ in J = mean loss + λ/(2m) Σ‖W‖²_F, m the number of training examples."""
    l1: NonNegative = 0.0
    """λ₁ in J = mean loss + λ₁/m Σ|W|."""
    dropout: DropoutSpec = field(default_factory=DropoutSpec)
    """Units dropped in training; off whenever errors are measured."""
    max_norm: Annotated[float, Gt(0)] | None = None
    """Largest length of the weights into one unit, restored after each update; null for none."""
