"""Images moved by whole pixels, so that nothing is blurred."""

from numpy.random import Generator

from dlrecipe.data.augmentation.maps import ImageShape, Maps, identities
from dlrecipe.data.augmentation.specs import ShiftSpec


def shift_maps(spec: ShiftSpec, rng: Generator, n: int, shape: ImageShape) -> Maps:
    """Return n maps (n, 3, 3): up to `spec.pixels` each way, rows and columns independently."""
    maps = identities(n)
    maps[:, :2, 2] = rng.integers(-spec.pixels, spec.pixels, (n, 2), endpoint=True)
    return maps
