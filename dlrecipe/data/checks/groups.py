"""Rows that belong together (of one patient, one device) on both sides of the split."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.power import pooled
from dlrecipe.data.checks.tables import Feature, Numbers, Tables
from dlrecipe.data.checks.wording import listed, named, percent
from dlrecipe.data.column_names import may_be_a_group

LEAST_GROUPS, MOST_ROWS_A_GROUP = 10, 100
MOST_DISTINCT, MOST_DISTINCT_NAMED = 0.6, 0.95
"""Distinct values over rows up to which values repeat enough to tell; for a column with a telling name."""
SHARED = 0.5
"""Part of dev whose value train has too, from which the column was not split by."""
EXPLAINED, BEYOND_ORDER = 0.3, 0.25
"""Variance of the target that the other rows of the same value explain, and what of it the rows of the next
values do not: an age explains as its neighbours do, a patient's number does not."""
EXPLAINED_NAMED = 0.1
ALIKE_COLUMNS = 0.3
"""Part of the other columns that must be alike within the groups where the target is not."""
LEAST_ROWS = 60
MOST_COLUMNS = 100
"""Columns beyond which one without a telling name is judged by the target alone: comparing each with each
took three minutes for 784 pixels."""


@dataclass(frozen=True)
class Grouping:
    """A column and the groups it makes: how they hold together, and how much of dev train has seen."""

    feature: Feature
    n_groups: int
    shared: float
    target: float
    alike: tuple[str, ...]

    @property
    def strength(self) -> tuple[float, int]:
        """For sorting: how much of the target a group tells, then how many columns."""
        return self.target, len(self.alike)


def shared_groups(tables: Tables) -> Found | None:
    """Rows that belong together are in train and dev both: the network may know the patient, not the illness.

    Found are columns of whole numbers or categories whose values repeat, are in dev and train alike, and
    within which rows resemble one another as rows of neighbouring values do not: in the target, or in a third
    of the other columns. A name such as patient_id lowers what is asked for. Dev error is then that of
    patients already known.

    Advice: Keep them together: data.split: {group: COLUMN}. The column is then no input.

    Example: 40 patients with ten recordings each, split by recording.

    Source: Saeb et al. 2017, GigaScience 6:gix019, who found errors halved by it; scikit-learn, GroupKFold.
    """
    if sum(tables.sample[name].n for name in pooled(tables)) < LEAST_ROWS:
        return None
    found = [grouping for feature in tables.features if (grouping := _grouping(feature, tables)) is not None]
    if not found:
        return None
    best = max(found, key=lambda each: each.strength)
    name = best.feature.name
    reasons = []
    if best.target >= EXPLAINED_NAMED:
        reasons.append(f"the target of the other rows of a value explains {percent(best.target)} of it")
    if best.alike:
        reasons.append(f"its rows are alike in {named(best.alike, 3)}")
    others = [each.feature.name for each in found if each is not best]
    return Found(
        severity="warning",
        evidence=f"'{name}' has {best.n_groups:,} values, and {percent(best.shared)} of dev have one that "
        f"train has too; {'; '.join(reasons)}" + (f" (also {listed(others)})" if others else ""),
        numbers={"groups": best.n_groups, "shared": best.shared, "explained": best.target},
        columns=[name, *others],
        remedy=_remedy(best.feature),
    )


def _remedy(feature: Feature) -> str:
    name = feature.name
    keep = f"If rows of one '{name}' belong together, keep them so: data.split: {{group: {name}}}"
    if feature.kind not in ("date", "us_date"):
        return keep
    by_time = "If the network is to predict later rows from earlier ones, split by time"
    return f"{by_time}: data.split: {{time: {name}}}. {keep}"


