"""Normal noise on the inputs."""

from typing import Any

import numpy as np
from numpy.random import Generator

from dlrecipe.arrays import Batch
from dlrecipe.data.augmentation.specs import NoiseSpec


def add_noise(
    spec: NoiseSpec,
    rng: Generator,
    X: Batch,  # (n, features)  normalized; updated in place
) -> None:
    """Add noise of standard deviation `spec.std` to the examples that are chosen."""
    dtype: Any = X.dtype.type
    sizes = np.where(rng.random(len(X)) < spec.probability, spec.std, 0)
    noise = rng.standard_normal(X.shape, dtype)
    noise *= sizes[:, None].astype(X.dtype)
    X += noise
