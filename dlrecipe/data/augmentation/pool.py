"""Normal numbers that were drawn once. Knows no specs and no images.

A fresh normal number takes 12 ns: noise for a batch would take as long as an elastic distortion, and the
numbers of the distortion a tenth of it. So they come from a pool, as stretches that begin at random places
(benchmarks.augmentation).
"""

from functools import lru_cache

from numpy.random import Generator

from dlrecipe.arrays import DType, Floats
from dlrecipe.rng import stream

POOL = 1 << 21
"""Numbers in the pool: 8 MB of float32, 25 ms to draw."""
STRETCHES = 4
"""Times the longest stretch that a pool has at the least."""


@lru_cache(maxsize=4)
def normal_pool(size: int, dtype: DType) -> Floats:
    """Return (size,) standard normal numbers, always the same ones, not to be written to."""
    # In float64 whatever the dtype, so that both precisions have the same numbers.
    pool: Floats = stream(0, "pool").standard_normal(size).astype(dtype)
    pool.setflags(write=False)
    return pool


def normal_numbers(rng: Generator, count: int, dtype: DType) -> Floats:
    """Return (count,) standard normal numbers: a stretch of the pool, or fresh ones where it is too long."""
    if STRETCHES * count > POOL:
        return rng.standard_normal(count).astype(dtype)
    start = rng.integers(0, POOL - count, endpoint=True)
    return normal_pool(POOL, dtype)[start : start + count].copy()
