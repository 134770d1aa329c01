"""The diagnosis as a person reads it in a terminal. Knows rich, and the diagnosis; judges nothing itself.

All of it can be read without colour, at 60 columns, and in a file; narrower, the ladder sheds columns.
"""

from dataclasses import dataclass
from typing import final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.diagnosis.evidence import SPLITS
from dlrecipe.diagnosis.gaps import Gap
from dlrecipe.diagnosis.rule import Finding
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.wording import count, percent, points
from dlrecipe.reports.confirmation import confirmation_view
from dlrecipe.reports.judgement import (
    allowance_words,
    change_words,
    expectation_words,
    interval_words,
    verdict_words,
    why_words,
)
from dlrecipe.reports.layout import Trimmed, plain_table

MAX_STEPS = 5
"""More than these would bury the first."""
STYLE = {
    "high": "bold red",
    "low": "green",
    "undecided": "yellow",
    "good": "bold green",
    "broken": "bold red",
}
UNBOUNDED = 1000
"""Columns in which any ladder fits, to measure what it takes."""
MOST_CLASSES = 4
"""Classes whose recall is told: the worst."""
READABLE = 100
"""Columns beyond which lines of text grow no longer."""


def diagnosis_view(diagnosis: Diagnosis) -> RenderableType:
    """Return the ladder of errors, the reason, the findings, and the next steps, numbered."""
    style = STYLE.get(diagnosis.verdict, STYLE["high"])
    parts: list[RenderableType] = [
        _Ladder(diagnosis),
        _wrapped(Text(_basis(diagnosis), style="dim")),
        *([_wrapped(Text(recall, style="dim"))] if (recall := _recall(diagnosis)) else []),
        Text(),
        _wrapped(Text.assemble(("Verdict: ", "bold"), (verdict_words(diagnosis), style))),
        _wrapped(Text(diagnosis.reason)),
    ]
    parts += [_wrapped(Text(remark, style="dim")) for remark in diagnosis.remarks]
    if _causes(diagnosis):
        parts += [Text(), Text("Findings", style="bold"), _findings(diagnosis)]
    if diagnosis.confirmation is not None:
        parts += [Text(), Text("Tried", style="bold"), confirmation_view(diagnosis.confirmation)]
    if diagnosis.next:
        parts += [Text(), Text("Try next, best first", style="bold"), _steps(diagnosis)]
    if diagnosis.avoid:
        parts += [Text(), Text("Not now", style="bold"), _bullets(diagnosis.avoid)]
    parts += [Text(), _wrapped(Text(_footer(diagnosis), style="dim"))]
    return Trimmed(Group(*parts))


@final
@dataclass(frozen=True)
class _Ladder:
    """The table of errors and gaps. A narrow terminal costs it whole columns, never a digit of one."""

    diagnosis: Diagnosis

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for left_out in ((), ("95%",), ("95%", "gap")):
            table = _ladder(self.diagnosis, left_out)
            if console.measure(table, options=options.update(width=UNBOUNDED)).maximum <= options.max_width:
                break
        yield table


def _ladder(diagnosis: Diagnosis, left_out: tuple[str, ...]) -> Table:
    # Without n the widest row takes 58 columns; the sample sizes stand below the table.
    table = plain_table(gap=1)
    right = ("error", "points", "95%")
    titles = [title for title in ("", "error", "gap", "points", "95%", "verdict") if title not in left_out]
    for title in titles:
        table.add_column(title, justify="right" if title in right else "left", no_wrap=True)
    by_split = {gap.split: gap for gap in diagnosis.gaps.by_name().values() if gap is not None}
    table.add_row("Bayes", percent(diagnosis.run.lowest_error))
    for split in SPLITS:
        if split in diagnosis.gaps.estimates:
            cells = {
                "": split.replace("_", "-"),
                "error": percent(diagnosis.gaps.estimates[split].value),
                **_gap_cells(by_split.get(split)),
            }
            table.add_row(*(cells.get(title, "") for title in titles))
    return table


