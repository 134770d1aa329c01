"""A sweep's results as a person reads them: the table, what it is worth, where things are; the picture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from dlrecipe.reports.sweep_table import SweepTable
from dlrecipe.reports.sweep_wording import interval_text, points_differ, values_text
from dlrecipe.reports.wording import count, printable
from dlrecipe.studies.dev_sets import DRAWS

if TYPE_CHECKING:
    from dlrecipe.studies.axes import Axis

SHOWN = 30
"""Points in the table; results.json has them all."""
_TOLD = 3


def sweep_view(document: Mapping[str, Any]) -> RenderableType:
    """Return the table of points, the best first, and below it what follows."""
    parts: list[RenderableType] = [SweepTable(document, SHOWN)]
    more = len(document["points"]) - SHOWN
    if more > 0:
        parts.append(Text(f"… and {count(more)} more points.", style="dim"))
    parts += [Text(), *_conclusions(document), *_lost(document), _places(document)]
    return Group(*parts)


def _conclusions(document: Mapping[str, Any]) -> list[Text]:
    best, chosen, task = document["best"], document["chosen"], document["task"]
    if best is None:
        return [Text("No point has been trained to its end with all its seeds.", style="bold")]
    lowest = f"Lowest dev error: {interval_text(best['dev'], task)} at {values_text(best['values'])}."
    lines = [
        Text(lowest, style="bold"),
        *(Text(line) for line in (noise_line(document), *dev_lines(document))),
    ]
    if chosen is not None and chosen["point"] != best["point"]:
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
    size = f"{100 * noise:.2g} points" if task == "classification" else f"{noise:.2g}"
    what = f"One standard error, from {_source_of_noise(document)}, is {size}"
    both, it, more = "", "it", "by more"
    if points_differ(document):
        # The lowest has its noise, and so has what it is compared with.
        both, it, more = ", and each point has its own", "both together", "by more than both together"
    if is_flat(document):
        told = "no point differs from another" if not both else "no point differs from the lowest"
        return f"{what}{both}: {told} {more}. Try other settings, or a wider range."
    if not others:
        n_others = sum(point["complete"] for point in document["points"]) - 1
        away = "is further away" + (" than both together" if both else "")
        return f"{what}{both}: {'the other point' if n_others == 1 else 'every other point'} {away}."
    verb = "points are" if others > 1 else "point is"
    return f"{what}{both}: {count(others)} other {verb} within {it}, and no worse as far as can be told."


def _source_of_noise(document: Mapping[str, Any]) -> str:
    n_seeds = document["best"]["dev"]["seeds"]
    if n_seeds == 1:
        return "the dev examples (one seed: vary seed=0..4 too)"
    if document["task"] == "classification" and _share_one(document):
        n = max(trial["n_dev"] for trial in document["trials"])
        return f"{n_seeds} seeds and the {count(n)} dev examples that they share"
    return f"{n_seeds} seeds"


def dev_lines(document: Mapping[str, Any]) -> list[str]:
    """Return what is to be known of dev sets that differ, or that all seeds share; nothing of old studies."""
    sets = document.get("dev_sets")
    if sets is None:
        return []
    if sets["data_changed"]:
        return [
            "The data changed while the sweep ran: the same settings and seed were measured on different dev "
            "examples. Sweep anew, without --resume."
        ]
    keys = [key for key in sets["differ_by"] if key != "seed"]
    named = printable(" and ".join(keys))
    if keys and set(keys) <= set(DRAWS):
        return [
            f"{named} only deals other dev sets: the lowest error is that of the easiest one, and no setting "
            "is better by it. To repeat every point, vary seed."
        ]
    if keys:
        return [
            f"Dev is not the same for all points: {named} changes which examples are in it. Part of what "
            "points differ in is their dev sets."
        ]
    if sets["differ_by"]:
        points, shared = ", the same for all points", ", which all points share"
        if len(document["points"]) == 1:
            points = shared = ""
        return [
            f"Seeds have dev sets of their own{points}: the intervals hold the luck of the split too{shared}."
            " With data.seed set, all seeds are measured on one dev set."
        ]
    if _share_one(document) and document["seeds"] > 1 and document["task"] != "classification":
        return [
            "All seeds share one dev set: the intervals do not hold the chance of which examples are in it."
        ]
    return []


def _share_one(document: Mapping[str, Any]) -> bool:
    """Return whether all trials were measured on one dev set, as far as is known."""
    return (document.get("dev_sets") or {}).get("n") == 1


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
