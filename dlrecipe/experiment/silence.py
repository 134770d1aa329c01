"""A display that shows nothing: for runs that are a part of something larger, and for Python callers."""

from collections.abc import Iterator
from contextlib import contextmanager

from dlrecipe.experiment.run_hooks import EpochSink
from dlrecipe.experiment.session import RunFacts
from dlrecipe.training.state import TrainingState


class SilentDisplay:
    """Watches a run without a word; what it would have said is kept in `messages`."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    @contextmanager
    def watch(self, facts: RunFacts, state: TrainingState) -> Iterator[EpochSink]:
        """Let the run go on while the context is open."""
        yield lambda record: None

    def message(self, text: str) -> None:
        """Keep what is said."""
        self.messages.append(text)
