"""The course's initialization experiment through the command line: zeros, large, He, and the clock.

Improving Deep Neural Networks, week 1, assignment 1: circles of noise .05, 300 to train on (seed 1), 100 to
test on (seed 2), layers 2-10-5-1, relu, full batch, learning rate .01, 15,000 steps; accuracy on train/test
is given as .5/.5 for zeros, .83/.86 for randn · 10 and .993/.96 for He. The 100 stand as dev here; nothing is
chosen by them, for the last epoch's weights are kept. Run by `python -m benchmarks.published circles`.
"""

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from sklearn.datasets import make_circles

from benchmarks.common import DLRECIPE, Bench, Row, command_line, run, timing

WIDTHS = (2, 10, 5, 1)
SEEDS = range(10)
TIMED_RUNS = 5
ZEROS, LARGE, HE = (f"configs/circles_{kind}.yaml" for kind in ("zeros", "large", "he"))


def rows(bench: Bench) -> list[Row]:
    """Return the rows of the experiment."""
    return [
        _zeros(bench),
        *_our_draws(bench),
        _the_courses_draw(bench, "He", HE, published=(0.993, 0.96)),
        _the_courses_draw(bench, "×10", LARGE, published=(0.83, 0.86)),
        _ideal(),
        _clock(bench),
    ]


def _zeros(bench: Bench) -> Row:
    document = bench.train(ZEROS)
    with (Path(document["path"]) / "metrics.jsonl").open() as lines:
        epochs = [json.loads(line) for line in lines]
    off = max(abs(epoch["cost"][split] - math.log(2)) for epoch in epochs for split in ("train", "dev"))
    errors = {epoch["error"][split] for epoch in epochs for split in ("train", "dev")}
    measured = f"errors {sorted(errors)}, J within {off:.0e} of ln 2, in all {len(epochs):,} lines"
    met = errors == {0.5} and off < 1e-6
    return Row("circles, zeros", ".5/.5, J = ln 2 throughout", measured, met, command_line(ZEROS))


def _our_draws(bench: Bench) -> list[Row]:
    he = [_accuracies(bench.train(HE, f"seed={seed}"))[1] for seed in SEEDS]
    large = [_accuracies(bench.train(LARGE, f"seed={seed}"))[1] for seed in SEEDS]
    reached = sum(accuracy >= 0.95 for accuracy in he)
    apart = f"He mean {np.mean(he):.3f}, ×10 mean {np.mean(large):.3f}"
    ahead = sum(one > other for one, other in zip(he, large, strict=True))
    return [
        Row(
            f"circles, He, seeds 0–{SEEDS[-1]}",
            "test accuracy ≥ .95 in 9 of 10",
            f"{reached} of 10: " + ", ".join(f"{accuracy:.2f}" for accuracy in he),
            reached >= 9,
            command_line(HE, f"seed=0…{SEEDS[-1]}"),
        ),
        Row(
            f"circles, ×10, seeds 0–{SEEDS[-1]}",
            "clearly behind He",
            f"{apart}; behind in {ahead} of 10: " + ", ".join(f"{accuracy:.2f}" for accuracy in large),
            float(np.mean(he) - np.mean(large)) >= 0.1,
            command_line(LARGE, f"seed=0…{SEEDS[-1]}"),
        ),
    ]


def _the_courses_draw(bench: Bench, kind: str, config: str, *, published: tuple[float, float]) -> Row:
    """Return the row of a run from the very weights that the assignment starts from."""
    path = bench.runs_dir / "assignment.safetensors"
    _write_the_courses_weights(path, large=kind == "×10")
    train, test = _accuracies(
        bench.train(config, f"initialization={{type: file, path: {json.dumps(str(path))}}}")
    )
    return Row(
        f"circles, {kind}, the assignment's own draw",
        f"{published[0]:g}/{published[1]:g}",
        f"{train:.3f}/{test:.2f}",
        abs(train - published[0]) < 0.005 and abs(test - published[1]) < 0.005,
        command_line(config, "'initialization={type: file, path: …}'"),
    )


def _write_the_courses_weights(path: Path, *, large: bool) -> None:
    """Write what numpy.random.seed(3) and randn(fan_out, fan_in), layer by layer, give in the assignment."""
    random = np.random.RandomState(3)
    tensors: dict[str, Any] = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(WIDTHS), start=1):
        scale = 10.0 if large else math.sqrt(2 / fan_in)
        W = random.randn(fan_out, fan_in).T * scale
        tensors[f"W{layer}"] = np.ascontiguousarray(W, dtype=np.float32)
        tensors[f"b{layer}"] = np.zeros(fan_out, dtype=np.float32)
    save_file(tensors, path)


def _ideal() -> Row:
    """Return how well the rings themselves can be told apart: what lies within radius .9 is the inner one."""
    points, labels = make_circles(100, noise=0.05, random_state=2)
    accuracy = np.mean((np.hypot(*points.T) < 0.9) == labels)
    return Row("circles, the circle of radius .9 as classifier", "", f"{accuracy:.2f} on the 100", None, "")


def _clock(bench: Bench) -> Row:
    command = (DLRECIPE, "train", HE, "--quiet", "--runs-dir", str(bench.runs_dir))
    done = [run(*command) for _ in range(TIMED_RUNS)]
    wall, cpu = [one.wall_s for one in done], [one.cpu_s for one in done]
    measured = f"{timing(wall)}; processor {timing(cpu)}"
    met = all(one.code == 0 for one in done) and sorted(wall)[len(wall) // 2] <= 4
    return Row("circles, 15,000 epochs from the shell", "≤ 4 s", measured, met, command_line(HE) + " --quiet")


def _accuracies(document: dict[str, Any]) -> tuple[float, float]:
    """Return the accuracies on train and on the 100 others."""
    return 1 - document["errors"]["train"], 1 - document["errors"]["dev"]
