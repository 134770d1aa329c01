"""Time a training step of this engine beside scikit-learn, PyTorch and JAX.

    python -m benchmarks.speed [--rounds 5] [--seconds 2] [--workload mnist] [--json speed.json]
    python -m benchmarks.speed --beside JAX --rounds 30

Each engine runs in a process of its own, in turn, for several rounds, so that a change of the machine's speed
meets all of them. The table shows the median over rounds of the time a step takes, and how many times faster
this engine is than the fastest other. An engine that is not installed is skipped, and said so.

With --beside, this engine and another each stay alive and train an epoch in turn, so that moments are
compared rather than minutes: the ratio of each round's two times, its median and quartiles.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import ROOT
from benchmarks.engines.workloads import WORKLOADS

ENGINES = {
    "dlrecipe": ("dlrecipe", "dlrecipe_engine", []),
    "scikit-learn": ("sklearn", "sklearn_engine", []),
    "PyTorch eager": ("torch", "torch_engine", ["eager"]),
    "PyTorch fused": ("torch", "torch_engine", ["fused"]),
    "PyTorch compiled": ("torch", "torch_engine", ["compiled"]),
    "JAX": ("jax", "jax_engine", []),
}
OURS = "dlrecipe"


def measure(engine: str, workload: str, seconds: float) -> dict[str, Any]:
    """Run one engine on one workload in a new process."""
    module = ENGINES[engine][0]
    if importlib.util.find_spec(module) is None:
        return {"skipped": "is not installed"}
    command = _command(engine, workload, str(seconds))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"skipped": "failed: " + done.stderr.strip().splitlines()[-1]}
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def beside(other: str, workload: str, rounds: int) -> str:
    """Return a Markdown row: both engines' µs a step, and how many times as long the other one takes."""
    times: dict[str, list[float]] = {other: [], OURS: []}
    with ExitStack() as stack:
        alive = {
            engine: stack.enter_context(
                subprocess.Popen(
                    _command(engine, workload, "alive"),
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for engine in times
        }
        for _ in range(rounds):
            for engine, process in alive.items():
                assert process.stdin is not None
                assert process.stdout is not None
                print(file=process.stdin, flush=True)
                told = process.stdout.readline()
                if told.startswith("{"):
                    return f"| {workload} | {engine} {json.loads(told)['skipped']} | | | |"
                times[engine].append(float(told))
    low, middle, high = np.percentile(np.divide(times[other], times[OURS]), (25, 50, 75))
    ours, theirs = statistics.median(times[OURS]), statistics.median(times[other])
    return f"| {workload} | {rounds} | {ours:,.0f} | {theirs:,.0f} | {middle:.2f} ({low:.2f}–{high:.2f}) |"


def _command(engine: str, workload: str, how: str) -> list[str]:
    _, script, arguments = ENGINES[engine]
    return [sys.executable, "-m", f"benchmarks.engines.{script}", workload, how, *arguments]


def compare(workload: str, rounds: int, seconds: float) -> dict[str, Any]:
    """Return each engine's rounds in µs a step, and why some were skipped."""
    times: dict[str, list[float]] = {name: [] for name in ENGINES}
    skipped: dict[str, str] = {}
    for _ in range(rounds):
        for engine in ENGINES:
            if engine in skipped:
                continue
            result = measure(engine, workload, seconds)
            if "skipped" in result:
                skipped[engine] = result["skipped"]
            else:
                times[engine].append(result["us_per_step"])
    return {"us_per_step": {name: each for name, each in times.items() if each}, "skipped": skipped}


def table(workload: str, result: dict[str, Any]) -> str:
    """Return the medians and ratios of one workload as Markdown rows."""
    medians = {name: statistics.median(each) for name, each in result["us_per_step"].items()}
    others = {name: each for name, each in medians.items() if name != OURS}
    lines = [
        f"\n{workload}: {WORKLOADS[workload]}",
        "",
        "| engine | µs a step | min – max | ratio |",
        "|---|---|---|---|",
    ]
    for name, median in sorted(medians.items(), key=lambda pair: pair[1]):
        each = result["us_per_step"][name]
        ratio = "" if name == OURS else f"{median / medians[OURS]:.2f}×"
        lines.append(f"| {name} | {median:.0f} | {min(each):.0f} – {max(each):.0f} | {ratio} |")
    lines += [f"| {name} | {why} | | |" for name, why in result["skipped"].items()]
    if others:
        fastest = min(others, key=lambda name: others[name])
        lines.append(f"\nFastest other: {fastest}, {others[fastest] / medians[OURS]:.2f} times our time.")
    return "\n".join(lines)


def main() -> None:
    """Run the workloads that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--workload", choices=[*WORKLOADS], action="append")
    parser.add_argument("--beside", choices=[name for name in ENGINES if name != OURS])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.beside:
        print(f"| network | rounds | {OURS}, µs a step | {options.beside} | its time / ours |")
        print("|---|---|---|---|---|")
        for workload in options.workload or WORKLOADS:
            print(beside(options.beside, workload, options.rounds), flush=True)
        return
    results = {}
    for workload in options.workload or WORKLOADS:
        results[workload] = compare(workload, options.rounds, options.seconds)
        print(table(workload, results[workload]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
