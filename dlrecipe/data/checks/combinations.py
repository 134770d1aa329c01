"""A target that is worked out from columns: a sum, a product, a quotient, or which of two is the larger."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.power import pooled_target, pooled_values
from dlrecipe.data.checks.tables import Feature, Numbers, Tables
from dlrecipe.data.checks.wording import named

LEAST_ROWS = 30
ROUNDED = 1e-6
"""1 - R² up to which a product is the target, which may have been rounded to cents."""
MOST_PAIRED, MOST_PAIRED_ROWS = 32, 2_000


def target_combination(tables: Tables) -> Found | None:
    """The target is worked out from columns: a sum, a product, a quotient, or which of two is the larger.

    Parts of the answer are among the inputs, as the counts of two kinds of customers beside the count of all.
    Numbers to predict are held against the sum of all columns, each times a factor (least squares on the rows
    of train, judged on those of dev), and against the product and the quotients of each two. Of two classes
    it is asked whether one stands just where one column is above another. Only what leaves no error counts,
    but for the rounding of a product. Up to 64 columns are summed, and pairs are formed of up to 32.

    Advice: Leave these columns out if they are known only with the answer: data.source.drop.

    Example: `casual` + `registered` = `cnt` in the bike sharing data; `price` × `units` = `revenue`.

    Source: Fanaee-T and Gama 2013, the bike sharing data; Kaufman et al. 2012.
    """
    numeric = [feature for feature in tables.features if feature.kind != "categorical"]
    if not 2 <= len(numeric) <= 64:
        return None
    if tables.task == "classification":
        return _larger_of_two(tables, numeric) if tables.n_features > 2 else None
    return _sum_of_columns(tables, numeric) or _product_of_two(tables, numeric)


def _sum_of_columns(tables: Tables, numeric: Sequence[Feature]) -> Found | None:
    X = {name: _filled([feature.values[name] for feature in numeric]) for name in ("train", "dev")}
    y = {name: tables.sample[name].y[:, 0].astype(np.float64) for name in ("train", "dev")}
    centre, spread = X["train"].mean(axis=0), X["train"].std(axis=0)
    if len(X["train"]) < 3 * len(numeric) or len(y["dev"]) < 3:
        return None
    scaled = {name: (each - centre) / np.where(spread > 0, spread, 1.0) for name, each in X.items()}
    weights = np.linalg.lstsq(scaled["train"], y["train"] - y["train"].mean(), rcond=None)[0]
    residual = y["dev"] - y["train"].mean() - scaled["dev"] @ weights
    if float(np.square(residual).sum()) > 1e-8 * float(np.square(y["dev"] - y["dev"].mean()).sum()):
        return None
    size = np.abs(weights)
    part = [at for at in np.argsort(-size).tolist() if size[at] > 1e-3 * size.max()]
    names = [numeric[at].name for at in part]
    if len(names) < 2:  # a copy, which has a finding of its own
        return None
    return Found(
        severity="warning",
        evidence=f"the target is a sum of {named(names)}, each times a factor, to within "
        f"{float(np.sqrt(np.mean(np.square(residual)))):.1g} standard deviations on dev",
        numbers={"columns": len(names)},
        columns=names,
    )


def _product_of_two(tables: Tables, numeric: Sequence[Feature]) -> Found | None:
    """Find two columns whose product or quotient is the target, times a factor, in train and dev."""
    if tables.n_features < 3:  # an exercise
        return None
    X, rows = _complete(tables, numeric[:MOST_PAIRED])
    if len(rows) < LEAST_ROWS:
        return None
    y = pooled_target(tables)[rows].astype(np.float64)
    alone = _explained_by(X, y)
    for at in range(X.shape[1] - 1):
        one, others = X[:, at : at + 1], X[:, at + 1 :]
        for sign, values in _pairs(one, others):
            explained = _explained_by(values, y)
            best = int(explained.argmax())
            either = max(alone[at], alone[at + 1 + best])
            if 1 - explained[best] > ROUNDED or 1 - either < 100 * ROUNDED:
                continue
            names = [numeric[at].name, numeric[at + 1 + best].name]
            names = names[::-1] if sign == "under" else names
            how = "×" if sign == "times" else "/"
            return Found(
                severity="warning",
                evidence=f"the target is '{names[0]}' {how} '{names[1]}', times a factor plus a constant, "
                f"in {len(rows):,} rows of train and dev: 1 - R² is {max(1 - explained[best], 0):.1g}",
                numbers={"r2": float(explained[best])},
                columns=names,
            )
    return None


def _pairs(one: Numbers, others: Numbers) -> list[tuple[str, Numbers]]:
    return [
        ("times", one * others),
        ("over", _quotients(one, others)),
        ("under", _quotients(others, one)),
    ]


def _larger_of_two(tables: Tables, numeric: Sequence[Feature]) -> Found | None:
    """Find two columns of which one is above the other just where the class is one of two."""
    if len(tables.classes) != 2:
        return None
    X, rows = _complete(tables, numeric[:MOST_PAIRED])
    y = pooled_target(tables)[rows].astype(bool)
    if len(rows) < LEAST_ROWS or min(int(y.sum()), int((~y).sum())) < LEAST_ROWS // 3:
        return None
    for at in range(X.shape[1] - 1):
        one, others = X[:, at : at + 1], X[:, at + 1 :]
        varied = (np.ptp(others, axis=0) > 0) & (np.ptp(one) > 0)  # else it is one column's threshold
        for above in (one > others, one >= others):
            same = (above == y[:, None]).all(axis=0) | (above != y[:, None]).all(axis=0)
            found = np.flatnonzero(same & varied)
            if len(found):
                names = [numeric[at].name, numeric[at + 1 + int(found[0])].name]
                return Found(
                    severity="warning",
                    evidence=f"the class tells which of {named(names)} is the larger, in every one of "
                    f"{len(rows):,} rows of train and dev",
                    numbers={"rows": len(rows)},
                    columns=names,
                )
    return None


def _complete(tables: Tables, features: Sequence[Feature]) -> tuple[Numbers, NDArray[np.intp]]:
    """Return the pooled rows, a few thousand, in which all these columns are there, and their places."""
    X = np.column_stack([pooled_values(feature, tables) for feature in features])
    rows = np.flatnonzero(np.isfinite(X).all(axis=1))
    rows = rows[:: max(1, len(rows) // MOST_PAIRED_ROWS)]
    return X[rows], rows


def _quotients(above: Numbers, below: Numbers) -> Numbers:
    """Return the quotients; a constant 0 for columns in which anything would be divided by 0."""
    safe = (below != 0).all(axis=0)
    return np.where(safe, above / np.where(safe, below, 1.0), 0.0)


def _explained_by(X: Numbers, y: Numbers) -> Numbers:
    """Return R² of a line through each column, (k,); 0 for a constant one."""
    # In units of each column's own size, whose squares stay far from the ends of float64.
    size = np.abs(X).max(axis=0)
    X = X / np.where(size > 0, size, 1.0)
    X, y = X - X.mean(axis=0), y - y.mean()
    spread = np.einsum("ij,ij->j", X, X)
    with_y = np.square(X.T @ y)
    explained: Numbers = np.where(spread > 1e-18, with_y / np.where(spread > 0, spread, 1.0), 0.0) / (y @ y)
    return explained


def _filled(columns: Sequence[Numbers]) -> Numbers:
    return np.column_stack([np.nan_to_num(column, nan=0.0) for column in columns])


CHECKS = {
    "target-combination": Check(
        title="The target is worked out from columns",
        judge=target_combination,
        needs=("dev", "table"),
    ),
}
