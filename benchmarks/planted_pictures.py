"""Folders of images with marks or files that give the class away, and the same folders without.

A plant takes images and returns others; what it plants is the code that the checks should find. Nothing here
knows how the checks work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.common import DATA

Image = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Pictures:
    """Images, their classes from 0, and the types of their files; `size`: what they are read as."""

    images: Sequence[Image]
    y: NDArray[np.intp]
    suffixes: Sequence[str]
    size: tuple[int, int] | None = None
    mode: str = "grey"
    task: str = "classification"

    def write(self, folder: Path) -> str:
        """Write a folder a class and return the `data` section of a config."""
        from PIL import Image as Files

        for at, (image, label, suffix) in enumerate(zip(self.images, self.y, self.suffixes, strict=True)):
            into = folder / "images" / f"class_{label}"
            into.mkdir(parents=True, exist_ok=True)
            Files.fromarray(image).save(into / f"{at:05d}{suffix}")
        size = "" if self.size is None else f", size: [{self.size[0]}, {self.size[1]}]"
        return f"  source: {{type: images, path: {folder}/images, mode: {self.mode}{size}}}\n"

    def changed(self, change: Callable[[Image, int], Image]) -> "Pictures":
        """Return the pictures with every image, given with its class, changed."""
        images = [change(image, int(label)) for image, label in zip(self.images, self.y, strict=True)]
        return replace(self, images=images)


def pictures(images: NDArray[np.uint8], y: NDArray[Any], **options: Any) -> Pictures:
    """Return images of any labels as PNG files."""
    classes = np.unique(y, return_inverse=True)[1].astype(np.intp)
    return Pictures(list(images), classes, [".png"] * len(images), **options)


# The clean sets


def from_archive(name: str, classes: Sequence[int], n: int) -> Callable[[Generator], Pictures]:
    def make(rng: Generator) -> Pictures:
        with np.load(DATA / name / f"{name.replace('-', '_')}.npz") as archive:
            X, y = archive["x_train"], archive["y_train"]
        rows = rng.permutation(np.flatnonzero(np.isin(y, classes)))[:n]
        return pictures(X[rows].reshape(-1, 28, 28), y[rows])

    return make


def plates(rng: Generator) -> Pictures:
    """Round shadows on noise that say nothing of the class, as of X-rays nobody can read."""
    n, side = 300, 32
    down, along = np.mgrid[:side, :side]
    centres = rng.uniform(11, 21, (n, 2, 1, 1))
    shadows = 150 * np.exp(-((down - centres[:, 0]) ** 2 + (along - centres[:, 1]) ** 2) / 50)
    return pictures((shadows + rng.uniform(0, 60, (n, side, side))).astype(np.uint8), rng.integers(0, 2, n))


def photographs(rng: Generator) -> Pictures:
    """Pieces of two photographs of scikit-learn's, in colour: a temple, and a flower."""
    from sklearn.datasets import load_sample_image

    pieces = []
    for name in ("china.jpg", "flower.jpg"):
        photo = load_sample_image(name)
        for _ in range(150):
            top, left = rng.integers(0, photo.shape[0] - 64), rng.integers(0, photo.shape[1] - 64)
            pieces.append(photo[top : top + 64 : 2, left : left + 64 : 2])
    return pictures(np.stack(pieces), np.repeat([0, 1], 150), mode="colour")


CLEAN: dict[str, Callable[[Generator], Pictures]] = {
    "MNIST's 3 and 8": from_archive("mnist", (3, 8), 400),
    "MNIST's 0 and 1": from_archive("mnist", (0, 1), 400),
    "MNIST": from_archive("mnist", range(10), 1_000),
    "Fashion-MNIST's shirts and coats": from_archive("fashion-mnist", (4, 6), 400),
    "Fashion-MNIST": from_archive("fashion-mnist", range(10), 1_000),
    "plates": plates,
    "photographs": photographs,
}


# Marks


def letter(
    *, share: float = 1.0, elsewhere: float = 0.0, lighter: int = 255, moves: int = 0, size: int = 4
) -> Callable[[Pictures, Generator], Pictures]:
    """Return a plant of a bright square in the upper left corner of class 1.

    Args:
        share, elsewhere: parts of class 1, and of the others, that have it.
        lighter: by how many levels of grey it is lighter than what it lies on.
        moves: pixels that it may lie off its place, each way.
    """

    def plant(clean: Pictures, rng: Generator) -> Pictures:
        def mark(image: Image, label: int) -> Image:
            if rng.random() >= (share if label == 1 else elsewhere):
                return image
            top, left = 2 + rng.integers(-moves, moves + 1, 2)
            marked = image.astype(int)
            marked[top : top + size, left : left + size] += lighter
            return np.clip(marked, 0, 255).astype(np.uint8)

        return clean.changed(mark)

    return plant


def frame(clean: Pictures, rng: Generator) -> Pictures:
    """A white line of one pixel around class 1."""

    def framed(image: Image, label: int) -> Image:
        bordered = image.copy()
        if label == 1:
            bordered[[0, -1]] = 255
            bordered[:, [0, -1]] = 255
        return bordered

    return clean.changed(framed)


