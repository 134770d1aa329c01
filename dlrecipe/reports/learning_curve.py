"""A learning curve as a person reads it, and as a picture. Knows no experiment."""

import math
from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from dlrecipe.reports.layout import Cell, Column, FittedTable
from dlrecipe.reports.wording import count, error_text, printable

SPLITS = ("train", "dev")


def learning_curve_view(document: Mapping[str, Any]) -> RenderableType:
    """Return the table of sizes, what follows from it, and where it is kept."""
    task = document["task"]
    seeds = max((point["done"] for point in document["points"]), default=0)
    columns = [Column("examples", right=True)]
    for split in SPLITS:
        columns += [Column(f"{split} error", right=True), Column("95%", right=True, rank=1)]
    columns.append(Column("seeds", right=True, rank=2))
    rows = [_row(point, task) for point in document["points"]]
    lines: list[RenderableType] = [FittedTable(columns, rows), Text()]
    if document["expected"]:
        expected = [Column("more data", right=True), Column("examples", right=True)]
        expected += [Column("dev error", right=True), Column("90%", right=True)]
        lines += [FittedTable(expected, [_expected_row(each, task) for each in document["expected"]]), Text()]
    lines += [Text(statement(document)), Text()]
    dev = f"All are measured on the same {count(document['n_dev'])} dev examples"
    lines.append(Text(f"{dev}; the chance of which these are is in no interval.", style="dim"))
    if seeds == 1:
        lines.append(Text("One seed shows no noise: --seeds 3 gives intervals that can be relied on."))
    if not document["complete"]:
        lines.append(Text("Not complete; the same command with --resume goes on."))
    lines.append(Text(printable(document.get("plot") or document["path"]), style="dim"))
    return Group(*lines)


def statement(document: Mapping[str, Any]) -> str:
    """Return in words what more data is expected to bring, what of the target, and what speaks against it."""
    caution = document.get("caution")
    return _of_more_data(document) + (f" {caution}." if caution else "")


def _of_more_data(document: Mapping[str, Any]) -> str:
    refusal = document["refusal"]
    if refusal is not None:
        return f"Nothing is said of more data: {refusal['text']}."
    task, target = document["task"], document["target_error"]
    tenfold = document["expected"][-1]
    text = (
        f"{_times(tenfold['times'])} the data ({count(tenfold['n'])} examples) is expected to bring "
        f"dev error from {error_text(document['error'], task)} "
        f"to {_range(tenfold['low'], tenfold['high'], task)}"
    )
    if target is None:
        return f"{text}."
    wanted = error_text(target, task)
    if document["error"] <= target:
        return f"{text}; the {wanted} you want is reached already."
    if tenfold["low"] > target:
        text += f"; not the {wanted} you want."
    elif tenfold["high"] <= target:
        text += f"; the {wanted} you want is within reach."
    else:
        text += f"; whether that is the {wanted} you want is open."
    return f"{text} {_size_for(document['size_for_target'], wanted)}"


def _size_for(size: Mapping[str, Any], wanted: str) -> str:
    rounds = "Collect in rounds, and measure the curve again after each: one-shot estimates are poor."
    if size["low"] is None:
        return f"No size up to a hundred times the data comes down to {wanted}."
    low, high = count(size["low"]), None if size["high"] is None else count(size["high"])
    between = f"{low} to {high}" if high is not None else f"{low} at the least, with no upper end"
    expected = "" if size["n"] is None else f", {count(size['n'])} by the fit"
    return f"Examples for {wanted}: {between}{expected}. {rounds}"


def _times(times: int) -> str:
    return {2: "Twice", 10: "Ten times"}.get(times, f"{times} times")


def _range(low: float, high: float, task: str) -> str:
    """Write 0.071 and 0.093 as 7-9%, with the digits that tell them apart."""
    if task != "classification":
        return f"{low:.3g}–{high:.3g}"
    digits = max(0, 1 - math.floor(math.log10(max(100 * (high - low), 0.01))))
    digits = 0 if high - low >= 0.0195 else digits
    return f"{100 * low:.{digits}f}–{100 * high:.{digits}f}%"


def _row(point: Mapping[str, Any], task: str) -> list[Cell]:
    cells = [Cell(count(point["n"]))]
    for split in SPLITS:
        figure = point[split]
        if figure is None:
            cells += [Cell("–"), Cell("")]
            continue
        cells.append(Cell(error_text(figure["mean"], task), style="bold" if split == "dev" else ""))
        ends = [error_text(figure[end], task).rstrip("%") for end in ("low", "high")]
        cells.append(Cell(" to ".join(ends), style="dim"))
    failed = f" ({point['failed']} failed)" if point["failed"] else ""
    return [*cells, Cell(f"{point['done']}{failed}", style="dim")]


def _expected_row(each: Mapping[str, Any], task: str) -> list[Cell]:
    ends = [error_text(each[end], task).rstrip("%") for end in ("low", "high")]
    return [
        Cell(_times(each["times"])),
        Cell(count(each["n"])),
        Cell(error_text(each["error"], task), style="bold"),
        Cell(" to ".join(ends)),
    ]


def learning_curve_svg(document: Mapping[str, Any]) -> str:
    """Return the picture: errors by size with intervals, and the continuation of dev with its own."""
    # Imported here: the table needs none of it.
    from dlrecipe.reports.plots.figure import figure_of
    from dlrecipe.reports.plots.files import figure_bytes
    from dlrecipe.reports.plots.study_charts import curve_chart

    chart = curve_chart(document)
    return figure_bytes(figure_of([chart]), "svg", title=chart.title).decode()
