"""The lab book of a recipe: each idea, what was expected of it, what came of it. As data and as Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from dlrecipe.config.writing import flow_text
from dlrecipe.diagnosis.wording import count, error_text, expected_text, plural

if TYPE_CHECKING:
    from dlrecipe.studies.directory import StudyDirectory
    from dlrecipe.studies.recipe_budget import Budget

Judgement: TypeAlias = Literal[
    "start", "better", "within noise", "no better", "given up", "failed", "confirmation"
]
"""better: dev error fell beyond a standard error. within noise: it fell, but not so far. given up: it was not
trained to its end, for it would not have become the best."""

SUPERSEDED = "Confirmations of what was the best with a smaller budget"
"""Their heading: they are of no round."""


@dataclass(frozen=True)
class Entry:
    """One run of the recipe.

    `base` is the trial whose config was changed. `change` is what was set on top of it, `changes` all that
    was set on top of the recipe's own config. `course` are its lowest dev errors by part of its epochs.
    `given_up` says why it was not trained to its end, and is empty where it was. `spent_s` are the seconds
    that the recipe had taken when it ended, those before an interruption included.
    """

    trial: str
    round: int
    seed: int
    advice: str
    why: str = ""
    kind: str = ""
    change: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    expects: Mapping[str, float] = field(default_factory=dict)
    base: str | None = None
    outcome: str = ""
    run_id: str | None = None
    errors: Mapping[str, float] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    n_dev: int = 0
    judgement: Judgement = "start"
    error: str = ""
    wall_s: float = 0.0
    course: Sequence[float | None] = ()
    given_up: str = ""
    spent_s: float = 0.0

    @property
    def dev(self) -> float:
        """The dev error; infinity where there is none."""
        value = self.errors.get("dev")
        return float("inf") if value is None else value

    @property
    def score(self) -> tuple[float, float]:
        """What is compared: dev error, and J on dev where that is equal."""
        cost = self.costs.get("dev")
        return self.dev, float("inf") if cost is None else cost

    def to_json(self) -> dict[str, Any]:
        """Return plain data, which `Entry(**data)` takes back."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}


class Watcher(Protocol):
    """Who is shown a recipe."""

    def started(self, study: "StudyDirectory", task: str, budget: "Budget", n_ended: int) -> None:
        """It begins, or goes on after so many runs."""

    def round_begins(self, number: int, told: str, entries: Sequence[Entry]) -> None:
        """These ideas are about to be tried, for what the diagnosis told."""

    def ended(self, entry: Entry) -> None:
        """A run has ended."""


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value


def markdown(document: Mapping[str, Any]) -> str:
    """Return the lab book of a recipe's document, to be read by people."""
    lines = [f"# Lab book of {document['study_id']}", ""]
    lines += [f"Config: `{document['config']}`. Budget: {document['budget']}.", ""]
    if document["target_error"] is not None:
        lines += [f"Target: a dev error of {error_text(document['target_error'], document['task'])}.", ""]
    for note in document["checks"]:
        lines.append(f"- check: {note}")
    entries: Sequence[Mapping[str, Any]] = document["entries"]
    for number in sorted({entry["round"] for entry in entries}):
        lines += ["", f"## {_title(number, entries)}", ""]
        told = document["diagnoses"].get(str(number))
        if told:
            lines += [told, ""]
        for entry in entries:
            if entry["round"] == number:
                lines += _told(entry, document["task"])
        lines += _gone_on_with(number, entries, document.get("steps", ()))
    if superseded := document.get("superseded"):
        lines += ["", f"## {SUPERSEDED}", ""]
        lines += [line for entry in superseded for line in _told(entry, document["task"])]
    return "\n".join([*lines, "", "## Result", "", *_result(document), ""])


def _title(number: int, entries: Sequence[Mapping[str, Any]]) -> str:
    if number == 0:
        return "Start"
    kinds = {entry["judgement"] for entry in entries if entry["round"] == number}
    return "Confirmation with other seeds" if kinds == {"confirmation"} else f"Round {number}"