def _grouping(feature: Feature, tables: Tables) -> Grouping | None:
    """Return the groups that a column makes, if they hold together and cross the split."""
    named = may_be_a_group(feature.name)
    values = np.concatenate([feature.values[name] for name in pooled(tables)])
    if feature.kind == "boolean" or np.isnan(values).any():
        return None
    if feature.kind == "numeric" and not (values == np.floor(values)).all():
        return None
    distinct, codes = np.unique(values, return_inverse=True)
    n, n_groups = len(values), len(distinct)
    if n_groups < LEAST_GROUPS or n_groups > (MOST_DISTINCT_NAMED if named else MOST_DISTINCT) * n:
        return None
    if not named and n > MOST_ROWS_A_GROUP * n_groups:
        return None
    shared = float(np.isin(feature.values["dev"], feature.values["train"]).mean())
    if shared < (SHARED if not named else SHARED / 5):
        return None
    ordered = feature.kind == "numeric"
    target = _held_together(codes, n_groups, _target_columns(tables), ordered=ordered)
    compared = tables.features if named or tables.n_features <= MOST_COLUMNS else ()
    alike = tuple(
        other.name
        for other in compared
        if other is not feature and _is_alike(other, codes, n_groups, tables, ordered=ordered)
    )
    least = EXPLAINED_NAMED if named else EXPLAINED
    enough = 1 if named else max(2, ALIKE_COLUMNS * (tables.n_features - 1))
    if target < least and len(alike) < enough:
        return None
    return Grouping(feature, n_groups, shared, target, alike)


def _is_alike(
    other: Feature, codes: NDArray[np.intp], n_groups: int, tables: Tables, *, ordered: bool
) -> bool:
    values = np.concatenate([other.values[name] for name in pooled(tables)])
    if other.kind == "categorical":
        if len(other.labels) > 50:
            return False
        columns = (np.nan_to_num(values, nan=-1.0)[:, None] == np.arange(len(other.labels))).astype(
            np.float64
        )
    else:
        columns = np.nan_to_num(values, nan=float(np.nanmedian(values)) if len(values) else 0.0)[:, None]
    return _held_together(codes, n_groups, columns, ordered=ordered) >= 0.5


def _held_together(codes: NDArray[np.intp], n_groups: int, columns: Numbers, *, ordered: bool) -> float:
    """Return how much of the columns' variance the other rows of a group explain beyond its neighbours.

    0 where the rows of the next values explain nearly as much: the column is then a quantity.

    Args:
        codes: (n,) the group of each row, in the order of the values.
        columns: (n, k) what is to be explained.
    """
    sizes = np.bincount(codes, minlength=n_groups).astype(np.float64)
    sums = np.stack([np.bincount(codes, weights=column, minlength=n_groups) for column in columns.T], axis=1)
    repeated = sizes[codes] > 1
    base = float(np.square(columns[repeated] - columns.mean(axis=0)).sum())
    if repeated.sum() < LEAST_ROWS // 2 or base == 0:
        return 0.0
    own_mean = (sums[codes] - columns)[repeated] / (sizes[codes] - 1)[repeated, None]
    own = 1 - float(np.square(columns[repeated] - own_mean).sum()) / base
    if not ordered:
        return own
    around, n_around = np.zeros_like(sums), np.zeros_like(sizes)
    for shift in (1, 2):
        around[shift:] += sums[:-shift]
        around[:-shift] += sums[shift:]
        n_around[shift:] += sizes[:-shift]
        n_around[:-shift] += sizes[shift:]
    near_mean = (around / n_around[:, None])[codes][repeated]
    near = 1 - float(np.square(columns[repeated] - near_mean).sum()) / base
    return own if own - max(near, 0.0) >= BEYOND_ORDER else 0.0


def _target_columns(tables: Tables) -> Numbers:
    """Return (n, classes or outputs) of train and dev: one-hot classes, or numbers."""
    y = np.concatenate([tables.sample[name].y for name in pooled(tables)])
    if y.ndim == 1:
        return np.asarray(y[:, None] == np.arange(len(tables.classes)), np.float64)
    return np.asarray(y, np.float64)


CHECKS = {
    "shared-groups": Check(
        title="Rows that belong together are on both sides", judge=shared_groups, needs=("dev", "table")
    )
}
