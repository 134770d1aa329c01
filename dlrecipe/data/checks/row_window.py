"""Rows in the order of their source, as near to one another as they lie there. Knows no findings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.tables import Feature, Tables, features_of

LEAST_ROWS = 30
WINDOW = 5_000
MOST_COLUMNS = 256


@dataclass(frozen=True, eq=False)
class RowWindow:
    """Rows of all splits in the order of one source.

    rows: (n,) their places in it, rising. split: (n,) the name of each row's split. target: (n,) classes, or
    the first number to predict. features: the inputs, under the one name `window`.
    """

    rows: Indices
    split: NDArray[np.str_]
    target: NDArray[np.generic]
    features: tuple[Feature, ...]


def window_of_rows(tables: Tables) -> RowWindow | None:
    """Return up to 5,000 places of one source; None where there are too few rows or too many columns."""
    parts = dict(tables.parts)
    if len({part.examples.origin for part in parts.values()}) > 1:
        parts = dict([next(iter(parts.items()))])
    last = int(max(np.partition(part.rows, -1)[-1] for part in parts.values()))
    first = max(0, min(last - WINDOW, last // 2))
    near = {
        name: part.take(np.flatnonzero((part.rows >= first) & (part.rows < first + WINDOW)))
        for name, part in parts.items()
    }
    rows = np.concatenate([part.rows for part in near.values()])
    if len(rows) < LEAST_ROWS or tables.n_features > MOST_COLUMNS:
        return None
    order = np.argsort(rows, kind="stable")
    y = np.concatenate([part.y for part in near.values()])
    target = (y if y.ndim == 1 else y[:, 0].astype(np.float64))[order]
    split = np.repeat(list(near), [part.n for part in near.values()])[order]
    features = tuple(
        Feature(
            feature.name,
            feature.kind,
            {"window": np.concatenate(list(feature.values.values()))[order]},
            feature.labels,
        )
        for feature in features_of({name: part.examples for name, part in near.items()})
    )
    return RowWindow(rows[order], split, target, features)
