"""What is learned from the training examples and applied unchanged to all others: kept with every run."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.targets import TargetCodec

State = tuple[dict[str, Any], dict[str, NDArray[Any]]]
"""JSON-able values, and arrays."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """The inputs' and the target's statistics; `layout` is the training table's, None for arrays."""

    preprocessor: Preprocessor
    target: TargetCodec
    layout: TableLayout | None

    def to_state(self) -> State:
        """Return values and arrays from which `from_state` makes the same again."""
        inputs, input_arrays = self.preprocessor.to_state()
        target, target_arrays = self.target.to_state()
        layout = None if self.layout is None else self.layout.to_state()
        arrays = {f"inputs.{name}": array for name, array in input_arrays.items()}
        arrays |= {f"target.{name}": array for name, array in target_arrays.items()}
        return {"inputs": inputs, "target": target, "layout": layout}, arrays

    @classmethod
    def from_state(cls, meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "Fitted":
        """Return what `to_state` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is not what `to_state` writes: a damaged file.
        """
        layout = meta["layout"]
        return cls(
            Preprocessor.from_state(meta["inputs"], _below("inputs.", arrays)),
            TargetCodec.from_state(meta["target"], _below("target.", arrays)),
            None if layout is None else TableLayout.from_state(layout),
        )


def _below(prefix: str, arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
