"""Surfaces over two inputs or two weights of a stored run: the decision boundary, the bowl of the cost."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Floats
from dlrecipe.data.examples import Examples
from dlrecipe.errors import InputError
from dlrecipe.experiment.error_analysis import Reopened
from dlrecipe.nn.losses import probabilities

MOST_POINTS = 500
"""Examples that are shown on a boundary: more only hide it."""
GRID = 160
"""Points of a boundary's grid along each side."""
PATH_STEPS = 30


@dataclass(frozen=True, eq=False)
class Boundary:
    """The most probable class over a plane of two raw inputs, and the dev examples on it.

    `x`, `y` are the grid's axes; `classes` (len(y), len(x)) indices, and `sure` the probability of each.
    """

    names: tuple[str, str]
    labels: tuple[str, ...]
    x: Floats
    y: Floats
    classes: NDArray[np.int64]
    sure: Floats
    points: Floats
    """(n, 2) raw inputs"""
    truth: NDArray[np.int64]
    """(n,) their classes"""


@dataclass(frozen=True, eq=False)
class Bowl:
    """J of a linear model over its two weights, the bias fitted: a paraboloid, known by its matrix.

    `hessian` (2, 2) is that of J, `minimum` (2,) its place, `path` (steps, 2) gradient descent's, `rate` the
    learning rate that it took.
    """

    hessian: Floats
    minimum: Floats
    path: Floats
    rate: float

    @property
    def condition(self) -> float:
        """How many times as steep the steepest direction is as the flattest."""
        low, high = np.linalg.eigvalsh(self.hessian)
        return float(high / max(low, np.finfo(float).tiny))


@dataclass(frozen=True, eq=False)
class Bowls:
    """The same two inputs as they come and normalized."""

    names: tuple[str, str]
    raw: Bowl
    normalized: Bowl


def boundary(opened: Reopened) -> Boundary:
    """Return what the network answers on a grid over its two inputs.

    Raises:
        InputError: the inputs are not two numbers, or the target is no class.
    """
    raw, target = opened.raw["dev"], opened.fitted.target
    if target.task != "classification":
        raise InputError("a decision boundary is between classes, and the target is numbers")
    points, names = _two_inputs(raw)
    margin = 0.08 * np.ptp(points, axis=0)
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    x, y = (np.linspace(low[axis], high[axis], GRID) for axis in (0, 1))
    grid = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
    X = opened.fitted.preprocessor.transform(_with_inputs(raw, grid), opened.splits["dev"].X.dtype)
    with np.errstate(all="ignore"):
        shares = probabilities(opened.objective.network.outputs(X).astype(np.float64))
    shown = np.linspace(0, len(points) - 1, min(len(points), MOST_POINTS)).astype(int)
    return Boundary(
        names,
        target.classes,
        x,
        y,
        shares.argmax(axis=1).reshape(GRID, GRID),
        shares.max(axis=1).reshape(GRID, GRID),
        points[shown],
        opened.splits["dev"].y[shown],
    )


def bowls(opened: Reopened) -> Bowls:
    """Return J over two weights, for the two numeric inputs whose scales differ most.

    The model is linear and the loss ½ the mean square; a class counts as 1 where it is the commonest, else 0.
    Gradient descent takes its own best rate, 2 / (λ_min + λ_max), on each surface.
    """
    raw, split = opened.raw["train"], opened.splits["train"]
    inputs, names = _numeric_inputs(raw)
    spreads = inputs.std(axis=0)
    varying = np.flatnonzero(spreads > 0)
    if len(varying) < 2:
        raise InputError("the cost over two weights needs two numeric inputs that vary")
    pair = varying[[spreads[varying].argmin(), spreads[varying].argmax()]]
    if pair[0] == pair[1]:
        pair = varying[:2]
    if opened.fitted.target.task == "classification":
        wanted = (split.y == np.bincount(split.y).argmax()).astype(np.float64)
    else:
        wanted = np.asarray(split.y[:, 0], np.float64)
    chosen = inputs[:, pair]
    scaled = (chosen - chosen.mean(axis=0)) / chosen.std(axis=0)
    return Bowls((names[pair[0]], names[pair[1]]), _bowl(chosen, wanted), _bowl(scaled, wanted))


def _bowl(inputs: Floats, wanted: Floats) -> Bowl:
    # With the bias fitted, J depends on centred inputs alone.
    centred, errors = inputs - inputs.mean(axis=0), wanted - wanted.mean()
    hessian = centred.T @ centred / len(inputs)
    minimum = np.linalg.lstsq(hessian, centred.T @ errors / len(inputs), rcond=None)[0]
    curvatures, directions = np.linalg.eigh(hessian)
    rate = 2 / float(curvatures.sum())
    # Where J is the same in both directions: a start that favours neither.
    reach = np.sqrt(2 / np.maximum(curvatures, np.finfo(float).tiny))
    place = minimum + directions @ (reach / np.sqrt(2))
    path = [place]
    for _ in range(PATH_STEPS):
        place = place - rate * (hessian @ (place - minimum))
        path.append(place)
    return Bowl(hessian, minimum, np.array(path), rate)


def _two_inputs(raw: Examples) -> tuple[Floats, tuple[str, str]]:
    inputs, names = _numeric_inputs(raw)
    others = 0 if raw.matrix is not None else len(raw.columns) - len(names)
    if len(names) != 2 or others:
        raise InputError(
            f"a decision boundary is drawn over two numeric inputs, and there are {len(names) + others}",
            remedy="Train on two columns (data.source.columns), or look at the weights: plot RUN weights.",
        )
    return inputs, (names[0], names[1])


def _numeric_inputs(raw: Examples) -> tuple[Floats, tuple[str, ...]]:
    """Return (n, k) numbers as they come, the median in the place of missing ones, and their names."""
    if raw.matrix is not None:
        matrix = np.asarray(raw.matrix, np.float64)
        names = raw.feature_names or tuple(f"x{number + 1}" for number in range(matrix.shape[1]))
        return matrix, tuple(names)
    numeric = [column for column in raw.columns if column.kind == "numeric"]
    known = [column for column in numeric if np.isfinite(column.values).any()]
    if not known:
        return np.empty((raw.n_examples, 0)), ()
    filled = [np.where(np.isfinite(c.values), c.values, np.nanmedian(c.values)) for c in known]
    return np.column_stack(filled), tuple(column.name for column in known)


def _with_inputs(raw: Examples, grid: Floats) -> Examples:
    if raw.matrix is not None:
        return replace(raw, matrix=grid, target=None, columns_aside=())
    columns = tuple(
        replace(column, values=grid[:, number].astype(np.float64))
        for number, column in enumerate(raw.columns)
    )
    return replace(raw, columns=columns, target=None, columns_aside=())
