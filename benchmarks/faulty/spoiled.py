"""Runs in which something is not as it was written, and things in a runs directory that are no runs.

Whatever is done to the files of a run, what is read back is what was written, or an error that a user can
understand; and the listing lists.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.faulty.lab import TINY, Lab, train_and_die
from dlrecipe.errors import DlrecipeError
from dlrecipe.store.checkpoints import unpack_checkpoint
from dlrecipe.store.journal import parse_journal
from dlrecipe.store.listing import find_run, list_runs
from dlrecipe.store.run_directory import RunDirectory

CODES = {0, 1, 2, 4}
COMMANDS = (
    ("runs",), ("runs", "--json"), ("show", "latest"), ("diagnose", "latest"), ("evaluate", "latest"),
    ("compare", "latest", "latest"), ("resume", "latest", "--quiet"), ("gradcheck", "--run", "latest"),
)  # fmt: skip


def flips_and_cuts(data: bytes, values: Iterable[int] = range(1, 256)) -> Iterator[bytes]:
    """Yield the data with each of its bytes altered in each way, and cut at each length.

    Args:
        values: what a byte is altered by (exclusive or); all 255 make each other value of it.
    """
    for at, byte in enumerate(data):
        for value in values:
            yield data[:at] + bytes([byte ^ value]) + data[at + 1 :]
    for length in range(len(data)):
        yield data[:length]


def unnoticed(path: Path, read: Callable[[bytes, Path], object], altered: Iterator[bytes]) -> tuple[int, int]:
    """Return how many altered contents were read without an error, and how many there were."""
    n = n_unnoticed = 0
    for data in altered:
        n += 1
        try:
            read(data, path)
        except DlrecipeError:
            continue
        n_unnoticed += 1
    return n_unnoticed, n


def unnoticed_in_checkpoint(folder: Path, values: Iterable[int] = range(1, 256)) -> tuple[int, int]:
    """Alter each byte of a small run's checkpoint, in every way."""
    lab = Lab(folder)
    train_and_die(lab, 3)
    path = next((lab.newest() / "checkpoint").iterdir())
    read = partial(unpack_checkpoint, run=lab.newest().name)
    read(path.read_bytes(), path)
    return unnoticed(path, read, flips_and_cuts(path.read_bytes(), values))


def unnoticed_in_journal(folder: Path, values: Iterable[int] = range(1, 256)) -> tuple[int, int]:
    """Alter each byte of a line of the journal, in every way that leaves a line."""
    lab = Lab(folder)
    train_and_die(lab, 4)
    path = lab.newest() / "metrics.jsonl"
    line = path.read_bytes().splitlines(keepends=True)[0]
    # Without its newline a line is a torn one, which is passed over: the epoch is trained again.
    altered = (data for data in flips_and_cuts(line, values) if data.endswith(b"\n"))
    return unnoticed(path, parse_journal, altered)


@dataclass(frozen=True)
class Readings:
    """All that is read of a run, each by what it should be; `at_once` reads it."""

    readers: dict[str, Callable[[RunDirectory], Any]]
    expected: dict[str, Any]
    lines: bytes

    @classmethod
    def of(cls, run: RunDirectory) -> "Readings":
        """Take an intact run for what should be read."""
        readers: dict[str, Callable[[RunDirectory], Any]] = {
            "record": lambda run: dict(run.record),
            "config": lambda run: run.read_text("config.yaml"),
            "original": lambda run: run.read_text("config.original.yaml"),
            "journal": lambda run: run.read_journal(),
            "checkpoint": _checkpoint,
            "weights": lambda run: _comparable(run.read_weights("weights")),
            "preprocessing": _preprocessing,
        }
        expected = {name: _read(reader, run) for name, reader in readers.items()}
        return cls(readers, expected, (run.path / "metrics.jsonl").read_bytes())

    def amiss(self, runs_dir: Path, name: str) -> str:
        """Return what was read that should not have been, or nothing."""
        try:
            if name not in {summary.id for summary in list_runs(runs_dir)}:
                return "a run is not listed"
            run = find_run(runs_dir, name)
        except DlrecipeError:
            return ""
        for what, reader in self.readers.items():
            # Another run's run.json, whole, makes this directory a copy of that run; it does not vouch for
            # what that run has not written.
            if what == "record" and run.record["run_id"] != run.id:
                continue
            try:
                found = reader(run)
            except DlrecipeError:
                continue
            # After the checkpoint, which knows the lines up to it, a killed run's journal may end anywhere.
            if what == "journal" and self.lines.startswith(_whole_lines(run.path / "metrics.jsonl")):
                continue
            # The checkpoint before the newest is loaded where that is damaged, and says so.
            if what == "checkpoint" and (found is None or found[-1]):
                continue
            if found != self.expected[what]:
                return f"{what} was read altered"
        return ""


