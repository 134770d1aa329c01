"""How long a full gradient check takes, and what it would take without batches.

    python -m benchmarks.gradcheck [WIDTHS] [EXAMPLES]

Every component of a dense stack (784-512-256-10 and 8 examples when left out) is compared; a second line
extrapolates from passes over the whole network, two a component; the table tries other chunk sizes.
"""

import statistics
import sys
import time

import numpy as np

from dlrecipe.gradcheck import check_gradient, stack
from dlrecipe.gradcheck.cost import Cost, float64_twin
from dlrecipe.gradcheck.difference import TapeDifferences
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit

ROUNDS = 3
TAPE_COMPONENTS = 200
CHUNK_COMPONENTS = 20_000


def main() -> None:
    widths = tuple(
        int(width) for width in (sys.argv[1] if len(sys.argv) > 1 else "784-512-256-10").split("-")
    )
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    objective = _objective(widths)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((n, widths[0])), np.arange(n) % widths[-1]
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = check_gradient(objective, X, y, name="")
        times.append(time.perf_counter() - start)
    print(
        f"{sys.argv[1] if len(sys.argv) > 1 else '784-512-256-10'}, {n} examples: {result.verdict}, "
        f"{result.relative_difference:.1e}, {result.n_checked:,} of {result.n_components:,} components "
        f"in {statistics.median(times):.1f} s (of {ROUNDS}: {', '.join(f'{took:.1f}' for took in times)})"
    )
    cost = Cost(float64_twin(objective), X, y)
    print(f"by whole passes, extrapolated: {_tape_s(cost) * result.n_components:,.0f} s")
    for chunk in (2**13, 2**14, 2**15, 2**16):
        took = _chunk_s(cost, chunk)
        print(f"chunks of {chunk:>7,} numbers: {1e6 * took:5.0f} µs a component of W1")


def _objective(widths: tuple[int, ...]) -> Objective:
    n_layers = len(widths) - 1
    architecture = dense_stack(widths, ("relu",) * (n_layers - 1) + ("identity",), (1.0,) * n_layers)
    network = Network(architecture, np.dtype(np.float32))
    network.initialize(ScaledInit(type="he"), 0)
    return Objective(network, LOSSES["softmax"], Penalty(l2=1e-5))


def _tape_s(cost: Cost) -> float:
    """Return the seconds of a component, by two passes over the network."""
    value = cost.objective.network.parameters.values["W1"]
    start = time.perf_counter()
    TapeDifferences(cost, value, 1e-15).two_sided(np.arange(TAPE_COMPONENTS), 1e-5)
    return (time.perf_counter() - start) / TAPE_COMPONENTS


def _chunk_s(cost: Cost, chunk: int) -> float:
    """Return the seconds of a component of the first layer, in chunks of so many numbers."""
    usual, stack.CHUNK_NUMBERS = stack.CHUNK_NUMBERS, chunk
    value = cost.objective.network.parameters.values["W1"]
    n = min(CHUNK_COMPONENTS, value.size)
    recognised = stack.recognise(cost, seed=0)
    assert recognised is not None
    differences = stack.StackDifferences(recognised, 1, value, 1e-15)
    start = time.perf_counter()
    differences.two_sided(np.arange(n), 1e-5)
    stack.CHUNK_NUMBERS = usual
    return (time.perf_counter() - start) / n


if __name__ == "__main__":
    main()
