"""Toy problems of two inputs: circles, moons, blobs, spiral, xor. Knows no files and no splits.

circles, moons and blobs give scikit-learn's `make_circles`, `make_moons` and `make_blobs` bit for bit,
from the same legacy stream (`numpy.random.RandomState`), so that published experiments can be repeated.
They are worked out here because importing `sklearn.datasets` takes 0.7 s, and these problems train in
less; the tests hold them against scikit-learn.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from dlrecipe.data.examples import Examples, as_labels
from dlrecipe.data.specs import SyntheticSource
from dlrecipe.errors import DataError

Points: TypeAlias = NDArray[np.float64]
"""(n, 2)"""
Drawn: TypeAlias = tuple[Points, NDArray[Any]]
"""The points and the class, 0, 1, … of each."""

N_FEATURES = 2
INNER_RADIUS = 0.8  # scikit-learn's default `factor`, the one that the published circles used
SPIRAL_TURNS = 1.5
# Fixed, where scikit-learn draws them: a dev source with a seed of its own must pose the same problem.
BLOB_CENTRES = np.array([[0.0, 1.0], [-0.8, -0.6], [0.8, -0.6]])


def make_synthetic(spec: SyntheticSource, *, seed: int) -> Examples:
    """Return `spec.n` examples of a toy problem; equal seeds give equal examples.

    Args:
        seed: the config's seed, used where the spec has none of its own.
    Raises:
        DataError: `scales` has not one factor a feature, or n is below the number of classes.
    """
    origin = f"synthetic {spec.generator}"
    if spec.scales is not None and len(spec.scales) != N_FEATURES:
        raise DataError(
            f"scales lists {len(spec.scales)} factors for {N_FEATURES} features",
            where=origin,
            remedy="Give one factor a feature, such as scales: [1, 1000].",
        )
    generate, n_classes = _GENERATORS[spec.generator]
    if spec.n < n_classes:
        raise DataError(f"n is {spec.n}, for {n_classes} classes", where=origin, remedy="Raise n.")
    points, classes = generate(spec.n, spec.noise, _legacy_stream(seed if spec.seed is None else spec.seed))
    return Examples(
        origin=origin,
        matrix=points if spec.scales is None else points * np.array(spec.scales),
        target=as_labels(classes),
        target_names=("class",),
        class_names=tuple(str(label) for label in range(n_classes)),
        feature_names=("x1", "x2"),
        is_drawn=True,
    )


def _legacy_stream(seed: int) -> RandomState:
    """Return scikit-learn's stream for `random_state=seed`; RandomState takes a larger seed as words."""
    low, high = seed % 2**32, seed // 2**32
    return RandomState(seed if high == 0 else [low, high])


def _shuffled(points: Points, classes: NDArray[Any], random: RandomState) -> Drawn:
    order = np.arange(len(points))
    random.shuffle(order)
    return points[order], classes[order]


def _two_halves(n: int) -> tuple[int, int, NDArray[Any]]:
    """Return the sizes of classes 0 and 1 and the classes in order; an odd n gives class 1 one more."""
    n_first = n // 2
    return n_first, n - n_first, np.repeat([0, 1], [n_first, n - n_first])


def circles(n: int, noise: float, random: RandomState) -> Drawn:
    """Class 0 on a circle of radius 1, class 1 on one of radius 0.8 inside it (`make_circles`)."""
    n_outer, n_inner, classes = _two_halves(n)
    outer = np.linspace(0, 2 * np.pi, n_outer, endpoint=False)
    inner = np.linspace(0, 2 * np.pi, n_inner, endpoint=False)
    x1 = np.concatenate([np.cos(outer), np.cos(inner) * INNER_RADIUS])
    x2 = np.concatenate([np.sin(outer), np.sin(inner) * INNER_RADIUS])
    points, classes = _shuffled(np.column_stack([x1, x2]), classes, random)
    return points + random.normal(scale=noise, size=points.shape), classes


def moons(n: int, noise: float, random: RandomState) -> Drawn:
    """Two half circles that reach into each other (`make_moons`)."""
    n_upper, n_lower, classes = _two_halves(n)
    upper, lower = np.linspace(0, np.pi, n_upper), np.linspace(0, np.pi, n_lower)
    x1 = np.concatenate([np.cos(upper), 1 - np.cos(lower)])
    x2 = np.concatenate([np.sin(upper), 1 - np.sin(lower) - 0.5])
    points, classes = _shuffled(np.column_stack([x1, x2]), classes, random)
    return points + random.normal(scale=noise, size=points.shape), classes


def blobs(n: int, noise: float, random: RandomState) -> Drawn:
    """Three round clouds of standard deviation `noise` (`make_blobs` with `BLOB_CENTRES`)."""
    n_classes = len(BLOB_CENTRES)
    sizes = [n // n_classes + (label < n % n_classes) for label in range(n_classes)]
    clouds = [
        random.normal(loc=centre, scale=noise, size=(size, N_FEATURES))
        for centre, size in zip(BLOB_CENTRES, sizes, strict=True)
    ]
    return _shuffled(np.concatenate(clouds), np.repeat(np.arange(n_classes), sizes), random)


def spiral(n: int, noise: float, random: RandomState) -> Drawn:
    """Two arms that wind 1.5 times around the origin out to radius 1, one half a turn behind the other."""
    n_first, n_second, classes = _two_halves(n)
    along = np.concatenate([np.linspace(0.1, 1, n_first), np.linspace(0.1, 1, n_second)])
    angle = 2 * np.pi * SPIRAL_TURNS * along + np.pi * classes
    points = np.column_stack([along * np.cos(angle), along * np.sin(angle)])
    points, classes = _shuffled(points, classes, random)
    return points + random.normal(scale=noise, size=points.shape), classes


def xor(n: int, noise: float, random: RandomState) -> Drawn:
    """Points of the square [-1, 1]²; class 1 where just one coordinate is above 0, before the noise."""
    points = random.uniform(-1, 1, size=(n, N_FEATURES))
    # The quadrant is drawn in turn, not by chance, so that the classes are of one size.
    quadrant = np.arange(n)
    signs = np.column_stack([np.where(quadrant % 4 < 2, 1, -1), np.where((quadrant + 1) % 4 < 2, 1, -1)])
    points, classes = _shuffled(np.abs(points) * signs, quadrant % 2, random)
    return points + random.normal(scale=noise, size=points.shape), classes


_GENERATORS: dict[str, tuple[Callable[[int, float, RandomState], Drawn], int]] = {
    "circles": (circles, 2),
    "moons": (moons, 2),
    "blobs": (blobs, 3),
    "spiral": (spiral, 2),
    "xor": (xor, 2),
}
