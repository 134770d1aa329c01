"""Error against the number of training examples, extrapolated: a + b·n^(-c), with an interval or a refusal.

Knows no runs and no files: it is handed sizes, errors and their standard errors. What was tuned, and how well
it does, is in `benchmarks/learning_curves.py`.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from dlrecipe.arrays import Floats
from dlrecipe.diagnosis.wording import error_text

Reason: TypeAlias = Literal["too_few", "rises", "noisy", "no_power_law", "flat"]

FEWEST_SIZES = 5
"""Three parameters are fitted; fewer sizes would leave nothing to tell a curve from an accident by."""
FARTHEST = 100.0
"""Times the largest size up to which anything is said."""
_WINDOWS = ((5, 0.5), (6, 0.5), (8, 1.0))
"""Last sizes that a member of the average sees, and the power of n its weights (squared) grow with: curves
bend, and the sizes nearest to what is asked know most of it."""
_EXPONENTS = np.geomspace(0.03, 2.0, 120)
_LEAST_NOISE = 5e-4
# Quantiles of the error of prediction over its scale (see `_scale`), on the half of the curves that was used
# for tuning. The lower tail is longer: networks fall below a power law more often than they stay above one.
_BELOW, _ABOVE = 3.3, 1.45
_FIT, _DROP, _DISTANCE = 0.3, 0.3, 0.05
RISE = 0.03
"""Rise at the end, as a fraction of examples, from which on a curve is no falling one; three standard errors
of the difference must lie in it as well."""
NOISE = 0.07
"""Standard deviation of the residuals from which on no power law is seen in the points."""


@dataclass(frozen=True)
class Prediction:
    """The error expected with `n` training examples, and the 90 % interval of what may come."""

    n: int
    error: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True)
class SizeForTarget:
    """The training examples that a target may take.

    `low` and `high` are where the interval's two ends come down to it; None where that lies beyond what
    anything is said of.
    """

    target: float
    n: int | None
    low: int | None
    high: int | None

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Refusal:
    """Why nothing is said of larger sizes."""

    reason: Reason
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """The average of three fits a + b·n^(-c) to the last sizes of a curve.

    `members` is (3, 3), a row [a, b, c] each; `noise` the residuals' standard deviation, `last_noise` the
    standard error of the last points, as fractions.
    """

    members: Floats
    noise: float
    last_noise: float
    last_n: int
    last_error: float
    ceiling: float

    @property
    def asymptote(self) -> float:
        """The error that no number of examples would go below, were the curve to go on as it is."""
        return float(self.members[:, 0].mean())

    def expected(self, n: float) -> float:
        """Return the error expected with n training examples."""
        a, b, c = self.members.T
        return float(np.clip(a + b * n**-c, 0, self.ceiling).mean())

    def predict(self, n: int) -> Prediction:
        """Return the error expected with n examples, and the 90 % interval of what may come."""
        error = self.expected(n)
        scale = self._scale(n, error)
        low, high = max(error - _BELOW * scale, 0.0), min(error + _ABOVE * scale, self.ceiling)
        return Prediction(n, error, low, high)

    def n_for(self, target: float) -> SizeForTarget:
        """Return the examples for a target error, looked for up to `FARTHEST` times the largest size."""
        sizes = np.unique(np.geomspace(1, FARTHEST, 400) * self.last_n).round().astype(np.int64)
        curves = [self.predict(int(n)) for n in sizes]

        def first(errors: list[float]) -> int | None:
            met = np.flatnonzero(np.minimum.accumulate(errors) <= target)
            return int(sizes[met[0]]) if len(met) else None

        return SizeForTarget(
            target,
            first([point.error for point in curves]),
            first([point.low for point in curves]),
            first([point.high for point in curves]),
        )

    def _scale(self, n: int, error: float) -> float:
        """Return the unit of the interval: noise, misfit, the drop foreseen, and the distance bridged."""
        distance = abs(math.log(n / self.last_n))
        parts = (
            self.last_noise,
            _FIT * self.noise,
            _DROP * (self.last_error - error),
            _DISTANCE * self.last_error * distance,
        )
        return math.hypot(*parts, 1e-3)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "asymptote": self.asymptote,
            "members": [dict(zip("abc", map(float, row), strict=True)) for row in self.members],
        }


def fit_power_law(
    sizes: Sequence[int],
    errors: Sequence[float],
    standard_errors: Sequence[float],
    *,
    ceiling: float = 1.0,
) -> PowerLaw | Refusal:
    """Fit a curve of dev errors, or say why it is not one to extrapolate from.

    Args:
        sizes: training examples, ascending.
        errors: mean error at each, fractions.
        standard_errors: of these means.
        ceiling: the largest error there is; for regression, where 1 - R² has none, infinity.
    Source: power laws with an asymptote, Viering and Loog 2021, arXiv:2103.10948; ill-behaved curves,
        arXiv:2505.15657. The windows and the interval are ours.
    """
    x, y = np.asarray(sizes, float), np.asarray(errors, float)
    if len(x) < FEWEST_SIZES:
        few = "1 size is" if len(x) == 1 else f"{len(x)} sizes are"
        return Refusal("too_few", f"{few} too few to fit a curve to; {FEWEST_SIZES} are needed")
    law = power_law_through(sizes, errors, standard_errors, ceiling=ceiling)
    spread = float(np.median(np.maximum(standard_errors, _LEAST_NOISE)))
    return _ill_behaved(x, y, spread, law) or law


def power_law_through(
    sizes: Sequence[int],
    errors: Sequence[float],
    standard_errors: Sequence[float],
    *,
    ceiling: float = 1.0,
) -> PowerLaw:
    """Return the fit whether or not the curve is one to extrapolate from; see `fit_power_law`."""
    x, y = np.asarray(sizes, float), np.asarray(errors, float)
    fits = [_fit(x[-last:], y[-last:], power) for last, power in _WINDOWS]
    return PowerLaw(
        members=np.array([member for member, _ in fits]),
        noise=float(np.mean([residual for _, residual in fits])),
        last_noise=float(np.median(np.maximum(standard_errors, _LEAST_NOISE)[-5:])),
        last_n=int(x[-1]),
        last_error=float(y[-1]),
        ceiling=ceiling,
    )


def _ill_behaved(x: Floats, y: Floats, spread: float, law: PowerLaw) -> Refusal | None:
    noise, task = law.noise, "classification" if math.isfinite(law.ceiling) else "regression"
    amount = f"{100 * noise:.3g} points" if task == "classification" else f"{noise:.3g}"
    lowest = int(np.argmin(y[:-1]))
    rise = float(y[-1] - y[lowest])
    if rise > max(3 * math.sqrt(2) * spread, RISE):
        return Refusal(
            "rises",
            f"dev error rises with more data: {error_text(float(y[lowest]), task)} with {x[lowest]:,.0f} "
            f"examples, {error_text(float(y[-1]), task)} with {x[-1]:,.0f}. A power law only falls",
        )
    if noise > NOISE and float(np.diff(y).max()) <= 2 * math.sqrt(2) * spread:
        # It is not the seeds: beyond their noise no error rises. They fall in a step, or faster and faster.
        return Refusal(
            "no_power_law",
            f"dev error falls with more data, but not as a power law does, ever more slowly: the nearest one "
            f"misses it by {amount}",
        )
    if noise > NOISE:
        return Refusal(
            "noisy",
            f"dev errors scatter by {amount} about any falling curve: give each size more "
            "seeds, or look into why training fails at some",
        )
    if y[:2].mean() <= y[-2:].mean():
        return Refusal(
            "flat",
            f"dev error has not fallen between {x[0]:,.0f} and {x[-1]:,.0f} examples: nothing shows yet how "
            "it would",
        )
    return None


def _fit(x: Floats, y: Floats, power: float) -> tuple[Floats, float]:
    """Return [a, b, c] of least weighted squares, 0 ≤ a < 1 and b ≥ 0, and the residuals' deviation."""
    weights = (x / x[-1]) ** (2 * power)
    best, least = np.array([y[-1], 0.0, 1.0]), math.inf
    for c in _EXPONENTS:
        # Scaled by the last size: b·n^(-c) is then of the errors' own magnitude.
        falling = (x / x[-1]) ** -c
        a, b = _non_negative(falling, y, weights)
        loss = float(weights @ (y - a - b * falling) ** 2)
        if loss < least:
            least, best = loss, np.array([a, b * x[-1] ** c, c])
    a, b, c = best
    residuals = y - a - b * x**-c
    return best, math.sqrt(float(residuals @ residuals) / max(len(x) - 3, 1))


def _non_negative(falling: Floats, y: Floats, weights: Floats) -> tuple[float, float]:
    """Return (a, b) of y ≈ a + b·falling, neither below 0: the better edge where the free optimum is."""
    total = weights.sum()
    mean_f, mean_y = weights @ falling / total, weights @ y / total
    variance = weights @ (falling - mean_f) ** 2
    b = weights @ ((falling - mean_f) * (y - mean_y)) / variance if variance > 0 else 0.0
    if b <= 0:
        return float(mean_y), 0.0
    a = mean_y - b * mean_f
    if a < 0:
        return 0.0, float(weights @ (falling * y) / (weights @ falling**2))
    return float(a), float(b)
