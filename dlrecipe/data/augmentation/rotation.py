"""Images turned about their centre."""

import numpy as np
from numpy.random import Generator

from dlrecipe.data.augmentation.maps import ImageShape, Maps, about_centre
from dlrecipe.data.augmentation.specs import RotationSpec


def rotation_maps(spec: RotationSpec, rng: Generator, n: int, shape: ImageShape) -> Maps:
    """Return n maps (n, 3, 3): angles uniform in ±`spec.degrees`."""
    angles = np.radians(rng.uniform(-spec.degrees, spec.degrees, n))
    cosines, sines = np.cos(angles), np.sin(angles)
    turned = np.array([[cosines, -sines], [sines, cosines]]).transpose(2, 0, 1)
    return about_centre(turned, shape)
