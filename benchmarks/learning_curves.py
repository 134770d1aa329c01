"""How far learning curves can be extrapolated: error, coverage and refusals on published curves.

    python -m benchmarks.learning_curves
    python -m benchmarks.learning_curves --json learning_curves.json

Reads ../shared/data/learning-curves, a part of LCDB 1.1 (arXiv 2505.15657): two learners of scikit-learn on
130 datasets each, means over 25 splits. As in the figures it is held against, a curve counts when it reaches
N ≥ 400 examples and has six anchors; of the anchors up to N/4 (or N/2) every fourth is used, counted from the
last, and the validation error at N is predicted. Half of the datasets, by a hash of their number, served for
tuning; the other half did not. `reference` is one fit with weights √n to all anchors, its asymptote ≥ 0.
"""

import argparse
import csv
import hashlib
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlrecipe.studies.power_law import Refusal, fit_power_law, power_law_through

DATA = Path("../shared/data/learning-curves/lcdb11_part.csv")
HALVES = ("tuned on", "held out", "all")


@dataclass(frozen=True)
class Case:
    """One curve cut off, and what came of it."""

    dataset: int
    actual: float
    error: float | None
    """Of the prediction; None where it was refused."""
    covered: bool
    width: float
    refused: str | None
    unasked: float
    """Error of the prediction, had none been refused."""
    reference: float
    last: float


def read_curves(path: Path, learner: str) -> dict[int, NDArray[np.float64]]:
    """Return, by dataset, rows of n, validation error and its standard error, n ascending."""
    curves = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["learner"] == learner:
                values = [float(row[key]) for key in ("n_train", "val_error", "val_stderr")]
                curves[int(row["dataset_id"])].append(values)
    return {dataset: np.array(sorted(rows)) for dataset, rows in curves.items()}


def tuned_on(dataset: int) -> bool:
    """Whether a dataset belongs to the half that served for tuning."""
    return hashlib.md5(str(dataset).encode()).digest()[0] % 2 == 1


def judge(curve: NDArray[np.float64], dataset: int, share: int) -> Case | None:
    """Cut a curve off at N/share and predict its end; None where too little of it is left."""
    n_full, actual = curve[-1, 0], curve[-1, 1]
    seen = curve[curve[:, 0] <= n_full / share][::-1][::4][::-1]
    if n_full < 400 or len(seen) < 6:
        return None
    n, y, spread = seen.T
    curve_seen = [int(each) for each in n], list(y), list(spread)
    fit = fit_power_law(*curve_seen)
    unasked = abs(power_law_through(*curve_seen).expected(n_full) - actual)
    reference, last = abs(_one_fit(n, y, n_full) - actual), abs(y[-1] - actual)
    if isinstance(fit, Refusal):
        return Case(dataset, actual, None, False, 0.0, fit.reason, unasked, reference, last)
    found = fit.predict(int(n_full))
    covered = found.low - 1e-9 <= actual <= found.high + 1e-9
    width = found.high - found.low
    return Case(dataset, actual, abs(found.error - actual), covered, width, None, unasked, reference, last)


def _one_fit(n: NDArray[np.float64], y: NDArray[np.float64], at: float) -> float:
    from scipy.optimize import nnls

    best = (np.inf, 0.0)
    for c in np.linspace(0.05, 2, 60):
        design = np.c_[np.ones_like(n), n**-c] * np.sqrt(n)[:, None]
        (a, b), residual = nnls(design, y * np.sqrt(n))
        best = min(best, (residual, a + b * at**-c))
    return float(best[1])


def summary(cases: list[Case]) -> dict[str, object]:
    """Return the figures of some cases."""
    kept = [case for case in cases if case.error is not None]
    errors = [case.error for case in kept if case.error is not None]
    return {
        "curves": len(cases),
        "mean_abs_error": round(float(np.mean(errors)), 4),
        "median_abs_error": round(float(np.median(errors)), 4),
        "coverage": round(float(np.mean([case.covered for case in kept])), 3),
        "median_width": round(float(np.median([case.width for case in kept])), 3),
        "refused": round(1 - len(kept) / len(cases), 3),
        "reasons": dict(Counter(case.refused for case in cases if case.refused)),
        "mean_abs_error_none_refused": round(float(np.mean([case.unasked for case in cases])), 4),
        "reference_same_curves": round(float(np.mean([case.reference for case in kept])), 4),
        "reference_all": round(float(np.mean([case.reference for case in cases])), 4),
        "last_value_all": round(float(np.mean([case.last for case in cases])), 4),
    }


def main() -> None:
    """Print a line for each learner, share and half."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, default=None)
    arguments = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"{DATA} is not there")
    rows = []
    for learner in ("MLP", "LogisticRegression"):
        curves = read_curves(DATA, learner)
        for share in (4, 2, 10):
            found = [judge(curve, dataset, share) for dataset, curve in sorted(curves.items())]
            cases = [case for case in found if case is not None]
            for half in HALVES:
                wanted = half == HALVES[0]
                part = [case for case in cases if half == "all" or tuned_on(case.dataset) == wanted]
                row = {"learner": learner, "from": f"N/{share}", "half": half} | summary(part)
                rows.append(row)
                print("  ".join(f"{key} {value}" for key, value in row.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
