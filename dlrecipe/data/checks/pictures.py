"""Images whose files give their class away, whatever they show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.power import Skill, pooled, skill
from dlrecipe.data.checks.tables import Feature, Numbers, Tables, column_features
from dlrecipe.data.checks.wording import listed

LEAST_ROWS = 30
FILE_SKILL, FILE_LOW = 0.5, 0.3
"""Skill of a fact about the files, and the lower end of its interval, from which the classes were collected
in different ways."""
ONE_SKILL, ONE_LOW, ONE_CLASS_ROWS = 0.7, 0.5, 10
"""The same for one class against all others, which among many classes is met by chance more easily, and the
images that it must have."""
MOST_CLASSES = 50
"""Classes up to which each one is held against all others."""


def telling_files(tables: Tables) -> Found | None:
    """The files of the images tell the class: all of one class have another size or type than the others.

    The classes then come from different cameras, sites or programs, which leave traces in the pixels that
    survive resizing: blur, grain, the blocks of JPEG. A network learns to tell the sources apart. Looked at
    are height, width, and type of the files (PNG or JPEG, grey or colour) before anything is done to them;
    found is a skill of 0.5 on unseen images, or of 0.7 in telling one class from all others.

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
    strong = [each for feature in features if (each := _told(feature, y, tables)) is not None]
    if len(y) < LEAST_ROWS or not strong:
        return None
    return Found(
        severity="warning",
        evidence="; ".join(
            f"the {each.feature.name} of the files alone tells {each.what} with skill {each.skill.value:.3f} "
            f"on unseen images ({each.usual})"
            for each in strong
        ),
        numbers={"skill": {each.feature.name: each.skill.value for each in strong}},
        columns=[each.feature.name for each in strong],
    )


@dataclass(frozen=True)
class Told:
    """What a fact about the files tells, how well, and what is usual in the classes."""

    feature: Feature
    what: str
    skill: Skill
    usual: str


def _told(feature: Feature, y: Indices, tables: Tables) -> Told | None:
    """Return what a fact tells: all classes, or one of them from the others; None where it tells neither."""
    values = np.concatenate([feature.values[name] for name in pooled(tables)])
    is_category, n_classes = feature.kind == "categorical", len(tables.classes)
    of_all = skill(values, y, n_classes, is_category=is_category)
    if of_all.value >= FILE_SKILL and of_all.low >= FILE_LOW:
        return Told(feature, "the class", of_all, _by_class(feature, values, y, tables.classes))
    if not 2 < n_classes <= MOST_CLASSES or (values == values[0]).all():
        return None
    sizes = np.bincount(y, minlength=n_classes)
    skills = {
        int(k): skill(values, (y == k).astype(np.intp), 2, is_category=is_category)
        for k in np.flatnonzero(sizes >= ONE_CLASS_ROWS)
    }
    k, best = max(skills.items(), key=lambda each: each[1].value, default=(0, of_all))
    if best.value < ONE_SKILL or best.low < ONE_LOW:
        return None
    name = tables.classes[k]
    usual = _by_class(feature, values, (y == k).astype(np.intp), ("the others", name))
    return Told(feature, f"{name} from the other classes", best, usual)


def _targets(tables: Tables) -> Indices:
    return np.concatenate([tables.sample[name].y for name in pooled(tables)])


def _by_class(feature: Feature, values: Numbers, y: Indices, classes: Sequence[str]) -> str:
    """Say what is usual in each class: the median, or the commonest type."""
    said = []
    for k in np.unique(y).tolist():
        own = values[y == k]
        if feature.labels:
            usual = feature.labels[int(np.bincount(own.astype(np.intp)).argmax())]
        else:
            usual = f"{np.median(own):g}"
        said.append(f"{classes[k]} {usual}")
    return listed(said)


CHECKS = {
    "telling-files": Check(
        title="The files of the images tell the class",
        judge=telling_files,
        needs=("dev",),
        task="classification",
    ),
}
