"""Studies as they are found again: by id or directory, with what has come of them so far.

A study that was killed has left its journal and perhaps no results; they are made anew of the journal.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlrecipe.errors import InputError, StoreError
from dlrecipe.store.atomic import is_there, os_errors_explained, read_json
from dlrecipe.store.run_ids import STUDIES, is_plain, time_of
from dlrecipe.studies.directory import RECORD, StudyDirectory

SWEEP, LEARNING_CURVE, RECIPE = "sweep", "learning-curve", "recipe"
RESULTS: Mapping[str, str] = {
    SWEEP: "results.json",
    LEARNING_CURVE: "learning_curve.json",
    RECIPE: "recipe.json",
}


@dataclass(frozen=True)
class StoredStudy:
    """A study, and the document that its command printed or would print now."""

    study: StudyDirectory
    kind: str
    document: Mapping[str, Any]

    @property
    def asked(self) -> Mapping[str, Any]:
        """What was asked for."""
        asked: Mapping[str, Any] = self.study.record["asked"]
        return asked

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to run."""
        if self.kind == SWEEP:
            return bool(self.document["status"] == "finished")
        return bool(self.document["complete"])


def find_study(runs_dir: Path, reference: str) -> Path | None:
    """Return the directory of a study's id, of a unique start of one, or of a path.

    None where there is none, or where a run's id starts so too: `moons-` means the runs.

    Raises:
        InputError: several studies start so.
        StoreError: the directory of studies cannot be read.
    """
    if is_there(Path(reference) / RECORD):
        return Path(reference)
    folder = runs_dir / STUDIES
    if not is_plain(reference) or not is_there(folder):
        return None
    with os_errors_explained(folder):
        names = [name for name in os.listdir(folder) if is_plain(name) and time_of(name)]
    with os_errors_explained(runs_dir):
        if any(name.startswith(reference) and time_of(name) for name in os.listdir(runs_dir)):
            return None
    found = [reference] if reference in names else [name for name in names if name.startswith(reference)]
    if len(found) > 1:
        raise InputError(
            f"{len(found)} studies start with {reference!r}",
            where=str(folder),
            remedy=f"Give more of the id: {', '.join(sorted(found)[:8])}",
        )
    return folder / found[0] if found else None


def read_study(path: Path, runs_dir: Path) -> StoredStudy:
    """Read a study with its results.

    Raises:
        InputError: it is damaged, of an unknown kind, or no trial of it has ended.
    """
    try:
        study = StudyDirectory(path)
        kind = str(study.record.get("kind"))
        if kind not in RESULTS:
            raise InputError(f"this is no study that can be shown, but {kind[:40]!r}", where=str(path))
        trials = study.results()
        if not trials:
            raise InputError(
                "no trial of the study has ended yet",
                where=str(path),
                remedy="Give its command again, with --resume beside it.",
            )
        return StoredStudy(study, kind, _document(study, kind, trials, runs_dir))
    except StoreError as error:
        raise InputError(error.what, where=error.where or str(path), remedy=error.remedy) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise unlike_a_study(path, error) from error


def unlike_a_study(path: Path, error: Exception) -> InputError:
    """Return what is told of a study whose files are JSON, and yet not what a study's say."""
    return InputError(
        f"the study's files do not say what a study's say ({type(error).__name__}: {error})",
        where=str(path),
        remedy="They were altered, or written by another version of dlrecipe.",
    )


def _document(
    study: StudyDirectory, kind: str, trials: list[dict[str, Any]], runs_dir: Path
) -> Mapping[str, Any]:
    """Return what was written at the study's end; where trials have ended since, what it would be now."""
    path = study.path / RESULTS[kind]
    if is_there(path):
        document = read_json(path)
        if not isinstance(document, Mapping):
            raise TypeError(f"{path.name} is no document")
        if kind == RECIPE or len(document["trials"]) >= len(trials):
            return document
    if kind == SWEEP:
        return _of_sweep(study, trials)
    if kind == LEARNING_CURVE:
        return _of_curve(study, trials, runs_dir)
    raise InputError("the recipe has not come to its first result", where=str(path))


def _of_sweep(study: StudyDirectory, trials: list[dict[str, Any]]) -> Mapping[str, Any]:
    from dlrecipe.config.loading import load_config_text
    from dlrecipe.config.writing import flow_text
    from dlrecipe.studies.sweep import plan_of
    from dlrecipe.studies.sweep_results import Scored, sweep_document

    asked = study.record["asked"]
    base = load_config_text(flow_text(asked["config"]), name=RECORD)
    plan = plan_of(base, asked)
    scored = [Scored.from_record(each) for each in trials]
    document = sweep_document(plan, study, scored, complete=False)
    return {**document, "files": {"results": None, "config": None, "plot": None}}


def _of_curve(study: StudyDirectory, trials: list[dict[str, Any]], runs_dir: Path) -> Mapping[str, Any]:
    from dlrecipe.config.loading import load_config_text
    from dlrecipe.store.listing import find_run
    from dlrecipe.studies.learning_curve import Plan, document_of

    run_id = next((each["run_id"] for each in trials if each["run_id"] and each["errors"]), None)
    if run_id is None:
        raise InputError("no trial of the curve has come to its end", where=str(study.path))
    run, asked = find_run(runs_dir, run_id), study.record["asked"]
    base = load_config_text(run.read_text("config.yaml"), name=f"{run_id}/config.yaml")
    data = run.record["data"]
    plan = Plan(base, tuple(asked["sizes"]), tuple(asked["seeds"]), data["task"], data["n"]["dev"])
    # By which file the curve was asked for is not known any more.
    return {**document_of(plan, study, trials), "config": "CONFIG"}
