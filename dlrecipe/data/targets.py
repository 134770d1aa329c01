"""From raw targets to what the engine learns, and back: class indices, or scaled numbers.

Everything is learned from the training targets alone. Knows no inputs, no losses and no files.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import DType, Floats
from dlrecipe.data.examples import as_labels
from dlrecipe.data.normalization import fit_scaling
from dlrecipe.data.specs import TargetNormalization, Task
from dlrecipe.errors import DataError
from dlrecipe.suggestion import closest

MAX_INFERRED_CLASSES = 20
MIN_ROWS_PER_CLASS = 10
MAX_CLASSES_OF_NUMBERS = 1_000
CONTINUOUS_SHARE = 0.5


def infer_task(target: NDArray[Any]) -> Task:
    """Say whether a target is classes or numbers.

    Labels are classes. Numbers are classes when they are all whole, at most 20 different ones, and each has
    ten rows in the median: digits 0 … 9 are, a count of rooms in 15 rows is not. A wrong guess is put right
    by `task` in the config.

    Args:
        target: (n,) or (n, outputs), as in Examples.target.
    """
    if target.dtype.kind not in "fiu":
        return "classification"
    if target.ndim > 1 and target.shape[1] > 1:
        return "regression"
    values, counts = np.unique(target, return_counts=True)
    whole = bool(np.all(np.isfinite(values)) and np.all(values == np.floor(values)))
    few = len(values) <= MAX_INFERRED_CLASSES and float(np.median(counts)) >= MIN_ROWS_PER_CLASS
    return "classification" if whole and few else "regression"


@final
@dataclass(frozen=True, eq=False)
class TargetCodec:
    """What was learned from the training targets.

    classification: `classes` in the order of their indices, by number where all are numbers, else by name.
    regression: `mean` and `scale` are (n_outputs,) float64, and the engine learns (target - mean) / scale.
    """

    task: Task
    target_names: tuple[str, ...]
    classes: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        train_target: NDArray[Any],
        *,
        task: Task | None,
        target_normalization: TargetNormalization,
        origin: str,
        target_names: Sequence[str] = ("target",),
    ) -> "TargetCodec":
        """Learn classes, or mean and scale, from the training targets.

        Args:
            train_target: (n,) or (n, outputs), as in Examples.target.
            task: None infers it.
            target_normalization: how numbers are scaled; auto is standard. Classes are not scaled.
            origin: where the targets come from, for errors.
            target_names: one name an output.
        Raises:
            DataError: the target is missing, not finite or constant, or does not fit the task.
        """
        if len(train_target) == 0:
            raise DataError("no training examples", where=origin, remedy="Give train a larger share.")
        _require_present(train_target, origin)
        names = tuple(target_names)
        none = np.zeros(0)
        if (task or infer_task(train_target)) == "classification":
            return cls("classification", names, _classes(train_target, names[0], origin), none, none)
        numbers = _as_numbers(train_target, names, origin)
        try:
            scaling = fit_scaling(numbers, "standard")
        except FloatingPointError:
            raise DataError(
                "the target is too large for its variance to be worked out",
                where=origin,
                remedy="Write it in a larger unit.",
            ) from None
        if np.any(scaling.factor == 0):
            _refuse_constant(names[int(np.argmin(scaling.factor))], origin)
        if target_normalization == "none":
            return cls("regression", names, (), np.zeros(len(names)), np.ones(len(names)))
        return cls("regression", names, (), scaling.shift, 1 / scaling.factor)

    @property
    def n_outputs(self) -> int:
        """Number of classes, or of numbers to predict."""
        return len(self.classes) or len(self.mean)

    def encode(self, target: NDArray[Any], dtype: DType, *, origin: str = "") -> NDArray[Any]:
        """Return (n,) int64 class indices, or (n, n_outputs) scaled numbers.

        Raises:
            DataError: a label that train has not, or a number that is missing or not finite.
        """
        _require_present(target, origin)
        if self.task == "classification":
            return self._indices(*_labels(target, origin), origin)
        numbers = _as_numbers(target, self.target_names, origin)
        with np.errstate(over="ignore"):
            scaled = ((numbers - self.mean) / self.scale).astype(dtype)
        if not np.isfinite(scaled).all():
            raise DataError(
                f"a value of the target is too large for {np.dtype(dtype).name}",
                where=origin,
                remedy="Correct it, or write the target in a larger unit.",
            )
        return scaled

    def decode_numbers(self, y: Floats) -> NDArray[np.float64]:
        """Return scaled numbers, (n, n_outputs), in the user's units."""
        return np.asarray(y, np.float64) * self.scale + self.mean

    def _indices(self, names: Sequence[str], which: NDArray[np.intp], origin: str) -> NDArray[np.int64]:
        places = {label: index for index, label in enumerate(self.classes)}
        index_of = np.array([places.get(name, -1) for name in names], dtype=np.int64)
        if np.any(index_of < 0):
            rows = np.bincount(which, minlength=len(names)).tolist()
            unseen = Counter({name: n for name, n in zip(names, rows, strict=True) if name not in places})
            listed = ", ".join(f"'{label}' ({times} rows)" for label, times in unseen.most_common(5))
            close = closest(next(iter(unseen)), self.classes)
            hint = f" ('{close}' is one.)" if close else ""
            raise DataError(
                f"{len(unseen)} labels that train does not have: {listed}",
                where=origin,
                remedy=f"Use the labels of train{hint}; for an ending such as a full stop set target_suffix.",
            )
        return index_of[which]

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return JSON-able values and arrays from which `from_state` makes the same codec."""
        meta = {"task": self.task, "target_names": list(self.target_names), "classes": list(self.classes)}
        return meta, {"target_mean": self.mean, "target_scale": self.scale}

    @classmethod
    def from_state(cls, meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "TargetCodec":
        """Return the codec that `to_state` wrote.

        Raises:
            ValueError: the values or arrays are not what `to_state` writes: a damaged file.
        """
        try:
            task = meta["task"]
            names = tuple(str(name) for name in meta["target_names"])
            classes = tuple(str(label) for label in meta["classes"])
            mean, scale = arrays["target_mean"], arrays["target_scale"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the state of a target: {error!r}") from None
        n_scaled = 0 if task == "classification" else len(names)
        fits = task in ("classification", "regression") and (len(classes) >= 2) == (task == "classification")
        shaped = all(each.shape == (n_scaled,) and each.dtype == np.float64 for each in (mean, scale))
        if not (fits and names and shaped and len(set(classes)) == len(classes)):
            raise ValueError(f"not the state of a target: {task!r} with {len(classes)} classes")
        if not (np.isfinite(mean).all() and np.isfinite(scale).all() and np.all(scale > 0)):
            raise ValueError("not the state of a target: its mean or scale is not a usable number")
        return cls(task, names, classes, mean, scale)


def _require_present(target: NDArray[Any], origin: str) -> None:
    """Refuse a missing label, NaN and inf, naming the first example."""
    if target.dtype.kind == "O":
        bad = np.array([label is None for label in target.tolist()], dtype=bool)
    elif target.dtype.kind == "f":
        bad = ~np.isfinite(target).reshape(len(target), -1).all(axis=1)
    else:
        return
    if bad.any():
        raise DataError(
            f"the target is missing or not a finite number in {int(bad.sum())} of {len(bad)} examples; "
            f"the first is example {int(np.argmax(bad)) + 1} of its split",
            where=origin,
            remedy="Delete these rows, or fill the target in.",
        )


def _labels(target: NDArray[Any], origin: str) -> tuple[list[str], NDArray[np.intp]]:
    """Return the different labels as strings, and (n,) which of them each example has."""
    if target.ndim > 1 and target.shape[1] > 1:
        raise DataError(
            f"{target.shape[1]} targets cannot be one class",
            where=origin,
            remedy="Name one column as the target (of an array, save one label a row), or set task: "
            "regression.",
        )
    flat = target.reshape(-1)
    if flat.dtype.kind in "fiu":
        # Found by value, not by np.unique's inverse: of a million labels that would take 40 MB more.
        values = np.unique(flat)
        # Value by value: 1.0 is "1" in a split that also has 1.5 as in one that has not.
        names = [str(int(value)) if value == int(value) else repr(value) for value in values.tolist()]
        return names, np.searchsorted(values, flat)
    labels = as_labels(flat).tolist()
    places = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return list(places), np.fromiter(map(places.__getitem__, labels), np.intp, count=len(labels))


def _classes(target: NDArray[Any], name: str, origin: str) -> tuple[str, ...]:
    labels = sorted(_labels(target, origin)[0])
    if len(labels) == 1:
        _refuse_constant(name, origin)
    is_number = target.dtype.kind in "fiu"
    many = len(labels) > MAX_CLASSES_OF_NUMBERS or len(labels) > CONTINUOUS_SHARE * len(target)
    if is_number and many and len(labels) > MAX_INFERRED_CLASSES:
        raise DataError(
            f"the target '{name}' has {len(labels)} different numbers in {len(target)} examples: too many "
            "for classes",
            where=origin,
            remedy="Set task: regression.",
        )
    try:
        return tuple(sorted(labels, key=float))
    except ValueError:
        return tuple(labels)


def _as_numbers(target: NDArray[Any], names: tuple[str, ...], origin: str) -> NDArray[np.float64]:
    """Return targets as (n, n_outputs) float64."""
    if target.dtype.kind not in "fiu":
        raise DataError(
            f"the target '{names[0]}' holds labels such as '{target.reshape(-1)[0]}', not numbers",
            where=origin,
            remedy="Set task: classification, or name a column of numbers as the target.",
        )
    numbers = target.astype(np.float64).reshape(len(target), -1)
    if numbers.shape[1] != len(names):
        raise DataError(
            f"{numbers.shape[1]} targets, where {len(names)} are expected",
            where=origin,
            remedy=f"Give the same targets as in training: {', '.join(names)}.",
        )
    return numbers


def _refuse_constant(name: str, origin: str) -> None:
    raise DataError(
        f"the target '{name}' is constant in the training examples: there is nothing to learn",
        where=origin,
        remedy="Name another column as the target, or check how train is split off.",
    )
