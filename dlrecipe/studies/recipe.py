"""The recipe going round its loop: check, train, diagnose, change one thing, and again.

Each round tries a few changes of the best config so far, side by side; what helped is kept. Rounds are of a
fixed size, so what comes out does not depend on the number of workers or on who ends first. The test split is
looked at once, when all is decided. Going on retraces the rounds of before, whose runs are kept: with a
larger budget it comes to what that budget would have come to at once. Prints nothing; who watches is told.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dlrecipe.config.loading import LoadedConfig
from dlrecipe.config.writing import config_to_dict, dump_config
from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.experiment.data_checks import refuse_errors, summary
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.placing import places_from
from dlrecipe.experiment.training_run import prepare_for_training
from dlrecipe.store.atomic import is_there, read_json, write_json, write_text
from dlrecipe.store.listing import find_run
from dlrecipe.studies.bar import Bar
from dlrecipe.studies.directory import StudyDirectory, open_study
from dlrecipe.studies.executor import Workers, kept_results
from dlrecipe.studies.lab_book import Entry, Judgement, Watcher, markdown
from dlrecipe.studies.recipe_budget import CONFIRMING_SEEDS, Budget
from dlrecipe.studies.recipe_choice import Choice, chosen, is_better
from dlrecipe.studies.recipe_planning import ROUND, Planner
from dlrecipe.studies.recipe_test_look import Figures, look, look_before, with_interval
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
    study = open_study(
        runs_dir, KIND, config.name, asked, resume=resume, goes_on=lambda old: _goes_on(old, asked)
    )
    if is_there(study.path / RESULT):
        before: dict[str, Any] = read_json(study.path / RESULT)
        if before["complete"] and before["budget"] == str(budget):
            return before
    with study.writing() as journal:
        study.ask(asked)
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
            look_before(runs_dir, kept.values()),
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
    looked: tuple[str, Figures] | None = None
    """The run whose error on test is known already, and that."""
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
        while not self._is_over(number):
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
            self.reason = "" if self.stop() else "The time is used up. "
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
                # Named by what they repeat: with a larger budget the best may become another.
                trial=f"c-{entry.trial}-{seed}",
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
            for name, entry in (("The start", self.chain[0]), ("The best", self.chain[-1]))
            for seed in seeds
        ]
        self._try(pool, number, "Is the best better than the start with other seeds too?", planned)

    def _try(
        self, pool: Workers, number: int, told: str, planned: Sequence[Entry], bar: Bar | None = None
    ) -> list[Entry]:
        """Return the runs that have ended of these, in their order; those of before are not run again."""
        self.diagnoses[number] = told
        self.watcher.round_begins(number, told, planned)
        # A confirmation comes in a later round where the budget is larger than it was.
        kept = {entry.trial: self.kept[entry.trial] for entry in planned if entry.trial in self.kept}
        done = {trial: replace(entry, round=number) for trial, entry in kept.items()}
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

    def _is_over(self, number: int) -> bool:
        """Return whether no round follows the one of this number."""
        now = self.chain[-1]
        if self.target is not None and now.dev <= self.target:
            self.reason = "The target is met. "
            return True
        # A round that was begun before an interruption is gone through again, however late it is now: that is
        # how its runs are known.
        begun = any(each.round > number and each.judgement != "confirmation" for each in self.kept.values())
        late = self.budget.seconds is not None and self._spent_s() > SEARCHING * self.budget.seconds
        if late and not begun:
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
            test = look(find_run(self.runs_dir, choice.entry.run_id), self.task, self.looked)
        return self.save(choice, test)

    def save(self, choice: Choice | None = None, test: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Write the document, the lab book and the best config so far; return the document."""
        if choice is None:
            choice = chosen(self.chain, self.entries, self.task, self.target)
        superseded = self._superseded() if self.complete else []
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
            "n_runs": len(self.entries) + len(superseded),
            "wall_s": round(sum(entry.wall_s for entry in [*self.entries, *superseded]), 3),
            "checks": list(self.checks),
            "start": self.chain[0].to_json() if self.chain else None,
            "best": None if choice is None else self._best(choice.entry),
            "met": choice is not None and self.target is not None and choice.entry.dev <= self.target,
            "reason": self.reason + ("" if choice is None else choice.reason),
            "test": test,
            "test_before": self._test_before(test),
            "steps": [entry.trial for entry in self.chain],
            "diagnoses": {str(number): told for number, told in self.diagnoses.items() if told},
            "entries": [entry.to_json() for entry in self.entries],
            "superseded": [entry.to_json() for entry in superseded],
        }
        write_text(self.study.path / LAB_BOOK, markdown(document))
        write_json(self.study.path / RESULT, document)
        return document

    def _superseded(self) -> list[Entry]:
        """Return the confirmations of what was the best while the budget was smaller, and is not any more."""
        trials = {entry.trial for entry in self.entries}
        return [
            entry
            for entry in self.kept.values()
            if entry.judgement == "confirmation" and entry.trial not in trials
        ]

    def _test_before(self, test: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return the look at test that another run has had."""
        if test is not None or self.looked is None:
            return None
        run_id, figures = self.looked
        return {"run_id": run_id} | with_interval(figures, self.task)

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


def _goes_on(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a recipe that was asked for goes on as another: the same, but with less to spend."""
    return {**old, "budget": None} == {**new, "budget": None} and Budget(**new["budget"]).exceeds(
        Budget(**old["budget"])
    )


def _known(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: values[name] for name in ("train", "dev") if values.get(name) is not None}
