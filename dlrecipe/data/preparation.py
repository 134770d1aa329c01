"""From what a config says of data to splits that the engine can train on, and the statistics behind them.

Everything that is learned from data (categories, medians, means, classes) is learned from train alone and
applied unchanged to the other splits.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import DType, Indices
from dlrecipe.data.augmentation.specs import Augmentation
from dlrecipe.data.disk_rows import DiskRows
from dlrecipe.data.examples import Examples, Split, joined
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.normalization import blocks
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.sources.loading import load_source
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import (
    DataSpec,
    Embedded,
    Normalization,
    Source,
    SplitSpec,
    TargetNormalization,
    Task,
)
from dlrecipe.data.splits import auto_shares, nested_subset, split_off, split_rows, visible_difference
from dlrecipe.data.targets import TargetCodec, infer_task
from dlrecipe.errors import DataError

if TYPE_CHECKING:
    from dlrecipe.data.augmentation.images import RawImages

INSPECTED_ON_DISK = 10_000
"""Examples of a split that are looked at when they stay on disk."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Splits ready for the engine, in the order train, train_dev, dev, test, and what was learned from train.

    `fingerprint` is the SHA-256 of the raw values of every split in order: the same data split the same way.
    `dev_fingerprint` tells which examples are in dev, whatever inputs are made of them.
    `origins` says where each split came from, and `notes` what was decided that a person should know of;
    `notes_on_reading` are those of them that are about what the columns were read as.
    `images` are the raw training images, where augmentation changes pixels.
    """

    splits: dict[str, Split]
    fitted: Fitted
    fingerprint: str
    origins: dict[str, str]
    images: "RawImages | None" = None
    notes: tuple[str, ...] = ()
    notes_on_reading: tuple[str, ...] = ()
    dev_fingerprint: str = ""

    @property
    def n(self) -> dict[str, int]:
        """Number of examples of each split."""
        return {name: split.n_examples for name, split in self.splits.items()}


@dataclass(frozen=True, eq=False)
class RawSplit:
    """One split: the whole source, and which of its rows, counted from 0, are the split's.

    They are taken when they are asked for: a copy of each split beside the source would double the memory.
    """

    source: Examples
    rows: Indices

    @property
    def origin(self) -> str:
        """Where the source comes from."""
        return self.source.origin

    @property
    def examples(self) -> Examples:
        """The split's own examples, taken anew with each call."""
        whole = len(self.rows) == self.source.n_examples and bool(np.all(np.diff(self.rows) == 1))
        return self.source if whole else self.source.take(self.rows)


Inspector: TypeAlias = Callable[[Mapping[str, Examples], Mapping[str, Split], Fitted], None]
"""Looks at the raw examples of each split, before they are let go, beside what became of them."""


def prepare(
    spec: DataSpec,
    *,
    task: Task | None,
    normalization: Normalization,
    target_normalization: TargetNormalization,
    seed: int,
    dtype: DType,
    embedded: Embedded = (),
    fitted: Fitted | None = None,
    augmentation: Sequence[Augmentation] = (),
    inspect: Inspector | None = None,
) -> Prepared:
    """Read, split and scale.

    Args:
        embedded: the columns whose categories become indices, for the network to embed.
        task: None infers it from the target.
        fitted: what an earlier run learned, to be applied unchanged; None learns it from train.
        augmentation: changes to the training examples; normalization is learned from images as they change.
        inspect: is shown the raw examples; what it raises ends the preparation.
    Raises:
        DataError: the data cannot be read, split or used.
        ConfigError: they cannot be augmented as asked.
    """
    raw = _raw_splits(spec, task, seed if spec.seed is None else spec.seed)
    if spec.limit_train is not None:
        raw["train"] = _limited(raw["train"], spec.limit_train, task, seed)
    images = _images(raw["train"].examples, augmentation, dtype) if augmentation else None
    if fitted is None:
        changed = None if images is None else images.sample(seed)
        fitted = _fit(raw["train"], changed, task, normalization, target_normalization, embedded)
    splits = {name: _ready(part, fitted, dtype) for name, part in raw.items()}
    _require_spread(raw, splits)
    if inspect is not None:
        inspect(*_to_inspect(raw, splits), fitted)
    origins = {name: part.origin for name, part in raw.items()}
    reading = tuple(dict.fromkeys(note for part in raw.values() for note in part.source.notes))
    notes = (*reading, *_notes_on_size(spec, raw, fitted))
    dev = _which_examples(raw["dev"])
    return Prepared(splits, fitted, _fingerprint(raw), origins, images, notes, reading, dev)


