"""What a run survives: kills, faults of the disk, losses of power, altered files, hostile input.

    python -m benchmarks.faults                     # all of it, about three quarters of an hour of one core
    python -m benchmarks.faults kills --kills 100   # one part, with a count of one's own

Prints a table, and before it each broken promise, and exits 1 if there is any. The short form of each part is
a test (tests/faults). Works in /dev/shm where there is one: on a disk, fsync takes most of the time.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

# Before NumPy is imported: processes are forked, and a pool of threads does not survive that.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from benchmarks.common import Row, progress, report
from benchmarks.faulty import disks, operations, power, processes, resumes, spoiled
from benchmarks.faulty.lab import Lab
from benchmarks.faulty.yaml_limits import CPU_S, corpus_cases, texts_amiss

Part = Callable[[Path, argparse.Namespace], Iterable[Row]]
SHOWN = 10


def main() -> int:
    options = _options()
    rows: list[Row] = []
    memory = Path("/dev/shm")
    for name in options.parts or PARTS:
        progress(name)
        began = time.process_time() + _children_s()
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
            found = list(PARTS[name](Path(folder), options))
        took_s = time.process_time() + _children_s() - began
        progress(f"  {took_s:.0f} s of processor time")
        rows += found
    report(rows, options.to)
    return 0 if all(row.met is not False for row in rows) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them if none is named")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--stride", type=int, default=1, help="plant every n-th fault only")
    parser.add_argument("--states", type=int, default=60, help="states to draw at each moment of a blackout")
    parser.add_argument("--resume-every", type=int, default=3, help="go on from every n-th different state")
    parser.add_argument("--combinations", type=int, default=240)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--vandalism", type=int, default=100_000)
    parser.add_argument("--foreign", type=int, default=100_000)
    parser.add_argument("--races", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, help="write the figures as JSON, too")
    return parser.parse_args()


def _children_s() -> float:
    used = os.times()
    return used.children_user + used.children_system


def kills(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """SIGKILL at random moments."""
    test = processes.Kills(Lab(folder, processes.LONG), random.Random(options.seed))
    test.until(options.kills)
    lost = sum("lost" in problem for problem in test.amiss)
    measured = f"{test.n_kills:,} kills over {test.n_runs} runs: {lost} finished epochs lost, "
    measured += f"{len(test.amiss) - lost} ends that differ"
    yield _row("SIGKILL at random moments, then resume", "1,000; 0; 0", measured, "kills", test.amiss)


def faults(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """A fault at each file operation."""
    bench, counts, problems = operations.Bench.in_folder(folder), Counter[str](), []
    for command, problem in operations.every_fault(bench, stride=options.stride):
        counts[command] += 1
        problems += [problem] if problem else []
    cases = ", ".join(f"{command} {n:,}" for command, n in counts.items())
    measured = f"{counts.total():,} cases ({cases}), {len(problems)} broken promises"
    yield _row("a fault at the n-th file operation", "every n, ≥ 5,000; 0", measured, "faults", problems)


def blackouts(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """A loss of power at each moment."""
    record, wholes = power.blackouts(folder, states=options.states)
    problems = [problem for problem in record.amiss(wholes, resume_every=options.resume_every) if problem]
    n_resumed = -(-len(record.trees) // options.resume_every)
    measured = (
        f"{record.n_states:,} states at {record.n_moments} moments, {len(record.trees):,} different and "
    )
    measured += f"read, {n_resumed:,} resumed: {len(problems)} broken promises"
    yield _row("a loss of power", "≥ 20,000 states; 0", measured, "blackouts", problems)


def flips(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """Every byte of a file altered."""
    for what, test in (
        ("a checkpoint", spoiled.unnoticed_in_checkpoint),
        ("a line of the journal", spoiled.unnoticed_in_journal),
    ):
        unnoticed, n = test(folder / what.replace(" ", "-"))
        figure = f"every byte of {what} set to each other value, and every cut"
        measured = f"{n - unnoticed:,} of {n:,} noticed"
        yield _row(figure, "100 %", measured, "flips", [f"{unnoticed} unnoticed"] if unnoticed else [])


def configs(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """Resume equals the uninterrupted run."""
    rng, problems = random.Random(options.seed), []
    for index, settings in enumerate(resumes.combinations(options.combinations, options.seed)):
        problem = resumes.amiss_on_resuming(folder / str(index), settings, rng)
        problems += [problem] if problem else []
    measured = f"{options.combinations - len(problems)} of {options.combinations} configs bit for bit"
    yield _row("killed, stopped and resumed, over configs", "≥ 200; all", measured, "configs", problems)


def yaml(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """Fuzzed configs."""
    problems, counts, slowest_s = texts_amiss(folder, options.texts, options.seed)
    measured = (
        f"{options.texts:,}: {counts['refused']:,} refused, {counts['valid']:,} valid, {len(problems)} other "
    )
    measured += f"ends; the slowest {slowest_s:.2f} s"
    yield _row("configs with mistakes", "≥ 20,000; 0; ≤ 2 s", measured, "yaml", problems)
    cases = list(corpus_cases(folder))
    problems = [case.problem for case in cases if case.problem]
    problems += [f"{case.name}: {case.cpu_s:.1f} s" for case in cases if case.cpu_s > CPU_S]
    cpu_s, memory_mb = max(case.cpu_s for case in cases), max(case.memory_mb for case in cases)
    measured = (
        f"{len(cases)}: {len(problems)} amiss; at most {cpu_s:.2f} s of processor and {memory_mb:.0f} MB, "
    )
    measured += "each in a process of its own"
    asked = "exit 2, no traceback, ≤ 2 s, ≤ 500 MB"
    yield _row("configs made to exhaust the reader", asked, measured, "yaml", problems)


def directories(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """Fuzzed run directories."""
    spoilt = [
        problem
        for problem in spoiled.spoiled_runs(folder / "spoilt", options.vandalism, seed=options.seed)
        if problem
    ]
    measured = f"{options.vandalism:,} acts of vandalism: {len(spoilt)} read altered, or with a traceback"
    yield _row("spoilt run directories", "≥ 100,000; 0", measured, "directories", spoilt)
    foreign = [
        problem
        for problem in spoiled.foreign_things(folder / "foreign", options.foreign, seed=options.seed)
        if problem
    ]
    measured = f"{options.foreign:,} things and references: {len(foreign)} hide a run or lead elsewhere"
    yield _row("foreign things beside the runs", "≥ 100,000; 0", measured, "directories", foreign)


def races(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """Two processes, one run."""
    problems = [problem for problem in processes.races(Lab(folder / "races"), options.races) if problem]
    measured = (
        f"{options.races - len(problems):,} of {options.races:,}: one goes on, the other exits 4 and names it"
    )
    yield _row("two processes resume one run", "1,000 of 1,000", measured, "races", problems)
    n = processes.created_at_once(folder / "crowd", 10, 200)
    problems = [] if n == 2_000 else [f"{n} different runs"]
    yield _row("10 processes create 200 runs each", "2,000 ids", f"{n:,} ids", "races", problems)


def output(folder: Path, options: argparse.Namespace) -> Iterable[Row]:
    """Full disks and outputs that take nothing."""
    for figure, test in (
        ("a really full disk (tmpfs of 1 MiB)", disks.full_disks),
        ("`ulimit -f`", disks.small_files),
        ("a runs directory that can only be read", disks.unwritable),
        ("/dev/full and closed pipes", disks.outputs),
    ):
        try:
            cases = list(test(folder / test.__name__))
        except PermissionError as error:
            yield Row(figure, "clear message, old state", f"not tried: {error}", None, "")
            continue
        problems = [f"{what}: {problem}" for what, problem in cases if problem]
        measured = f"{len(cases) - len(problems)} of {len(cases)} commands"
        yield _row(figure, "clear message, old state", measured, "output", problems)


PARTS: dict[str, Part] = {
    "kills": kills,
    "faults": faults,
    "blackouts": blackouts,
    "flips": flips,
    "configs": configs,
    "yaml": yaml,
    "directories": directories,
    "races": races,
    "output": output,
}


def _row(figure: str, asked: str, measured: str, part: str, problems: list[str]) -> Row:
    for problem, n in Counter(problems).most_common(SHOWN):
        print(f"{part}: {n} times: {problem}", flush=True)
    return Row(figure, asked, measured, not problems, f"python -m benchmarks.faults {part}")


if __name__ == "__main__":
    sys.exit(main())
