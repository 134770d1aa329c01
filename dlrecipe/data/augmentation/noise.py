"""Normal noise on the inputs: that of an example is a stretch of a pool of numbers, with a random sign."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator

from dlrecipe.arrays import Batch, DType
from dlrecipe.data.augmentation.pool import POOL, STRETCHES, normal_pool
from dlrecipe.data.augmentation.specs import NoiseSpec


class Noise:
    """Adds noise to batches of examples with `features` inputs. May be used by several threads at once."""

    def __init__(self, spec: NoiseSpec, features: int, dtype: DType) -> None:
        self.spec = spec
        self._stretches = sliding_window_view(normal_pool(max(POOL, STRETCHES * features), dtype), features)

    def add(
        self,
        rng: Generator,
        X: Batch,  # (n, features)  normalized; updated in place
    ) -> None:
        """Add noise of standard deviation `spec.std` to the examples that are chosen."""
        n = len(X)
        sizes = np.where(rng.random(n) < self.spec.probability, self.spec.std, 0.0)
        sizes[rng.random(n) < 0.5] *= -1
        noise = self._stretches[rng.integers(0, len(self._stretches), n)]
        noise *= sizes[:, None].astype(X.dtype)
        X += noise
