"""Runs side by side: the settings that differ, the figures, and whether a difference is more than noise.

Knows no files: is handed the document of `compare --json`. Intervals are the diagnosis's own.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from dlrecipe.diagnosis.intervals import Estimate, difference, proportion
from dlrecipe.reports.layout import GAP, Cell, Column, FittedTable, plain_table
from dlrecipe.reports.promise import verdict_word
from dlrecipe.reports.wording import (
    UNKNOWN,
    cost_text,
    duration,
    error_text,
    expected_text,
    gap_text,
    number,
    printable,
    value_text,
)

WIDEST_CELL = 32

Run: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = list[tuple[str, list[Text]]]


@dataclass(frozen=True)
class Above:
    """How far a dev error is above the lowest one: the value and its 95% interval, if there is one."""

    value: float
    interval: tuple[float, float] | None

    @property
    def is_real(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.interval is not None and self.interval[0] > 0


def compare_table(document: Mapping[str, Any]) -> RenderableType:
    """Return a comparison, a column a run; as many columns as fit stand beside each other.

    The lowest dev error is marked only where another run is worse by more than noise, and so are those that
    cannot be told from it. The interval, Newcombe's, is for independent dev sets. On one and the same set two
    runs mostly fail on the same examples, so it is too wide there rather than too narrow.

    Args:
        document: `runs`: mappings with `run_id`, `status`, `task`, `errors`, `cost`, `n`, `n_params`,
            `epochs_run`, `kept_epoch`, `wall_s`, for regression `metrics.dev.error_interval`, and where a run
            was made from another's advice `parent` and `promise`;
            `settings`: the dotted keys that differ, each with a value a run.
    """
    runs = document["runs"]
    above = above_lowest(runs)
    rows = [*_setting_rows(document["settings"]), *_figure_rows(runs, above), *_promise_rows(runs)]
    return _SideBySide([printable(run["run_id"]) for run in runs], rows, _conclusion(runs, above))


def above_lowest(runs: Sequence[Run]) -> list[Above | None]:
    """Return for each run how far its dev error is above the lowest; None where it cannot be compared."""
    estimates = [_dev(run) for run in runs]
    known = [estimate for estimate in estimates if estimate is not None]
    # Runs of unlike tasks measure unlike things.
    if len({run.get("task") for run in runs}) > 1 or not known:
        return [None] * len(runs)
    lowest = min(known, key=lambda estimate: estimate.value)
    return [
        None if estimate is None else Above(estimate.value - lowest.value, difference(estimate, lowest))
        for estimate in estimates
    ]


def _dev(run: Run) -> Estimate | None:
    """Return a run's dev error with its interval: Wilson's, or for regression the bootstrap's."""
    error, n = (run.get("errors") or {}).get("dev"), (run.get("n") or {}).get("dev")
    if error is None or not math.isfinite(error):
        return None
    if run.get("task") == "classification" and n:
        return proportion(error, n)
    interval = ((run.get("metrics") or {}).get("dev") or {}).get("error_interval")
    low, high = interval or (None, None)
    return Estimate(value=error, low=low, high=high, n=n, binomial=False)


def _setting_rows(settings: Mapping[str, Sequence[Any]]) -> Rows:
    # The name is in the run id. A key that a run's kind of optimizer, say, does not have is None, as is null.
    return [
        (key, [Text(UNKNOWN if value is None else value_text(value), style="cyan") for value in values])
        for key, values in settings.items()
        if key != "name"
    ]


def _figure_rows(runs: Sequence[Run], above: Sequence[Above | None]) -> Rows:
    def row(written: Callable[[Run], str]) -> list[Text]:
        return [Text(written(run)) for run in runs]

    def error(split: str) -> list[Text]:
        return row(lambda run: error_text((run.get("errors") or {}).get(split), str(run.get("task"))))

    def of(key: str, split: str, written: Callable[[Any], str]) -> list[Text]:
        return row(lambda run: written((run.get(key) or {}).get(split)))

    marks = ["*" if is_marked else "" for is_marked in marked(above)]
    dev = [Text(mark, style="bold") + cell for mark, cell in zip(marks, error("dev"), strict=True)]
    measure = "1-R²" if {run.get("task") for run in runs} == {"regression"} else "error"
    rows: Rows = [("", row(lambda _: "")), (f"dev {measure}", dev)]
    if any(each is not None and each.value > 0 for each in above):
        task = str(runs[0].get("task"))
        rows.append(("above lowest", [Text(_above_text(each, task)) for each in above]))
        if any(each is not None and each.interval is not None for each in above):
            rows.append(("  95% interval", [Text(_interval_text(each, task), style="dim") for each in above]))
    return [
        *rows,
        (f"train {measure}", error("train")),
        ("J on dev", of("cost", "dev", cost_text)),
        ("J on train", of("cost", "train", cost_text)),
        ("dev examples", of("n", "dev", number)),
        ("train examples", of("n", "train", number)),
        ("parameters", row(lambda run: number(run.get("n_params")))),
        ("epochs run", row(lambda run: number(run.get("epochs_run")))),
        ("epoch kept", row(lambda run: number(run.get("kept_epoch")))),
        ("time", row(lambda run: duration(run.get("wall_s")))),
        ("status", row(lambda run: printable(str(run["status"]).replace("_", " ")))),
    ]


