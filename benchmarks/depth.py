"""Depth: a plain network of 30 layers with He's and with Xavier's weights, and a residual one of 150.

He et al. 2015 (arXiv:1502.01852, section 4.4) show a network of 30 layers that converges from their weights
and stalls from Xavier's, whose variance halves the signal of relu in each layer. The residual network is that
of configs/residual.yaml. Run by `python -m benchmarks.published depth`.
"""

import math
from statistics import median

from benchmarks.common import Bench, Row, command_line, percentages

PLAIN, RESIDUAL = "benchmarks/configs/depth_plain.yaml", "configs/residual.yaml"
SEEDS = range(5)


def rows(bench: Bench) -> list[Row]:
    """Return a row for each kind of network."""
    return [_plain(bench, "he"), _plain(bench, "xavier"), _residual(bench)]


def _plain(bench: Bench, initialization: str) -> Row:
    runs = [bench.train(PLAIN, f"seed={seed}", f"initialization={initialization}") for seed in SEEDS]
    costs = [run["cost"]["train"] for run in runs]
    errors = percentages(run["errors"]["train"] for run in runs)
    stalls = initialization == "xavier"
    # A network that has learned nothing but the classes' shares costs ln 10.
    stuck = [abs(cost - math.log(10)) < 0.02 for cost in costs]
    met = all(stuck) if stalls else not any(stuck) and median(costs) < 0.5
    return Row(
        f"30 plain relu layers, {initialization}, seeds {SEEDS[0]}–{SEEDS[-1]}",
        "stalls: J at ln 10 = 2.303" if stalls else "converges: J on train falls, its median below 0.5",
        f"J {', '.join(f'{cost:.3f}' for cost in costs)}; train error {errors}",
        met,
        command_line(PLAIN, f"initialization={initialization}", "seed=0…"),
    )


def _residual(bench: Bench) -> Row:
    runs = [bench.train(RESIDUAL, f"seed={seed}") for seed in SEEDS]
    errors = [run["errors"]["dev"] for run in runs]
    return Row(
        f"150 layers in residual blocks, digits, seeds {SEEDS[0]}–{SEEDS[-1]}",
        "dev error ≤ 5 %",
        percentages(errors),
        all(error <= 0.05 for error in errors),
        command_line(RESIDUAL, "seed=0…"),
    )
