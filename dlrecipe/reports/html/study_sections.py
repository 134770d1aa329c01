"""What the page of each kind of study says."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlrecipe.reports.html.pieces import drawn
from dlrecipe.reports.html.study_page import Item, Next, Page, Row, Section, Table, Tag, changed
from dlrecipe.reports.learning_curve import statement
from dlrecipe.reports.plots.study_charts import curve_chart, path_of, recipe_chart
from dlrecipe.reports.plots.sweep_chart import sweep_chart, varied_by
from dlrecipe.reports.sweep_wording import interval_text, values_text
from dlrecipe.reports.wording import count, duration, error_text, value_text
from dlrecipe.studies.axes import Axis
from dlrecipe.studies.lab_book import expectation, result
from dlrecipe.studies.stored import LEARNING_CURVE, RECIPE, SWEEP, StoredStudy

TONES = {"done": "good", "better": "good", "diverged": "bad", "failed": "bad", "killed": "bad"}
MOST_ROWS = 400
_TRIALS = 200
_MAY_NOT = "may leave the error where it is: more --seeds narrow the interval."
_GO_ON = (
    "It was left off before its end: what is here is of the trials that have ended. The same command with "
)


def page_of(stored: StoredStudy) -> Page:
    """Return the page of a study.

    Raises:
        KeyError, TypeError, ValueError: its document does not say what one says.
    """
    return _PAGES[stored.kind](stored)


def _sweep(stored: StoredStudy) -> Page:
    from dlrecipe.reports.sweep import edge_lines, is_flat, noise_line

    document, task = stored.document, stored.document["task"]
    best, chosen = document["best"], document["chosen"]
    again = _sweep_again(stored)
    facts = _facts(stored, document["trials"], method=document["method"])
    if best is None:
        reasons = ["No point has been trained to its end with all its seeds."]
        answer, tone = "No best yet" if not stored.is_complete else "No point came to its end", "open"
        step = Next("Go on with the sweep", commands=[_sweep_again(stored, resume=True)])
        if stored.is_complete:
            step = Next("See below why the trials did not end, and vary other values")
    else:
        flat = is_flat(document)
        answer = "No point is better beyond noise" if flat else f"Best: {values_text(chosen['values'])}"
        reasons = [f"Lowest dev error: {interval_text(best['dev'], task)} at {values_text(best['values'])}."]
        if chosen["point"] != best["point"]:
            told = "the simplest of those within one standard error of the lowest"
            reasons.append(f"Chosen is {values_text(chosen['values'])}, {told}.")
        reasons += [noise_line(document), *edge_lines(document)]
        tone = "open" if flat or document["edges"] else "good"
        step = _after_sweep(stored, flat=flat)
    n_lost = sum(trial["outcome"] != "done" for trial in document["trials"])
    pictures = [
        drawn(_charting(document, axis), f"Train and dev error by {axis.key}.", f"sweep-{number}")
        for number, axis in enumerate(varied_by(stored) if document["keys"] else [])
        if any(point["dev"] for point in document["points"])
    ]
    sections = [
        Section("picture", "Error by what was varied", pictures, [] if pictures else ["Nothing to draw."]),
        Section("points", "What was tried, the best first", table=_points(document, task)),
        Section(
            "trials",
            f"Trials{f', {n_lost} not done' if n_lost else ''}",
            table=_trials(document["trials"], task),
        ),
    ]
    if chosen is not None:
        where = str(document["files"]["config"] or "")
        sections.append(changed(stored.asked["config"], chosen["values"], where))
    sections.append(Section("again", "Make it again", commands=[again]))
    return Page("Sweep", tone, answer, reasons, step, facts, sections, _unfinished(stored))


def _after_sweep(stored: StoredStudy, *, flat: bool) -> Next:
    document = stored.document
    config = document["files"]["config"]
    train = [f"dlrecipe train {shlex.quote(config)}"] if config else []
    if not stored.is_complete:
        return Next("Go on with the sweep", commands=[_sweep_again(stored, resume=True)])
    if flat:
        return Next(
            "Vary something else, or over a wider range", "What was varied makes no difference.", train
        )
    if document["edges"]:
        edge = document["edges"][0]
        way = "below" if edge["end"] == "lower" else "above"
        return Next(
            f"Try values of {edge['key']} {way} {edge['value']}",
            "The lowest error lies at the end of what was tried: it may be lower still further on.",
            train,
        )
    return Next(
        "Train the chosen config, and read its diagnosis", commands=[*train, "dlrecipe diagnose latest"]
    )


def _charting(document: Mapping[str, Any], axis: Axis) -> Callable[[], Any]:
    return lambda: sweep_chart(document, axis)


def _points(document: Mapping[str, Any], task: str) -> Table:
    columns = [
        ("point", True), *((key, True) for key in document["keys"]),
        ("dev (95%)", False), ("train (95%)", False), ("seeds", False), ("epochs", False), ("note", True),
    ]  # fmt: skip
    best, chosen = (document[name] and document[name]["point"] for name in ("best", "chosen"))
    rows = []
    for point in document["points"][:MOST_ROWS]:
        notes = [f"{n} {outcome}" for outcome, n in point["outcomes"].items()]
        tone = "bad" if notes else ""
        if best is not None and point["point"] == best:
            notes, tone = ["lowest", *notes], "good"
        elif point["within_noise"]:
            notes, tone = ["as good within one standard error", *notes], "good"
        if chosen is not None and point["point"] == chosen:
            notes = [*notes, "chosen"]
        if not point["complete"] and not notes:
            notes, tone = ["not all seeds or epochs"], "open"
        cells: list[str | Tag] = [point["values"][key] for key in document["keys"]]
        cells += [interval_text(point["dev"], task), interval_text(point["train"], task)]
        cells += [str(point["seeds_done"]), "" if point["epochs"] is None else count(point["epochs"])]
        cells.append(Tag(", ".join(notes), tone) if notes else "")
        rows.append(Row(str(point["point"]), cells, strong=chosen is not None and point["point"] == chosen))
    return Table("Points of the sweep", columns, rows, _more(document["points"], MOST_ROWS, "points"))


def _trials(trials: Sequence[Mapping[str, Any]], task: str) -> Table:
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
                _first(trial["error"]) or str(trial["run_id"] or ""),
            ],
        )
        for trial in ordered[:_TRIALS]
    ]
    return Table("Every trial", columns, rows, _more(trials, _TRIALS, "trials"))


def _sweep_again(stored: StoredStudy, *, resume: bool = False) -> str:
    # The chosen config does as well as the given one, of which what was varied is replaced; but only by the
    # given one is the study found again.
    asked, written = stored.asked, stored.document["files"]["config"]
    config = written if written and not resume else "CONFIG"
    parts = ["dlrecipe", "sweep", config]
    for each in asked["vary"]:
        parts += ["--vary", each]
    parts += ["--method", str(asked["method"])]
    if asked["points"]:
        parts += ["--trials", str(asked["points"] * max(1, stored.document["seeds"]))]
    parts += ["--seed", str(asked["seed"])] if asked["seed"] else []
    return shlex.join([*parts, *(["--resume"] if resume else [])])


def _learning_curve(stored: StoredStudy) -> Page:
    document, task = stored.document, stored.document["task"]
    asked = stored.asked
    again = shlex.join(
        ["dlrecipe", "learning-curve", document["config"], "--sizes", str(len(asked["sizes"])), "--seeds",
         str(len(asked["seeds"]))]
    )  # fmt: skip
    if document["refusal"] is not None:
        tone, answer = "open", "What more data would bring cannot be told"
        step = Next(
            "Make the curve clearer", "More --seeds make it less noisy, more --sizes longer.", [again]
        )
        expected = None
    else:
        last = document["expected"][-1]
        helps = last["high"] < document["error"]
        tone = "good" if helps else "open"
        answer = "More data is expected to help" if helps else "Whether more data helps is open"
        step = (
            Next("Collect data in rounds", "Measure the curve again after each: it may bend.", [again])
            if helps
            else Next("Make the curve clearer", f"Even {last['times']} times the data {_MAY_NOT}", [again])
        )
        expected = _expected(document, task)
    if not stored.is_complete:
        step = Next("Go on with the curve", commands=[f"{again} --resume"])
    caption = "Dev and train error with 95% intervals; beyond the data, what dev is expected to do."
    sections = [
        Section("picture", "The curve", [drawn(lambda: curve_chart(document), caption, "curve")]),
        *([Section("expected", "With more data", table=expected)] if expected else []),
        Section("sizes", "By size", table=_sizes(document, task)),
        Section("trials", "Trials", table=_trials(document["trials"], task)),
        Section("again", "Make it again", commands=[again]),
    ]
    facts = _facts(stored, document["trials"], sizes=str(len(document["points"])))
    return Page(
        "Learning curve", tone, answer, [statement(document)], step, facts, sections, _unfinished(stored)
    )


def _expected(document: Mapping[str, Any], task: str) -> Table:
    rows = [
        Row(
            f"{each['times']}×",
            [count(each["n"]), error_text(each["error"], task), _between(each, task)],
        )
        for each in document["expected"]
    ]
    columns = [("data", True), ("examples", False), ("dev error", False), ("90% interval", False)]
    return Table("Expected dev error", columns, rows)


def _sizes(document: Mapping[str, Any], task: str) -> Table:
    columns = [("examples", True)]
    for split in ("dev", "train"):
        columns += [(f"{split} error", False), ("95%", False)]
    columns += [("seeds", False), ("lost", True)]
    rows = []
    for point in document["points"]:
        cells: list[str | Tag] = []
        for split in ("dev", "train"):
            figure = point[split]
            cells += (
                ["–", ""] if figure is None else [error_text(figure["mean"], task), _between(figure, task)]
            )
        failed = Tag(f"{point['failed']} not done", "bad") if point["failed"] else ""
        rows.append(Row(count(point["n"]), [*cells, str(point["done"]), failed]))
    return Table("Errors by size", columns, rows)


def _recipe(stored: StoredStudy) -> Page:
    document, task = stored.document, stored.document["task"]
    best, start = document["best"], document["start"]
    again = _recipe_again(stored)
    if best is None:
        answer, tone, reasons = "No run has come to an end", "bad", []
        step = Next("See below why, and check the config", commands=[f"dlrecipe check {document['config']}"])
    else:
        before = error_text((start or {}).get("errors", {}).get("dev"), task)
        answer = f"Dev error {before} → {error_text(best['dev'], task)}"
        tone = "good" if document["met"] or document["target_error"] is None else "open"
        reasons = [document["reason"]]
        if document["target_error"] is not None:
            met = "met" if document["met"] else "not met"
            reasons.append(f"The target, {error_text(document['target_error'], task)}, is {met}.")
        if document["test"] is not None:
            reasons.append(f"Test error, looked at once: {error_text(document['test']['error'], task)}.")
        step = Next(
            "Use this config" if document["met"] else "Read the best run's diagnosis for what is left to do",
            commands=[f"dlrecipe {'show' if document['met'] else 'diagnose'} {best['run_id']}"],
        )
    if not stored.is_complete:
        step = Next("Go on with the recipe", commands=[f"{again} --resume"])
    caption = "Every run of the recipe; the lines join those that lead from the start to the best."
    sections = [
        Section(
            "picture", "From the start to the best", [drawn(lambda: recipe_chart(document), caption, "path")]
        ),
        Section("path", "The path", table=_path(document, task)),
        *_rounds(document, task),
    ]
    if best is not None:
        changes = {key: value_text(value) for key, value in best["changes"].items()}
        sections.append(changed(stored.asked["config"], changes, str(best["config"])))
    sections.append(Section("again", "Make it again", commands=[again]))
    spent = [("budget", str(document["budget"])), ("used", f"{document['n_runs']} runs")]
    facts = [*_facts(stored, document["entries"]), *spent]
    return Page("Recipe", tone, answer, reasons, step, facts, sections, _unfinished(stored))


def _path(document: Mapping[str, Any], task: str) -> Table:
    rows = []
    for place, entry in enumerate(path_of(document)):
        cells: list[str | Tag] = [_change(entry) or "as it is"]
        cells += [error_text(entry["errors"].get(split), task) for split in ("train", "dev")]
        cells.append(Tag(entry["judgement"], TONES.get(entry["judgement"], "")))
        rows.append(Row("start" if place == 0 else f"step {place}", cells))
    columns = [("step", True), ("change", True), ("train", False), ("dev", False), ("judgement", True)]
    return Table("The path from the start to the best", columns, rows)


def _rounds(document: Mapping[str, Any], task: str) -> list[Section]:
    """Return the lab book, a section a round."""
    found = []
    for number in sorted({entry["round"] for entry in document["entries"]}):
        entries = [entry for entry in document["entries"] if entry["round"] == number]
        title = "Start" if number == 0 else f"Round {number}"
        if entries[0]["judgement"] == "confirmation":
            title = "Confirmation with other seeds"
        told = document["diagnoses"].get(str(number))
        items = [_idea(entry, task) for entry in entries]
        found.append(Section(f"round-{number}", title, paragraphs=[told] if told else [], items=items))
    return found


def _idea(entry: Mapping[str, Any], task: str) -> Item:
    lines = [f"Idea: {entry['why']}."] if entry["why"] else []
    expected = expectation(entry, task)
    if expected:
        lines.append(f"Expected: {expected}.")
    lines.append(f"Result: {result(entry, task)} (seed {entry['seed']}, {entry['run_id'] or 'no run'}).")
    tag = Tag(entry["judgement"], TONES.get(entry["judgement"], ""))
    return Item(str(entry["advice"]), tag, lines, _change(entry))


def _recipe_again(stored: StoredStudy) -> str:
    budget, target = stored.asked["budget"], stored.asked["target"]
    given = str(budget["runs"]) if budget["runs"] is not None else f"{budget['seconds']:g}s"
    parts = ["dlrecipe", "recipe", stored.document["config"], "--budget", given]
    return shlex.join([*parts, *([] if target is None else ["--target", f"{target:g}"])])


def _facts(stored: StoredStudy, trials: Sequence[Mapping[str, Any]], **more: str) -> list[tuple[str, str]]:
    done = sum(trial["outcome"] == "done" for trial in trials)
    return [
        ("status", "finished" if stored.is_complete else "interrupted"),
        ("trials done", f"{count(done)} of {count(len(trials))}" if done < len(trials) else count(done)),
        ("time of all trials", duration(sum(trial["wall_s"] for trial in trials))),
        *more.items(),
    ]


def _unfinished(stored: StoredStudy) -> str:
    return "" if stored.is_complete else f"{_GO_ON}--resume goes on."


def _between(figure: Mapping[str, Any], task: str) -> str:
    return " to ".join(error_text(figure[end], task) for end in ("low", "high"))


def _change(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"{path}: {value_text(value)}" for path, value in entry["change"].items())


def _first(text: str) -> str:
    return text.splitlines()[0] if text else ""


def _more(rows: Sequence[Any], shown: int, what: str) -> str:
    return f"The first {count(shown)} of {count(len(rows))} {what}." if len(rows) > shown else ""


_PAGES: Mapping[str, Callable[[StoredStudy], Page]] = {
    SWEEP: _sweep,
    LEARNING_CURVE: _learning_curve,
    RECIPE: _recipe,
}
