"""The small real data sets that scikit-learn carries. Knows nothing of splits, scaling or networks.

They are read from scikit-learn's files without importing it: its import takes 0.7 s, many times what reading
takes. Where a release keeps its files elsewhere, its own loaders read them.
"""

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from dlrecipe.arrays import Floats
from dlrecipe.data.examples import Examples, as_labels
from dlrecipe.data.specs import BundledSource

Loaded: TypeAlias = tuple[Floats, Any, tuple[str, ...]]
"""Inputs (n, n_features); classes as numbers, or the numbers to predict; the names of the classes."""


@dataclass(frozen=True)
class _Set:
    """How one set is read. `target` names its numbers; None means that it has classes."""

    read: Callable[[Path], Loaded]
    load: Callable[[Any], Any]
    feature_names: tuple[str, ...]
    feature_shape: tuple[int, ...] = ()
    target: str | None = None


def load_bundled(spec: BundledSource) -> Examples:
    """Return one of scikit-learn's bundled sets, in its order and its units.

    Classes come as text: the set's own names (`malignant`, `setosa`), or the digit. diabetes predicts
    disease progression after a year, a number, from inputs in the units they were measured in.
    """
    which = _SETS[spec.type]
    matrix, target, class_names = _loaded(which)
    return Examples(
        origin=f"{spec.type} (scikit-learn)",
        matrix=np.ascontiguousarray(matrix),
        target=np.asarray(target, dtype=np.float64) if which.target else _labels(target, class_names),
        target_names=(which.target or "class",),
        class_names=None if which.target else class_names,
        feature_names=which.feature_names,
        feature_shape=which.feature_shape,
    )


def _loaded(which: _Set) -> Loaded:
    package = find_spec("sklearn")
    places = None if package is None else package.submodule_search_locations
    if places:
        try:
            return which.read(Path(next(iter(places))) / "datasets" / "data")
        except (OSError, ValueError, IndexError):
            pass  # not the files that are known
    from sklearn import datasets

    loaded = which.load(datasets)
    return loaded.data, loaded.target, tuple(str(name) for name in getattr(loaded, "target_names", ()))


def _with_head(name: str) -> Callable[[Path], Loaded]:
    """Return a reader of a CSV whose first line is: examples, features, names of the classes."""

    def read(folder: Path) -> Loaded:
        with open(folder / name, encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        n, n_features = int(head[0]), int(head[1])
        table = np.array(rows, dtype=np.float64)
        if table.shape != (n, n_features + 1):
            raise ValueError(f"{name} is not the table that its first line says")
        return table[:, :-1], table[:, -1].astype(int), tuple(head[2:])

    return read


def _digits(folder: Path) -> Loaded:
    table = _zipped(folder / "digits.csv.gz", ",")
    return table[:, :-1], table[:, -1].astype(int), tuple(map(str, range(10)))


def _diabetes(folder: Path) -> Loaded:
    return _zipped(folder / "diabetes_data_raw.csv.gz"), _zipped(folder / "diabetes_target.csv.gz"), ()


def _zipped(path: Path, delimiter: str | None = None) -> Floats:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return np.loadtxt(file, delimiter=delimiter)


def _labels(target: Any, class_names: tuple[str, ...]) -> Any:
    return as_labels(np.array(class_names)[target])


_OF_A_NUCLEUS = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points",
    "symmetry", "fractal dimension",
)  # fmt: skip
_OF_A_TUMOUR = (
    *(f"mean {name}" for name in _OF_A_NUCLEUS),
    *(f"{name} error" for name in _OF_A_NUCLEUS),
    *(f"worst {name}" for name in _OF_A_NUCLEUS),
)
_OF_A_WINE = (
    "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
    "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines",
    "proline",
)  # fmt: skip
_OF_AN_IRIS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
_SETS: dict[str, _Set] = {
    "digits": _Set(
        _digits,
        lambda datasets: datasets.load_digits(),
        tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        feature_shape=(8, 8),
    ),
    "breast_cancer": _Set(
        _with_head("breast_cancer.csv"), lambda datasets: datasets.load_breast_cancer(), _OF_A_TUMOUR
    ),
    "wine": _Set(_with_head("wine_data.csv"), lambda datasets: datasets.load_wine(), _OF_A_WINE),
    "iris": _Set(_with_head("iris.csv"), lambda datasets: datasets.load_iris(), _OF_AN_IRIS),
    # scaled=False: scikit-learn's default hides the units and has already seen the dev and test rows.
    "diabetes": _Set(
        _diabetes,
        lambda datasets: datasets.load_diabetes(scaled=False),
        ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
        target="progression",
    ),
}
