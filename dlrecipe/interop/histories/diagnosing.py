"""From a path with somebody else's training history to the diagnosis of it."""

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlrecipe.data.specs import Task
from dlrecipe.diagnosis.diagnose import Diagnosis, diagnose
from dlrecipe.diagnosis.evidence import Epoch, Evidence
from dlrecipe.errors import InputError
from dlrecipe.interop.histories.formats import FORMATS, read_history
from dlrecipe.interop.histories.history import Place, Point
from dlrecipe.interop.histories.roles import Quantity, Roles, find_roles

LAST, BEST = "last", "best"
WELL_BEFORE = 0.1
"""The part of the epochs by which the best must lie before the last to be told of."""
ROUNDING = 1e-4
"""By which a mean of accuracies in single precision may be above 1."""
MANY_MORE = 2
"""Times as many points in train as in dev, from which train is taken to come by the batch."""


@dataclass(frozen=True, kw_only=True)
class ForeignDiagnosis:
    """A diagnosis, and what it was read from: the format, the series by role, and notes on how."""

    diagnosis: Diagnosis
    format: str
    columns: Mapping[str, str]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the document of `diagnose --json`, with `source` beside it."""
        source = {"format": self.format, "columns": dict(self.columns), "notes": list(self.notes)}
        return {**self.diagnosis.to_json(), "source": source}

    def in_words(self) -> str:
        """Return a line or more on what was read."""
        told = ", ".join(f"{role}: {name}" for role, name in self.columns.items())
        return "\n".join([f"{FORMATS[self.format].title}. {told}.", *self.notes])


def diagnose_history(
    path: Path,
    *,
    train_column: str | None = None,
    dev_column: str | None = None,
    n: Mapping[str, int],
    task: Task | None = None,
    bayes_error: float | None = None,
    target_error: float | None = None,
    epoch: str = LAST,
) -> ForeignDiagnosis:
    """Judge a training that another program has logged, by the errors of one of its epochs.

    Args:
        epoch: `last`, whose weights a program has at its end unless it says otherwise; `best` on dev; or a
            number, counted from 1.
        train_column, dev_column: the series to take, where their names do not tell.
        n: examples in each split, by which errors get intervals.
        task: None is told by the series: R² is of regression.
    Raises:
        InputError: the file cannot be read, or it is not clear which series are train's and dev's.
    """
    place = Place(path)
    format_, history = read_history(place)
    try:
        roles = find_roles(history.series, train_column, dev_column)
    except InputError as error:
        raise InputError(error.what, where=error.where or str(path), remedy=error.remedy) from None
    notes = list(history.notes)
    measured = {name: history.series[name] for name in roles.by_split.values()}
    fractions = _as_fractions(place, measured, roles.quantity, notes)
    errors = {split: _errors(fractions[name], roles.quantity) for split, name in roles.by_split.items()}
    if not errors:
        notes.append(
            "Only losses are logged, which no Bayes error is held against: log accuracy (or R²) too."
        )
    costs = {split: history.series[name] for split, name in roles.loss.items()}
    epochs = _epochs(_aligned(errors, notes), _aligned(costs, notes))
    judged = _judged(place, epochs, epoch)
    notes += _said(epochs, judged, task or _task(roles))
    evidence = _evidence(epochs, judged, roles, n, task or _task(roles)).held_against(
        bayes_error, target_error
    )
    columns = dict(roles.by_split)
    columns |= {f"loss on {split}": name for split, name in roles.loss.items()}
    return ForeignDiagnosis(
        diagnosis=diagnose(evidence), format=format_, columns=columns, notes=tuple(dict.fromkeys(notes))
    )


def _as_fractions(
    place: Place, measured: Mapping[str, tuple[Point, ...]], quantity: Quantity, notes: list[str]
) -> Mapping[str, tuple[Point, ...]]:
    """Return the series as fractions: all of them are in per cent where one is.

    Of two errors in per cent, that on train may well be below 1 throughout.
    """
    if quantity == "r2":
        return measured
    for name, points in measured.items():
        known = [value for _, value in points if math.isfinite(value)]
        if min(known, default=0.0) < 0 or max(known, default=0.0) > 100:
            raise place.refuse(
                f"'{name}' has values outside 0 to 1 (or 0 to 100 %), so it is no {quantity}",
                "Name others with --train-column and --dev-column.",
            )
    highest = max((value for points in measured.values() for _, value in points if value == value), default=0)
    if highest <= 1 + ROUNDING:
        return measured
    notes += [f"'{name}' is in per cent." for name in measured]
    return {name: tuple((step, value / 100) for step, value in points) for name, points in measured.items()}


def _errors(points: tuple[Point, ...], quantity: Quantity) -> tuple[Point, ...]:
    """Return a series as errors: 1 - accuracy, 1 - R², or as it is."""
    if quantity == "error":
        return points
    return tuple((step, max(0.0, 1 - value)) for step, value in points)


def _aligned(series: Mapping[str, tuple[Point, ...]], notes: list[str]) -> dict[str, tuple[Point, ...]]:
    """Return the series with train's points, where they come by the batch, averaged up to each of dev's."""
    train, dev = series.get("train", ()), series.get("dev", ())
    if len(dev) < 1 or len(train) <= MANY_MORE * len(dev):
        return dict(series)
    steps = [step for step, _ in dev]
    bins: dict[int, list[float]] = {}
    for step, value in train:
        at = bisect_left(steps, step)
        if at < len(steps) and math.isfinite(value):
            bins.setdefault(at, []).append(value)
    if not bins:
        return dict(series)
    notes.append(
        "Train comes by the batch; of the batches between two measurements of dev the mean is taken."
    )
    means = tuple((steps[at], sum(values) / len(values)) for at, values in sorted(bins.items()))
    return {**series, "train": means}


def _epochs(
    errors: Mapping[str, tuple[Point, ...]], costs: Mapping[str, tuple[Point, ...]]
) -> tuple[Epoch, ...]:
    """Return the figures by epoch, counted from 1; what is not finite is not known."""
    steps = sorted({step for each in (errors, costs) for points in each.values() for step, _ in points})
    by_step: dict[str, dict[str, dict[float, float]]] = {
        "error": {split: dict(points) for split, points in errors.items()},
        "cost": {split: dict(points) for split, points in costs.items()},
    }

    def at(kind: str, step: float) -> dict[str, float | None]:
        found = {split: points[step] for split, points in by_step[kind].items() if step in points}
        return {split: value if math.isfinite(value) else None for split, value in found.items()}

    return tuple(
        Epoch(epoch=count, error=at("error", step), cost=at("cost", step))
        for count, step in enumerate(steps, start=1)
    )


def _task(roles: Roles) -> Task:
    return "regression" if roles.quantity == "r2" else "classification"


def _judged(place: Place, epochs: tuple[Epoch, ...], wanted: str) -> int:
    """Return the number of the epoch that is judged.

    Raises:
        InputError: there is no such epoch.
    """
    if wanted == LAST:
        return len(epochs)
    if wanted == BEST:
        return _best(epochs) or len(epochs)
    number = int(wanted) if wanted.isascii() and wanted.isdigit() else 0
    if not 1 <= number <= len(epochs):
        raise place.refuse(
            f"there is no epoch {wanted[:20]!r} to judge",
            f"Give --epoch {BEST}, {LAST}, or a number from 1 to {len(epochs)}.",
        )
    return number


def _said(epochs: tuple[Epoch, ...], judged: int, task: Task) -> list[str]:
    """Return which epoch is judged, and the best one's dev figure where that is well before the last."""
    best, n = _best(epochs), len(epochs)
    if best is None:
        return []
    if judged != n:
        return [f"Judged is epoch {judged} of {n}{', the best on dev' if judged == best else ''}."]
    if n - best < max(2, WELL_BEFORE * n):
        return []
    kind = "error" if _last(epochs, "error", "dev") is not None else "cost"
    then, now = (_last(epochs[:number], kind, "dev") for number in (best, n))
    if then is None or now is None or then >= now:
        return []
    percent = kind == "error" and task == "classification"
    was, is_ = (f"{100 * each:.3g}%" if percent else f"{each:.3g}" for each in (then, now))
    what = "error" if kind == "error" else "loss"
    return [
        f"Judged is the last epoch, {n}. Dev {what} was lowest at epoch {best}, {was} instead of {is_}: "
        "if its weights were kept, judge that with --epoch best."
    ]


