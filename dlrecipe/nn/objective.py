"""J and its gradient: a network, a loss, the examples' weights and the penalties put together.

J = 1/n Σ w_i loss_i + penalty, over a batch of n in training and over a whole split when measured.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from dlrecipe.arrays import Batch, Floats, constant
from dlrecipe.nn.losses import Loss, Targets
from dlrecipe.nn.network import Network
from dlrecipe.nn.regularizers import Penalty


@dataclass(frozen=True, eq=False)
class Objective:
    """What is minimized. `class_weights` (n_classes,) multiply each example's loss by its label; None: 1."""

    network: Network
    loss: Loss
    penalty: Penalty
    class_weights: Floats | None = None

    def mean_loss(self, outputs: Batch, targets: Targets) -> float:
        """Return the weighted mean loss, without the penalty.

        Args:
            outputs: (n, n_outputs), as the network gives them.
            targets: (n,) labels or (n, n_outputs) numbers.
        """
        losses = np.empty(len(outputs), outputs.dtype)
        self.loss.losses(outputs, targets, losses)
        if self.class_weights is not None:
            losses *= self.class_weights[targets]
        return float(np.add.reduce(losses, dtype=np.float64)) / len(losses)

    def penalty_value(self) -> float:
        """Return the penalty at the network's present weights."""
        parameters = self.network.parameters
        return self.penalty.value(parameters.theta[: parameters.n_weights])

    def output_gradient(self, outputs: Batch, targets: Targets, d_outputs: Batch, n: int) -> None:
        """Fill the gradient of the mean loss of a batch with respect to these outputs.

        Args:
            outputs, d_outputs: (rows, n_outputs), of all the batch or of a part of it.
            targets: (rows,) or (rows, n_outputs).
            n: examples in the whole batch.
        """
        self.loss.gradient(outputs, targets, d_outputs)
        if self.class_weights is None:
            np.multiply(d_outputs, constant(1 / n, d_outputs.dtype), out=d_outputs)
        else:
            weights = self.class_weights[targets] / n
            np.multiply(d_outputs, weights[:, None].astype(d_outputs.dtype), out=d_outputs)

    def cost(self, X: Batch, targets: Targets) -> float:
        """Return J for all of X at once, dropout off."""
        return self.mean_loss(self.network.outputs(X), targets) + self.penalty_value()


class GradientPass:
    """The gradient of J on batches of exactly n examples, in memory allocated once.

    Fill `X` (n, fan_in) and `y` (n,) or (n, n_outputs), call `run`, and the network's `grads` hold dJ/dθ.
    """

    def __init__(
        self,
        objective: Objective,
        n: int,
        *,
        X: Batch | None = None,
        y: Targets | None = None,
        rng: Generator | None = None,
        y_like: Targets | None = None,
    ) -> None:
        self.objective = objective
        run = objective.network.build(n, X=X, training=True, rng=rng)
        self.tape, self.X = run.tape, run.X
        self.outputs = run.output.value
        assert run.output.grad is not None
        self._d_outputs = run.output.grad
        if y is None:
            assert y_like is not None
            y = np.empty((n, *y_like.shape[1:]), y_like.dtype)
        self.y = y
        parameters = objective.network.parameters
        self._weights = parameters.theta[: parameters.n_weights]
        self._weight_grads = parameters.grads[: parameters.n_weights]
        self._scratch = np.empty_like(self._weights) if objective.penalty.applies else self._weights[:0]

    def run(self) -> None:
        """Forward, backward, and the penalty's gradient."""
        self.tape.forward()
        self.backward()

    def forward(self) -> Batch:
        """Take the batch forward and return its outputs, (n, n_outputs)."""
        self.tape.forward()
        return self.outputs

    def backward(self) -> None:
        """The gradient at the outputs that the last forward pass left."""
        objective = self.objective
        objective.output_gradient(self.outputs, self.y, self._d_outputs, len(self.outputs))
        self.tape.backward()
        objective.penalty.add_gradient(self._weights, self._weight_grads, self._scratch)
