"""What a renderable looks like at a width, without colour."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console, RenderableType

Printed = Callable[..., str]


@pytest.fixture
def printed() -> Printed:
    def at_width(renderable: RenderableType, width: int = 100) -> str:
        console = Console(file=io.StringIO(), width=width, markup=False, highlight=False, _environ={})
        console.print(renderable)
        text: str = console.file.getvalue()
        lines = [line.rstrip() for line in text.splitlines()]
        assert max(map(len, lines)) <= width
        return "\n".join(lines)

    return at_width
