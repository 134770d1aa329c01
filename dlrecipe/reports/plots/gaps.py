"""The ladder Bayes → train → train-dev → dev → test, each error with its interval, the gaps between them."""

from typing import TYPE_CHECKING

from dlrecipe.diagnosis.evidence import SPLITS
from dlrecipe.diagnosis.gaps import Gap
from dlrecipe.reports.plots.style import BY_SPLIT, INK, LINE, MUTED, TRAIN, new_figure, styled
from dlrecipe.reports.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def gaps(subject: Subject) -> "Figure":
    """Draw a row an error, from the Bayes error down, and each gap as the step to the next."""
    diagnosis = subject.diagnosis
    known = diagnosis.gaps.estimates
    factor = 100 if subject.task == "classification" else 1
    rows = ["bayes", *(split for split in SPLITS if split in known)]
    figure, (axes,) = new_figure(0.95 + 0.52 * len(rows), left=1.15)
    with styled():
        for place, split in enumerate(rows):
            value = diagnosis.run.bayes_error if split == "bayes" else known[split].value
            if split != "bayes" and known[split].low is not None:
                low, high = known[split].low or 0.0, known[split].high or 0.0
                axes.plot([factor * low, factor * high], [place, place], color=BY_SPLIT[split], linewidth=5,
                          alpha=0.35, solid_capstyle="round")  # fmt: skip
            axes.plot([factor * value], [place], "o", color=BY_SPLIT[split], markersize=7)
        for gap in diagnosis.gaps.by_name().values():
            if gap is not None and gap.split in rows and gap.below in rows:
                _step(axes, gap, rows, diagnosis.run.bayes_error, subject)
        axes.set_yticks(range(len(rows)), [_label(subject, split) for split in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.grid(visible=False, axis="y")
        low_end, high_end = axes.get_xlim()
        # Room for the words at the right of the steps.
        axes.set_xlim(min(low_end, 0), high_end + 1.25 * (high_end - min(low_end, 0)))
        axes.set_xlabel("error, % of examples" if factor == 100 else "error, 1 − R²")
        axes.set_title("The ladder of errors, with 95% intervals", loc="left")
    return figure


def _step(axes: "Axes", gap: Gap, rows: list[str], bayes: float, subject: Subject) -> None:
    """Draw one gap as a line from the lower error to the upper, with its size and verdict in words."""
    estimates, factor = subject.diagnosis.gaps.estimates, 100 if subject.task == "classification" else 1
    start = bayes if gap.below == "bayes" else estimates[gap.below].value
    end = estimates[gap.split].value
    above, below = rows.index(gap.below), rows.index(gap.split)
    colour = TRAIN if gap.verdict == "high" else MUTED
    middle = (above + below) / 2
    axes.plot([factor * start, factor * end], [middle, middle], color=colour, linewidth=1.4)
    for place, row in ((start, above), (end, below)):
        axes.plot([factor * place] * 2, [row, middle], color=LINE, linewidth=1.0, zorder=1)
    name = gap.name.replace("_", " ")
    size = f"{100 * gap.value:.3g} points" if factor == 100 else f"{gap.value:.3g}"
    verdict = gap.verdict.upper() if gap.verdict == "high" else gap.verdict
    axes.annotate(
        f"{name} {size}, {verdict}", (factor * max(start, end), middle), xytext=(9, 0),
        textcoords="offset points", va="center", color=INK if gap.verdict == "high" else MUTED,
        fontweight="bold" if gap.verdict == "high" else "normal", fontsize=8.5,
    )  # fmt: skip


def _label(subject: Subject, split: str) -> str:
    diagnosis = subject.diagnosis
    value = diagnosis.run.bayes_error if split == "bayes" else diagnosis.gaps.estimates[split].value
    text = f"{100 * value:.2f}%" if subject.task == "classification" else f"{value:.3f}"
    return f"{'Bayes' if split == 'bayes' else split.replace('_', '-')}  {text}"