def _promise_rows(runs: Sequence[Run]) -> Rows:
    """Return whose advice each run follows, what dev error it promised, and whether that came true."""
    if not any(run.get("parent") for run in runs):
        return []
    columns = {run["run_id"]: f"run {column}" for column, run in enumerate(runs, start=1)}

    def row(written: Callable[[Run, Mapping[str, Any]], str]) -> list[Text]:
        held = [(((run.get("promise") or {}).get("splits") or {}).get("dev") or {}) for run in runs]
        return [Text(written(run, each) if each else "") for run, each in zip(runs, held, strict=True)]

    made_from = [
        Text(printable(columns.get(str(run.get("parent")), run.get("parent") or ""))) for run in runs
    ]
    promised = row(lambda run, held: _promised(run, held))
    rows: Rows = [("", [Text() for _ in runs]), ("made from", made_from), ("dev error promised", promised)]
    rows.append(("promise", row(lambda run, held: verdict_word(held).split(",")[0])))
    rows.append(("fell by", row(lambda run, held: gap_text(held["fell"], str(run.get("task"))))))
    intervals = row(_fall_text)
    if any(text.plain for text in intervals):
        rows.append(("  95% interval", [Text(text.plain, style="dim") for text in intervals]))
    return rows


def _promised(run: Run, held: Mapping[str, Any]) -> str:
    expected = held["expected"]
    return UNKNOWN if expected is None else expected_text(expected, str(run.get("task")))


def _fall_text(run: Run, held: Mapping[str, Any]) -> str:
    return " to ".join(gap_text(end, str(run.get("task"))) for end in held["interval"] or ())


def marked(above: Sequence[Above | None]) -> list[bool]:
    """Return which runs nothing tells from the best; none where no run is worse beyond noise."""
    if not any(each is not None and each.is_real for each in above):
        return [False] * len(above)
    return [each is not None and each.interval is not None and not each.is_real for each in above]


def _above_text(above: Above | None, task: str) -> str:
    return "" if above is None or above.value == 0 else f"+{gap_text(above.value, task)}"


def _interval_text(above: Above | None, task: str) -> str:
    if above is None or above.interval is None or above.value == 0:
        return ""
    return " to ".join(gap_text(end, task) for end in above.interval)


def _conclusion(runs: Sequence[Run], above: Sequence[Above | None]) -> str:
    if len({run.get("task") for run in runs}) > 1:
        return "The runs have different tasks, so their errors cannot be compared."
    known = [each for each in above if each is not None]
    if len(known) < 2:
        return ""
    unit = " The gaps are in points." if runs[0].get("task") == "classification" else ""
    if all(each.interval is None for each in known):
        return f"How sure the dev errors are is not known, so none is marked as better.{unit}"
    if not any(each.is_real for each in known):
        return f"No difference in dev error is beyond noise, so none is marked as better.{unit}"
    return (
        "* The lowest dev error, and what cannot be told from it; a run without the mark is worse beyond "
        f"noise.{unit}"
    )


@final
@dataclass(frozen=True)
class _SideBySide:
    """Columns numbered 1, 2, 3, … in as many blocks as the width asks for: run ids are too long for heads."""

    run_ids: Sequence[str]
    rows: Rows
    conclusion: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number_, run_id in enumerate(self.run_ids, start=1):
            yield Text.assemble((f"{number_:>3}  ", "bold"), run_id)
        for block in self._blocks(options.max_width):
            yield Text()
            yield self._fitted(block) if self._is_plain(block, options.max_width) else self._folding(block)
        if self.conclusion:
            yield Text()
            yield Text(self.conclusion)

    def _is_plain(self, block: Sequence[int], width: int) -> bool:
        """Whether a block needs no cell broken into lines, and none has two styles."""
        used = max(cell_len(label) for label, _ in self.rows)
        for index in block:
            column = [cells[index] for _, cells in self.rows]
            widest = max(text.cell_len for text in column)
            if widest > WIDEST_CELL or any(text.spans for text in column):
                return False
            used += GAP + max(widest, len(str(index + 1)))
        return used <= width

    def _fitted(self, block: Sequence[int]) -> RenderableType:
        # rich's own table would take half of the time that 200 runs take (benchmarks/report.py).
        columns = [Column("run"), *(Column(str(index + 1), right=True) for index in block)]
        rows = [
            [Cell(label, "dim"), *(Cell(cells[index].plain, str(cells[index].style)) for index in block)]
            for label, cells in self.rows
        ]
        return FittedTable(columns, rows)

    def _folding(self, block: Sequence[int]) -> RenderableType:
        table = plain_table()
        table.add_column("run", style="dim", overflow="fold")
        for index in block:
            table.add_column(str(index + 1), justify="right", overflow="fold", max_width=WIDEST_CELL)
        for label, cells in self.rows:
            table.add_row(label, *(cells[index] for index in block))
        return table

    def _blocks(self, width: int) -> list[list[int]]:
        """Return the columns of each block, at least one a block."""
        labels = max(cell_len(label) for label, _ in self.rows)
        blocks: list[list[int]] = [[]]
        used = labels
        for index in range(len(self.run_ids)):
            widest = max(cells[index].cell_len for _, cells in self.rows)
            needed = GAP + min(widest, WIDEST_CELL)
            if blocks[-1] and used + needed > width:
                blocks.append([])
                used = labels
            blocks[-1].append(index)
            used += needed
        return blocks
