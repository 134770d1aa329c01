"""What a stored preprocessor must hold, and its columns as JSON. Knows no examples and no files."""

from dataclasses import asdict
from typing import Any, get_args

import numpy as np

from dlrecipe.data.column_encoding import ColumnEncoding
from dlrecipe.data.examples import Kind
from dlrecipe.data.normalization import FITS, Scaling


def stored_column(column: ColumnEncoding) -> dict[str, Any]:
    """Return an encoding as JSON holds it."""
    return asdict(column) | {"categories": list(column.categories), "cycles": list(column.cycles)}


def restored_column(state: dict[str, Any]) -> ColumnEncoding:
    """Return the encoding that `stored_column` was given.

    Raises:
        TypeError, AttributeError: it is not what `stored_column` returns.
    """
    lists = {name: tuple(state.get(name, ())) for name in ("categories", "cycles")}
    return ColumnEncoding(**(state | lists))


def require_state(
    normalization: str, names: tuple[str, ...], columns: tuple[ColumnEncoding, ...], scaling: Scaling
) -> None:
    """Refuse parts that no preprocessor is made of: a damaged file.

    Raises:
        ValueError: with all that does not fit.
    """
    n_scaled = sum(column.is_scaled for column in columns) if columns else len(names)
    problems = []
    if normalization not in (*FITS, "whitening"):
        problems.append(f"an unknown normalization {normalization!r}")
    if columns and tuple(name for column in columns for name in column.feature_names) != names:
        problems.append("feature names that do not fit the columns")
    if any(column.kind not in get_args(Kind) for column in columns):
        problems.append("a column of unknown kind")
    if any(column.embedded and not column.other for column in columns):
        problems.append("an embedded column without a place for unknown categories")
    if (scaling.quantiles is not None) != (normalization == "quantile"):
        problems.append("quantiles without need, or none where they are needed")
    if (scaling.rotation is not None) != (normalization == "whitening"):
        problems.append("a rotation without need, or none where it is needed")
    if scaling.rotation is not None and len(scaling.rotation) != n_scaled:
        problems.append(f"a rotation of shape {scaling.rotation.shape} for {n_scaled} features")
    shapes = {
        "shift": (scaling.shift, 1),
        "factor": (scaling.factor, 1),
        "quantiles": (scaling.quantiles, 2),
        "rotation": (scaling.rotation, 2),
    }
    for name, (array, n_axes) in shapes.items():
        if array is None:
            continue
        if array.ndim != n_axes or array.shape[-1] != n_scaled or array.dtype != np.float64:
            problems.append(f"{name} of shape {array.shape} and type {array.dtype} for {n_scaled} features")
        elif array.size == 0 and n_scaled:
            problems.append(f"an empty {name}")
        elif not np.isfinite(array).all():
            problems.append(f"a {name} that is not finite")
    if problems:
        raise ValueError("not the state of a preprocessor: " + "; ".join(problems))
