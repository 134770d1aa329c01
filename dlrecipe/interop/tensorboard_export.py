"""A stored run's figures as an event file for TensorBoard."""

import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from dlrecipe.errors import InputError
from dlrecipe.extras import require
from dlrecipe.interop.figures import figures_by_epoch, final_figures
from dlrecipe.store.run_directory import RunDirectory

PURPOSE = "export --tensorboard"


def export_tensorboard(run: RunDirectory, logdir: Path, *, force: bool = False) -> dict[str, Any]:
    """Write `logdir/RUN-ID/events…`, whole or not at all: scalars by epoch, and the config as text.

    Args:
        force: replace the folder that an earlier export has made.
    Raises:
        InputError: the folder is there already, or cannot be written.
        MissingExtra: tensorboardX is not installed.
    """
    writer_of = require("tensorboardX", extra="tensorboard", purpose=PURPOSE).SummaryWriter
    target = logdir / run.id
    if target.exists() and not force:
        raise InputError(
            "the folder exists", where=str(target), remedy="Give another one, or --force to replace it."
        )
    temporary = logdir / f".{run.id}.{secrets.token_hex(4)}"
    try:
        temporary.mkdir(parents=True)
        try:
            epochs = _write(run, writer_of(str(temporary)))
            if target.exists():
                shutil.rmtree(target)
            temporary.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"cannot write: {error.strerror}", where=str(target), remedy="Give a folder that can be written."
        ) from error
    return {"path": str(target), "logdir": str(logdir), "epochs": epochs}


def _write(run: RunDirectory, writer: Any) -> int:
    """Write all figures; a second stands for an epoch, since the journal keeps no clock."""
    started, epochs = datetime.fromisoformat(run.record["created"]).timestamp(), 0
    try:
        writer.add_text("config", f"```yaml\n{run.read_text('config.yaml')}\n```", 0, started)
        for figure in (*figures_by_epoch(run), *final_figures(run)):
            writer.add_scalar(figure.name, figure.value, figure.epoch, started + figure.epoch)
            epochs = max(epochs, figure.epoch)
    finally:
        writer.close()
    return epochs
