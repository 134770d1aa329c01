"""Numbers that may have been written with a point between thousands: a note. Knows no files, changes nothing.

German and Spanish write 4.321 for four thousand. Where the decimal sign is a point that is read as four and a
bit, and 876, below it in the same column, as two hundred times as much.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SAMPLE = 20_000
"""About so many numbers of a column are looked at."""
LEAST, LEAST_WHOLE = 20, 0.02
"""Numbers of each kind, and the part of all that are whole: of those measured to three digits, 0.1%."""
THREE_DIGITS = 0.8
"""Part of the fractions whose third digit is not 0: nine in ten by chance."""


def notes_on_grouped_digits(numbers: Mapping[str, NDArray[np.float64]]) -> tuple[str, ...]:
    """Return a sentence on the columns whose fractions all have three digits, beside many whole numbers."""
    found = {name: each for name, values in numbers.items() if (each := _examples(values)) is not None}
    if not found:
        return ()
    fraction, whole = next(iter(found.values()))
    return (
        f"All fractions of {', '.join(found)} have three digits, such as {fraction:.3f} beside {whole:.0f}: "
        'if the point stands between thousands, set decimal: "," and number_signs: ["."] in the source.',
    )


def _examples(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return a fraction and a whole number of a column that looks like it."""
    sample = values[:: max(1, len(values) // SAMPLE)]
    known = sample[np.isfinite(sample)]
    whole = known == np.rint(known)
    fractions, others = np.abs(known[~whole]), np.abs(known[whole])
    # 5.000 is read as 5; of whole numbers below a thousand, 100 and more tell most.
    large = others[(others >= 100) & (others < 1_000)]
    if min(len(fractions), len(large)) < LEAST or len(large) < LEAST_WHOLE * len(known):
        return None
    thousandths = np.rint(fractions * 1_000)
    if fractions.min() < 1 or others.max() >= 1_000 or fractions.max() >= 1_000:
        return None
    if not np.allclose(fractions * 1_000, thousandths, rtol=0, atol=1e-6):
        return None
    if float((thousandths % 10 != 0).mean()) < THREE_DIGITS:
        return None
    return float(fractions[0]), float(large[0])
