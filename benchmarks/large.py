"""A 4 GB float32 .npy trained from disk: resident memory, and the speed beside that in memory.

    python -m benchmarks.large             # 1,000,000 x 1,000; --rows for less

The arrays are made in a temporary folder (--folder) and deleted. Peak memory is the kernel's, VmHWM. The page
cache is warm: what was just written, and read once before, is still there.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.common import DLRECIPE

CONFIG = """name: large
data:
  source: {{type: npy, path: x.npy, y: y.npy, in_memory: {in_memory}}}
  split: {{train: 0.98, dev: 0.01, test: 0.01}}
network: {{hidden: [64, 64]}}
training: {{epochs: {epochs}, batch_size: 128}}
early_stopping: null
"""


def write_arrays(folder: Path, n: int, width: int = 1_000) -> None:
    """Write x.npy, (n, width) float32, and y.npy, labels that a line tells apart, 20,000 rows at a time."""
    rng = np.random.default_rng(0)
    direction = rng.normal(size=width).astype(np.float32)
    X = np.lib.format.open_memmap(folder / "x.npy", mode="w+", dtype=np.float32, shape=(n, width))
    y = np.empty(n, np.int64)
    for start in range(0, n, 20_000):
        block = rng.standard_normal((min(20_000, n - start), width), dtype=np.float32)
        X[start : start + len(block)] = block
        y[start : start + len(block)] = block @ direction > 0
    X.flush()
    np.save(folder / "y.npy", y)
    os.sync()  # else gigabytes go to the disk while the first run is timed


def train(folder: Path, *, in_memory: bool, epochs: int) -> tuple[float, float]:
    """Return examples a second, and the peak of resident memory in MB."""
    config = folder / "large.yaml"
    config.write_text(CONFIG.format(in_memory=str(in_memory).lower(), epochs=epochs))
    command = [DLRECIPE, "train", str(config), "--quiet", "--json", "--runs-dir", str(folder / "runs")]
    peak = 0
    with (folder / "out.json").open("w+") as out, subprocess.Popen(command, stdout=out) as process:
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max([peak, *(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)])
            time.sleep(0.05)
        out.seek(0)
        return json.load(out)["examples_per_s"], peak / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--folder", help="where the arrays are made for the time of the measurement")
    parser.add_argument("--compare", action="store_true", help="train in memory too: needs twice the array")
    options = parser.parse_args()
    needed = options.rows * 4_000
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        if shutil.disk_usage(name).free < 1.2 * needed:
            parser.exit(2, f"{name} has no room for {needed / 1e9:.1f} GB; name another with --folder\n")
        write_arrays(Path(name), options.rows)
        print(f"{options.rows:,} x 1,000 float32, {needed / 1e9:.1f} GB; 1000-64-64-1, batches of 128")
        for in_memory in (False, True) if options.compare else (False,):
            speed, peak = train(Path(name), in_memory=in_memory, epochs=options.epochs)
            where = "in memory" if in_memory else "on disk"
            print(f"  {where:10} {speed:10,.0f} examples/s  peak {peak:,.0f} MB")


if __name__ == "__main__":
    main()
