"""Train and resume: from a config, or a stored run, to a session that goes on until it ends."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from dlrecipe.config.loading import LoadedConfig
from dlrecipe.config.schema import Config
from dlrecipe.config.writing import dump_config
from dlrecipe.data.checks.catalogue import DataReport
from dlrecipe.data.preparation import Prepared
from dlrecipe.errors import InputError, RunDamaged
from dlrecipe.experiment.assembly import build_trainer, prepare_data, weights_refused
from dlrecipe.experiment.data_checks import prepare_checked, refuse_errors, stored, summary
from dlrecipe.experiment.environment import describe_environment, differences
from dlrecipe.experiment.lengthening import extensions_of, lengthened, require_work_left
from dlrecipe.experiment.placing import places_from
from dlrecipe.experiment.promise import parentage
from dlrecipe.experiment.reading import (
    DATA_CHECKS,
    read_config,
    read_fitted,
    require_same_data,
    weights_reader,
)
from dlrecipe.experiment.results import data_facts, start_figures
from dlrecipe.experiment.session import ALONE, Display, Part, RunResult, Session
from dlrecipe.nn.specs import RunInit
from dlrecipe.optim.specs import CosineSchedule
from dlrecipe.store.journal import NO_EPOCHS, Mark
from dlrecipe.store.listing import find_run
from dlrecipe.store.run_directory import RunDirectory, preprocessing_files
from dlrecipe.store.strict_json import encode
from dlrecipe.training.loop import Extension, Trainer

Preparing: TypeAlias = Callable[[Config], tuple[Prepared, DataReport | None]]
"""Has the data of a config ready, and what the checks at the start of a training say of them."""
STRETCHED = (
    "The cosine schedule is stretched to {epochs} epochs from here on. What is behind keeps its learning "
    "rates, so the end is not that of a run planned for {epochs} from the start."
)


def prepare_for_training(config: Config) -> tuple[Prepared, DataReport | None]:
    """Read and prepare the data of a config, with the quick checks on the way; see `prepare_checked`."""
    return prepare_checked(config, np.dtype(config.training.precision), quick=True)


def train(
    loaded: LoadedConfig,
    runs_dir: Path,
    display: Display,
    *,
    origin: Mapping[str, Any] | None = None,
    preparing: Preparing = prepare_for_training,
    part: Part = ALONE,
) -> RunResult:
    """Run the experiment of a config in a new run directory.

    Args:
        origin: what run.json keeps of where the run comes from: its `parent`, the `study` it is a trial of.
        preparing: where the data come from; many runs on the same data may share them.
        part: what is asked of a run that is one of many.
    Raises:
        InputError: the config or the data cannot be used; nothing is left under `runs_dir`.
        StoreError: the run directory cannot be written.
    """
    started = time.perf_counter()
    with places_from(loaded):
        config = _pinned(loaded.config, runs_dir)
        prepared, report = preparing(config)
        refuse_errors(config, report)
        trainer = build_trainer(config, prepared, prepared.splits["train"].X.dtype, weights_reader(runs_dir))
    for line in summary(report):
        display.message(line)
    run = RunDirectory.create(
        runs_dir,
        config.name,
        files=_first_files(loaded, config, prepared, report),
        record=_first_record(loaded, config, prepared, trainer)
        | parentage(config.parent, runs_dir)
        | dict(origin or {}),
    )
    with run.lock():
        return Session(run, config, prepared, trainer, display, started, part=part).go()


def _first_files(
    loaded: LoadedConfig, config: Config, prepared: Prepared, report: DataReport | None
) -> dict[str, str | bytes]:
    """Return the files that a run begins with, by name; `config` is the resolved one."""
    checks = {} if report is None else {DATA_CHECKS: encode(stored(report), indent=2) + "\n"}
    return {
        "config.yaml": dump_config(config),
        "config.original.yaml": loaded.text,
        **preprocessing_files(*prepared.fitted.to_state()),
        **checks,
    }


def _first_record(
    loaded: LoadedConfig, config: Config, prepared: Prepared, trainer: Trainer
) -> dict[str, Any]:
    """Return what run.json says before the first step."""
    network = trainer.network
    return {
        "status": "running",
        "name": config.name,
        "seed": config.seed,
        "overrides": list(loaded.overrides),
        "config_path": None if loaded.path is None else str(loaded.path.resolve()),
        "environment": describe_environment(loaded.path.parent if loaded.path else Path()),
        "data": data_facts(prepared),
        "network": {"widths": list(network.architecture.widths), "n_params": network.parameters.n_params},
        "initial": start_figures(trainer, prepared.splits, ("train", "dev"), config.seed),
        "looks": {"test": 0},
    }


def resume(
    run: RunDirectory,
    runs_dir: Path,
    display: Display,
    *,
    overrides: Sequence[str] = (),
    preparing: Preparing | None = None,
    part: Part = ALONE,
) -> RunResult:
    """Go on with a run where its last checkpoint is; one that has ended only if given longer.

    Args:
        overrides: `key=value` for the settings that may change in a run that is going on; see `lengthening`.
        preparing: where the data come from; None reads them, to be scaled as the run has noted.
        part: as for `train`.
    Raises:
        ConfigError: an override cannot be read.
        InputError: there is nothing left to do, or the data are no longer those of the run.
        RunLocked: another process is writing the run.
        RunDamaged: a file of the run is not what was written.
    """
    started = time.perf_counter()
    with run.lock():
        before = read_config(run)
        config = lengthened(run, before, overrides)
        require_work_left(run, config)
        fitted = read_fitted(run)
        if preparing is None:
            prepared = prepare_data(config, np.dtype(config.training.precision), fitted)
        else:
            prepared, _ = preparing(config)
        require_same_data(run, prepared)
        trainer = build_trainer(config, prepared, prepared.splits["train"].X.dtype, weights_reader(runs_dir))
        checkpoint = _restore(run, trainer, display)
        extensions = extensions_of(run, before, config, trainer)
        trainer.plan = replace(trainer.plan, extensions=extensions)
        changes = differences(run.record["environment"], describe_environment(Path()))
        if changes:
            display.message("The result may differ in its last bits: " + "; ".join(changes) + ".")
        if config != before:
            _note_extension(run, before, config, extensions, display)
        run.update_record({"status": "running"})
        return Session(
            run,
            config,
            prepared,
            trainer,
            display,
            started,
            earlier=run.record.get("result", {}),
            checkpoint=checkpoint,
            repeats=not changes,
            part=part,
        ).go()


def _note_extension(
    run: RunDirectory, before: Config, config: Config, extensions: Sequence[Extension], display: Display
) -> None:
    """Write down how a run was lengthened, and say what becomes of a schedule that ends with it."""
    more = config.training.epochs != before.training.epochs
    if more and isinstance(config.optimizer.schedule, CosineSchedule):
        display.message(STRETCHED.format(epochs=config.training.epochs))
    # In this order: a kill in between leaves an extension by nothing.
    run.update_record({"extensions": [asdict(extension) for extension in extensions]})
    run.write_text("config.yaml", dump_config(config))


def _restore(run: RunDirectory, trainer: Trainer, display: Display) -> Mark:
    """Put the trainer where the run's last checkpoint is, or leave it at the start if there is none.

    Returns:
        What that checkpoint notes of the journal.
    Raises:
        RunDamaged: no checkpoint is intact, or it is not one of this run.
    """
    checkpoint = run.checkpoints().load()
    if checkpoint is None:
        return NO_EPOCHS
    if checkpoint.note:
        display.message(f"An older checkpoint is used: {checkpoint.note}.")
    state, steps = trainer.state, trainer.steps_per_epoch
    try:
        state.restore(checkpoint.arrays, checkpoint.meta)
        if state.batch >= steps or state.step != state.epoch * steps + state.batch:
            raise ValueError(f"step {state.step} is not batch {state.batch} after epoch {state.epoch}")
    except ValueError as error:
        raise RunDamaged(f"the checkpoint does not fit the run: {error}", where=run.id) from error
    return checkpoint.journal


def _pinned(config: Config, runs_dir: Path) -> Config:
    """Name the run that initial weights come from by its whole id: `latest` means another run tomorrow."""
    if not isinstance(config.initialization, RunInit):
        return config
    try:
        source = find_run(runs_dir, config.initialization.run)
    except InputError as error:
        raise weights_refused(error) from error
    return replace(config, initialization=RunInit(run=source.id))
