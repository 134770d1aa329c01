"""One run as a person reads it: facts, curves, files, environment, config. Knows no files."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from dlrecipe.reports.curve import Curves
from dlrecipe.reports.layout import plain_table
from dlrecipe.reports.promise import promise_lines
from dlrecipe.reports.runs import created_at
from dlrecipe.reports.summary import METRICS, STYLES
from dlrecipe.reports.wording import (
    ago,
    cost_text,
    count,
    duration,
    error_text,
    number,
    printable,
    value_text,
    widths_in_words,
)

Pairs = Iterator[tuple[str, str]]


def run_view(document: Mapping[str, Any], now: datetime | None = None) -> RenderableType:
    """Return all there is to see of one run.

    Args:
        document: as `show --json` prints it: `record` (run.json), `config` (the text of the resolved one),
            `history` (the journal), `run_id`, `status`, `path`. Whatever the record lacks is left out.
        now: the time, with its zone, that the run's age is counted to; None for the present.
    """
    record, status = document["record"], str(document["status"])
    title = Text.assemble(
        (printable(document["run_id"]), "bold"),
        "  ",
        (printable(status.replace("_", " ")), STYLES.get(status, "")),
    )
    parts: list[RenderableType] = [title, _listed(_facts(document, now or datetime.now(UTC)))]
    parts += _curves(document["history"], _task(record))
    for heading, pairs in (("Files", _files(record)), ("Environment", _environment(record))):
        parts += [Text(), Text(heading, style="bold"), _listed(pairs)]
    parts += [Text(), Text("Config, every default spelled out", style="bold")]
    # Printed as it is, so that it can be copied.
    parts.append(Text("\n".join(map(printable, document["config"].rstrip().splitlines()))))
    return Group(*parts)


def _listed(pairs: Pairs) -> RenderableType:
    table = plain_table(show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(Text(name), Text(printable(value)))
    return Padding(table, (0, 0, 0, 2), expand=False)


def _task(record: Mapping[str, Any]) -> str:
    return str((record.get("data") or {}).get("task") or "classification")


def _facts(document: Mapping[str, Any], now: datetime) -> Pairs:
    record = document["record"]
    created = created_at(record)
    if created is not None:
        yield "created", f"{created.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {ago(created, now)}"
    yield "path", str(document["path"])
    if record.get("overrides"):
        yield "--set", ", ".join(map(str, record["overrides"]))
    data, network = record.get("data") or {}, record.get("network") or {}
    yield from _data_facts(data)
    if network:
        yield (
            "network",
            f"{widths_in_words(network.get('widths', ()))}, {number(network.get('n_params'))} parameters",
        )
    yield from _result_facts(record.get("result") or {}, _task(record))
    if record.get("parent"):
        yield "made from", str(record["parent"])
        promise = (record.get("result") or {}).get("promise")
        if promise and promise.get("advice"):
            yield "advice followed", str(promise["advice"])
        for line in promise_lines(promise, _task(record)):
            yield "promise", line
    for split, figures in (record.get("evaluations") or {}).items():
        yield f"{split} error", error_text(figures.get("error"), _task(record))
    looks = (record.get("looks") or {}).get("test")
    if looks is not None and "test" in (data.get("n") or {}):
        yield "looks at test", "none yet" if looks == 0 else str(looks)


def _data_facts(data: Mapping[str, Any]) -> Pairs:
    if data.get("origins"):
        yield "data", ", ".join(dict.fromkeys(map(str, data["origins"].values())))
    if data.get("task"):
        classes = f", {count(len(data['classes']))} classes" if data.get("classes") else ""
        yield "task", f"{data['task']}{classes}, {number(data.get('n_features'))} features"
    if data.get("n"):
        yield "examples", _by_split(data["n"], count)


def _result_facts(result: Mapping[str, Any], task: str) -> Pairs:
    if not result:
        return
    measure = "error" if task == "classification" else "1-R²"
    yield measure, _by_split(result.get("errors") or {}, lambda error: error_text(error, task))
    for name in METRICS:
        values = {s: figures[name] for s, figures in (result.get("metrics") or {}).items() if name in figures}
        if values:
            yield name.upper(), _by_split(values, number)
    yield "J", _by_split(result.get("cost") or {}, cost_text)
    epochs = f"{number(result.get('epochs_run'))} of {number(result.get('epochs_planned'))}"
    best, kept = number(result.get("best_epoch")), number(result.get("kept_epoch"))
    yield "epochs", f"{epochs}; best {best}, kept {kept}"
    if result.get("given_up"):
        yield "given up", str(result["given_up"])
    speed = result.get("examples_per_s")
    yield "time", duration(result.get("wall_s")) + (f", {count(speed)} examples/s" if speed else "")


def _by_split(values: Mapping[str, Any], written: Any) -> str:
    return ", ".join(f"{split.replace('_', '-')} {written(value)}" for split, value in values.items())


def _files(record: Mapping[str, Any]) -> Pairs:
    for name, sha256 in (record.get("files") or {}).items():
        yield str(name), f"sha256 {str(sha256)[:12]}…"


def _environment(record: Mapping[str, Any]) -> Pairs:
    for name, value in (record.get("environment") or {}).items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{key} {value_text(inner)}" for key, inner in value.items())
        elif isinstance(value, list):
            value = (" " if name == "command" else ", ").join(map(str, value))
        yield str(name), value if isinstance(value, str) else value_text(value)


def _curves(history: Sequence[Mapping[str, Any]], task: str) -> list[RenderableType]:
    """Return the curves of the error and of J; none for fewer than two epochs."""
    if len(history) < 2:
        return []
    error = "Error" if task == "classification" else "1-R²"
    return [
        Text(),
        Curves(error, *_series(history, "error"), label=lambda value: error_text(value, task)),
        Text(),
        Curves("J", *_series(history, "cost"), label=cost_text, log=True),
    ]


def _series(history: Sequence[Mapping[str, Any]], key: str) -> tuple[list[float | None], list[float | None]]:
    """Return a figure by epoch on train and on dev; what is not finite counts as not known."""

    def by_epoch(split: str) -> list[float | None]:
        values = [(record.get(key) or {}).get(split) for record in history]
        return [value if value is not None and math.isfinite(value) else None for value in values]

    return by_epoch("train"), by_epoch("dev")
