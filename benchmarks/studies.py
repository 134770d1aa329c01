"""Many runs at once: speed beside scikit-learn's grid search, efficiency, scheduling, and faults.

    python -m benchmarks.studies grid          32 λ on digits against GridSearchCV(MLPClassifier, n_jobs=2)
    python -m benchmarks.studies efficiency    the same on one worker and on two
    python -m benchmarks.studies overhead      1,000 trials of 1 s over 8 worker processes
    python -m benchmarks.studies faults        kills, a poison trial, a scheduler stopped and started again

Without a name, all. Times are of whole commands, from the start of the interpreter to its end.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import study_efficiency, study_faults
from benchmarks.common import ENVIRONMENT
from benchmarks.study_trials import sleeping
from dlrecipe.config.loading import load_config_text
from dlrecipe.studies.directory import StudyDirectory
from dlrecipe.studies.executor import open_workers
from dlrecipe.studies.trial import Trial

N_LAMBDAS, LOW, HIGH = 32, 1e-3, 100.0
EPOCHS = 100
CONFIG = f"""\
name: digits
data: {{source: digits}}
network: {{hidden: [64, 64]}}
training: {{epochs: {EPOCHS}, batch_size: 64}}
early_stopping: null
"""

SKLEARN = """
import sys
import numpy as np
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neural_network import MLPClassifier
data = np.load(sys.argv[1])
alphas = np.geomspace(float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
network = MLPClassifier((64, 64), batch_size=64, max_iter=int(sys.argv[5]), n_iter_no_change=10**6,
                        tol=0.0, random_state=0)
split = PredefinedSplit(np.r_[-np.ones(len(data["y"]), int), np.zeros(len(data["y_dev"]), int)])
search = GridSearchCV(network, {"alpha": alphas}, cv=split, n_jobs=2, refit=False)
import warnings; warnings.simplefilter("ignore")
search.fit(np.r_[data["X"], data["X_dev"]], np.r_[data["y"], data["y_dev"]])
print(1 - search.best_score_)
"""


def grid(rounds: int = 3) -> None:
    """Time 32 λ of 64-64 on digits: the same grid, epochs, batches and split, two processes each, in turn."""
    ratios = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            ours, document = _sweep_s(Path(name), workers=2)
            theirs, error = _grid_search_s(Path(name))
        best = document["best"]["dev"]["mean"]
        ratios.append(theirs / ours)
        print(
            f"grid {number + 1}: sweep {ours:.1f} s (best dev {best:.2%}), GridSearchCV {theirs:.1f} s "
            f"(best {error:.2%}): {ratios[-1]:.1f} times as fast",
            flush=True,
        )
    print(f"grid, median: {statistics.median(ratios):.1f} times as fast")


def efficiency(rounds: int = 3) -> None:
    """Time trials, plain processes and whole sweeps, by one and by two."""
    study_efficiency.measure(CONFIG, rounds)
    with tempfile.TemporaryDirectory() as name:
        seconds = {n: _sweep_s(Path(name) / str(n), workers=n)[0] for n in (1, 2)}
    share = seconds[1] / (2 * seconds[2])
    print(f"efficiency of whole commands: 1 worker {seconds[1]:.1f} s, 2 {seconds[2]:.1f} s: {share:.0%}")


def overhead(n_trials: int = 1000, n_workers: int = 8) -> None:
    """Time trials that only sleep for a second, on more workers than there are processors."""
    loaded = load_config_text(CONFIG)
    with tempfile.TemporaryDirectory() as name:
        study = StudyDirectory.create(Path(name), "sleep", {"kind": "benchmark"})
        trials = [Trial(f"t{index}", loaded) for index in range(n_trials)]
        began = time.perf_counter()
        with open_workers(n_workers, work=sleeping) as workers:
            ready = time.perf_counter()
            done = sum(result.outcome == "done" for result in workers.run(trials, study.place(Path(name))))
            ended = time.perf_counter()
    ideal = n_trials / n_workers
    print(
        f"overhead: {done} trials of 1 s over {n_workers} workers in {ended - ready:.1f} s "
        f"({(ended - ready) / ideal - 1:.1%} over {ideal:.0f} s), {ended - began:.1f} s with the start "
        f"of the workers ({(ended - began) / ideal - 1:.1%})"
    )


def _sweep_s(folder: Path, *, workers: int) -> tuple[float, dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    config = folder / "config.yaml"
    config.write_text(CONFIG)
    vary = f"regularization.l2=log:{LOW}..{HIGH}/{N_LAMBDAS}"
    command = [sys.executable, "-m", "dlrecipe", "sweep", str(config), "--vary", vary, "--json"]
    options = ["--trials", str(N_LAMBDAS), "--workers", str(workers), "--runs-dir", str(folder / "runs")]
    began = time.perf_counter()
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    took = time.perf_counter() - began
    document = json.loads(done.stdout)
    assert document["n_trials"]["done"] == N_LAMBDAS
    return took, document


def _grid_search_s(folder: Path) -> tuple[float, float]:
    """Return what scikit-learn's search takes, and its lowest dev error."""
    _write_split(folder / "split.npz")
    command = [sys.executable, "-W", "ignore", "-c", SKLEARN, str(folder / "split.npz")]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, str(LOW), str(HIGH), str(N_LAMBDAS), str(EPOCHS)],
        capture_output=True,
        text=True,
        check=True,
        env={**ENVIRONMENT, "PYTHONWARNINGS": "ignore"},
    )
    return time.perf_counter() - began, float(done.stdout)


def _write_split(path: Path) -> None:
    """Write the examples that the sweep trains on, scaled, for scikit-learn to have the same."""
    import numpy as np

    from dlrecipe.experiment.training_run import prepare_for_training

    prepared, _ = prepare_for_training(load_config_text(CONFIG).config)
    train, dev = prepared.splits["train"], prepared.splits["dev"]
    np.savez(path, X=train.X, y=train.y, X_dev=dev.X, y_dev=dev.y)


PARTS: dict[str, Callable[[], None]] = {
    "grid": grid,
    "efficiency": efficiency,
    "overhead": overhead,
    "faults": study_faults.faults,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="part")
    for name in parser.parse_args().parts or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
