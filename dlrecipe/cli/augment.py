"""dlrecipe augment CONFIG -o sheet.png."""

from pathlib import Path
from typing import Annotated

import typer

from dlrecipe.cli.options import ConfigFile, Set
from dlrecipe.errors import InputError

PICTURE = Path("augmented.png")


def augment(
    config: ConfigFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture to write.")] = PICTURE,
    set_: Set = None,
    examples: Annotated[int, typer.Option(min=1, max=1000, help="Training images to show.")] = 8,
    times: Annotated[int, typer.Option(min=1, max=1000, help="Changed copies of each.")] = 9,
) -> None:
    """Draw training images as augmentation changes them. A row an image, first as it is."""
    from PIL import Image

    from dlrecipe.config.loading import load_config
    from dlrecipe.experiment.augmented_sheet import augmented_sheet

    sheet = augmented_sheet(load_config(config, set_ or []), examples=examples, times=times)
    try:
        Image.fromarray(sheet).save(output)
    except (OSError, ValueError) as error:
        raise InputError(
            f"the picture cannot be written: {error}",
            where=str(output),
            remedy="Name a .png in a folder that is there.",
        ) from error
    typer.echo(f"{output}: each row an image as it is, then as training may see it", err=True)
