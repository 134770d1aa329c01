"""What a second worker brings, and what a second process of any kind would bring on the same machine.

In each round come one after the other: trials on one worker and on two, once these have imported what they
need and have the data (so that nothing but trials and their handing out is timed), and processes that train
the same network in memory for some seconds, one and then two, which have nothing to do with each other.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from dlrecipe.config.loading import load_config_text, varied
from dlrecipe.config.schema import Config
from dlrecipe.studies.directory import StudyDirectory
from dlrecipe.studies.executor import open_workers
from dlrecipe.studies.trial import Trial

TRIALS_A_WORKER = 16
PLAIN_S = 4.0


def measure(config: str, rounds: int) -> None:
    """Print each round's share of twice the pace, for trials and for plain processes.

    Args:
        config: of the trials, as YAML; they differ in λ.
    """
    of_trials, of_plain = [], []
    for _ in range(rounds):
        alone, both = (trials_per_s(config, n) for n in (1, 2))
        plain_alone, plain_both = (epochs_per_s(config, n) for n in (1, 2))
        of_trials.append(both / (2 * alone))
        of_plain.append(plain_both / (2 * plain_alone))
        print(
            f"efficiency: {alone:.2f} trials a second on one worker, {both:.2f} on two: {of_trials[-1]:.0%}; "
            f"{plain_alone:.0f} epochs a second in one plain process, {plain_both:.0f} in two: "
            f"{of_plain[-1]:.0%}; the one over the other {of_trials[-1] / of_plain[-1]:.0%}",
            flush=True,
        )
    shares = [trials / plain for trials, plain in zip(of_trials, of_plain, strict=True)]
    print(
        f"efficiency, medians: trials {statistics.median(of_trials):.0%}, plain processes "
        f"{statistics.median(of_plain):.0%}, the one over the other {statistics.median(shares):.0%}"
    )


def trials_per_s(config: str, n_workers: int) -> float:
    """Return how many trials workers do in a second when each has done one already."""
    with tempfile.TemporaryDirectory() as name:
        study = StudyDirectory.create(Path(name), "pace", {"kind": "benchmark"})
        place = study.place(Path(name))
        first, then = _trials(config, "w", n_workers), _trials(config, "t", TRIALS_A_WORKER * n_workers)
        with open_workers(n_workers) as workers:
            _require_done([result.outcome for result in workers.run(first, place)])
            began = time.perf_counter()
            _require_done([result.outcome for result in workers.run(then, place)])
            return len(then) / (time.perf_counter() - began)


def epochs_per_s(config: str, n_processes: int) -> float:
    """Return how many epochs, each with its measurement, plain processes train in a second, together."""
    context = multiprocessing.get_context("spawn")
    loaded = varied(load_config_text(config), ["training.epochs=1000000"]).config
    pipes = [context.Pipe() for _ in range(n_processes)]
    processes = [context.Process(target=_train, args=(theirs, loaded)) for _, theirs in pipes]
    for process in processes:
        process.start()
    for ours, _ in pipes:
        ours.recv()
    for ours, _ in pipes:
        ours.send("begin")
    rate = sum(ours.recv() for ours, _ in pipes)
    for process in processes:
        process.join()
    return rate


def _train(connection: "Connection[float, str]", config: Config) -> None:
    from dlrecipe.experiment.assembly import build_trainer
    from dlrecipe.experiment.reading import weights_reader
    from dlrecipe.experiment.training_run import prepare_for_training
    from dlrecipe.training.hooks import Watch
    from dlrecipe.training.threads import limited_threads

    watch = Watch(lambda _: time.perf_counter() > until)
    with limited_threads(1):
        prepared, _ = prepare_for_training(config)
        trainer = build_trainer(config, prepared, prepared.splits["train"].X.dtype, weights_reader(Path()))
        until = time.perf_counter() + 0.3
        trainer.fit(watch)
        connection.send(0.0)
        connection.recv()
        watch.records.clear()
        began = time.perf_counter()
        until = began + PLAIN_S
        trainer.fit(watch)
        connection.send(len(watch.records) / (time.perf_counter() - began))


def _trials(config: str, name: str, n: int) -> list[Trial]:
    base = load_config_text(config)
    return [
        Trial(f"{name}{index}", varied(base, [f"regularization.l2={0.01 * (index + 1):g}"]))
        for index in range(n)
    ]


def _require_done(outcomes: Sequence[str]) -> None:
    if set(outcomes) != {"done"}:
        raise RuntimeError(f"trials ended otherwise: {outcomes}")
