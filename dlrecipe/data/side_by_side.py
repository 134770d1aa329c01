"""Work on the columns or blocks of a large table in as many threads as there are cores.

NumPy lets other threads run while it works on numbers. The pieces share nothing and their order is kept, so
the result is that of one thread, bit for bit.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")

MOST_THREADS = 4
WORTH_IT = 1 << 20
"""Numbers below which a thread takes longer to start than it saves."""


def side_by_side(work: Callable[[Piece], Result], pieces: Iterable[Piece], *, numbers: int) -> list[Result]:
    """Return what `work` makes of each piece, in their order.

    Args:
        numbers: how many numbers all pieces have together; few are worked on without threads.
    Raises:
        Whatever `work` raises, for the first piece where it does.
    """
    n_threads = min(_cores(), MOST_THREADS)
    if numbers < WORTH_IT or n_threads == 1:
        return [work(piece) for piece in pieces]
    with ThreadPoolExecutor(n_threads, thread_name_prefix="columns") as pool:
        # np.errstate belongs to the context, which threads would begin without.
        futures = [pool.submit(copy_context().run, work, piece) for piece in pieces]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()


def in_turn(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """Yield what `work` makes of each piece, in their order; only a few pieces are in memory at a time.

    Raises:
        Whatever `work` raises, for the first piece where it does.
    """
    n_threads = min(_cores(), MOST_THREADS)
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(n_threads, thread_name_prefix="pieces") as pool:
        for piece in pieces:
            waiting.append(pool.submit(copy_context().run, work, piece))
            if len(waiting) > 2 * n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
