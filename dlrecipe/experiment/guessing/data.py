"""Which kind of data a file or folder holds, by names alone; each kind's module says the rest."""

from dataclasses import replace
from pathlib import Path

from dlrecipe.data.sources.images import is_shown
from dlrecipe.data.sources.picture_files import READ_SUFFIXES, is_image
from dlrecipe.errors import InputError
from dlrecipe.experiment.guessing.arrays import guess_npz, guess_pair, holds_inputs
from dlrecipe.experiment.guessing.guess import Guess
from dlrecipe.experiment.guessing.images import guess_image_splits, guess_images
from dlrecipe.experiment.guessing.named_splits import named_splits
from dlrecipe.experiment.guessing.tables import guess_table, guess_table_splits

TABLE_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".parquet", ".ndjson", ".jsonl")
DATA_SUFFIXES = (*TABLE_SUFFIXES, ".npy", ".npz", ".gz")


def guess_data(path: Path, target: str | None) -> Guess:
    """Return the source that reads a file or folder.

    Args:
        target: the column to predict, or an array's member or file; None guesses.
    Raises:
        InputError: nothing that can be read is there, or its target cannot be told.
    """
    if path.is_dir():
        return _guess_folder(path, target)
    name = path.name.lower()
    if name.endswith(".npz"):
        return guess_npz(path, target)
    if name.endswith(".npy") or ("idx" in name and "ubyte" in name):
        return guess_pair(path, target)
    return guess_table(str(path), target)


def _guess_folder(path: Path, target: str | None) -> Guess:
    entries = sorted(entry for entry in path.iterdir() if is_shown(entry))
    # What lies beside the data, such as a README or Thumbs.db, is none.
    files = [entry for entry in entries if entry.is_file() and _looks_like_data(entry)]
    folders_alone = not files and any(entry.is_dir() for entry in entries)
    if folders_alone or (sum(map(_holds_images, entries)) > 1 and not any(map(is_image, files))):
        guess = guess_image_splits(path) or guess_images(path)
        aside = (f"Left aside: {', '.join(file.name for file in files)}.",) if files else ()
        return replace(guess, remarks=(*guess.remarks, *aside))
    inputs = [file for file in files if holds_inputs(file)]
    if inputs:
        train = [file for file in inputs if "train" in file.name]
        return guess_pair((train or inputs)[0], target)
    for suffix in TABLE_SUFFIXES:
        if files and all(file.name.lower().endswith(suffix) for file in files):
            named = named_splits(files)
            if named is not None:
                return guess_table_splits(named, target)
            guess = guess_table(str(path / f"*{suffix}"), target)
            if len(files) == 1:
                return guess
            return replace(
                guess, remarks=(f"The {len(files)} files are read as parts of one table.", *guess.remarks)
            )
    images = [file for file in files if file.suffix.lower() in READ_SUFFIXES]
    raise InputError(
        f"{len(images)} images without classes" if images else "a folder that holds no data of one kind",
        where=str(path),
        remedy="Give a table, an .npz, or a folder with a folder of images for each class.",
    )


def _holds_images(path: Path) -> bool:
    return path.is_dir() and any(is_image(file) for pattern in ("*", "*/*") for file in path.glob(pattern))


def _looks_like_data(file: Path) -> bool:
    return "ubyte" in file.name or file.name.lower().endswith((*DATA_SUFFIXES, *READ_SUFFIXES))
