"""Floating-point surprises and warnings are errors in every test, and signals reach what a test starts."""

import signal
from collections.abc import Iterator

import numpy as np
import pytest

# A shell has what it runs in the background ignore these, and so would every command that a test starts.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)


@pytest.fixture(autouse=True)
def strict_floating_point() -> Iterator[None]:
    with np.errstate(all="raise", under="ignore"):
        yield
