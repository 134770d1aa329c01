"""The workloads of benchmarks.speed and the data they run on. Knows no engine."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

N_EXAMPLES = 16_384
LEARNING_RATE = 0.001


@dataclass(frozen=True)
class Workload:
    """A network and how it is trained: relu, softmax cross-entropy, Adam, float32."""

    widths: tuple[int, ...]
    """Of a dense stack; of LeNet-5, the pixels and the classes."""
    batch: int
    keep_prob: float = 1.0
    l2: float = 0.0
    """λ of the penalty λ/(2m) Σ‖W‖²."""
    max_norm: float | None = None
    lenet: bool = False
    """LeNet-5 (LeCun et al. 1998) on 28×28 pixels with relu and max pooling: 6 filters of 5×5 amid zeros,
    16 without, each followed by pooling of 2×2, then 120 and 84 units. 61,706 parameters."""


WORKLOADS = {
    "mnist": Workload((784, 512, 256, 10), 128),
    "mnist-dropout-l2": Workload((784, 512, 256, 10), 128, keep_prob=0.8, l2=1.0),
    "wide": Workload((784, 1024, 1024, 1024, 10), 256, keep_prob=0.5, max_norm=3.0),
    "deep": Workload((64, *(128,) * 20, 10), 64),
    "tiny": Workload((30, 64, 64, 2), 32),
    "lenet": Workload((784, 10), 128, lenet=True),
}


def make_data(workload: Workload) -> tuple[Any, Any]:
    """Return (n, fan_in) float32 inputs and (n,) int64 labels that a network can learn."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N_EXAMPLES, workload.widths[0]), dtype=np.float32)
    directions = rng.standard_normal((workload.widths[0], workload.widths[-1]), dtype=np.float32)
    return X, (X @ directions).argmax(axis=1)


def run(engine: str, build: Callable[[Workload], Callable[[], int] | None]) -> None:
    """Time an engine on the workload named on the command line and print one JSON line.

    The second argument says for how many seconds. With `alive`, an epoch is timed for each line of the
    standard input, and printed at once in µs a step.

    Args:
        build: returns a function that trains for an epoch and returns its number of steps; None where the
            engine has no such network.
    """
    name, seconds = sys.argv[1:3]
    epoch = build(WORKLOADS[name])
    if epoch is None:
        print(json.dumps({"engine": engine, "skipped": "has no such network"}))
        return

    def us_per_step() -> float:
        began = time.perf_counter()
        steps = epoch()
        return 1e6 * (time.perf_counter() - began) / steps

    epoch()  # compilation, first touches of memory, threads
    if seconds == "alive":
        for _ in sys.stdin:
            print(us_per_step(), flush=True)
        return
    times = []
    until = time.perf_counter() + float(seconds)
    while time.perf_counter() < until or len(times) < 3:
        times.append(us_per_step())
    print(json.dumps({"engine": engine, "us_per_step": float(np.median(times)), "epochs": len(times)}))
