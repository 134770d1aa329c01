"""Marks at the edge of images that give their class away: a letter, a frame, a date. Knows no files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.power import Skill, pooled, skill
from dlrecipe.data.checks.tables import Numbers, Tables

LEAST_ROWS, LEAST_OF_A_CLASS = 30, 10
MARK_SKILL, MARK_LOW = 0.8, 0.6
"""Skill of a pixel at the edge, and the lower end of its interval, from which it may be a mark."""
FAR_AHEAD, LEFT_TO_ERR = 0.2, 1 / 6
"""How far it must be ahead of the best pixel of the middle, and the part of that one's errors that it may
make. Of all pairs of classes of MNIST and Fashion-MNIST, 400 images at a time, the nearest to a mark had 0.21
of the errors where it was so far ahead."""
EDGE = 0.2
"""Part of height and width, at each side, that counts as edge: the object is in the middle."""
AROUND = 0.1
"""Part of height and width of the neighbourhoods whose means are judged after the pixels: of a date, which
is another one in each image, no pixel is always lit."""
LEAST_SIDE = 16
"""Height and width from which a neighbourhood at the edge does not reach into the middle."""
LEVELS = 16
"""Levels of grey that the classes' distributions are compared in."""
MOST_ROWS, MOST_PIXELS, BLOCK = 1_000, 32, 4_096
"""Images that are looked at; pixels of edge and middle that are judged, those that differ most; pixels whose
distributions are worked out at a time."""


def telling_mark(tables: Tables) -> Found | None:
    """A place at the edge of the images tells a class, and no pixel in the middle comes near it.

    A letter that the radiographer lays on the plate, a watermark, a border, a date: the network reads it, and
    is lost where it is missing. Of the outer fifth at every side the 32 pixels in which a class differs most
    from the others are asked how well each alone tells that class in unseen images, and so are the means of
    small neighbourhoods; found is a skill of 0.8 that is 0.2 above that of the best pixel in the middle, and
    leaves a sixth of its errors.

    Advice: Look at the place in a few images of each class; cut it off (a smaller crop), or paint it over in
    all images alike.

    Example: an R in the corner of every X-ray of one hospital, which has most of the ill.

    Source: Zech et al. 2018, PLoS Medicine 15:e1002683; Lapuschkin et al. 2019, Nature Communications
    10:1096, on horses told by a photographer's mark.
    """
    shape = tables.parts["train"].examples.feature_shape
    if len(shape) < 2 or min(shape[:2]) < 8:
        return None
    grey, y = _grey_images(tables, shape)
    if len(y) < LEAST_ROWS:
        return None
    means = _around(grey) if min(shape[:2]) >= LEAST_SIDE else grey
    mark = _mark(grey, y, tables.classes) or _mark(means, y, tables.classes)
    if mark is None:
        return None
    (row, column), k = mark.place, mark.of_class
    own, others = (grey if mark.grey is grey else means)[:, row, column], y != k
    what = "the pixel" if mark.grey is grey else "what lies around the pixel"
    rest = tables.classes[1 - k] if len(tables.classes) == 2 else "the other classes"
    return Found(
        severity="warning",
        evidence=f"{what} in row {row + 1} and column {column + 1} of {shape[0]}x{shape[1]}, at the edge, "
        f"alone tells {tables.classes[k]} from {rest} with skill {mark.skill.value:.3f} on unseen images, "
        f"the best one in the middle with {mark.middle:.3f}; its mean is {own[~others].mean():.0f} in "
        f"{tables.classes[k]} and {own[others].mean():.0f} in {rest}",
        numbers={
            "row": row,
            "column": column,
            "class": tables.classes[k],
            "skill": mark.skill.value,
            "middle": mark.middle,
        },
    )


@dataclass(frozen=True, eq=False)
class Mark:
    """A pixel at the edge that tells a class: its place, its skill, and that of the middle's best.

    `grey`: the images that it was found in.
    """

    grey: Numbers
    place: tuple[int, int]
    of_class: int
    skill: Skill
    middle: float


