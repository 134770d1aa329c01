"""How often the checks of the data find what was planted, and how often they cry wolf.

    python -m benchmarks.data_checks
    python -m benchmarks.data_checks --seeds 5 --save data_checks.json

Each plant of `benchmarks.planted_tables` is put into each of its tables, written as CSV, and checked through
a config as `dlrecipe check` does (thorough) and as the start of `dlrecipe train` does (quick). The clean
tables are checked with several seeds; there every error and warning is a false alarm, unless it is true of
the table (TRUE_OF says which are).
"""

import argparse
import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, ROOT
from benchmarks.planted_tables import CLEAN, PLANTS, Table, in_files
from dlrecipe.config.loading import load_config_text
from dlrecipe.data.checks.catalogue import CHECKS
from dlrecipe.experiment.data_checks import prepare_checked

TRUE_OF = {
    "wine-quality": {"duplicate-rows", "class-imbalance", "suspect-labels", "absent-classes"},
}
"""Findings that are so: a quarter of the wines are there twice, and some grades have a handful of rows."""


def findings(data: str, seed: int, *, quick: bool, task: str) -> tuple[dict[str, str], float]:
    """Return the severities by code that the checks of a config's data give, and the seconds they took."""
    config = load_config_text(f"data:\n{data}\nseed: {seed}\ntask: {task}\n", name="planted.yaml").config
    started = time.process_time()
    _, report = prepare_checked(config, np.dtype(np.float32), quick=quick)
    assert report is not None
    return {each.code: each.severity for each in report.findings}, time.process_time() - started


def planted(seeds: range, only: str) -> list[dict[str, Any]]:
    """Check every plant, or those whose name has `only` in it, in every table it goes into."""
    rows = []
    for plant_name, plant in PLANTS.items():
        if only not in plant_name:
            continue
        for table_name in plant.tables:
            for seed in seeds:
                table = plant.plant(CLEAN[table_name](), np.random.default_rng(seed))
                found = {quick: _of_table(table, seed, quick=quick) for quick in (False, True)}
                rows.append(
                    {
                        "plant": plant_name,
                        "table": table_name,
                        "seed": seed,
                        "wanted": plant.codes,
                        "found": found[False],
                        "found_quick": found[True],
                        "hit": any(code in found[False] for code in plant.codes),
                        "hit_quick": any(code in found[True] for code in plant.codes),
                    }
                )
    return rows


def clean(seeds: range) -> list[dict[str, Any]]:
    """Check the clean tables, split by the runner and by files."""
    rows = []
    for name, make in CLEAN.items():
        for seed in seeds:
            for files in (False, True):
                table = make()
                if files:
                    table = in_files(table, np.random.default_rng(seed))
                rows.append({"table": name, "seed": seed, "found": _of_table(table, seed, quick=False)})
    wines = f"{DATA}/wine-quality/winequality-red.csv"
    sources = {
        "mnist": _two_files("mnist"),
        "fashion-mnist": _two_files("fashion-mnist"),
        "wine-quality": f"  source: {{type: table, path: {wines}, header: false}}\n",
        "circles": "  source: {type: synthetic, generator: circles, n: 600, noise: 0.1}\n",
        "moons": "  source: {type: synthetic, generator: moons, n: 600, noise: 0.2}\n",
        "blobs": "  source: {type: synthetic, generator: blobs, n: 600, noise: 1.0}\n",
        "xor": "  source: {type: synthetic, generator: xor, n: 600, noise: 0.1}\n",
    }
    for name, data in sources.items():
        for seed in seeds:
            found, _ = findings(data, seed, quick=False, task="classification")
            rows.append({"table": name, "seed": seed, "found": found})
    return rows


def _two_files(folder: str) -> str:
    """Return the `data` section with the official train and test set as train and dev."""
    file = DATA / folder / f"{folder.replace('-', '_')}.npz"
    return "".join(
        f"  {split}: {{type: npz, path: {file}, x: x_{part}, y: y_{part}}}\n"
        for split, part in (("train", "train"), ("dev", "test"))
    )


def _of_table(table: Table, seed: int, *, quick: bool) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        data = table.write(Path(folder))
        return findings(data, seed, quick=quick, task=table.task)[0]


def summary(planted_rows: list[dict[str, Any]], clean_rows: list[dict[str, Any]]) -> str:
    """Return the tables of docs/benchmarks.md."""
    by_plant: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in planted_rows:
        by_plant[row["plant"]].append(row)
    lines = ["| planted | found as | `check` | start of `train` |", "|---|---|---|---|"]
    for name, rows in by_plant.items():
        codes = ", ".join(f"`{code}`" for code in PLANTS[name].codes)
        at_start = any(CHECKS[code].quick for code in PLANTS[name].codes)
        quick = f"{sum(row['hit_quick'] for row in rows)} of {len(rows)}" if at_start else "not judged"
        lines.append(f"| {name} | {codes} | {sum(row['hit'] for row in rows)} of {len(rows)} | {quick} |")
    hits, n = sum(row["hit"] for row in planted_rows), len(planted_rows)
    lines.append(f"| all | | {hits} of {n} | {sum(row['hit_quick'] for row in planted_rows)} of {n} |")
    lines += ["", "| clean table | checks | with a false warning or error | notes |", "|---|---|---|---|"]
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in clean_rows:
        by_table[row["table"]].append(row)
    for name, rows in by_table.items():
        wrong = [row for row in rows if false_alarms(name, row["found"])]
        notes = sorted({code for row in rows for code, level in row["found"].items() if level == "note"})
        lines.append(f"| {name} | {len(rows)} | {len(wrong)} | {', '.join(notes)} |")
    return "\n".join(lines)


def false_alarms(table: str, found: dict[str, str]) -> list[str]:
    """Return the warnings and errors that are not true of a clean table."""
    known = TRUE_OF.get(table, set())
    return [code for code, level in found.items() if level != "note" and code not in known]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0, help="the checks were tuned on 0 to 4")
    parser.add_argument("--only", default="", help="only plants with this in their name, and no clean tables")
    parser.add_argument("--save", type=Path, help="write all findings to this JSON file")
    arguments = parser.parse_args()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    planted_rows = planted(seeds, arguments.only)
    clean_rows = [] if arguments.only else clean(seeds)
    print(summary(planted_rows, clean_rows))
    for row in planted_rows:
        if not row["hit"]:
            print("missed:", row["plant"], "in", row["table"], "seed", row["seed"], row["found"])
    for row in clean_rows:
        if false_alarms(row["table"], row["found"]):
            print("false alarm:", row["table"], "seed", row["seed"], row["found"])
    if arguments.save:
        arguments.save.write_text(json.dumps({"planted": planted_rows, "clean": clean_rows}, indent=1))


if __name__ == "__main__":
    assert ROOT.exists()
    main()
