"""How many threads the matrix products get. Knows sizes, not what is computed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Literal

from threadpoolctl import ThreadpoolController

SMALL_PRODUCT = 16_000_000
"""Multiplications of a product below which a second thread is not worth waking: it would gain 80 µs at the
most, and on a busy machine two threads are ten times slower than one, for each waits for the other."""


def threads_for(multiplications: int, wanted: int | Literal["auto"]) -> int | None:
    """Return the number of BLAS threads for a network's steps; None leaves BLAS as it is.

    It depends on sizes alone, so that a run can be repeated: sums over threads differ in their last bits.

    Args:
        multiplications: those of the largest product of a step.
        wanted: the config's number, or auto.
    """
    if wanted != "auto":
        return wanted
    return 1 if multiplications < SMALL_PRODUCT else None


@contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Let BLAS use this many threads while the context is open."""
    if threads is None:
        yield
        return
    with thread_pools().limit(limits=threads, user_api="blas"):
        yield


def thread_pools() -> ThreadpoolController:
    """Return the thread pools of the libraries that are loaded."""
    # Looking for them takes as long as ten steps of a small network. A library comes with a module.
    return _pools(len(sys.modules))


@lru_cache(maxsize=1)
def _pools(n_modules: int) -> ThreadpoolController:
    return ThreadpoolController()
