"""What a check of the data is, and what it finds. Knows no particular check.

A check is a function of the tables with a docstring, which is what the terminal, `dlrecipe explain` and
docs/rules.md say of it (see `dlrecipe.guidance`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from dlrecipe.data.checks.tables import Tables
from dlrecipe.data.specs import Task
from dlrecipe.guidance import Guidance

Severity: TypeAlias = Literal["error", "warning", "note"]
"""error: figures on these data would mean nothing, and training does not start; warning: they may mislead;
note: worth knowing."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
MOST_LISTED = 10
"""Rows or columns that a finding names; the numbers say how many there are."""


@dataclass(frozen=True)
class Pair:
    """A row of one split and its twin in another: rows of their sources, counted from 0."""

    split: str
    row: int
    other: str
    twin: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one check found: one sentence with numbers, and where.

    `rows` are rows of the source, counted from 0, by split; `pairs` a few that belong together. `remedy` is
    what to do in these data; empty where the check's advice says it all.
    """

    severity: Severity
    evidence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    columns: Sequence[str] = ()
    pairs: Sequence[Pair] = ()
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class DataFinding:
    """A check that fired, as it is stored, shown and printed as JSON."""

    code: str
    title: str
    severity: Severity
    evidence: str
    remedy: str
    numbers: Mapping[str, Any]
    rows: Mapping[str, Sequence[int]]
    columns: Sequence[str]
    pairs: Sequence[Pair] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that can be wrong with data: what it needs to be judged, and the judgement.

    `needs` are names of splits (`dev`, `test`) or `table`; a check that lacks one is reported as not judged.
    `task`: it is about such targets alone. `quick`: cheap enough for the start of every training.
    """

    title: str
    judge: Callable[[Tables], Found | None]
    needs: tuple[str, ...] = ()
    task: Task | None = None
    quick: bool = True

    @property
    def guidance(self) -> Guidance:
        """The docstring of the judgement."""
        return Guidance.of(self.judge)

    def run(self, code: str, tables: Tables) -> DataFinding | None:
        """Judge the tables; None where all is well."""
        found = self.judge(tables)
        if found is None:
            return None
        return DataFinding(
            code=code,
            title=self.title,
            severity=found.severity,
            evidence=found.evidence,
            remedy=found.remedy or self.guidance.labelled("Advice:"),
            numbers=dict(found.numbers),
            rows={name: [int(row) for row in rows[:MOST_LISTED]] for name, rows in found.rows.items()},
            columns=list(found.columns[:MOST_LISTED]),
            pairs=list(found.pairs),
        )
