"""How often the diagnosis names the planted cause, and how often it alarms on healthy runs.

    python -m benchmarks.diagnosis --runs /tmp/planted          trains (once), judges, prints both parts
    python -m benchmarks.diagnosis --part fresh                 the part that no rule was written on, alone
    python -m benchmarks.diagnosis --short                      a few instances of everything
    python -m benchmarks.diagnosis --intervals                  do the intervals of the gaps hold?
    python -m benchmarks.diagnosis --table                      the course's table

Runs are kept in the folder given, so that judging again after a change of a rule takes seconds. The seen
part was looked at while the rules were written; the fresh one, on other data and at other strengths, gives
the figure. What counts as right was written down with each kind (`benchmarks.planted`). A plant that leaves
both errors within the target did no harm, and is to be passed over like any healthy run; figures are given
without and with those.
"""

import argparse
import json
import tempfile
import zlib
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import Row, progress, report
from benchmarks.planted.fresh import FRESH, SEEN, healthy_fresh
from benchmarks.planted.fresh_worlds import FRESH_WORLDS
from benchmarks.planted.healthy import healthy
from benchmarks.planted.intervals import coverage
from benchmarks.planted.kind import Kind
from benchmarks.planted.table import course_table
from benchmarks.planted.worlds import WORLDS, seeded

KINDS: dict[str, Kind] = SEEN
ALL_WORLDS = {**WORLDS, **FRESH_WORLDS}
INSTANCES = {"seen": 8, "fresh": 4}
HEALTHY = 105
COMMAND = "python -m benchmarks.diagnosis --runs FOLDER"


@dataclass(frozen=True)
class Task:
    """One run to train: a kind ("" for a healthy one) and which instance of it, of which part."""

    kind: str
    instance: int
    part: str = "seen"

    def folder(self, runs: Path) -> Path:
        """Return where its data and its run are kept."""
        return runs / self.part / f"{zlib.crc32(self.kind.encode()):08x}-{self.instance:03d}"

    @property
    def planted(self) -> Kind | None:
        """The kind of cause; None for a healthy run."""
        return (FRESH if self.part == "fresh" else SEEN).get(self.kind)

    @property
    def strength(self) -> int:
        """Which strength the instance gets: each meets each of two worlds, though both go in turn."""
        return self.instance + self.instance // 2 if self.part == "fresh" else self.instance // 2


def plant(task: Task, runs: Path) -> None:
    """Train the run of a task, unless it is there."""
    from dlrecipe.config.loading import load_config_text
    from dlrecipe.experiment.silence import SilentDisplay
    from dlrecipe.experiment.training_run import train

    folder = task.folder(runs)
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    kind = task.planted
    seed = task.instance + (1000 if task.part == "fresh" else 0)
    rng = seeded(zlib.crc32(task.kind.encode()), seed)
    if kind is None:
        world, settings = (healthy_fresh if task.part == "fresh" else healthy)(task.instance)
    else:
        world = kind.worlds[task.instance % len(kind.worlds)]
        settings = ALL_WORLDS[world].config(seed)
        settings = kind.settings(settings, task.strength) if kind.settings else settings
    parts = ALL_WORLDS[world].parts(rng)
    if kind is not None and kind.parts:
        parts = kind.parts(parts, rng, task.strength)
    config: dict[str, Any] = {"data": parts.write(folder), "name": "planted"}
    for path, value in settings.items():
        _put(config, path, value)
    bug = kind.bug(task.strength) if kind is not None and kind.bug else nullcontext()
    with bug:
        train(load_config_text(json.dumps(config), name="planted.yaml"), folder, SilentDisplay())
    (folder / "done").write_text(world)


