"""Arrays: an .npz with inputs and targets, or .npy and idx files that lie beside each other."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dlrecipe.data.specs import ArraySource
from dlrecipe.errors import InputError
from dlrecipe.experiment.guessing.guess import Guess

INPUT_MEMBERS = ("x", "X", "x_train", "X_train", "train_images", "data", "images", "features", "inputs")
TARGET_MEMBERS = ("y", "Y", "y_train", "Y_train", "train_labels", "target", "targets", "labels", "label")
INPUT_FILES = re.compile(r"(images.*idx|^[xX]([._-]|$)|x_train|X_train)")
TARGETS_OF_INPUTS = (
    ("images-idx3", "labels-idx1"),
    ("images.idx3", "labels.idx1"),
    ("images", "labels"),
    ("x", "y"),
    ("X", "y"),
    ("X", "Y"),
    ("features", "labels"),
    ("data", "target"),
    ("inputs", "targets"),
)
"""How the name of a file of inputs becomes that of its targets, the more particular ones first."""


def holds_inputs(file: Path) -> bool:
    """Return whether a file is named as one of inputs is."""
    return bool(INPUT_FILES.search(file.name)) and (file.suffix in (".npy", ".gz") or "idx" in file.name)


def guess_npz(path: Path, target: str | None) -> Guess:
    """Return the source of an archive, whose members are told apart by their names."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            members = list(archive.files)
    except (OSError, ValueError, EOFError):
        members = []  # the reader says it better
    x = _first(INPUT_MEMBERS, members) or "x"
    y = target or _first(TARGET_MEMBERS, members) or "y"
    first = ArraySource(path=str(path), x=x, y=y)
    other_x, other_y = (name.replace("train", "test") for name in (x, y))
    if "train" in x and "train" in y and {other_x, other_y} <= set(members):
        test = replace(first, x=other_x, y=other_y)
        return Guess({"train": first, "test": test}, (f"{other_x} and {other_y} are the test set.",))
    return Guess({"source": first})


def guess_pair(path: Path, target: str | None) -> Guess:
    """Return the source of a file of inputs, whose targets lie in another file beside it."""
    kind = "npy" if path.suffix == ".npy" else "idx"
    y = Path(target) if target else _beside(path)
    if y is None:
        raise InputError(
            "the inputs alone; the file of the targets cannot be told",
            where=str(path),
            remedy="Name it with --target y.npy",
        )
    first = ArraySource(type=kind, path=str(path), y=str(y))  # type: ignore[arg-type]
    tests = [Path(str(file).replace("train", other)) for file in (path, y) for other in ("test", "t10k")]
    tests = [file for file in tests if file.exists() and file not in (path, y)]
    if "train" in path.name and len(tests) == 2:
        test = replace(first, path=str(tests[0]), y=str(tests[1]))
        return Guess({"train": first, "test": test}, (f"{tests[0].name} is the test set.",))
    return Guess({"source": first})


def _beside(path: Path) -> Path | None:
    """Return the file of targets that goes with a file of inputs, by its name."""
    for old, new in TARGETS_OF_INPUTS:
        pattern = re.compile(rf"(?<![A-Za-z]){old}(?![A-Za-z])" if len(old) == 1 else re.escape(old))
        candidate = path.with_name(pattern.sub(new, path.name, count=1))
        if candidate != path and candidate.exists():
            return candidate
    return None


def _first(names: Sequence[str], members: Sequence[str]) -> str | None:
    return next((name for name in names if name in members), None)