def _gap_cells(gap: Gap | None) -> dict[str, RenderableType]:
    if gap is None:
        return {}
    verdict = Text(gap.verdict.upper() if gap.verdict == "high" else gap.verdict, style=STYLE[gap.verdict])
    return {
        "gap": gap.name.replace("_", " "),
        "points": points(gap.value),
        "95%": interval_words(gap.low, gap.high),
        "verdict": verdict,
    }


def _basis(diagnosis: Diagnosis) -> str:
    sizes = [
        f"{split.replace('_', '-')} {count(diagnosis.run.n[split])}"
        for split in SPLITS
        if split in diagnosis.run.n
    ]
    lines = [allowance_words(diagnosis)]
    if sizes:
        lines.append(f"Examples: {', '.join(sizes)}.")
    if not any(gap and gap.low is not None for gap in diagnosis.gaps.by_name().values()):
        counted = diagnosis.run.task == "classification"
        lines.append("No sample sizes, so no intervals." if counted else "No intervals: they need a run.")
    return " ".join(lines)


def _recall(diagnosis: Diagnosis) -> str:
    """Return the recall of each class on dev, or of the worst ones; nothing where it is not known."""
    known = diagnosis.recall.get("dev") or diagnosis.recall.get("train") or {}
    recalls = sorted((recall, name) for name, recall in known.items() if recall is not None)
    if not recalls:
        return ""
    split = "dev" if diagnosis.recall.get("dev") else "train"
    more = f", … {len(recalls)} classes in all" if len(recalls) > MOST_CLASSES else ""
    told = ", ".join(f"{name} {percent(recall)}" for recall, name in recalls[:MOST_CLASSES])
    return f"Recall on {split}, lowest first: {told}{more}."


def _causes(diagnosis: Diagnosis) -> list[Finding]:
    # A high gap is a finding too, but the ladder and the reason have just said it.
    gaps = {"high-bias", "high-variance", "mismatch", "dev-overfit"}
    return [finding for finding in diagnosis.findings if finding.code not in gaps]


def _findings(diagnosis: Diagnosis) -> RenderableType:
    return _items(
        [
            ("-", Text.assemble((finding.title, "bold"), f" ({finding.code}): {finding.evidence}."))
            for finding in _causes(diagnosis)
        ]
    )


def _steps(diagnosis: Diagnosis) -> RenderableType:
    steps = diagnosis.next[:MAX_STEPS]
    return _items([(f"{number}.", _step(step, diagnosis)) for number, step in enumerate(steps, start=1)])


def _step(step: Step, diagnosis: Diagnosis) -> Text:
    text = Text(step.advice, style="bold")
    for line in change_words(step, diagnosis):
        text.append(f"\n{line}", style="not bold cyan")
    text.append(f"\n{why_words(step, diagnosis)}", style="not bold")
    if step.cost:
        text.append(f" Cost: {step.cost}.", style="not bold dim")
    if expectation := expectation_words(step):
        text.append(f" {expectation}", style="not bold dim")
    return text


def _bullets(lines: tuple[str, ...]) -> RenderableType:
    return _items([("-", Text(line)) for line in lines])


def _footer(diagnosis: Diagnosis) -> str:
    more = f"dlrecipe explain {diagnosis.findings[0].code} says more. " if diagnosis.findings else ""
    if diagnosis.run.config is None and not diagnosis.run.history:
        return f"{more}Without a run, only the errors were judged."
    codes = ", ".join(rule.code for rule in diagnosis.not_judged)
    return f"{more}Not judged, for want of evidence: {codes or 'none'}."


def _items(items: list[tuple[str, Text]]) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold", max_width=READABLE)
    for mark, text in items:
        grid.add_row(mark, text)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _wrapped(text: Text) -> RenderableType:
    return Constrain(text, READABLE)
