"""Signals as the process itself gets them; what a command does on them is in tests/cli/test_signals.py."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from dlrecipe.experiment.interruption import STOPPING, Interruption


@pytest.mark.parametrize("number", STOPPING)
def test_the_first_is_noted_and_announced_and_the_others_are_not(number: signal.Signals) -> None:
    announced: list[str] = []
    before = [signal.getsignal(each) for each in STOPPING]
    with Interruption(announced.append) as interruption:
        assert interruption.signal is None
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)
    assert (interruption.signal, announced) == (number, [number.name])
    assert [signal.getsignal(each) for each in STOPPING] == before


def test_a_ctrl_c_after_the_first_does_what_it_did_before() -> None:
    with Interruption(lambda name: None):
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_one_that_is_ignored_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGINT)}
    try:
        with Interruption(lambda name: None) as interruption:
            os.kill(os.getpid(), signal.SIGHUP)
            assert interruption.signal is None
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
        assert interruption.signal == signal.SIGTERM
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_one_in_the_midst_of_a_write_to_the_terminal_is_said_past_it(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reentered(name: str) -> None:
        raise RuntimeError("reentrant call")

    monkeypatch.setattr(sys, "__stderr__", None)
    with Interruption(reentered):
        os.kill(os.getpid(), signal.SIGTERM)
    assert capfd.readouterr().err == "SIGTERM\n"


def test_in_another_thread_there_are_none() -> None:
    def inside() -> bool:
        with Interruption(lambda name: None) as interruption:
            return interruption.signal is None

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(inside).result()
