"""Arrays that a forked process shares with its parent: what one writes, the other reads."""

import mmap
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def shared_zeros(shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Allocate an array of zeros in memory of its own, aligned to a page, that survives a fork as one.

    Args:
        shape: of any size; nothing is taken from the machine before it is written to.
    """
    kind = np.dtype(dtype)
    sizes = (shape,) if isinstance(shape, int) else shape
    count = prod(sizes)
    # An empty mapping is refused by the system.
    memory = mmap.mmap(-1, max(1, count * kind.itemsize))
    return np.frombuffer(memory, kind, count).reshape(sizes)