def _whole_lines(path: Path) -> bytes:
    data = path.read_bytes() if path.exists() else b""
    return data[: data.rfind(b"\n") + 1]


def _read(reader: Callable[[RunDirectory], Any], run: RunDirectory) -> Any:
    try:
        return reader(run)
    except DlrecipeError:
        return None  # the run has not come that far


def _checkpoint(run: RunDirectory) -> Any:
    loaded = run.checkpoints().load()
    return loaded and (loaded.number, _comparable(loaded.arrays), repr(loaded.meta), loaded.note)


def _preprocessing(run: RunDirectory) -> Any:
    meta, arrays = run.read_preprocessing()
    return repr(meta), _comparable(arrays)


def _comparable(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in arrays.items()}


def spoiled_runs(folder: Path, n: int, *, seed: int = 0, commands_every: int = 200) -> Iterator[str]:
    """Yield what is amiss after each of n acts of vandalism on a finished and on an interrupted run.

    Args:
        commands_every: run a command of the command line each so many times; the library is read each time.
    """
    rng, lab = random.Random(seed), Lab(folder / "lab")
    assert lab.train().code == 0
    finished = lab.newest().name
    # Another seed: what is another run's must not pass for this one's because it says the same.
    train_and_die(Lab(folder / "lab", TINY | {"seed": 1}), 8)
    names = (finished, lab.newest().name)
    intact = folder / "intact"
    shutil.copytree(lab.runs, intact)
    readings = {name: Readings.of(find_run(lab.runs, name)) for name in names}
    files = {
        name: [path.relative_to(intact) for path in sorted((intact / name).rglob("*")) if path.is_file()]
        for name in names
    }
    for index in range(n):
        name = rng.choice(names)
        victim = lab.runs / rng.choice(files[name])
        how = rng.choice(VANDALISM)
        how(victim, rng, intact)
        yield _named(how, victim, readings[name].amiss(lab.runs, name))
        if index % commands_every == 0:
            yield _named(how, victim, _manners(lab, COMMANDS[index // commands_every % len(COMMANDS)]))
            lab.copied_from(intact)
        _mended(victim, intact / victim.relative_to(lab.runs))


def _named(how: Callable[..., None], victim: Path, problem: str) -> str:
    return f"{how.__name__} of {victim.name}: {problem}" if problem else ""


def _manners(lab: Lab, command: tuple[str, ...]) -> str:
    outcome = lab(*command)
    if outcome.code in CODES and "Traceback" not in outcome.err:
        return ""
    return f"{command}: {outcome.code} {outcome.err}"


def _mended(victim: Path, intact: Path) -> None:
    if victim.is_symlink() or not victim.is_dir():
        victim.unlink(missing_ok=True)
    else:
        shutil.rmtree(victim)
    victim.parent.mkdir(exist_ok=True)
    shutil.copyfile(intact, victim)


def flip_bytes(victim: Path, rng: random.Random, intact: Path) -> None:
    """Alter one to four bytes."""
    data = bytearray(victim.read_bytes())
    for _ in range(rng.randint(1, 4)):
        if data:
            data[rng.randrange(len(data))] ^= rng.randint(1, 255)
    victim.write_bytes(data)


def cut(victim: Path, rng: random.Random, intact: Path) -> None:
    """Leave the beginning."""
    data = victim.read_bytes()
    victim.write_bytes(data[: rng.randrange(len(data) + 1)])


def lengthen(victim: Path, rng: random.Random, intact: Path) -> None:
    """Append something: zeros, noise, or the file itself."""
    data = victim.read_bytes()
    victim.write_bytes(data + rng.choice((bytes(rng.randint(1, 600)), rng.randbytes(40), data)))


def blank(victim: Path, rng: random.Random, intact: Path) -> None:
    """Put zeros in the place of a part, as a disk does that lost a block."""
    data = victim.read_bytes()
    start, end = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    victim.write_bytes(data[:start] + bytes(end - start) + data[end:])


def rearrange(victim: Path, rng: random.Random, intact: Path) -> None:
    """Let two parts change places."""
    data = victim.read_bytes()
    a, b, c = sorted(rng.randrange(len(data) + 1) for _ in range(3))
    victim.write_bytes(data[:a] + data[b:c] + data[a:b] + data[c:])


def swap(victim: Path, rng: random.Random, intact: Path) -> None:
    """Put another file in its place, of this run or of another."""
    others = [path for path in intact.rglob("*") if path.is_file()]
    shutil.copyfile(rng.choice(others), victim)


def remove(victim: Path, rng: random.Random, intact: Path) -> None:
    """Take the file away."""
    victim.unlink()


def make_directory(victim: Path, rng: random.Random, intact: Path) -> None:
    """Put a directory in its place."""
    victim.unlink()
    victim.mkdir()


def make_link(victim: Path, rng: random.Random, intact: Path) -> None:
    """Put a link in its place: to nowhere, to itself, or out of the run."""
    victim.unlink()
    victim.symlink_to(rng.choice(("/etc/hostname", "nowhere", victim.name, "/dev/zero", "..")))


def make_pipe(victim: Path, rng: random.Random, intact: Path) -> None:
    """Put a pipe in its place that nobody writes to."""
    victim.unlink()
    os.mkfifo(victim)


def scribble(victim: Path, rng: random.Random, intact: Path) -> None:
    """Write something else."""
    texts = (
        b"{}",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"a": NaN}',
        b"\xff\xfe",
        b"PK\x03\x04",
        b"\x80\x04K\x01.",
    )
    victim.write_bytes(rng.choice((*texts, rng.randbytes(rng.randrange(2_000)))))


VANDALISM = (
    flip_bytes, cut, lengthen, blank, rearrange, swap, remove, make_directory, make_link, make_pipe, scribble,
)  # fmt: skip

_CHARACTERS = "ab-Z9_.~ \n\t'\"\\*?[{é\u0301\U0001f600\u202e\x7f"
REFERENCES = (
    "..", ".", "../x", "../../etc/passwd", "/etc/passwd", "/", "//", "~", "~root", "$HOME", "a/../b", "x\0y",
    "\0", "a" * 255, "a" * 256, "a" * 5_000, "-", "--", "-rf", "*", "?", "[a-z]", "latest/", "./latest", "\n",
    "LATEST", "con", ".lock", ".creating-0", "run.json", "%2e%2e%2f", "..\\..\\x", "\u202e", "\ud800",
)  # fmt: skip
"""What may be given for a run and means none."""


def foreign_things(folder: Path, n: int, *, seed: int = 0) -> Iterator[str]:
    """Yield what is amiss with the listing, and with references, beside things that are no runs."""
    rng, lab = random.Random(seed), Lab(folder / "lab")
    assert lab.train().code == 0
    known = lab.newest().name
    for _ in range(n):
        name = "".join(rng.choice(_CHARACTERS) for _ in range(rng.randint(1, 20)))
        if rng.random() < 0.3:
            name = known[: rng.randint(1, len(known))] + name[:5]
        thing = lab.runs / name
        if os.path.lexists(thing):
            continue
        rng.choice(FOREIGN)(thing, rng)
        yield _amiss_beside(lab, known, name, rng.choice(REFERENCES))
        if thing.is_symlink() or not thing.is_dir():
            thing.unlink()
        else:
            shutil.rmtree(thing)


def _amiss_beside(lab: Lab, known: str, name: str, reference: str) -> str:
    listed = {run.id: run for run in list_runs(lab.runs)}
    if known not in listed or listed[known].damage:
        return f"{name!r} hides a run"
    for wanted in (known, name, reference):
        try:
            found = find_run(lab.runs, wanted)
        except DlrecipeError:
            if wanted == known:
                return f"{name!r} hides a run"
        else:
            if found.path.parent != lab.runs or found.path.is_symlink():
                return f"{wanted!r} leads to {found.path}"
            if found.id != known:
                return f"{wanted!r} is taken for a run"
    return ""


def _file(thing: Path, rng: random.Random) -> None:
    thing.write_bytes(rng.randbytes(rng.randrange(100)))


def _empty_directory(thing: Path, rng: random.Random) -> None:
    thing.mkdir()


def _directory_with_a_record(thing: Path, rng: random.Random) -> None:
    thing.mkdir()
    texts = (b"{}", b"[]", b'{"status": "finished"}\n', b'{"run_id": 1, "check": "0"}', rng.randbytes(50))
    (thing / "run.json").write_bytes(rng.choice(texts))


def _link(thing: Path, rng: random.Random) -> None:
    others = [path.name for path in thing.parent.iterdir()]
    thing.symlink_to(rng.choice(("/etc", "/dev/zero", "nowhere", "..", ".", *others)))


def _pipe(thing: Path, rng: random.Random) -> None:
    os.mkfifo(thing)


FOREIGN = (_file, _empty_directory, _directory_with_a_record, _link, _pipe)
