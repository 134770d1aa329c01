"""The page of a learning curve."""

import shlex
from collections.abc import Mapping
from typing import Any

from dlrecipe.reports.html.pieces import drawn
from dlrecipe.reports.html.study_page import Next, Page, Row, Section, Table, Tag
from dlrecipe.reports.html.study_parts import between, facts_of, trials_table, unfinished
from dlrecipe.reports.learning_curve import statement
from dlrecipe.reports.plots.study_charts import curve_chart
from dlrecipe.reports.wording import count, error_text
from dlrecipe.studies.stored import StoredStudy

_MAY_NOT = "may leave the error where it is: more --seeds narrow the interval."


def curve_page(stored: StoredStudy) -> Page:
    """Return the page of a learning curve: whether more data helps, and what ten times would bring."""
    document, task, asked = stored.document, stored.document["task"], stored.asked
    again = shlex.join(
        ["dlrecipe", "learning-curve", document["config"], "--sizes", str(len(asked["sizes"])), "--seeds",
         str(len(asked["seeds"]))]
    )  # fmt: skip
    tone, answer, step = _answer(document, again)
    if not stored.is_complete:
        step = Next("Go on with the curve", commands=[f"{again} --resume"])
    caption = "Dev and train error with 95% intervals; beyond the data, what dev is expected to do."
    sections = [Section("picture", "The curve", [drawn(lambda: curve_chart(document), caption, "curve")])]
    if document["refusal"] is None:
        sections.append(Section("expected", "With more data", table=_expected(document, task)))
    sections += [
        Section("sizes", "By size", table=_sizes(document, task)),
        Section("trials", "Trials", table=trials_table(document["trials"], task)),
        Section("again", "Make it again", commands=[again]),
    ]
    facts = facts_of(stored, document["trials"], sizes=str(len(document["points"])))
    return Page(
        "Learning curve", tone, answer, [statement(document)], step, facts, sections, unfinished(stored)
    )


def _answer(document: Mapping[str, Any], again: str) -> tuple[str, str, Next]:
    """Return the tone, the answer, and the step that follows; `again` is the command of the curve."""
    clearer = "Make the curve clearer"
    if document["refusal"] is not None:
        step = Next(clearer, "More --seeds make it less noisy, more --sizes longer.", [again])
        return "open", "What more data would bring cannot be told", step
    last = document["expected"][-1]
    if last["high"] < document["error"]:
        step = Next("Collect data in rounds", "Measure the curve again after each: it may bend.", [again])
        return "good", "More data is expected to help", step
    step = Next(clearer, f"Even {last['times']} times the data {_MAY_NOT}", [again])
    return "open", "Whether more data helps is open", step


def _expected(document: Mapping[str, Any], task: str) -> Table:
    rows = [
        Row(
            f"{each['times']}×",
            [count(each["n"]), error_text(each["error"], task), between(each, task)],
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
                ["–", ""] if figure is None else [error_text(figure["mean"], task), between(figure, task)]
            )
        failed = Tag(f"{point['failed']} not done", "bad") if point["failed"] else ""
        rows.append(Row(count(point["n"]), [*cells, str(point["done"]), failed]))
    return Table("Errors by size", columns, rows)
