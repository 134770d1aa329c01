"""J over two weights, with the inputs as they come and normalized: the elongated bowl and the round one."""

from typing import TYPE_CHECKING

import numpy as np

from dlrecipe.experiment.surfaces import Bowl, bowls
from dlrecipe.reports.plots.style import DEV, INK, MUTED, TRAIN, new_figure, shortened, styled
from dlrecipe.reports.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = (0.05, 0.25, 0.6, 1.1, 1.8)
"""Heights above the minimum of the contours; gradient descent starts at 1."""


def cost_contours(subject: Subject) -> "Figure":
    """Draw both surfaces with the path of gradient descent at the best rate of each."""
    pair = bowls(subject.reopened)
    figure, axes = new_figure(2.9, columns=2)
    names = tuple(shortened(name, 14) for name in pair.names)
    with styled():
        for each, bowl, kind in zip(
            axes, (pair.raw, pair.normalized), ("as they come", "normalized"), strict=True
        ):
            _draw(each, bowl, names, kind)
        # A legend once: both panels have the same lines.
        axes[1].legend(loc="upper right", fontsize=8)
    return figure


def _draw(axes: "Axes", bowl: Bowl, names: tuple[str, ...], kind: str) -> None:
    # The true shape: one scale for both axes, wide enough for the outermost contour.
    reach = 1.08 * float(np.sqrt(2 * LEVELS[-1] / np.linalg.eigvalsh(bowl.hessian)[0]))
    side = np.linspace(-reach, reach, 241)
    around = np.stack(np.meshgrid(side, side), axis=-1)
    height = 0.5 * np.einsum("...i,ij,...j->...", around, bowl.hessian, around)
    axes.contour(
        side + bowl.minimum[0], side + bowl.minimum[1], height, levels=LEVELS, colors=DEV, linewidths=1.1
    )
    axes.plot(*bowl.path.T, "-o", color=TRAIN, markersize=2.6, linewidth=1.0, label="gradient descent")
    axes.plot(*bowl.minimum, "*", color=INK, markersize=9, label="minimum")
    axes.set_aspect("equal")
    axes.locator_params(nbins=4)
    axes.ticklabel_format(style="sci", scilimits=(-2, 3))
    axes.set_xlabel(f"weight of {names[0]}")
    axes.set_ylabel(f"weight of {names[1]}")
    axes.set_title(f"J, inputs {kind}", loc="left")
    axes.text(
        0.02, 0.02, f"λmax/λmin {bowl.condition:,.3g}\nbest rate {bowl.rate:.2g}",
        transform=axes.transAxes, color=MUTED, fontsize=8, va="bottom",
    )  # fmt: skip
