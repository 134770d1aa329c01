"""The page of a learning curve."""

from collections.abc import Mapping
from typing import Any

from dlrecipe.reports.html.pieces import drawn
from dlrecipe.reports.html.study_page import Next, Page, Row, Section, Table, Tag
from dlrecipe.reports.html.study_parts import again, between, facts_of, trials_table, unfinished
from dlrecipe.reports.learning_curve import statement
from dlrecipe.reports.plots.study_charts import curve_chart
from dlrecipe.reports.wording import count, error_text
from dlrecipe.studies.stored import StoredStudy

_MAY_NOT = "may leave the error where it is: more --seeds narrow the interval."


def curve_page(stored: StoredStudy) -> Page:
    """Return the page of a learning curve: whether more data helps, and what ten times would bring."""
    document, task, asked = stored.document, stored.document["task"], stored.asked
    n_seeds = len(asked["seeds"])
    command, clearer = (
        again("learning-curve", document, "--sizes", str(len(asked["sizes"])), "--seeds", str(seeds))
        for seeds in (n_seeds, min(2 * n_seeds, 100))
    )
    tone, answer, step = _answer(document, command, clearer)
    if not stored.is_complete:
        step = Next("Go on with the curve", commands=[f"{command} --resume"])
    caption = "Dev and train error with 95% intervals; beyond the data, what dev is expected to do."
    sections = [Section("picture", "The curve", [drawn(lambda: curve_chart(document), caption, "curve")])]
    if document["refusal"] is None:
        sections.append(Section("expected", "With more data", table=_expected(document, task)))
    sections += [
        Section("sizes", "By size", table=_sizes(document, task)),
        Section("trials", "Trials", table=trials_table(document["trials"], task)),
        Section("again", "Make it again", commands=[command]),
    ]
    facts = facts_of(stored, document["trials"], sizes=str(len(document["points"])))
    return Page(
        "Learning curve", tone, answer, [statement(document)], step, facts, sections, unfinished(stored)
    )


def _answer(document: Mapping[str, Any], command: str, clearer: str) -> tuple[str, str, Next]:
    """Return the tone, the answer, and the step that follows.

    Args:
        command: that of the curve.
        clearer: the same with more seeds.
    """
    title = "Make the curve clearer"
    if document.get("caution"):
        step = Next("Let training get to its end first", "Then measure the curve again.")
        return "open", "What more data would bring cannot be told", step
    if document["refusal"] is not None:
        step = Next(title, "More --seeds make it less noisy, more --sizes longer.", [clearer])
        return "open", "What more data would bring cannot be told", step
    last = document["expected"][-1]
    if last["high"] < document["error"]:
        step = Next("Collect data in rounds", "Measure the curve again after each: it may bend.", [command])
        return "good", "More data is expected to help", step
    step = Next(title, f"Even {last['times']} times the data {_MAY_NOT}", [clearer])
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
