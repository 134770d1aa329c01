"""What the machine has left of memory, and which of some processes takes too much. Knows no trials.

Counted is what nobody can take back from a process: anonymous and shared memory. Pages of mapped files, which
Dask's limit of a worker would count too, the kernel drops when they are wanted elsewhere. Linux tells this in
/proc; on other systems nothing is known, and nothing is done.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

LEAST_LEFT = 0.05
"""Of all memory: with less a process must go, before the machine stands still or the kernel ends another."""
LEAST_HELD = 0.5
"""Of all memory: where the processes hold less together, it is not they who want for room."""
_READILY_KILLED = 500
_UNIT = 1024


def offer_to_kernel() -> None:
    """Have the kernel end this process before others, should it come to that."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(f"{_READILY_KILLED}\n")


def one_too_many(pids: Iterable[int]) -> tuple[int, int] | None:
    """Return which process to end, as memory is all but used up, and what it holds in bytes; None if none."""
    machine = _figures("/proc/meminfo", "MemTotal", "MemAvailable")
    if machine is None or machine["MemAvailable"] >= LEAST_LEFT * machine["MemTotal"]:
        return None
    held = {pid: _held_by(pid) for pid in pids}
    if not held or sum(held.values()) < LEAST_HELD * machine["MemTotal"]:
        return None
    largest = max(held, key=lambda pid: held[pid])
    return largest, held[largest]


def _held_by(pid: int) -> int:
    figures = _figures(f"/proc/{pid}/status", "RssAnon", "RssShmem")
    return 0 if figures is None else sum(figures.values())


def _figures(path: str, *names: str) -> dict[str, int] | None:
    """Return lines such as `MemTotal: 24683656 kB`, in bytes; None where the system has none."""
    try:
        with open(path, "rb", buffering=0) as file:
            lines = os.read(file.fileno(), 1 << 16).decode("ascii", "replace").splitlines()
    except OSError:
        return None
    parts = [line.split() for line in lines]
    found = {part[0][:-1]: int(part[1]) * _UNIT for part in parts if part and part[0][:-1] in names}
    return found if len(found) == len(names) else None
