"""How a run ended, in words, with its figures and the next command. Knows the train result's JSON alone."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from dlrecipe.data.specs import SPLIT_NAMES
from dlrecipe.reports.layout import Flow, plain_table
from dlrecipe.reports.promise import promise_lines
from dlrecipe.reports.wording import UNKNOWN, cost_text, count, duration, error_text, number, printable

Result: TypeAlias = Mapping[str, Any]

METRICS = ("rmse", "mae")
"""What a person also wants to know of a regression."""
_INDENT = (0, 0, 0, 2)


def training_summary(result: Result) -> RenderableType:
    """Return the end of a run as a person reads it.

    Args:
        result: `run_id`, `status`, `path`, `epochs_run`, `best_epoch`, `n`, `errors`, `cost`, `wall_s` and
            `examples_per_s`, as `train --json` prints them. Used where they are there: `task`, `kept_epoch`
            (0 for the initial weights), `epochs_planned`, `patience`, `monitor` (`dev_error` or `dev_cost`),
            `averaged` (whether the weights are a moving average),
            `metrics` (by split; for regression with rmse and mae, in the target's unit), `learning_rate`,
            `promise` (whether what its parent promised came true), and `reason` (why it failed).
    """
    status = result["status"]
    headline, style = HEADLINES[status](result), STYLES[status]
    parts: list[RenderableType] = [
        Text(),  # apart from the progress above it
        Text.assemble((headline[0], style), f" {headline[1]}"),
        Text(_kept(result)),
        Text(),
        Padding(_figures(result), _INDENT, expand=False),
        Text(),
        *_without_test(result),
        Flow([Text(fact, style="dim") for fact in _facts(result)]),
    ]
    if lines := promise_lines(result.get("promise"), str(result.get("task") or "classification")):
        parts += [Text(f"What was promised by “{printable(result['promise']['advice'])}”:"), *_bullets(lines)]
    if status == "diverged":
        parts += [Text("Try, one at a time:"), *_bullets(_cures(result))]
    return Group(*parts, *_next_commands(result))


def _finished(result: Result) -> tuple[str, str]:
    return "Finished:", f"{_epochs(result['epochs_run'])}, as planned."


def _stopped_early(result: Result) -> tuple[str, str]:
    if reason := result.get("given_up"):
        return f"Given up at epoch {count(result['epochs_run'])}:", f"{printable(str(reason))}."
    patience = result.get("patience")
    waited = f"had not improved for {_epochs(patience)}" if patience else "had stopped improving"
    return f"Stopped early at epoch {count(result['epochs_run'])}:", f"{_monitored(result)} {waited}."


def _interrupted(result: Result) -> tuple[str, str]:
    planned = result.get("epochs_planned")
    of = f" of {count(planned)}" if planned else ""
    return "Interrupted", f"after epoch {count(result['epochs_run'])}{of}; a checkpoint is saved."


def _diverged(result: Result) -> tuple[str, str]:
    return f"Diverged in epoch {count(result['epochs_run'])}:", "J or a weight was no longer a finite number."


def _failed(result: Result) -> tuple[str, str]:
    return "Failed:", f"{printable(str(result.get('reason') or 'the reason is not known'))}."


def _kept(result: Result) -> str:
    """Say which weights are kept, and that the figures are theirs."""
    kept, best = result.get("kept_epoch"), result.get("best_epoch")
    if kept is None:
        return "The figures are those of the weights that are kept."
    if kept == 0:
        return "The initial weights are kept; the figures are theirs."
    weights = f"The {'averaged ' if result.get('averaged') else ''}weights of epoch {count(kept)}"
    if kept == best:
        by = f"{_monitored(result)}{_by_ties(result)}"
        return f"{weights}, the best by {by}, are kept; the figures are theirs."
    lowest = f"; {_monitored(result)} was lowest at epoch {count(best)}" if best else ""
    return f"{weights} are kept{lowest}. The figures are those of the kept weights."


def _by_ties(result: Result) -> str:
    """Say why the best epoch lies within the patience, though nothing improved: a tie that cost less."""
    waited = result["epochs_run"] - result["best_epoch"]
    is_tie = result["status"] == "stopped_early" and waited < (result.get("patience") or 1)
    return " (of equal ones, the lowest J)" if is_tie and result.get("monitor") != "dev_cost" else ""


def _monitored(result: Result) -> str:
    return "J on dev" if result.get("monitor") == "dev_cost" else "dev error"


def _epochs(n: int) -> str:
    return f"{count(n)} epoch" if n == 1 else f"{count(n)} epochs"


def _figures(result: Result) -> RenderableType:
    """Return the table: a column a split, a row a figure."""
    task = result.get("task", "classification")
    n, errors, costs = (result.get(key) or {} for key in ("n", "errors", "cost"))
    splits = [split for split in SPLIT_NAMES if split in n or split in errors]
    table = plain_table()
    table.add_column("")
    for split in splits:
        table.add_column(split.replace("_", "-"), justify="right", no_wrap=True)
    # Nothing has looked at the test split, and the reader should know that it is still good.
    unseen = {"test": "unseen"}
    cells = [
        error_text(errors[split], task) if split in errors else unseen.get(split, UNKNOWN) for split in splits
    ]
    table.add_row("error" if task == "classification" else "1-R²", *cells, style="bold")
    metrics = result.get("metrics") or {}
    for name in METRICS:
        if any(name in figures for figures in metrics.values()):
            cells = [number(metrics[split].get(name)) if split in metrics else "" for split in splits]
            table.add_row(name.upper(), *cells)
    table.add_row("J", *(cost_text(costs[split]) if split in costs else "" for split in splits))
    table.add_row("examples", *(count(n[split]) if split in n else UNKNOWN for split in splits))
    return table


def _without_test(result: Result) -> list[RenderableType]:
    """Say what the dev set is where there is no test set."""
    n = result.get("n") or {}
    if "dev" not in n or "test" in n:
        return []
    said = "No test set: dev chose these weights, so its error is a little too low to report."
    return [Text(said, style="yellow"), Text()]


def _facts(result: Result) -> list[str]:
    facts = [duration(result.get("wall_s"))]
    if result.get("examples_per_s"):
        facts.append(f"{count(result['examples_per_s'])} examples/s")
    if result.get("path"):
        facts.append(printable(str(result["path"])))
    return facts


def _cures(result: Result) -> list[str]:
    rate = result.get("learning_rate")
    steps = f"--set optimizer.learning_rate={rate / 10:g}" if rate else "a tenth of optimizer.learning_rate"
    return [
        f"smaller steps: {steps}",
        "shorter gradients: --set optimizer.clip.norm=1",
        "where it is not so already: --set normalization=standard, --set initialization=he",
    ]


def _bullets(lines: list[str]) -> list[RenderableType]:
    return [Padding(Text(f"- {line}"), _INDENT, expand=False) for line in lines]


def _next_commands(result: Result) -> list[RenderableType]:
    command = f"dlrecipe {NEXT[result['status']]} {printable(str(result['run_id']))}"
    return [Text.assemble("Next: ", (command, "bold cyan"))]


HEADLINES: dict[str, Callable[[Result], tuple[str, str]]] = {
    "finished": _finished,
    "stopped_early": _stopped_early,
    "interrupted": _interrupted,
    "diverged": _diverged,
    "failed": _failed,
}
STYLES = {
    "finished": "bold green",
    "stopped_early": "bold green",
    "interrupted": "bold yellow",
    "diverged": "bold red",
    "failed": "bold red",
    "running": "bold cyan",
    "damaged": "bold red",
}
NEXT = {
    "finished": "diagnose",
    "stopped_early": "diagnose",
    "interrupted": "resume",
    "diverged": "diagnose",
    "failed": "show",
}
"""The command that comes after a run of this status."""
