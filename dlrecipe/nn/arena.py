"""Memory of a whole batch that is handed out in rows, so that its parts can be worked on side by side.

Each part of a batch builds the same network and so asks for the same arrays in the same order. The first one
allocates them for the whole batch; each gets its own rows.
"""

from dataclasses import dataclass, field

from dlrecipe.arrays import Batch, DType, Floats
from dlrecipe.shared_memory import shared_zeros


@dataclass(eq=False)
class Arena:
    """The arrays of a batch of n examples, in memory that a forked process shares."""

    n: int
    dtype: DType
    wholes: list[Batch] = field(default_factory=list)
    by_address: dict[int, Batch] = field(default_factory=dict)

    def part(self, rows: slice) -> "PartRows":
        """Return the part that has these rows; it begins with the first array."""
        return PartRows(self, rows)


@dataclass(eq=False)
class PartRows:
    """One part's rows of an arena's arrays."""

    arena: Arena
    rows: slice
    count: int = 0

    def empty(self, width: int) -> Batch:
        """Return this part's rows of the next array, (rows, width)."""
        wholes = self.arena.wholes
        if self.count == len(wholes):
            wholes.append(shared_zeros((self.arena.n, width), self.arena.dtype))
        whole = wholes[self.count]
        assert whole.shape[1] == width, "the parts of a batch build different networks"
        self.count += 1
        return self.adopt(whole)

    def adopt(self, whole: Batch) -> Batch:
        """Return this part's rows of an array from elsewhere."""
        own: Batch = whole[self.rows]
        self.arena.by_address[_address(own)] = whole
        return own

    def whole_of(self, own: Floats) -> Batch | None:
        """Return the whole array whose rows these are; None for one that is no part of this memory."""
        whole = self.arena.by_address.get(_address(own))
        return whole if whole is not None and own.ndim == 2 and own.shape[1] == whole.shape[1] else None


def _address(array: Floats) -> int:
    return int(array.__array_interface__["data"][0])
