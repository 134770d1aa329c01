"""A second process that does half of every step. Knows the step's work and nothing of epochs or files.

Two threads would run NumPy's long calls side by side too, but at the end of each they queue for the
interpreter, and a step takes 9 % longer than with two processes (docs/decisions/0011).

The process is forked when training starts, so that it has the data and the network without a copy, and what
it writes lies in shared memory. The two meet by counting: each raises its own number and waits for the
other's. A short wait is spent asking, since being woken takes longer than the wait; a long one asleep.
"""

import fcntl
import gc
import json
import os
import platform
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn, final

import numpy as np

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Batch, Rows
from dlrecipe.errors import DlrecipeError
from dlrecipe.nn.network import EVALUATION_ROWS, Network
from dlrecipe.shared_memory import shared_zeros
from dlrecipe.training.steps import BatchRef, StepWork

ASKING = 1_000
"""Times to ask before giving way: some 50 µs, the usual difference between two halves."""
GIVING_WAY = 1_000
"""Times to ask, giving way to others in between, before falling asleep: about a millisecond."""
NAP_S = 1e-4
"""Seconds asleep between two looks."""
STATE_BYTES = 4096
"""Room for the state of a random stream as JSON."""

PARENT, CHILD = 0, 16  # the two counters, on cache lines of their own
COMMAND, SIZE, EPOCH, INDEX, STEP, PAUSES, LENGTH = range(32, 39)
STEPPING, MEASURING, TELLING, LEAVING = 1, 2, 3, 4


class SecondProcessLost(DlrecipeError):
    """The second process ended by itself, so the step under way is half done."""


def can_share(threads: int | str) -> bool:
    """Return whether a second process may be started: it is wanted, and there is a processor for it.

    Only on Linux and x86-64: elsewhere a fork, or the order in which writes become visible, is not as safe.
    """
    wanted = threads == "auto" or (isinstance(threads, int) and threads > 1)
    able = sys.platform == "linux" and platform.machine() == "x86_64"
    return wanted and able and len(os.sched_getaffinity(0)) > 1


@final
class OneProcess:
    """Does all the work itself."""

    def __init__(self, work: StepWork) -> None:
        self._work = work

    def step(
        self, batch: BatchRef, learning_rate: float, step: int, pause: Callable[[], None] | None
    ) -> None:
        """Do one step.

        Args:
            step: counts from 1.
            pause: called when the whole gradient is known, before it is used; None where nobody asks.
        """
        work = self._work
        work.fill(batch, None)
        for part in work.parts:
            work.backpropagate(batch, part)
        for half in work.parts:
            work.gather(batch, half)
        if pause is not None:
            pause()
        for half in work.parts:
            work.update(half, learning_rate, step)
        if work.bound is not None:
            for part in work.parts:
                work.shorten(part)

    def outputs(self, network: Network, index: int, X: Rows) -> Batch:
        """Return the network's outputs for X."""
        return network.outputs(X)

    def fetch_stream(self) -> None:
        """The streams are this process's own."""


