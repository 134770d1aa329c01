"""The list of runs as a person reads it. Knows no files: is handed the rows of `runs --json`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from dlrecipe.reports.layout import Cell, Column, FittedTable
from dlrecipe.reports.summary import STYLES
from dlrecipe.reports.wording import UNKNOWN, ago, duration, error_text, number, printable

COLUMNS = (
    Column("run", fold=True),
    Column("status"),
    Column("when", rank=3),
    Column("task", rank=6),
    Column("data", rank=5),
    Column("train", rank=1, right=True),
    Column("dev", right=True),
    Column("epochs", rank=2, right=True),
    Column("time", rank=4, right=True),
)
WIDEST_ORIGIN = 24


def runs_table(rows: Sequence[Mapping[str, Any]], now: datetime | None = None) -> RenderableType:
    """Return the list of runs, the newest last, and below it what is wrong with the damaged ones.

    Args:
        rows: `run_id`, `status`, `created` (ISO 8601 with a zone, or null), and `damage` or `task`, `origin`,
            `errors`, `epochs_run`, `wall_s`.
        now: the time, with its zone, that ages are counted to; None for the present.
    """
    if not rows:
        return Text("No runs yet. Start one: dlrecipe train CONFIG")
    now = now or datetime.now(UTC)
    # The newest stands where the eye is after printing: at the bottom, above the prompt.
    ordered = sorted(rows, key=lambda row: (created_at(row) or _LONG_AGO, row["run_id"]))
    parts: list[RenderableType] = [FittedTable(COLUMNS, [_row(row, now) for row in ordered])]
    if any(row.get("task") == "regression" for row in ordered):
        parts.append(Text("Errors without a percent sign are 1-R².", style="dim"))
    damaged = [row for row in ordered if row.get("damage")]
    if damaged:
        parts.append(Text())
        parts += [
            Text.assemble((f"{printable(row['run_id'])}: ", "bold red"), printable(row["damage"]))
            for row in damaged
        ]
    return Group(*parts)


def deletion_view(document: Mapping[str, Any]) -> RenderableType:
    """Return what has become of runs that were to be deleted: `deleted`, their ids, and `kept`."""
    if not document["deleted"] and not document["kept"]:
        return Text("Nothing was deleted.")
    lines = [f"Deleted {printable(run_id)}" for run_id in document["deleted"]]
    lines += [f"Left {printable(path)}, which is being written" for path in document["kept"]]
    return Text("\n".join(lines))


def created_at(row: Mapping[str, Any]) -> datetime | None:
    """Return when a run was created; None if it is not known."""
    created = row.get("created")
    return datetime.fromisoformat(created) if created else None


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _row(row: Mapping[str, Any], now: datetime) -> list[Cell]:
    status = str(row["status"])
    task, errors = row.get("task") or "classification", row.get("errors") or {}
    return [
        Cell(printable(row["run_id"])),
        Cell(printable(status.replace("_", " ")), style=STYLES.get(status, "").removeprefix("bold ")),
        Cell(ago(created_at(row), now), style="dim"),
        Cell(row.get("task") or UNKNOWN),
        Cell(_shortened(printable(str(row.get("origin") or UNKNOWN)))),
        Cell(error_text(errors.get("train"), task)),
        Cell(error_text(errors.get("dev"), task), style="bold"),
        Cell(number(row.get("epochs_run"))),
        Cell(duration(row.get("wall_s"))),
    ]


def _shortened(origin: str) -> str:
    # The end of a path tells more than its start.
    return origin if len(origin) <= WIDEST_ORIGIN else f"…{origin[1 - WIDEST_ORIGIN :]}"
