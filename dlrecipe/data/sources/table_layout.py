"""What columns a table had in training, so that every later table is read the same way. Knows no files."""

from dataclasses import dataclass
from typing import Any

from dlrecipe.data.examples import Examples, Kind

KINDS: tuple[Kind, ...] = ("numeric", "boolean", "categorical", "date", "us_date")


@dataclass(frozen=True)
class TableLayout:
    """Names and kinds of a training table's inputs and targets, in the order of its columns."""

    inputs: tuple[tuple[str, Kind], ...]
    targets: tuple[tuple[str, Kind], ...]

    @classmethod
    def of(cls, examples: Examples) -> "TableLayout":
        """Return the layout of examples that `read_table` made."""
        kind: Kind = "numeric"
        if examples.target is not None and examples.target.dtype.kind == "O":
            kind = "boolean" if set(examples.target) <= {"True", "False"} else "categorical"
        return cls(
            inputs=tuple((column.name, column.kind) for column in examples.columns),
            targets=tuple((name, kind) for name in examples.target_names),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, inputs first."""
        return tuple(name for name, _ in (*self.inputs, *self.targets))

    def to_state(self) -> dict[str, Any]:
        """Return the layout as JSON-able values."""
        return {
            "inputs": [list(pair) for pair in self.inputs],
            "targets": [list(pair) for pair in self.targets],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "TableLayout":
        """Return the layout that `to_state` wrote.

        Raises:
            ValueError: it is not what `to_state` writes.
        """
        try:
            inputs = tuple((str(name), kind) for name, kind in state["inputs"])
            targets = tuple((str(name), kind) for name, kind in state["targets"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not the layout of a table: {error!r}") from None
        if any(kind not in KINDS for _, kind in (*inputs, *targets)):
            raise ValueError("not the layout of a table: an unknown kind of column")
        return cls(inputs, targets)
