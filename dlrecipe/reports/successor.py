"""What `dlrecipe next` has written, as a person reads it. Knows its JSON alone."""

from collections.abc import Mapping
from typing import Any

from dlrecipe.reports.wording import printable, value_text


def successor_view(document: Mapping[str, Any]) -> str:
    """Return the advice, the settings it changes, the errors it promises, and the next command."""
    lines = [f"{document['advice']}  (advice {document['choice']} for {document['parent']})"]
    lines += [f"  {path}: {value_text(value)}" for path, value in document["change"].items()]
    lines += [f"  {document['promised']}"] if document["promised"] else []
    lines += [document["note"]] if document["note"] else []
    if document["config"] is not None:
        lines.append(f"Wrote {document['config']}")
        lines.append(f"Next: dlrecipe train {document['config']}")
    return "\n".join(map(printable, lines))
