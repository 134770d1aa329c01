"""Hostile configs through the reader, and through the command line within limits that the kernel keeps."""

import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faulty.hostile import CORPUS, texts
from dlrecipe.config.loading import load_config
from dlrecipe.errors import ConfigError

CPU_S = 2.0
GIVEN_UP_S = 20
MEMORY_MB = 500
ADDRESSES_BYTES = 4 * 10**9
"""What a process may ask the system for; it uses far less of what it asks for."""


@dataclass(frozen=True)
class Case:
    """A config of the corpus that was given to `dlrecipe train`: what is amiss, and what it took."""

    name: str
    problem: str
    cpu_s: float
    memory_mb: float


def texts_amiss(folder: Path, n: int, seed: int) -> tuple[list[str], Counter[str], float]:
    """Read n texts as configs; return what ended otherwise than in a config or a list of problems, and more.

    Returns:
        What is amiss; how many were refused and how many valid; seconds of processor that the slowest took.
    """
    path = folder / "config.yaml"
    amiss: list[str] = []
    counts, slowest_s = Counter[str](), 0.0
    for text in texts(n, seed):
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        began = time.process_time()
        try:
            load_config(path)
            counts["valid"] += 1
        except ConfigError as error:
            counts["refused"] += 1
            amiss += _unclear(error, text)
        except BaseException as error:
            amiss.append(f"{type(error).__name__}: {error} from {text!r}")
        slowest_s = max(slowest_s, time.process_time() - began)
    return amiss, counts, slowest_s


def _unclear(error: ConfigError, text: str) -> list[str]:
    """Return what a user could not understand in an error."""
    said = str(error)
    if (
        all(problem.where and problem.what for problem in error.problems)
        and said.replace("\n", "").isprintable()
    ):
        return []
    return [f"unclear: {said!r} from {text!r}"]


def corpus_cases(folder: Path) -> Iterator[Case]:
    """Give each config of the corpus to `dlrecipe train`, in a process with limits of its own."""
    for name in CORPUS:
        yield corpus_case(name, folder)


def corpus_case(name: str, folder: Path) -> Case:
    """Give one config of the corpus to `dlrecipe train`."""
    _write(name, folder)
    peak = folder / "peak_mb"
    peak.unlink(missing_ok=True)
    with subprocess.Popen(
        [sys.executable, "-c", _TRAIN, str(peak), "train", "config.yaml"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_limit,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        err, out = process.stderr.read(), process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    problem = ""
    if process.returncode != 2 or out or "Traceback" in err or "internal error" in err or not err.strip():
        problem = f"{name}: {process.returncode} {out[:200]} {err[:500]}"
    if (folder / "runs").exists():
        problem = f"{name}: something was left under runs/"
    memory_mb = float(peak.read_text())
    if memory_mb > MEMORY_MB:
        problem = f"{name}: takes {memory_mb:.0f} MB"
    return Case(name, problem, used.ru_utime + used.ru_stime, memory_mb)


def corpus_in_one_process(folder: Path) -> tuple[str, float]:
    """Read the whole corpus in one new process; return what is amiss, and the most memory it took, in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _READ_ALL, str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    *problems, memory_mb = done.stdout.splitlines()
    return "\n".join([*problems, done.stderr]).strip(), float(memory_mb)


def amiss_in_corpus(folder: Path) -> Iterator[str]:
    """Read each config of the corpus in this process, and yield what is amiss."""
    for name in CORPUS:
        _write(name, folder)
        try:
            load_config(folder / "config.yaml")
        except ConfigError as error:
            if len(str(error)) > LONGEST_MESSAGE:
                yield f"{name}: a message of {len(str(error)):,} characters"
        else:
            yield f"{name}: is taken for a config"


def _write(name: str, folder: Path) -> None:
    content = CORPUS[name]()
    (folder / "config.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())


LONGEST_MESSAGE = 10_000
_PEAK_MB = """
import atexit, sys
from pathlib import Path

def peak_mb():
    # Not ru_maxrss: a new program starts with the peak of the process it was started from.
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index("VmHWM:") + 1]) / 1024
"""
_READ_ALL = f"""{_PEAK_MB}
from benchmarks.faulty.yaml_limits import amiss_in_corpus

for problem in amiss_in_corpus(Path(sys.argv[1])):
    print(problem)
print(peak_mb())
"""
_TRAIN = f"""{_PEAK_MB}
from dlrecipe.__main__ import main

_, report, *sys.argv[1:] = sys.argv
atexit.register(lambda: Path(report).write_text(str(peak_mb())))
main()
"""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (GIVEN_UP_S, GIVEN_UP_S))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES_BYTES, ADDRESSES_BYTES))