def _limited(train: RawSplit, n: int, task: Task | None, seed: int) -> RawSplit:
    """Return the split with at most n of its rows."""
    target = train.source.target
    if target is not None:
        target = target[train.rows]
        task = task or infer_task(target)
    labels = target if task == "classification" else None
    return RawSplit(train.source, train.rows[nested_subset(len(train.rows), n, labels, seed)])


def _images(train: Examples, augmentation: Sequence[Augmentation], dtype: DType) -> "RawImages | None":
    """Return the raw images where augmentation changes pixels."""
    # Imported here: most runs do without.
    from dlrecipe.data.augmentation.images import RawImages

    return RawImages.of(train, augmentation, dtype)


def _to_inspect(
    raw: dict[str, RawSplit], splits: dict[str, Split]
) -> tuple[dict[str, Examples], dict[str, Split]]:
    """Return each split's raw examples beside what became of them; a sample of those that stay on disk."""
    examples, ready = {}, {}
    for name, part in raw.items():
        if not isinstance(part.source.matrix, DiskRows):
            examples[name], ready[name] = part.examples, splits[name]
            continue
        n = len(part.rows)
        chosen = np.linspace(0, n - 1, min(n, INSPECTED_ON_DISK)).astype(np.intp)
        sample = part.source.take(part.rows[chosen])
        examples[name] = replace(sample, matrix=np.asarray(sample.matrix))
        split = splits[name]
        ready[name] = Split(split.X[chosen], split.y[chosen], split.rows[chosen])
    return examples, ready


def _notes_on_size(spec: DataSpec, raw: dict[str, RawSplit], fitted: Fitted) -> tuple[str, ...]:
    """Return a sentence where `auto` leaves dev too few examples to see a point of difference."""
    n_dev, n = len(raw["dev"].rows), sum(len(part.rows) for part in raw.values())
    visible = visible_difference(n_dev)
    if (
        spec.split != "auto"
        or spec.dev is not None
        or fitted.target.task != "classification"
        or visible <= 0.01
    ):
        return ()
    return (
        f"{n:,} examples are few: with {n_dev:,} in dev, an error near 10% is known to "
        f"±{100 * visible:.1f} points (95%).",
    )


def _fit(
    part: RawSplit,
    changed: NDArray[Any] | None,
    task: Task | None,
    normalization: Normalization,
    target_normalization: TargetNormalization,
    embedded: Embedded,
) -> Fitted:
    """Learn everything that is learned from data, from the training examples alone.

    Args:
        changed: raw inputs of training as augmentation changes them, for the inputs' statistics.
    """
    train = part.source
    if train.target is None:
        raise DataError("there is no target", where=train.origin, remedy="Name it: target: COLUMN")
    target = TargetCodec.fit(
        train.target[part.rows],
        task=task,
        target_normalization=target_normalization,
        origin=train.origin,
        target_names=train.target_names,
    )
    layout = TableLayout.of(train) if train.matrix is None else None
    if changed is None:
        preprocessor = Preprocessor.fit(train, normalization, embedded, rows=part.rows)
    else:
        preprocessor = Preprocessor.fit(replace(train, matrix=changed), normalization, embedded)
    return Fitted(preprocessor, target, layout)


def _raw_splits(spec: DataSpec, task: Task | None, seed: int) -> dict[str, RawSplit]:
    """Return the raw examples of each split, in the order train, train_dev, dev, test."""
    aside = () if spec.split == "auto" else spec.split.columns_needed
    if spec.target is not None:
        assert spec.source is not None
        return _towards_target(spec, spec.source, spec.target, task, seed, aside)
    if spec.dev is not None:
        assert spec.train is not None
        splits = {"train": _whole(load_source(spec.train, seed=seed))}
    else:
        source = spec.source or spec.train
        assert source is not None
        examples = load_source(source, seed=seed, aside=aside)
        shares = spec.split
        if spec.test is not None or spec.train is not None:
            shares = _two_way(shares, examples.n_examples)
        splits = _cut(examples, shares, task, seed)
    for name, own in (("dev", spec.dev), ("test", spec.test)):
        if own is not None:
            splits[name] = _whole(load_source(own, seed=seed, like=splits["train"].source))
    return splits


def _towards_target(
    spec: DataSpec, source: Source, target: Source, task: Task | None, seed: int, aside: tuple[str, ...]
) -> dict[str, RawSplit]:
    """Cut dev and test from `target`, and a train_dev as large as dev from what is left to train on.

    That is `source`, followed by the share of `target` that is to go to train too; rows count on from one to
    the other.
    """
    everything = load_source(source, seed=seed)
    wanted = load_source(target, seed=seed, aside=aside, like=everything)
    held_out, shared = _held_out_of_target(wanted, spec, task, seed)
    if shared is not None:
        everything = joined(everything, shared)
    fraction = min(0.5, len(held_out["dev"].rows) / everything.n_examples)
    kept, cut = split_off(everything.n_examples, fraction, seed)
    return {"train": RawSplit(everything, kept), "train_dev": RawSplit(everything, cut)} | held_out


