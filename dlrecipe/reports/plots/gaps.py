"""The ladder Bayes → train → train-dev → dev → test, each error with its interval, the gaps between them."""

from collections.abc import Sequence

from dlrecipe.diagnosis.evidence import SPLITS
from dlrecipe.diagnosis.gaps import Gap
from dlrecipe.diagnosis.wording import percent, points
from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Note, Shape
from dlrecipe.reports.plots.style import BY_SPLIT, INK, LINE, MUTED, TRAIN
from dlrecipe.reports.subject import Subject


def gaps(subject: Subject) -> Chart:
    """Draw a row an error, from the Bayes error down, and each gap as the step to the next."""
    diagnosis = subject.diagnosis
    known = diagnosis.gaps.estimates
    rows = ["bayes", *(split for split in SPLITS if split in known)]
    shapes: list[Shape] = []
    for gap in diagnosis.gaps.by_name().values():
        if gap is not None and gap.split in rows and gap.below in rows:
            shapes += _step(gap, rows, subject)
    for place, split in enumerate(rows):
        if split != "bayes" and known[split].low is not None:
            low, high = known[split].low or 0.0, known[split].high or 0.0
            ends = [100 * low, 100 * high]
            shapes.append(Line(ends, [place, place], BY_SPLIT[split], width=5, opacity=0.35))
        shapes.append(Dots([100 * _value(subject, split)], [place], BY_SPLIT[split], areas=[38.0]))
    ticks = [(float(place), _label(subject, split)) for place, split in enumerate(rows)]
    low, high = _ends(shapes)
    # The room for words goes on beyond all of the examples; the numbers do not.
    percents = [(20.0 * n, f"{20 * n}") for n in range(6)] if high > 100 else None
    return Chart(
        "The ladder of errors, with 95% intervals",
        Axis(
            f"error, % of {'examples' if subject.task == 'classification' else 'the variance'}",
            low,
            high,
            ticks=percents,
        ),
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


def _step(gap: Gap, rows: list[str], subject: Subject) -> list[Shape]:
    """Return one gap as a line from the lower error to the upper, with its size and verdict in words."""
    start, end = 100 * _value(subject, gap.below), 100 * _value(subject, gap.split)
    above, below = rows.index(gap.below), rows.index(gap.split)
    middle = (above + below) / 2
    name = gap.name.replace("_", " ")
    is_high = gap.verdict == "high"
    words = f"{name} {points(gap.value)} points, {gap.verdict.upper() if is_high else gap.verdict}"
    return [
        Line([start, start], [above, middle], LINE, width=1.0),
        Line([end, end], [below, middle], LINE, width=1.0),
        Line([start, end], [middle, middle], TRAIN if is_high else MUTED, width=1.4),
        Note(max(start, end), middle, words, INK if is_high else MUTED, bold=is_high),
    ]


def _value(subject: Subject, split: str) -> float:
    """Return an error of the ladder; its foot is what bias is measured from, as in the diagnosis."""
    diagnosis = subject.diagnosis
    return diagnosis.run.lowest_error if split == "bayes" else diagnosis.gaps.estimates[split].value


def _label(subject: Subject, split: str) -> str:
    name = "Bayes" if split == "bayes" else split.replace("_", "-")
    return f"{name}  {percent(_value(subject, split))}"
