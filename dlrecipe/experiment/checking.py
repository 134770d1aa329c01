"""`dlrecipe check`: the data looked at in full, then the ladder, rung by rung. Writes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlrecipe.config.loading import LoadedConfig
from dlrecipe.data.checks.catalogue import DataReport
from dlrecipe.errors import InputError
from dlrecipe.experiment.assembly import build_trainer
from dlrecipe.experiment.data_checks import checks_of, prepare_checked
from dlrecipe.experiment.ladder.fitting import better_than_zeroed, fits_small_batch, learning_rate_range
from dlrecipe.experiment.ladder.rung import Bench, Rung
from dlrecipe.experiment.ladder.start import (
    gradient,
    initial_loss,
    initialization_fits,
    penalty_raises_cost,
)
from dlrecipe.experiment.placing import places_from
from dlrecipe.experiment.reading import weights_reader

SCHEMA_VERSION = 1
LADDER: tuple[Callable[[Bench], Rung], ...] = (
    initial_loss,
    penalty_raises_cost,
    gradient,
    initialization_fits,
    fits_small_batch,
    better_than_zeroed,
    learning_rate_range,
)
"""From what costs nothing to what trains."""


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """All that can be said of a config before it is trained."""

    name: str
    n: dict[str, int]
    rungs: tuple[Rung, ...]
    data: DataReport
    notes: tuple[str, ...]
    """What the columns were read as, where a person should know, a sentence each."""
    stops: bool
    """Whether `train` would refuse these data."""

    @property
    def exit_code(self) -> int:
        """2 where the data have an error that training stops at, 1 where a rung fails, else 0."""
        if self.stops:
            return 2
        return 1 if any(rung.verdict == "fail" for rung in self.rungs) else 0

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
            "passed": self.exit_code == 0,
            "n": self.n,
            "ladder": [rung.to_json() for rung in self.rungs],
            "data": self.data.to_json(),
            "notes": list(self.notes),
        }


def check(
    loaded: LoadedConfig, runs_dir: Path, progress: Callable[[str], None] = lambda _: None
) -> CheckReport:
    """Check a config: its data, its network on them, and a little training.

    Args:
        runs_dir: where initial weights of another run are looked for.
        progress: is told what is being looked at.
    Raises:
        InputError: the data cannot be used, or do not fit the config.
    """
    config, dtype = loaded.config, np.dtype(loaded.config.training.precision)
    with places_from(loaded):
        progress("the data")
        prepared, data = prepare_checked(config, dtype, quick=False)
        assert data is not None
        bench = Bench(config, prepared, weights_reader(runs_dir))
        # What `train` would refuse is refused here too, with its place in the config.
        build_trainer(config, prepared, dtype, bench.read_weights)
    rungs = []
    for rung in LADDER:
        progress(rung.__name__.replace("_", " "))
        # A network that overflows is a finding, not a warning.
        with np.errstate(all="ignore"):
            rungs.append(_climbed(rung, bench))
    return CheckReport(
        name=config.name,
        n=prepared.n,
        rungs=tuple(rungs),
        data=data,
        notes=prepared.notes_on_reading,
        stops=bool(data.errors) and checks_of(config).on_error == "stop",
    )


def _climbed(rung: Callable[[Bench], Rung], bench: Bench) -> Rung:
    """Return what a rung says; where J is no number at all, that it fails."""
    try:
        return rung(bench)
    except InputError as error:
        code = rung.__name__.replace("_", "-")
        return Rung(code=code, title=code, verdict="fail", evidence=error.what, remedy=error.remedy)
