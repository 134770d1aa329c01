"""A picture of what augmentation makes of a config's training images."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.config.loading import LoadedConfig
from dlrecipe.data.augmentation.images import RawImages
from dlrecipe.errors import ConfigError, InputError, Problem
from dlrecipe.experiment.assembly import prepare_data
from dlrecipe.experiment.placing import places_from
from dlrecipe.rng import stream

Sheet = NDArray[np.uint8]
"""(height, width) grey, or (height, width, 3)."""
GAP = 2
"""Pixels between two images."""
SMALLEST_SIDE = 64
"""Images are enlarged by a whole factor to about this side, so that they can be seen."""
CHOICES = "Add flip, shift, rotation, zoom, crop, elastic or cutout: --set 'augmentation=[rotation]'."


def augmented_sheet(loaded: LoadedConfig, *, examples: int, times: int) -> Sheet:
    """Return a row an image: as it is, and `times` as training sees it, noise and mixup left out.

    Raises:
        ConfigError: the config changes no pixels, or cannot be used.
    """
    config = loaded.config
    with places_from(loaded):
        images = prepare_data(config, np.dtype(np.float32)).images
        if images is None:
            raise ConfigError(
                [Problem("", "augmentation", "no change to pixels, so nothing to see", CHOICES)]
            )
    if images.shape[2] not in (1, 3):
        raise InputError(
            f"images of {images.shape[2]} channels cannot be shown", remedy="Grey and colour images can."
        )
    n = min(examples, images.n_examples)
    rows = np.linspace(0, images.n_examples, n, endpoint=False).astype(np.intp)
    plain = np.asarray(images.as_they_are(rows), np.float32)
    columns = [plain]
    for epoch in range(1, times + 1):
        columns.append(np.empty_like(plain))
        images.make(rows, stream(config.seed, "sheet", epoch), columns[-1])
    return _arranged(columns, images)


def _arranged(columns: list[NDArray[Any]], images: RawImages) -> Sheet:
    """Return the columns' images, (n, features) each, side by side, from black at the lowest to white."""
    low, high = float(columns[0].min()), float(columns[0].max())
    height, width, channels = images.shape
    tiles = np.stack(columns, axis=1).reshape(-1, len(columns), height, width, channels)
    shades = ((tiles - low) * (255 / max(high - low, 1e-12))).clip(0, 255).astype(np.uint8)
    factor = max(1, SMALLEST_SIDE // max(height, width))
    shades = shades.repeat(factor, axis=2).repeat(factor, axis=3)
    shades = np.pad(shades, ((0, 0), (0, 0), (GAP, GAP), (GAP, GAP), (0, 0)), constant_values=128)
    n, n_columns, tall, wide, _ = shades.shape
    sheet: Sheet = shades.transpose(0, 2, 1, 3, 4).reshape(n * tall, n_columns * wide, channels)
    return sheet[..., 0] if channels == 1 else sheet
