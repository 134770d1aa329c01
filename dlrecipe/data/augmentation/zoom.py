"""Images made larger or smaller about their centre."""

from numpy.random import Generator

from dlrecipe.data.augmentation.maps import ImageShape, Maps, identities
from dlrecipe.data.augmentation.specs import ZoomSpec


def zoom_maps(spec: ZoomSpec, rng: Generator, n: int, shape: ImageShape) -> Maps:
    """Return n maps (n, 3, 3): factors uniform between `spec.low` and `spec.high`."""
    factors = rng.uniform(spec.low, spec.high, n)
    # A pixel of an image twice as large comes from half as far from the middle.
    maps = identities(n)
    maps[:, 0, 0] = maps[:, 1, 1] = 1 / factors
    return maps
