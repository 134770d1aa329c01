"""What a config says of the diagnosis: the errors to hold a run against."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from annotated_types import Ge, Interval, MinLen

Error: TypeAlias = Annotated[float, Interval(ge=0, le=1)]


@dataclass(frozen=True, kw_only=True)
class DiagnosisSpec:
    """The errors that train and dev error are read against, as fractions in [0, 1]."""

    bayes_error: Error = 0.0
    """The lowest error anything could reach; human-level error stands in for it."""
    bayes_examples: Annotated[int, Ge(1)] | None = None
    """How many examples bayes_error was measured on, where people labelled some: its doubt then widens the
    interval of the bias. null: it is taken as known."""
    target_error: Error | None = None
    """The dev error that would be good enough; each gap may take half of target_error - bayes_error, and of
    bias and variance each what the other leaves. null: 2 points for each gap."""

    def __post_init__(self) -> None:
        if self.target_error is not None and self.target_error <= self.bayes_error:
            raise ValueError(
                f"target_error {self.target_error:g} is not above bayes_error {self.bayes_error:g}; "
                "no network can do better than the Bayes error"
            )


@dataclass(frozen=True, kw_only=True)
class ParentSpec:
    """The run that `dlrecipe next` made this config from, and what the change was to bring.

    Training does not depend on it: the run records whether the promise came true, and `show` and `compare`
    say so.
    """

    run: Annotated[str, MinLen(1)]
    """The parent's run id."""
    advice: str = ""
    """The advice that was followed."""
    expected_train_error: Annotated[float, Ge(0)] | None = None
    """The train error promised; null: none was."""
    expected_dev_error: Annotated[float, Ge(0)] | None = None
    """The dev error promised; null: none was."""

    @property
    def expected(self) -> dict[str, float]:
        """The errors promised, by split."""
        both = {"train": self.expected_train_error, "dev": self.expected_dev_error}
        return {split: error for split, error in both.items() if error is not None}
