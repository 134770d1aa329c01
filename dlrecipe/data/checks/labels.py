"""Labels that contradict one another, or their surroundings."""

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.neighbours import nearest_neighbours
from dlrecipe.data.checks.tables import Numbers, Tables
from dlrecipe.data.checks.wording import counted, listed, percent

WORTH_A_WARNING = 0.01
"""Error that conflicting labels leave even to a perfect network, from which they matter."""
NEIGHBOURS = 10
AGREEING = 9
"""Neighbours of ten with one label among them from which a row lies in the midst of a class."""
SUSPECT_SHARE, LEAST_SUSPECT = 0.06, 10
"""Rows in the midst of a class whose own label is another, as a share, from which labels look mixed up."""
LEAST_IN_THE_MIDST = 20
"""Rows that must lie in the midst of a class for its share to count."""
LEAST_ROWS = 200
MOST_ROWS = 4_000


def conflicting_labels(tables: Tables) -> Found | None:
    """Rows with the same inputs have different labels, so no network can be right on all of them.

    What is left to the best of networks is a lower bound of train error: of each group of equal rows, all but
    its commonest label; for numbers, the variance within the groups. From 1% it is a warning.

    Advice: Look at these rows: wrong labels, or an input that tells them apart and is missing. If they are as
    they should be, give the bound as diagnosis.bayes_error.

    Example: the same sentence labelled twice, once as praise and once as blame.

    Source: deepchecks, Conflicting Labels; the bound follows from the definition of the Bayes error.
    """
    part, keys = tables.hashed["train"], tables.keys["train"]
    _, groups, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    repeated = sizes[groups] > 1
    if not repeated.any():
        return None
    bound, conflicting = _bound(groups, len(sizes), part.y)
    if not conflicting.any():
        return None
    rows = part.rows[conflicting]
    n, noun = len(part.y), tables.noun
    named = listed(part.called(np.flatnonzero(conflicting)[:4]), most=3)
    measure = "train error" if tables.task == "classification" else "1 - R² on train"
    return Found(
        severity="warning" if bound >= WORTH_A_WARNING else "note",
        evidence=f"{counted(int(conflicting.sum()), noun)} of {n:,} in train have the inputs of another "
        f"{noun} and another target, such as {named}: "
        f"{measure} can be no lower than {percent(bound)}",
        numbers={"rows": int(conflicting.sum()), "of": n, "lowest_train_error": bound},
        rows={"train": rows.tolist()},
    )


def suspect_labels(tables: Tables) -> Found | None:
    """Rows lie in the midst of one class and carry the label of another.

    Of the rows whose ten nearest neighbours in train are of one class (nine of them at least), this share has
    another label: labels that were mixed up, or cases that the inputs do not tell apart. The share is taken
    class by class, and must be 6% in three classes of four (of two or three, in all): classes that overlap do
    so with some of the others, and a common class has the rare one's rows in its midst, but mixed-up labels
    are in the midst of every class. Where fewer than half of the rows lie in the midst of one it is a note.

    Advice: Look at the rows named. If labels are wrong, mend them, in dev first: it decides. If they are
    right, the classes overlap; give what people reach as diagnosis.bayes_error.

    Example: digits with every tenth label drawn anew: 10% of the rows, where 0.3% are usual.

    Source: Wilson 1972, edited nearest neighbours; Northcutt et al. 2021 (arXiv:1911.00068).
    """
    train = tables.sample["train"]
    points = _standardized(tables)
    if train.n < LEAST_ROWS or points is None:
        return None
    n = min(train.n, MOST_ROWS)
    labels = train.y[:n].astype(np.intp)
    votes = _votes(points[:n], labels, len(tables.classes))
    midst = votes.max(axis=1) >= AGREEING
    if midst.sum() < LEAST_ROWS // 2:
        return None
    surroundings = votes.argmax(axis=1)
    suspect = np.flatnonzero(midst & (surroundings != labels))
    sizes = np.bincount(surroundings[midst], minlength=len(tables.classes))
    shares = np.bincount(surroundings[suspect], minlength=len(sizes)) / np.maximum(sizes, 1)
    usable = sizes >= LEAST_IN_THE_MIDST
    if usable.sum() < 2 or len(suspect) < LEAST_SUSPECT:
        return None
    if np.quantile(shares[usable], 0.25, method="lower") < SUSPECT_SHARE:
        return None
    share = len(suspect) / int(midst.sum())
    # Where most rows lie at borders, classes overlap; what is seen in the midst may be more of it.
    clear = 2 * int(midst.sum()) >= n
    rows = train.rows[suspect]
    first = suspect[:3]
    examples = [
        f"{name} ({tables.classes[labels[at]]} among {tables.classes[int(surroundings[at])]})"
        for name, at in zip(train.called(first), first.tolist(), strict=True)
    ]
    return Found(
        severity="warning" if clear else "note",
        evidence=f"{counted(len(suspect), tables.noun)} of {int(midst.sum()):,} in the midst of one class "
        f"({percent(share)}) have the label of another, such as {', '.join(examples)}",
        numbers={"rows": len(suspect), "of": int(midst.sum()), "share": share},
        rows={"train": rows.tolist()},
    )


