"""The page of a recipe."""

from collections.abc import Mapping
from typing import Any

from dlrecipe.reports.html.pieces import drawn
from dlrecipe.reports.html.study_page import Item, Next, Page, Row, Section, Table, Tag, changed
from dlrecipe.reports.html.study_parts import TONES, again, facts_of, unfinished
from dlrecipe.reports.plots.study_charts import path_of, recipe_chart
from dlrecipe.reports.wording import change_text, error_text, value_text
from dlrecipe.studies.lab_book import SUPERSEDED, expectation, looked_at_test, result
from dlrecipe.studies.stored import StoredStudy


def recipe_page(stored: StoredStudy) -> Page:
    """Return the page of a recipe: from which error to which, by which path, and the lab book."""
    document, task, best = stored.document, stored.document["task"], stored.document["best"]
    command = _recipe_again(stored)
    tone, answer, reasons, step = _answer(document)
    if not stored.is_complete:
        step = Next("Go on with the recipe", commands=[f"{command} --resume"])
    caption = "Every run of the recipe; the lines join those that lead from the start to the best."
    picture = drawn(lambda: recipe_chart(document), caption, "path")
    sections = [
        Section("picture", "From the start to the best", [picture]),
        Section("path", "The path", table=_path(document, task)),
        *_rounds(document, task),
    ]
    if best is not None:
        changes = {key: value_text(value) for key, value in best["changes"].items()}
        sections.append(changed(stored.asked["config"], changes, str(best["config"])))
    sections.append(Section("again", "Make it again", commands=[command]))
    spent = [("budget", str(document["budget"])), ("used", f"{document['n_runs']} runs")]
    facts = [*facts_of(stored, [*document["entries"], *document.get("superseded", ())]), *spent]
    return Page("Recipe", tone, answer, reasons, step, facts, sections, unfinished(stored))


def _answer(document: Mapping[str, Any]) -> tuple[str, str, list[str], Next]:
    """Return the tone, the answer, the reasons for it, and the step that follows."""
    best, start, task = document["best"], document["start"], document["task"]
    if best is None:
        step = Next("See below why, and check the config", commands=[f"dlrecipe check {document['config']}"])
        return "bad", "No run has come to an end", [], step
    before = error_text((start or {}).get("errors", {}).get("dev"), task)
    reasons = [document["reason"]]
    if document["target_error"] is not None:
        met = "met" if document["met"] else "not met"
        reasons.append(f"The target, {error_text(document['target_error'], task)}, is {met}.")
    if told := looked_at_test(document):
        reasons.append(told)
    tone = "good" if document["met"] or document["target_error"] is None else "open"
    step = Next(
        "Use this config" if document["met"] else "Read the best run's diagnosis for what is left to do",
        commands=[f"dlrecipe {'show' if document['met'] else 'diagnose'} {best['run_id']}"],
    )
    return tone, f"Dev error {before} → {error_text(best['dev'], task)}", reasons, step


def _path(document: Mapping[str, Any], task: str) -> Table:
    rows = []
    for place, entry in enumerate(path_of(document)):
        cells: list[str | Tag] = [change_text(entry["change"]) or "as it is"]
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
    if superseded := document.get("superseded"):
        found.append(Section("superseded", SUPERSEDED, items=[_idea(entry, task) for entry in superseded]))
    return found


def _idea(entry: Mapping[str, Any], task: str) -> Item:
    lines = [f"Idea: {entry['why']}."] if entry["why"] else []
    expected = expectation(entry, task)
    if expected:
        lines.append(f"Expected: {expected}.")
    lines.append(f"Result: {result(entry, task)} (seed {entry['seed']}, {entry['run_id'] or 'no run'}).")
    tag = Tag(entry["judgement"], TONES.get(entry["judgement"], ""))
    name = "" if entry["judgement"] == "confirmation" else f"{entry['trial']} "
    return Item(f"{name}{entry['advice']}", tag, lines, change_text(entry["change"]))


def _recipe_again(stored: StoredStudy) -> str:
    budget, target = stored.asked["budget"], stored.asked["target"]
    given = str(budget["runs"]) if budget["runs"] is not None else f"{budget['seconds']:g}s"
    wanted = [] if target is None else ["--target", f"{target:g}"]
    return again("recipe", stored.document, "--budget", given, *wanted)
