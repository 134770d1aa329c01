"""Normal noise on the inputs: that of an example is a stretch of a pool of numbers."""

from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator

from dlrecipe.arrays import Batch, DType
from dlrecipe.data.augmentation.pool import POOL, STRETCHES, normal_pool
from dlrecipe.data.augmentation.specs import NoiseSpec


class Noise:
    """Adds noise to batches of examples with `features` inputs. May be used by several threads at once."""

    def __init__(self, spec: NoiseSpec, features: int, dtype: DType) -> None:
        self.spec = spec
        pool = normal_pool(max(POOL, STRETCHES * features), dtype) * dtype.type(spec.std)
        self._stretches = sliding_window_view(pool, features)

    def add(
        self,
        rng: Generator,
        X: Batch,  # (n, features)  normalized; updated in place
    ) -> None:
        """Add noise of standard deviation `spec.std` to the examples that are chosen."""
        noise = self._stretches[rng.integers(0, len(self._stretches), len(X))]
        noise[rng.random(len(X)) >= self.spec.probability] = 0
        X += noise
