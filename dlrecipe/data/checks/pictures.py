"""Images that give their class away by other things than what they show: their files, a mark at the edge."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.power import Skill, pooled, skill
from dlrecipe.data.checks.tables import Feature, Numbers, Tables, column_features
from dlrecipe.data.checks.wording import listed

LEAST_ROWS = 30
FILE_SKILL, FILE_LOW = 0.5, 0.3
"""Skill of a fact about the files, and the lower end of its interval, from which the classes were collected
in different ways."""
MARK_SKILL, MARK_LOW, MARK_GAP = 0.8, 0.6, 0.35
"""Skill of a pixel at the edge, and its distance from the best one of the middle, from which it is a mark."""
EDGE = 0.2
"""Part of height and width, at each side, that counts as edge: the object is in the middle."""
MOST_ROWS, MOST_PIXELS = 1_000, 32
"""Images that are looked at, and pixels of edge and middle that are judged: those that differ most."""


def telling_files(tables: Tables) -> Found | None:
    """The files of the images tell the class: all of one class have another size or type than the others.

    The classes then come from different cameras, sites or programs, which leave traces in the pixels that
    survive resizing: blur, grain, the blocks of JPEG. A network learns to tell the sources apart. Looked at
    are height, width, and type of the files (PNG or JPEG, grey or colour) before anything is done to them;
    found is a skill of 0.5 on unseen images.

    Advice: Collect each class from each source, and crop and store all images in one way; where that is not
    possible, test on images from one source.

    Example: X-rays of the ill in 200 × 150 from one hospital, of the healthy in 96 × 96 from another.

    Source: Zech et al. 2018, PLoS Medicine 15:e1002683, on pneumonia told by the hospital's scanner.
    """
    traits = tables.parts["train"].examples.traits
    if not traits:
        return None
    y = _targets(tables)
    features = column_features({name: tables.sample[name].examples.traits for name in pooled(tables)})
    told = [(feature, _skill_of(feature, y, tables)) for feature in features]
    strong = [(feature, each) for feature, each in told if each.value >= FILE_SKILL and each.low >= FILE_LOW]
    if len(y) < LEAST_ROWS or not strong:
        return None
    return Found(
        severity="warning",
        evidence="; ".join(
            f"the {feature.name} of the files alone tells the class with skill {each.value:.3f} on unseen "
            f"images ({_by_class(feature, y, tables)})"
            for feature, each in strong
        ),
        numbers={"skill": {feature.name: each.value for feature, each in strong}},
        columns=[feature.name for feature, _ in strong],
    )


def telling_mark(tables: Tables) -> Found | None:
    """A place at the edge of the images tells the class, and no pixel in the middle comes near it.

    A letter that the radiographer lays on the plate, a watermark, a border, a date: the network reads it, and
    is lost where it is missing. Of the outer fifth at every side the 32 pixels in which the classes differ
    most are asked how well each alone tells the class of unseen images; found is a skill of 0.8 that is 0.35
    above that of the best pixel in the middle.

    Advice: Look at the place in a few images of each class; cut it off (a smaller crop), or paint it over in
    all images alike.

    Example: an R in the corner of every X-ray of one hospital, which has most of the ill.

    Source: Zech et al. 2018, PLoS Medicine 15:e1002683; Lapuschkin et al. 2019, Nature Communications
    10:1096, on horses told by a photographer's mark.
    """
    shape = tables.parts["train"].examples.feature_shape
    y = _targets(tables)
    if len(shape) < 2 or min(shape[:2]) < 8 or len(y) < LEAST_ROWS or tables.task != "classification":
        return None
    grey, y = _grey_images(tables, y, shape)
    inner = np.zeros(shape[:2], bool)
    high, wide = (int(np.ceil(EDGE * side)) for side in shape[:2])
    inner[high : shape[0] - high, wide : shape[1] - wide] = True
    candidates = _most_different(grey, y, inner)
    if not candidates["edge"]:
        return None
    at, best = _best(grey, y, candidates["edge"], len(tables.classes))
    if best.value < MARK_SKILL or best.low < MARK_LOW:
        return None
    _, middle = _best(grey, y, candidates["middle"], len(tables.classes))
    if best.value - middle.value < MARK_GAP:
        return None
    row, column = at
    means = [f"{tables.classes[k]} {grey[y == k, row, column].mean():.0f}" for k in np.unique(y).tolist()]
    return Found(
        severity="warning",
        evidence=f"the pixel in row {row + 1} and column {column + 1} of {shape[0]}x{shape[1]}, at the edge, "
        f"alone tells the class with skill {best.value:.3f} on unseen images, the best one in the middle "
        f"with {middle.value:.3f}; its mean is {listed(means)}",
        numbers={"row": row, "column": column, "skill": best.value, "middle": middle.value},
    )


def _grey_images(tables: Tables, y: Indices, shape: Sequence[int]) -> tuple[Numbers, Indices]:
    """Return up to a few thousand images (n, height, width) of train and dev, and their classes."""
    X = np.concatenate([np.asarray(tables.sample[name].examples.matrix) for name in pooled(tables)])
    step = max(1, len(X) // MOST_ROWS)
    images = X[::step].astype(np.float64).reshape(-1, *shape)
    return images if len(shape) == 2 else images.mean(axis=3), y[::step]


def _most_different(grey: Numbers, y: Indices, inner: NDArray[np.bool_]) -> dict[str, list[tuple[int, int]]]:
    """Return the pixels of edge and middle whose class means lie farthest apart."""
    by_class = [grey[y == k] for k in np.unique(y).tolist()]
    spread = grey.std(axis=0) + 1e-9
    means = np.stack([each.mean(axis=0) for each in by_class])
    apart = np.ptp(means, axis=0) / spread
    found = {}
    for name, mask in (("edge", ~inner), ("middle", inner)):
        order = np.argsort(np.where(mask & (spread > 1e-6), -apart, np.inf), axis=None)[:MOST_PIXELS]
        places = [divmod(int(each), inner.shape[1]) for each in order]
        found[name] = [place for place in places if mask[place]]
    return found


def _best(
    grey: Numbers, y: Indices, places: Sequence[tuple[int, int]], n_classes: int
) -> tuple[tuple[int, int], Skill]:
    skills = [(skill(grey[:, a, b], y, n_classes, is_category=False), (a, b)) for a, b in places]
    best, at = max(skills, key=lambda each: each[0].value)
    return at, best


def _targets(tables: Tables) -> Indices:
    return np.concatenate([tables.sample[name].y for name in pooled(tables)])


def _skill_of(feature: Feature, y: Indices, tables: Tables) -> Skill:
    values = np.concatenate([feature.values[name] for name in pooled(tables)])
    return skill(values, y, len(tables.classes), is_category=feature.kind == "categorical")


def _by_class(feature: Feature, y: Indices, tables: Tables) -> str:
    """Say what is usual in each class: the median, or the commonest type."""
    values = np.concatenate([feature.values[name] for name in pooled(tables)])
    said = []
    for k in np.unique(y).tolist():
        own = values[y == k]
        if feature.labels:
            usual = feature.labels[int(np.bincount(own.astype(np.intp)).argmax())]
        else:
            usual = f"{np.median(own):g}"
        said.append(f"{tables.classes[k]} {usual}")
    return listed(said)


CHECKS = {
    "telling-files": Check(
        title="The files of the images tell the class",
        judge=telling_files,
        needs=("dev",),
        task="classification",
    ),
    "telling-mark": Check(
        title="A place at the edge of the images tells the class",
        judge=telling_mark,
        needs=("dev",),
        task="classification",
        quick=False,
    ),
}
