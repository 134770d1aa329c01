"""A folder of images, a folder a class, as rows of pixels. Knows no splits, scaling or augmentation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.sources.picture_files import (
    OTHER_SUFFIXES,
    READ_SUFFIXES,
    READ_TYPES,
    PictureFile,
    is_image,
    read_picture,
)
from dlrecipe.data.specs import ImagesSource
from dlrecipe.errors import DataError


def load_images(spec: ImagesSource) -> Examples:
    """Return every image below `spec.path` as a row of pixels, its folder's name as its label.

    Pixels are bytes; float32 from 0 to 255 as soon as one image is grey of more than 8 bits.

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
    matrix, shape, looks = _read_all(paths, spec)
    labels = np.repeat(np.array(list(files), dtype=object), [len(of_class) for of_class in files.values()])
    return Examples(
        origin=str(root),
        matrix=matrix,
        target=labels,
        target_names=("class",),
        class_names=tuple(files),
        feature_shape=shape,
        row_names=np.array([f"{path.parent.name}/{path.name}" for path in paths], dtype=object),
        traits=_traits(looks),
        notes=_notes(root, looks),
    )


def load_pictures(path: Path, spec: ImagesSource, shape: tuple[int, ...]) -> Examples:
    """Return one image, or all in a folder and in the folders in it, to predict for: read as `spec` says.

    Args:
        shape: that of a training image; () if it is not known.
    Raises:
        DataError: there is none, or one that cannot be read or is of another size.
    """
    paths, names = [path], [path.name]
    if path.is_dir():
        entries = _entries(path)
        for folder in filter(Path.is_dir, list(entries)):
            entries += _entries(folder)
        paths = [entry for entry in entries if _is_read(entry)]
        names = [entry.relative_to(path).as_posix() for entry in paths]
    if not paths:
        raise DataError(
            "a folder without images", where=str(path), remedy=f"Name one with {READ_TYPES} files in it."
        )
    matrix, found, _ = _read_all(paths, spec)
    if shape and found != shape:
        raise DataError(
            f"{_size(found)}, but the images of training have {_size(shape)} (height x width)",
            where=str(paths[0]),
            remedy="Give images of that size, or train with data.source.size, to which all are then resized.",
        )
    return Examples(
        origin=str(path), matrix=matrix, feature_shape=found, row_names=np.array(names, dtype=object)
    )


def is_shown(entry: Path) -> bool:
    """Say whether a file or folder is no hidden one, nor put there by macOS's zip or a Synology's index."""
    return not entry.name.startswith(".") and entry.name not in ("__MACOSX", "@eaDir")


def _is_read(entry: Path) -> bool:
    """Say whether an entry is an image that is read; refuse one of another type.

    Raises:
        DataError: an image of a type that is not read.
    """
    if entry.suffix.lower() in OTHER_SUFFIXES:
        raise DataError(
            f"an image of type {entry.suffix}, not of {READ_TYPES}",
            where=str(entry),
            remedy="Convert it, or remove it.",
        )
    return entry.suffix.lower() in READ_SUFFIXES


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
            remedy="Check data.source.path: a folder that holds a folder of images for each class; "
            "a relative path starts at the config's folder.",
        ) from error


def _class_folders(root: Path) -> list[Path]:
    entries = _entries(root)
    loose = [entry for entry in entries if entry.is_file() and is_image(entry)]
    folders = [entry for entry in entries if entry.is_dir()]
    if loose:
        raise DataError(
            "an image outside the classes' folders has no class",
            where=str(loose[0]),
            remedy="Move it into the folder of its class.",
        )
    if len(folders) == 1 and any(entry.is_dir() for entry in _entries(folders[0])):
        raise DataError(
            "a single folder, which holds folders itself",
            where=str(root),
            remedy=f"If these are the classes, name {folders[0]} instead.",
        )
    if len(folders) < 2:
        raise DataError(
            f"{len(folders) or 'no'} folder{'' if len(folders) == 1 else 's'} of images; there must be one "
            "for each class, two at least",
            where=str(root),
            remedy=f"Arrange them as {root / 'cat'}/1.png, {root / 'dog'}/1.png",
        )
    return folders


def _image_files(folder: Path) -> list[Path]:
    entries = _entries(folder)
    for entry in entries:
        if entry.is_dir():
            raise DataError(
                "a folder inside a class's folder",
                where=str(entry),
                remedy="Move its images up; if it is itself a class, set data.source.path one folder deeper.",
            )
    images = [entry for entry in entries if _is_read(entry)]
    if not images:
        other = f", but {len(entries)} other file{'s' * (len(entries) > 1)}" if entries else ""
        raise DataError(
            f"a class without images{other}",
            where=str(folder),
            remedy=f"Add images whose names end in one of {' '.join(READ_SUFFIXES)}; or remove the folder.",
        )
    return images


def _read_all(
    paths: Sequence[Path], spec: ImagesSource
) -> tuple[NDArray[Any], tuple[int, ...], list[PictureFile]]:
    """Return the images as (n, height · width · channels), the shape of one, and what the files are like."""
    first, _ = read_picture(paths[0], spec)
    pixels: NDArray[Any] = np.empty((len(paths), first.size), dtype=np.uint8)
    files = []
    for row, path in enumerate(paths):
        image, file = read_picture(path, spec)
        if image.shape != first.shape:
            raise DataError(
                f"{_size(image.shape)}, but {paths[0]} has {_size(first.shape)} (height x width)",
                where=str(path),
                remedy=f"Resize all to one size: data.source.size: [{first.shape[0]}, {first.shape[1]}]",
            )
        if image.dtype != pixels.dtype and pixels.dtype == np.uint8:
            pixels = pixels.astype(np.float32)
        pixels[row] = image.ravel()
        files.append(file)
    return pixels, first.shape, files


def _notes(root: Path, files: Sequence[PictureFile]) -> tuple[str, ...]:
    """Return a sentence where images of 8 bits are beside grey of more."""
    deep = [file for file in files if file.white > 255]
    if len(deep) in (0, len(files)):
        return ()
    brightest = max(deep, key=lambda file: file.highest / file.white)
    dark = (
        f" The brightest pixel of the former has {brightest.highest:,} of the {brightest.white:,} of white; "
        "if it was meant to be white, spread their values over the whole range."
        if brightest.highest < brightest.white
        else ""
    )
    return (
        f"{root}: {len(deep):,} of {len(files):,} images are grey of more than 8 bits, the others of 8. "
        f"All are read as 0 for black to 255 for white.{dark}",
    )


def _traits(files: Sequence[PictureFile]) -> tuple[Column, ...]:
    return (
        Column("height", "numeric", np.array([file.height for file in files])),
        Column("width", "numeric", np.array([file.width for file in files])),
        Column("type", "categorical", np.array([file.kind for file in files], dtype=object)),
    )


def _size(shape: Sequence[int]) -> str:
    return f"{shape[0]}x{shape[1]} pixels"
