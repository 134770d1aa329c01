"""The small real data sets that scikit-learn carries. Knows nothing of splits, scaling or networks.

The files are read where they lie, without importing scikit-learn: that takes 0.7 s, longer than these sets
take to be trained on. That they are read as it reads them is tested.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from dlrecipe.data.examples import Examples, as_labels
from dlrecipe.data.specs import BundledSource
from dlrecipe.errors import InputError


@dataclass(frozen=True)
class _Set:
    """Where one set lies, and what its columns are.

    `class_names`: by the number in the last column; none for a set of numbers, which lie in `target_file`.
    """

    file: str
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    header_lines: int = 1
    feature_shape: tuple[int, ...] = ()
    target_file: str = ""
    target: str = "class"


def load_bundled(spec: BundledSource) -> Examples:
    """Return one of scikit-learn's bundled sets, in its order and its units.

    Classes come as text: the set's own names (`malignant`, `setosa`), or the digit. diabetes predicts
    disease progression after a year, a number, from inputs in the units they were measured in.

    Raises:
        InputError: scikit-learn is not installed, or does not carry the set.
    """
    which = _SETS[spec.type]
    if which.class_names:
        rows = _numbers(which.file, spec.type, delimiter=",", skiprows=which.header_lines)
        matrix, codes = rows[:, :-1], rows[:, -1].astype(np.intp)
        target = as_labels(np.array(which.class_names)[codes])
    else:
        matrix = _numbers(which.file, spec.type)
        target = _numbers(which.target_file, spec.type)
    return Examples(
        origin=f"{spec.type} (scikit-learn)",
        matrix=np.ascontiguousarray(matrix),
        target=target,
        target_names=(which.target,),
        class_names=which.class_names or None,
        feature_names=which.feature_names,
        feature_shape=which.feature_shape,
    )


def _numbers(file: str, name: str, **form: Any) -> Any:
    found = find_spec("sklearn")
    folder = Path(found.origin).parent if found is not None and found.origin else Path()
    path = folder / "datasets" / "data" / file
    if not path.is_file():
        raise InputError(
            f"scikit-learn's file of {name} is missing",
            where=str(path),
            remedy="Install scikit-learn anew: pip install --force-reinstall scikit-learn",
        )
    return np.loadtxt(path, dtype=np.float64, **form)


_MEASURED = (
    "radius texture perimeter area smoothness compactness concavity concave_points symmetry fractal_dimension"
)
_CELLS = [name.replace("_", " ") for name in _MEASURED.split()]

_SETS: dict[str, _Set] = {
    "digits": _Set(
        "digits.csv.gz",
        tuple(f"pixel_{row}_{column}" for row, column in product(range(8), range(8))),
        tuple("0123456789"),
        header_lines=0,
        feature_shape=(8, 8),
    ),
    "breast_cancer": _Set(
        "breast_cancer.csv",
        (
            *(f"mean {name}" for name in _CELLS),
            *(f"{name} error" for name in _CELLS),
            *(f"worst {name}" for name in _CELLS),
        ),
        ("malignant", "benign"),
    ),
    "wine": _Set(
        "wine_data.csv",
        (
            "alcohol",
            "malic_acid",
            "ash",
            "alcalinity_of_ash",
            "magnesium",
            "total_phenols",
            "flavanoids",
            "nonflavanoid_phenols",
            "proanthocyanins",
            "color_intensity",
            "hue",
            "od280/od315_of_diluted_wines",
            "proline",
        ),
        ("class_0", "class_1", "class_2"),
    ),
    "iris": _Set(
        "iris.csv",
        ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
        ("setosa", "versicolor", "virginica"),
    ),
    # The raw file: scikit-learn's default scales the inputs, by all rows, those of dev and test included.
    "diabetes": _Set(
        "diabetes_data_raw.csv.gz",
        ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
        target_file="diabetes_target.csv.gz",
        target="progression",
    ),
}
