"""What a rule of the diagnosis is, what it finds, and what many ask and say. Knows no particular rule.

A rule is a function of 5-15 lines with a docstring. The docstring is what the terminal, the report,
`dlrecipe explain` and docs/rules.md say (see `dlrecipe.guidance`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from dlrecipe.data.specs import Task
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.wording import percent
from dlrecipe.guidance import Guidance

Severity: TypeAlias = Literal["broken", "high", "note"]
"""broken: training itself went wrong, and the errors say nothing yet; note: worth knowing."""
Concern: TypeAlias = Literal["training", "bias", "variance", "mismatch", "dev_set"]
"""What a rule bears on."""

ORDER: tuple[Concern, ...] = ("training", "bias", "variance", "mismatch", "dev_set")
"""The recipe's order of work: bias before variance, always."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that fired, with the numbers that made it."""

    code: str
    title: str
    evidence: str
    advice: str
    severity: Severity

    def to_json(self) -> dict[str, Any]:
        """Return the finding as the contract of `diagnose --json` has it."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class NotJudged:
    """A rule that could not be judged, and the evidence it misses."""

    code: str
    missing: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {"code": self.code, "missing": list(self.missing)}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One symptom: what it needs to be judged, and the judgement.

    A rule with a `task` is about runs of that task alone.
    `needs` are names of Evidence, dotted into its mappings: `errors.train`, `config.normalization`. `judge`
    is called only when all of them are known, and returns the evidence as one sentence with numbers, or
    None where the symptom is absent.
    """

    title: str
    concern: Concern
    severity: Severity
    needs: tuple[str, ...]
    judge: Callable[[Evidence, Gaps], str | None]
    task: Task | None = None

    @property
    def guidance(self) -> Guidance:
        """The docstring of the judgement."""
        return Guidance.of(self.judge)

    @property
    def advice(self) -> str:
        """What to do about it, whatever the config."""
        return self.guidance.labelled("Advice:")


def fails(run: Evidence, gaps: Gaps) -> bool:
    """Whether a run diverged or has a gap that looks high: else no choice of its config does any harm."""
    return gaps.fail or run.status == "diverged"


def train_error(run: Evidence) -> str:
    """Write the train error, for rules that need it, as `train error 48.3%`."""
    error = run.errors["train"]
    assert error is not None
    return f"train error {percent(error)}"
