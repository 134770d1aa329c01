"""A check on the terminal: the ladder, a line a rung, and what is to be known of the data.

Knows the report alone, not how it came about. Everything is said in words, so it reads without colour.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dlrecipe.reports.layout import Flow, Trimmed, plain_table
from dlrecipe.reports.wording import count, printable

STYLES = {
    "pass": "green",
    "warn": "yellow",
    "fail": "bold red",
    "skip": "dim",
    "error": "bold red",
    "warning": "yellow",
    "note": "cyan",
}
WORDS = {"pass": "PASS", "warn": "WARN", "fail": "FAIL", "skip": "skip"}
WIDEST = 100
_INDENT = (0, 0, 0, 2)


def check_view(document: Mapping[str, Any]) -> RenderableType:
    """Return a check as something rich can print, at any width from 60 columns.

    Args:
        document: what `check --json` prints.
    """
    sizes = [f"{split.replace('_', '-')} {count(n)}" for split, n in document["n"].items()]
    parts: list[RenderableType] = [
        Flow([Text(f"Check of {printable(document['name'])}", style="bold"), *map(Text, sizes)]),
        Text(),
        _ladder(document["ladder"]),
        Text(),
        *_data(document["data"]),
        *(Padding(Text(printable(note), style="dim"), _INDENT) for note in document["notes"]),
        Text(),
        _conclusion(document),
    ]
    return Trimmed(_Narrowed(Group(*parts)))


class _Narrowed:
    """Anything, in at most WIDEST columns: longer lines are hard to read."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Any, options: Any) -> Any:
        yield from console.render(self._content, options.update(width=min(options.max_width, WIDEST)))


def _ladder(rungs: Sequence[Mapping[str, Any]]) -> Table:
    table = plain_table(gap=1, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for rung in rungs:
        verdict = rung["verdict"]
        told = Text(rung["title"], style="bold" if verdict == "fail" else "")
        told.append(f"\n{rung['evidence']}", style="dim" if verdict in ("pass", "skip") else "not bold")
        if rung["remedy"]:
            told.append(f"\n{rung['remedy']}", style="not bold")
        table.add_row(Text(WORDS[verdict], style=STYLES[verdict]), told)
    return table


def _data(data: Mapping[str, Any]) -> list[RenderableType]:
    findings = data["findings"]
    if not findings:
        parts: list[RenderableType] = [Text("Data: nothing found.", style="green")]
    else:
        parts = [Text("Data", style="bold")]
    for finding in findings:
        style = STYLES[finding["severity"]]
        head = Text.assemble((finding["severity"], style), f" {finding['title']} ({finding['code']})")
        told = Text(f"{printable(finding['evidence'])}.")
        parts += [Padding(Group(head, Padding(told, _INDENT)), _INDENT)]
        if finding["severity"] != "note":
            parts.append(Padding(Text(printable(finding["remedy"]), style="dim"), (0, 0, 0, 4)))
    if data["ignored"]:
        parts.append(Text(f"Passed over, as the config asks: {', '.join(data['ignored'])}.", style="dim"))
    if data["not_judged"]:
        parts.append(Text(f"Not judged in such data: {', '.join(data['not_judged'])}.", style="dim"))
    return parts


def _conclusion(document: Mapping[str, Any]) -> Text:
    verdicts = [rung["verdict"] for rung in document["ladder"]]
    severities = [finding["severity"] for finding in document["data"]["findings"]]
    words = [
        f"{verdicts.count(verdict)} {verdict}"
        for verdict in ("fail", "warn", "pass", "skip")
        if verdict in verdicts
    ]
    found = [
        f"{severities.count(severity)} {severity}{'s' if severities.count(severity) > 1 else ''}"
        for severity in ("error", "warning", "note")
        if severity in severities
    ]
    text = f"Ladder: {', '.join(words)}. Data: {', '.join(found) or 'nothing found'}."
    worst = (
        "fail"
        if not document["passed"]
        else "warn"
        if "warn" in verdicts or "warning" in severities
        else "pass"
    )
    if severities:
        text += " dlrecipe explain CODE says more."
    return Text(text, style=STYLES[worst])
