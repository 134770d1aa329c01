"""What is read back of a stored run: its config, what it learned of the data, its weights.

The config alone is read of 200 runs at once, so what the others need is imported with them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dlrecipe.config.schema import Config
from dlrecipe.config.stored import load_stored_config
from dlrecipe.errors import InputError, RunDamaged
from dlrecipe.nn.specs import FileInit, RunInit
from dlrecipe.store.listing import find_run
from dlrecipe.store.run_directory import RunDirectory

if TYPE_CHECKING:
    from dlrecipe.arrays import Floats
    from dlrecipe.data.fitted import Fitted
    from dlrecipe.data.preparation import Prepared
    from dlrecipe.experiment.assembly import WeightsReader

DATA_CHECKS = "data_checks.json"
"""What the checks of the data found before training; read without importing the checks."""
_NEEDED = "Set initialization.path to a safetensors file that holds W1, b1, …"


def read_config(run: RunDirectory) -> Config:
    """Return the resolved config of a run."""
    return load_stored_config(run.read_text("config.yaml"), f"{run.id}/config.yaml")


def read_fitted(run: RunDirectory) -> "Fitted":
    """Return what a run learned from its training examples.

    Raises:
        RunDamaged: the stored preprocessing is not what was written.
    """
    from dlrecipe.data.fitted import Fitted

    try:
        return Fitted.from_state(*run.read_preprocessing())
    except (KeyError, TypeError, ValueError) as error:
        raise RunDamaged(f"the preprocessing cannot be read: {error}", where=str(run.path)) from error


def require_same_data(run: RunDirectory, prepared: "Prepared") -> None:
    """Refuse data that are not those of the run, or are split another way.

    Raises:
        InputError: their fingerprint is not the one in run.json.
    """
    if prepared.fingerprint != run.record["data"]["fingerprint"]:
        raise InputError(
            f"the data are not those that {run.id} was trained on",
            where=", ".join(sorted(set(prepared.origins.values()))),
            remedy="Put the old data back, or start a new run with dlrecipe train.",
        )


def read_kept_weights(run: RunDirectory) -> "dict[str, Floats]":
    """Return the arrays that a run kept, by name.

    Raises:
        InputError: the run has not kept any yet.
        RunDamaged: they are not what was written.
    """
    if not run.has("weights.safetensors"):
        raise InputError(
            f"{run.id} is {run.status} and has kept no weights yet",
            remedy=f"Wait for it, or go on with it: dlrecipe resume {run.id}",
        )
    return run.read_weights("weights")


def weights_reader(runs_dir: Path) -> "WeightsReader":
    """Return a reader of initial weights, from a file or from a run in this directory."""

    def read(spec: FileInit | RunInit) -> "Mapping[str, Floats]":
        if isinstance(spec, RunInit):
            return find_run(runs_dir, spec.run).read_weights("weights")
        return _read_file(Path(spec.path))

    return read


def _read_file(path: Path) -> "Mapping[str, Floats]":
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise InputError("no such file", where=str(path), remedy=_NEEDED) from error
    except (OSError, SafetensorError) as error:
        raise InputError(f"the weights cannot be read: {error}", where=str(path), remedy=_NEEDED) from error
