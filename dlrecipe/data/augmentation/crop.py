"""A part of each image enlarged to the whole."""

import numpy as np
from numpy.random import Generator

from dlrecipe.data.augmentation.maps import ImageShape, Maps, identities
from dlrecipe.data.augmentation.specs import CropSpec


def crop_maps(spec: CropSpec, rng: Generator, n: int, shape: ImageShape) -> Maps:
    """Return n maps (n, 3, 3): shares of the sides uniform in [`spec.share`, 1], at uniform places."""
    shares = rng.uniform(spec.share, 1, n)
    starts = rng.random((n, 2)) * (1 - shares)[:, None] * np.array(shape[:2])
    maps = identities(n)
    maps[:, 0, 0] = maps[:, 1, 1] = shares
    # A pixel reaches half a pixel to each side of its centre, and the part begins at a pixel's edge.
    maps[:, :2, 2] = starts + 0.5 * (shares - 1)[:, None]
    return maps
