"""Numbers and names as the findings say them. Knows no check."""

from collections.abc import Sequence


def percent(share: float) -> str:
    """Write a share with three digits: 0.0123 as `1.23%`."""
    return f"{100 * share:.3g}%"


def counted(n: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun: `1 row`, `1,200 rows`."""
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Join names with commas, the first few of many and an ellipsis."""
    shown = ", ".join(names[:most])
    return f"{shown}, …" if len(names) > most else shown


def named(names: Sequence[str], most: int = 5) -> str:
    """Join quoted names of columns."""
    return listed([f"'{name}'" for name in names], most)