def _evidence(
    epochs: tuple[Epoch, ...], judged: int, roles: Roles, n: Mapping[str, int], task: Task
) -> Evidence:
    so_far = epochs[:judged]
    ended_badly = bool(roles.loss) and _ends_in_nothing(epochs)
    return Evidence(
        task=task,
        errors={
            split: value for split in roles.by_split if (value := _last(so_far, "error", split)) is not None
        },
        cost={split: value for split in roles.loss if (value := _last(so_far, "cost", split)) is not None},
        n=n,
        history=epochs,
        best_epoch=_best(epochs),
        epochs_run=len(epochs),
        status="diverged" if ended_badly else None,
    )


def _last(epochs: tuple[Epoch, ...], kind: str, split: str) -> float | None:
    values = ((epoch.error if kind == "error" else epoch.cost).get(split) for epoch in reversed(epochs))
    return next((value for value in values if value is not None), None)


def _best(epochs: tuple[Epoch, ...]) -> int | None:
    """Return the epoch of the lowest error on dev, or of the lowest loss where errors are not known."""
    for kind in ("error", "cost"):
        known = [
            (value, epoch.epoch)
            for epoch in epochs
            if (value := (epoch.error if kind == "error" else epoch.cost).get("dev")) is not None
        ]
        if known:
            return min(known)[1]
    return None


def _ends_in_nothing(epochs: tuple[Epoch, ...]) -> bool:
    """Whether the last loss on train is not a finite number."""
    last = next((epoch.cost["train"] for epoch in reversed(epochs) if "train" in epoch.cost), 0.0)
    return last is None
