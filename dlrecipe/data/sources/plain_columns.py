"""The columns of a large plain file while they fill up block by block, in any thread. Knows no files."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence, Set
from typing import TYPE_CHECKING, Any, final

import numpy as np

from dlrecipe.data.sources.cells import CellCounts, count_distinct
from dlrecipe.data.sources.plain_cells import Cells, Numbers, hold_codes, without_missing, without_spaces
from dlrecipe.data.sources.typed_read import Guess, Texts, are_whole
from dlrecipe.data.specs import TableSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Misfit(Exception):
    """A column that is not what was guessed."""

    def __init__(self, column: int) -> None:
        self.column = column


@final
class NumberColumn:
    """A column of numbers that fills up block by block, in any thread.

    `whole`: the first of them are whole. `gaps`: some are missing. `spaced`: some have spaces around them;
    `padded`: more than are dropped in bulk.
    """

    def __init__(self, n_rows: int, *, whole: bool) -> None:
        self.values = np.empty(n_rows)
        self.whole = whole
        self.gaps = self.spaced = self.padded = False

    def put(self, row: int, values: Numbers, n_present: int) -> int:
        """Write numbers, NaN where they are missing, from this row on; return how many are present."""
        self.values[row : row + len(values)] = values
        self.gaps |= n_present < len(values)
        return n_present

    def take(self, row: int, cells: Any, missing: Sequence[str], *, bared: bool) -> int:
        """Write texts, an array of Arrow's, as numbers from this row on; return how many are present.

        Args:
            bared: they have been through `drop_spaces`.
        Raises:
            ValueError: a cell is no number, or a code among whole numbers.
        """
        bare = without_spaces(cells)
        if self.whole and hold_codes(bare):
            raise ValueError
        known = without_missing(bare, missing)
        spaced = not bare.equals(cells)
        self.padded |= spaced and bared
        self.spaced |= spaced
        self.values[row : row + len(cells)] = known.cast("float64").to_numpy(zero_copy_only=False)
        return len(cells) - int(known.null_count)

    def counts(self, n_present: int) -> CellCounts:
        """Return the counts of the column, of which so many cells are present."""
        fractions = int(not (self.whole and are_whole(self.values)))
        return CellCounts(n_present, n_present, 0, 0, fractions=fractions)


@final
class WordColumn:
    """A column of text that fills up block by block, in any thread."""

    def __init__(self, n_rows: int) -> None:
        self.codes = np.empty(n_rows, np.intp)
        self._blocks: list[tuple[int, int, list[str]]] = []

    def take(self, row: int, cells: Any) -> None:
        """Write texts, an array of Arrow's, from this row on."""
        end = row + len(cells)
        coded = cells.dictionary_encode()
        self.codes[row:end] = coded.indices.to_numpy()
        self._blocks.append((row, end, coded.dictionary.to_pylist()))

    def texts(self, missing: Collection[str]) -> Texts:
        """Return the column, its texts in the order of their first appearance."""
        places: dict[str, int] = {}
        for row, end, words in sorted(self._blocks):
            own = [-1 if word in missing else places.setdefault(word, len(places)) for word in words]
            self.codes[row:end] = np.array(own, np.intp)[self.codes[row:end]]
        return Texts(tuple(places), self.codes)


@final
class Columns:
    """The columns of a file, by their places: those of numbers and those of text.

    Args:
        missing: the texts that stand for a missing value.
    """

    def __init__(self, guesses: Sequence[Guess], n_rows: int, missing: Sequence[str]) -> None:
        self.width = len(guesses)
        self._missing = missing
        self._numbers = {
            place: NumberColumn(n_rows, whole=guess == "whole")
            for place, guess in enumerate(guesses)
            if guess != "text"
        }
        self._words = {place: WordColumn(n_rows) for place, guess in enumerate(guesses) if guess == "text"}

    def take(self, row: int, cells: Cells) -> Counter[int]:
        """Write the cells of some lines from this row on, in any thread.

        Returns:
            How many cells of each column of numbers are present.
        Raises:
            Misfit: a cell does not fit its column.
        """
        bared = {place for place, each in self._numbers.items() if each.spaced and not each.padded}
        cells.drop_spaces(self._at(bared))
        numbers = self._read_together(cells, bared)
        present: Counter[int] = Counter()
        for place, column in self._numbers.items():
            try:
                if place in numbers:
                    present[place] = column.put(row, *numbers[place])
                else:
                    cut = cells.column(place)
                    present[place] = column.take(row, cut, self._missing, bared=place in bared)
            except ValueError:  # pyarrow's ArrowInvalid is one
                raise Misfit(place) from None
        for place, words in self._words.items():
            words.take(row, cells.column(place))
        return present

    def _read_together(self, cells: Cells, bared: Set[int]) -> dict[int, tuple[Numbers, int]]:
        """Return the columns of numbers that one cast reads: none, if one of them holds another cell."""
        codes = cells.may_hold_codes(self._at({place for place, each in self._numbers.items() if each.whole}))
        plain = {
            place
            for place, each in self._numbers.items()
            if (place in bared or not each.spaced) and not codes[place]
        }
        gaps = any(each.gaps for each in self._numbers.values())
        try:
            return cells.as_numbers(self._at(plain), self._missing, gaps=gaps)
        except ValueError:
            return {}

    def _at(self, places: Set[int]) -> list[bool]:
        return [place in places for place in range(self.width)]

    def finished(
        self, connection: "DuckDBPyConnection", spec: TableSource, present: Counter[int]
    ) -> Iterator[tuple[Numbers | Texts, CellCounts]]:
        """Yield each column and its counts."""
        missing = frozenset(self._missing)
        for place in range(self.width):
            if place in self._numbers:
                numbers = self._numbers[place]
                yield numbers.values, numbers.counts(present[place])
            else:
                texts = self._words[place].texts(missing)
                yield texts, count_distinct(connection, texts.distinct, texts.counts(), spec)
