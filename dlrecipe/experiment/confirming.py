"""Short counterfactuals of a run, trained in two processes: which change lowers dev error, and how surely.

Nothing of it is a run: no directory is made, and the runs that are kept stay as they are.
"""

import math
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dlrecipe.config.rewriting import changed
from dlrecipe.config.schema import Config
from dlrecipe.diagnosis.candidates import every_change
from dlrecipe.diagnosis.confirmation import MOST_SEEDS, Candidate, Confirmation, Measured, fall
from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.intervals import difference, proportion
from dlrecipe.diagnosis.settings import hidden_of, wider
from dlrecipe.errors import ConfigError, InputError
from dlrecipe.experiment.reading import read_config
from dlrecipe.experiment.trial import TriedConfig, try_config
from dlrecipe.store.run_directory import RunDirectory

PROCESSES = 2
"""Trials at the same time, each on one processor."""
MOST_ADVICE = 4
"""Steps of the diagnosis that are tried, beside the usual counterfactuals."""
FEWEST_EPOCHS = 5
LONGER_THAN_EXPECTED = 4.0
"""Times its share of the budget after which a trial is ended: an estimate is no promise."""

Progress = Callable[[str], None]
"""Is told what has been done: `3 of 24: network.hidden [256], seed 1`."""


def usual_candidates(diagnosis: Diagnosis) -> tuple[Candidate, ...]:
    """Return the advice of a diagnosis and the usual counterfactuals, each once.

    Learning rate ÷3 and ×3, a larger network, more epochs, the penalty up and down, normalization, and half
    of the training data: what more of them would bring shows in what fewer take away.
    """
    kept: dict[str, Candidate] = {}
    advised = [step for step in diagnosis.next if step.change][:MOST_ADVICE]
    usual = [step for step in every_change(diagnosis.run) if _is_usual(step.change, diagnosis.run)]
    for step in [*advised, *usual]:
        key = repr(sorted(step.change.items()))
        kept.setdefault(key, Candidate(advice=step.advice, change=step.change, why=step.why))
    if diagnosis.run.n.get("train", 0) >= 2 and not diagnosis.run.setting("augmentation"):
        kept["half"] = Candidate(advice="Half of the training data", change={}, share=0.5)
    return tuple(kept.values())


def _is_usual(change: Mapping[str, Any], run: Evidence) -> bool:
    path, value = next(iter(change.items()))
    rate = run.setting("optimizer.learning_rate")
    if path == "optimizer.learning_rate" and rate:
        return bool(0.3 < float(value) / rate < 4)
    if path == "network.hidden":
        return bool(list(value) == wider(hidden_of(run) or []))
    return path in ("training.epochs", "regularization.l2", "normalization")


def confirm(
    run: RunDirectory,
    diagnosis: Diagnosis,
    *,
    seeds: int,
    budget_s: float,
    progress: Progress,
) -> Confirmation:
    """Train the usual counterfactuals of a run and rank them by the measured change of dev error.

    Args:
        seeds, budget_s, progress: as for `measure_changes`.
    Raises:
        InputError: the data of the run cannot be used any more; the number of seeds is not 1 to 10.
    """
    found = measure_changes(
        read_config(run),
        usual_candidates(diagnosis),
        seeds=seeds,
        budget_s=budget_s,
        progress=progress,
        runs_dir=run.path.parent,
    )
    return replace(found, epochs_run=diagnosis.run.epochs_run)


