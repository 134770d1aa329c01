"""Columns that give the target away: known only once the answer is, or the answer itself.

What counts is how far a column stands out from the others: an easy problem is no leak.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.checks.check import Check, Found, Severity
from dlrecipe.data.checks.power import Skill, correlation, pooled, pooled_target, pooled_values, skill_of
from dlrecipe.data.checks.row_window import window_of_rows
from dlrecipe.data.checks.tables import THOROUGH, Feature, Numbers, Tables
from dlrecipe.data.checks.wording import listed, named

STRONG, STRONG_LOW = 0.95, 0.9
"""Skill, and the lower end of its interval, from which a column nearly is the target."""
OTHERS_AT_MOST = 0.8
"""Skill of the best of the other columns up to which a strong one stands out."""
CLEAR, CLEAR_GAP = 0.8, 0.35
"""Skill, and its distance from that of the best other column, from which a column stands out."""
LEAST_ROWS = 30
SAME = 1e-9
"""1 - R² up to which a column of numbers is the target written otherwise."""
MOST_FEATURES, MOST_FEATURES_AT_START = 4_096, 256
SHIFTS = (-3, -2, -1, 1, 2, 3)


@dataclass(frozen=True)
class Ranked:
    """A column and its skill."""

    feature: Feature
    skill: Skill


def target_copied(tables: Tables) -> Found | None:
    """A column is the target itself, written in another way.

    Each of its values stands for one class and each class for one value; or several columns say of a class
    each whether it is that, for all classes but one at least; or, for numbers, it is the target times a
    factor plus a constant, or in the same order throughout. Training would learn to read it off, and
    the error would say nothing of rows whose answer is not known yet. With one or two inputs, or several
    numbers to predict, it is a warning: such data are exercises.

    Advice: Leave the column out: data.source.drop.

    Example: a column `diagnosis_code` of 1 and 2 beside the target `diagnosis` of B and M.

    Source: Kaufman et al. 2012, Leakage in Data Mining (doi:10.1145/2382577.2382579).
    """
    if _too_small(tables):
        return None
    target = pooled_target(tables)
    copies = [
        feature for feature in tables.features if _is_recoding(pooled_values(feature, tables), target, tables)
    ]
    if not copies and tables.task == "classification":
        copies = _one_hot(tables, target)
    if not copies or len(copies) == tables.n_features:
        return None
    names = [feature.name for feature in copies]
    # A line through noiseless points, or one target of several, is an exercise more often than a mistake.
    n_outputs = 1 if tables.task == "classification" else tables.parts["train"].y.shape[1]
    exercise = tables.task == "regression" and (tables.n_features < 3 or n_outputs > 1)
    return Found(
        severity="warning" if exercise else "error",
        evidence=f"{named(names)} {'give' if len(names) > 1 else 'gives'} the target in every one of "
        f"{len(target):,} rows of train and dev, value for value",
        numbers={"rows": len(target)},
        columns=names,
        remedy=f"Leave {_left_out(tables, names)}",
    )


def target_leak(tables: Tables) -> Found | None:
    """A column alone predicts nearly all of the target, and no other column comes near it.

    Such a column is often filled in after the outcome: a treatment that only the ill get, a date of closing,
    a count that is 0 unless something was bought. Its skill (0: the majority class or the mean; 1: the
    target) is measured on rows that its predictor has not seen; missing values count as a value. It is
    found from a skill of 0.95 where the best other column has 0.8 at most, or from 0.8 and 0.35 above the
    best other. For numbers to predict the latter is a note: the floor space of a flat tells 0.83 of its
    price, and is no leak.

    Advice: Ask whether its value is known when the prediction is made. If not, leave the column out:
    data.source.drop. If it is the date of rows in a series, split by it: data.split.time.

    Example: `days_in_hospital_after` beside the target `readmitted`: skill 0.97, the next column 0.21.

    Source: Kaufman et al. 2012, Leakage in Data Mining; deepchecks, Feature Label Correlation, for the idea.
    """
    most = MOST_FEATURES if tables.effort.rows >= THOROUGH.rows else MOST_FEATURES_AT_START
    if _too_small(tables) or not 2 <= tables.n_features <= most:
        return None
    ranked = ranked_features(tables)
    strong = [each for each in ranked if each.skill.value >= STRONG and each.skill.low >= STRONG_LOW]
    severity: Severity = "warning"
    others = ranked[len(strong) :]
    if not strong or not others or others[0].skill.value > OTHERS_AT_MOST:
        strong, others = ranked[:1], ranked[1:]
        if strong[0].skill.value < CLEAR or strong[0].skill.value - others[0].skill.value < CLEAR_GAP:
            return None
        severity = "note" if tables.task == "regression" and strong[0].skill.value < STRONG else "warning"
    names = [each.feature.name for each in strong]
    skills = listed([f"{each.skill.value:.3f}" for each in strong])
    best = others[0]
    measure = "R²" if tables.task == "regression" else "skill"
    return Found(
        severity=severity,
        evidence=f"{named(names)} alone {'predict' if len(names) > 1 else 'predicts'} the target with "
        f"{measure} {skills} on unseen rows; the best other column, '{best.feature.name}', with "
        f"{best.skill.value:.3f}",
        numbers={"skill": {each.feature.name: each.skill.value for each in strong}, "next": best.skill.value},
        columns=names,
        remedy=_split_by(strong[0].feature.name)
        if len(strong) == 1 and _is_date_of_rows(strong[0].feature)
        else f"Ask whether {named(names)} can be known when the prediction is made. If not, leave "
        f"{_left_out(tables, names)}",
    )


def target_shifted(tables: Tables) -> Found | None:
    """A column holds the target of the row before or after.

    In rows ordered in time, that of the row after is the future. That of the row before may be a fair input,
    but in a random split the rows around a dev row are in train, and the other way round. Up to three rows
    away are looked at, in the order of the source.

    Advice: Leave the column out, or split by time (data.split.time) if the row before is known when the
    prediction is made.

    Example: `next_label`, made by shifting the target up by one row.

    Source: Kaufman et al. 2012, Leakage in Data Mining.
    """
    window = window_of_rows(tables)
    if window is None:
        return None
    rows, target = window.rows, window.target
    for shift in SHIFTS:
        here = np.flatnonzero(np.isin(rows + shift, rows))
        there = np.searchsorted(rows, rows[here] + shift)
        if len(here) < LEAST_ROWS or _alike(target[here], target[there], tables) > 0.98:
            continue
        for name, values in ((feature.name, feature.values["window"]) for feature in window.features):
            if _alike(values[here], target[there], tables) > 0.9999:
                place = (
                    f"{abs(shift)} row{'s' if abs(shift) > 1 else ''} {'after' if shift > 0 else 'before'}"
                )
                return Found(
                    severity="warning",
                    evidence=f"'{name}' holds the target of the row {place}, in {len(here):,} rows",
                    numbers={"shift": shift, "rows": len(here)},
                    columns=[name],
                    remedy=f"Leave {_left_out(tables, [name])}",
                )
    return None


def ranked_features(tables: Tables) -> list[Ranked]:
    """Return the columns by the skill of each alone, best first."""
    target = pooled_target(tables)
    ranked = [Ranked(feature, skill_of(feature, target, tables)) for feature in tables.features]
    return sorted(ranked, key=lambda each: -each.skill.value)


def _is_recoding(values: Numbers, target: NDArray[np.generic], tables: Tables) -> bool:
    if np.isnan(values).any():
        return False
    if tables.task == "classification":
        return _one_to_one(values, target)
    numbers = target.astype(np.float64)
    return abs(correlation(values, numbers)) > 1 - SAME or _same_order(values, numbers)


def _one_to_one(values: Numbers, target: NDArray[np.generic]) -> bool:
    n_values, n_classes = len(np.unique(values)), len(np.unique(target))
    if n_values != n_classes:
        return False
    pairs = np.unique(np.column_stack([values, target.astype(np.float64)]), axis=0)
    return len(pairs) == n_classes


def _one_hot(tables: Tables, target: NDArray[np.generic]) -> list[Feature]:
    """Return the columns that each name one class, if they do so for all classes but one; empty otherwise.

    One or two that do are of the data: only mammals give milk.
    """
    by_class: dict[float, Feature] = {}
    codes = target.astype(np.float64)
    n_classes = len(np.unique(codes))
    for feature in tables.features:
        named_class = _class_named(pooled_values(feature, tables), codes)
        if named_class is not None:
            by_class.setdefault(named_class, feature)
    return list(by_class.values()) if len(by_class) >= max(2, n_classes - 1) else []


def _class_named(values: Numbers, target: Numbers) -> float | None:
    """Return the class of all the rows, and of no others, that have one of a column's two values."""
    ends = values.min(), values.max()
    # Two comparisons, since sorting every pixel would be felt; a missing value equals neither.
    if ends[0] == ends[1] or ((values != ends[0]) & (values != ends[1])).any():
        return None
    for value in ends:
        here = values == value
        first = target[here][0]
        if (target[here] == first).all() and not (target[~here] == first).any():
            return float(first)
    return None