def stamp(clean: Pictures, rng: Generator) -> Pictures:
    """A date, another one in each image, in the lower right corner of class 1: half of its pixels are lit."""

    def stamped(image: Image, label: int) -> Image:
        dated = image.copy()
        if label == 1:
            lit = rng.random((5, 12)) < 0.5
            dated[-6:-1, -13:-1][lit] = 255
        return dated

    return clean.changed(stamped)


# Files


def resized(image: Image, height: int, width: int) -> Image:
    from PIL import Image as Files

    return np.asarray(Files.fromarray(image).resize((width, height)))


def other_size(height: int, width: int, *, share: float = 1.0) -> Callable[[Pictures, Generator], Pictures]:
    """Return a plant of files of another size in a part of class 1."""

    def plant(clean: Pictures, rng: Generator) -> Pictures:
        def sized(image: Image, label: int) -> Image:
            return resized(image, height, width) if label == 1 and rng.random() < share else image

        return replace(clean.changed(sized), size=clean.images[0].shape[:2])

    return plant


def sizes_about(*least: int) -> Callable[[Pictures, Generator], Pictures]:
    """Return images of sides drawn anew for each, from the class's own least side to 12 above it."""

    def plant(clean: Pictures, rng: Generator) -> Pictures:
        def sized(image: Image, label: int) -> Image:
            height, width = least[min(label, len(least) - 1)] + rng.integers(0, 13, 2)
            return resized(image, int(height), int(width))

        return replace(clean.changed(sized), size=clean.images[0].shape[:2])

    return plant


def jpeg(*, of_class: int | None) -> Callable[[Pictures, Generator], Pictures]:
    """Return a plant of JPEG files in one class; None for half of all files."""

    def plant(clean: Pictures, rng: Generator) -> Pictures:
        turned = rng.random(len(clean.y)) < 0.5 if of_class is None else clean.y == of_class
        return replace(clean, suffixes=np.where(turned, ".jpg", ".png").tolist())

    return plant


def in_colour(clean: Pictures, rng: Generator) -> Pictures:
    """Files of three channels, all grey to look at, in class 1."""

    def coloured(image: Image, label: int) -> Image:
        return np.repeat(image[..., None], 3, axis=2) if label == 1 else image

    return clean.changed(coloured)


@dataclass(frozen=True)
class Plant:
    """What is planted, the codes of which one should be found, and the sets it can be planted in."""

    plant: Callable[[Pictures, Generator], Pictures]
    codes: tuple[str, ...]
    tables: tuple[str, ...]


MARK, FILES = ("telling-mark",), ("telling-files",)
PAIRS = ("MNIST's 3 and 8", "Fashion-MNIST's shirts and coats", "plates", "photographs")
GREY = ("MNIST's 3 and 8", "plates")
MANY = ("MNIST", "Fashion-MNIST")

PLANTS: dict[str, Plant] = {
    "a letter on one class": Plant(letter(), MARK, PAIRS),
    "a letter on nine of ten of a class": Plant(letter(share=0.92, elsewhere=0.03), MARK, PAIRS),
    "a faint letter": Plant(letter(lighter=90), MARK, PAIRS),
    "a letter that lies off by a pixel": Plant(letter(moves=1), MARK, PAIRS),
    "a dot of two pixels": Plant(letter(size=2), MARK, PAIRS),
    "a frame around one class": Plant(frame, MARK, PAIRS),
    "a date on one class": Plant(stamp, MARK, PAIRS),
    "a letter on one class of ten": Plant(letter(), MARK, MANY),
    "another size of file": Plant(other_size(36, 40), FILES, PAIRS),
    "a size that differs by a pixel": Plant(other_size(33, 32), FILES, GREY),
    "another size in four of five": Plant(other_size(36, 40, share=0.8), FILES, PAIRS),
    "sizes that overlap": Plant(sizes_about(28, 38), FILES, PAIRS),
    "JPEG files of one class": Plant(jpeg(of_class=1), FILES, PAIRS),
    "colour files of one class": Plant(in_colour, FILES, GREY),
    "another size in one class of ten": Plant(other_size(36, 40), FILES, MANY),
    "JPEG files of one class of ten": Plant(jpeg(of_class=1), FILES, MANY),
}


def unmarked(name: str, plant: Callable[[Pictures, Generator], Pictures]) -> Callable[[Generator], Pictures]:
    """Return a set with something planted that says nothing of the class."""
    return lambda rng: plant(CLEAN[name](rng), rng)


HONEST: dict[str, Callable[[Generator], Pictures]] = {
    **CLEAN,
    "plates, half with a letter": unmarked("plates", letter(share=0.5, elsewhere=0.5)),
    "MNIST, half with a letter": unmarked("MNIST", letter(share=0.5, elsewhere=0.5)),
    "MNIST's 3 and 8, of any size": unmarked("MNIST's 3 and 8", sizes_about(28)),
    "photographs, of nearly the same sizes": unmarked("photographs", sizes_about(30, 32)),
    "plates, half JPEG": unmarked("plates", jpeg(of_class=None)),
    "Fashion-MNIST, half JPEG": unmarked("Fashion-MNIST", jpeg(of_class=None)),
}
"""Folders without a mistake."""
