"""Columns that say which row it is, and not what it is like: numbers, codes, dates. Knows no findings."""

import numpy as np

from dlrecipe.data.checks.tables import Feature, Tables
from dlrecipe.data.column_names import may_be_an_id

LEAST_ROWS = 30


def names_rows(feature: Feature, tables: Tables) -> bool:
    """Return whether a column has another value in each row, and a form or name that goes with it."""
    values = feature.train[~np.isnan(feature.train)]
    if len(values) < LEAST_ROWS:
        return False
    n_distinct = len(np.unique(values))
    if feature.kind == "categorical":
        return n_distinct > 0.9 * len(values)
    if feature.kind != "numeric" or n_distinct < len(values) or not (values == np.floor(values)).all():
        return False
    steps = np.diff(values)  # the sample keeps the order of the source
    along = bool((steps > 0).all() or (steps < 0).all())
    seen = tables.sample["train"].n / tables.parts["train"].n
    rows = sum(tables.n.values())
    fills = float(np.ptp(values)) + 1 <= 1.1 * rows and seen > 0
    return along or fills or may_be_an_id(feature.name)


def row_marks(tables: Tables) -> tuple[str, ...]:
    """Return the columns that name the rows, and the dates."""
    if not tables.is_table or tables.parts["train"].examples.matrix is not None:
        return ()
    return tuple(
        feature.name
        for feature in tables.features
        if feature.kind in ("date", "us_date") or names_rows(feature, tables)
    )
