"""The whole config, composed of the specs of the parts. Knows no YAML, no files and no arrays."""

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Le

from dlrecipe.config.representable import unrepresentable
from dlrecipe.data.augmentation.specs import Augmentation
from dlrecipe.data.specs import (
    ChecksSpec,
    DataSpec,
    Normalization,
    NormalizationSpec,
    TargetNormalization,
    Task,
)
from dlrecipe.diagnosis.specs import DiagnosisSpec, ParentSpec
from dlrecipe.nn.specs import AutoLoss, Initialization, Loss, NetworkSpec, RegularizationSpec, ScaledInit
from dlrecipe.optim.specs import AdamSpec, Optimizer
from dlrecipe.store.run_ids import is_name
from dlrecipe.training.specs import CheckpointSpec, EarlyStoppingSpec, TrainingSpec

Seed: TypeAlias = Annotated[int, Ge(0), Le(2**63 - 1)]


@dataclass(frozen=True, kw_only=True)
class Config:
    """One experiment: data, network, regularization, optimizer, and what to hold the result against."""

    data: DataSpec
    """Where the examples come from and how they are split."""
    name: str = "run"
    """Becomes part of the run id: letters, digits, - and _, up to 64."""
    seed: Seed = 0
    """Everything random follows from it: split, initialization, batches, dropout."""
    task: Task | None = None
    """classification or regression; null: inferred from the target."""
    checks: ChecksSpec | Literal["stop", "warn", "off"] = "stop"
    """What becomes of errors that the checks of the data find before training. stop: it does not start."""
    normalization: Normalization = "standard"
    """How inputs are scaled, with statistics of the training examples alone."""
    target_normalization: TargetNormalization = "auto"
    """How the numbers to predict are scaled; auto: standard for regression. Errors do not depend on it."""
    network: NetworkSpec = field(default_factory=NetworkSpec)
    """The layers."""
    loss: Loss = field(default_factory=AutoLoss)
    """What training minimizes, beside the penalties."""
    initialization: Initialization = field(default_factory=ScaledInit)
    """The weights before the first step; biases start at 0."""
    regularization: RegularizationSpec = field(default_factory=RegularizationSpec)
    """Penalties, dropout, max-norm."""
    augmentation: tuple[Augmentation, ...] = ()
    """Changes to the training examples, drawn anew for each batch. Pixels are moved and covered in the order
    of the list, then inputs are normalized, then noise is added and examples are mixed. Train error, dev and
    test are measured without."""
    optimizer: Optimizer = field(default_factory=AdamSpec)
    """How the weights follow the gradient."""
    training: TrainingSpec = field(default_factory=TrainingSpec)
    """How long, on batches of what size, in what precision."""
    early_stopping: EarlyStoppingSpec | None = field(default_factory=EarlyStoppingSpec)
    """When to stop before the last epoch, the best one's weights kept. null: never, the last ones are."""
    checkpoint: CheckpointSpec = field(default_factory=CheckpointSpec)
    """How often the state is saved."""
    diagnosis: DiagnosisSpec = field(default_factory=DiagnosisSpec)
    """The errors to hold the result against."""
    parent: ParentSpec | None = None
    """The run that this config was made from, as `dlrecipe next` writes it; null: it stands for itself."""

    def __post_init__(self) -> None:
        # One way to write what the name alone says, so that configs that mean the same are equal.
        spec, checks = self.normalization, self.checks
        if isinstance(spec, NormalizationSpec) and spec == NormalizationSpec(type=spec.type):
            object.__setattr__(self, "normalization", spec.type)
        if isinstance(checks, ChecksSpec) and not checks.ignore:
            object.__setattr__(self, "checks", checks.on_error)
        if not is_name(self.name):
            raise ValueError(
                f"name {self.name[:80]!r} does not fit into a run id; "
                "use letters, digits, - and _, up to 64, starting with a letter or digit"
            )
        n_layers = len(self.network.hidden)
        keep_prob = self.regularization.dropout.keep_prob
        if self.network.layers:
            if keep_prob != 1:
                raise ValueError(
                    "regularization.dropout.keep_prob goes with network.hidden; "
                    "put dropout among network.layers: {type: dropout, keep_prob: 0.8}"
                )
        elif isinstance(keep_prob, tuple) and len(keep_prob) != n_layers + 1:
            raise ValueError(
                f"regularization.dropout.keep_prob lists {len(keep_prob)} numbers for {n_layers} hidden "
                f"layers; give one number for all, or {n_layers + 1} with the input first"
            )
        if (fault := unrepresentable(self)) is not None:
            raise ValueError(fault)
        warmup = self.optimizer.schedule.warmup_epochs
        if warmup > self.training.epochs:
            raise ValueError(
                f"optimizer.schedule.warmup_epochs {warmup:g} is more than training.epochs "
                f"{self.training.epochs}; shorten the warm-up or train longer"
            )
