"""The recipe going round its loop: check, train, diagnose, change one thing, and again.

Each round tries a few changes of the best config so far, side by side; what helped is kept. Rounds are of a
fixed size, so what comes out does not depend on the number of workers or on who ends first. The test split is
looked at once, when all is decided. Prints nothing; who watches is told.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dlrecipe.config.loading import LoadedConfig
from dlrecipe.config.writing import config_to_dict, dump_config
from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.diagnosis.intervals import wilson
from dlrecipe.errors import InputError
from dlrecipe.experiment.data_checks import refuse_errors, summary
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.evaluation import evaluate
from dlrecipe.experiment.placing import places_from
from dlrecipe.experiment.training_run import prepare_for_training
from dlrecipe.store.atomic import is_there, read_json, write_json, write_text
from dlrecipe.store.listing import find_run
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.studies.bar import Bar
from dlrecipe.studies.directory import StudyDirectory, asked_before, new_study
from dlrecipe.studies.executor import Workers, kept_results
from dlrecipe.studies.lab_book import Entry, Judgement, Watcher, markdown
from dlrecipe.studies.recipe_budget import CONFIRMING_SEEDS, Budget
from dlrecipe.studies.recipe_choice import Choice, chosen, is_better
from dlrecipe.studies.recipe_planning import ROUND, Planner
from dlrecipe.studies.trial import Trial, TrialResult

KIND = "recipe"
RESULT, LAB_BOOK, CONFIG = "recipe.json", "lab_book.md", "best.yaml"
SEARCHING = 0.75
"""Part of a budget of time after which no new round is begun."""
SAVING_SHARE = 0.05
"""Of the time, at the most, goes to keeping the document and the lab book up to date."""


def recipe(
    base: LoadedConfig,
    runs_dir: Path,
    workers: Callable[[], Any],
    watcher: Watcher,
    *,
    budget: Budget,
    target: float | None = None,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Improve a config until the target or the budget is met, and return what came of it.

    `recipe.json`, the lab book and the best config are kept in the study's directory, and brought up to date
    after rounds, unless that was done but now.

    Args:
        target: the dev error that is good enough; None for the config's own, if it has one.
        workers: opens the workers (a context), not before they are needed.
        stop: whether to leave off; what has ended is kept.
    Raises:
        InputError: the config or its data cannot be used, the cluster is lost, nothing is there to resume.
        StoreError: the runs directory cannot be written to.
    """
    config = base.config
    with places_from(base):
        prepared, report = prepare_for_training(config)
        refuse_errors(config, report)
    wanted = config.diagnosis.target_error if target is None else target
    asked = {"config": config_to_dict(config), "budget": asdict(budget), "target": wanted}
    study = asked_before(runs_dir, KIND, asked) if resume else new_study(runs_dir, KIND, config.name, asked)
    if is_there(study.path / RESULT):
        before: dict[str, Any] = read_json(study.path / RESULT)
        if before["complete"]:
            return before
    with study.writing() as journal:
        kept = {record["trial"]: Entry(**record) for record in study.results()}
        task = prepared.fitted.target.task
        run = _Run(
            base,
            study,
            runs_dir,
            budget,
            wanted,
            task,
            Planner(base, task, prepared.n["train"]),
            tuple(summary(report)),
            kept,
            journal.append,
            watcher,
            stop,
        )
        watcher.started(study, task, budget, len(kept))
        with workers() as pool:
            run.go(pool)
        return run.finish()


