"""SIGINT, SIGTERM and SIGHUP: a command that is told to stop exits with 128 + the signal's number.

While a run trains, `experiment.interruption` takes over: there the first signal saves the state.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from dlrecipe.experiment.interruption import STOPPING

REPEATED_S = 1.0
"""From one raising of `Stopped` to the next, while the command has not ended."""


class Stopped(SystemExit):
    """A signal asked the command to stop. As a SystemExit it passes through what catches exceptions.

    `signal` is its name, `exit_code` 128 and its number.
    """

    def __init__(self, number: int) -> None:
        self.exit_code = 128 + number
        super().__init__(self.exit_code)
        self.signal = signal.Signals(number).name


@dataclass
class Stopping:
    """What has come so far: the error of the first signal, or None."""

    arrived: Stopped | None = None

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Take a signal: raise `Stopped`, and again each second until the command has ended.

        Python drops an error that comes in the midst of a destructor or a callback, and a library may make
        another one of it.
        """
        if self.arrived is None:
            self.arrived = Stopped(number)
            signal.setitimer(signal.ITIMER_REAL, REPEATED_S, REPEATED_S)
        raise self.arrived


@contextmanager
def stopping_by_signals() -> Iterator[Stopping]:
    """Raise `Stopped` where a signal comes, while the context is open; what was ignored stays ignored."""
    stopping = Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield stopping  # only the main thread may set handlers
        return
    numbers = [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stopping.stop) for number in (*numbers, signal.SIGALRM)}
    try:
        yield stopping
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
