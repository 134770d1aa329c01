"""Folders of images, a folder a class, alone or below train, val and test: their size and mode."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dlrecipe.data.sources.images import is_shown
from dlrecipe.data.specs import ImagesSource, Source
from dlrecipe.experiment.guessing.guess import Guess, said_of_splits
from dlrecipe.experiment.guessing.named_splits import named_splits

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
MAX_SIDE = 64
"""Pixels; larger images are resized to this, so that a first network on them is a matter of minutes."""
MOST_OPENED = 200
"""Images that are looked at for their sizes and colours."""


def guess_image_splits(path: Path) -> Guess | None:
    """Return the sources of train, val and test folders that hold a folder a class; None without such."""
    folders = [entry for entry in sorted(path.iterdir()) if entry.is_dir() and is_shown(entry)]
    named = named_splits(folders)
    if named is None or not _has_folders(named.splits["train"]):
        return None
    with_classes = {split: folder for split, folder in named.splits.items() if _has_folders(folder)}
    guess = guess_images(*with_classes.values())
    train = guess.sources["source"]
    assert isinstance(train, ImagesSource)
    sources: dict[str, Source] = {
        split: replace(train, path=str(folder)) for split, folder in with_classes.items()
    }
    aside = [folder.name for folder in (*named.splits.values(), *named.others)]
    aside = [name for name in aside if name not in {folder.name for folder in with_classes.values()}]
    if len(sources) == 1:
        sources = {"source": train}
    return Guess(sources, (*guess.remarks, *said_of_splits(named, sources, aside)))


def _has_folders(path: Path) -> bool:
    return any(entry.is_dir() and is_shown(entry) for entry in path.iterdir())


def guess_images(path: Path, *others: Path) -> Guess:
    """Return the source of a folder of classes, in a size and mode for the images of the others too."""
    from PIL import Image, UnidentifiedImageError

    files = [file for folder in (path, *others) for file in sorted(folder.glob("*/*"))]
    files = [file for file in files if file.suffix.lower() in IMAGE_SUFFIXES and is_shown(file)]
    sizes, coloured = set(), False
    for file in files[:: max(1, len(files) // MOST_OPENED)]:
        try:
            with Image.open(file) as image:
                sizes.add(_upright_size(image))
                coloured = coloured or _is_coloured(image.convert("RGB"))
        except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
            continue  # the reader says it better
    size: tuple[int, int] | None = None
    remarks: tuple[str, ...] = ()
    heights, widths = [h for h, _ in sizes] or [1], [w for _, w in sizes] or [1]
    if len(sizes) > 1 or max(heights[0], widths[0]) > MAX_SIDE:
        size = _side(heights), _side(widths)
        remarks = (f"Images are resized to {size[0]}x{size[1]} pixels (height x width).",)
    spec = ImagesSource(path=str(path), size=size, mode="colour" if coloured else "grey")
    return Guess({"source": spec}, remarks)


def _upright_size(image: Any) -> tuple[int, int]:
    """Return the height and width of an image as it is read: turned as its EXIF data say."""
    orientation = 0x0112
    lies_down = image.getexif().get(orientation, 1) in (5, 6, 7, 8)
    return (image.width, image.height) if lies_down else (image.height, image.width)


def _side(sides: list[int]) -> int:
    """Return the side that images of these are resized to."""
    return min(MAX_SIDE, max(8, int(np.median(sides))))


def _is_coloured(image: Any) -> bool:
    pixels = np.asarray(image.resize((32, 32)), dtype=np.int16)
    return bool(np.abs(pixels - pixels.mean(axis=2, keepdims=True)).max() > 16)
