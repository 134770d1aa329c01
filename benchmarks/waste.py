"""What a step of the MNIST network costs beside its matrix products, and the memory that training takes.

    python -m benchmarks.waste [--to waste.json]

784-512-256-10, batch 128, Adam, float32. The products are timed by themselves, on matrices of the same
shapes, in turn with whole steps, on one processor; memory is the peak of a process that trains.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Before NumPy is imported: with one processor there is nothing to wait for but the work itself.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from benchmarks.common import ROOT, Row, report
from benchmarks.engines.workloads import N_EXAMPLES, WORKLOADS

WORKLOAD = WORKLOADS["mnist"]
ROUNDS = 15
STEPS = N_EXAMPLES // WORKLOAD.batch
BEYOND_MB = 150


def products() -> Callable[[], None]:
    """Return a function that does the matrix products of one step, and nothing else."""
    rng = np.random.default_rng(0)

    def filled(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    calls: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for layer, (fan_in, fan_out) in enumerate(zip(WORKLOAD.widths, WORKLOAD.widths[1:], strict=False)):
        A, W, Z = filled(WORKLOAD.batch, fan_in), filled(fan_in, fan_out), filled(WORKLOAD.batch, fan_out)
        calls += [(A, W, Z), (A.T, Z, W.copy())]
        if layer:
            calls.append((Z, W.T, A.copy()))

    def go() -> None:
        for left, right, out in calls:
            np.dot(left, right, out)

    return go


def share_of_products() -> tuple[float, float]:
    """Return µs of a step and µs of its products, medians over rounds taken in turn."""
    from benchmarks.engines.dlrecipe_engine import build

    epoch, multiply = build(WORKLOAD, threads=1), products()
    epoch()
    steps, alone = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        epoch()
        middle = time.perf_counter()
        for _ in range(STEPS):
            multiply()
        steps.append((middle - began) / STEPS)
        alone.append((time.perf_counter() - middle) / STEPS)
    return 1e6 * statistics.median(steps), 1e6 * statistics.median(alone)


def memory_mb() -> tuple[float, float]:
    """Return the peak of a process that trains, and what it may take: data, 6 × parameters, activations."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.waste", "--peak"], cwd=ROOT, capture_output=True, text=True
    )
    parameters = sum(
        (fan_in + 1) * fan_out for fan_in, fan_out in zip(WORKLOAD.widths, WORKLOAD.widths[1:], strict=False)
    )
    data = N_EXAMPLES * WORKLOAD.widths[0]
    activations = 2 * WORKLOAD.batch * sum(WORKLOAD.widths)
    return float(done.stdout), 4 * (data + 6 * parameters + activations) / 1e6 + BEYOND_MB


def print_peak() -> None:
    """Train two epochs and print this process's peak, in MB."""
    from benchmarks.engines.dlrecipe_engine import build

    epoch = build(WORKLOAD, threads=1)
    epoch()
    epoch()
    status = Path("/proc/self/status").read_text().split()
    print(int(status[status.index("VmHWM:") + 1]) * 1024 / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waste")
    parser.add_argument("--to", type=Path, help="write the figures as JSON, too")
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print_peak()
        return
    step_us, products_us = share_of_products()
    peak_mb, allowed_mb = memory_mb()
    share = products_us / step_us
    command = "python -m benchmarks.waste"
    rows = [
        Row(
            "matrix products in a step, one processor",
            "≥ 75 %",
            f"{share:.0%} ({products_us:,.0f} of {step_us:,.0f} µs)",
            share >= 0.75,
            command,
        ),
        Row(
            "peak memory of training",
            f"≤ {allowed_mb:.0f} MB: data + 6 × parameters + activations + {BEYOND_MB}",
            f"{peak_mb:.0f} MB",
            peak_mb <= allowed_mb,
            command,
        ),
    ]
    report(rows, options.to)


if __name__ == "__main__":
    main()
