"""What a file or folder probably is: the source that reads it, its target, and columns that look suspicious.

Every guess about a table is proved by reading it; a column that the reader refuses is dealt with as the
refusal advises, and said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dlrecipe.data.column_names import may_be_an_id
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.sources.images import is_shown
from dlrecipe.data.sources.loading import load_source
from dlrecipe.data.sources.picture_files import READ_SUFFIXES, first_look, is_image
from dlrecipe.data.specs import ArraySource, ImagesSource, Source, TableSource
from dlrecipe.errors import DataError, InputError
from dlrecipe.experiment.named_splits import NamedSplits, named_splits

TARGET_NAMES = ("target", "label", "labels", "class", "y", "outcome", "response", "species", "diagnosis")
INPUT_MEMBERS = ("x", "X", "x_train", "X_train", "train_images", "data", "images", "features", "inputs")
TARGET_MEMBERS = ("y", "Y", "y_train", "Y_train", "train_labels", "target", "targets", "labels", "label")
GROUP_WORDS = re.compile(
    r"(patient|subject|person|user|customer|client|household|family|session|group|site|hospital|speaker|author)",
    re.IGNORECASE,
)
TIME_WORDS = re.compile(
    r"(^|[_\W])(t|time|step|second|minute|hour|day|week|month|year|period)s?$", re.IGNORECASE
)
TABLE_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".parquet", ".ndjson", ".jsonl")
DATA_SUFFIXES = (*TABLE_SUFFIXES, ".npy", ".npz", ".gz")
MOST_REPAIRS = 200
MAX_SIDE = 64


@dataclass(frozen=True)
class Guess:
    """A source for the config, and what to say of it.

    `sources`: by the config's key (source, or train and test). `remarks`: what was decided, a sentence each.
    `suspects`: lines for the config that only a person can decide on, as YAML comments.
    """

    sources: dict[str, Source]
    remarks: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()


def guess_data(path: Path, target: str | None) -> Guess:
    """Return the source that reads a file or folder.

    Args:
        target: the column to predict, or an array's member or file; None guesses.
    Raises:
        InputError: nothing that can be read is there, or its target cannot be told.
    """
    if path.is_dir():
        return _guess_folder(path, target)
    suffixes = path.name.lower()
    if suffixes.endswith(".npz"):
        return _guess_npz(path, target)
    if suffixes.endswith(".npy") or ("idx" in suffixes and "ubyte" in suffixes):
        return _guess_pair(path, target)
    return _guess_table(str(path), target)


def _guess_folder(path: Path, target: str | None) -> Guess:
    entries = sorted(entry for entry in path.iterdir() if is_shown(entry))
    # What lies beside the data, such as a README or Thumbs.db, is none.
    files = [entry for entry in entries if entry.is_file() and _looks_like_data(entry)]
    if any(entry.is_dir() for entry in entries) and not files:
        return _guess_image_splits(path) or _guess_images(path)
    if len([entry for entry in entries if entry.is_dir() and _holds_images(entry)]) > 1 and not any(
        map(is_image, files)
    ):
        guess = _guess_image_splits(path) or _guess_images(path)
        return replace(
            guess, remarks=(*guess.remarks, f"Left aside: {', '.join(file.name for file in files)}.")
        )
    inputs = [file for file in files if re.search(r"(images.*idx|^[xX]([._-]|$)|x_train|X_train)", file.name)]
    inputs = [file for file in inputs if file.suffix in (".npy", ".gz") or "idx" in file.name]
    if inputs:
        train = [file for file in inputs if "train" in file.name]
        return _guess_pair((train or inputs)[0], target)
    for suffix in TABLE_SUFFIXES:
        if files and all(file.name.lower().endswith(suffix) for file in files):
            named = named_splits(files)
            if named is not None:
                return _guess_table_splits(named, target)
            guess = _guess_table(str(path / f"*{suffix}"), target)
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


def _holds_images(folder: Path) -> bool:
    return any(is_image(file) for pattern in ("*", "*/*") for file in folder.glob(pattern))


def _looks_like_data(file: Path) -> bool:
    return "ubyte" in file.name or file.name.lower().endswith((*DATA_SUFFIXES, *READ_SUFFIXES))


# Images and arrays


def _guess_image_splits(path: Path) -> Guess | None:
    """Return the sources of train, val and test folders that hold a folder a class; None without such."""
    folders = [entry for entry in sorted(path.iterdir()) if entry.is_dir() and is_shown(entry)]
    named = named_splits(folders)
    if named is None or not _has_folders(named.splits["train"]):
        return None
    with_classes = {split: folder for split, folder in named.splits.items() if _has_folders(folder)}
    guess = _guess_images(*with_classes.values())
    train = guess.sources["source"]
    assert isinstance(train, ImagesSource)
    sources: dict[str, Source] = {
        split: replace(train, path=str(folder)) for split, folder in with_classes.items()
    }
    aside = [folder.name for folder in (*named.splits.values(), *named.others)]
    aside = [name for name in aside if name not in {folder.name for folder in with_classes.values()}]
    if len(sources) == 1:
        sources = {"source": train}
    return Guess(sources, (*guess.remarks, *_said_of_splits(named, sources, aside)))


def _has_folders(path: Path) -> bool:
    return any(entry.is_dir() and is_shown(entry) for entry in path.iterdir())


def _said_of_splits(named: NamedSplits, sources: dict[str, Source], aside: Sequence[str]) -> list[str]:
    """Return what was made of files and folders that are named for splits, and what of the rest."""
    told = [(split, path.name) for split, path in named.splits.items() if split in sources]
    said = [f"{', '.join(f'{name} is the {split} set' for split, name in told)}."]
    if aside:
        said.append(f"Left aside: {', '.join(aside)}.")
    return said


def _guess_images(path: Path, *others: Path) -> Guess:
    """Return the source of a folder of classes, in a size and mode for the images of the others too."""
    files = [file for folder in (path, *others) for file in sorted(folder.glob("*/*"))]
    files = [file for file in files if file.suffix.lower() in READ_SUFFIXES and is_shown(file)]
    sizes, coloured = set(), False
    for file in files[:: max(1, len(files) // 200)]:
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


def _guess_npz(path: Path, target: str | None) -> Guess:
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


def _guess_pair(path: Path, target: str | None) -> Guess:
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
    swaps = [("images-idx3", "labels-idx1"), ("images.idx3", "labels.idx1"), ("images", "labels")]
    swaps += [
        ("x", "y"),
        ("X", "y"),
        ("X", "Y"),
        ("features", "labels"),
        ("data", "target"),
        ("inputs", "targets"),
    ]
    for old, new in swaps:
        pattern = re.compile(rf"(?<![A-Za-z]){old}(?![A-Za-z])" if len(old) == 1 else re.escape(old))
        candidate = path.with_name(pattern.sub(new, path.name, count=1))
        if candidate != path and candidate.exists():
            return candidate
    return None


def _first(names: Sequence[str], members: Sequence[str]) -> str | None:
    return next((name for name in names if name in members), None)


# Tables


@dataclass
class _Reading:
    """A table's source on its way to one that can be read."""

    spec: TableSource
    remarks: list[str] = field(default_factory=list)

    def read(self) -> Examples:
        """Read the table, and repair the source as each refusal advises."""
        from dlrecipe.data.sources.open_table import ColumnError

        for _ in range(MOST_REPAIRS):
            try:
                return load_source(self.spec, seed=0)
            except ColumnError as error:
                self._repair(error.option, error.value, error.what)
        raise DataError(
            "too many columns cannot be used as they are",
            where=self.spec.path,
            remedy="Write the config by hand.",
        )

    def _repair(self, option: str, value: Any, reason: str) -> None:
        change: dict[str, Any]
        if option == "number_signs":
            signs = tuple(dict.fromkeys((*self.spec.number_signs, *value)))
            comma = "," in value and self.spec.decimal == "." and self._commas_are_decimal()
            change = {"decimal": ","} if comma else {"number_signs": signs}
        elif isinstance(value, bool):
            change = {option: value}
        else:
            change = {option: (*getattr(self.spec, option), value)}
        ((name, new),) = change.items()
        # Of a list what is new: the columns dropped before have their own remarks.
        shown = str(new).lower() if isinstance(new, bool) else new
        if isinstance(new, tuple):
            shown = ", ".join(str(each) for each in new if each not in getattr(self.spec, name)) or new
        self.remarks.append(f"{name} is set to {shown}: {reason}" + "." * (not reason.endswith("?")))
        self.spec = replace(self.spec, **change)

    def _commas_are_decimal(self) -> bool:
        """Say whether fields are parted by semicolons, as where the comma is the decimal sign."""
        from dlrecipe.data.sources.open_table import matching_files
        from dlrecipe.data.sources.text_scan import guess_layout, scan_text

        head = scan_text(matching_files(self.spec.path)[0]).head
        return guess_layout(head, prefer=",", delimiter=self.spec.delimiter, decimal=".")[0] == ";"


