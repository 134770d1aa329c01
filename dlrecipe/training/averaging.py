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
        vectors = () if spec is None else (theta, statistics)
        averages = [] if spec is None else [MovingAverage(spec.decay, vector) for vector in vectors]
        self._averages = averages
        self._places = [
            (vector, average.value, np.empty_like(vector))
            for vector, average in zip(vectors, averages, strict=True)
        ]

    @property
    def values(self) -> tuple[Flat, Flat] | None:
        """The averages of parameters and statistics, in memory of their own; None without a spec."""
        return (self._averages[0].value, self._averages[1].value) if self._averages else None

    def update(self, step: int) -> None:
        """Take in parameters and statistics as they are after this step, counted from 1."""
        for average in self._averages:
            average.update(step)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have the averages stand where parameters and statistics do while the context is open."""
        for vector, average, aside in self._places:
            np.copyto(aside, vector)
            np.copyto(vector, average)
        try:
            yield
        finally:
            for vector, _, aside in self._places:
                np.copyto(vector, aside)
