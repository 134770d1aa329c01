"""The matrix that whitens standardized features: variance 1 in every direction. Knows no examples."""

import numpy as np
from numpy.typing import NDArray

NOISE_ULPS = 64
"""Variances up to so many units in the last place of the largest are rounding: directions without data."""


def whitening_matrix(
    correlations: NDArray[np.float64],  # (n, n)  symmetric; 0 for features that are constant
    *,
    ridge: float,
    turned_back: bool,
) -> NDArray[np.float64]:
    """Return W (n, n): Z @ W has, for ridge 0, the identity as its covariance in all directions that vary.

    With C = U diag(v) Uᵀ, W is U diag(1/√(v + ridge)) (PCA, by falling variance), times Uᵀ when turned back
    (ZCA: of all whitenings the one that changes the features least, so that a pixel stays where it is).
    Where there are fewer examples than features, or features that others determine, some directions do not
    vary in train: they become 0 for every row. The ridge, beside variances that are 1 on average, keeps from
    being blown up what varies hardly at all.

    Source: Bell and Sejnowski 1997; Krizhevsky 2009, appendix A; Kessy et al. 2018 (ZCA of correlations).
    """
    if len(correlations) == 0:
        return correlations
    variances, directions = np.linalg.eigh(correlations)
    variances, directions = variances[::-1], directions[:, ::-1]
    # A direction's sign is the eigensolver's whim; fixed, so that every machine stores the same.
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.where(directions[largest, np.arange(len(largest))] < 0, -1.0, 1.0)
    noise = NOISE_ULPS * len(variances) * np.finfo(np.float64).eps * max(float(variances[0]), 0.0)
    varies = variances > noise
    factors = np.where(varies, 1 / np.sqrt(np.where(varies, variances + ridge, 1.0)), 0.0)
    scaled: NDArray[np.float64] = directions * factors
    return scaled @ directions.T if turned_back else scaled
