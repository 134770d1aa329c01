"""Initial weights, by the layer's size. Biases start at 0. Knows nothing of networks.

zeros      0                                   every unit of a layer stays alike
normal     N(0, scale²)                        the course's randn · scale
he         variance 2 / fan_in                 for relu (He et al. 2015, arXiv:1502.01852, section 2.2)
xavier     variance 1 / fan_in                 for tanh, as the course gives it
lecun      variance 1 / fan_in                 the same (LeCun et al. 1998, "Efficient BackProp", section 4.6)
glorot     variance 2 / (fan_in + fan_out)     for tanh (Glorot and Bengio 2010, equation 12)
orthogonal orthonormal rows or columns         (Saxe et al. 2014, arXiv:1312.6120)
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from dlrecipe.arrays import Weights
from dlrecipe.nn.specs import NormalInit, OrthogonalInit, ScaledInit, ZerosInit

RandomInit = ZerosInit | NormalInit | ScaledInit | OrthogonalInit
"""The initializations that need nothing but a random stream."""


def initialize(spec: RandomInit, rng: Generator, out: Weights) -> None:
    """Fill the weights of one layer.

    Draws are made in float64 and rounded, so that float32 and float64 networks start alike.

    Args:
        out: (fan_in, fan_out), overwritten.
    """
    if isinstance(spec, ZerosInit):
        out[...] = 0
    elif isinstance(spec, OrthogonalInit):
        out[...] = spec.scale * _orthonormal(rng, out.shape[0], out.shape[1])
    elif isinstance(spec, NormalInit):
        out[...] = spec.scale * rng.standard_normal(out.shape)
    else:
        deviation = spec.scale * np.sqrt(VARIANCES[spec.type](*out.shape))
        if spec.distribution == "normal":
            out[...] = deviation * rng.standard_normal(out.shape)
        else:  # U(-a, a) has the variance a²/3
            out[...] = deviation * np.sqrt(3) * rng.uniform(-1, 1, out.shape)


def initialize_embedding(spec: RandomInit, rng: Generator, out: Weights) -> None:
    """Fill a table of category vectors with N(0, 1 / width), the last row, of the unknown, with 0.

    Vectors of length 1 give a column the weight of one standardised number, whatever its width. An
    initialization by the layer's size has nothing to say here: a single row at a time goes in. `zeros` and
    `normal` fill the table as they fill weights, and a `scale` counts.

    Args:
        out: (rows, width), overwritten.
    """
    if isinstance(spec, ZerosInit):
        out[...] = 0
        return
    deviation = spec.scale if isinstance(spec, NormalInit) else spec.scale / np.sqrt(out.shape[1])
    out[...] = deviation * rng.standard_normal(out.shape)
    out[-1] = 0


def _orthonormal(rng: Generator, fan_in: int, fan_out: int) -> Weights:
    """Return a random (fan_in, fan_out) matrix whose shorter side is orthonormal."""
    tall = rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out)))
    Q, R = np.linalg.qr(tall)
    # QR fixes no signs; taking R's diagonal positive makes Q uniform over the orthogonal matrices.
    Q = Q * np.sign(np.diag(R))
    return Q if fan_in >= fan_out else Q.T


VARIANCES: dict[str, Callable[[int, int], float]] = {
    "he": lambda fan_in, fan_out: 2 / fan_in,
    "xavier": lambda fan_in, fan_out: 1 / fan_in,
    "lecun": lambda fan_in, fan_out: 1 / fan_in,
    "glorot": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
}
