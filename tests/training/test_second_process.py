"""Two processes do what one does, to the last bit, and the second one never outlives its parent's need."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlrecipe.data import disk_rows
from dlrecipe.data.disk_rows import DiskRows
from dlrecipe.data.examples import Split
from dlrecipe.data.sources.arrays import load_arrays
from dlrecipe.data.specs import ArraySource
from dlrecipe.optim.specs import AdamSpec, ClipSpec
from dlrecipe.training import second_process, steps
from dlrecipe.training.loop import Trainer
from dlrecipe.training.second_process import SecondProcessLost, can_share

Build = Callable[..., Trainer]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not can_share("auto"), reason="needs Linux on x86-64 and two processors"
)


@pytest.fixture(autouse=True)
def every_step_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "SHARED_FROM", 0)


def data(n: int = 75) -> Split:
    rng = np.random.default_rng(0)
    return Split(rng.standard_normal((n, 6)), rng.integers(0, 3, n), np.arange(n))


SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "dropout": {"keep_prob": (0.9, 0.7)},
    "clipped": {"optimizer": AdamSpec(clip=ClipSpec(norm=0.1))},
    "max_norm": {"max_norm": 0.5},
    "full batch": {"batch_size": "full"},
    "a last batch of one": {"batch_size": 37},
}


def fitted(trainer: Build, recorder: Any, threads: int, **settings: Any) -> tuple[bytes, Any]:
    hooks = recorder()
    settings = {"hidden": (8,), "epochs": 4, "batch_size": 16, "optimizer": AdamSpec()} | settings
    made = trainer(data(), data(2100), threads=threads, loss="softmax", **settings)
    made.fit(hooks)
    return made.state.theta.tobytes(), hooks.records


@pytest.mark.parametrize("name", SETTINGS)
def test_two_processes_train_to_the_weights_and_figures_of_one(
    trainer: Build, recorder: Any, name: str
) -> None:
    assert fitted(trainer, recorder, 2, **SETTINGS[name]) == fitted(trainer, recorder, 1, **SETTINGS[name])


@contextmanager
def at_work(trainer: Build) -> Iterator[tuple[Trainer, int]]:
    made = trainer(data(), data(), hidden=(8,), loss="softmax", threads=2, keep_prob=(1.0, 0.5))
    with made.at_work():
        assert isinstance(made._processes, second_process.TwoProcesses)
        yield made, made._processes._child


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_is_gone_when_training_is_over(trainer: Build) -> None:
    with at_work(trainer) as (_, child):
        assert not is_gone(child)
    assert is_gone(child)


def test_it_is_gone_after_an_error(trainer: Build) -> None:
    with pytest.raises(KeyboardInterrupt), at_work(trainer) as (_, child):
        raise KeyboardInterrupt
    assert is_gone(child)


def test_it_leaves_signals_to_its_parent(trainer: Build, recorder: Any) -> None:
    with at_work(trainer) as (made, child):
        made.train_epoch(recorder())
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(child, number)
        made.train_epoch(recorder())
        assert not is_gone(child)


def test_its_end_is_noticed_and_told(trainer: Build, recorder: Any) -> None:
    with at_work(trainer) as (made, child):
        made.train_epoch(recorder())
        os.kill(child, signal.SIGKILL)
        with pytest.raises(SecondProcessLost, match="SIGKILL"):
            made.train_epoch(recorder())


def test_a_checkpoint_knows_where_the_other_process_is_in_its_stream(trainer: Build, recorder: Any) -> None:
    def state_after_an_epoch(threads: int) -> Any:
        made = trainer(
            data(), data(), hidden=(8,), loss="softmax", threads=threads, keep_prob=(1.0, 0.5), batch_size=16
        )
        with made.at_work():
            made.train_epoch(recorder())
            return made.state.to_checkpoint()[1]

    two, one = state_after_an_epoch(2), state_after_an_epoch(1)
    assert two == one
    assert two["second_dropout_rng"] != two["dropout_rng"]


def test_a_run_that_is_saved_once_training_has_stopped_goes_on_to_the_same_weights(
    trainer: Build, recorder: Any
) -> None:
    """As after Ctrl-C: the last checkpoint is written when the second process is gone."""

    def made() -> Trainer:
        settings = {"hidden": (8,), "loss": "softmax", "keep_prob": (1.0, 0.5), "batch_size": 16, "epochs": 3}
        return trainer(data(), data(), threads=2, **settings)

    stopped, resumed, whole = made(), made(), made()
    assert stopped.fit(recorder(stop_after=7)) == "interrupted"
    resumed.state.restore(*stopped.state.to_checkpoint())
    for run in (resumed, whole):
        assert run.fit(recorder()) == "finished"
    assert resumed.state.theta.tobytes() == whole.state.theta.tobytes()
    assert resumed.state.to_checkpoint()[1] == whole.state.to_checkpoint()[1]


def test_only_steps_that_read_blocks_from_disk_move_to_all_processors_and_train_as_in_one_process(
    trainer: Build, recorder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_rows, "BLOCK_BYTES", 10 * 6 * 8)  # ten rows: the file has 40 blocks
    train = data(400)
    np.save(tmp_path / "x.npy", train.X)
    np.save(tmp_path / "y.npy", train.y)
    spec = ArraySource(type="npy", path=f"{tmp_path}/x.npy", y=f"{tmp_path}/y.npy", in_memory=False)
    moves: list[int] = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, processors: moves.append(len(processors)))
    thetas = []
    for threads in (1, 2):
        X = load_arrays(spec).matrix
        assert isinstance(X, DiskRows)
        made = trainer(
            Split(X, train.y, train.rows),
            data(50),
            threads=threads,
            loss="softmax",
            hidden=(8,),
            epochs=5,
            batch_size=16,
        )
        made.fit(recorder())
        thetas.append(made.state.theta.tobytes())
    assert thetas[0] == thetas[1]
    # 125 steps; all 40 blocks, which fit into the cache, are there after the first epoch's first steps.
    assert 4 <= len(moves) <= 20
