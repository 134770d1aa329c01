"""The work of one training step, cut so that two processes can share it. Knows no epochs and no processes.

A batch's two parts go forward and back by themselves; then each half of θ gets its gradient and its update
by itself. Between the two, and after them, everybody must have finished. Who does which part changes no bit
of the result, so a run is the same on one processor as on two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.random import Generator

from dlrecipe.data.batches import BatchSource
from dlrecipe.nn.network import Architecture
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import NormBound
from dlrecipe.nn.split_pass import SplitPass
from dlrecipe.optim.optimizers import FlatOptimizer

SHARED_FROM = 4_000_000
"""Multiplications of a forward pass from which a step is cut in two: about 0.3 ms of work, of which meeting
the other process takes 0.02 (benchmarks.speed)."""


def parts_of_step(architecture: Architecture, batch_size: int) -> int:
    """Return into how many parts a step is cut: 2, or 1 where it is too small or its examples hang together.

    It depends on sizes alone, so that a run can be repeated on another number of processors.
    """
    large = batch_size * architecture.all_multiplications >= SHARED_FROM
    return 2 if large and architecture.is_divisible else 1


@dataclass(slots=True)
class BatchRef:
    """Which batch a step is about: its size, its epoch from 1, and its place in the epoch from 0."""

    n: int
    epoch: int
    index: int


@final
class StepWork:
    """All that a step does, part by part and half by half, on memory that a forked process shares.

    For each step: `fill` and `backpropagate` every part, `gather` every half, `update` every half, and
    `shorten` with every part where the norms are bounded.
    """

    def __init__(
        self,
        objective: Objective,
        batches: BatchSource,
        optimizer: FlatOptimizer,
        *,
        sizes: Sequence[int],
        rngs: Sequence[Generator],
        max_norm: float | None,
    ) -> None:
        """Allocate the passes.

        Args:
            sizes: of the batches that will come.
            rngs: streams of the dropout masks, one for each part.
        """
        self.objective, self.batches, self.optimizer = objective, batches, optimizer
        self.parts = range(len(rngs))
        whole = batches.whole
        X, y = (None, None) if whole is None else (np.asarray(whole.X), whole.y)
        y_like = batches.y_like
        self._passes: dict[int, SplitPass | GradientPass] = {}
        for n in sizes:
            # A last batch of a single example cannot be cut; its step is one part's alone.
            if len(rngs) == 2 and n > 1:
                self._passes[n] = SplitPass(objective, n, rngs=rngs, X=X, y=y, y_like=y_like)
            else:
                self._passes[n] = GradientPass(objective, n, rng=rngs[0], X=X, y=y, y_like=y_like)
        parameters = objective.network.parameters
        self.bound = None if max_norm is None else NormBound(parameters, max_norm, optimizer.pieces)

    @property
    def fills_in_parts(self) -> bool:
        """Whether each part's examples can be fetched by whoever works on it."""
        return self.batches.fills_in_parts

    def must_read(self, batch: BatchRef) -> bool:
        """Return whether filling a batch reads blocks of a file."""
        return self.batches.whole is None and self.batches.must_read(batch.epoch, batch.index)

    def fill(self, batch: BatchRef, part: int | None) -> None:
        """Fetch the examples of one part of a batch, or of all of it."""
        if self.batches.whole is not None:
            return
        run = self._passes[batch.n]
        if part is None or isinstance(run, GradientPass):
            if part in (None, 0):
                self.batches.fill(run.X, run.y, batch.epoch, batch.index)
        else:
            self.batches.fill(run.X, run.y, batch.epoch, batch.index, run.rows[part])

    def backpropagate(self, batch: BatchRef, part: int) -> None:
        """Take one part of the batch forward and back."""
        run = self._passes[batch.n]
        if isinstance(run, SplitPass):
            run.backpropagate(part)
        elif part == 0:
            run.run()

    def gather(self, batch: BatchRef, half: int) -> None:
        """Complete one half of the gradient."""
        run = self._passes[batch.n]
        if isinstance(run, SplitPass):
            run.gather_gradients(half)

    def update(self, half: int, learning_rate: float, step: int) -> None:
        """Update one half of the parameters; `step` counts from 1."""
        self.optimizer.step_piece(half, learning_rate, step)
        if self.bound is not None:
            self.bound.measure(half)

    def shorten(self, part: int) -> None:
        """Shorten the weights into a share of the units where they are too long."""
        assert self.bound is not None
        self.bound.shorten(part)