def _mark(grey: Numbers, y: Indices, classes: Sequence[str]) -> Mark | None:
    """Return the pixel at the edge of (n, height, width) images that stands out most, if any does."""
    is_middle = np.zeros(grey.shape[1:], bool)
    high, wide = (int(np.ceil(EDGE * side)) for side in grey.shape[1:])
    is_middle[high : grey.shape[1] - high, wide : grey.shape[2] - wide] = True
    sizes = np.bincount(y, minlength=len(classes))
    candidates = [int(k) for k in np.flatnonzero(sizes >= LEAST_OF_A_CLASS)]
    if len(candidates) < 2:
        return None
    apart = _apart(grey, y, candidates[:1] if len(classes) == 2 else candidates)
    best: tuple[Skill, int, tuple[int, int]] | None = None
    for at, k in _largest(np.where(is_middle.ravel(), 0.0, apart)):
        place = divmod(at, grey.shape[2])
        found = _skill(grey, y, place, candidates[k])
        if best is None or found.value > best[0].value:
            best = found, k, place
    if best is None or best[0].value < MARK_SKILL or best[0].low < MARK_LOW:
        return None
    edge, k, place = best
    inside = _largest(np.where(is_middle.ravel(), apart[k : k + 1], 0.0))
    skills = [_skill(grey, y, divmod(at, grey.shape[2]), candidates[k]).value for at, _ in inside]
    middle = max(skills, default=0.0)
    if edge.value - middle < FAR_AHEAD or 1 - edge.value > LEFT_TO_ERR * (1 - middle):
        return None
    return Mark(grey, place, candidates[k], edge, middle)


def _skill(grey: Numbers, y: Indices, place: tuple[int, int], k: int) -> Skill:
    """Return how well a pixel tells a class from all others."""
    return skill(grey[:, *place], (y == k).astype(np.intp), 2, is_category=False)


def _apart(grey: Numbers, y: Indices, candidates: Sequence[int]) -> Numbers:
    """Return (n_candidates, n_pixels) how far each class's distribution of grey is from the others', 0 to 1.

    Means would do for a mark on black ground; on a photograph, where they differ anyway, they hide it.
    """
    flat = grey.reshape(len(grey), -1)
    low, high = float(flat.min()), float(flat.max())
    is_class = np.stack([(y == k) for k in candidates]).astype(np.float32)
    own = is_class / is_class.sum(axis=1, keepdims=True)
    others = (1 - is_class) / (1 - is_class).sum(axis=1, keepdims=True)
    apart = np.zeros((len(candidates), flat.shape[1]))
    if high <= low:
        return apart
    for first in range(0, flat.shape[1], BLOCK):
        block = slice(first, first + BLOCK)
        levels = np.minimum((flat[:, block] - low) * (LEVELS / (high - low)), LEVELS - 1).astype(np.int8)
        for level in range(LEVELS):
            holds = (levels == level).astype(np.float32)
            apart[:, block] += np.abs(own @ holds - others @ holds) / 2
    return apart


def _largest(apart: Numbers) -> list[tuple[int, int]]:
    """Return the pixels, and the classes by their place, in which these lie farthest apart."""
    best = apart.max(axis=0)
    order = np.argsort(-best, kind="stable")[:MOST_PIXELS]
    return [(int(at), int(apart[:, at].argmax())) for at in order if best[at] > 0]


def _grey_images(tables: Tables, shape: Sequence[int]) -> tuple[Numbers, Indices]:
    """Return up to a few thousand images (n, height, width) of train and dev, and their classes."""
    X = np.concatenate([np.asarray(tables.sample[name].examples.matrix) for name in pooled(tables)])
    y = np.concatenate([tables.sample[name].y for name in pooled(tables)])
    step = max(1, len(X) // MOST_ROWS)
    images = X[::step].astype(np.float64).reshape(-1, *shape)
    return images if len(shape) == 2 else images.mean(axis=3), y[::step]


def _around(grey: Numbers) -> Numbers:
    """Return the means of the neighbourhoods of all pixels of (n, height, width) images."""
    means = grey
    for axis in (1, 2):
        reach = max(1, round(AROUND * grey.shape[axis] / 2))
        padding = [(0, 0)] * 3
        padding[axis] = (reach + 1, reach)
        sums = np.cumsum(np.pad(means, padding, mode="edge"), axis=axis)
        width = 2 * reach + 1
        means = (
            sums.take(np.arange(width, sums.shape[axis]), axis)
            - sums.take(np.arange(sums.shape[axis] - width), axis)
        ) / width
    return means


CHECKS = {
    "telling-mark": Check(
        title="A place at the edge of the images tells the class",
        judge=telling_mark,
        needs=("dev",),
        task="classification",
        quick=False,
    ),
}
