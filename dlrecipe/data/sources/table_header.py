"""Whether the first row of a table names its columns, and what the columns are called. Knows no files."""

from collections import Counter
from collections.abc import Callable, Sequence

from dlrecipe.data.sources.cells import CellCounts, CellKind
from dlrecipe.errors import DataError

LEAST_BELOW_A_TITLE = 3
KINDS_BELOW: tuple[CellKind, ...] = ("numeric", "boolean", "date", "us_date")


def refuse_title(first: Sequence[str | None], counts: Sequence[CellCounts], *, where: str) -> None:
    """Refuse a first row that holds one text, or nothing, in three columns or more.

    Raises:
        DataError: it is a title, or an empty line of a spreadsheet.
    """
    filled = [cell for cell in first if cell is not None]
    if len(first) < LEAST_BELOW_A_TITLE or len(filled) > 1 or any(each.numbers for each in counts):
        return
    what = f"holds '{_short(filled[0])}' alone" if filled else "is empty"
    raise DataError(
        f"the first row {what}, in a table of {len(first)} columns: it cannot name them",
        where=where,
        remedy="Delete all lines above the names of the columns; or set header: false if it is a row.",
    )


def has_header(
    first: Sequence[str | None],
    first_counts: Sequence[CellCounts],
    below: Sequence[CellCounts],
    *,
    recurs: Callable[[], bool],
    where: str,
) -> bool:
    """Say whether the first row names the columns.

    A text above a column of numbers (or dates, or truth values) is a name; a number above a column of
    numbers is a value. Where no column says either, the row is a header when its cells are all there, all
    different, and none occurs again in its own column.

    Args:
        first: cells of the first row, None where missing.
        first_counts: what each of these cells can be read as.
        below: what the cells of each column below the first row can be read as.
        recurs: says whether a cell of the first row occurs again in its own column.
        where: the file, for the error.
    Raises:
        DataError: some columns say header and others say none.
    """
    names: list[str] = []
    values: list[str] = []
    for cell, own, rest in zip(first, first_counts, below, strict=True):
        if cell is None or rest.present == 0:
            continue
        for kind in KINDS_BELOW:
            if rest.readable_as(kind) == rest.present:
                (values if own.readable_as(kind) else names).append(cell)
                break
    if names and values:
        raise DataError(
            f"cannot tell whether the first row names the columns: '{_short(names[0])}' stands above numbers "
            f"like a name, '{_short(values[0])}' like one of them",
            where=where,
            remedy=f"Set header: true or header: false; or, if '{_short(names[0])}' stands for a missing "
            "value, add it to missing.",
        )
    if names or values:
        return bool(names)
    return None not in first and len(set(first)) == len(first) and not recurs()


def column_names(cells: Sequence[str | None]) -> tuple[str, ...]:
    """Return the names in a header row, each another.

    An empty cell is named by its place: column1, column2 and so on. A name that has stood before gets its
    number: price, price_2, price_3.
    """
    names: dict[str, None] = {}  # in their order, and found at once
    given = {cell for cell in cells if cell}
    for place, cell in enumerate(cells, 1):
        name, times = cell or f"column{place}", 1
        while name in names or (times > 1 and name in given):
            times += 1
            name = f"{cell or f'column{place}'}_{times}"
        names[name] = None
    return tuple(names)


def refuse_repeats(names: Sequence[str], *, where: str) -> None:
    """Refuse names that stand twice.

    Raises:
        DataError: a name stands twice.
    """
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        places = [str(i) for i, name in enumerate(names, 1) if name == repeated[0]]
        raise DataError(
            f"{len(places)} columns are called '{_short(repeated[0])}': numbers {', '.join(places)}",
            where=where,
            remedy="Rename all but one of them; or, if the first row is no header, set header: false.",
        )


def given_names(columns: tuple[str, ...] | None, width: int, *, where: str) -> tuple[str, ...]:
    """Return the names of the columns of a file without a header.

    Raises:
        DataError: `columns` does not fit the file.
    """
    if columns is None:
        return tuple(f"column{i}" for i in range(1, width + 1))
    if len(columns) != width:
        raise DataError(
            f"columns gives {len(columns)} names, but the file has {width} columns",
            where=where,
            remedy="Give one name a column, in the order of the file.",
        )
    refuse_repeats(columns, where=where)
    return columns


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "…"
