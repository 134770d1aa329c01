"""How all pictures look: sizes, colours, type. Knows nothing of what is drawn.

Colours are those of Okabe and Ito (2008), which the colour-blind tell apart, and what is drawn in two of them
also differs in its dashes or marks. The HTML report puts its own in their place by their names, for dark
screens (see `reports.html.colours`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlrecipe.printing import printable
from dlrecipe.reports.plots.chart import Dashes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 4.7
"""Inches: on a phone of 360 pixels its 9-point type is still legible."""
INK, MUTED, LINE, PAPER = "#1d2329", "#59636e", "#d5dbe1", "#fefefe"
TRAIN, DEV, TEST, TRAIN_DEV = "#d55e00", "#0072b2", "#009e73", "#cc79a7"
BY_SPLIT = {"bayes": MUTED, "train": TRAIN, "train_dev": TRAIN_DEV, "dev": DEV, "test": TEST}
LAYERS: tuple[tuple[str, Dashes], ...] = (
    ("#0072b2", "solid"), ("#d55e00", "dashed"), ("#009e73", "dashdot"), ("#cc79a7", "dotted"),
    ("#e69f00", "solid"), ("#56b4e9", "dashed"), ("#8a6d00", "dashdot"),
)  # fmt: skip
CLASSES = tuple(colour for colour, _ in LAYERS)
_RC: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dlrecipe",
    "pdf.fonttype": 42,
    "font.family": "sans-serif",
    "font.size": 9,
    # A $ in a class's name is a dollar.
    "text.parse_math": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    # Where the title stands is said: to find it out takes as long as to draw the ticks.
    "axes.titley": 1.0,
    "figure.dpi": 100,
    "savefig.facecolor": PAPER,
}


def new_figure(height: float, *, rows: int = 1, columns: int = 1) -> "tuple[Figure, list[Axes]]":
    """Return an empty figure in the house's style, and its axes row by row.

    Args:
        height: inches.
    """
    # No pyplot: it would look for a display, and keep every figure.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_RC):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
        return figure, list(axes.ravel())


def styled() -> Any:
    """Return the context in which a figure is filled and saved."""
    from matplotlib import rc_context

    return rc_context(_RC)


def legend_above(axes: "Axes") -> None:
    """Put the legend between title and axes, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        columns = 2 if len(labels) == 4 else 3
        axes.legend(
            handles, labels, loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=columns,
            borderaxespad=0.1, columnspacing=1.2, handlelength=2.0,
        )  # fmt: skip
        title = axes.get_title(loc="left")
        rows = -(-len(labels) // columns)
        axes.set_title(title, loc="left", pad=6 + 13 * rows)


def known(values: Sequence[float | None]) -> list[float]:
    """Return values with NaN, which leaves a gap in a line, for what is not known."""
    return [float("nan") if value is None else float(value) for value in values]


def shortened(text: str, most: int = 22) -> str:
    """Return a name that fits beside an axis; what cannot be printed is escaped."""
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"
