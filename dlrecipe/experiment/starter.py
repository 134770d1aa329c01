"""`dlrecipe init`: from a file or folder to a commented config that trains on it as it is.

Whatever is written has been loaded, read, split and scaled before: the file and the network fit together.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.data.preparation import Prepared
from dlrecipe.experiment.assembly import build_network, prepare_data
from dlrecipe.experiment.guessing.data import guess_data
from dlrecipe.experiment.guessing.guess import Guess
from dlrecipe.experiment.starter_text import config_text
from dlrecipe.store.output_files import require_free, write_output

Value = TypeVar("Value")

HIDDEN = ((1_000, (32,)), (20_000, (64, 32)), (200_000, (128, 64)), (None, (256, 128)))
BATCH_SIZES = ((2_000, 32), (20_000, 64), (200_000, 128), (None, 512))
"""Training examples up to which a network, or a batch, of this size is a fair start."""


def write_starter(data: Path, *, target: str | None, output: Path | None, force: bool) -> dict[str, Any]:
    """Look at data and write a config for them.

    Args:
        data: a table, an .npz, .npy or idx file, a folder of images or of parts.
        target: the column to predict; of arrays, the member or file. None guesses.
        output: the file to write; None for the data's name, in the current directory.
        force: whether a file that is there already is overwritten.
    Returns:
        The document of `init --json`.
    Raises:
        InputError: the data cannot be used, or the config exists; nothing is written.
    """
    name = _run_name(data)
    path = output or Path(f"{name}.yaml")
    require_free(path, force=force)
    guess = guess_data(data, target)
    text, prepared, config = _fitting_text(name, guess, path.parent)
    write_output(path, text.encode())
    codec = prepared.fitted.target
    return {
        "schema_version": 1,
        "config": str(path),
        "target": ", ".join(codec.target_names),
        "task": codec.task,
        "classes": list(codec.classes),
        "n": prepared.n,
        "n_features": prepared.fitted.preprocessor.fan_in,
        "hidden": list(config.network.hidden),
        "remarks": [*guess.remarks, *prepared.notes],
    }


def _fitting_text(name: str, guess: Guess, folder: Path) -> tuple[str, Prepared, Config]:
    """Return a config that was tried: what it reads fits the network it describes."""
    draft = _read(config_text(name, guess, folder, target=None, n=None, hidden=(1,), batch_size=1), folder)
    prepared = prepare_data(draft, np.dtype(draft.training.precision))
    n_train = prepared.n["train"]
    text = config_text(
        name,
        guess,
        folder,
        target=prepared.fitted.target,
        n=prepared.n,
        hidden=_of_size(HIDDEN, n_train),
        batch_size=min(_of_size(BATCH_SIZES, n_train), n_train),
    )
    # Read again and not prepared again: the data do not depend on the network.
    config = _read(text, folder)
    build_network(config, prepared.fitted, np.dtype(config.training.precision))
    return text, prepared, config


def _read(text: str, folder: Path) -> Config:
    return load_config_text(text, name="the starter config", folder=folder).config


def _of_size(steps: Sequence[tuple[int | None, Value]], n: int) -> Value:
    """Return the value that goes with a number of examples; a limit of None has no end."""
    return next(value for limit, value in steps if limit is None or n <= limit)


def _run_name(data: Path) -> str:
    """Return a name for runs and the config, from the data's."""
    stem = data.resolve().name.split(".")[0]
    cleaned = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:64]
    return cleaned or "data"