@dataclass
class _Run:
    """One process's part of a recipe; `kept` are the runs that ended before, by trial."""

    base: LoadedConfig
    study: StudyDirectory
    runs_dir: Path
    budget: Budget
    target: float | None
    task: str
    planner: Planner
    checks: tuple[str, ...]
    kept: dict[str, Entry]
    note: Callable[[Mapping[str, Any]], None]
    watcher: Watcher
    stop: Callable[[], bool]
    entries: list[Entry] = field(default_factory=list)
    diagnoses: dict[int, str] = field(default_factory=dict)
    chain: list[Entry] = field(default_factory=list)
    """The start and each step that was taken from it."""
    read: dict[str, Diagnosis] = field(default_factory=dict)
    """The diagnosis of the best run, once it has been made."""
    reason: str = ""
    complete: bool = False
    began: float = field(default_factory=time.monotonic)
    next_save: float = -math.inf

    def go(self, pool: Workers) -> None:
        """Go round until there is nothing left to do, or to spend."""
        start = Entry("r00-0", round=0, seed=self.base.config.seed, advice="The config as it is")
        tried = self._try(pool, 0, "", [start])
        if not tried:
            return
        self.chain = tried
        number = 0
        while not self._is_over():
            number += 1
            if not self._round(pool, number):
                break
        if self.stop():
            return
        self._confirm(pool, number + 1)
        self.complete = not self.stop()

    def _round(self, pool: Workers, number: int) -> bool:
        """Try the next ideas, and take the best of them if it helped; return whether to go on."""
        now = self.chain[-1]
        diagnosis = self._diagnosis(now)
        planned = self.planner.planned(number, self._room(), now, self.entries, diagnosis)
        if not planned:
            self.reason = "Nothing is left to try. "
            return False
        told = "" if diagnosis is None else f"{diagnosis.verdict.replace('_', ' ')}: {diagnosis.reason}"
        found = self._try(pool, number, told, planned, self.planner.bar(now, self.entries))
        if len(found) < len(planned):
            return False
        best = self.planner.learn(now, found)
        if best is not None:
            self.chain.append(best)
        return True

    def _room(self) -> int:
        """Return how many runs there may be beside those of the confirmation."""
        if self.budget.runs is None:
            return ROUND
        return self.budget.runs - self.budget.confirming_runs - len(self.entries)

    def _diagnosis(self, entry: Entry) -> Diagnosis | None:
        if entry.run_id is None:
            return None
        if entry.trial not in self.read:
            run = find_run(self.runs_dir, entry.run_id)
            self.read = {entry.trial: diagnose_run(run, target_error=self._diagnosed_target(), alone=True)}
        return self.read[entry.trial]

    def _diagnosed_target(self) -> float | None:
        bayes = self.base.config.diagnosis.bayes_error
        return self.target if self.target is not None and self.target > bayes else None

    def _confirm(self, pool: Workers, number: int) -> None:
        """Train the start and the best with other seeds, on the same dev."""
        if len(self.chain) < 2 or not self.budget.confirming_runs:
            return
        seeds = [(self.base.config.seed + each) % 2**63 for each in range(1, CONFIRMING_SEEDS + 1)]
        planned = [
            replace(
                entry,
                trial=f"c{index}-{seed}",
                round=number,
                seed=seed,
                advice=f"{name}, {entry.trial}, with seed {seed}",
                base=entry.trial,
                change={},
                why="",
                expects={},
                judgement="confirmation",
                run_id=None,
                errors={},
                costs={},
            )
            for index, (name, entry) in enumerate(
                (("The start", self.chain[0]), ("The best", self.chain[-1]))
            )
            for seed in seeds
        ]
        self._try(pool, number, "Is the best better than the start with other seeds too?", planned)

    def _try(
        self, pool: Workers, number: int, told: str, planned: Sequence[Entry], bar: Bar | None = None
    ) -> list[Entry]:
        """Return the runs that have ended of these, in their order; those of before are not run again."""
        self.diagnoses[number] = told
        self.watcher.round_begins(number, told, planned)
        done = {entry.trial: self.kept[entry.trial] for entry in planned if entry.trial in self.kept}
        left = {entry.trial: entry for entry in planned if entry.trial not in done}
        trials = (
            Trial(entry.trial, self.planner.config(entry), diagnosed=False, bar=bar)
            for entry in left.values()
            if not self._is_late(entry)
        )
        for result in kept_results(pool, trials, self.study.place(self.runs_dir), stop=self.stop):
            entry = self._ended(left[result.id], result)
            self.note(entry.to_json())
            done[entry.trial] = entry
            self.watcher.ended(entry)
        found = [done[entry.trial] for entry in planned if entry.trial in done]
        self.entries += found
        self._save_if_due()
        return found

    def _ended(self, entry: Entry, result: TrialResult) -> Entry:
        document = result.document if result.outcome == "done" else {}
        ended = replace(
            entry,
            outcome=result.outcome,
            run_id=result.run_id,
            errors=_known(document.get("errors", {})),
            costs=_known(document.get("cost", {})),
            n_dev=document.get("n", {}).get("dev", 0),
            error=result.error,
            wall_s=result.wall_s,
            course=result.course,
            given_up=document.get("given_up", ""),
            spent_s=round(self._spent_s(), 3),
        )
        return replace(ended, judgement=self._judgement(ended))

    def _judgement(self, entry: Entry) -> Judgement:
        if entry.judgement == "confirmation":
            return "confirmation"
        if not entry.errors:
            return "failed"
        if entry.base is None:
            return "start"
        if entry.given_up:
            return "given up"
        base = self.chain[-1]
        if entry.score >= base.score:
            return "no better"
        return "better" if is_better(entry, base, self.task) else "within noise"

    def _spent_s(self) -> float:
        """Return how long the recipe has taken: by the clock, however many of its runs went on at once."""
        before = max((entry.spent_s for entry in self.kept.values()), default=0.0)
        return before + time.monotonic() - self.began

    def _is_late(self, entry: Entry) -> bool:
        if self.budget.seconds is None or entry.base is None:
            return False
        return self._spent_s() > self.budget.seconds

    def _is_over(self) -> bool:
        now = self.chain[-1]
        if self.target is not None and now.dev <= self.target:
            self.reason = "The target is met. "
            return True
        if self.budget.seconds is not None and self._spent_s() > SEARCHING * self.budget.seconds:
            self.reason = "The time is used up. "
            return True
        if self._room() <= 0:
            self.reason = "The budget is used up. "
            return True
        return self.stop()

    def _save_if_due(self) -> None:
        """Save what there is so far, at most a twentieth of the time: the document grows with each run."""
        if time.monotonic() >= self.next_save:
            began = time.monotonic()
            self.save()
            self.next_save = time.monotonic() + (time.monotonic() - began) / SAVING_SHARE

    def finish(self) -> dict[str, Any]:
        """Look at test once, if all is decided, write what is kept, and return the document."""
        choice = chosen(self.chain, self.entries, self.task, self.target)
        test = None
        if self.complete and choice is not None and choice.entry.run_id is not None:
            run = find_run(self.runs_dir, choice.entry.run_id)
            with suppress(InputError):
                diagnose_run(run)
            test = _tested(run)
        return self.save(choice, test)

    def save(self, choice: Choice | None = None, test: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Write the document, the lab book and the best config so far; return the document."""
        if choice is None:
            choice = chosen(self.chain, self.entries, self.task, self.target)
        document = {
            "schema_version": 1,
            "study_id": self.study.id,
            "path": str(self.study.path),
            "config": self.base.name,
            "overrides": list(self.base.overrides),
            "task": self.task,
            "budget": str(self.budget),
            "target_error": self.target,
            "complete": self.complete,
            "n_runs": len(self.entries),
            "wall_s": round(sum(entry.wall_s for entry in self.entries), 3),
            "checks": list(self.checks),
            "start": self.chain[0].to_json() if self.chain else None,
            "best": None if choice is None else self._best(choice.entry),
            "met": choice is not None and self.target is not None and choice.entry.dev <= self.target,
            "reason": self.reason + ("" if choice is None else choice.reason),
            "test": None if test is None else _known_of_test(test, self.task),
            "steps": [entry.trial for entry in self.chain],
            "diagnoses": {str(number): told for number, told in self.diagnoses.items() if told},
            "entries": [entry.to_json() for entry in self.entries],
        }
        write_text(self.study.path / LAB_BOOK, markdown(document))
        write_json(self.study.path / RESULT, document)
        return document

    def _best(self, entry: Entry) -> dict[str, Any]:
        path = self.study.path / CONFIG
        write_text(path, dump_config(self.planner.config(entry).config))
        return {
            "trial": entry.trial,
            "run_id": entry.run_id,
            "dev": entry.dev,
            "changes": dict(entry.changes),
            "config": str(path),
        }


def _tested(run: RunDirectory) -> dict[str, Any] | None:
    if "test" not in run.record["data"]["n"]:
        return None
    seen: dict[str, Any] | None = run.record.get("evaluations", {}).get("test")
    return seen if seen is not None else evaluate(run, "test")


def _known_of_test(test: Mapping[str, Any], task: str) -> dict[str, Any]:
    """Return the error on test, with its 95% interval where it is a proportion of examples."""
    error, n = test["error"], test.get("n")
    low, high = wilson(error, n) if task == "classification" and n else (None, None)
    return {"error": error, "n": n, "low": low, "high": high}


def _known(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: values[name] for name in ("train", "dev") if values.get(name) is not None}
