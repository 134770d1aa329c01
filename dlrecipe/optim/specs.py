"""What a config says of an optimizer: its kind, learning rate, schedule and clipping. Knows no arrays."""

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Gt, Interval, Lt

from dlrecipe.variants import BY_TYPE

Positive: TypeAlias = Annotated[float, Gt(0)]
Fraction: TypeAlias = Annotated[float, Interval(ge=0, le=1)]
Decay: TypeAlias = Annotated[float, Ge(0), Lt(1)]


@dataclass(frozen=True, kw_only=True)
class ConstantSchedule:
    """The learning rate stays as it is, after the warm-up."""

    type: Literal["constant"] = "constant"
    warmup_epochs: Annotated[float, Ge(0)] = 0.0
    """Epochs over which the learning rate rises linearly to its full value."""


@dataclass(frozen=True, kw_only=True)
class StepSchedule:
    """The learning rate is multiplied by `factor` every `every` epochs."""

    type: Literal["step"] = "step"
    every: Annotated[int, Gt(0)] = 30
    """Epochs between two drops."""
    factor: Annotated[float, Gt(0), Lt(1)] = 0.1
    """What each drop multiplies the learning rate by."""
    warmup_epochs: Annotated[float, Ge(0)] = 0.0
    """Epochs over which the learning rate rises linearly to its full value."""


@dataclass(frozen=True, kw_only=True)
class ExponentialSchedule:
    """The learning rate is multiplied by `factor` each epoch, in equal ratios from step to step."""

    type: Literal["exponential"] = "exponential"
    factor: Annotated[float, Gt(0), Lt(1)] = 0.95
    """What each epoch multiplies the learning rate by."""
    warmup_epochs: Annotated[float, Ge(0)] = 0.0
    """Epochs over which the learning rate rises linearly to its full value."""


@dataclass(frozen=True, kw_only=True)
class CosineSchedule:
    """Half a cosine from the full learning rate to `final_fraction` of it at the last epoch."""

    type: Literal["cosine"] = "cosine"
    final_fraction: Fraction = 0.0
    """The learning rate at the end, as a fraction of the full one."""
    warmup_epochs: Annotated[float, Ge(0)] = 0.0
    """Epochs over which the learning rate rises linearly to its full value."""


Schedule: TypeAlias = Annotated[
    ConstantSchedule | StepSchedule | ExponentialSchedule | CosineSchedule, BY_TYPE
]


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """Bounds on the gradient before it is used; null for none."""

    norm: Positive | None = None
    """Largest length of the whole gradient; a longer one is shortened to it."""
    value: Positive | None = None
    """Largest size of each component."""


@dataclass(frozen=True, kw_only=True)
class SgdSpec:
    """θ ← θ - learning_rate · dθ."""

    type: Literal["sgd"] = "sgd"
    learning_rate: Positive = 0.1
    """Step size."""
    schedule: Schedule = field(default_factory=ConstantSchedule)
    """How the learning rate changes."""
    clip: ClipSpec = field(default_factory=ClipSpec)
    """Bounds on the gradient."""


@dataclass(frozen=True, kw_only=True)
class MomentumSpec:
    """v ← momentum · v + dθ; θ ← θ - learning_rate · v (with Nesterov's look-ahead for `nesterov`)."""

    type: Literal["momentum", "nesterov"] = "momentum"
    learning_rate: Positive = 0.01
    """Step size."""
    momentum: Decay = 0.9
    """Fraction of the velocity kept from step to step."""
    schedule: Schedule = field(default_factory=ConstantSchedule)
    """How the learning rate changes."""
    clip: ClipSpec = field(default_factory=ClipSpec)
    """Bounds on the gradient."""


@dataclass(frozen=True, kw_only=True)
class RmspropSpec:
    """s ← decay · s + (1 - decay) · dθ²; θ ← θ - learning_rate · dθ / (√s + eps)."""

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: Positive = 0.001
    """Step size."""
    decay: Decay = 0.9
    """Fraction of the mean square kept from step to step."""
    eps: Positive = 1e-8
    """Added to the denominator."""
    schedule: Schedule = field(default_factory=ConstantSchedule)
    """How the learning rate changes."""
    clip: ClipSpec = field(default_factory=ClipSpec)
    """Bounds on the gradient."""


@dataclass(frozen=True, kw_only=True)
class AdamSpec:
    """Adam with bias correction."""

    type: Literal["adam"] = "adam"
    learning_rate: Positive = 0.001
    """Step size."""
    beta1: Decay = 0.9
    """Fraction of the first moment kept from step to step."""
    beta2: Decay = 0.999
    """Fraction of the second moment kept from step to step."""
    eps: Positive = 1e-8
    """Added to the denominator."""
    schedule: Schedule = field(default_factory=ConstantSchedule)
    """How the learning rate changes."""
    clip: ClipSpec = field(default_factory=ClipSpec)
    """Bounds on the gradient."""


@dataclass(frozen=True, kw_only=True)
class AdamWSpec:
    """Adam with decoupled weight decay, on the weights and not on the biases."""

    type: Literal["adamw"] = "adamw"
    learning_rate: Positive = 0.001
    """Step size."""
    weight_decay: Annotated[float, Ge(0)] = 0.01
    """Each step multiplies the weights by 1 - learning_rate · weight_decay."""
    beta1: Decay = 0.9
    """Fraction of the first moment kept from step to step."""
    beta2: Decay = 0.999
    """Fraction of the second moment kept from step to step."""
    eps: Positive = 1e-8
    """Added to the denominator."""
    schedule: Schedule = field(default_factory=ConstantSchedule)
    """How the learning rate changes."""
    clip: ClipSpec = field(default_factory=ClipSpec)
    """Bounds on the gradient."""


Optimizer: TypeAlias = Annotated[SgdSpec | MomentumSpec | RmspropSpec | AdamSpec | AdamWSpec, BY_TYPE]
