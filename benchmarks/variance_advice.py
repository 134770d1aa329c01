"""How much of a high variance each piece of advice against it takes away, and which one takes away the most.

Networks that learn a few rows by heart, on six data sets, are trained on four seeds; then each change that
the diagnosis advises against variance is made alone and trained on the same seeds, and twice the rows beside
them. What a change brings is the part of dev error above train error that it took away: the figures behind
`dlrecipe/diagnosis/expectation.py` are the medians of the half for tuning.

    python -m benchmarks.variance_advice --save variance.json
"""

import argparse
import json
import os
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.advice import SEEDS, errors_of, key, spoiled_config
from benchmarks.common import machine, progress
from benchmarks.planted_runs import DATASETS, Planted
from dlrecipe.config.loading import load_config_text
from dlrecipe.config.writing import dump_config
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.expectation import kind_of
from dlrecipe.diagnosis.variance_levers import variance_levers
from dlrecipe.experiment.evidence import gather_evidence
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train
from dlrecipe.store.listing import find_run

LEAST_GAP = 0.02
"""Dev error above train error from which a part of it means something."""
MORE_DATA = "twice the rows"
DIABETES: dict[str, Any] = {
    "data": {"source": "diabetes", "split": {"train": 0.5, "dev": 0.5, "test": 0}},
    "network": {"hidden": [32]},
    "training": {"epochs": 60, "batch_size": 16},
}
SPIRAL: dict[str, Any] = {
    "data": {
        "source": {"type": "synthetic", "generator": "spiral", "n": 1200, "noise": 0.2},
        "split": {"train": 0.5, "dev": 0.5, "test": 0},
    },
    "network": {"hidden": [64]},
    "training": {"epochs": 60, "batch_size": 16},
    "optimizer": {"type": "adam", "learning_rate": 0.01},
}
WINE: dict[str, Any] = {
    "data": {"source": "wine", "split": {"train": 0.5, "dev": 0.5, "test": 0}},
    "network": {"hidden": [32]},
    "training": {"epochs": 60, "batch_size": 16},
}
SETS = {**DATASETS, "diabetes": DIABETES, "spiral": SPIRAL, "wine": WINE}
ROWS = {"digits": 120, "breast_cancer": 60, "moons": 60, "diabetes": 100, "spiral": 200, "wine": 20}
"""Rows to learn from, few enough to be learned by heart."""
KINDS: dict[str, dict[str, Any]] = {
    "wide": {"network.hidden": [128]},
    "wide, to the last epoch": {"network.hidden": [256], "early_stopping": None},
    "two wide layers": {"network.hidden": [128, 64], "early_stopping": None},
    "three layers": {"network.hidden": [64, 64, 64]},
    "a high rate": {"network.hidden": [128], "optimizer": {"type": "adam", "learning_rate": 0.005}},
    "some l2": {"network.hidden": [128, 64], "regularization.l2": 0.1},
}
"""Networks that do so."""


def overfitting_runs() -> list[Planted]:
    """Return each kind on each data set; the halves alternate over both."""
    return [
        Planted(
            kind,
            name,
            SETS[name],
            {"data.limit_train": ROWS[name], "training.batch_size": 16, "training.epochs": 60, **changes},
            for_tuning=(at_kind + at_set) % 2 == 0,
        )
        for at_kind, (kind, changes) in enumerate(KINDS.items())
        for at_set, name in enumerate(SETS)
    ]


def evidence_of(planted: Planted) -> Evidence:
    """Return the evidence of the run of seed 0."""
    with tempfile.TemporaryDirectory() as folder:
        loaded = load_config_text(dump_config(spoiled_config(planted, 0)))
        result = train(loaded, Path(folder), SilentDisplay())
        return gather_evidence(find_run(Path(folder), result.document["run_id"]))


def parts_closed(planted: Planted) -> dict[str, float]:
    """Return which part of its variance each kind of advice took away, the mean over the seeds.

    Empty where dev error is hardly above train error.
    """
    run = evidence_of(planted)
    before = _mean(errors_of(planted, {}))
    train, dev = run.errors["train"], run.errors["dev"]
    assert train is not None
    assert dev is not None
    if min(dev, before) - train < LEAST_GAP:
        return {}
    changes: dict[str, Mapping[str, Any]] = {
        str(kind_of(step, run)): step.change for step in variance_levers(run) if step.change
    }
    changes[MORE_DATA] = {"data.limit_train": 2 * ROWS[planted.dataset]}
    found = {}
    for name, change in changes.items():
        after = _mean(errors_of(planted, change))
        found[name] = (before - after) / (before - train)
        progress(f"{planted.name}: {name} {key(change)}: {before:.3f} to {after:.3f}")
    return found


def _mean(errors: list[float | None]) -> float:
    known = [error for error in errors if error is not None]
    assert len(known) == len(SEEDS)
    return statistics.mean(known)


def tell(found: Mapping[str, Mapping[str, float]], title: str) -> dict[str, dict[str, float]]:
    """Print and return the median part by kind of change, over how many runs, and the least."""
    by_kind = defaultdict(list)
    for parts in found.values():
        for kind, part in parts.items():
            by_kind[kind].append(part)
    figures = {
        kind: {"median": statistics.median(parts), "least": min(parts), "runs": len(parts)}
        for kind, parts in sorted(by_kind.items(), key=lambda item: -statistics.median(item[1]))
    }
    print(f"\n{title}\n\n| change | part of the gap taken away, median | least | runs |\n|---|---|---|---|")
    for kind, each in figures.items():
        print(f"| {kind} | {each['median']:.0%} | {each['least']:.0%} | {each['runs']} |")
    return figures


def main() -> None:
    """Measure all of them, print both halves, and keep everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--save", type=Path, help="write the results as JSON")
    parser.add_argument("--short", action="store_true", help="two runs alone")
    options = parser.parse_args()
    runs = overfitting_runs()[:2] if options.short else overfitting_runs()
    found = [(run, parts_closed(run)) for run in runs]
    figures = {}
    for title, tuning in (("For tuning", True), ("For the figure", False)):
        half = {run.name: parts for run, parts in found if run.for_tuning == tuning}
        figures[title] = tell(half, title)
    if options.save:
        by_name = {run.name: parts for run, parts in found}
        document = {"machine": machine(), "figures": figures, "runs": by_name}
        options.save.write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
