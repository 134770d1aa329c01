"""Where a stored run errs on a split: its worst mistakes as raw examples, its calibration, its residuals.

The test split is never looked at here: a look at its mistakes is a look at test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, Floats
from dlrecipe.data.examples import Column, Examples, Split
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.targets import TargetCodec
from dlrecipe.errors import InputError
from dlrecipe.experiment.evaluation import load_weights, reopen
from dlrecipe.nn.losses import probabilities
from dlrecipe.nn.objective import Objective
from dlrecipe.store.run_directory import RunDirectory

N_BINS = 10
"""Bins of equal width: with more, those of a dev set of a few hundred hold next to nothing."""
MOST_MISTAKES = 12
"""Mistakes that are shown."""
MOST_POINTS = 600
"""Residuals that are kept for a picture."""


@dataclass(frozen=True, eq=False)
class Reopened:
    """A run with its weights, and the raw examples of each split beside what the network sees of them.

    Of splits that stay on disk there is a sample.
    """

    objective: Objective
    fitted: Fitted
    raw: Mapping[str, Examples]
    splits: Mapping[str, Split]


@dataclass(frozen=True, eq=False)
class Mistake:
    """One example that the network is wrong about.

    `row` counts from 0 in the split's source. `truth` and `answer` are classes or numbers as text; `score` is
    the probability given to the wrong class, or the residual in the target's standard deviations. `image` is
    (height, width) or (height, width, 3) uint8, or None; `values` are the raw columns, or for a matrix the
    features, where it is no image.
    """

    row: int
    truth: str
    answer: str
    score: float
    image: NDArray[np.uint8] | None = None
    values: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Bin:
    """Examples whose highest probability lies in one tenth: how sure the network is, and how often right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Reliability by bin, and the expected calibration error.

    Source: Guo et al. 2017, section 2, arXiv:1706.04599: Σ n_b/n · |accuracy_b - confidence_b|.
    """

    bins: tuple[Bin, ...]
    ece: float


@dataclass(frozen=True, eq=False)
class Residuals:
    """Numbers predicted, (k,), beside the true ones in the target's own units, one array pair a target."""

    names: tuple[str, ...]
    truth: NDArray[np.float64]
    """(k, targets)"""
    answer: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ErrorAnalysis:
    """What a split's mistakes look like; `calibration` for classes, `residuals` for numbers."""

    split: str
    n: int
    n_wrong: int | None
    mistakes: tuple[Mistake, ...]
    calibration: Calibration | None = None
    residuals: Residuals | None = None


def reopen_raw(run: RunDirectory) -> Reopened:
    """Read a run's data again with its raw examples, and load the weights it kept.

    Raises:
        InputError: the data are gone or are no longer those of the run, or it has no weights yet.
        RunDamaged: a file of the run is not what was written.
    """
    shown: list[tuple[Mapping[str, Examples], Mapping[str, Split]]] = []
    stored = reopen(run, inspect=lambda raw, splits, _: shown.append((raw, splits)))
    load_weights(run, stored.objective.network)
    return Reopened(stored.objective, stored.prepared.fitted, *shown[0])


def analyse_errors(opened: Reopened, split: str = "dev") -> ErrorAnalysis:
    """Return the worst mistakes on a split, the worst first, with calibration or residuals.

    The worst are those of which the network is surest of a wrong class; for numbers, those farthest off.

    Raises:
        InputError: the run has no such split, or it is test.
    """
    if split == "test" or split not in opened.splits:
        names = [name for name in opened.splits if name != "test"]
        raise InputError(
            f"there are no mistakes of {split} to look at",
            remedy=f"Give one of {', '.join(names)}: choices made from mistakes on test spoil it.",
        )
    ready, raw, target = opened.splits[split], opened.raw[split], opened.fitted.target
    with np.errstate(all="ignore"):
        outputs = opened.objective.network.outputs(ready.X)
    if target.task == "classification":
        return _of_classes(split, outputs, ready, raw, target)
    return _of_numbers(split, outputs, ready, raw, target)


