"""Postal codes that a table holds as numbers: a note that says so. Knows no files and changes nothing."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.column_names import may_be_postal_codes

SHORTEST, LONGEST = 4, 6
"""Digits that postal codes have: four in Austria, five in Germany and the USA, six in India and China."""
OF_ONE_LENGTH = 0.8
"""Part of the codes that have as many digits as the longest; what lost a 0 in front has one or two less."""
FEW = 100
"""Different codes up to which each has an input of its own."""


def notes_on_postal_codes(numbers: Mapping[str, NDArray[np.float64]]) -> tuple[str, ...]:
    """Return a sentence on the columns of numbers that are postal codes, by name and look; none without such.

    Codes with a 0 in front are categories anyway (see `cells`); those of a place where none has one, or of a
    file that a spreadsheet has written, look like numbers.
    """
    found = {
        name: each for name, each in numbers.items() if may_be_postal_codes(name) and _look_like_it(each)
    }
    if not found:
        return ()
    few = [name for name, values in found.items() if len(np.unique(values)) <= FEW]
    many = [name for name in found if name not in few]
    remedies = [f"categorical: [{', '.join(few)}]"] * bool(few)
    remedies += [f"hashed: {{{', '.join(f'{name}: 64' for name in many)}}}"] * bool(many)
    return (
        "What looks like postal codes is read as numbers, of which 90210 is twice 45105: "
        f"{', '.join(found)}. To read them as codes, set {' and '.join(remedies)} in the table's source.",
    )


def _look_like_it(values: NDArray[np.float64]) -> bool:
    """Return whether numbers are whole, and nearly all of one length."""
    known = values[~np.isnan(values)]
    if len(known) == 0 or known.min() < 1 or known.max() >= 10**LONGEST or (known != np.floor(known)).any():
        return False
    digits = np.floor(np.log10(known)).astype(int) + 1
    longest = int(digits.max())
    if longest < SHORTEST or digits.min() < longest - 2:
        return False
    return float((digits == longest).mean()) >= OF_ONE_LENGTH
