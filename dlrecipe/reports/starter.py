"""What `dlrecipe init` has found and written, as a person reads it."""

from typing import Any


def starter_view(document: dict[str, Any]) -> str:
    """Return where the config lies, what it predicts from what, what was noticed, and the next command."""
    lines = [
        f"Wrote {document['config']}: predicts {document['target']} ({document['task']}) from "
        f"{document['n_features']:,} inputs.",
        "  ".join(f"{name} {n:,}" for name, n in document["n"].items()),
        *(f"- {remark}" for remark in document["remarks"]),
        f"Next: dlrecipe train {document['config']}",
    ]
    return "\n".join(lines)
