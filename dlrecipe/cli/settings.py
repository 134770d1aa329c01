"""Commands with `--set`: an option that they lack and the config has is met with how to set it there."""

from typing import TYPE_CHECKING, Any

import typer.core

if TYPE_CHECKING:
    from typer import Context


class SettingsCommand(typer.core.TyperCommand):
    """A command whose unknown options may be settings, as in `dlrecipe train CONFIG --epochs 50`."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the arguments, and say where an unknown option belongs."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            # The error of an unknown option alone has possibilities; its class has moved between versions.
            unknown: Any = error
            key = _key_named(unknown.option_name) if hasattr(unknown, "possibilities") else ""
            if key:
                unknown.message += f". A setting of the config is changed so: --set {key}=VALUE"
                unknown.possibilities = None
            raise


def _key_named(option: str) -> str:
    """Return the dotted key that an option such as `--learning-rate` means; empty where it may be several."""
    # Imported here: only who mistypes waits for the schema.
    from dlrecipe.config.forms import dotted_keys
    from dlrecipe.config.schema import Config

    name = option.lstrip("-").replace("-", "_")
    keys = dotted_keys(Config, name)
    return name if name in keys else keys[0] if len(keys) == 1 else ""
