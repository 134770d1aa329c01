"""The cells of a block of plain text, found by NumPy where they lie and converted there by Arrow.

An array of Arrow's texts is a buffer of characters and the borders between them. A line of `width` cells is
taken for 2·`width` texts, by turns a cell and what parts it from the next, so nothing is copied; under a mask
that names the columns of numbers, one cast reads them all (docs/decisions/0013).
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.sources.cells import CODE

BLOCK_BYTES = 1 << 19
"""What is made of a block stays in the cache: blocks of 2 MB take half as long again."""
MOST_CHARACTERS = 2_000_000
"""No block holds a longer line than DuckDB takes for one."""
NEWLINE = ord("\n")
RETURN = ord("\r")
NUMBERS_FROM, NUMBERS_TO = np.frombuffer(b"+9", np.uint8)
ZERO = np.uint8(ord("0"))
SPACES = b" \t"
MOST_SPACES = 4
"""Each is a step; of ten, numbers are as fast read a column at a time."""

Characters: TypeAlias = NDArray[np.uint8]
Numbers: TypeAlias = NDArray[np.float64]


class NotPlain(Exception):
    """Lines that cannot be told apart, or are not all alike; the long way says what is wrong with them."""


def blocks(text: bytes) -> Iterator[Characters]:
    """Yield whole lines in blocks of about BLOCK_BYTES, each with the end of its last line."""
    if text and not text.endswith(b"\n"):
        text += b"\r\n" if b"\r\n" in text else b"\n"
    characters = np.frombuffer(text, np.uint8)
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + BLOCK_BYTES) + 1 or len(text)
        yield characters[start:end]
        start = end


@final
class Cells:
    """The cells of whole lines without quotes, all of them `width` cells long.

    Args:
        characters: (n,) what `blocks` yields, in UTF-8.
        width: the cells of a line.
        delimiter: one character of ASCII.
    Raises:
        NotPlain: the lines are not all of this width, do not all end alike, or may be too long for DuckDB.
    """

    def __init__(self, characters: Characters, width: int, delimiter: str) -> None:
        if len(characters) > MOST_CHARACTERS:
            raise NotPlain
        breaks = characters == NEWLINE
        self.n_rows = int(np.count_nonzero(breaks))
        breaks |= characters == ord(delimiter)
        ends = np.flatnonzero(breaks)
        line_ends = ends[width - 1 :: width]
        # As many newlines as there are lines, one behind each last cell: none is left for another place.
        if len(ends) != self.n_rows * width or np.any(characters[line_ends] != NEWLINE):
            raise NotPlain
        returns = np.count_nonzero(characters[line_ends - 1] == RETURN)
        if returns not in (0, self.n_rows):  # a border below the one before it would crash Arrow
            raise NotPlain
        self._characters = characters
        self._width = width
        self._delimiter = ord(delimiter)
        self._borders = np.zeros(2 * len(ends) + 1, np.int32)
        self._borders[1::2] = ends
        np.add(self._borders[1::2], 1, out=self._borders[2::2])
        if returns:
            self._borders[2 * width - 1 :: 2 * width] -= 1

    def drop_spaces(self, columns: Sequence[bool]) -> None:
        """Leave up to MOST_SPACES spaces on a side out of the cells of these (width,) columns."""
        if not any(columns):
            return
        starts, ends = self._borders[:-1:2], self._borders[1::2]
        asked = np.flatnonzero(np.tile(np.array(columns, bool), self.n_rows))
        for borders, inside, step in ((starts, 0, 1), (ends, -1, -1)):
            left = asked
            for _ in range(MOST_SPACES):
                character = self._characters[borders[left] + inside]
                spaced = (character == SPACES[0]) | (character == SPACES[1])
                left = left[spaced & (starts[left] < ends[left])]
                borders[left] += step

    def as_numbers(
        self, columns: Sequence[bool], missing: Sequence[str], *, gaps: bool
    ) -> dict[int, tuple[Numbers, int]]:
        """Read the columns that are asked for.

        Args:
            columns: (width,) which of them.
            missing: the texts that stand for a missing value.
            gaps: look for such cells first, not when a cell turns out to be none, or a nan.
        Returns:
            For each its (n_rows,) numbers, NaN where they are missing, and how many are present.
        Raises:
            ValueError: a cell of one of them is no number as it lies, such as with spaces around it.
        """
        asked = np.tile(np.array(columns, bool), self.n_rows)
        absent = self._absent(asked, missing) if gaps else np.empty(0, np.intp)
        asked[absent] = False
        try:
            numbers = self._cast(asked)
            sure = gaps or not np.any(np.isnan(numbers) & asked.reshape(numbers.shape))
        except ValueError:  # pyarrow's ArrowInvalid is one
            if gaps:
                raise
            sure = False
        if not sure:
            return self.as_numbers(columns, missing, gaps=True)
        found = {place: (numbers[:, place], self.n_rows) for place, wanted in enumerate(columns) if wanted}
        rows, places = np.divmod(absent, self._width)
        for place in np.unique(places).tolist():
            holes = rows[places == place]
            filled = numbers[:, place].copy()
            filled[holes] = np.nan
            found[place] = filled, self.n_rows - len(holes)
        return found

    def _cast(self, asked: NDArray[np.bool_]) -> Numbers:
        """Return (n_rows, width) numbers, whatever lay in memory where a cell is not asked for."""
        texts = np.zeros(2 * len(asked), bool)
        texts[::2] = asked
        cast = self._texts(np.packbits(texts, bitorder="little")).cast("float64")
        return np.frombuffer(cast.buffers()[1], np.float64, len(cast))[::2].reshape(self.n_rows, self._width)

    def _absent(self, asked: NDArray[np.bool_], missing: Sequence[str]) -> Indices:
        """Return which of the cells that are asked for stand for a missing value, counted along the lines.

        Only what does not begin as a number is looked up, and what begins as a mark that does and is as long.
        """
        starts = self._borders[:-1:2]
        first = self._characters[starts]
        likely = (first - NUMBERS_FROM > NUMBERS_TO - NUMBERS_FROM) | (first == self._delimiter)
        marks = [mark.encode() for mark in missing if "+" <= mark[:1] <= "9"]
        for start, length in {(mark[0], len(mark)) for mark in marks}:
            likely |= (first == start) & (self._borders[1::2] - starts == length)
        places = np.flatnonzero(likely & asked)
        missed: NDArray[np.bool_] = is_missing(self._at(2 * places), missing).to_numpy(zero_copy_only=False)
        return places[missed]

    def column(self, place: int) -> Any:
        """Return the cells of a column, as an array of Arrow's texts."""
        return self._at(np.arange(2 * place, len(self._borders) - 1, 2 * self._width))

    def _at(self, places: Indices) -> Any:
        import pyarrow as pa

        return self._texts(None).take(pa.array(places))

    def may_hold_codes(self, columns: Sequence[bool]) -> NDArray[np.bool_]:
        """Return which of these (width,) columns have a cell that begins with a 0 and another digit."""
        found = np.array(columns, bool)
        if not any(columns):
            return found
        starts = self._borders[:-1:2].reshape(self.n_rows, self._width)[:, found]
        followed = self._characters.take(starts + 1, mode="clip") - ZERO < 10
        found[found] = np.any(followed & (self._characters[starts] == ZERO), axis=0)
        return found

    def _texts(self, known: NDArray[np.uint8] | None) -> Any:
        import pyarrow as pa

        buffers = [known, self._borders, self._characters]
        return pa.Array.from_buffers(
            pa.string(),
            len(self._borders) - 1,
            [None if each is None else pa.py_buffer(each) for each in buffers],
        )


def without_spaces(texts: Any) -> Any:
    """Return Arrow's texts without the spaces around them."""
    from pyarrow import compute

    return compute.ascii_trim(texts, SPACES.decode())


def is_missing(texts: Any, missing: Sequence[str]) -> Any:
    """Return, as an array of Arrow's, which of the texts stand for a missing value."""
    import pyarrow as pa
    from pyarrow import compute

    return compute.is_in(texts, pa.array(missing, pa.string()))


def without_missing(texts: Any, missing: Sequence[str]) -> Any:
    """Return Arrow's texts with null for those that stand for a missing value."""
    import pyarrow as pa
    from pyarrow import compute

    return compute.if_else(is_missing(texts, missing), pa.scalar(None, pa.string()), texts)


def hold_codes(texts: Any) -> bool:
    """Say whether any of Arrow's texts is a whole number with a 0 before it, such as 02134."""
    from pyarrow import compute

    return bool(compute.any(compute.match_substring_regex(texts, f"^{CODE}$")).as_py())
