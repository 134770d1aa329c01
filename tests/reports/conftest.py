"""What a renderable looks like at a width, without colour."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console, RenderableType

# The command line in a folder of its own, as the tests of the commands have it.
from tests.cli.conftest import arrays as arrays
from tests.cli.conftest import cli as cli
from tests.cli.conftest import iris as iris
from tests.cli.conftest import iris_cli as iris_cli
from tests.cli.conftest import plain_environment as plain_environment

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
