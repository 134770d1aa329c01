"""Too few examples: of a class, or of dev for the difference that is to be seen."""

import math

import numpy as np

from dlrecipe.data.checks.check import Check, Found, Severity
from dlrecipe.data.checks.tables import Cut, Tables
from dlrecipe.data.checks.wording import listed

RARE = 0.1
"""Smallest over largest class up to which classes are out of balance."""
FEW_OF_A_CLASS = 10
Z = 1.96
USUAL_ERROR, USUAL_DIFFERENCE = 0.05, 0.02


def unbalanced_classes(tables: Tables) -> Found | None:
    """The smallest class has less than a tenth of the rows of the largest.

    Plain error then says little: answering with the common class alone is nearly right. A class with fewer
    than ten rows in train can hardly be learned, and fewer than ten in dev cannot be judged.

    Advice: Look at the recall of each class, not at the error alone; weigh the classes
    (loss: {type: cross_entropy, class_weights: balanced}), or collect more of the rare ones.

    Example: 492 frauds among 284,807 payments.

    Source: deepchecks, Class Imbalance (0.1); He and Garcia 2009.
    """
    counts = np.bincount(tables.parts["train"].y, minlength=len(tables.classes))
    there = counts[counts > 0]
    ratio = float(there.min() / there.max())
    if ratio >= RARE:
        return None
    order = np.argsort(counts, kind="stable").tolist()
    shown = [f"{tables.classes[at]} {counts[at]:,}" for at in order[:-1][:3]]
    few = [tables.classes[at] for at in order if counts[at] < FEW_OF_A_CLASS]
    severity: Severity = "warning" if few or ratio < RARE / 10 else "note"
    return Found(
        severity=severity,
        evidence=f"in train {listed(shown)} … {tables.classes[order[-1]]} {counts[order[-1]]:,}: the "
        f"smallest class has {ratio:.3g} of the {tables.noun}s of the largest",
        numbers={"ratio": ratio, "counts": dict(zip(tables.classes, counts.tolist(), strict=True))},
    )


def absent_classes(tables: Tables) -> Found | None:
    """A class that train has is missing from dev or test, so nothing is known of how it fares.

    Advice: Collect more of the class, or leave it out; where rows are split at random, split stratified
    (data.split.stratify: true).

    Example: 40 species, three rows of the rarest, all of them in train.

    Source: Ng, course C2W1L01: dev and test are to look like what comes in use.
    """
    gone = {}
    for split in ("dev", "test"):
        if split in tables.parts:
            counts = np.bincount(tables.parts[split].y, minlength=len(tables.classes))
            absent = [tables.classes[at] for at in np.flatnonzero(counts == 0).tolist()]
            if absent:
                gone[split] = absent
    if not gone:
        return None
    return Found(
        severity="warning",
        evidence="; ".join(
            f"{split} has no {tables.noun} of {listed(classes)} "
            f"({len(classes)} of {len(tables.classes)} classes)"
            for split, classes in gone.items()
        ),
        numbers={split: len(classes) for split, classes in gone.items()},
        remedy=" ".join(
            dict.fromkeys(_remedy(tables, split, classes) for split, classes in _by_cut(tables, gone))
        ),
    )


def _by_cut(tables: Tables, gone: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    """Return the splits that lack classes, and these; once where dev and test came about in the same way."""
    cuts = {split: tables.cuts.get(split, Cut()) for split in gone}
    if len(gone) == 2 and cuts["dev"] == cuts["test"] and cuts["dev"].way != "own source":
        return [("dev and test", list(dict.fromkeys(gone["dev"] + gone["test"])))]
    return list(gone.items())


def _remedy(tables: Tables, split: str, classes: list[str]) -> str:
    """Return what can be done about classes that a split lacks, by how the split came about."""
    cut = tables.cuts.get(split.split()[0], Cut())
    which = listed(classes)
    match cut.way:
        case "stratified":
            y = np.concatenate([part.y for part in tables.parts.values()])
            sizes = [f"{name} has {(y == tables.classes.index(name)).sum():,}" for name in classes]
            return (
                "The split is stratified already, and the rows are too few for every split: "
                f"{listed(sizes)}. Collect more of them, join them with another class, or leave them out."
            )
        case "group":
            return (
                f"The split keeps the rows of each '{cut.column}' together, and too few of these hold "
                f"{which}: collect more that do, or deal them anew with another data.seed."
            )
        case "time":
            return (
                f"The split is by time, and {which} does not come up in the time of {split}: give dev and "
                "test larger shares, so that they begin earlier; leave out a class that is gone for good."
            )
        case "column":
            return f"'{cut.column}' names the splits: let it name {split} for some rows of {which} too."
        case "stable":
            return (
                f"A stable split puts rows where their hash says: give {split} a larger share, or collect "
                f"more of {which}; or leave data.split.stable out, and the split is stratified."
            )
        case "own source":
            other = "; or leave data.dev out, and it is cut from train, stratified" if split == "dev" else ""
            return f"data.{split} is a source of its own: put rows of {which} into it{other}."
        case "random":
            return f"Split stratified: data.split: {{stratify: true}}; or collect more of {which}."


def small_dev_set(tables: Tables) -> Found | None:
    """Dev is too small for the difference that is to be seen.

    The 95% interval of an error p on n rows is p ± 1.96 √(p(1-p)/n). It is worked out at
    diagnosis.target_error (else 5%), and held against what a gap may take: half of target
    less Bayes error (else 2 points). Two settings whose errors lie closer than that cannot be told apart
    by these rows.

    Advice: Give dev a larger share, collect more, or compare settings over several seeds.

    Example: 100 rows in dev: an error of 5% may as well be 1% or 9%.

    Source: Ng, course C2W1L01; Wald's interval, which suffices to choose a size.
    """
    error, difference = tables.expected_error or USUAL_ERROR, tables.difference or USUAL_DIFFERENCE
    needed = math.ceil(error * (1 - error) * (Z / difference) ** 2)
    small = {name: tables.n[name] for name in ("dev", "test") if tables.n.get(name, needed) < needed}
    if not small:
        return None
    halves = [
        f"±{100 * Z * math.sqrt(error * (1 - error) / n):.2g} points on the {n:,} {tables.noun}s of {name}"
        for name, n in small.items()
    ]
    return Found(
        severity="note",
        evidence=f"an error of {100 * error:.3g}% is known to {' and '.join(halves)}; to see "
        f"{100 * difference:.2g} points takes {needed:,}",
        numbers={"needed": needed, **small},
    )


CHECKS = {
    "class-imbalance": Check(
        title="Classes are out of balance", judge=unbalanced_classes, task="classification"
    ),
    "absent-classes": Check(
        title="Classes missing from dev or test", judge=absent_classes, needs=("dev",), task="classification"
    ),
    "small-dev-set": Check(
        title="Dev is small for the difference to be seen",
        judge=small_dev_set,
        needs=("dev",),
        task="classification",
    ),
}
