"""What `dlrecipe init` has found and written, as a person reads it."""

from typing import Any

from dlrecipe.reports.wording import plural

SHOWN_CLASSES = 6


def starter_view(document: dict[str, Any]) -> str:
    """Return where the config lies, what it predicts from what, what was noticed, and the next command."""
    lines = [
        f"Wrote {document['config']}: predicts {document['target']} ({_task(document)}) from "
        f"{plural(document['n_features'], 'input')}.",
        "  ".join(f"{name} {n:,}" for name, n in document["n"].items()),
        *(f"- {remark}" for remark in document["remarks"]),
        f"Next: dlrecipe train {document['config']}",
    ]
    return "\n".join(lines)


def _task(document: dict[str, Any]) -> str:
    """Return the task, and the classes: whoever knows the data sees at once if they are none."""
    classes: list[str] = document["classes"]
    if not classes:
        return str(document["task"])
    more = f", … {len(classes)} in all" if len(classes) > SHOWN_CLASSES else ""
    return f"{document['task']}: {', '.join(classes[:SHOWN_CLASSES])}{more}"