def _same_order(values: Numbers, numbers: Numbers) -> bool:
    """Return whether one rises wherever the other does, or falls wherever it does, with as many values."""
    if len(np.unique(values)) != len(np.unique(numbers)) or len(np.unique(values)) < LEAST_ROWS:
        return False
    along = values[np.argsort(numbers, kind="stable")]
    steps = np.diff(along)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _alike(values: NDArray[np.generic], target: NDArray[np.generic], tables: Tables) -> float:
    """Return how nearly values give the target: the part of rows explained value by value, or R²."""
    numbers = values.astype(np.float64)
    known = ~np.isnan(numbers)
    if known.sum() < LEAST_ROWS:
        return 0.0
    numbers, target = numbers[known], target[known]
    if tables.task == "regression":
        return correlation(numbers, target.astype(np.float64)) ** 2
    distinct, codes = np.unique(numbers, return_inverse=True)
    n_classes = len(tables.classes)
    if not 2 <= len(distinct) <= 2 * n_classes or len(np.unique(target)) < 2:
        return 0.0
    counts = np.bincount(codes * n_classes + target.astype(np.intp), minlength=len(distinct) * n_classes)
    table = counts.reshape(len(distinct), n_classes)
    # Against the commonest class: with 99 of 100 rows alike every column would explain nearly all.
    base = int(table.sum(axis=0).max())
    return (int(table.max(axis=1).sum()) - base) / (len(target) - base)