def _held_out_of_target(
    wanted: Examples, spec: DataSpec, task: Task | None, seed: int
) -> tuple[dict[str, RawSplit], Examples | None]:
    """Return dev and test cut from the target source, and its examples that are for train."""
    split, shared = spec.split, spec.target_in_train
    dev, test = (0.5, 0.5) if split == "auto" else (split.dev, split.test)
    form = SplitSpec() if split == "auto" else split
    dev, test = ((1 - shared) * each / (dev + test) for each in (dev, test))
    if shared == 0 and test == 0:
        return {"dev": _whole(wanted)}, None
    if shared == 0:
        halves = _cut(wanted, replace(form, train=dev, dev=test, test=0.0), task, seed)
        return {"dev": halves["train"], "test": halves["dev"]}, None
    parts = _cut(wanted, replace(form, train=shared, dev=dev, test=test), task, seed)
    return parts, parts.pop("train").examples


def _whole(examples: Examples) -> RawSplit:
    return RawSplit(examples, np.arange(examples.n_examples))


def _cut(
    examples: Examples, split: SplitSpec | Literal["auto"], task: Task | None, seed: int
) -> dict[str, RawSplit]:
    """Split one source's examples."""
    hint = task
    if hint is None and examples.target is not None:
        hint = infer_task(examples.target)
    rows = split_rows(examples, split, seed=seed, task_hint=hint)
    return {name: RawSplit(examples, part) for name, part in rows.items()}


def _two_way(split: SplitSpec | Literal["auto"], n: int) -> SplitSpec:
    """Return a split without test, train and dev in the proportion of their shares."""
    if split == "auto":
        train, dev, test = auto_shares(n)
        split = SplitSpec(train=train, dev=dev, test=test)
    both = split.train + split.dev
    return replace(split, train=split.train / both, dev=split.dev / both, test=0.0)


def _ready(part: RawSplit, fitted: Fitted, dtype: DType) -> Split:
    """Scale one split's inputs and encode its targets."""
    examples = part.source
    if examples.target is None:
        raise DataError("there is no target", where=examples.origin, remedy="Name it: target: COLUMN")
    # The targets first: their labels are let go of before the inputs take their room.
    y = fitted.target.encode(examples.target[part.rows], dtype, origin=examples.origin)
    X = fitted.preprocessor.transform(examples, dtype, rows=part.rows)
    return Split(X, y, part.rows)


def _require_spread(raw: dict[str, RawSplit], splits: dict[str, Split]) -> None:
    """Refuse a split whose numbers to predict are all alike: 1 - R² has no meaning there."""
    for name, split in splits.items():
        if split.y.dtype.kind == "f" and np.any(np.ptp(split.y, axis=0) == 0):
            raise DataError(
                f"the target is constant in the {name} split ({split.n_examples} examples)",
                where=raw[name].origin,
                remedy="Use more data, or give that split a larger share.",
            )


def _which_examples(part: RawSplit) -> str:
    """Return a SHA-256 of where a split's examples come from: source, rows, targets.

    Other columns or sizes of images are other inputs of the same examples. Examples that are drawn have no
    place to come from: their inputs tell which they are.
    """
    source, rows = part.source, part.rows
    digest = hashlib.sha256(f"{source.origin} {len(rows)}".encode())
    digest.update(_bytes_of(rows))
    if source.target is not None:
        digest.update(_bytes_of(source.target[rows]))
    if source.is_drawn and source.matrix is not None:
        digest.update(_bytes_of(source.matrix[rows]))
    return digest.hexdigest()


def _fingerprint(raw: Mapping[str, RawSplit]) -> str:
    """Return a SHA-256 over the raw values of all splits in order."""
    digest = hashlib.sha256()
    for name, part in raw.items():
        source, rows = part.source, part.rows
        digest.update(f"{name} {len(rows)}".encode())
        if source.matrix is not None:
            # Blocks of rows: the whole may be larger than memory.
            for block in blocks(len(rows), source.matrix.shape[1]):
                digest.update(_bytes_of(source.matrix[rows[block]]))
        for array in (*(column.values for column in source.columns), source.target):
            if array is not None:
                digest.update(_bytes_of(array[rows]))
    return digest.hexdigest()


def _bytes_of(array: NDArray[Any]) -> bytes | memoryview:
    if array.dtype.kind == "O":
        return "\x1f".join("\x00" if value is None else str(value) for value in array).encode()
    view: memoryview = np.ascontiguousarray(array).data
    return view.cast("B")
