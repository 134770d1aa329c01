"""Whether advice works: what following the first advice brings, beside the best of all single changes.

Each planted run is trained and diagnosed; then every change of the catalogue, and the first advice that is a
change, is made and trained on the same seeds. The best change is chosen on half of the seeds and measured on
the other half, and the other way round: otherwise luck would count as its gain.

    python -m benchmarks.advice --cache advice.json [--half tuning|figure|all] [--processes 2]
"""

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import yaml

from benchmarks.common import machine, progress
from benchmarks.planted_runs import Planted, planted_runs
from dlrecipe.config.loading import load_config_text
from dlrecipe.config.rewriting import changed
from dlrecipe.config.schema import Config
from dlrecipe.config.writing import dump_config
from dlrecipe.diagnosis.candidates import every_change
from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.errors import InputError
from dlrecipe.experiment.evidence import gather_evidence
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train
from dlrecipe.experiment.trial import try_config
from dlrecipe.store.listing import find_run

SEEDS = (0, 1, 2, 3)
SMALLEST_GAIN = 0.01
"""Dev error that the best change must gain for a share of it to mean something."""
LONGEST_S = 20.0

Cache = dict[str, Any]


@dataclass(frozen=True)
class Advised:
    """What came of one planted run: gains in dev error, fractions, means over the seeds."""

    name: str
    for_tuning: bool
    before: float
    verdict: str
    first: str
    gain: float
    best: str
    best_gain: float

    @property
    def share(self) -> float | None:
        """The part of the best gain that the first advice brought; None where there was none to speak of."""
        return self.gain / self.best_gain if self.best_gain >= SMALLEST_GAIN else None


def spoiled_config(planted: Planted, seed: int) -> Config:
    """Return the config of a planted run."""
    text = yaml.safe_dump({**planted.base, "name": "planted", "checks": "off", "seed": seed})
    return changed(load_config_text(text).config, planted.spoiled)


def advised(planted: Planted) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """Return the first change advised, all of the catalogue, and the verdict, by the run of seed 0."""
    with tempfile.TemporaryDirectory() as folder:
        loaded = load_config_text(dump_config(spoiled_config(planted, 0)))
        result = train(loaded, Path(folder), SilentDisplay())
        evidence = gather_evidence(find_run(Path(folder), result.document["run_id"]))
    diagnosis = diagnose(evidence)
    first = next((dict(step.change) for step in diagnosis.next if step.change), {})
    return first, [dict(step.change) for step in every_change(evidence)], diagnosis.verdict


def errors_of(planted: Planted, change: Mapping[str, Any]) -> list[float | None]:
    """Return the dev error with a change, a seed each; None where the changed config does not fit."""
    errors: list[float | None] = []
    for seed in SEEDS:
        try:
            config = changed(spoiled_config(planted, seed), change)
            errors.append(try_config(config, seconds=LONGEST_S).errors["dev"])
        except InputError:
            errors.append(None)
    return errors


def measure(planted: Planted, known: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a planted run's name, and all that is to be known of it; what is known is not measured again."""
    first, catalogue, verdict = advised(planted)
    errors = dict(known.get("errors", {}))
    for change in [{}, first, *catalogue]:
        if key(change) not in errors:
            errors[key(change)] = errors_of(planted, change)
    return planted.name, {
        "first": key(first),
        "verdict": verdict,
        "catalogue": [key(change) for change in catalogue],
        "errors": errors,
    }


def key(change: Mapping[str, Any]) -> str:
    """Return a change as text that is the same for equal changes."""
    return json.dumps(change, sort_keys=True, default=list)


def judged(planted: Planted, found: Mapping[str, Any]) -> Advised:
    """Return the gains of the first advice and of the best change."""
    errors: dict[str, list[float]] = {
        change: values for change, values in found["errors"].items() if None not in values
    }
    before = errors["{}"]
    halves = (range(0, len(SEEDS), 2), range(1, len(SEEDS), 2))
    gains, names = [], []
    for chosen_on, measured_on in (halves, halves[::-1]):
        best = min(found["catalogue"], key=lambda c: _mean(errors[c], chosen_on) if c in errors else 9.0)
        names.append(best)
        gains.append(_mean(before, measured_on) - _mean(errors[best], measured_on))
    first = errors[found["first"]]
    return Advised(
        planted.name,
        planted.for_tuning,
        statistics.mean(before),
        found["verdict"],
        found["first"],
        statistics.mean(before) - statistics.mean(first),
        " or ".join(dict.fromkeys(names)),
        statistics.mean(gains),
    )


def _mean(errors: Sequence[float], at: Sequence[int]) -> float:
    return statistics.mean(errors[index] for index in at)


def tell(rows: Sequence[Advised], title: str) -> dict[str, Any]:
    """Print a half's table and return its figures."""
    shares = [row.share for row in rows if row.share is not None]
    not_worse = sum(row.gain >= 0 for row in rows)
    # Half a point is one dev example in two hundred: what four seeds cannot tell from none.
    nearly = sum(row.gain >= -0.005 for row in rows)
    print(f"\n{title}: {len(rows)} runs, {len(shares)} of which a change gains a point or more\n")
    print(
        "| run | dev error | first advice | gain | best single change | gain | share |"
        "\n|---|---|---|---|---|---|---|"
    )
    for row in rows:
        share = "" if row.share is None else f"{row.share:.0%}"
        print(
            f"| {row.name} | {row.before:.1%} | `{row.first}` | {100 * row.gain:.1f} | `{row.best}` "
            f"| {100 * row.best_gain:.1f} | {share} |"
        )
    figures = {
        "runs": len(rows),
        "median share": statistics.median(shares),
        "mean share": statistics.mean(shares),
        "not worse": not_worse / len(rows),
        "not worse by more than half a point": nearly / len(rows),
    }
    print("\n" + "  ".join(f"{name} {value:.3g}" for name, value in figures.items()))
    return figures


def main() -> None:
    """Measure what is not in the cache, print both halves, and keep everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("advice.json"))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--half", choices=("tuning", "figure", "all"), default="all")
    options = parser.parse_args()
    cache: Cache = json.loads(options.cache.read_text()) if options.cache.exists() else {"runs": {}}
    wanted = [
        p for p in planted_runs() if options.half == "all" or p.for_tuning == (options.half == "tuning")
    ]
    with ProcessPoolExecutor(options.processes) as pool:
        jobs = [pool.submit(measure, p, cache["runs"].get(p.name, {})) for p in wanted]
        for done in as_completed(jobs):
            name, found = done.result()
            cache["runs"][name] = found
            options.cache.write_text(json.dumps(cache, indent=1))
            progress(f"{len(cache['runs'])} of {len(wanted)}: {name}")
    rows = [judged(p, cache["runs"][p.name]) for p in wanted]
    figures = {}
    for title, tuning in (("For tuning", True), ("For the figure", False)):
        if half := [row for row in rows if row.for_tuning == tuning]:
            figures[title] = tell(half, title)
    cache |= {"machine": machine(), "figures": figures}
    options.cache.write_text(json.dumps(cache, indent=1))


if __name__ == "__main__":
    main()
