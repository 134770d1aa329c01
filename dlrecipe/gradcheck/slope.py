"""The slope of J along a few directions, held against the gradient: a check in some milliseconds.

It says that a gradient is wrong, not where; `check_gradient` does. Knows nothing of verdicts, files or runs.
"""

import numpy as np

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Batch, Flat
from dlrecipe.gradcheck.cost import Cost, float64_twin
from dlrecipe.gradcheck.difference import rounding_unit
from dlrecipe.gradcheck.kinks import same_piece
from dlrecipe.nn.losses import Targets
from dlrecipe.nn.objective import Objective

DIRECTIONS = 2
"""Random directions beside the gradient's own: a gradient that lacks a part is right along itself."""
STEPS = (1e-5, 1e-6, 1e-7)
"""Tried in turn until no kink lies between the two sides."""
MOST_PARAMS, MOST_MULTIPLICATIONS = 1_000_000, 5_000_000
"""Parameters, and multiplications for an example, beyond which the float64 copy's passes would be felt."""
ROUNDING = 1e3
"""Roundings that a slope must be to be told from 0."""


def slope_difference(objective: Objective, X: Batch, y: Targets, *, seed: int = 0) -> float | None:
    """Return how far the slopes of the loss are from those that its gradient says they have; 0 is right.

    Along the gradient and two random directions: ‖numeric - analytic‖ / (‖numeric‖ + ‖analytic‖), in
    float64, dropout off, the penalty left out. A gradient with the wrong sign gives 1, one twice too long
    1/3, a right one rounding, about 1e-8.

    Args:
        X: (n, fan_in), 8 to 32 examples.
        y: (n,) labels or (n, n_outputs) numbers.
    Returns:
        None where nothing can be said: J is not finite or flat, every direction crosses a kink, or the
        network is a large one.
    Source: course C2W1L12-14, the check's formula; CS231n, notes on gradient checks, for kinks.
    """
    network = objective.network
    large = network.architecture.all_multiplications > MOST_MULTIPLICATIONS
    if large or network.parameters.n_params > MOST_PARAMS:
        return None
    twin = float64_twin(objective)
    X = np.ascontiguousarray(X, np.float64)
    y = y if twin.loss.takes_labels else np.asarray(y, np.float64)
    with np.errstate(all="ignore"):
        cost = Cost(twin, X, y, seed=seed)
        if not np.isfinite(cost.loss()):
            return None
        gradient = cost.gradients().data
        return _compared(cost, gradient, seed)


def _compared(cost: Cost, gradient: Flat, seed: int) -> float | None:
    """Return the relative difference over the directions that cross no kink."""
    unit = rounding_unit(cost.magnitude())
    # So that z moves by about ε along each of them, whatever the scale of the inputs.
    reach = max(1.0, float(np.sqrt(np.mean(np.square(cost.X)))))
    numeric, analytic, roundings = [], [], []
    for direction in _directions(cost, gradient, seed):
        for step in STEPS:
            slope = _slope(cost, direction, step / reach)
            if slope is not None:
                numeric.append(slope)
                analytic.append(float(direction @ gradient))
                roundings.append(unit * reach / step)
                break
    if not numeric:
        return None
    a, b, rounding = (float(np.linalg.norm(values)) for values in (numeric, analytic, roundings))
    if not a + b > ROUNDING * rounding:
        return None
    return float(np.linalg.norm(np.subtract(numeric, analytic))) / (a + b)


def _directions(cost: Cost, gradient: Flat, seed: int) -> list[Flat]:
    """Return the gradient's own direction, and random ones in which every layer has its part."""
    found: list[Flat] = []
    length = float(np.linalg.norm(gradient))
    if length > 0:
        found.append(gradient / length)
    parameters = cost.objective.network.parameters
    for k in range(DIRECTIONS):
        direction = random_streams.stream(seed, "slope", k).standard_normal(parameters.n_params)
        for part in parameters.split(direction).values():
            part /= np.sqrt(part.size / part.shape[-1])
        found.append(direction)
    return found


def _slope(cost: Cost, direction: Flat, step: float) -> float | None:
    """Return the two-sided slope of the loss; None where a kink lies between the sides."""
    theta = cost.objective.network.parameters.theta
    start = theta.copy()
    np.add(start, step * direction, out=theta)
    above, piece = cost.loss(), cost.piece()
    np.subtract(start, step * direction, out=theta)
    below = cost.loss()
    crosses = not same_piece(piece, cost.piece())
    np.copyto(theta, start)
    return None if crosses else (above - below) / (2 * step)
