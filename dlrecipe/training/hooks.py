"""What the loop tells and asks the outside: records, checkpoints, interruptions."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from dlrecipe.training.state import TrainingState

Record: TypeAlias = Mapping[str, Any]
"""One epoch's figures, JSON-able, as the journal keeps them."""


class Hooks(Protocol):
    """The loop's only contact with files, displays and signals."""

    def epoch_finished(self, record: Record, state: TrainingState) -> None:
        """Take an epoch's record; the state is complete, so this is the time for a checkpoint."""

    def interrupted(self) -> bool:
        """Return whether to stop after the present batch. Asked after each batch: must cost nothing."""
