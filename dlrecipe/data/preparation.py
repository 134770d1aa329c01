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
from dlrecipe.data.examples import Examples, Split
from dlrecipe.data.fitted import Fitted
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
from dlrecipe.data.splits import auto_shares, split_off, split_rows
from dlrecipe.data.targets import TargetCodec, infer_task
from dlrecipe.errors import DataError

if TYPE_CHECKING:
    from dlrecipe.data.augmentation.images import RawImages


@dataclass(frozen=True, eq=False)
class Prepared:
    """Splits ready for the engine, in the order train, train_dev, dev, test, and what was learned from train.

    `fingerprint` is the SHA-256 of the raw values of every split in order: the same data split the same way.
    `origins` says where each split came from. `images` are the raw training images, where augmentation
    changes pixels.
    """

    splits: dict[str, Split]
    fitted: Fitted
    fingerprint: str
    origins: dict[str, str]
    images: "RawImages | None" = None

    @property
    def n(self) -> dict[str, int]:
        """Number of examples of each split."""
        return {name: split.n_examples for name, split in self.splits.items()}


@dataclass(frozen=True, eq=False)
class RawSplit:
    """One split's raw examples and their rows in the source."""

    examples: Examples
    rows: Indices


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
    raw = _raw_splits(spec, task, seed)
    train = raw["train"].examples
    images = _images(train, augmentation, dtype)
    if fitted is None:
        inputs = train if images is None else replace(train, matrix=images.sample(seed))
        fitted = _fit(train, inputs, task, normalization, target_normalization, embedded)
    splits = {name: _ready(part, fitted, dtype) for name, part in raw.items()}
    _require_spread(raw, splits)
    if inspect is not None:
        inspect({name: part.examples for name, part in raw.items()}, splits, fitted)
    origins = {name: part.examples.origin for name, part in raw.items()}
    return Prepared(splits, fitted, _fingerprint(raw), origins, images)


def _images(train: Examples, augmentation: Sequence[Augmentation], dtype: DType) -> "RawImages | None":
    """Return the raw images where augmentation changes pixels."""
    if not augmentation:
        return None
    # Imported here: most runs do without.
    from dlrecipe.data.augmentation.images import RawImages

    return RawImages.of(train, augmentation, dtype)


def _fit(
    train: Examples,
    inputs: Examples,
    task: Task | None,
    normalization: Normalization,
    target_normalization: TargetNormalization,
    embedded: Embedded,
) -> Fitted:
    """Learn everything that is learned from data, from the training examples alone.

    Args:
        inputs: the training examples, or changed ones, for the inputs' statistics.
    """
    if train.target is None:
        raise DataError("there is no target", where=train.origin, remedy="name it: target: COLUMN")
    target = TargetCodec.fit(
        train.target,
        task=task,
        target_normalization=target_normalization,
        origin=train.origin,
        target_names=train.target_names,
    )
    layout = TableLayout.of(train) if train.matrix is None else None
    return Fitted(Preprocessor.fit(inputs, normalization, embedded), target, layout)


def _raw_splits(spec: DataSpec, task: Task | None, seed: int) -> dict[str, RawSplit]:
    """Return the raw examples of each split, in the order train, train_dev, dev, test."""
    aside = () if spec.split == "auto" else spec.split.columns_needed
    if spec.target is not None:
        assert spec.source is not None
        return _towards_target(spec.source, spec.target, spec.split, task, seed, aside)
    if spec.dev is not None:
        assert spec.train is not None
        splits = {"train": _whole(load_source(spec.train, seed=seed))}
    else:
        source = spec.source or spec.train
        assert source is not None
        examples = load_source(source, seed=seed, aside=aside)
        shares = spec.split
        if spec.test is not None or spec.train is not None:
            shares = _two_way(shares, examples.n_examples, "train", "dev")
        splits = _cut(examples, shares, task, seed)
    for name, own in (("dev", spec.dev), ("test", spec.test)):
        if own is not None:
            splits[name] = _whole(load_source(own, seed=seed, like=splits["train"].examples))
    return splits


def _towards_target(
    source: Source,
    target: Source,
    split: SplitSpec | Literal["auto"],
    task: Task | None,
    seed: int,
    aside: tuple[str, ...],
) -> dict[str, RawSplit]:
    """Cut dev and test from `target`, and a train_dev as large as dev from `source`."""
    everything = load_source(source, seed=seed)
    wanted = load_source(target, seed=seed, aside=aside, like=everything)
    if split != "auto" and split.test == 0:
        held_out = {"dev": _whole(wanted)}
    else:
        halves = _cut(wanted, _two_way(split, wanted.n_examples, "dev", "test"), task, seed)
        held_out = {"dev": halves["train"], "test": halves["dev"]}
    fraction = min(0.5, held_out["dev"].examples.n_examples / everything.n_examples)
    kept, cut = split_off(everything.n_examples, fraction, seed)
    train = {"train": RawSplit(everything.take(kept), kept), "train_dev": RawSplit(everything.take(cut), cut)}
    return train | held_out


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
    return {name: RawSplit(examples.take(part), part) for name, part in rows.items()}


def _two_way(split: SplitSpec | Literal["auto"], n: int, first: str, second: str) -> SplitSpec:
    """Return a split into two, as train and dev, in the proportion of these two shares."""
    if split == "auto":
        train, dev, test = auto_shares(n)
        split = SplitSpec(train=train, dev=dev, test=test)
    a, b = getattr(split, first), getattr(split, second)
    return replace(split, train=a / (a + b), dev=b / (a + b), test=0.0)


def _ready(part: RawSplit, fitted: Fitted, dtype: DType) -> Split:
    """Scale one split's inputs and encode its targets."""
    examples = part.examples
    if examples.target is None:
        raise DataError("there is no target", where=examples.origin, remedy="name it: target: COLUMN")
    X = fitted.preprocessor.transform(examples, dtype)
    return Split(X, fitted.target.encode(examples.target, dtype, origin=examples.origin), part.rows)


def _require_spread(raw: dict[str, RawSplit], splits: dict[str, Split]) -> None:
    """Refuse a split whose numbers to predict are all alike: 1 - R² has no meaning there."""
    for name, split in splits.items():
        if split.y.dtype.kind == "f" and np.any(np.ptp(split.y, axis=0) == 0):
            raise DataError(
                f"the target is constant in the {name} split ({split.n_examples} examples)",
                where=raw[name].examples.origin,
                remedy="use more data, or give that split a larger share",
            )


def _fingerprint(raw: Mapping[str, RawSplit]) -> str:
    """Return a SHA-256 over the raw values of all splits in order."""
    digest = hashlib.sha256()
    for name, part in raw.items():
        examples = part.examples
        digest.update(f"{name} {examples.n_examples}".encode())
        arrays = [examples.matrix, *(column.values for column in examples.columns), examples.target]
        for array in arrays:
            if array is not None:
                digest.update(_bytes_of(array))
    return digest.hexdigest()


def _bytes_of(array: NDArray[Any]) -> bytes | memoryview:
    if array.dtype.kind == "O":
        return "\x1f".join("\x00" if value is None else str(value) for value in array).encode()
    view: memoryview = np.ascontiguousarray(array).data
    return view.cast("B")