@final
class TwoProcesses:
    """Does half of the work, and has the other half done by a forked process.

    Args:
        work: of two parts.
        network: whose outputs are measured.
        measured: (n, n_features) the inputs that will be measured, by index.
        streams: the streams of the dropout masks; the second one is the other process's to use.
    """

    def __init__(
        self,
        work: StepWork,
        network: Network,
        measured: Sequence[Rows],
        streams: Sequence[np.random.Generator],
    ) -> None:
        self._work, self._network, self._measured, self._streams = work, network, measured, streams
        n_outputs = network.architecture.n_outputs
        self._outputs = [shared_zeros((len(X), n_outputs), network.dtype) for X in measured]
        self._control = memoryview(shared_zeros(64, np.int64).data).cast("B").cast("q")
        self._rate = memoryview(shared_zeros(1, np.float64).data).cast("B").cast("d")
        self._told = shared_zeros(STATE_BYTES, np.uint8)
        self._met = 0
        self._lost = False
        self._parent = os.getpid()
        self._processors = sorted(os.sched_getaffinity(0))
        self._apart = False
        self._child = _fork(self._serve)

    def step(
        self, batch: BatchRef, learning_rate: float, step: int, pause: Callable[[], None] | None
    ) -> None:
        """Do one step, as OneProcess does."""
        work, control = self._work, self._control
        if not self._apart:
            self._keep_apart(self._processors[::2])
        control[SIZE], control[EPOCH], control[INDEX], control[STEP] = batch.n, batch.epoch, batch.index, step
        control[PAUSES] = pause is not None
        self._rate[0] = learning_rate
        if not work.fills_in_parts:
            # What is on disk is read in threads on all processors; the other process waits for it. Most
            # batches come from blocks that are there already.
            reads = work.must_read(batch)
            if reads:
                os.sched_setaffinity(0, self._processors)
            work.fill(batch, None)
            if reads:
                os.sched_setaffinity(0, self._processors[::2])
        self._command(STEPPING)
        if work.fills_in_parts:
            work.fill(batch, 0)
        work.backpropagate(batch, 0)
        self._meet()
        work.gather(batch, 0)
        if pause is not None:
            self._await()
            pause()
            self._release()
        work.update(0, learning_rate, step)
        if work.bound is not None:
            self._meet()
            work.shorten(0)
        self._await()

    def outputs(self, network: Network, index: int, X: Rows) -> Batch:
        """Return the network's outputs for the measured inputs of this index."""
        self._control[INDEX] = index
        self._command(MEASURING)
        self._measure(index, 0)
        self._await()
        return self._outputs[index]

    def fetch_stream(self) -> None:
        """Bring the second stream to where the other process has it, unless that has been lost."""
        if self._lost:
            return
        self._command(TELLING)
        self._await()
        told = self._told[: self._control[LENGTH]].tobytes()
        random_streams.restore(self._streams[1], json.loads(told))

    def close(self) -> None:
        """End the other process; whatever state it is in, it is gone afterwards."""
        os.sched_setaffinity(0, self._processors)
        if self._lost:
            return
        self._control[COMMAND] = LEAVING
        self._control[PARENT] = 1 << 62
        until = time.monotonic() + 1
        while time.monotonic() < until:
            if os.waitpid(self._child, os.WNOHANG)[0]:
                return
            time.sleep(NAP_S)
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)

    # The other process

    def _serve(self) -> None:
        """Take commands until the one to leave."""
        control = self._control
        self._keep_apart(self._processors[1::2])
        while True:
            self._arrive()
            command = control[COMMAND]
            if command == STEPPING:
                self._step_along()
            elif command == MEASURING:
                self._measure(control[INDEX], 1)
            elif command == TELLING:
                state = json.dumps(random_streams.state_of(self._streams[1])).encode()
                self._told[: len(state)] = np.frombuffer(state, np.uint8)
                control[LENGTH] = len(state)
            else:
                return

    def _step_along(self) -> None:
        """Do the second half of a step."""
        work, control = self._work, self._control
        batch = BatchRef(control[SIZE], control[EPOCH], control[INDEX])
        if work.fills_in_parts:
            work.fill(batch, 1)
        work.backpropagate(batch, 1)
        self._arrive()
        work.gather(batch, 1)
        if control[PAUSES]:
            self._arrive()
        work.update(1, self._rate[0], control[STEP])
        if work.bound is not None:
            self._arrive()
            work.shorten(1)

    # Both

    def _keep_apart(self, processors: Sequence[int]) -> None:
        """Keep this thread on one half of the processors.

        The scheduler likes to put both on the same one at first, since one seems to wait for the other. The
        parent does so with the first step only: what it starts before then goes where it likes.
        """
        os.sched_setaffinity(0, processors)
        self._apart = True

    def _measure(self, index: int, part: int) -> None:
        """Fill one part's rows of the outputs for the measured inputs of this index."""
        X, out = self._measured[index], self._outputs[index]
        # Cut where evaluation cuts anyway, so that the outputs are those of one process to the bit. The last
        # examples are the parent's, whose activations are looked at afterwards.
        cut = len(X) // 2 // EVALUATION_ROWS * EVALUATION_ROWS
        rows = slice(cut, len(X)) if part == 0 else slice(0, cut)
        if rows.start < rows.stop:
            self._network.outputs(X[rows], out[rows])

    def _command(self, command: int) -> None:
        self._control[COMMAND] = command
        self._await()
        self._release()

    def _meet(self) -> None:
        self._await()
        self._release()

    def _await(self) -> None:
        """Wait until the other process has come to the next meeting."""
        control, target = self._control, self._met + 1
        if _has_come(control, CHILD, target):
            return
        while control[CHILD] < target:
            ended, status = os.waitpid(self._child, os.WNOHANG)
            if ended:
                self._lost = True
                raise SecondProcessLost(
                    f"the second process of training ended ({_how(status)})",
                    remedy="The machine may be short of memory. Resume the run, with training.threads=1.",
                )
            time.sleep(NAP_S)

    def _release(self) -> None:
        """Let the other process go on."""
        self._met += 1
        self._control[PARENT] = self._met

    def _arrive(self) -> None:
        """Come to the next meeting, as the other process, and wait to be let go on."""
        control = self._control
        self._met += 1
        control[CHILD] = self._met
        if _has_come(control, PARENT, self._met):
            return
        while control[PARENT] < self._met:
            if os.getppid() != self._parent:
                os._exit(0)
            time.sleep(NAP_S)


def _has_come(control: memoryview, counter: int, target: int) -> bool:
    """Ask for a while whether a counter has reached its target; return whether it has."""
    for _ in range(ASKING):
        if control[counter] >= target:
            return True
    for _ in range(GIVING_WAY):
        os.sched_yield()
        if control[counter] >= target:
            return True
    return False


@contextmanager
def processes(
    work: StepWork,
    network: Network,
    measured: Sequence[Rows],
    streams: Sequence[np.random.Generator],
    *,
    shared: bool,
) -> Iterator[OneProcess | TwoProcesses]:
    """Have a step's work done by two processes, or by this one alone, while the context is open."""
    if not shared:
        yield OneProcess(work)
        return
    two = TwoProcesses(work, network, measured, streams)
    try:
        yield two
    finally:
        two.close()


def _fork(serve: Callable[[], None]) -> int:
    """Fork a process that serves and then ends, whatever happens; return its id."""
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # Python 3.12 warns of threads that a fork leaves behind; none of them is needed on the other side.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _live(serve)
    return child


def _live(serve: Callable[[], None]) -> NoReturn:
    """Be the second process: no signals but the parent's word, no files, no clean-up at the end."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _close_what_is_written()
        gc.disable()
        with np.errstate(all="ignore"):
            serve()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _close_what_is_written() -> None:
    """Close every file but those that are only read: a run's lock is held by whoever has its file open."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if int(name) > 2 and fcntl.fcntl(int(name), fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
                os.close(int(name))


def _how(status: int) -> str:
    number = os.waitstatus_to_exitcode(status)
    return signal.Signals(-number).name if number < 0 else f"exit code {number}"
