"""A stored run as reports and plots look at it: each part read once, when it is first asked for.

Every part may be missing or damaged; reading it then raises an InputError or a StoreError, and the others can
be read all the same. What reads a part is imported with it: a picture of the journal needs no schema and no
diagnosis (benchmarks/report.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlrecipe.errors import InputError, StoreError
from dlrecipe.store.listing import each_run, find_run
from dlrecipe.store.run_directory import RunDirectory

if TYPE_CHECKING:
    from dlrecipe.arrays import Floats
    from dlrecipe.config.schema import Config
    from dlrecipe.diagnosis.diagnose import Diagnosis
    from dlrecipe.experiment.error_analysis import ErrorAnalysis, Reopened

Record = Mapping[str, Any]


@dataclass
class Subject:
    """One run, and the runs that it is to be seen beside."""

    run: RunDirectory
    runs_dir: Path
    others: Sequence[RunDirectory] = field(default=())

    @property
    def record(self) -> Record:
        """What run.json says."""
        return self.run.record

    @property
    def task(self) -> str:
        """Classification or regression; of a run without data facts the former."""
        return str(self.record.get("data", {}).get("task", "classification"))

    @property
    def result(self) -> Record:
        """How training ended; empty where it has not."""
        result: Record = self.record.get("result") or {}
        return result

    @cached_property
    def config(self) -> "Config":
        """The resolved config."""
        from dlrecipe.experiment.reading import read_config

        return read_config(self.run)

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """A record an epoch."""
        return self.run.read_journal()

    @cached_property
    def diagnosis(self) -> "Diagnosis":
        """The diagnosis, made anew."""
        from dlrecipe.experiment.diagnosing import diagnose_run

        return diagnose_run(self.run)

    @cached_property
    def weights(self) -> "dict[str, Floats]":
        """The arrays that the run kept, by name."""
        from dlrecipe.experiment.reading import read_kept_weights

        return read_kept_weights(self.run)

    @cached_property
    def reopened(self) -> "Reopened":
        """The run with its data and weights."""
        from dlrecipe.experiment.error_analysis import reopen_raw

        return reopen_raw(self.run)

    @cached_property
    def mistakes(self) -> "ErrorAnalysis":
        """The worst mistakes on dev."""
        from dlrecipe.experiment.error_analysis import analyse_errors

        return analyse_errors(self.reopened)

    @cached_property
    def parent(self) -> RunDirectory | None:
        """The run that this one comes from, where it says so and that one is still there."""
        named = self.record.get("parent")
        name = named.get("run") if isinstance(named, Mapping) else named
        if not isinstance(name, str):
            return None
        try:
            return find_run(self.runs_dir, name)
        except (InputError, StoreError):
            return None

    def alike_but_for(self, *prefixes: str) -> list[RunDirectory]:
        """Return this run and those, given or else all in its directory, that differ from it in no more.

        Args:
            prefixes: dotted keys of the config, with all that is below them. The name never counts.
        Raises:
            InputError: a run that was given differs in something else too.
        """
        own = self._settings(self.run, prefixes)
        if self.others:
            for other in self.others:
                theirs = self._settings(other, prefixes)
                unlike = [key for key in own.keys() | theirs.keys() if own.get(key) != theirs.get(key)]
                if unlike:
                    raise InputError(
                        f"{other.id} differs from {self.run.id} in {sorted(unlike)[0]} too",
                        remedy=f"Give runs that differ in {' and '.join(prefixes)} alone.",
                    )
            return [self.run, *self.others]
        found = [self.run]
        for summary in each_run(self.runs_dir, ("result",)):
            if summary.id == self.run.id or "result" not in summary.record:
                continue
            try:
                other = RunDirectory(summary.path)
                if self._settings(other, prefixes) == own:
                    found.append(other)
            except (InputError, StoreError):
                continue  # a damaged run is no reason not to draw the others
        return found

    def _settings(self, run: RunDirectory, prefixes: Sequence[str]) -> dict[str, Any]:
        from dlrecipe.config.dotted import flattened
        from dlrecipe.config.writing import config_to_dict
        from dlrecipe.experiment.reading import read_config

        aside = ("name", *prefixes)
        return {
            key: value
            for key, value in flattened(config_to_dict(read_config(run))).items()
            if not any(key == prefix or key.startswith(f"{prefix}.") for prefix in aside)
        }
