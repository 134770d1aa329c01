"""SIGINT (Ctrl-C), SIGTERM and SIGHUP during a run: the first is noted, a Ctrl-C after it aborts."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a process to end. SIGHUP comes when a terminal or a connection is closed."""


class Interruption:
    """A context in which signals ask to stop instead of stopping.

    `signal` is the first that came, or None. A SIGINT after it is treated as it was outside of the context:
    it aborts. One that is ignored outside (`nohup`) stays ignored.

    Args:
        announce: called with the signal's name as soon as it comes, in the midst of whatever goes on.
    """

    def __init__(self, announce: Callable[[str], None]) -> None:
        self.signal: signal.Signals | None = None
        self._announce = announce
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        # Python lets only the main thread set handlers; elsewhere there are no signals to handle.
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            return
        self.signal = signal.Signals(number)
        if signal.SIGINT in self._before:
            signal.signal(signal.SIGINT, self._before[signal.SIGINT])
        try:
            self._announce(self.signal.name)
        except RuntimeError:
            # The signal came in the midst of a write to the same stream, which Python does not let us enter.
            with suppress(OSError):
                os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{self.signal.name}\n".encode())
