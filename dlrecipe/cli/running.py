"""What `train` and `resume` share: the display while a run goes on, the summary, the exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

from dlrecipe.experiment.run_hooks import EpochSink
from dlrecipe.experiment.session import RunFacts, RunResult
from dlrecipe.reports.summary import training_summary
from dlrecipe.reports.terminal import Terminal, open_terminal
from dlrecipe.reports.training import RunOutline, TrainingDisplay
from dlrecipe.reports.wording import widths_in_words
from dlrecipe.training.state import TrainingState


class TerminalDisplay:
    """Shows a run in the terminal, on stderr."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    @contextmanager
    def watch(self, facts: RunFacts, state: TrainingState) -> Iterator[EpochSink]:
        """Draw the run's progress while the context is open."""
        stopping = facts.config.early_stopping
        outline = RunOutline(
            run_id=facts.run_id,
            task=facts.task,
            epochs=facts.config.training.epochs,
            steps_per_epoch=facts.steps_per_epoch,
            n=facts.n,
            n_params=facts.n_params,
            network=_in_a_line(facts),
            target=_target(facts),
            patience=None if stopping is None else stopping.patience,
        )
        for split, origin in facts.origins.items():
            self._terminal.detail(f"{split}: {facts.n[split]:,} examples of {origin}")
        for note in facts.notes:
            self._terminal.say_line(note)
        self._terminal.detail(f"{facts.steps_per_epoch:,} steps an epoch; the run is kept in {facts.path}")
        with TrainingDisplay(self._terminal, outline, state) as display:
            yield display.epoch_finished

    def message(self, text: str) -> None:
        """Say something beside the progress."""
        self._terminal.say(text)


def terminal_display(*, quiet: bool, verbose: bool) -> TerminalDisplay:
    """Return a display on this process's terminal."""
    return TerminalDisplay(open_terminal(quiet=quiet, verbose=verbose))


def finish_run(result: RunResult, *, json: bool, quiet: bool) -> int:
    """Print how the run ended and return the exit code."""
    from dlrecipe.reports.terminal import write_json

    if json:
        write_json(result.document)
    else:
        open_terminal(quiet=quiet).say(training_summary(result.document))
    if result.signal is not None:
        return 128 + result.signal
    return 1 if result.document["status"] == "diverged" else 0


def _target(facts: RunFacts) -> str:
    if facts.n_classes:
        return f"{facts.targets[0]}, {facts.n_classes} classes"
    named = ", ".join(facts.targets[:3]) + (", …" if len(facts.targets) > 3 else "")
    return f"{named}, regression"


def _in_a_line(facts: RunFacts) -> str:
    activations = list(dict.fromkeys(facts.config.network.activations))
    return " ".join([widths_in_words(facts.widths), *activations])
