"""Rows of one split that are in another too, exactly or nearly: what was learned by heart counts as skill."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.check import MOST_LISTED, Check, Found, Pair, Severity
from dlrecipe.data.checks.neighbours import copies_among
from dlrecipe.data.checks.tables import Numbers, Part, Tables
from dlrecipe.data.checks.wording import counted, listed, percent
from dlrecipe.data.examples import Column

PAIRS = (("dev", "train"), ("test", "train"), ("test", "dev"))
"""Each split that is judged on, and a split whose rows it must not have."""
CHANCE = 0.01
"""Rows of the other split that would be equal by chance, were the columns independent, up to which an equal
row is a copy. In a table of few distinct rows repeats are to be expected."""
MISLEADING, MEANINGLESS = 0.01, 0.5
"""Part of a split from which its copies mislead, or leave little else to be judged on."""
FEW = 3


@dataclass(frozen=True)
class Overlap:
    """Rows of `split` that are in `other` too: `at` by their position, of `n` looked at."""

    split: str
    other: str
    at: Indices
    twins: Indices
    """Their equals in the other split, by position; of as many as are listed at least."""
    n: int
    seen: float
    """The part of the other split that was looked at."""

    @property
    def share(self) -> float:
        """The part of the split that is copied, the other's unseen rows taken into account."""
        return min(1.0, len(self.at) / self.n / self.seen) if self.n else 0.0


def duplicate_rows(tables: Tables) -> Found | None:
    """Rows of dev or test have the same inputs as rows of train.

    A network can know them by heart, so the error on them is that of train, and dev error comes out too low.
    Rows are compared by a hash of all inputs. Where the columns have few values, equal rows are no copies:
    a row counts only if fewer than 0.01 rows of the other split would equal it were the columns independent.
    More than 1% of a split is a warning, half of it an error.

    Advice: Remove repeats before splitting, or keep the rows that belong together on one side with
    data.split.group.

    Example: a table to which 200 rows were appended a second time; the wines of UCI's wine-quality.

    Source: deepchecks, Train Test Samples Mix, which warns from 5%; Barz and Denzler 2020 (arXiv:1902.00423)
    for what duplicates did to CIFAR.
    """
    found = []
    for split, other in PAIRS:
        if split in tables.parts and other in tables.parts:
            at = np.flatnonzero(np.isin(tables.keys[split], tables.keys[other]))
            mine, theirs = tables.hashed[split], tables.hashed[other]
            if len(at) and tables.is_table:
                at = at[expected_by_chance(mine, theirs, at) < CHANCE]
            twins = _twins(tables, split, other, at[:MOST_LISTED])
            found.append(Overlap(split, other, at, twins, mine.n, theirs.n / tables.parts[other].n))
    return reported(found, tables.hashed, "the same inputs as rows of", _remedy(tables, exact=True))


def near_duplicates(tables: Tables) -> Found | None:
    """Rows of dev or test lie next to a row of train, far nearer than any row has a right to.

    Copies with noise, rounding or another compression. For each row of dev the distance to its nearest row
    of train is held against that to the eighth. In a cloud of points of dimension D the ratio is below t with
    probability 7 t^D; t is chosen so that 0.05 rows would be found by chance, with D taken at 0.6 of its
    estimate, and is never above 0.2. Three columns of many values at least are needed; the other columns must
    be equal, where a value that occurs once counts as the nearest of those that recur.

    Advice: Remove repeats before splitting, or keep the rows that belong together (one patient, one scene)
    on one side with data.split.group.

    Example: 100 rows of breast_cancer appended again with noise of 1% of each column's deviation.

    Source: the law of the ratio: Facco et al. 2017 (arXiv:1803.06992); D: Levina and Bickel 2004.
    """
    found = []
    for split, other in PAIRS[:2]:
        if split in tables.parts:
            seen = tables.sample[other].n / tables.parts[other].n
            copies = copies_among(tables, split, other)
            found.append(Overlap(split, other, copies.at, copies.twins, copies.n, seen))
    return reported(
        found, tables.sample, "a nearly equal row in", _remedy(tables, exact=False), likeness_sign="≈"
    )


def _twins(tables: Tables, split: str, other: str, at: Indices) -> Indices:
    """Return the places in the other split of the equals of some rows, the first one of each."""
    places = [int(np.flatnonzero(tables.keys[other] == key)[0]) for key in tables.keys[split][at]]
    return np.array(places, np.intp)


