"""Images turned about their middle."""

import numpy as np
from numpy.random import Generator

from dlrecipe.data.augmentation.maps import ImageShape, Maps, identities
from dlrecipe.data.augmentation.specs import RotationSpec


def rotation_maps(spec: RotationSpec, rng: Generator, n: int, shape: ImageShape) -> Maps:
    """Return n maps (n, 3, 3): angles uniform in ±`spec.degrees`."""
    angles = np.radians(rng.uniform(-spec.degrees, spec.degrees, n))
    maps = identities(n)
    maps[:, 0, 0] = maps[:, 1, 1] = np.cos(angles)
    maps[:, 1, 0] = np.sin(angles)
    maps[:, 0, 1] = -maps[:, 1, 0]
    return maps
