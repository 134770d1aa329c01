"""The picture of a sweep: train and dev error against each varied setting, with intervals, as SVG."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dlrecipe.studies.axes import Axis

SPLITS = (("train", "tab:blue"), ("dev", "tab:orange"))
WIDTH, HEIGHT = 6.4, 4.2
"""Of a panel, in inches."""
LEFT, RIGHT, BOTTOM, TOP = 0.65, 0.15, 0.55, 0.15
"""What is left free around a panel, in inches. A layout that is worked out takes twice the time to draw."""
MARGIN = 0.05


def load() -> None:
    """Import what draws, a third of a second's work: when there is nothing else to do."""
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401


def sweep_svg(document: Mapping[str, Any], axes: "Sequence[Axis]") -> str:
    """Return the picture, a panel a setting.

    With one setting, points are joined and have their intervals; with several, each panel shows every point.
    """
    # Not pyplot, which would look for a display and keep the figure.
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # Text as text: smaller, and it can be searched. A fixed salt and no date: same results, same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dlrecipe"}):
        figure = Figure(figsize=(WIDTH * len(axes), HEIGHT))
        FigureCanvasSVG(figure)
        panels = figure.subplots(1, len(axes), squeeze=False, gridspec_kw=_margins(len(axes)))[0]
        for panel, axis in zip(panels, axes, strict=True):
            _draw(panel, document, axis, joined=len(axes) == 1)
        panels[0].legend()
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _margins(n: int) -> dict[str, float]:
    """Return where `n` panels side by side lie, in shares of the figure (`wspace`: of a panel)."""
    width = WIDTH * n
    return {
        "left": LEFT / width,
        "right": 1 - RIGHT / width,
        "bottom": BOTTOM / HEIGHT,
        "top": 1 - TOP / HEIGHT,
        "wspace": (LEFT + RIGHT) / (WIDTH - LEFT - RIGHT),
    }


def _draw(panel: "Axes", document: Mapping[str, Any], axis: "Axis", *, joined: bool) -> None:
    points = [point for point in document["points"] if point["dev"] is not None and point["complete"]]
    points = points or [point for point in document["points"] if point["dev"] is not None]
    scale = 100 if document["task"] == "classification" else 1
    places = _places(axis, [point["values"][axis.key] for point in points])
    _scale(panel, axis)
    order = sorted(range(len(points)), key=lambda index: places[index])
    for split, colour in SPLITS:
        figures = [points[index][split] for index in order]
        x, y = [places[index] for index in order], [scale * figure["mean"] for figure in figures]
        if joined:
            panel.plot(x, y, "o-", color=colour, label=split, markersize=4)
            known = [(at, f) for at, f in zip(x, figures, strict=True) if f["low"] is not None]
            panel.vlines(
                [at for at, _ in known],
                [scale * f["low"] for _, f in known],
                [scale * f["high"] for _, f in known],
                colors=colour,
                alpha=0.5,
            )
        else:
            panel.scatter(x, y, s=14, color=colour, label=split, alpha=0.7)
    _dress(panel, axis, document, scale)


def _dress(panel: "Axes", axis: "Axis", document: Mapping[str, Any], scale: int) -> None:
    chosen = document["chosen"]
    if chosen is not None:
        at = _places(axis, [chosen["values"][axis.key]])[0]
        panel.axvline(at, color="grey", linestyle=":", label=f"chosen: {chosen['values'][axis.key]}")
    if not _is_numeric(axis):
        panel.set_xticks(range(len(axis.choices)), [choice[:20] for choice in axis.choices])
    panel.set_xlabel(axis.key)
    panel.set_ylabel("error, %" if scale == 100 else "1 − R²")
    panel.set_ylim(bottom=0)
    panel.grid(alpha=0.3)


def _scale(panel: "Axes", axis: "Axis") -> None:
    """Set the scale and the ends before anything is drawn: a single point has no ends of its own."""
    if not _is_numeric(axis):
        panel.set_xlim(-0.5, len(axis.choices) - 0.5)
        return
    numbers = [float(choice) for choice in axis.choices] or [axis.low, axis.high]
    low, high = min(numbers), max(numbers)
    if axis.log or (axis.choices and _spans_decades(numbers)):
        panel.set_xscale("log")
        # 0.001 rather than 10 to a power, which takes longer to typeset than all else to draw.
        panel.xaxis.set_major_formatter("{x:g}")
        panel.set_xlim(low * (low / high) ** MARGIN, high * (high / low) ** MARGIN)
    elif high > low:
        panel.set_xlim(low - MARGIN * (high - low), high + MARGIN * (high - low))


def _places(axis: "Axis", values: Sequence[str]) -> list[float]:
    if _is_numeric(axis):
        return [float(value) for value in values]
    return [float(axis.choices.index(value)) for value in values]


def _is_numeric(axis: "Axis") -> bool:
    try:
        return all(float(choice) is not None for choice in axis.choices)
    except ValueError:
        return False


def _spans_decades(numbers: Sequence[float]) -> bool:
    return min(numbers) > 0 and max(numbers) / min(numbers) >= 100
