"""One concrete thing to try next. Knows no rule and no verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change, with the reason for it.

    `change` maps dotted config paths to their new values, all to be made together; empty where the change
    is not one of the config, or where no config is known. `cost` says what it takes, where that is more
    than a run of the same length. `expects`: the errors that it is expected to lead to, by split, fractions;
    empty where nothing is promised; `basis` says what that rests on.
    """

    advice: str
    change: Mapping[str, Any] = field(default_factory=dict)
    why: str
    cost: str | None = None
    expects: Mapping[str, float] = field(default_factory=dict)
    basis: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the step as the contract of `diagnose --json` has it."""
        return {
            "advice": self.advice,
            "change": dict(self.change),
            "why": self.why,
            "cost": self.cost,
            "expects": dict(self.expects),
            "basis": self.basis,
        }


def to_learning_rate(new: float, before: float, why: str) -> Step:
    """Return the step from one learning rate to another."""
    verb = "Raise" if new > before else "Lower"
    return Step(
        advice=f"{verb} the learning rate to {new:g}", change={"optimizer.learning_rate": new}, why=why
    )
