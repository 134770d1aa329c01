"""Files and folders that are named for a split: train.csv beside test.csv, train/ beside val/ and test/.

Read as parts of one table, a test set that somebody put aside would be trained on. Opens no files.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dlrecipe.data.specs import SplitName
from dlrecipe.errors import InputError

WORDS: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
    "testing": "test",
    "holdout": "test",
}


@dataclass(frozen=True)
class NamedSplits:
    """Paths by the split that they are named for, train among them, and those with no such name."""

    splits: dict[SplitName, Path]
    others: tuple[Path, ...]


def named_splits(paths: Sequence[Path]) -> NamedSplits | None:
    """Return what the names say; None unless they tell a train set from another one.

    Raises:
        InputError: two are named for one split.
    """
    found: dict[SplitName, list[Path]] = {}
    others = []
    for path in paths:
        split = _split_of(path)
        if split is None:
            others.append(path)
        else:
            found.setdefault(split, []).append(path)
    if "train" not in found or len(found) < 2:
        return None
    for split, several in found.items():
        if len(several) > 1:
            names = ", ".join(path.name for path in several[:4])
            raise InputError(
                f"{len(several)} names for the {split} split: {names}",
                where=str(several[0].parent),
                remedy=f"Put each split's parts into a folder of its own, and give data.train, data.dev and "
                f"data.test a glob each in a config written by hand: path: {split}/*{several[0].suffix}",
            )
    order: tuple[SplitName, ...] = ("train", "dev", "test")
    return NamedSplits({split: found[split][0] for split in order if split in found}, tuple(others))


def _split_of(path: Path) -> SplitName | None:
    """Return the one split that a name has a word of: my-train, TestSet2 and validation do."""
    stem = re.sub(r"([a-z])([A-Z])", r"\1 \2", path.name.split(".")[0])
    splits = {WORDS[word] for word in re.findall(r"[a-z]+", stem.lower()) if word in WORDS}
    return splits.pop() if len(splits) == 1 else None