def calibration(shares: Floats, labels: NDArray[np.int64]) -> Calibration:
    """Return how often the most probable class is right, by how probable it is held.

    Args:
        shares: (n, classes) probabilities.
        labels: (n,) true class indices.
    """
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    # The last bin holds 1 too.
    places = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    bins = []
    for number in np.unique(places):
        chosen = places == number
        bins.append(
            Bin(
                low=float(number / N_BINS),
                high=float((number + 1) / N_BINS),
                n=int(chosen.sum()),
                confidence=float(confidence[chosen].mean()),
                accuracy=float(right[chosen].mean()),
            )
        )
    ece = sum(each.n * abs(each.accuracy - each.confidence) for each in bins) / len(labels)
    return Calibration(tuple(bins), float(ece))


def _of_classes(
    split: str, outputs: Batch, ready: Split, raw: Examples, target: TargetCodec
) -> ErrorAnalysis:
    shares = probabilities(outputs.astype(np.float64))
    answers = shares.argmax(axis=1)
    wrong = np.flatnonzero(answers != ready.y)
    sure = shares[wrong, answers[wrong]]
    worst = wrong[np.argsort(-sure, kind="stable")[:MOST_MISTAKES]]
    mistakes = tuple(
        _mistake(
            raw,
            ready,
            index,
            target.classes[ready.y[index]],
            target.classes[answers[index]],
            float(shares[index, answers[index]]),
        )
        for index in worst
    )
    return ErrorAnalysis(split, len(ready.y), len(wrong), mistakes, calibration=calibration(shares, ready.y))


def _of_numbers(
    split: str, outputs: Batch, ready: Split, raw: Examples, target: TargetCodec
) -> ErrorAnalysis:
    truth, answer = target.decode_numbers(ready.y), target.decode_numbers(outputs.astype(np.float64))
    spread = np.maximum(truth.std(axis=0), np.finfo(float).tiny)
    off = (answer - truth) / spread
    column = np.abs(off).argmax(axis=1)
    score = off[np.arange(len(off)), column]
    worst = np.argsort(-np.abs(score), kind="stable")[:MOST_MISTAKES]
    mistakes = tuple(
        _mistake(raw, ready, i, _numbers(truth[i]), _numbers(answer[i]), float(score[i])) for i in worst
    )
    kept = np.linspace(0, len(truth) - 1, min(len(truth), MOST_POINTS)).astype(int)
    points = Residuals(target.target_names, truth[kept], answer[kept])
    return ErrorAnalysis(split, len(truth), None, mistakes, residuals=points)


def _mistake(raw: Examples, ready: Split, index: int, truth: str, answer: str, score: float) -> Mistake:
    mistake = Mistake(int(ready.rows[index]), truth, answer, score)
    if raw.matrix is None:
        return replace(mistake, values={column.name: cell(column, index) for column in raw.columns})
    row = np.asarray(raw.matrix[index])
    image = as_image(row, raw.feature_shape, _pixel_range(raw))
    if image is not None:
        return replace(mistake, image=image)
    names = raw.feature_names or tuple(f"x{number + 1}" for number in range(len(row)))
    return replace(mistake, values={name: f"{value:.4g}" for name, value in zip(names, row, strict=True)})


def as_image(
    row: NDArray[Any], shape: Sequence[int], range_: tuple[float, float]
) -> NDArray[np.uint8] | None:
    """Return an example as grey or RGB pixels; None where its shape is no image's.

    Args:
        row: (features,) raw values.
        range_: the values that become black and white.
    """
    if len(shape) == 3 and shape[2] == 1:
        shape = shape[:2]
    if not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)):
        return None
    low, high = range_
    scaled = (row.astype(np.float64) - low) / ((high - low) or 1.0)
    return (255 * np.clip(scaled, 0, 1)).round().astype(np.uint8).reshape(tuple(shape))


def _pixel_range(raw: Examples) -> tuple[float, float]:
    """Return the range of pixel values, seen on up to 1,000 examples."""
    matrix = raw.matrix
    assert matrix is not None
    if matrix.dtype == np.uint8:
        return 0.0, 255.0
    some = np.asarray(matrix[: min(len(matrix), 1_000)], np.float64)
    return float(some.min()), float(some.max())


def cell(column: Column, index: int) -> str:
    """Return a raw value as text: a category, a number, a date, nothing where it is missing."""
    value = column.values[index]
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if column.kind in ("date", "us_date"):
        return str(np.datetime64("1970-01-01") + np.timedelta64(int(value), "D"))
    return str(value) if isinstance(value, str) else f"{value:.6g}"


def _numbers(values: NDArray[np.float64]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)
