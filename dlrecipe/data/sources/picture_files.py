"""One image's file as numbers from 0, black, to 255, white, upright. Knows no folders and no classes.

Pillow is imported when a file is read, not before.
"""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.specs import ImagesSource
from dlrecipe.errors import DataError

READ_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
READ_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".bmp", ".tif", ".tiff",
)  # fmt: skip
OTHER_SUFFIXES = (
    ".arw", ".avif", ".cr2", ".cr3", ".dcm", ".dng", ".eps", ".heic", ".heif", ".ico", ".jp2", ".jxl", ".nef",
    ".orf", ".pbm", ".pgm", ".ppm", ".psd", ".svg", ".tga",
)  # fmt: skip
"""Images all the same, which are not to be left out in silence."""
READ_TYPES = "PNG, JPEG, GIF, WebP, BMP, TIFF"
_PILLOW_MODES = {"grey": "L", "colour": "RGB"}
DEEP_GREYS = ("I;16", "I;16L", "I;16B")
"""Pillow's names for grey of more than 8 bits and no signs."""
_COLOURED_FROM = 16
"""Levels by which the channels of a pixel differ in an image that is not grey: JPEG moves them by a few."""


@dataclass(frozen=True)
class PictureFile:
    """What an image's file is like, before it is turned, resized and read as grey or colour.

    `white` is the largest value that its bits can hold, and `highest` the largest that its grey of more than
    8 bits has, 0 for all others.
    """

    height: float
    width: float
    kind: str
    white: int = 255
    highest: int = 0


def is_image(path: Path) -> bool:
    """Say whether a file is called what images are called, of the types that are read or of others."""
    return path.suffix.lower() in READ_SUFFIXES + OTHER_SUFFIXES


def read_picture(path: Path, spec: ImagesSource) -> tuple[NDArray[Any], PictureFile]:
    """Return one image, (height, width) or (height, width, 3), and what its file is like.

    It is turned upright as its EXIF data say, and what is transparent becomes white. The values are bytes;
    those of grey of 16 (or 12) bits are float32, 0 to 255 in steps of 1/257, so that black and white are what
    they are in an image of 8 bits and no level is lost. Of colours of 16 bits the upper 8 are read.

    Raises:
        DataError: it cannot be read, has pixels of which nobody can say what is white (32 bits, signs,
            fractions), or several pictures (an animation, pages).
    """
    with _opened(path) as image:
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:  # a camera's MPO is its photograph
            raise DataError(
                f"{image.n_frames} pictures in one file, an animation or pages",
                where=str(path),
                remedy="Save the one that is meant as an image of its own.",
            )
        kind = f"{image.format} {image.mode}"
        if image.mode in DEEP_GREYS:
            greys, white = _deep_greys(image)
            file = PictureFile(float(image.height), float(image.width), kind, white, int(greys.max()))
            return _scaled(greys, white, spec), file
        if image.mode.startswith(("I", "F")):
            # Pillow would cut the values off at 255, which leaves a white square.
            raise DataError(
                "an image of numbers of 32 bits, or with signs or fractions: which of them is white it does "
                "not say; grey of 8 and 16 bits is read, and colours of 8",
                where=str(path),
                remedy="Convert all such images in one way to 16 bits without signs, 0 for black and "
                "65535 for white.",
            )
        return _as_pixels(image, spec), PictureFile(float(image.height), float(image.width), kind)


def first_look(path: Path) -> tuple[tuple[int, int], bool]:
    """Return the height and width that an image has once it is upright, and whether it has colours.

    Raises:
        DataError: it cannot be read.
    """
    with _opened(path) as image:
        height, width = image.height, image.width
        # Of a TIFF Pillow tells the upright size already.
        if image.format != "TIFF" and image.getexif().get(0x0112, 1) in (5, 6, 7, 8):
            height, width = width, height
        image.draft("RGB", (64, 64))  # a JPEG is read at an eighth of its size, many times as fast
        pixels = np.asarray(image.convert("RGB").resize((32, 32)), dtype=np.int16)
    coloured = np.abs(pixels - pixels.mean(axis=2, keepdims=True)).max() > _COLOURED_FROM
    return (height, width), bool(coloured)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open an image; whatever Pillow says against it while it is open becomes a DataError."""
    from PIL import Image

    # All that 6,400 damaged files have brought forth; a page of a TIFF without its width is a TypeError.
    failures = (OSError, EOFError, SyntaxError, ValueError, TypeError, struct.error)
    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with warnings.catch_warnings():
            # Of the rest, such as EXIF data that a program has cut off, none is about the pixels.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Not by its path: Pillow then maps a plain TIFF, and one that lies on its side comes out torn.
            with path.open("rb") as file, Image.open(file, formats=READ_FORMATS) as image:
                yield image
    except bombs as error:
        raise DataError(
            f"more than the {Image.MAX_IMAGE_PIXELS:,} pixels that are read: a panorama, or made to fill the "
            "memory",
            where=str(path),
            remedy="Make it smaller, or remove it.",
        ) from error
    except failures as error:
        raise DataError(
            f"the image cannot be read: {_reason(path, error)}",
            where=str(path),
            remedy="Replace it or remove it.",
        ) from error


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "a link to a file that is not there" if path.is_symlink() else "no such file"
    if "cannot identify" in str(error):
        return "an empty file" if path.stat().st_size == 0 else f"none of a type that is read ({READ_TYPES})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)


def _as_pixels(image: Any, spec: ImagesSource) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert(_PILLOW_MODES[spec.mode])
    if spec.size is not None:
        height, width = spec.size
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8)


def _deep_greys(image: Any) -> tuple[NDArray[np.uint16], int]:
    """Return grey of more than 8 bits, (height, width), upright and on white, and the value of white."""
    from PIL import ImageOps

    tags = getattr(image, "tag_v2", {})
    white = (1 << tags.get(258, (16,))[0]) - 1  # BitsPerSample: 16, or 12
    white_is_zero = tags.get(262) == 0  # PhotometricInterpretation; Pillow turns it around for 8 bits alone
    clear = image.info.get("transparency")
    upright = np.asarray(ImageOps.exif_transpose(image)).astype(np.uint16)
    greys = white - upright if white_is_zero else upright
    return (greys if clear is None else np.where(upright == clear, white, greys)).astype(np.uint16), white


def _scaled(greys: NDArray[np.uint16], white: int, spec: ImagesSource) -> NDArray[np.float32]:
    """Return deep greys as 0 to 255, resized, three times over for colour."""
    from PIL import Image

    pixels = greys * np.float32(255 / white)
    if spec.size is not None:
        height, width = spec.size
        pixels = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))
    return np.repeat(pixels[..., None], 3, axis=2) if spec.mode == "colour" else pixels
