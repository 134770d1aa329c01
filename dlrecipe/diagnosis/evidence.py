"""Every number a rule may read of a run, gathered by others. Knows no files, no configs' schema, no arrays.

Whatever is not known is left out; a rule that needs it is then reported as not judged.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from dlrecipe.data.specs import SPLIT_NAMES, Task
from dlrecipe.errors import InputError

Status: TypeAlias = Literal["finished", "stopped_early", "interrupted", "diverged", "failed"]
BySplit: TypeAlias = Mapping[str, float | None]
Interval: TypeAlias = tuple[float, float]

SPLITS: tuple[str, ...] = SPLIT_NAMES
"""In the order of the ladder from the Bayes error up."""


@dataclass(frozen=True, kw_only=True)
class LayerStats:
    """Norms of one layer's weights at an epoch; `update_ratio` is ‖update‖ / ‖weights‖ of a step."""

    weight_norm: float | None = None
    gradient_norm: float | None = None
    update_ratio: float | None = None


@dataclass(frozen=True, kw_only=True)
class ActivationStats:
    """One layer's activations over many examples at an epoch.

    `dead` is the fraction of units that are inactive on every example; `saturated` the fraction of
    activations on the flat part of the curve (|z| ≥ 5 for tanh and sigmoid).
    """

    mean: float | None = None
    std: float | None = None
    dead: float | None = None
    saturated: float | None = None


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one line of the journal says. `cost` contains the penalty, as J does."""

    epoch: int
    cost: BySplit = field(default_factory=dict)
    error: BySplit = field(default_factory=dict)
    penalty: float | None = None
    learning_rate: float | None = None
    layers: Mapping[str, LayerStats] = field(default_factory=dict)
    activations: Mapping[str, ActivationStats] = field(default_factory=dict)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Epoch":
        """Read a record of metrics.jsonl; keys it does not know are passed over, null means not known."""
        return cls(
            epoch=record["epoch"],
            cost=record.get("cost") or {},
            error=record.get("error") or {},
            penalty=record.get("penalty"),
            learning_rate=record.get("learning_rate"),
            layers={
                name: LayerStats(
                    weight_norm=stats.get("weight_norm"),
                    gradient_norm=stats.get("gradient_norm"),
                    update_ratio=stats.get("update_ratio"),
                )
                for name, stats in (record.get("layers") or {}).items()
            },
            activations={
                name: ActivationStats(
                    mean=stats.get("mean"),
                    std=stats.get("std"),
                    dead=stats.get("dead"),
                    saturated=stats.get("saturated"),
                )
                for name, stats in (record.get("activations") or {}).items()
            },
        )


@dataclass(frozen=True, kw_only=True)
class InputScale:
    """Scale of the training inputs as the network sees them, features that never change left out."""

    largest_mean: float
    """Largest |mean| of a feature."""
    smallest_std: float
    """Smallest standard deviation of a feature."""
    largest_std: float
    """Largest standard deviation of a feature."""


@dataclass(frozen=True, kw_only=True)
class ClassAnswers:
    """How one class fared: its examples, those of them answered right, and all answers that named it."""

    n: int
    right: int
    predicted: int

    @property
    def recall(self) -> float | None:
        """The part of its examples that was recognized; None where it has none."""
        return self.right / self.n if self.n else None


@dataclass(frozen=True, kw_only=True)
class LearningCurve:
    """What a measured learning curve says of more training data.

    With `n` examples dev error was `error`; with `times` as many `expected` is expected, and what comes lies
    in `interval` nine times out of ten. `refusal`: why it says nothing; the others are then not known.
    """

    study: str
    n: int
    error: float | None = None
    times: int | None = None
    expected: float | None = None
    interval: Interval | None = None
    refusal: str | None = None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A setting of the best run of a search that lies at an end of what was tried."""

    key: str
    value: float
    end: Literal["lowest", "highest"]
    n_tried: int


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What the runs beside this one say of it.

    `n_on_dev`: how many runs, this one among them, were judged on the very dev examples it was. `is_best`:
    whether none of them errs on fewer. `edges`: where it is the best of a search, the settings at an end.
    """

    n_on_dev: int
    is_best: bool
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What a change that was advised did to dev error: how far it fell, and the fall's 95% interval."""

    advice: str
    fell: float
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class DataFinding:
    """What a check found in the data before training, and what to do about it."""

    code: str
    title: str
    severity: Literal["error", "warning", "note"]
    evidence: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that is known of a run, or only its errors where there is no run.

    Errors are fractions: misclassified for classification, 1 - R² for regression. Those of a run belong to
    the weights it kept.

    Raises:
        InputError: an error, a sample size or the target cannot be what it says it is.
    """

    task: Task = "classification"
    errors: BySplit = field(default_factory=dict)
    cost: BySplit = field(default_factory=dict)
    n: Mapping[str, int] = field(default_factory=dict)
    """Examples that each error was measured on, by split."""
    error_intervals: Mapping[str, Interval] | None = None
    """95% intervals of errors that are no proportions, by split: a bootstrap's, for regression."""
    bayes_error: float = 0.0
    """0 where nobody knows better, as in the course."""
    bayes_examples: int | None = None
    """Examples that the Bayes error was measured on; None where it is taken as known."""
    label_floor: float = 0.0
    """The train error that equal inputs with different labels leave to the best of networks."""
    seed_errors: tuple[BySplit, ...] = ()
    """The errors of other runs of the same config with other seeds; of all of them where `is_mean`."""
    is_mean: bool = False
    """Whether `errors` are the means over runs with several seeds."""
    target_error: float | None = None
    baseline_error: float | None = None
    """Error on train of always giving the commonest class; 1.0 for regression, the error of the mean."""
    initial_cost: BySplit = field(default_factory=dict)
    """J before the first step, its penalty included."""
    initial_penalty: float | None = None
    """The penalty's part of it."""
    slope_difference: float | None = None
    """Relative difference of the gradient from the slope of J at the first weights, as a gradient check's."""
    dropout_costs: Mapping[str, float] | None = None
    """Mean loss on training examples at the kept weights, `with` units dropped and `without`; empty where
    none are."""
    history: tuple[Epoch, ...] = ()
    best_epoch: int | None = None
    epochs_run: int | None = None
    epochs_planned: int | None = None
    status: Status | None = None
    config: Mapping[str, Any] | None = None
    """The resolved config as plain data, every default filled in."""
    inputs: InputScale | None = None
    n_features: int | None = None
    """fan_in of the first layer."""
    n_classes: int | None = None
    n_targets: int | None = None
    """Numbers to predict for each example, in regression."""
    n_params: int | None = None
    class_counts: Mapping[str, Mapping[str, int]] | None = None
    """Examples of each class, by split."""
    by_class: Mapping[str, Mapping[str, ClassAnswers]] | None = None
    """How each class fared at the kept weights, by split."""
    data_findings: tuple[DataFinding, ...] = ()
    """What the checks of the data found before training."""
    confusion: Mapping[str, Sequence[Sequence[int]]] | None = None
    """Answers by split: a row for each true class, a column for each answer."""
    confident_errors: BySplit = field(default_factory=dict)
    """Error on that half of the examples that the network is surest of, by split; for classes."""
    target_reach: float | None = None
    """Distance of a regression's farthest train target from the median, in robust standard deviations."""
    beside: Beside | None = None
    gain: Gain | None = None
    """Of the change that made this run of another, where it was one that had been advised."""
    learning_curve: LearningCurve | None = None
    """Of this config, where one was measured."""

    def __post_init__(self) -> None:
        for split, error in self.errors.items():
            if error is not None:
                _check_error(f"{split} error", error, self.task)
        _check_error("Bayes error", self.bayes_error, "classification")
        if self.target_error is not None:
            _check_error("target error", self.target_error, "classification")
            if self.target_error <= self.bayes_error:
                raise InputError(
                    f"the target error {self.target_error:g} is not above the Bayes error "
                    f"{self.bayes_error:g}",
                    remedy="Aim higher: no network can do better than the Bayes error.",
                )
        for split, n in self.n.items():
            if n < 1:
                raise InputError(
                    f"{n} examples in {split}", remedy="Give 1 or more, or leave the number out."
                )

    def held_against(
        self, bayes_error: float | None, target_error: float | None, bayes_examples: int | None = None
    ) -> "Evidence":
        """Return the same evidence with another Bayes or target error; None keeps what is there.

        A Bayes error given anew was measured on `bayes_examples`, or is known.
        """
        kept = self.bayes_examples if bayes_error is None and bayes_examples is None else bayes_examples
        return replace(
            self,
            bayes_error=self.bayes_error if bayes_error is None else bayes_error,
            bayes_examples=kept,
            target_error=self.target_error if target_error is None else target_error,
        )

    @property
    def lowest_error(self) -> float:
        """What train error is held against: the Bayes error, or more where labels contradict one another."""
        return max(self.bayes_error, self.label_floor)

    @property
    def initial_loss(self) -> float | None:
        """The loss on train before the first step, J without its penalty; None where it is not known."""
        cost = self.initial_cost.get("train")
        return None if cost is None else cost - (self.initial_penalty or 0.0)

    @property
    def layer_history(self) -> tuple[Epoch, ...]:
        """The epochs that recorded the norms of the layers."""
        return tuple(epoch for epoch in self.history if epoch.layers)

    @property
    def activation_history(self) -> tuple[Epoch, ...]:
        """The epochs that recorded the activations."""
        return tuple(epoch for epoch in self.history if epoch.activations)

    @property
    def train_counts(self) -> Mapping[str, int]:
        """Examples of each class in train; empty where they are not known."""
        return (self.class_counts or {}).get("train", {})

    @property
    def weighs_classes(self) -> bool:
        """Whether the loss weighs some classes more than others, and so minimizes no plain error."""
        return self.setting("loss.class_weights") not in (None, "none")

    def setting(self, path: str) -> Any:
        """Return the config's value at a dotted path; None where it is null or not known."""
        return setting_at(self.config, path)

    def missing(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the names (`status`, `errors.train`, `config.normalization`) that are not known."""
        return tuple(name for name in needs if not self._knows(name))

    def _knows(self, name: str) -> bool:
        attribute, _, path = name.partition(".")
        if attribute == "config" and path:
            return self.setting(path) is not None
        value = getattr(self, attribute)
        if path:
            return isinstance(value, Mapping) and value.get(path) is not None
        return value is not None and value != ()


def _check_error(name: str, error: float, task: Task) -> None:
    # 1 - R² has no upper bound: a network may do worse than the mean.
    if math.isfinite(error) and error >= 0 and (error <= 1 or task == "regression"):
        return
    remedy = "Give 11% as 0.11."
    if task == "regression":
        remedy = "For regression the error is 1 - R², 0 at best."
    raise InputError(f"the {name} {error:g} is not a fraction between 0 and 1", remedy=remedy)


def setting_at(config: Mapping[str, Any] | None, path: str) -> Any:
    """Return the value at a dotted path of a config as plain data; None where it is null or not there."""
    value: Any = config
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
