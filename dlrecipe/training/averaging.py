"""Averages of the weights in place of the weights themselves, while they are measured."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from dlrecipe.arrays import Flat
from dlrecipe.optim.averaging import MovingAverage
from dlrecipe.training.specs import AveragingSpec


class Averages:
    """The moving averages of a network's parameters and of its running statistics; none without a spec.

    Running statistics are averaged as the weights are, so that both belong to the same stretch of training.
    """

    def __init__(self, spec: AveragingSpec | None, theta: Flat, statistics: Flat) -> None:
        self._averages = [] if spec is None else [_averaged(each, spec) for each in (theta, statistics)]

    @property
    def values(self) -> tuple[Flat, Flat] | None:
        """The averages of parameters and statistics, in memory of their own; None without a spec."""
        if not self._averages:
            return None
        theta, statistics = (average.value for _, average, _ in self._averages)
        return theta, statistics

    def update(self, step: int) -> None:
        """Take in parameters and statistics as they are after this step, counted from 1."""
        for _, average, _ in self._averages:
            average.update(step)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have the averages stand where parameters and statistics do while the context is open."""
        for vector, average, aside in self._averages:
            np.copyto(aside, vector)
            np.copyto(vector, average.value)
        try:
            yield
        finally:
            for vector, _, aside in self._averages:
                np.copyto(vector, aside)


def _averaged(vector: Flat, spec: AveragingSpec) -> tuple[Flat, MovingAverage, Flat]:
    """Return a vector with its average, and room for it while the average stands in its place."""
    return vector, MovingAverage(spec.decay, vector), np.empty_like(vector)
