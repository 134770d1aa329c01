"""Ctrl-C and SIGTERM while a run is going on: the first is noted, the second Ctrl-C aborts."""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self


class Interruption:
    """A context in which SIGINT and SIGTERM ask to stop instead of stopping.

    `signal` is the one that came, or None. After the first SIGINT the usual behaviour is back, so that a
    second one raises KeyboardInterrupt.

    Args:
        announce: called with the signal's name as soon as it comes, in the midst of whatever goes on.
    """

    def __init__(self, announce: Callable[[str], None]) -> None:
        self.signal: signal.Signals | None = None
        self._announce = announce
        self._before: dict[int, Any] = {}

    @property
    def requested(self) -> bool:
        """Whether a signal has come."""
        return self.signal is not None

    def __enter__(self) -> Self:
        # Python lets only the main thread set handlers; elsewhere there are no signals to handle.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal = signal.Signals(number)
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        # A handler may break into a write to the same stream, which Python then refuses.
        with suppress(RuntimeError):
            self._announce(self.signal.name)
