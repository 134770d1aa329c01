"""The weights of the first layer: as images where the inputs are images, else as one map."""

import math
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


def first_layer(subject: Subject) -> "Figure":
    """Draw what each unit of the first layer looks for: blue where it wants more, orange where less."""
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
    return _map(W, names)


def _tiles(images: Floats, title: str) -> "Figure":
    """Draw up to 48 units, those with the largest norm, in one image: an axes a tile would be slow."""
    strongest = np.argsort(-np.square(images).sum(axis=(1, 2)), kind="stable")[:MOST_UNITS]
    chosen = images[np.sort(strongest)]
    columns = min(8, len(chosen))
    rows = -(-len(chosen) // columns)
    height, width = chosen.shape[1:]
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for number, image in enumerate(chosen):
        top, left = (number // columns) * (height + 1), (number % columns) * (width + 1)
        sheet[top : top + height, left : left + width] = image / (np.abs(image).max() or 1.0)
    # Each unit on a scale of its own: the pattern counts here, the size is that of plot weights.
    return _image(
        sheet, f"{title} (each scaled to its largest)", 0.85 * WIDTH * rows * height / (columns * width)
    )


def _map(W: Floats, names: tuple[str, ...]) -> "Figure":
    limit = float(np.abs(W).max()) or 1.0
    figure = _image(W / limit, f"First-layer weights W1, 1 = {limit:.3g}", 0.9 + min(0.17 * len(W), 4.5))
    (axes, *_) = figure.axes
    with styled():
        axes.set_aspect("auto")
        axes.set_xlabel("unit")
        axes.set_ylabel("input")
        if 0 < len(names) <= MOST_NAMED:
            axes.set_yticks(range(len(names)), [shortened(name, 20) for name in names])
    return figure


def _image(values: Floats, title: str, height: float) -> "Figure":
    from matplotlib.colors import LinearSegmentedColormap

    # Orange to blue through white: told apart by the colour-blind, and by the signs in the bar.
    colours = LinearSegmentedColormap.from_list(
        "signs", ["#b34700", "#f6c9a4", "#f7f7f7", "#a9cfe8", "#005a8f"]
    )
    figure, (axes,) = new_figure(max(1.6, min(height, 6.0)) + 0.4)
    with styled():
        shown = axes.imshow(values, cmap=colours, vmin=-1, vmax=1, interpolation="nearest")
        axes.grid(visible=False)
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(False)
        bar = figure.colorbar(shown, ax=axes, shrink=0.7, aspect=28, ticks=[-1, 0, 1])
        bar.outline.set_visible(False)
        bar.ax.set_yticklabels(["−", "0", "+"], color=MUTED)
        axes.set_title(title, loc="left")
    return figure
