"""How long a stored run may go on: what `resume` may change, and whether anything is left to do."""

from collections.abc import Sequence

from dlrecipe.config.dotted import flattened
from dlrecipe.config.loading import load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.config.writing import config_to_dict
from dlrecipe.errors import InputError
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.training.loop import Extension, Trainer

CHANGEABLE = (
    "training.epochs",
    "early_stopping.patience",
    "checkpoint.every_s",
    "checkpoint.every_epochs",
)
"""Settings that say how long a run goes on and how often it is saved, and nothing of a step it has done."""


def lengthened(run: RunDirectory, before: Config, overrides: Sequence[str]) -> Config:
    """Return the run's config with some settings changed.

    Raises:
        ConfigError: an override cannot be read.
        InputError: it changes more than may change, or asks for fewer epochs than are done.
    """
    if not overrides:
        return before
    text, name = run.read_text("config.yaml"), f"{run.id}/config.yaml"
    config = load_config_text(text, name=name, overrides=overrides).config
    was, now = flattened(config_to_dict(before)), flattened(config_to_dict(config))
    changed = [key for key in dict.fromkeys([*was, *now]) if was.get(key) != now.get(key)]
    refused = [key for key in changed if key not in CHANGEABLE]
    if refused:
        raise InputError(
            f"{refused[0]} cannot change in a run that is going on",
            where=run.id,
            remedy=f"These can: {', '.join(CHANGEABLE)}.\nFor anything else train anew, from this run's "
            f"weights if you like: --set 'initialization={{type: run, run: {run.id}}}'",
        )
    done = run.n_epochs
    if config.training.epochs < done:
        raise InputError(
            f"{run.id} has trained for {done} epochs already",
            remedy=f"Give it more: dlrecipe resume {run.id} --epochs {2 * done}",
        )
    return config


def require_work_left(run: RunDirectory, config: Config) -> None:
    """Refuse to go on with a run that has come to its end.

    Raises:
        InputError: it diverged, it has done its epochs, or it was stopped early and has no more patience;
            what a study gave up may go on.
    """
    status, result = run.record["status"], run.record.get("result", {})
    done = result.get("epochs_run", 0)
    if status == "diverged":
        raise InputError(
            f"{run.id} diverged; going on from there leads nowhere",
            remedy=f"See dlrecipe diagnose {run.id} for what to change, and train anew.",
        )
    if status == "finished" and done >= config.training.epochs:
        raise InputError(
            f"{run.id} has finished its {done} epochs",
            remedy=f"Give it more: dlrecipe resume {run.id} --epochs {2 * done}",
        )
    if result.get("given_up"):
        return
    stopping = config.early_stopping
    if status == "stopped_early" and stopping and stopping.patience <= result.get("patience", 0):
        raise InputError(
            f"{run.id} was stopped early at epoch {done}, as its config asks",
            remedy="Give it more patience: "
            f"dlrecipe resume {run.id} --set early_stopping.patience={2 * stopping.patience}",
        )


def extensions_of(
    run: RunDirectory, before: Config, config: Config, trainer: Trainer
) -> tuple[Extension, ...]:
    """Return when the run was given more epochs so far, now included.

    What is trained already keeps to the plan it was trained by: up to the checkpoint, and up to the last
    epoch in the journal, which a kill may have left behind.
    """
    so_far = tuple(Extension(**extension) for extension in run.record.get("extensions", []))
    if config.training.epochs == before.training.epochs:
        return so_far
    done = max(trainer.state.step, run.n_epochs * trainer.steps_per_epoch)
    return (*so_far, Extension(done, before.training.epochs))
