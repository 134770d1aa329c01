"""What the loop tells and asks the outside: records, checkpoints, interruptions."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from dlrecipe.training.state import TrainingState

Record: TypeAlias = Mapping[str, Any]
"""One epoch's figures, JSON-able, as the journal keeps them."""


class Hooks(Protocol):
    """The loop's only contact with files, displays and signals."""

    def epoch_finished(self, record: Record, state: TrainingState) -> None:
        """Take an epoch's record. The state may have diverged in it."""

    def pause(self, state: TrainingState) -> bool:
        """Return whether to stop here. The state is complete, so this is the time for a checkpoint.

        Called after each batch, and after each epoch unless it diverged: must cost next to nothing.
        """