def _too_small(tables: Tables) -> bool:
    return sum(tables.sample[name].n for name in pooled(tables)) < LEAST_ROWS


def _is_date_of_rows(feature: Feature) -> bool:
    """Return whether a column is a date that every row has; one that some lack is that of an event."""
    return feature.kind in ("date", "us_date") and not np.isnan(feature.train).any()


def _split_by(date: str) -> str:
    """Return what to do about a date that tells the target; without it the rows' neighbours still would."""
    return (
        f"If the rows follow one another in time, split by it: data.split: {{time: {date}}}. The column is "
        "then no input, and rows of one hour are no longer on both sides. If it is the date of the outcome, "
        f"leave it out: data.source.drop: [{date}]"
    )


def _left_out(tables: Tables, names: Sequence[str]) -> str:
    """Return how columns are left out, to follow the word "leave"."""
    if tables.parts["train"].examples.matrix is not None:
        return f"{listed(list(names))} out of the array."
    return f"{'it' if len(names) == 1 else 'them'} out: data.source.drop: [{', '.join(names)}]"


CHECKS = {
    "target-copied": Check(title="A column is the target", judge=target_copied, needs=("dev", "table")),
    "target-leak": Check(title="A column gives the target away", judge=target_leak, needs=("dev",)),
    "target-shifted": Check(
        title="A column holds another row's target", judge=target_shifted, needs=("table",)
    ),
}
