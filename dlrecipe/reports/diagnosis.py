"""The diagnosis as a person reads it in a terminal. Knows rich, and the diagnosis; judges nothing itself.

All of it can be read without colour, at 60 columns, and in a file.
"""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.diagnosis.evidence import SPLITS
from dlrecipe.diagnosis.gaps import Gap
from dlrecipe.diagnosis.rule import Finding
from dlrecipe.diagnosis.settings import shown
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.wording import count, percent, points

MAX_STEPS = 5
"""More than these would bury the first."""
STYLE = {
    "high": "bold red",
    "low": "green",
    "undecided": "yellow",
    "good": "bold green",
    "broken": "bold red",
}
VERDICTS = {
    "good": "good, nothing holds this run back",
    "high_bias": "high bias",
    "high_variance": "high variance",
    "high_bias_and_variance": "high bias and high variance",
    "mismatch": "train and dev are data of different kinds",
    "dev_overfit": "the dev set is overfitted",
    "undecided": "undecided",
    "broken": "training is broken",
}
READABLE = 100
"""Columns beyond which lines of text grow no longer."""


def diagnosis_view(diagnosis: Diagnosis) -> RenderableType:
    """Return the ladder of errors, the reason, the findings, and the next steps, numbered."""
    style = STYLE.get(diagnosis.verdict, STYLE["high"])
    parts: list[RenderableType] = [
        _ladder(diagnosis),
        _wrapped(Text(_basis(diagnosis), style="dim")),
        Text(),
        _wrapped(Text.assemble(("Verdict: ", "bold"), (VERDICTS[diagnosis.verdict], style))),
        _wrapped(Text(diagnosis.reason)),
    ]
    parts += [_wrapped(Text(remark, style="dim")) for remark in diagnosis.remarks]
    if _causes(diagnosis):
        parts += [Text(), Text("Findings", style="bold"), _findings(diagnosis)]
    if diagnosis.next:
        parts += [Text(), Text("Try next, best first", style="bold"), _steps(diagnosis)]
    if diagnosis.avoid:
        parts += [Text(), Text("Not now", style="bold"), _bullets(diagnosis.avoid)]
    parts += [Text(), _wrapped(Text(_footer(diagnosis), style="dim"))]
    return Group(*parts)


def _ladder(diagnosis: Diagnosis) -> Table:
    # Without n the widest row takes 58 columns; the sample sizes stand below the table.
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("")
    table.add_column("error", justify="right", no_wrap=True)
    table.add_column("gap", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("95%", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    by_split = {gap.split: gap for gap in diagnosis.gaps.by_name().values() if gap is not None}
    table.add_row("Bayes", percent(diagnosis.run.bayes_error))
    for split in SPLITS:
        if split in diagnosis.gaps.estimates:
            error = percent(diagnosis.gaps.estimates[split].value)
            table.add_row(split.replace("_", "-"), error, *_gap_cells(by_split.get(split)))
    return table


def _gap_cells(gap: Gap | None) -> tuple[RenderableType, ...]:
    if gap is None:
        return ()
    interval = "" if gap.low is None or gap.high is None else f"{points(gap.low)} to {points(gap.high)}"
    verdict = Text(gap.verdict.upper() if gap.verdict == "high" else gap.verdict, style=STYLE[gap.verdict])
    return gap.name.replace("_", " "), points(gap.value), interval, verdict


def _basis(diagnosis: Diagnosis) -> str:
    sizes = [
        f"{split.replace('_', '-')} {count(diagnosis.run.n[split])}"
        for split in SPLITS
        if split in diagnosis.run.n
    ]
    allowed = f"Each gap may take {points(diagnosis.gaps.allowance)} points."
    measure = " Error is 1 - R²." if diagnosis.run.task == "regression" else ""
    examples = f" Examples: {', '.join(sizes)}." if sizes else " No sample sizes, so no intervals."
    return allowed + measure + examples


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
    for path, new in step.change.items():
        before = _before(path, diagnosis)
        text.append(f"\n{path}: {before} → {shown(new)}", style="not bold cyan")
    text.append(f"\n{step.why[0].upper()}{step.why[1:]}.", style="not bold")
    if step.cost:
        text.append(f" Cost: {step.cost}.", style="not bold dim")
    return text


def _before(path: str, diagnosis: Diagnosis) -> str:
    value: Any = diagnosis.run.setting(path)
    if isinstance(value, Mapping) and "type" in value:
        value = value["type"]
    return shown(value)


def _bullets(lines: tuple[str, ...]) -> RenderableType:
    return _items([("-", Text(line)) for line in lines])


def _footer(diagnosis: Diagnosis) -> str:
    more = f"dlrecipe explain {diagnosis.findings[0].code} says more. " if diagnosis.findings else ""
    if diagnosis.run.config is None:
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
