"""Gradient checks on the terminal: one line a check, and the tensors of those that do not pass.

Knows the results alone, not how they came about. Everything is said in words, so it reads without colour.
"""

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dlrecipe.gradcheck.result import (
    FAIL_FROM,
    PASS_UP_TO,
    CheckResult,
    EpsilonRow,
    TensorResult,
    Verdict,
)
from dlrecipe.reports.layout import plain_table

STYLES: dict[Verdict, str] = {"pass": "green", "look": "yellow", "fail": "bold red"}

BANDS = (
    f"The course's bands: up to {PASS_UP_TO:.0e} right (pass), {FAIL_FROM:.0e} and more a bug (fail), "
    "between them look at the components, unless the difference stays the same at every step: a bug too."
)
WHAT_TO_DO = (
    "Errors flow backward: start at the last layer that fails, mend it, and check again. Then look at the "
    "components named, at the penalty's gradient, and at every factor of 1/n."
)
EPSILON_HELP = (
    "A right gradient's difference falls with ε², until rounding lets it rise again as 1/ε; a bug's stays "
    "the same. Kinks: components set apart because one lies between θ-ε and θ+ε."
)
WHAT_TO_LOOK_AT = (
    "A look is often a step that does not suit the weights: try another, or check again after some "
    "training. A component that stays wrong at every step is a bug."
)


def gradcheck_view(results: Sequence[CheckResult]) -> RenderableType:
    """Return the checks as something rich can print, at any width from 60 columns.

    A single check is shown with all its tensors; of several, those that do not pass.
    """
    parts: list[RenderableType] = []
    if len(results) > 1:
        parts += [_overview(results), Text()]
    for result in results:
        if len(results) == 1 or result.verdict != "pass":
            parts += [_details(result), Text()]
        if result.epsilons:
            parts += [_epsilons(result), Text()]
    parts += [Text(BANDS, style="dim"), *_advice(results), _conclusion(results)]
    return Group(*parts)


def _overview(results: Sequence[CheckResult]) -> Table:
    table = plain_table(gap=1, header_style="bold")
    table.add_column("check", overflow="fold")
    table.add_column("difference", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("compared", justify="right", no_wrap=True)
    for result in results:
        compared = f"{result.n_checked:,}/{result.n_components:,}"
        table.add_row(result.name, _number(result.relative_difference), _verdict(result.verdict), compared)
    return table


def _details(result: CheckResult) -> RenderableType:
    title = Text.assemble(
        (result.name, "bold"),
        f": {_number(result.relative_difference)} ",
        (result.verdict, STYLES[result.verdict]),
        f" ({result.n_checked:,} of {result.n_components:,} components, {result.n_examples:,} "
        f"example{'s' if result.n_examples != 1 else ''}, ε {result.epsilon:g})",
    )
    hints = [
        Text(f"{tensor.name}{_terms(tensor)}: {tensor.hint}.", style=STYLES[tensor.verdict])
        for tensor in reversed(result.tensors)
        if tensor.hint
    ]
    return Group(title, _tensor_table(result.tensors), *hints, _notes(result.notes))


def _terms(tensor: TensorResult) -> str:
    """Return which term of J is at fault, where J has two."""
    if tensor.data_difference is None or tensor.penalty_difference is None:
        return ""
    differences = f"data term {_number(tensor.data_difference)}, penalty {_number(tensor.penalty_difference)}"
    return f" ({tensor.term} at fault: {differences})"


def _epsilons(result: CheckResult) -> RenderableType:
    """Return the difference against the step, the best row marked."""
    table = plain_table(header_style="bold")
    for column in ("ε", "difference", "rounding up to", "kinks", ""):
        table.add_column(column, justify="left" if not column else "right", no_wrap=True)
    best = min(result.epsilons, key=lambda row: (row.n_checked == 0, row.relative_difference))
    for row in result.epsilons:
        table.add_row(*_epsilon_cells(row), "smallest" if row is best else "")
    n_components = best.n_checked + best.n_kinks
    title = f"{result.name}: the loss's gradient against the step, over {n_components:,} components"
    return Group(Text(title, style="bold"), table, Text(EPSILON_HELP, style="dim"))


def _epsilon_cells(row: EpsilonRow) -> tuple[str, str, str, str]:
    return f"{row.epsilon:.0e}", _number(row.relative_difference), f"{row.rounding:.0e}", f"{row.n_kinks:,}"


def _tensor_table(tensors: Sequence[TensorResult]) -> Table:
    table = plain_table(gap=1, header_style="bold")
    table.add_column("tensor", no_wrap=True)
    table.add_column("difference", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("worst at", no_wrap=True)
    table.add_column("analytic", justify="right", no_wrap=True)
    table.add_column("numeric", justify="right", no_wrap=True)
    for tensor in tensors:
        worst = tensor.worst
        table.add_row(
            tensor.name,
            _number(tensor.relative_difference),
            _verdict(tensor.verdict),
            ",".join(str(place) for place in worst.index) if worst else "-",
            f"{worst.analytic:.4e}" if worst else "-",
            f"{worst.numeric:.4e}" if worst else "-",
        )
    return table


def _notes(notes: Sequence[str]) -> Text:
    return Text("; ".join(notes), style="dim")


def _advice(results: Sequence[CheckResult]) -> list[RenderableType]:
    verdicts = {result.verdict for result in results}
    if "fail" in verdicts:
        return [Text(WHAT_TO_DO)]
    return [Text(WHAT_TO_LOOK_AT)] if "look" in verdicts else []


def _conclusion(results: Sequence[CheckResult]) -> Text:
    counts = {verdict: sum(result.verdict == verdict for result in results) for verdict in STYLES}
    words = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    worst: Verdict = "fail" if counts["fail"] else "look" if counts["look"] else "pass"
    checks = "1 check" if len(results) == 1 else f"{len(results)} checks"
    return Text(f"{checks}: {words}", style=STYLES[worst])


def _verdict(verdict: Verdict) -> Text:
    return Text(verdict, style=STYLES[verdict])


def _number(value: float) -> str:
    return f"{value:.1e}" if math.isfinite(value) else "not finite"
