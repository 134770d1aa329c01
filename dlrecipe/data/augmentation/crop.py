"""A part of each image enlarged to the whole."""

import numpy as np
from numpy.random import Generator

from dlrecipe.data.augmentation.maps import ImageShape, Maps, identities
from dlrecipe.data.augmentation.specs import CropSpec


def crop_maps(spec: CropSpec, rng: Generator, n: int, shape: ImageShape) -> Maps:
    """Return n maps (n, 3, 3): shares of the sides uniform in [`spec.share`, 1], at uniform places."""
    shares = rng.uniform(spec.share, 1, n)
    # The part's middle lies off the image's by up to half of what is cut off.
    off = (rng.random((n, 2)) - 0.5) * (1 - shares)[:, None]
    maps = identities(n)
    maps[:, 0, 0] = maps[:, 1, 1] = shares
    maps[:, :2, 2] = off * np.array(shape[:2])
    return maps
