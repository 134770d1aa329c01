"""The ladder Bayes → train → train-dev → dev → test, each error with its interval, the gaps between them."""

from collections.abc import Sequence

from dlrecipe.diagnosis.evidence import SPLITS
from dlrecipe.diagnosis.gaps import Gap
from dlrecipe.diagnosis.wording import error_text, points
from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Note, Shape
from dlrecipe.reports.plots.settings import error_label, error_scale
from dlrecipe.reports.plots.style import BY_SPLIT, INK, LINE, MUTED, TRAIN
from dlrecipe.reports.subject import Subject


def gaps(subject: Subject) -> Chart:
    """Draw a row an error, from the Bayes error down, and each gap as the step to the next."""
    diagnosis = subject.diagnosis
    known = diagnosis.gaps.estimates
    factor = error_scale(subject.task)
    rows = ["bayes", *(split for split in SPLITS if split in known)]
    shapes: list[Shape] = []
    for gap in diagnosis.gaps.by_name().values():
        if gap is not None and gap.split in rows and gap.below in rows:
            shapes += _step(gap, rows, diagnosis.run.bayes_error, subject)
    for place, split in enumerate(rows):
        value = diagnosis.run.bayes_error if split == "bayes" else known[split].value
        if split != "bayes" and known[split].low is not None:
            low, high = known[split].low or 0.0, known[split].high or 0.0
            ends = [factor * low, factor * high]
            shapes.append(Line(ends, [place, place], BY_SPLIT[split], width=5, opacity=0.35))
        shapes.append(Dots([factor * value], [place], BY_SPLIT[split], areas=[38.0]))
    ticks = [(float(place), _label(subject, split)) for place, split in enumerate(rows)]
    low, high = _ends(shapes)
    # The room for words goes on beyond all of the examples; the numbers do not.
    percents = [(20.0 * n, f"{20 * n}") for n in range(6)] if factor == 100 and high > 100 else None
    return Chart(
        "The ladder of errors, with 95% intervals",
        Axis(error_label(subject.task), low, high, ticks=percents),
        Axis("", len(rows) - 0.4, -0.6, ticks=ticks, grid=False),
        shapes,
        height=0.95 + 0.52 * len(rows),
    )


def _ends(shapes: Sequence[Shape]) -> tuple[float, float]:
    """Return where the axis of errors begins and ends: with room for the words right of the steps."""
    places = [x for shape in shapes if isinstance(shape, Line | Dots) for x in shape.x]
    low, high = min(0.0, *places), max(places)
    reach = (high - low) or 1.0
    return low - 0.05 * reach, high + 1.3 * reach


def _step(gap: Gap, rows: list[str], bayes: float, subject: Subject) -> list[Shape]:
    """Return one gap as a line from the lower error to the upper, with its size and verdict in words."""
    estimates, factor = subject.diagnosis.gaps.estimates, error_scale(subject.task)
    start = factor * (bayes if gap.below == "bayes" else estimates[gap.below].value)
    end = factor * estimates[gap.split].value
    above, below = rows.index(gap.below), rows.index(gap.split)
    middle = (above + below) / 2
    name = gap.name.replace("_", " ")
    size = f"{points(gap.value)} points" if factor == 100 else f"{gap.value:.3f}"
    is_high = gap.verdict == "high"
    words = f"{name} {size}, {gap.verdict.upper() if is_high else gap.verdict}"
    return [
        Line([start, start], [above, middle], LINE, width=1.0),
        Line([end, end], [below, middle], LINE, width=1.0),
        Line([start, end], [middle, middle], TRAIN if is_high else MUTED, width=1.4),
        Note(max(start, end), middle, words, INK if is_high else MUTED, bold=is_high),
    ]


def _label(subject: Subject, split: str) -> str:
    diagnosis = subject.diagnosis
    value = diagnosis.run.bayes_error if split == "bayes" else diagnosis.gaps.estimates[split].value
    text = error_text(value, subject.task)
    return f"{'Bayes' if split == 'bayes' else split.replace('_', '-')}  {text}"
