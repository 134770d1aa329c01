"""The figures of one split, as a person reads them."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


def evaluation_view(result: dict[str, Any]) -> RenderableType:
    """Return the split's figures, how often test has been looked at, and what that does to its error."""
    table = Table.grid(padding=(0, 2))
    table.add_row("split", f"{result['split']}, {result['n']:,} examples")
    if "r2" in result:
        low, high = result.get("error_interval") or (None, None)
        interval = "" if low is None else f"  (95 % interval {low:.4f} to {high:.4f})"
        table.add_row("error 1 - R²", f"{result['error']:.4f}{interval}")
        table.add_row("RMSE", f"{result['rmse']:.5g}")
        table.add_row("MAE", f"{result['mae']:.5g}")
    else:
        wrong = round(result["error"] * result["n"])
        table.add_row("error", f"{100 * result['error']:.2f}%  ({wrong:,} wrong)")
    table.add_row("J", f"{result['cost']:.5g}")
    parts: list[RenderableType] = [table]
    looks = result["looks"]
    if result["split"] == "test":
        times = "time" if looks == 1 else "times"
        parts.append(Text(f"The test split has now been looked at {looks} {times}.", style="dim"))
        if looks > 1:
            parts.append(
                Text("Choices made after a look at test make its error too optimistic.", style="yellow")
            )
    if result["split"] == "dev":
        parts.append(
            Text(
                "Dev chose these weights, and perhaps settings too: new data will fare no better.",
                style="dim",
            )
        )
    return Group(*parts)
