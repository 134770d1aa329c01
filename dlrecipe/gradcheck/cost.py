"""The mean loss of a float64 network on a fixed batch, and its gradients. Knows no differences.

The loss is read off the very tape that training runs, in training mode, so whatever a layer does only in
training (a batch's own statistics, dropout) is in both sides of the comparison.
"""

from collections.abc import Iterator
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
from dlrecipe.nn.tape import Tape


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

    def __init__(
        self, objective: Objective, X: Batch, y: Targets, *, seed: int = 0, in_parts: bool = False
    ) -> None:
        """Build the pass.

        Args:
            in_parts: work on a batch cut into two parts, as a step of a large network does; each part has a
                mask of its own then.
        """
        self.objective, self.X, self.y = objective, X, y
        self._seed, self._in_parts = seed, in_parts
        self._streams = tuple(
            random_streams.stream(seed, "gradcheck dropout", *([part] if part else []))
            for part in range(2 if in_parts else 1)
        )
        self._states = [random_streams.state_of(stream) for stream in self._streams]
        self._redraws = objective.network.architecture.has_dropout
        n_params = objective.network.parameters.n_params
        self._away: Flat = 0.1 * random_streams.stream(seed, "gradcheck beside").standard_normal(n_params)
        self._pass = self._built(replace(objective, penalty=Penalty()))
        self._outputs: Batch
        self._pieces = PieceReader(_tapes(self._pass), objective.loss, y)

    def loss(self) -> float:
        """Return the mean loss at the present θ."""
        return self.objective.mean_loss(self.outputs(), self.y)

    def outputs(self) -> Batch:
        """Return the (n, n_outputs) outputs at the present θ; overwritten by the next pass."""
        self._freeze()
        self._outputs = self._pass.forward()
        return self._outputs

    def piece(self) -> Piece:
        """Return the smooth piece that the θ of the last pass lies on."""
        return self._pieces.read(self._outputs)

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
        data = self._gradient_of(self._pass)
        if self.objective.penalty == Penalty():
            return Gradients(data, data)
        return Gradients(data, self._gradient_of(self._built(self.objective)))

    def in_two_parts(self) -> "Cost | None":
        """Return the same cost worked out as a step of a large network does, on a batch cut into two parts.

        Without dropout it is the same function; with it each part has a mask of its own. None where no batch
        is cut.
        """
        if not self.may_be_cut:
            return None
        return Cost(self.objective, self.X, self.y, seed=self._seed, in_parts=True)

    @property
    def may_be_cut(self) -> bool:
        """Whether a step of a large network would cut such a batch into two parts."""
        return len(self.X) > 1 and self.objective.network.architecture.is_divisible

    @property
    def has_dropout(self) -> bool:
        """Whether a mask is at work."""
        return self._redraws

    def _built(self, objective: Objective) -> GradientPass | SplitPass:
        X, y = self.X, self.y
        with self._elsewhere():
            if self._in_parts:
                return SplitPass(objective, len(X), X=X, y=y, y_like=y, rngs=self._streams)
            return GradientPass(objective, len(X), X=X, y=y, rng=self._streams[0])

    def _gradient_of(self, gradient: GradientPass | SplitPass) -> Flat:
        """Return (n_params,) the gradient that the second of two passes leaves.

        What it finds in memory of its own is NaN: a kernel that skips a part would else be right wherever the
        system's memory happens to be 0.
        """
        grads = self.objective.network.parameters.grads
        if self._in_parts:
            # What either half ought to overwrite must not be there already.
            grads[...] = np.nan
        with self._elsewhere():
            self._freeze()
            gradient.run()
        for tape in _tapes(gradient):
            tape.forget()
        self._freeze()
        gradient.run()
        return grads.copy()

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
            for stream, state in zip(self._streams, self._states, strict=True):
                random_streams.restore(stream, state)


def _tapes(run: GradientPass | SplitPass) -> tuple[Tape, ...]:
    return run.tapes if isinstance(run, SplitPass) else (run.tape,)


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
