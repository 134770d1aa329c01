"""What a recipe did, as a person reads it: each round's ideas and results, and the config it ends with."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from dlrecipe.reports.layout import Cell, Column, FittedTable
from dlrecipe.reports.wording import change_text, count, duration, error_text, printable, value_text

_STYLES = {"better": "green", "failed": "red", "start": "bold"}


def recipe_view(document: Mapping[str, Any]) -> RenderableType:
    """Return the table of runs, the result, and where the lab book lies."""
    task = document["task"]
    columns = [Column("round", right=True, rank=2), Column("change", fold=True), Column("train", right=True)]
    columns += [Column("dev", right=True), Column("", rank=1), Column("time", right=True, rank=3)]
    rows = [_row(entry, task) for entry in document["entries"]]
    return Group(FittedTable(columns, rows), Text(), *_result(document, task))


def _row(entry: Mapping[str, Any], task: str) -> list[Cell]:
    change = change_text(entry["change"])
    if entry["judgement"] == "confirmation":
        change = f"{entry['base']} with seed {entry['seed']}"
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
        return [Text("No run has come to an end.", style="bold")]
    lines: list[RenderableType] = [
        Text.assemble(
            (f"Best: dev error {error_text(best['dev'], task)}", "bold"),
            f"  {best['run_id']}  after {count(document['n_runs'])} runs, {duration(document['wall_s'])}",
        )
    ]
    lines += [Text(f"  {path}: {value_text(value)}") for path, value in best["changes"].items()]
    lines.append(Text(document["reason"]))
    if document["test"] is not None:
        error = error_text(document["test"]["error"], task)
        lines.append(Text(f"Test error, looked at once: {error}"))
    if not document["complete"]:
        lines.append(Text("Left off before its end; the same command with --resume goes on."))
    lines += [Text(), Text(printable(best["config"]), style="dim")]
    lines.append(Text(printable(f"{document['path']}/lab_book.md"), style="dim"))
    return lines
