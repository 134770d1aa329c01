"""Folders of images, a folder a class, alone or below train, val and test: their size and mode."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from dlrecipe.data.sources.images import is_shown
from dlrecipe.data.sources.picture_files import READ_SUFFIXES, first_look
from dlrecipe.data.specs import ImagesSource, Source
from dlrecipe.errors import DataError
from dlrecipe.experiment.guessing.guess import Guess, said_of_splits
from dlrecipe.experiment.guessing.named_splits import named_splits

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
    files = [file for folder in (path, *others) for file in sorted(folder.glob("*/*"))]
    files = [file for file in files if file.suffix.lower() in READ_SUFFIXES and is_shown(file)]
    sizes, coloured = set(), False
    for file in files[:: max(1, len(files) // MOST_OPENED)]:
        try:
            size_of_one, has_colours = first_look(file)
        except DataError:
            continue  # the reader says it again, if it reads the folder
        sizes.add(size_of_one)
        coloured = coloured or has_colours
    size: tuple[int, int] | None = None
    remarks: tuple[str, ...] = ()
    heights, widths = [h for h, _ in sizes] or [1], [w for _, w in sizes] or [1]
    if len(sizes) > 1 or max(heights[0], widths[0]) > MAX_SIDE:
        size = _side(heights), _side(widths)
        remarks = (f"Images are resized to {size[0]}x{size[1]} pixels (height x width).",)
    spec = ImagesSource(path=str(path), size=size, mode="colour" if coloured else "grey")
    return Guess({"source": spec}, remarks)


def _side(sides: list[int]) -> int:
    """Return the side that images of these are resized to."""
    return min(MAX_SIDE, max(8, int(np.median(sides))))