def _gone_on_with(number: int, entries: Sequence[Mapping[str, Any]], steps: Sequence[str]) -> list[str]:
    """Return which run of a round the next one starts from; nothing of the start and of confirmations."""
    ideas = [entry for entry in entries if entry["round"] == number and entry["judgement"] != "confirmation"]
    if number == 0 or not ideas or not steps:
        return []
    taken = next((entry["trial"] for entry in ideas if entry["trial"] in steps), None)
    return ["", "None of them is gone on with." if taken is None else f"Gone on with: {taken}."]


def expectation(entry: Mapping[str, Any], task: str) -> str:
    """Return what was expected of an idea; nothing where it is none, but the start or a confirmation."""
    if entry["expects"]:
        return ", ".join(
            f"{split} error about {expected_text(error, task)}" for split, error in entry["expects"].items()
        )
    is_idea = entry["base"] is not None and entry["judgement"] != "confirmation"
    return "a lower dev error" if is_idea else ""


def result(entry: Mapping[str, Any], task: str) -> str:
    """Return the errors of a run, or what became of it instead."""
    if entry["errors"]:
        return ", ".join(f"{split} {error_text(error, task)}" for split, error in entry["errors"].items())
    return (
        f"{entry['outcome']}: {entry['error'].splitlines()[0]}" if entry["error"] else str(entry["outcome"])
    )


def _told(entry: Mapping[str, Any], task: str) -> list[str]:
    change = ", ".join(f"`{path}: {flow_text(value)}`" for path, value in entry["change"].items())
    name = "" if entry["judgement"] == "confirmation" else f"{entry['trial']} "
    lines = [f"- {name}**{entry['advice']}**" + (f" ({change})" if change else "")]
    if entry["why"]:
        lines.append(f"  - idea: {entry['why']}")
    expected = expectation(entry, task)
    if expected:
        lines.append(f"  - expected: {expected}")
    run = f"`{entry['run_id']}`" if entry["run_id"] else "no run"
    lines.append(f"  - result: {result(entry, task)}; {entry['judgement']} (seed {entry['seed']}, {run})")
    if reason := entry.get("given_up"):
        lines.append(f"  - given up: {reason}")
    return lines


def looked_at_test(document: Mapping[str, Any]) -> str:
    """Return the error on test, what it is known to, and what that says of dev error; nothing if unseen."""
    test, best, task = document["test"], document["best"], document["task"]
    if test is None:
        return _looked_before(document)
    text = f"Test error, looked at once: {error_text(test['error'], task)}"
    if test.get("low") is None:
        return f"{text}."
    low, high = (error_text(test[end], task).rstrip("%") for end in ("low", "high"))
    text += f" (95%: {low} to {high}, {count(test['n'])} examples)."
    if best["changes"] and best["dev"] < test["low"]:
        runs = plural(document["n_runs"], "run")
        text += f" Dev error lies below: it chose among {runs}, which flatters it. Believe test."
    return text


def _looked_before(document: Mapping[str, Any]) -> str:
    """Return which other run has had the look at test, and what a second one takes."""
    before, best = document.get("test_before"), document["best"]
    if before is None or best is None:
        return ""
    text = (
        f"Test has been looked at already: {error_text(before['error'], document['task'])} of "
        f"{before['run_id']}. The recipe does not look a second time"
    )
    return text + (
        f"; dlrecipe evaluate {best['run_id']} does, and counts it." if document["complete"] else "."
    )


def _result(document: Mapping[str, Any]) -> list[str]:
    best = document["best"]
    if best is None:
        return ["No run has come to an end."]
    task = document["task"]
    lines = [f"`{best['run_id']}`: dev error {error_text(best['dev'], task)}. {document['reason']}"]
    for path, value in best["changes"].items():
        lines.append(f"- `{path}: {flow_text(value)}`")
    if told := looked_at_test(document):
        lines += ["", told]
    if not document["complete"]:
        lines += ["", "Left off before its end; `--resume` goes on."]
    return lines