def measure_changes(
    config: Config,
    candidates: Sequence[Candidate],
    *,
    seeds: int,
    budget_s: float,
    progress: Progress,
    runs_dir: Path,
) -> Confirmation:
    """Train a config and candidates over some seeds, and return what each did to dev error, the best first.

    The config's own seed comes first. Where the whole would take longer than the budget, all get the same
    part of their epochs. A candidate that is worse beyond noise with the first seed gets no further ones.

    Args:
        config: what the changes start from.
        candidates: those that do not fit the config or the data are left out.
        seeds: how many, 1 to 10.
        budget_s: seconds for all of it, roughly.
        progress: is told what has been done.
        runs_dir: where initial weights are looked for, if they come from a run.
    Raises:
        InputError: the config's own data cannot be used; the number of seeds is not 1 to 10.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise InputError(f"{seeds} seeds", where="--seeds", remedy=f"Give 1 to {MOST_SEEDS}.")
    started = time.monotonic()
    numbers = tuple((config.seed + offset) % 2**63 for offset in range(seeds))
    plan = _Plan(config, _fitting(config, candidates), numbers, runs_dir, progress)
    workers = min(PROCESSES, os.cpu_count() or 1)
    with _workers(workers) as pool:
        first = pool.submit(try_config, config, seconds=budget_s, runs_dir=runs_dir).result()
        plan.fit_into(budget_s, first, workers)
        for index in range(seeds):
            plan.go_through(pool, index)
    return plan.confirmation(time.monotonic() - started)


@dataclass
class _Plan:
    """The trials: candidate 0 is the config as it is; what has come of each, by candidate and seed.

    `scale` is the part of its epochs that each trial has, `trial_s` the seconds after which it is ended.
    """

    config: Config
    candidates: tuple[Candidate, ...]
    seeds: tuple[int, ...]
    runs_dir: Path
    progress: Progress
    scale: float = 1.0
    trial_s: float = math.inf
    results: dict[tuple[int, int], TriedConfig] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def fit_into(self, budget_s: float, first: TriedConfig, workers: int) -> None:
        """Give trials the part of their epochs for which the budget is enough, by what the first one took.

        The first counts as one of them where it had all that the others will have.
        """
        base = self.config.training.epochs
        work = sum(
            max(0.3, changed(self.config, each.change).training.epochs / base) * each.share
            for each in self.candidates[1:]
        )
        needed = (1 + work) * len(self.seeds) * first.fit_s / workers
        part = min(1.0, budget_s / max(needed, 1e-9))
        self.scale = max(part, min(1.0, FEWEST_EPOCHS / base))
        self.trial_s = LONGER_THAN_EXPECTED * max(1.0, first.fit_s * self.scale)
        if self.scale == 1 and first.status != "interrupted":
            self.take(0, 0, first)

    def go_through(self, pool: ProcessPoolExecutor, index: int) -> None:
        """Do all trials of a seed that are still worth it."""
        wanted = [which for which in range(len(self.candidates)) if self._is_wanted(which, index)]
        jobs: dict[Future[TriedConfig], int] = {}
        for which in wanted:
            config, share = self._config(which, index), self.candidates[which].share
            job = pool.submit(try_config, config, share=share, seconds=self.trial_s, runs_dir=self.runs_dir)
            jobs[job] = which
        waiting = set(jobs)
        while waiting:
            # Not without end: a signal is only noticed between two waits.
            done, waiting = wait(waiting, timeout=1.0, return_when=FIRST_COMPLETED)
            for job in done:
                self._receive(jobs[job], index, job)

    def take(self, which: int, index: int, result: TriedConfig) -> None:
        """Keep what came of a trial, and say so."""
        self.results[which, index] = result
        total = len(self.candidates) * len(self.seeds)
        name = self.candidates[which].advice
        self.progress(
            f"{len(self.results)} of at most {total}: {name}, seed {self.seeds[index]}: "
            f"dev error {result.errors['dev']:.2%}"
        )

    def _receive(self, which: int, index: int, job: Future[TriedConfig]) -> None:
        try:
            self.take(which, index, job.result())
        except InputError:
            if which == 0:
                raise
            self.refused.add(which)

    def _is_wanted(self, which: int, index: int) -> bool:
        if (which, index) in self.results or which in self.refused:
            return False
        return index == 0 or which == 0 or not self._is_hopeless(which)

    def _is_hopeless(self, which: int) -> bool:
        """Whether a candidate was worse beyond noise with the first seed."""
        before, after = self.results[0, 0].errors["dev"], self.results[which, 0].errors["dev"]
        if not (math.isfinite(after) and math.isfinite(before)):
            return True
        # What half of the data takes away is asked in earnest: it is no candidate but a measure.
        if self.candidates[which].share < 1:
            return False
        n = self.results[0, 0].n_dev
        if self.results[0, 0].task == "classification":
            interval = difference(proportion(after, n), proportion(before, n))
            return interval is not None and interval[0] > 0
        return after > 1.5 * before

    def _config(self, which: int, index: int) -> Config:
        config = changed(self.config, self.candidates[which].change)
        training = replace(config.training, epochs=max(1, round(self.scale * config.training.epochs)))
        return replace(config, seed=self.seeds[index], training=training)

    def confirmation(self, wall_s: float) -> Confirmation:
        """Return everything, the largest fall of dev error first."""
        base = self._of(0)
        measured = [self._measured(which, base) for which in range(1, len(self.candidates))]
        known = [each for each in measured if each is not None]
        return Confirmation(
            seeds=self.seeds,
            scale=round(self.scale, 4),
            train=tuple(result.errors["train"] for result in base),
            dev=tuple(result.errors["dev"] for result in base),
            changes=tuple(sorted(known, key=lambda each: -each.fell)),
            epochs_run=None,
            wall_s=wall_s,
        )

    def _measured(self, which: int, base: Sequence[TriedConfig]) -> Measured | None:
        results = [] if which in self.refused else self._of(which)
        dev = tuple(result.errors["dev"] for result in results)
        if not dev or not all(map(math.isfinite, dev)):
            return None
        fell, interval = fall([result.errors["dev"] for result in base], dev)
        return Measured(
            candidate=self.candidates[which],
            train=tuple(result.errors["train"] for result in results),
            dev=dev,
            fell=fell,
            interval=interval,
            status=results[0].status,
            wall_s=sum(result.wall_s for result in results),
        )

    def _of(self, which: int) -> list[TriedConfig]:
        return [self.results[which, i] for i in range(len(self.seeds)) if (which, i) in self.results]


def _fitting(config: Config, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the config as it is, and the candidates that make a valid one."""
    fitting = [Candidate(advice="As it is", change={})]
    for candidate in candidates:
        with suppress(ConfigError):
            changed(config, candidate.change)
            fitting.append(candidate)
    return tuple(fitting)


@contextmanager
def _workers(n: int) -> Iterator[ProcessPoolExecutor]:
    """Open processes that do trials; where the context is left by an error or a signal, they are ended."""
    # Started afresh: a fork would take over this process's threads half, and its lock on the run.
    before = multiprocessing.active_children()
    pool = ProcessPoolExecutor(n, multiprocessing.get_context("spawn"), initializer=_leave_signals)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            if child not in before:
                child.terminate()
        raise
    pool.shutdown()


def _leave_signals() -> None:
    """Let Ctrl-C, which goes to all processes of a terminal, be the first one's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
