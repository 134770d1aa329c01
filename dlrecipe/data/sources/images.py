"""A folder of images, a folder a class, as rows of bytes. Knows no splits, scaling or augmentation.

Pillow is imported when images are loaded, not before.
"""

import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.specs import ImagesSource
from dlrecipe.errors import DataError

READ_SUFFIXES = (".png", ".jpg", ".jpeg")
OTHER_IMAGE_SUFFIXES = (".bmp", ".gif", ".heic", ".tif", ".tiff", ".webp")
_PILLOW_MODES = {"grey": "L", "colour": "RGB"}


def load_images(spec: ImagesSource) -> Examples:
    """Return every PNG and JPEG below `spec.path` as a row of bytes, its folder's name as its label.

    Classes and files come in the order of their names. `feature_shape` is (height, width), or (height,
    width, 3) in colour. Photographs are turned upright as their EXIF says; what is transparent becomes white.
    Other files (notes, thumbnails' databases) are passed over.

    Raises:
        DataError: no folder, fewer than two classes, an empty one, images outside the classes' folders,
            an unreadable image, or sizes that differ while `size` is null.
    """
    root = Path(spec.path)
    files = {folder.name: _image_files(folder) for folder in _class_folders(root)}
    paths = [path for of_class in files.values() for path in of_class]
    matrix, shape, traits = _read_all(paths, spec)
    labels = np.repeat(np.array(list(files), dtype=object), [len(of_class) for of_class in files.values()])
    return Examples(
        origin=str(root),
        matrix=matrix,
        target=labels,
        target_names=("class",),
        class_names=tuple(files),
        feature_shape=shape,
        row_names=np.array([f"{path.parent.name}/{path.name}" for path in paths], dtype=object),
        traits=traits,
    )


def is_shown(entry: Path) -> bool:
    """Say whether a file or folder is no hidden one, nor what macOS packs beside the files of a zip."""
    return not entry.name.startswith(".") and entry.name != "__MACOSX"


def _entries(folder: Path) -> list[Path]:
    """Return what a folder holds, by name, hidden things left out."""
    try:
        return sorted(filter(is_shown, folder.iterdir()))
    except (OSError, ValueError) as error:
        reasons: dict[type[Exception], str] = {
            FileNotFoundError: "no such folder",
            NotADirectoryError: "a file, where a folder of images is needed",
            PermissionError: "the folder cannot be read: permission denied",
        }
        raise DataError(
            reasons.get(type(error), f"the folder cannot be read: {error}"),
            where=str(folder),
            remedy="check data.source.path: a folder that holds a folder of images for each class; "
            "a relative path starts at the config's folder",
        ) from error


def _class_folders(root: Path) -> list[Path]:
    entries = _entries(root)
    loose = [entry for entry in entries if entry.is_file() and _is_image(entry)]
    folders = [entry for entry in entries if entry.is_dir()]
    if loose:
        raise DataError(
            "an image outside the classes' folders has no class",
            where=str(loose[0]),
            remedy="move it into the folder of its class",
        )
    if len(folders) < 2:
        raise DataError(
            f"{len(folders) or 'no'} folder{'' if len(folders) == 1 else 's'} of images; there must be one "
            "for each class, two at least",
            where=str(root),
            remedy=f"arrange them as {root / 'cat'}/1.png, {root / 'dog'}/1.png",
        )
    return folders


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in READ_SUFFIXES + OTHER_IMAGE_SUFFIXES


def _image_files(folder: Path) -> list[Path]:
    entries = _entries(folder)
    for entry in entries:
        if entry.is_dir():
            raise DataError(
                "a folder inside a class's folder",
                where=str(entry),
                remedy="move its images up; if it is itself a class, set data.source.path one folder deeper",
            )
        if entry.suffix.lower() in OTHER_IMAGE_SUFFIXES:
            raise DataError(
                f"an image of type {entry.suffix}; PNG and JPEG are read",
                where=str(entry),
                remedy="convert it",
            )
    images = [entry for entry in entries if entry.suffix.lower() in READ_SUFFIXES]
    if not images:
        raise DataError(
            "a class without images", where=str(folder), remedy="add PNG or JPEG files, or remove the folder"
        )
    return images


def _read_all(
    paths: Sequence[Path], spec: ImagesSource
) -> tuple[NDArray[np.uint8], tuple[int, ...], tuple[Column, ...]]:
    """Return the images as (n, height · width · channels), the shape of one, and facts about the files."""
    first, _ = _read(paths[0], spec)
    pixels = np.empty((len(paths), first.size), dtype=np.uint8)
    files = []
    for row, path in enumerate(paths):
        image, file = _read(path, spec)
        if image.shape != first.shape:
            raise DataError(
                f"{_size(image)}, but {paths[0]} has {_size(first)} (height x width)",
                where=str(path),
                remedy=f"resize all to one size: data.source.size: [{first.shape[0]}, {first.shape[1]}]",
            )
        pixels[row] = image.ravel()
        files.append(file)
    return pixels, first.shape, _traits(files)


@dataclass(frozen=True)
class _File:
    """What an image's file is like, before it is turned, resized and read as grey or colour."""

    height: float
    width: float
    kind: str


def _traits(files: Sequence[_File]) -> tuple[Column, ...]:
    return (
        Column("height", "numeric", np.array([file.height for file in files])),
        Column("width", "numeric", np.array([file.width for file in files])),
        Column("type", "categorical", np.array([file.kind for file in files], dtype=object)),
    )


def _size(image: NDArray[np.uint8]) -> str:
    return f"{image.shape[0]}x{image.shape[1]} pixels"


def _read(path: Path, spec: ImagesSource) -> tuple[NDArray[np.uint8], _File]:
    """Return one image, (height, width) or (height, width, 3), and what its file is like."""
    from PIL import Image

    failures = (OSError, EOFError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError)
    try:
        with warnings.catch_warnings():
            # A warning that an image is too large to be honest, or damaged, is no reason to go on.
            warnings.simplefilter("error")
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                file = _File(float(image.height), float(image.width), f"{image.format} {image.mode}")
                return _as_pixels(image, spec), file
    except DataError as error:
        raise DataError(error.what, where=str(path), remedy=error.remedy) from error
    except (*failures, Warning) as error:
        reason = "not a PNG or JPEG" if "cannot identify" in str(error) else str(error)
        raise DataError(
            f"the image cannot be read: {reason}", where=str(path), remedy="replace it or remove it"
        ) from error


def _as_pixels(image: Any, spec: ImagesSource) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    if image.mode.startswith(("I", "F")):
        # Pillow would cut 16-bit values off at 255, which leaves a white square.
        raise DataError("a 16-bit image; 8 bits a channel are read", remedy="convert it to 8 bits")
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert(_PILLOW_MODES[spec.mode])
    if spec.size is not None:
        height, width = spec.size
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8)
