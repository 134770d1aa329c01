"""Several runs side by side, as plain values for the template. The intervals are those of `compare`."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from dlrecipe.diagnosis.wording import points
from dlrecipe.errors import DlrecipeError
from dlrecipe.experiment.listing import comparison
from dlrecipe.reports.comparison import above_lowest, marked
from dlrecipe.reports.html.charts import chart_svg
from dlrecipe.reports.plots.chart import Axis, Chart, Line
from dlrecipe.reports.plots.curves import single
from dlrecipe.reports.plots.settings import error_label, error_scale
from dlrecipe.reports.plots.style import LAYERS, known
from dlrecipe.reports.wording import cost_text, duration, error_text, number, value_text
from dlrecipe.store.run_directory import RunDirectory

MOST_DRAWN = len(LAYERS)
"""Runs whose curves are drawn: colours and dashes are that many."""


def compared(runs: Sequence[RunDirectory]) -> dict[str, Any]:
    """Return what the page says: a column a run, a mark at those that nothing tells from the best."""
    document = comparison(runs)
    rows = document["runs"]
    above = above_lowest(rows)
    best = marked(above)
    figures = [
        ("dev error", [error_text(row["errors"].get("dev"), row["task"] or "") for row in rows]),
        ("above lowest", [_above(each, row["task"]) for each, row in zip(above, rows, strict=True)]),
        ("train error", [error_text(row["errors"].get("train"), row["task"] or "") for row in rows]),
        ("J on dev", [cost_text(row["cost"].get("dev")) for row in rows]),
        ("J on train", [cost_text(row["cost"].get("train")) for row in rows]),
        ("parameters", [number(row["n_params"]) for row in rows]),
        ("epochs run", [number(row["epochs_run"]) for row in rows]),
        ("epoch kept", [number(row["kept_epoch"]) for row in rows]),
        ("time", [duration(row["wall_s"]) for row in rows]),
        ("status", [row["status"].replace("_", " ") for row in rows]),
    ]
    settings = [
        (key, ["–" if value is None else value_text(value) for value in values])
        for key, values in document["settings"].items()
        if key != "name"
    ]
    return {
        "runs": [{"id": row["run_id"], "best": is_best} for row, is_best in zip(rows, best, strict=True)],
        "figures": figures,
        "settings": settings,
        "tells_apart": any(best),
        "picture": _picture(runs),
        "not_drawn": max(0, len(runs) - MOST_DRAWN),
    }


def _above(above: Any, task: str | None) -> str:
    if above is None:
        return "–"
    written = points if task == "classification" else "{:.3f}".format
    if above.interval is None or above.value == 0:
        return written(above.value)
    low, high = map(written, above.interval)
    return f"{written(above.value)} ({low} to {high})"


def _picture(runs: Sequence[RunDirectory]) -> Markup | None:
    chart = _curves(runs[:MOST_DRAWN])
    return None if chart is None else chart_svg(chart, "Dev error by epoch of the runs compared.", "errors")


def _curves(runs: Sequence[RunDirectory]) -> Chart | None:
    lines, units = [], set()
    for place, (run, (colour, dashes)) in enumerate(zip(runs, LAYERS, strict=False), start=1):
        try:
            history = run.read_journal()
        except DlrecipeError:
            continue  # its figures are in the table, or are said to be missing there
        if history:
            task = run.record.get("data", {}).get("task") or ""
            units.add(error_label(task).removeprefix("error, "))
            values = [error_scale(task) * each for each in known([line["error"]["dev"] for line in history])]
            lines.append(Line([line["epoch"] for line in history], values, colour, str(place), dashes))
    if not lines:
        return None
    y = Axis(f"dev error, {' or '.join(sorted(units))}", 0.0)
    return Chart(
        "Dev error by epoch, by the runs' numbers", Axis("epoch", whole=True), y, single(lines), height=3.4
    )
