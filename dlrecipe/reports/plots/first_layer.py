"""The weights of the first layer: as images where the inputs are images, else as one map."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlrecipe.arrays import Floats
from dlrecipe.errors import InputError
from dlrecipe.experiment.reading import read_fitted
from dlrecipe.reports.plots.style import MUTED, WIDTH, new_figure, shortened, styled
from dlrecipe.reports.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_UNITS = 48
MOST_NAMED = 30
SIGNS = ("#b34700", "#f6c9a4", "#f7f7f7", "#a9cfe8", "#005a8f")
"""Orange to blue through white, -1 to 1: told apart by the colour-blind, and by the signs in the bar."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Weights as one image: `values` (rows, columns) from -1 to 1, NaN between tiles.

    `names` are those of the rows; `height` is in inches; `stretched` where a value need not be a square.
    """

    title: str
    values: Floats
    height: float
    names: tuple[str, ...] = ()
    stretched: bool = False


def first_layer(subject: Subject) -> "Figure":
    """Draw what each unit of the first layer looks for: blue where it wants more, orange where less."""
    return _figure(sheet(subject))


def sheet(subject: Subject) -> Sheet:
    """Return the first layer's weights as they are drawn.

    Raises:
        InputError: the run has none yet.
    """
    W = subject.weights.get("W1")
    if W is None:
        raise InputError(f"{subject.run.id} has no W1")
    preprocessor = read_fitted(subject.run).preprocessor
    shape = preprocessor.feature_shape
    if W.ndim == 4:  # (kernel height, kernel width, channels in, channels out)
        return _tiles(np.moveaxis(W.mean(axis=2), -1, 0), "First-layer filters, mean over channels")
    if shape and W.shape[0] == math.prod(shape):
        images = W.T.reshape(-1, *shape)
        return _tiles(
            images if images.ndim == 3 else images.mean(axis=3), "First-layer weights, a tile a unit"
        )
    names = preprocessor.feature_names if len(preprocessor.feature_names) == W.shape[0] else ()
    limit = float(np.abs(W).max()) or 1.0
    title, height = f"First-layer weights W1, 1 = {limit:.3g}", 0.9 + min(0.17 * len(W), 4.5)
    shown = tuple(shortened(name, 20) for name in names) if len(names) <= MOST_NAMED else ()
    return Sheet(title, W / limit, _height(height), shown, stretched=True)


def _tiles(images: Floats, title: str) -> Sheet:
    """Return up to 48 units, those with the largest norm, in one image: an axes a tile would be slow."""
    strongest = np.argsort(-np.square(images).sum(axis=(1, 2)), kind="stable")[:MOST_UNITS]
    chosen = images[np.sort(strongest)]
    columns = min(8, len(chosen))
    rows = -(-len(chosen) // columns)
    height, width = chosen.shape[1:]
    whole = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for number, image in enumerate(chosen):
        top, left = (number // columns) * (height + 1), (number % columns) * (width + 1)
        whole[top : top + height, left : left + width] = image / (np.abs(image).max() or 1.0)
    # Each unit on a scale of its own: the pattern counts here, the size is that of plot weights.
    inches = 0.85 * WIDTH * rows * height / (columns * width)
    return Sheet(f"{title}, each to its scale", whole, _height(inches))


def _height(inches: float) -> float:
    return max(1.6, min(inches, 6.0)) + 0.4


def _figure(shown: Sheet) -> "Figure":
    from matplotlib.colors import LinearSegmentedColormap

    figure, (axes,) = new_figure(shown.height)
    with styled():
        image = axes.imshow(
            shown.values, cmap=LinearSegmentedColormap.from_list("signs", SIGNS), vmin=-1, vmax=1,
            interpolation="nearest", aspect="auto" if shown.stretched else None,
        )  # fmt: skip
        axes.grid(visible=False)
        axes.set_xticks([])
        axes.set_yticks(range(len(shown.names)), list(shown.names))
        for spine in axes.spines.values():
            spine.set_visible(False)
        if shown.stretched:
            axes.set_xlabel("unit")
            axes.set_ylabel("input")
        bar = figure.colorbar(image, ax=axes, shrink=0.7, aspect=28, ticks=[-1, 0, 1])
        bar.outline.set_visible(False)
        bar.ax.set_yticklabels(["−", "0", "+"], color=MUTED)
        axes.set_title(shown.title, loc="left")
    return figure
