"""Normal noise on the inputs.

A fresh number for every input takes 12 ns, and all of them nearly as long as an elastic distortion. So they
come from a pool of two million, drawn once from the run's seed: the noise of an example is a stretch of the
pool that begins at a random place, with a random sign.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator

from dlrecipe.arrays import Batch, DType, Floats
from dlrecipe.data.augmentation.specs import NoiseSpec
from dlrecipe.rng import stream

POOL = 1 << 21
"""Numbers in the pool: 8 MB of float32, 25 ms to draw. More where an example has over a quarter of them."""


class Noise:
    """Adds noise to batches of examples with `features` inputs. May be used by several threads at once."""

    def __init__(self, spec: NoiseSpec, seed: int, features: int, dtype: DType) -> None:
        self.spec = spec
        size = max(POOL, 4 * features)
        # In float64 whatever the dtype, so that both precisions have the same noise.
        pool: Floats = stream(seed, "noise").standard_normal(size).astype(dtype)
        self._stretches = sliding_window_view(pool, features)

    def add(
        self,
        rng: Generator,
        X: Batch,  # (n, features)  normalized; updated in place
    ) -> None:
        """Add noise of standard deviation `spec.std` to the examples that are chosen."""
        n = len(X)
        sizes = np.where(rng.random(n) < self.spec.probability, self.spec.std, 0.0)
        sizes *= rng.choice((-1.0, 1.0), n)
        noise = self._stretches[rng.integers(0, len(self._stretches), n)]
        noise *= sizes[:, None].astype(X.dtype)
        X += noise
