"""Affine maps of pixels, in homogeneous coordinates. Knows no specs and no pixels' values.

A map says where each pixel of the changed image comes from: (row, column, 1) there ↦ (row, column, 1) in the
image as it was. Both are counted from the middle of the image, in steps from one pixel's centre to the next.
"""

from typing import TypeAlias

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
