"""dlrecipe explain CODE."""

from typing import Annotated

import typer

from dlrecipe.cli.options import Json


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="A finding's code; without, all are listed.")
    ] = None,
    json: Json = False,
) -> None:
    """Explain a finding of the diagnosis. Says what it means, where it comes from, and what to do."""
    from dlrecipe.diagnosis.explain import explain as explanation_of
    from dlrecipe.diagnosis.explain import overview
    from dlrecipe.reports.terminal import show

    text = overview() if code is None else explanation_of(code)
    show({"schema_version": 1, "code": code, "text": text}, lambda _: text, json=json)
