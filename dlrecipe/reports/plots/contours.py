"""J over two weights, with the inputs as they come and normalized: the elongated bowl and the round one."""

from typing import TYPE_CHECKING

import numpy as np

from dlrecipe.experiment.surfaces import Bowl, bowls
from dlrecipe.reports.plots.style import DEV, INK, TRAIN, new_figure, shortened, styled
from dlrecipe.reports.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = (0.05, 0.25, 0.6, 1.1, 1.8)
"""Heights above the minimum of the contours; gradient descent starts at 1."""
MOST_ELONGATED = 8.0
"""A bowl longer than that is drawn so many times as long as wide: it would be a line."""


def cost_contours(subject: Subject) -> "Figure":
    """Draw both surfaces with the path of gradient descent at the best rate of each."""
    pair = bowls(subject.reopened)
    figure, axes = new_figure(3.9, columns=2)
    names = tuple(shortened(name, 14) for name in pair.names)
    kinds = ("as they come", "normalized")
    with styled():
        for each, bowl, kind in zip(axes, (pair.raw, pair.normalized), kinds, strict=True):
            _draw(each, bowl, names, kind)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _draw(axes: "Axes", bowl: Bowl, names: tuple[str, ...], kind: str) -> None:
    # How far the outermost contour reaches along each axis: √(2 · height · (H⁻¹)ᵢᵢ).
    extent = np.sqrt(2 * LEVELS[-1] * np.diag(np.linalg.pinv(bowl.hessian)))
    half = 1.1 * np.minimum(extent.max(), MOST_ELONGATED * extent)
    sides = [np.linspace(-each, each, 201) for each in half]
    around = np.stack(np.meshgrid(*sides), axis=-1)
    height = 0.5 * np.einsum("...i,ij,...j->...", around, bowl.hessian, around)
    x, y = sides[0] + bowl.minimum[0], sides[1] + bowl.minimum[1]
    axes.contour(x, y, height, levels=LEVELS, colors=DEV, linewidths=1.1)
    axes.plot(*bowl.path.T, "-o", color=TRAIN, markersize=2.6, linewidth=1.0, label="gradient descent")
    axes.plot(*bowl.minimum, "*", color=INK, markersize=9, label="minimum")
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])
    axes.set_box_aspect(1)
    axes.locator_params(nbins=4)
    axes.ticklabel_format(style="sci", scilimits=(-2, 3), useMathText=False)
    enlarged = float(half.max() / half.min())
    scale = "axes to scale" if enlarged < 1.01 else f"one axis enlarged {enlarged:,.3g} times"
    axes.set_xlabel(
        f"weight of {names[0]}\nλmax/λmin {bowl.condition:,.3g}\nbest rate {bowl.rate:.2g}\n{scale}"
    )
    axes.set_ylabel(f"weight of {names[1]}")
    axes.set_title(f"J, inputs {kind}", loc="left", pad=14)
