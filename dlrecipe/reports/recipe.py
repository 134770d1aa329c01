"""What a recipe did, as a person reads it: each round's ideas and results, and the config it ends with."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from dlrecipe.reports.layout import Cell, Column, FittedTable
from dlrecipe.reports.wording import change_text, duration, error_text, plural, printable, value_text
from dlrecipe.studies.lab_book import looked_at_test

GO_ON = "Left off before its end; the same command with --resume goes on."
SHOWN = 40
"""Runs in the table; of more, only those that lead from the start to the best. The lab book has them all."""
CHANGE_WIDTH = 40
"""Of the terminal; a longer change takes several lines before other columns are left out."""

_STYLES = {"better": "green", "failed": "red", "start": "bold"}


def recipe_view(document: Mapping[str, Any]) -> RenderableType:
    """Return the table of runs, the result, and where the lab book lies."""
    task = document["task"]
    columns = [Column("round", right=True, rank=2), Column("change", fold=True, least=CHANGE_WIDTH)]
    columns += [Column("train", right=True), Column("dev", right=True)]
    columns += [Column("", rank=1), Column("time", right=True, rank=3)]
    entries, shown = document["entries"], _shown(document)
    left_out = len(entries) - len(shown)
    more = [Text(f"… and {plural(left_out, 'other run')}, in the lab book.", style="dim")] if left_out else []
    again = document.get("superseded", ())
    if again:
        told = f"And {plural(len(again), 'confirmation')} of what was the best before, in the lab book."
        more.append(Text(told, style="dim"))
    table = FittedTable(columns, [_row(entry, task) for entry in shown])
    return Group(table, *more, Text(), *_result(document, task))


def _shown(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = document["entries"]
    if len(entries) <= SHOWN:
        return list(entries)
    return [e for e in entries if e["trial"] in document["steps"] or e["judgement"] == "confirmation"]


def _row(entry: Mapping[str, Any], task: str) -> list[Cell]:
    change = change_text(entry["change"])
    if entry["judgement"] == "confirmation":
        change = entry["advice"]
    train, dev = (error_text(entry["errors"].get(split), task) for split in ("train", "dev"))
    return [
        Cell(str(entry["round"])),
        Cell(printable(change or "as it is")),
        Cell(train),
        Cell(dev, style="bold"),
        Cell(entry["judgement"], style=_STYLES.get(entry["judgement"], "dim")),
        Cell(duration(entry["wall_s"]), style="dim"),
    ]


def _result(document: Mapping[str, Any], task: str) -> list[RenderableType]:
    best = document["best"]
    if best is None:
        lost: list[RenderableType] = [Text("No run has come to an end.", style="bold")]
        return lost if document["complete"] else [*lost, Text(GO_ON)]
    lines: list[RenderableType] = [
        Text.assemble(
            (f"Best: dev error {error_text(best['dev'], task)}", "bold"),
            f"  {best['run_id']}  after {plural(document['n_runs'], 'run')}, {duration(document['wall_s'])}",
        )
    ]
    lines += [Text(f"  {path}: {value_text(value)}") for path, value in best["changes"].items()]
    lines.append(Text(document["reason"]))
    if told := looked_at_test(document):
        lines.append(Text(told))
    if not document["complete"]:
        lines.append(Text(GO_ON))
    lines += [Text(), Text(printable(best["config"]), style="dim")]
    lines.append(Text(printable(f"{document['path']}/lab_book.md"), style="dim"))
    return lines
