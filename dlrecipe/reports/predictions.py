"""Predictions as a CSV, or as the columns of a JSON document."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray


def predictions_csv(names: Sequence[str], columns: Sequence[NDArray[Any]]) -> str:
    """Return a CSV with a header and a line a row; numbers with seven significant digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(
        [value if isinstance(value, str) else f"{value:.7g}" for value in row]
        for row in zip(*columns, strict=True)
    )
    return text.getvalue()


def predictions_document(
    names: Sequence[str], columns: Sequence[NDArray[Any]], notes: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the columns by name, and what is to be said of the rows."""
    by_name = {name: column.tolist() for name, column in zip(names, columns, strict=True)}
    return {"schema_version": 1, "n": len(columns[0]), "columns": by_name, "notes": list(notes)}
