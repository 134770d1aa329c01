"""Images made larger or smaller about their centre."""

import numpy as np
from numpy.random import Generator

from dlrecipe.data.augmentation.maps import ImageShape, Maps, about_centre
from dlrecipe.data.augmentation.specs import ZoomSpec


def zoom_maps(spec: ZoomSpec, rng: Generator, n: int, shape: ImageShape) -> Maps:
    """Return n maps (n, 3, 3): factors uniform between `spec.low` and `spec.high`."""
    factors = rng.uniform(spec.low, spec.high, n)
    # A pixel of an image twice as large comes from half as far from the centre.
    return about_centre(np.eye(2) / factors[:, None, None], shape)
