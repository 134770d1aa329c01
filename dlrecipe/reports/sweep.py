"""A sweep's results as a person reads them: the table, what it is worth, where things are; the picture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from dlrecipe.reports.layout import Cell, Column, FittedTable
from dlrecipe.reports.sweep_wording import interval_text, values_text
from dlrecipe.reports.wording import count, printable

if TYPE_CHECKING:
    from dlrecipe.studies.axes import Axis

SHOWN = 30
"""Points in the table; results.json has them all."""
_TOLD = 3


def sweep_view(document: Mapping[str, Any]) -> RenderableType:
    """Return the table of points, the best first, and below it what follows."""
    parts: list[RenderableType] = [_table(document)]
    more = len(document["points"]) - SHOWN
    if more > 0:
        parts.append(Text(f"… and {count(more)} more points.", style="dim"))
    parts += [Text(), *_conclusions(document), *_lost(document), _places(document)]
    return Group(*parts)


def _table(document: Mapping[str, Any]) -> RenderableType:
    keys, task = document["keys"], document["task"]
    columns = [
        Column("", rank=0),
        *(Column(printable(key), fold=True) for key in keys),
        Column("dev (95%)", right=True),
        Column("train (95%)", rank=1, right=True),
        Column("seeds", rank=2, right=True),
        Column("epochs", rank=4, right=True),
        Column("notes", rank=3),
    ]
    rows = [_row(point, document, keys, task) for point in document["points"][:SHOWN]]
    return FittedTable(columns, rows)


def _row(point: Mapping[str, Any], document: Mapping[str, Any], keys: list[str], task: str) -> list[Cell]:
    chosen = document["chosen"] is not None and point["point"] == document["chosen"]["point"]
    best = document["best"] is not None and point["point"] == document["best"]["point"]
    notes = [f"{n} {outcome}" for outcome, n in point["outcomes"].items()]
    if best:
        notes.append("lowest")
    elif point["within_noise"]:
        notes.append("within noise of it")
    style = "bold" if chosen else "" if point["complete"] else "dim"
    return [
        Cell("→" if chosen else "", style="bold"),
        *(Cell(printable(point["values"][key]), style=style) for key in keys),
        Cell(interval_text(point["dev"], task), style=style),
        Cell(interval_text(point["train"], task)),
        Cell(str(point["seeds_done"])),
        Cell("" if point["epochs"] is None else count(point["epochs"])),
        Cell(", ".join(notes), style="dim"),
    ]


def _conclusions(document: Mapping[str, Any]) -> list[Text]:
    best, chosen, task = document["best"], document["chosen"], document["task"]
    if best is None:
        return [Text("No point has been trained to its end with all its seeds.", style="bold")]
    lowest = f"Lowest dev error: {interval_text(best['dev'], task)} at {values_text(best['values'])}."
    lines = [Text(lowest, style="bold"), Text(noise_line(document))]
    if chosen["point"] != best["point"]:
        told = f"Chosen: {values_text(chosen['values'])}, the simplest within one standard error."
        lines.append(Text(told, style="bold"))
    return [*lines, *(Text(line, style="yellow") for line in edge_lines(document))]


def edge_lines(document: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each key at whose end of what was tried the best lies."""
    return [
        f"The lowest lies at the {edge['end']} end of what was tried, "
        f"{printable(edge['key'])}={printable(edge['value'])}: "
        f"try values further {'down' if edge['end'] == 'lower' else 'up'} too."
        for edge in ([] if is_flat(document) else document["edges"])
    ]


def noise_line(document: Mapping[str, Any]) -> str:
    """Return what one standard error is, and which points lie within it of the best."""
    best, task = document["best"], document["task"]
    noise, others = best["dev"]["standard_error"], sum(p["within_noise"] for p in document["points"]) - 1
    if sum(point["complete"] for point in document["points"]) == 1:
        alone = len(document["points"]) == 1
        return (
            "There is no other point to compare it with: vary another key."
            if alone
            else "It is the only point that was trained to its end with all its seeds."
        )
    if noise is None:
        return "One seed tells nothing of noise: vary seed=0..4 too before calling anything better."
    n_seeds = best["dev"]["seeds"]
    source = f"{n_seeds} seeds" if n_seeds > 1 else "the dev examples (one seed: vary seed=0..4 too)"
    size = f"{100 * noise:.2g} points" if task == "classification" else f"{noise:.2g}"
    what = f"One standard error, from {source}, is {size}"
    if is_flat(document):
        return f"{what}: no point differs from another by more. Try other settings, or a wider range."
    if not others:
        n_others = sum(point["complete"] for point in document["points"]) - 1
        return f"{what}: {'the other point' if n_others == 1 else 'every other point'} is further away."
    verb = "points are" if others > 1 else "point is"
    return f"{what}: {count(others)} other {verb} within it, and no worse as far as can be told."


def is_flat(document: Mapping[str, Any]) -> bool:
    """Return whether what was varied makes no difference that noise would not make."""
    full = [point for point in document["points"] if point["complete"]]
    return len(full) > 1 and all(point["within_noise"] for point in full)


def _lost(document: Mapping[str, Any]) -> list[Text]:
    """Return what became of trials that are not done, with the reasons of some."""
    lost = [trial for trial in document["trials"] if trial["outcome"] != "done"]
    if not lost:
        return []
    n = document["n_trials"]
    told = ", ".join(f"{n[outcome]} {outcome}" for outcome in ("diverged", "failed", "killed") if n[outcome])
    lines = [Text(f"Not done: {told}.", style="yellow")]
    for trial in [trial for trial in lost if trial["error"]][:_TOLD]:
        seed = "" if trial["seed"] is None else f" seed={trial['seed']}"
        first = printable(trial["error"].splitlines()[0])
        lines.append(Text(f"  {values_text(trial['values'])}{printable(seed)}: {first}", style="dim"))
    return lines


def _places(document: Mapping[str, Any]) -> Text:
    files = document["files"]
    lines = [f"Results: {files['results']}"]
    if files["plot"]:
        lines.append(f"Plot: {files['plot']}")
    if files["config"]:
        lines.append(f"Next: dlrecipe train {files['config']}")
    if document["status"] == "interrupted":
        lines.append("Stopped. The same command with --resume goes on.")
    return Text("\n".join(map(printable, lines)))


def sweep_svg(document: Mapping[str, Any], axes: "Sequence[Axis]") -> str:
    """Return the picture, a panel a setting that was varied."""
    # Imported here: the table needs none of it.
    from dlrecipe.reports.plots.figure import figure_of
    from dlrecipe.reports.plots.files import figure_bytes
    from dlrecipe.reports.plots.sweep_chart import sweep_chart

    charts = [sweep_chart(document, axis) for axis in axes]
    return figure_bytes(figure_of(charts), "svg", title=f"Sweep {document['study_id']}").decode()
