"""The mean loss of a float64 network on a fixed batch, and its gradients. Knows no differences.

The loss is read off the very tape that training runs, in training mode, so whatever a layer does only in
training (a batch's own statistics, dropout) is in both sides of the comparison.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Batch, Flat
from dlrecipe.gradcheck.kinks import Piece, PieceReader
from dlrecipe.nn.losses import Targets
from dlrecipe.nn.network import Network
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.split_pass import SplitPass


@dataclass(frozen=True, eq=False)
class Gradients:
    """Two gradients from backpropagation, both (n_params,): of the mean loss alone, and of J.

    Their difference is what the engine adds for the penalty, whatever way it does so.
    """

    data: Flat
    total: Flat


class Cost:
    """The mean loss of an objective on a fixed batch, at whatever θ its network has.

    With `seed`, dropout draws its mask from a stream that is set back before each pass: a frozen mask, under
    which the loss is a function like any other.
    """

    def __init__(self, objective: Objective, X: Batch, y: Targets, *, seed: int = 0) -> None:
        self.objective, self.X, self.y = objective, X, y
        self._rng = random_streams.stream(seed, "gradcheck dropout")
        self._rng_state = random_streams.state_of(self._rng)
        self._redraws = objective.network.architecture.has_dropout
        n_params = objective.network.parameters.n_params
        self._away: Flat = 0.1 * random_streams.stream(seed, "gradcheck beside").standard_normal(n_params)
        self._pass = self._gradient_pass(replace(objective, penalty=Penalty()))
        self._pieces = PieceReader(self._pass.tape, self._pass.outputs, objective.loss, y)

    def loss(self) -> float:
        """Return the mean loss at the present θ."""
        return self.objective.mean_loss(self.outputs(), self.y)

    def outputs(self) -> Batch:
        """Return the (n, n_outputs) outputs at the present θ; overwritten by the next pass."""
        self._freeze()
        self._pass.tape.forward()
        return self._pass.outputs

    def piece(self) -> Piece:
        """Return the smooth piece that the θ of the last pass lies on."""
        return self._pieces.read()

    def magnitude(self) -> float:
        """Return the size of the numbers behind the loss, which its rounding is in proportion to.

        A loss near 0 may be the difference of two large logits, so the loss alone would be too little.
        """
        outputs = self.outputs()
        return abs(self.objective.mean_loss(outputs, self.y)) + float(np.abs(outputs).max())

    def gradients(self) -> Gradients:
        """Run backpropagation at the present θ, without the penalty and with it.

        Each time twice, first beside θ: a step in training is not the first, and what the one before left
        must not show.
        """
        grads = self.objective.network.parameters.grads
        self._run_twice(self._pass.run)
        data = grads.copy()
        if self.objective.penalty == Penalty():
            return Gradients(data, data)
        self._run_twice(self._gradient_pass(self.objective).run)
        return Gradients(data, grads.copy())

    def gradients_in_parts(self) -> Gradients | None:
        """Return the same as a step of a large network works them out, on a batch cut into two parts.

        Returns:
            None where no batch is cut, and with dropout: each part has a mask of its own then.
        """
        if self._redraws or len(self.X) < 2 or not self.objective.network.architecture.is_divisible:
            return None
        data = self._in_parts(replace(self.objective, penalty=Penalty()))
        return Gradients(
            data, data if self.objective.penalty == Penalty() else self._in_parts(self.objective)
        )

    def _in_parts(self, objective: Objective) -> Flat:
        with self._elsewhere():
            split = SplitPass(
                objective, len(self.X), rngs=(self._rng, self._rng), y_like=self.y, X=self.X, y=self.y
            )
        grads = objective.network.parameters.grads
        # What a pass ought to overwrite must not be there already.
        grads[...] = np.nan
        self._run_twice(split.run)
        return grads.copy()

    @property
    def has_dropout(self) -> bool:
        """Whether a mask is at work."""
        return self._redraws

    def _gradient_pass(self, objective: Objective) -> GradientPass:
        with self._elsewhere():
            return GradientPass(objective, len(self.X), X=self.X, y=self.y, rng=self._rng)

    def _run_twice(self, run: Callable[[], None]) -> None:
        with self._elsewhere():
            self._freeze()
            run()
        self._freeze()
        run()

    @contextmanager
    def _elsewhere(self) -> Iterator[None]:
        """Be at a point beside θ while the context is open, where passes are built and first run.

        One that kept a copy of weights would be right at the weights of its first step and wrong ever after.
        """
        theta = self.objective.network.parameters.theta
        here = theta.copy()
        theta += self._away * (0.1 + float(np.abs(theta).mean()))
        try:
            yield
        finally:
            theta[...] = here

    def _freeze(self) -> None:
        if self._redraws:
            random_streams.restore(self._rng, self._rng_state)


def float64_twin(objective: Objective, *, dropout: bool = False) -> Objective:
    """Return the same objective on a float64 copy of the network, without dropout unless it is asked for."""
    architecture = objective.network.architecture
    if not dropout:
        architecture = architecture.without_dropout()
    network = Network(architecture, np.dtype(np.float64))
    network.load(objective.network.arrays())
    class_weights = objective.class_weights
    if class_weights is not None:
        class_weights = class_weights.astype(np.float64)
    return replace(objective, network=network, class_weights=class_weights)