def _guess_table_splits(named: NamedSplits, target: str | None) -> Guess:
    """Return a source for each file that is named for a split, all read as the training file is."""
    guess = _guess_table(str(named.splits["train"]), target)
    train = guess.sources["source"]
    assert isinstance(train, TableSource)
    sources: dict[str, Source] = {}
    aside = [file.name for file in named.others]
    for split, file in named.splits.items():
        spec = replace(train, path=str(file))
        if split == "train" or _has_target(spec):
            sources[split] = spec
        else:
            aside.append(f"{file.name}, which has no column {train.target} to measure on")
    if len(sources) == 1:
        sources = {"source": sources["train"]}
    return replace(guess, sources=sources, remarks=(*guess.remarks, *_said_of_splits(named, sources, aside)))


def _has_target(spec: TableSource) -> bool:
    from dlrecipe.data.sources.open_table import open_table

    with open_table(spec, known_names=None) as table:
        return spec.target in table.names


def _guess_table(path: str, target: str | None) -> Guess:
    reading = _Reading(TableSource(path=path, target=target))
    examples = reading.read()
    if target is None:
        named = [column.name for column in examples.columns if column.name.lower() in TARGET_NAMES]
        last = examples.target_names[0]
        if named and last.lower() not in TARGET_NAMES:
            reading.spec = replace(reading.spec, target=named[0])
            examples = reading.read()
        reading.spec = replace(reading.spec, target=examples.target_names[0])
        why = "its name says so" if named else "it is the last column"
        reading.remarks.insert(0, f"The target is {examples.target_names[0]}: {why}. --target names another.")
    identifiers = [column.name for column in examples.columns if _is_identifier(column)]
    if identifiers and len(identifiers) < len(examples.columns):
        reading.spec = replace(reading.spec, drop=(*reading.spec.drop, *identifiers))
        reading.remarks.append(f"Left out, as they only number the rows: {', '.join(identifiers)}.")
    rest = [column for column in examples.columns if column.name not in identifiers]
    return Guess({"source": reading.spec}, tuple(reading.remarks), tuple(_suspects(rest)))


def _is_identifier(column: Column) -> bool:
    """Say whether whole numbers, none of them twice, are named like an identifier's or count the rows."""
    values = column.values
    if column.kind != "numeric" or len(values) < 20:
        return False
    counts = bool(values[0] in (0, 1) and np.array_equal(values - values[0], np.arange(len(values))))
    if not may_be_an_id(column.name) and (not counts or TIME_WORDS.search(column.name)):
        return False
    return bool(
        np.isfinite(values).all()
        and np.all(values == np.floor(values))
        and _n_distinct(column) == len(values)
    )


def _suspects(columns: Sequence[Column]) -> list[str]:
    """Return lines on columns that rows may have to be kept together, or apart, by."""
    lines = []
    for column in columns:
        n_distinct = _n_distinct(column)
        if column.kind in ("date", "us_date") and not np.isnan(column.values).any():
            lines.append(f"time: {column.name}   # if the network is to predict later rows from earlier ones")
        elif (GROUP_WORDS.search(column.name) or may_be_an_id(column.name)) and 2 < n_distinct < len(
            column.values
        ):
            lines.append(f"group: {column.name}   # if rows of one {column.name} must not be on both sides")
    return lines


def _n_distinct(column: Column) -> int:
    return len(set(column.values.tolist()))
