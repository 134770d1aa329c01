"""What the ways in and out cost: an estimator's fit against the engine alone, an export, a completion.

    python -m benchmarks.interop [--json FILE]

The estimator and the bare engine train the same network on the same rows for the same epochs, in turn. The
figure is the median ratio of their processor times. The engine is what `dlrecipe train` runs: prepared
data, one trainer, one call of its loop, then the figures of the kept weights.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from benchmarks.common import DLRECIPE, ROOT, Bench, Row, progress, report, run, timing
from dlrecipe import DlrecipeClassifier
from dlrecipe.config.loading import load_config
from dlrecipe.experiment.assembly import build_trainer, prepare_data
from dlrecipe.experiment.reading import weights_reader
from dlrecipe.experiment.results import figures
from dlrecipe.training.hooks import Watch

EPOCHS, REPEATS = 80, 9
MOST_OVERHEAD = 0.05


def estimator_overhead() -> Row:
    """Compare on configs/digits.yaml: 64-256-128-10, dev a quarter of train, no early stopping."""
    settings = [
        "data.split={train: 0.8, dev: 0.2, test: 0.0}",
        f"training.epochs={EPOCHS}",
        # A second process would wait for the first by spinning, which would be counted as work.
        "training.threads=1",
        "early_stopping=null",
    ]
    config = load_config(ROOT / "configs" / "digits.yaml", settings).config
    X, y = load_digits(return_X_y=True)
    estimator = DlrecipeClassifier(
        config.network.hidden,
        l2=config.regularization.l2,
        epochs=EPOCHS,
        batch_size=config.training.batch_size,
        learning_rate=config.optimizer.learning_rate,
        patience=None,
        threads=1,
    )
    _engine(config)
    estimator.fit(X, y)  # what is loaded when first needed is no overhead
    ratios, alone = [], []
    for _ in range(REPEATS):
        engine_s, fit_s = _engine(config), _timed(lambda: estimator.fit(X, y))
        alone.append(engine_s)
        ratios.append(fit_s / engine_s - 1)
    overhead = statistics.median(ratios)
    return Row(
        f"DlrecipeClassifier.fit over the engine alone, digits, {EPOCHS} epochs",
        f"≤ {MOST_OVERHEAD:.0%}",
        f"{overhead:+.1%} (from {min(ratios):+.1%} to {max(ratios):+.1%}; the engine {timing(alone)})",
        overhead <= MOST_OVERHEAD,
        "python -m benchmarks.interop",
    )


def _engine(config: Any) -> float:
    dtype = np.dtype(config.training.precision)

    # Read and scaled before the clock starts: an estimator gets its rows in memory, and scales them itself.
    prepared = prepare_data(config, dtype)

    def work() -> None:
        trainer = build_trainer(config, prepared, dtype, weights_reader(Path("runs")))
        trainer.fit(Watch())
        trainer.load_kept()
        for name in ("train", "dev"):
            figures(trainer.objective, prepared.splits[name], prepared.fitted.target)

    return _timed(work)


def _timed(work: Any) -> float:
    """Return the processor time of this process; what others do on the machine hardly moves it."""
    started = time.process_time()
    work()
    return time.process_time() - started


def exports(folder: Path) -> list[Row]:
    """Time whole commands: a model of LeNet's kind, and an answer to Tab."""
    bench = Bench(folder / "runs")
    run_id = bench.train("configs/lenet.yaml", "training.epochs=2")["run_id"]
    rows = []
    taken = []
    for _ in range(3):
        options = ("--onnx", str(folder / "model.onnx"), "--force", "--runs-dir", str(bench.runs_dir))
        done = run(DLRECIPE, "export", run_id, *options)
        assert done.code == 0, done.err
        taken.append(done.cpu_s)
    rows.append(Row("export --onnx, lenet, compared on 256 rows (processor)", "", timing(taken), None, ""))
    environment = {
        "_DLRECIPE_COMPLETE": "complete_bash",
        "COMP_WORDS": "dlrecipe show ",
        "COMP_CWORD": "2",
    }
    asked = ["env", *(f"{key}={value}" for key, value in environment.items()), DLRECIPE]
    taken = [run(*asked).cpu_s for _ in range(5)]
    rows.append(Row("completion of a run id (processor)", "", timing(taken), None, ""))
    return rows


def main() -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, default=None)
    to: Path | None = parser.parse_args().json
    progress("the estimator against the engine")
    rows = [estimator_overhead()]
    progress("whole commands")
    with tempfile.TemporaryDirectory() as folder:
        rows += exports(Path(folder))
    report(rows, to)


if __name__ == "__main__":
    main()
