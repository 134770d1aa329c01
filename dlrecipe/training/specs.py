"""What a config says of training and early stopping. Knows no arrays."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Gt, Lt

Count: TypeAlias = Annotated[int, Gt(0)]


@dataclass(frozen=True, kw_only=True)
class AveragingSpec:
    """An exponential moving average of the weights, which is measured and kept in the weights' stead.

    Training itself goes on with the weights as they are. The average smooths out the last steps' noise, as
    a falling learning rate would.
    """

    decay: Annotated[float, Gt(0), Lt(1)] = 0.999
    """What each step leaves of the average, which so spans about 1 / (1 - decay) steps; fewer in the
    beginning, when there have not been as many. Running statistics of batch norms are averaged alike."""


@dataclass(frozen=True, kw_only=True)
class TrainingSpec:
    """How long to train, on batches of what size, in what precision."""

    epochs: Count = 100
    """Passes over the training examples, at the most."""
    batch_size: Count | Literal["full"] = 64
    """Examples in a step; full: all of them, in one step an epoch."""
    precision: Literal["float32", "float64"] = "float32"
    """Floating-point numbers of the engine."""
    threads: Count | Literal["auto"] = "auto"
    """Processors used. auto: one for small networks, two for the others. The result is the same, but where a
    batch normalization ties the examples together: there the products themselves are spread over threads."""
    measured_examples: Count | Literal["all"] = 10_000
    """Training examples, drawn once, on which train cost and error are measured each epoch. The figures at
    the end of the run are measured on all of them."""
    averaging: AveragingSpec | None = None
    """Keep and measure a moving average of the weights, not those of the last step; null: off."""


@dataclass(frozen=True, kw_only=True)
class EarlyStoppingSpec:
    """Stop when the monitored figure has not improved for a while; the weights of its best epoch are kept."""

    monitor: Literal["dev_error", "dev_cost"] = "dev_error"
    """The figure to watch. Ties in dev_error are decided by dev_cost."""
    patience: Count = 10
    """Epochs without improvement before training stops."""
    min_delta: Annotated[float, Ge(0)] = 0.0
    """What counts as an improvement, in the monitored figure's unit."""


@dataclass(frozen=True, kw_only=True)
class CheckpointSpec:
    """How often the state of training is saved, beside once at its end and on Ctrl-C; null for never.

    Where both are given, whichever comes first. What was trained since the last checkpoint is trained again
    after a kill, to the same end.
    """

    every_s: Annotated[float, Gt(0)] | None = 2.0
    """Seconds between two checkpoints, also within an epoch. Where saving takes long, it is done less often,
    so that it takes a twentieth of the time at the most."""
    every_epochs: Annotated[float, Gt(0)] | None = None
    """Epochs between two checkpoints; 0.25 makes four an epoch."""
