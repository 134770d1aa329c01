"""Examples mixed in pairs, their targets with them."""

from typing import Any

from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Batch
from dlrecipe.data.augmentation.specs import MixupSpec


def mix_up(
    spec: MixupSpec,
    rng: Generator,
    X: Batch,  # (n, features)  normalized; updated in place
    y: NDArray[Any],  # (n, outputs)  numbers, or each class's share; updated in place
) -> None:
    """Replace each chosen example by λ of itself and 1 - λ of another, which may be itself."""
    n = len(X)
    partners = rng.permutation(n)
    share_of_partner = 1 - rng.beta(spec.alpha, spec.alpha, n)
    share_of_partner[rng.random(n) >= spec.probability] = 0
    for values in (X, y):
        difference = values.take(partners, 0)
        difference -= values
        difference *= share_of_partner[:, None].astype(values.dtype)
        values += difference
