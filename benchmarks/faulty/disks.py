"""Disks that are full and directories that cannot be written to, as they come: no function is replaced here.

Needs Linux, and for the full disk and the read-only one the right to mount; what cannot be tried is left out.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faulty.lab import TINY, Lab, Outcome, Remains

COMMAND = [sys.executable, "-m", "dlrecipe"]
WIDE = {**TINY, "network": {"hidden": [2_000]}}
"""A run of half a megabyte, so that a small disk is full within it."""
SIZE_BYTES = 1024 * 1024


def in_process(
    lab: Lab, *arguments: str, stdout: int = subprocess.PIPE, limit: Callable[[], None] | None = None
) -> Outcome:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=lab.folder,
        stdout=stdout,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        preexec_fn=limit,
    )
    return Outcome(done.returncode, done.stdout or "", done.stderr)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount something at a folder while the context is open.

    Raises:
        PermissionError: this user may not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True)


def _told(outcome: Outcome, words: str, code: int = 4) -> str:
    lines = outcome.err.strip().splitlines()
    if outcome.code != code:
        return f"ended with {outcome.code}: {outcome.err}"
    if "Traceback" in outcome.err or words not in outcome.err or len(lines) < 2:
        return f"says {outcome.err!r}"
    return ""


FREE_PAGES = (0, 1, 3, 6, 10, 16, 24, 48, 80)


def full_disks(folder: Path, free: tuple[int, ...] = FREE_PAGES) -> Iterator[tuple[str, str]]:
    """Yield what is tried on a small disk with less and less room left, and what is amiss."""
    lab = Lab(folder, WIDE)
    assert lab.train().code == 0
    whole = lab.remains()
    lab.runs.rename(folder / "elsewhere")
    for left in free:
        with mounted(lab.runs, "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs"):
            used = os.statvfs(lab.runs)
            ballast = lab.runs / "ballast"
            ballast.write_bytes(bytes((used.f_bavail - left) * used.f_bsize))
            yield (
                f"train, {4 * left} KiB left",
                _on_full_disk(lab, ballast, whole, ("train", "config.yaml", "-q")),
            )


def _on_full_disk(lab: Lab, ballast: Path, whole: Remains, command: tuple[str, ...]) -> str:
    outcome = in_process(lab, *command)
    problem = _told(outcome, "no space left on the disk")
    runs = [path for path in lab.runs.iterdir() if path.name.startswith("tiny-")]
    if problem or not runs:
        return problem
    # Also on the full disk: looking, and making room.
    for reading in (("runs",), ("show", "latest")):
        if (looked := in_process(lab, *reading)).code != 0:
            return f"{reading}: {looked.err}"
    again = in_process(lab, "resume", "latest", "-q")
    if again.code not in (0, 4):
        return f"resume on the full disk: {again.code} {again.err}"
    ballast.unlink()
    resumed = lab.resume()
    if resumed.code not in (0, 2) or lab.remains() != whole:
        return f"ends elsewhere: {resumed.err}"
    ballast.write_bytes(bytes(SIZE_BYTES // 4))
    deleted = in_process(lab, "runs", "--delete", "latest", "--yes")
    return "" if deleted.code == 0 else f"cannot be deleted: {deleted.err}"


def small_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what is tried where no file may be larger than so many bytes (`ulimit -f`), and what is amiss."""
    lab = Lab(folder, WIDE)
    assert lab.train().code == 0
    whole = lab.remains()
    lab.runs.rename(folder / "elsewhere")
    for size in (0, 100, 1_500, 10_000, 40_000):

        def limit(size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        problem = _told(in_process(lab, "train", "config.yaml", "-q", limit=limit), "larger than is allowed")
        if not problem and any(path.name.startswith("tiny-") for path in lab.runs.iterdir()):
            resumed = lab.resume()
            if resumed.code != 0 or lab.remains() != whole:
                problem = f"ends elsewhere: {resumed.err}"
        yield f"train, files of at most {size} bytes", problem
    evaluated = in_process(
        lab, "evaluate", "latest", limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9))
    )
    yield "evaluate, files of at most 9 bytes", _told(evaluated, "larger than is allowed")
    yield "the run afterwards", "" if lab.remains() == whole else "has changed"


def unwritable(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what is tried in a runs directory that can only be read, and what is amiss."""
    lab = Lab(folder)
    assert lab.train().code == 0
    whole = lab.remains()
    writing = (("train", "config.yaml"), ("resume", "latest", "--epochs", "6"), ("evaluate", "latest"))
    with mounted(lab.runs, "--bind", str(lab.runs)), mounted(lab.runs, "-o", "remount,bind,ro"):
        for command in (*writing, ("runs", "--delete", "latest", "--yes")):
            yield " ".join(command), _told(in_process(lab, *command), "can only be read")
        for command in (
            ("runs",),
            ("show", "latest"),
            ("diagnose", "latest"),
            ("compare", "latest", "latest"),
        ):
            outcome = in_process(lab, *command)
            yield " ".join(command), "" if outcome.code == 0 else f"{outcome.code} {outcome.err}"
    yield "the run afterwards", "" if lab.remains() == whole else "has changed"


def outputs(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what is tried with an output that takes nothing, or that nobody reads, and what is amiss."""
    lab = Lab(folder)
    (lab.folder / "rows.csv").write_text("x1,x2\n" + "0.1,0.2\n" * 20_000)
    assert lab.train().code == 0
    whole = lab.remains()
    reading = [
        ("runs",), ("runs", "--json"), ("show", "latest"), ("show", "latest", "--json"), ("schema",),
        ("predict", "latest", "rows.csv"), ("explain",), ("compare", "latest", "latest"),
        ("evaluate", "latest"), ("diagnose", "latest"), ("train", "config.yaml", "--json"),
        ("resume", "latest", "--epochs", "5", "--json"),
    ]  # fmt: skip
    for command in reading:
        with open("/dev/full", "w") as full:
            outcome = in_process(lab, *command, stdout=full.fileno())
        yield f"{' '.join(command)} > /dev/full", _told(outcome, "no space left", code=2)
        read, write = os.pipe()
        os.close(read)
        outcome = in_process(lab, *command, stdout=write)
        os.close(write)
        # Of a run that the command before has lengthened there is nothing left to do: 2.
        calm = outcome.code in (0, 1, 2) and not any(word in outcome.err for word in ("Traceback", "Error"))
        yield f"{' '.join(command)} | (closed)", "" if calm else f"{outcome.code} {outcome.err}"
    for name, path in (("2> /dev/full", "/dev/full"), ("2> (closed)", "")):
        lab.runs.rename(lab.folder / f"runs{len(name)}")
        yield f"train {name}", without_messages(lab, path, whole)


def without_messages(lab: Lab, path: str, whole: Remains) -> str:
    """Train while messages cannot be written: the run must come to its end all the same."""
    read, write = os.pipe()
    os.close(read)
    with open(path or write, "w") as stderr:
        done = subprocess.run([*COMMAND, "train", "config.yaml"], cwd=lab.folder, stderr=stderr)
    return "" if done.returncode == 0 and lab.remains() == whole else f"ended with {done.returncode}"
