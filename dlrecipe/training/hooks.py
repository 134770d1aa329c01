"""What the loop tells and asks the outside: records, checkpoints, interruptions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, final

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


@final
@dataclass
class Watch:
    """Hooks of a training that is neither stored nor shown: they keep the records.

    `is_enough` is asked between batches whether to stop; as it is, training goes on to its own end.
    """

    is_enough: Callable[[TrainingState], bool] = lambda state: False
    records: list[Record] = field(default_factory=list)

    def epoch_finished(self, record: Record, state: TrainingState) -> None:
        """Keep the record."""
        self.records.append(record)

    def pause(self, state: TrainingState) -> bool:
        """Return whether to stop."""
        return self.is_enough(state)