def _put(config: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        config = config.setdefault(key, {})
        if config is None:
            return
    config[last] = value


def judged(task: Task, runs: Path) -> dict[str, Any]:
    """Return what the diagnosis says of a run that was trained."""
    from dlrecipe.experiment.diagnosing import diagnose_run
    from dlrecipe.store.listing import find_run

    folder = task.folder(runs)
    world = (folder / "done").read_text()
    run, aim = find_run(folder, "latest"), ALL_WORLDS[world]
    diagnosis = diagnose_run(run, bayes_error=aim.bayes, target_error=aim.target).to_json()
    return {
        **asdict(task),
        "world": world,
        "harmless": _is_harmless(task.kind, aim.target, diagnosis["errors"]),
        "errors": diagnosis["errors"],
        "verdict": diagnosis["verdict"],
        "findings": [finding["code"] for finding in diagnosis["findings"]],
    }


def _is_harmless(kind: str, target: float, errors: dict[str, float]) -> bool:
    """Whether the plant did nothing: both errors are within the target, and its harm would show in them."""
    return bool(kind) and KINDS[kind].shows and max(errors.values()) <= target


def tasks_of(part: str, short: bool = False) -> list[Task]:
    """Return everything to train of one part."""
    instances, n_healthy = (1, 7) if short else (INSTANCES[part], HEALTHY)
    planted = [Task(kind, instance, part) for instance in range(instances) for kind in KINDS]
    well = [Task("", instance, part) for instance in range(n_healthy)]
    half = len(planted) // 2
    return [*planted[:half], *well, *planted[half:]]


def train_all(tasks: list[Task], runs: Path, processes: int) -> None:
    """Train what is not there yet."""
    left = [task for task in tasks if not (task.folder(runs) / "done").exists()]
    with ProcessPoolExecutor(processes) as pool:
        running = {pool.submit(plant, task, runs): task for task in left}
        for n, future in enumerate(as_completed(running), start=1):
            if error := future.exception():
                progress(f"{running[future]}: {error!r}")
            if n % 20 == 0:
                progress(f"{n} of {len(left)}")


def summarize(results: list[dict[str, Any]], half: str) -> list[Row]:
    """Return the figures of one part."""
    everything = [each for each in results if each["kind"]]
    planted = [each for each in everything if not each["harmless"]]
    well = [each for each in results if not each["kind"]]
    first = [each["findings"][:1] for each in planted]
    right = [set(KINDS[each["kind"]].right) for each in planted]
    at_first = sum(bool(right_ & set(found)) for right_, found in zip(right, first, strict=True))
    in_two = sum(
        bool(right_ & set(each["findings"][:2])) for right_, each in zip(right, planted, strict=True)
    )
    alarms = sum(bool(each["findings"]) for each in well)
    n, n_well = len(planted), max(len(well), 1)
    worlds = len({each["world"] for each in planted})
    kinds = len({each["kind"] for each in planted})
    figures = f"{half}, {n} runs of {kinds} kinds in {worlds} data sets"
    all_first = sum(bool(set(KINDS[r["kind"]].right) & set(r["findings"][:1])) for r in everything)
    all_two = sum(bool(set(KINDS[r["kind"]].right) & set(r["findings"][:2])) for r in everything)
    harmless = f"{half}, the {len(everything) - n} plants that did no harm among them"
    return [
        _row(f"{harmless}: right cause first", 0.80, all_first, len(everything), above=True),
        _row(f"{harmless}: among the first two", 0.90, all_two, len(everything), above=True),
        _row(f"{figures}: right cause first", 0.80, at_first, n, above=True),
        _row(f"{figures}: among the first two", 0.90, in_two, n, above=True),
        _row(f"{half}, {len(well)} healthy runs: any alarm", 0.03, alarms, n_well, above=False),
    ]


def _row(figure: str, asked: float, count: int, n: int, *, above: bool) -> Row:
    share = count / max(n, 1)
    met = share >= asked if above else share <= asked
    return Row(figure, f"{'≥' if above else '≤'} {asked:.0%}", f"{count} of {n} ({share:.1%})", met, COMMAND)


def by_kind(results: list[dict[str, Any]]) -> str:
    """Return a Markdown table with a line a kind: how often its cause came first, and among two."""
    grouped = defaultdict(list)
    for each in results:
        if each["kind"] and not each["harmless"]:
            grouped[each["kind"]].append(each)
    lines = ["| planted | counts as right | first | first two |", "|---|---|---|---|"]
    for kind, runs in grouped.items():
        right = set(KINDS[kind].right)
        first = sum(bool(right & set(run["findings"][:1])) for run in runs)
        two = sum(bool(right & set(run["findings"][:2])) for run in runs)
        codes = ", ".join(KINDS[kind].right)
        lines.append(f"| {kind} | {codes} | {first} of {len(runs)} | {two} of {len(runs)} |")
    return "\n".join(lines)


def misses(results: list[dict[str, Any]]) -> list[str]:
    """Return what went wrong, to learn from."""
    lines = []
    for each in results:
        right = set(KINDS[each["kind"]].right) if each["kind"] else set()
        found = each["findings"]
        if (each["kind"] and not right & set(found[:1])) or (not each["kind"] and found):
            errors = " ".join(f"{name} {error:.3f}" for name, error in each["errors"].items())
            lines.append(
                f"{each['kind'] or 'healthy'} {each['instance']} ({each['world']}, {errors}): {found[:4]}"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=Path, help="where the runs are kept; a temporary folder by default")
    parser.add_argument("--save", type=Path, help="write the results as JSON")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--intervals", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--part", choices=("seen", "fresh"), help="one part alone")
    parser.add_argument(
        "--misses", action="store_true", help="say what the diagnosis of the seen part missed"
    )
    options = parser.parse_args()
    if options.table or options.intervals:
        rows = [*(course_table() if options.table else []), *(coverage() if options.intervals else [])]
        report(rows, options.save)
        return
    with tempfile.TemporaryDirectory() as temporary:
        runs = options.runs or Path(temporary)
        parts = (options.part,) if options.part else ("seen", "fresh")
        tasks = [task for part in parts for task in tasks_of(part, options.short)]
        train_all(tasks, runs, options.processes)
        results = [judged(task, runs) for task in tasks if (task.folder(runs) / "done").exists()]
    by_part = {part: [each for each in results if each["part"] == part] for part in parts}
    if options.misses:
        print("\n".join(misses(by_part.get("seen", []))), end="\n\n")
    print(by_kind(by_part[parts[-1]]), end="\n\n")
    report([row for part, found in by_part.items() for row in summarize(found, part)], None)
    if options.save:
        options.save.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
