"""SIGINT, SIGTERM and SIGHUP: a command that is told to stop exits with 128 + the signal's number.

While a run trains, `experiment.interruption` takes over: there the first signal saves the state.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(SystemExit):
    """A signal asked the command to stop. As a SystemExit it passes through what catches exceptions.

    `signal` is its name.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number).name


@contextmanager
def stopping_by_signals() -> Iterator[None]:
    """Raise `Stopped` where a signal comes, while the context is open; what was ignored stays ignored."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in STOPPING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)
