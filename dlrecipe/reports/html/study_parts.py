"""What the pages of all kinds of studies have in common: trials, facts, and how things are written."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from dlrecipe.reports.html.study_page import Row, Table, Tag
from dlrecipe.reports.wording import count, duration, error_text
from dlrecipe.studies.stored import StoredStudy

TONES = {"done": "good", "better": "good", "diverged": "bad", "failed": "bad", "killed": "bad"}
_TRIALS = 200
_GO_ON = (
    "It was left off before its end: what is here is of the trials that have ended. The same command with "
    "--resume goes on."
)


def trials_table(trials: Sequence[Mapping[str, Any]], task: str) -> Table:
    """Return the trials, those that are not done first."""
    ordered = sorted(trials, key=lambda trial: trial["outcome"] == "done")
    columns = [("trial", True), ("status", True), ("train", False), ("dev", False), ("time", False)]
    columns += [("reason, or run", True)]
    rows = [
        Row(
            str(trial["trial"]),
            [
                Tag(trial["outcome"], TONES.get(trial["outcome"], "")),
                *(error_text(trial["errors"].get(split), task) for split in ("train", "dev")),
                duration(trial["wall_s"]),
                first_line(trial["error"]) or str(trial["run_id"] or ""),
            ],
        )
        for trial in ordered[:_TRIALS]
    ]
    return Table("Every trial", columns, rows, cut_at(trials, _TRIALS, "trials"))


def facts_of(stored: StoredStudy, trials: Sequence[Mapping[str, Any]], **more: str) -> list[tuple[str, str]]:
    """Return what is said of every study in a few words, and `more` of this one."""
    done = sum(trial["outcome"] == "done" for trial in trials)
    return [
        ("status", "finished" if stored.is_complete else "interrupted"),
        ("trials done", f"{count(done)} of {count(len(trials))}" if done < len(trials) else count(done)),
        ("time of all trials", duration(sum(trial["wall_s"] for trial in trials))),
        *more.items(),
    ]


def again(command: str, document: Mapping[str, Any], *options: str) -> str:
    """Return the command that makes a study again, with the settings that were given beside the config.

    Args:
        options: what else was given.
    """
    sets = [part for each in document.get("overrides", ()) for part in ("--set", str(each))]
    return shlex.join(["dlrecipe", command, str(document["config"]), *options, *sets])


def unfinished(stored: StoredStudy) -> str:
    """Return how a study goes on; nothing of one that is complete."""
    return "" if stored.is_complete else _GO_ON


def between(figure: Mapping[str, Any], task: str) -> str:
    """Write the interval of an error."""
    return " to ".join(error_text(figure[end], task) for end in ("low", "high"))


def first_line(text: str) -> str:
    """Return the first line of a reason."""
    return text.splitlines()[0] if text else ""


def cut_at(rows: Sequence[Any], shown: int, what: str) -> str:
    """Return the caption of a table that does not show all of its rows."""
    return f"The first {count(shown)} of {count(len(rows))} {what}." if len(rows) > shown else ""
