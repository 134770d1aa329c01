"""Mirror images."""

from numpy.random import Generator

from dlrecipe.data.augmentation.maps import ImageShape, Maps, identities
from dlrecipe.data.augmentation.specs import FlipSpec


def flip_maps(spec: FlipSpec, rng: Generator, n: int, shape: ImageShape) -> Maps:
    """Return n maps (n, 3, 3) that exchange left and right; nothing about them is random."""
    maps = identities(n)
    maps[:, 1, 1] = -1
    return maps