def _remedy(tables: Tables, *, exact: bool) -> str:
    """Return what can be done where the examples have no columns to group by; empty for tables."""
    examples = tables.parts["train"].examples
    if examples.matrix is None:
        return ""
    what = "examples" if examples.row_names is None else "images"
    if exact:
        return (
            f"Delete the copies. Or set data.split: {{stable: true}}, which goes by the {what} themselves: "
            f"equal {what} are then in one split (where one source is split, not where each has its own)."
        )
    return (
        f"Delete all but one of each set of nearly equal {what}. Where they belong together (one scene, one "
        "patient), put whole sets aside by hand, and give them as data.dev and data.test."
    )


def reported(
    found: list[Overlap], parts: Mapping[str, Part], likeness: str, remedy: str, *, likeness_sign: str = "="
) -> Found | None:
    """Return the finding on the rows of splits that are in others too; None where no row is.

    Args:
        parts: the rows that the overlaps' positions are among.
        likeness_sign: what stands between a row and its twin.
    """
    overlaps = [overlap for overlap in found if len(overlap.at)]
    if not overlaps:
        return None
    sentences: list[str] = []
    rows: dict[str, list[int]] = {}
    pairs: list[Pair] = []
    for overlap in overlaps:
        places = parts[overlap.split].rows[overlap.at]
        rows.setdefault(overlap.split, places.tolist())
        twins = parts[overlap.other].rows[overlap.twins]
        pairs += [
            Pair(overlap.split, int(row), overlap.other, int(twin))
            for row, twin in zip(places.tolist(), twins.tolist(), strict=False)
        ][:MOST_LISTED]
        sample = "" if overlap.seen == 1 else f" (of which {percent(overlap.seen)} was looked at)"
        verb = "has" if len(overlap.at) == 1 else "have"
        sentences.append(
            f"{counted(len(overlap.at), parts[overlap.split].noun)} of {overlap.n:,} in {overlap.split} "
            f"({percent(overlap.share)}) {verb} {likeness} {overlap.other}{sample}, "
            f"such as {listed(_called(overlap, parts, likeness_sign), most=FEW)}"
        )
    return Found(
        severity=max((_severity(overlap) for overlap in overlaps), key=("note", "warning", "error").index),
        evidence="; ".join(sentences),
        numbers={
            f"{o.split} in {o.other}": {"rows": len(o.at), "of": o.n, "share": o.share} for o in overlaps
        },
        rows=rows,
        pairs=pairs,
        remedy=remedy,
    )


def _called(overlap: Overlap, parts: Mapping[str, Part], sign: str) -> list[str]:
    """Return what the first few rows and their twins are called, and one more where there are more."""
    names = parts[overlap.split].called(overlap.at[: FEW + 1])
    twins = parts[overlap.other].called(overlap.twins[: FEW + 1])
    return [f"{name} ({sign} {twin})" for name, twin in zip(names, twins, strict=True)]


def _severity(overlap: Overlap) -> Severity:
    if overlap.share >= MEANINGLESS and len(overlap.at) >= 10:
        return "error"
    return "warning" if overlap.share >= MISLEADING and len(overlap.at) >= FEW else "note"


def expected_by_chance(mine: Part, theirs: Part, at: Indices) -> Numbers:
    """Return how many rows of the other split would equal each of these, were the columns independent."""
    expected = np.full(len(at), float(theirs.n))
    own, other = mine.examples, theirs.examples
    if own.matrix is not None and other.matrix is not None:
        values = np.asarray(own.matrix[at], np.float64).reshape(len(at), -1)
        known = np.asarray(other.matrix, np.float64).reshape(theirs.n, -1)
        for at_column in range(values.shape[1]):
            expected *= _share_of_numbers(values[:, at_column], known[:, at_column])
        return expected
    columns = {column.name: column for column in other.columns}
    for column in own.columns:
        expected *= _share(column.values[at], columns[column.name])
    return expected


def _share(values: Any, column: Column) -> Numbers:
    if column.kind != "categorical":
        return _share_of_numbers(values, column.values)
    counts = Counter(column.values.tolist())
    return np.array([counts[value] for value in values.tolist()]) / len(column.values)


def _share_of_numbers(values: Numbers, known: Numbers) -> Numbers:
    """Return the part of `known` that equals each value; NaN equals NaN."""
    ordered = np.sort(known)  # NaN last, where searchsorted finds it
    first, behind = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return (behind - first) / len(known)


CHECKS = {
    "duplicate-rows": Check(title="Rows of dev or test are in train", judge=duplicate_rows, needs=("dev",)),
    "near-duplicates": Check(
        title="Rows of dev or test nearly equal rows of train", judge=near_duplicates, needs=("dev",)
    ),
}
