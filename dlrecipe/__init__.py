"""Train small neural networks the careful way, and be told what to try next.

From Python: `train` and `diagnose` do what the commands of that name do, and `DlrecipeClassifier` and
`DlrecipeRegressor` are scikit-learn estimators. They are loaded when they are first asked for, so that
importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlrecipe.diagnosis.diagnose import Diagnosis
    from dlrecipe.errors import DlrecipeError
    from dlrecipe.interop.api import TrainedRun, diagnose, train
    from dlrecipe.interop.estimators import DlrecipeClassifier, DlrecipeRegressor

__version__ = "0.1.0"

_HOMES = {
    "Diagnosis": "dlrecipe.diagnosis.diagnose",
    "DlrecipeClassifier": "dlrecipe.interop.estimators",
    "DlrecipeError": "dlrecipe.errors",
    "DlrecipeRegressor": "dlrecipe.interop.estimators",
    "TrainedRun": "dlrecipe.interop.api",
    "diagnose": "dlrecipe.interop.api",
    "train": "dlrecipe.interop.api",
}

__all__ = [
    "Diagnosis",
    "DlrecipeClassifier",
    "DlrecipeError",
    "DlrecipeRegressor",
    "TrainedRun",
    "__version__",
    "diagnose",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dlrecipe' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
