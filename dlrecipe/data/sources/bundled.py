"""The small real data sets that scikit-learn carries. Knows nothing of splits, scaling or networks.

scikit-learn is imported when a set is loaded, not before: its import costs 0.7 s.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlrecipe.data.examples import Examples, as_labels
from dlrecipe.data.specs import BundledSource


@dataclass(frozen=True)
class _Set:
    """How one set is loaded. `target` names its numbers; None means that it has classes."""

    load: Callable[[Any], Any]
    feature_shape: tuple[int, ...] = ()
    target: str | None = None


def load_bundled(spec: BundledSource) -> Examples:
    """Return one of scikit-learn's bundled sets, in its order and its units.

    Classes come as text: the set's own names (`malignant`, `setosa`), or the digit. diabetes predicts
    disease progression after a year, a number, from inputs in the units they were measured in.
    """
    from sklearn import datasets

    which = _SETS[spec.type]
    loaded = which.load(datasets)
    class_names = None if which.target else tuple(str(name) for name in loaded.target_names)
    return Examples(
        origin=f"{spec.type} (scikit-learn)",
        matrix=np.ascontiguousarray(loaded.data),
        target=_numbers(loaded.target) if class_names is None else _labels(loaded.target, class_names),
        target_names=(which.target or "class",),
        class_names=class_names,
        feature_names=tuple(str(name) for name in loaded.feature_names),
        feature_shape=which.feature_shape,
    )


def _numbers(target: Any) -> Any:
    return np.asarray(target, dtype=np.float64)


def _labels(target: Any, class_names: tuple[str, ...]) -> Any:
    return as_labels(np.array(class_names)[target])


_SETS: dict[str, _Set] = {
    "digits": _Set(lambda datasets: datasets.load_digits(), feature_shape=(8, 8)),
    "breast_cancer": _Set(lambda datasets: datasets.load_breast_cancer()),
    "wine": _Set(lambda datasets: datasets.load_wine()),
    "iris": _Set(lambda datasets: datasets.load_iris()),
    # scaled=False: scikit-learn's default hides the units and has already seen the dev and test rows.
    "diabetes": _Set(lambda datasets: datasets.load_diabetes(scaled=False), target="progression"),
}
