"""Affine maps of pixels, in homogeneous coordinates. Knows no specs and no pixels' values.

A map says where each pixel of the changed image comes from: (row, column, 1) there ↦ (row, column, 1) in the
image as it was. Pixel centres have whole coordinates, the first is (0, 0).
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Maps: TypeAlias = NDArray[np.float64]
"""(n, 3, 3), one map an example."""
ImageShape: TypeAlias = tuple[int, int, int]
"""Height, width, channels."""
IDENTITY = np.eye(3)


def identities(n: int) -> Maps:
    """Return n maps that leave every pixel where it is."""
    maps = np.empty((n, 3, 3))
    maps[...] = IDENTITY
    return maps


def about_centre(
    linear: NDArray[Any],  # (n, 2, 2)  what the differences to the centre are multiplied by
    shape: ImageShape,
) -> Maps:
    """Return the maps that are `linear` and leave the middle of the image where it is."""
    centre = np.array([(shape[0] - 1) / 2, (shape[1] - 1) / 2])
    maps = identities(len(linear))
    maps[:, :2, :2] = linear
    maps[:, :2, 2] = centre - linear @ centre
    return maps
