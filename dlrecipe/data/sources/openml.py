"""Data sets of openml.org, fetched and cached by scikit-learn. Knows no splits and no scaling.

The arrays come without pandas, which is no dependency: scikit-learn then gives categories as numbers and
their names beside them, and the names are put back here.
"""

import warnings
from typing import Any

import numpy as np

from dlrecipe.data.examples import Column, Examples, as_labels
from dlrecipe.data.specs import OpenmlSource
from dlrecipe.errors import DataError


def fetch_openml_set(spec: OpenmlSource) -> Examples:
    """Return a data set of OpenML; the second time it comes from scikit-learn's cache, offline.

    All numbers and none missing: `matrix`. Otherwise `columns`, with NaN and None where missing.

    Raises:
        DataError: no network, no such set, no such target, or a set of sparse or text columns.
    """
    origin = f"openml {spec.name} version {spec.version}"
    loaded = _fetch(spec, origin)
    if not isinstance(loaded.data, np.ndarray):
        raise DataError(
            "the set is stored sparse, which cannot be read", where=origin, remedy="Choose another set."
        )
    if loaded.target is None or np.size(loaded.target) == 0:
        raise DataError(
            "the set has no target of its own, or no rows",
            where=origin,
            remedy=f"Set target: to one of {', '.join(map(str, loaded.feature_names))}",
        )
    categories = loaded.categories or {}
    feature_names = tuple(str(name) for name in loaded.feature_names)
    plain = not any(name in categories for name in feature_names) and bool(np.isfinite(loaded.data).all())
    return Examples(
        origin=origin,
        matrix=np.ascontiguousarray(loaded.data) if plain else None,
        columns=() if plain else _columns(loaded.data, feature_names, categories),
        target=_target(np.asarray(loaded.target), origin),
        target_names=tuple(str(name) for name in loaded.target_names),
        feature_names=feature_names,
    )


def _fetch(spec: OpenmlSource, origin: str) -> Any:
    from http.client import HTTPException

    from sklearn.datasets import fetch_openml

    try:
        with warnings.catch_warnings():
            # Retries and notes on the set's status; what fails in the end is said below.
            warnings.simplefilter("ignore")
            return fetch_openml(
                name=spec.name,
                version=spec.version,
                target_column=spec.target or "default-target",
                as_frame=False,
                parser="liac-arff",
            )
    except (OSError, HTTPException) as error:
        raise DataError(
            f"the set could not be fetched: {error}",
            where=origin,
            remedy="Check the network and try again, or download the file by hand and use type: table.",
        ) from error
    except (KeyError, ValueError) as error:
        reason = str(error.args[0]) if error.args else type(error).__name__
        raise DataError(
            f"OpenML does not give the set: {reason}",
            where=origin,
            remedy=f"Check name, version and target at https://www.openml.org/search?type=data&q={spec.name}",
        ) from error


def _columns(data: Any, names: tuple[str, ...], categories: dict[str, list[str]]) -> tuple[Column, ...]:
    return tuple(
        Column(name, "categorical", _category_names(values, categories[name]))
        if name in categories
        else Column(name, "numeric", np.asarray(values, dtype=np.float64))
        for name, values in zip(names, data.T, strict=True)
    )


def _category_names(codes: Any, names: list[str]) -> Any:
    """Return (n,) object: the name of each code, None where the code is NaN."""
    missing = np.isnan(codes)
    known = np.array([*map(str, names), None], dtype=object)
    return known[np.where(missing, len(names), codes).astype(np.intp)]


def _target(target: Any, origin: str) -> Any:
    if target.dtype.kind not in "OUSb":
        return np.asarray(target, dtype=np.float64)
    if target.ndim > 1:
        raise DataError(
            "several targets that are classes cannot be predicted together",
            where=origin,
            remedy="Set target: to one of them.",
        )
    return as_labels(target)