def _bound(groups: Indices, n_groups: int, y: NDArray[np.generic]) -> tuple[float, NDArray[np.bool_]]:
    """Return the least error that groups of equal inputs leave, and the rows (n,) of groups at odds."""
    if y.ndim == 1:
        n_classes = int(y.max()) + 1
        pairs, counts = np.unique(groups * n_classes + y.astype(np.intp), return_counts=True)
        most = np.zeros(n_groups, np.intp)
        np.maximum.at(most, pairs // n_classes, counts)
        at_odds = np.bincount(pairs // n_classes, minlength=n_groups) > 1
        return 1 - int(most.sum()) / len(y), at_odds[groups]
    numbers = y[:, 0].astype(np.float64)
    sizes = np.bincount(groups, minlength=n_groups)
    means = np.bincount(groups, weights=numbers, minlength=n_groups) / sizes
    off = numbers - means[groups]
    # Values of float32 around 1: what lies below is rounding.
    at_odds = np.bincount(groups, weights=np.abs(off) > 1e-6, minlength=n_groups) > 0
    spread = float(np.square(numbers - numbers.mean()).sum())
    return float(np.square(off).sum()) / spread if spread else 0.0, at_odds[groups]


def _standardized(tables: Tables) -> Numbers | None:
    """Return the sampled rows of train, columns of numbers to deviation 1; None with too many categories."""
    if not tables.is_table:
        train = tables.sample["train"]
        return np.asarray(train.examples.matrix, np.float64).reshape(train.n, -1)
    columns = []
    for feature in tables.features:
        values = feature.train
        if feature.kind == "categorical":
            codes = np.nan_to_num(values, nan=-1.0)
            if len(feature.labels) > 20:
                continue
            columns += [(codes == code).astype(np.float64) for code in range(len(feature.labels))]
        else:
            present = values[~np.isnan(values)]
            spread = float(present.std()) if len(present) else 0.0
            if spread > 0:
                columns.append(np.nan_to_num((values - present.mean()) / spread, nan=0.0))
    return np.column_stack(columns) if columns else None


def _votes(points: Numbers, labels: Indices, n_classes: int) -> Indices:
    """Return (n, n_classes): the labels of each row's ten nearest other rows."""
    neighbours = nearest_neighbours(points, points, NEIGHBOURS + 1).at[:, 1:]
    votes = np.zeros((len(points), n_classes), np.intp)
    for column in neighbours.T:
        votes[np.arange(len(points)), labels[column]] += 1
    return votes


CHECKS = {
    "conflicting-labels": Check(title="Equal inputs with different targets", judge=conflicting_labels),
    "suspect-labels": Check(
        title="Labels at odds with all their neighbours",
        judge=suspect_labels,
        task="classification",
        quick=False,
    ),
}
