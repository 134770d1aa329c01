"""scikit-learn estimators on dlrecipe's engine: they work wherever scikit-learn's own do.

Parameters carry the names of the config's keys. `fit` keeps no run directory; `diagnose()` says what a run's
diagnosis would.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from dlrecipe.data.examples import Examples
from dlrecipe.data.targets import TargetCodec
from dlrecipe.diagnosis.diagnose import Diagnosis, diagnose
from dlrecipe.experiment.assembly import build_network
from dlrecipe.interop.in_memory import InMemoryFit, fit_arrays
from dlrecipe.interop.parameters import config_of
from dlrecipe.nn.losses import probabilities
from dlrecipe.nn.network import Network

NO_NUMBERS = np.zeros(0)


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: parameters, the network that was fitted, and its diagnosis."""

    def __init__(
        self,
        hidden: Any = (64, 32),
        *,
        activation: Any = "relu",
        normalization: Any = "standard",
        initialization: Any = "he",
        loss: Any = "auto",
        l2: float = 0.0,
        l1: float = 0.0,
        keep_prob: Any = 1.0,
        max_norm: float | None = None,
        optimizer: Any = "adam",
        learning_rate: float = 0.001,
        epochs: int = 100,
        batch_size: Any = 64,
        precision: str = "float32",
        threads: Any = "auto",
        monitor: str = "dev_error",
        patience: int | None = 10,
        dev: float = 0.2,
        bayes_error: float = 0.0,
        target_error: float | None = None,
        seed: int = 0,
        config: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.normalization = normalization
        self.initialization = initialization
        self.loss = loss
        self.l2 = l2
        self.l1 = l1
        self.keep_prob = keep_prob
        self.max_norm = max_norm
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.precision = precision
        self.threads = threads
        self.monitor = monitor
        self.patience = patience
        self.dev = dev
        self.bayes_error = bayes_error
        self.target_error = target_error
        self.seed = seed
        self.config = config

    def diagnose(self) -> Diagnosis:
        """Return the diagnosis of the fit: gaps with intervals, findings, what to try next."""
        check_is_fitted(self)
        return diagnose(self.fit_.evidence)

    def _fit(self, X: NDArray[Any], y: NDArray[Any], target: TargetCodec) -> None:
        # Shallow: the parameters of a nested estimator would be no keys of a config.
        config = config_of(self.get_params(deep=False), target.task)
        examples = Examples("X", matrix=X, target=y, target_names=target.target_names)
        self.fit_: InMemoryFit = fit_arrays(config, examples, target)
        self.n_iter_ = len(self.fit_.evidence.history)
        self._network = _network_of(self.fit_)

    def _outputs(self, X: Any) -> NDArray[np.float64]:
        """Return the network's outputs for rows, in float64: a row's do not depend on its company."""
        check_is_fitted(self)
        rows = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        prepared = self.fit_.fitted.preprocessor.transform(Examples("X", matrix=rows), np.dtype(np.float64))
        return np.asarray(self._network.outputs(prepared), np.float64)

    def __getstate__(self) -> dict[str, Any]:
        # The network's passes are bound to memory that a copy would not share; it is built anew.
        state: dict[str, Any] = super().__getstate__()
        return {key: value for key, value in state.items() if key != "_network"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "fit_" in state:
            self._network = _network_of(self.fit_)


class DlrecipeClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A neural network that tells classes apart.

    Args:
        hidden: units of each hidden layer.
        activation, initialization, loss, normalization, optimizer: a name, or a mapping as in a config.
        l2, l1, keep_prob, max_norm: regularization; λ as in J = mean loss + λ/(2m) Σ‖W‖²_F.
        learning_rate, epochs, batch_size, precision, threads: as in a config.
        monitor, patience: early stopping on the dev set; patience None is never.
        dev: share of the rows held out as dev. 0, or fewer than 20 rows: none, and no early stopping.
        bayes_error, target_error: what `diagnose()` holds the errors against.
        seed: everything random follows from it.
        config: further settings as a mapping, such as {"network": {"layers": […]}}.
    After fitting:
        classes_, n_features_in_, n_iter_ (epochs trained), fit_ (weights, statistics and evidence).
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train on rows X (n, features) of finite numbers and their labels y (n,).

        Raises:
            ValueError: the rows, the labels or a parameter cannot be used.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has one class, {self.classes_[0]!r}: there is nothing to tell apart; a classifier needs "
                "2 classes or more"
            )
        names = tuple(str(label) for label in self.classes_)
        target = TargetCodec("classification", ("y",), names, NO_NUMBERS, NO_NUMBERS)
        self._fit(X, indices, target)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return (n, n_classes) the probability of each class, in the order of classes_."""
        return np.asarray(probabilities(self._outputs(X)), np.float64)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return (n,) the most probable label of each row."""
        best = self.predict_proba(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels


class DlrecipeRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A neural network that predicts one number or several; parameters as for DlrecipeClassifier.

    The targets are normalized for training, and predicted in their own units. Errors are 1 - R².
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train on rows X (n, features) of finite numbers and their targets y (n,) or (n, n_targets).

        Raises:
            ValueError: the rows, the targets or a parameter cannot be used.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True)
        numbers = np.asarray(y, np.float64).reshape(len(y), -1)
        self.n_outputs_ = numbers.shape[1]
        self._is_flat = np.ndim(y) == 1
        mean, spread = numbers.mean(axis=0), numbers.std(axis=0)
        # A target that never changes is predicted as it is: unlike the command line, nothing is refused.
        scale = np.where(spread > 0, spread, 1.0)
        names = tuple(f"y{i}" for i in range(1, self.n_outputs_ + 1)) if self.n_outputs_ > 1 else ("y",)
        self._fit(X, numbers, TargetCodec("regression", names, (), mean, scale))
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the predicted numbers, in the shape of the y that was fitted."""
        outputs = self._outputs(X)
        numbers = self.fit_.fitted.target.decode_numbers(outputs)
        return numbers[:, 0] if self._is_flat else numbers

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _network_of(fit: InMemoryFit) -> Network:
    """Return the fitted network in float64, ready to predict."""
    network = build_network(fit.config, fit.fitted, np.dtype(np.float64))
    network.load(fit.weights)
    return network
