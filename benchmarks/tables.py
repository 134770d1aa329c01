"""How long a large table takes to become arrays, beside what polars, pyarrow and pandas take to read it.

    python -m benchmarks.tables            # 1,000,000 x 30, and 500,000 x 42 end to end
    python -m benchmarks.tables --readers PYTHON   # another Python, in which the three are installed

The files are made in a temporary folder and deleted. Each reading is a process of its own; the readers take
turns, so that a change of the machine's speed meets all of them.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.common import DLRECIPE, run

READERS = {
    "polars": "import polars; b = peak(); t = now(); polars.read_csv(path)",
    "pyarrow": "import pyarrow.csv; b = peak(); t = now(); pyarrow.csv.read_csv(path)",
    "pandas": "import pandas; b = peak(); t = now(); pandas.read_csv(path)",
}
OURS = (
    "import numpy, duckdb, pyarrow.csv, pyarrow.compute; from dlrecipe.data.sources import table; "
    "from dlrecipe.data.preparation import prepare; "
    "from dlrecipe.data.specs import DataSpec, TableSource; b = peak(); t = now(); "
)
READ = "table.read_table(TableSource(path=path))"
PREPARE = (
    "prepare(DataSpec(source=TableSource(path=path)), task=None, normalization='standard', "
    "target_normalization='auto', seed=0, dtype=numpy.dtype('float32'))"
)
FRAME = (
    "import json, resource, sys; from time import perf_counter as now; path = sys.argv[1]\n"
    "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
    "{body}\nprint(json.dumps([now() - t, peak() - b]))"
)


def write_numbers(path: Path, n: int = 1_000_000, width: int = 30) -> None:
    """Write a CSV of `width - 1` floats with seven decimals and a label of 0 or 1."""
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        file.write(",".join([f"f{i}" for i in range(width - 1)] + ["label"]) + "\n")
        for _ in range(0, n, 20_000):
            X = rng.normal(size=(20_000, width - 1))
            labels = (X[:, 0] + X[:, 1] > 0).astype(int).tolist()
            rows = zip(X.tolist(), labels, strict=True)
            file.writelines(",".join([*(f"{value:.7f}" for value in row), str(y)]) + "\n" for row, y in rows)


def write_mixed(path: Path, n: int = 500_000) -> None:
    """Write a CSV of 38 floats, three columns of categories (5, 30 and 500 of them) and a label."""
    rng = np.random.default_rng(1)
    with path.open("w") as file:
        file.write(",".join([*(f"f{i}" for i in range(38)), "small", "middle", "large", "label"]) + "\n")
        for _ in range(0, n, 20_000):
            X = rng.normal(size=(20_000, 38))
            codes = np.column_stack([rng.integers(0, k, 20_000) for k in (5, 30, 500)]).tolist()
            labels = (X[:, 0] > 0).astype(int).tolist()
            for row, (a, b, c), y in zip(X.tolist(), codes, labels, strict=True):
                file.write(",".join(f"{value:.5f}" for value in row) + f",s{a},m{b},l{c},{y}\n")


def timed(python: str, body: str, path: Path) -> tuple[float, float]:
    """Return the seconds and the megabytes of one reading; NaN where it failed."""
    done = subprocess.run(
        [python, "-c", FRAME.format(body=body), str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return float("nan"), float("nan")
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


def compare(readers: str, path: Path, rounds: int) -> None:
    """Print the times of all readers, taken in turn, and ours over the least of the others in each round."""
    bodies = {name: (readers, body) for name, body in READERS.items()}
    bodies |= {
        "dlrecipe, read": (sys.executable, OURS + READ),
        "dlrecipe, ready": (sys.executable, OURS + PREPARE),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in bodies}
    for _ in range(rounds):
        for name, (python, body) in bodies.items():
            found[name].append(timed(python, body, path))
    for name, each in found.items():
        seconds = [s for s, _ in each]
        print(
            f"  {name:20} {statistics.median(seconds):6.2f} s (least {min(seconds):.2f})"
            f"  +{max(megabytes for _, megabytes in each):.0f} MB"
        )
    fastest = np.nanmin([[s for s, _ in found[name]] for name in READERS], axis=0)
    for name in ("dlrecipe, read", "dlrecipe, ready"):
        ratios = np.array([s for s, _ in found[name]]) / fastest
        print(f"  {name} over the fastest: {np.median(ratios):.2f} ({', '.join(f'{r:.2f}' for r in ratios)})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", default=sys.executable, help="a Python with polars, pyarrow and pandas")
    parser.add_argument("--rounds", type=int, default=5, help="readings of each (default 5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "numbers.csv"
        write_numbers(path)
        print(f"1,000,000 x 30, {path.stat().st_size / 1e6:.0f} MB; 229 MiB as float64, 111 as float32")
        compare(options.readers, path, options.rounds)
        path.unlink()
        path = Path(folder) / "mixed.csv"
        write_mixed(path)
        config = Path(folder) / "mixed.yaml"
        config.write_text(
            "data: {source: {type: table, path: mixed.csv}}\nnetwork: {hidden: [64, 64]}\n"
            "training: {epochs: 1, batch_size: 256}\n"
        )
        done = run(
            DLRECIPE, "train", str(config), "--quiet", "--json", "--runs-dir", str(Path(folder) / "runs")
        )
        print(f"500,000 x 42, command to prompt, 1 epoch: {done.wall_s:.1f} s, exit {done.code}")


if __name__ == "__main__":
    main()
