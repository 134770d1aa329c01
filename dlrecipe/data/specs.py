"""What a config says of data: where it comes from, how it is split and normalized. Knows no arrays."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Gt, Interval, MinLen

from dlrecipe.variants import BY_TYPE

Task: TypeAlias = Literal["classification", "regression"]
NormalizationName: TypeAlias = Literal[
    "none", "center", "standard", "minmax", "robust", "quantile", "whitening"
]
TargetNormalization: TypeAlias = Literal["auto", "none", "standard"]
SplitName: TypeAlias = Literal["train", "train_dev", "dev", "test"]
SPLIT_NAMES: tuple[SplitName, ...] = ("train", "train_dev", "dev", "test")
Share: TypeAlias = Annotated[float, Interval(ge=0, le=1)]
Name: TypeAlias = Annotated[str, MinLen(1)]
Embedded: TypeAlias = Literal["auto"] | Collection[str]
"""The columns whose categories become indices for the network to embed; auto: those with many of them."""


RIDGE = 0.01
PER_IMAGE: tuple[NormalizationName, ...] = ("center", "standard", "minmax", "robust")


@dataclass(frozen=True, kw_only=True)
class NormalizationSpec:
    """A normalization with settings of its own; the name alone is the same with the defaults."""

    type: NormalizationName = "standard"
    """The kind."""
    per: Literal["feature", "image"] = "feature"
    """feature: with statistics of the training examples. image: each example with its own, as images taken in
    different light need; for arrays and images, with center, standard, minmax or robust."""
    rotation: Literal["zca", "pca"] = "zca"
    """For whitening. zca: turned back, so that a pixel stays where it is; pca: by falling variance."""
    ridge: Annotated[float, Ge(0)] = RIDGE
    """For whitening: added to each variance (1 on average), so that what hardly varies is not blown up."""

    def __post_init__(self) -> None:
        if self.per == "image" and self.type not in PER_IMAGE:
            raise ValueError(
                f"per: image does not go with type {self.type}; use one of {', '.join(PER_IMAGE)}"
            )
        if self.type != "whitening" and (self.rotation, self.ridge) != ("zca", RIDGE):
            raise ValueError(f"rotation and ridge go with type whitening, not {self.type}; leave them out")


Normalization: TypeAlias = NormalizationName | NormalizationSpec


@dataclass(frozen=True, kw_only=True)
class ChecksSpec:
    """What becomes of findings in the data; the name alone (`checks: warn`) is the same with none ignored."""

    on_error: Literal["stop", "warn", "off"] = "stop"
    """stop: training does not start on data with an error; warn: it is shown, and training goes on; off: no
    checks at the start of a training."""
    ignore: tuple[Name, ...] = ()
    """Codes of findings not to look for, such as identifier."""


@dataclass(frozen=True, kw_only=True)
class BundledSource:
    """One of scikit-learn's bundled sets."""

    type: Literal["digits", "breast_cancer", "wine", "iris", "diabetes"] = "digits"


@dataclass(frozen=True, kw_only=True)
class TableSource:
    """A table: CSV, TSV, Parquet or NDJSON, gzipped or not, one file or a glob of parts."""

    type: Literal["table"] = "table"
    path: Name
    """The file or glob; a relative path starts at the config's folder."""
    target: Name | Annotated[tuple[Name, ...], MinLen(1)] | None = None
    """The column to predict, or several for regression with several targets. null: the last column."""
    header: bool | Literal["auto"] = "auto"
    """Whether the first row names the columns; without, they are column1, column2, …"""
    columns: tuple[Name, ...] | None = None
    """Names for the columns of a file without a header."""
    delimiter: Annotated[str, MinLen(1)] | None = None
    """The character between fields; null: found out."""
    decimal: Literal[".", ","] = "."
    """The sign before the decimals of numbers in text, such as 0.5 or 0,5."""
    number_signs: tuple[Name, ...] = ()
    """Signs and words to leave out of numbers, such as [",", "%", "$", "kg"] for 1,234.5, 12%, $5, 3 kg."""
    accounting: bool = False
    """Whether (123), 123- and −123 with the minus of print are read as -123, as accounts write them."""
    day_first: bool | None = None
    """Whether 01/02/2024 is the first of February; null: found out where some day is above 12."""
    missing: tuple[str, ...] = (
        "", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "?",
        "#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!",
    )  # fmt: skip
    """Cells that stand for a missing value, after spaces around them are dropped; the last are Excel's."""
    drop: tuple[Name, ...] = ()
    """Columns to leave out."""
    categorical: tuple[Name, ...] = ()
    """Columns to read as categories, though they hold numbers or look like identifiers."""
    hashed: dict[str, Annotated[int, Interval(ge=2, le=1_000_000)]] = field(default_factory=dict)
    """Categorical columns of very many values, and how many input columns each is hashed into. Otherwise the
    99 most frequent values of a column have an input each, and all others share one."""
    target_suffix: str = ""
    """An ending to drop from the target's labels, such as the "." of >50K. in a test file whose training
    file says >50K."""

    def __post_init__(self) -> None:
        if self.decimal == self.delimiter:
            raise ValueError("delimiter and decimal are both ','; fields could not be told from decimals")
        names = (self.target,) if isinstance(self.target, str) else self.target or ()
        if len(set(names)) < len(names):
            raise ValueError("target names a column twice; name each column once")
        if self.decimal in self.number_signs:
            raise ValueError(f"number_signs holds {self.decimal!r}, which is the decimal sign; leave one out")
        if set("()\u2212") & set("".join(self.number_signs)):
            raise ValueError(
                "number_signs holds a sign of numbers below zero, which would then be above it; leave it out "
                "and set accounting: true, which reads (123) as -123"
            )
        parts = [sign for sign in self.number_signs if set(sign) & set("+-0123456789")]
        if parts:
            raise ValueError(f"number_signs holds {parts[0]!r}, a part of the number itself; leave it out")
        spaced = [mark for mark in self.missing if mark != mark.strip()]
        if spaced:
            raise ValueError(
                f"missing holds {spaced[0]!r}; cells are compared without the spaces around them, so write "
                f"{spaced[0].strip()!r}"
            )
        dropped = [name for name in names if name in self.drop]
        if dropped:
            raise ValueError(f"drop names the target {dropped[0]!r}; the target is no input anyway")


@dataclass(frozen=True, kw_only=True)
class ArraySource:
    """NumPy arrays: two members of an .npz, two .npy files (of any size), or two of MNIST's idx files."""

    type: Literal["npz", "npy", "idx"] = "npz"
    path: Name
    """The .npz, or the .npy or idx file of the inputs; a relative path starts at the config's folder."""
    x: Name = "x"
    """The member of the .npz that holds the inputs (n, …). Ignored for npy and idx."""
    y: Name = "y"
    """The member that holds the targets (n,) or (n, outputs); for npy and idx the path of the targets' file.
    Several columns are several numbers to predict, y1, y2, …; one-hot rows are classes, 0, 1, …"""
    in_memory: bool | Literal["auto"] = "auto"
    """Whether an .npy of inputs is read into memory; auto: up to 512 MB. What is not is read as it is needed,
    and an epoch draws its rows from 64 blocks of 1 MB at a time. An .npz always is."""

    def __post_init__(self) -> None:
        if self.type != "npz" and self.y == "y":
            raise ValueError(
                f"y is missing; a source of type {self.type} needs y, the path of the targets' file"
            )


@dataclass(frozen=True, kw_only=True)
class SyntheticSource:
    """A toy problem: circles, moons and blobs as scikit-learn makes them, spiral, or xor."""

    type: Literal["synthetic"] = "synthetic"
    generator: Literal["circles", "moons", "spiral", "blobs", "xor"] = "circles"
    """Two rings, two half-moons, two spiral arms, three clouds, or four quadrants of two classes."""
    n: Annotated[int, Interval(gt=1, le=100_000_000)] = 300
    """Examples to make."""
    noise: Annotated[float, Ge(0)] = 0.05
    """Standard deviation of the noise on the inputs; of each blob, for blobs."""
    seed: Annotated[int, Ge(0)] | None = None
    """Seed of the examples; null: the config's seed."""
    scales: tuple[Annotated[float, Gt(0)], ...] | None = None
    """Factors on the inputs, one a feature, to see what unlike scales do; null for none."""


@dataclass(frozen=True, kw_only=True)
class ImagesSource:
    """A folder of images, a folder a class."""

    type: Literal["images"] = "images"
    path: Name
    """The folder that holds the classes' folders; a relative path starts at the config's folder."""
    size: tuple[Annotated[int, Gt(0)], Annotated[int, Gt(0)]] | None = None
    """Height and width that every image is resized to; null: they must all be of one size."""
    mode: Literal["grey", "colour"] = "grey"
    """Grey: one number a pixel, colour: three; from 0, black, to 255, white, whatever the bits of a file."""


@dataclass(frozen=True, kw_only=True)
class OpenmlSource:
    """A data set of OpenML, fetched and cached by scikit-learn."""

    type: Literal["openml"] = "openml"
    name: Name
    """Its name there, such as mnist_784."""
    version: Annotated[int, Gt(0)] = 1
    """Its version there."""
    target: Name | None = None
    """The column to predict; null: the set's own default."""


Source: TypeAlias = Annotated[
    BundledSource | TableSource | ArraySource | SyntheticSource | ImagesSource | OpenmlSource, BY_TYPE
]


@dataclass(frozen=True, kw_only=True)
class SplitSpec:
    """The shares of train, dev and test, and what keeps rows together or apart."""

    train: Share = 0.6
    """Share of the examples to learn from."""
    dev: Share = 0.2
    """Share to choose by."""
    test: Share = 0.2
    """Share to report once, at the end; 0 for none."""
    stratify: bool = True
    """Give every split the same mix of classes, or of low and high numbers to predict (by tenths). Ignored
    with group, time, column or stable."""
    group: Name | None = None
    """A column; rows with the same value (a patient, say) land in the same split, and it is no input."""
    time: Name | None = None
    """A column to sort by: train is earliest, test latest; it is no input."""
    column: Name | None = None
    """A column that names the split of each row; the shares are then ignored, and it is no input."""
    values: dict[str, tuple[str | int | bool, ...]] | None = None
    """What the values of `column` stand for, such as {train: [0, 1, 2], dev: [3], test: [4]}. null: the usual
    names, such as train, val or dev, and test."""
    stable: bool = False
    """Whether a row's split follows from a hash of its inputs (or of its group), so that it stays where it is
    when rows are added or reordered, and equal rows are together. Sizes are then met only by chance."""

    def __post_init__(self) -> None:
        total = self.train + self.dev + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(
                f"the shares train {self.train:g} + dev {self.dev:g} + test {self.test:g} make "
                f"{total:g}; they must make 1"
            )
        if self.train == 0 or self.dev == 0:
            raise ValueError("train and dev need a share above 0; only test can be 0")
        if self.group is not None and self.time is not None:
            raise ValueError("group and time cannot be combined; choose one")
        if self.column is not None and (self.group or self.time or self.stable):
            raise ValueError("column names the splits itself; leave group, time and stable out")
        if self.time is not None and self.stable:
            raise ValueError("time and stable cannot be combined: new rows are the latest and move the cuts")
        if self.values is not None:
            self._check_values(self.values)

    def _check_values(self, values: dict[str, tuple[str | int | bool, ...]]) -> None:
        if self.column is None:
            raise ValueError("values goes with column, the column that holds them; set column")
        unknown = [name for name in values if name not in SPLIT_NAMES]
        if unknown:
            raise ValueError(
                f"values names {unknown[0]!r}, which is no split; there are {', '.join(SPLIT_NAMES)}"
            )
        texts = [text for each in (self.meanings or {}).values() for text in each]
        twice = [text for text in texts if texts.count(text) > 1]
        if twice:
            raise ValueError(f"values gives {twice[0]!r} to two splits; give each value to one")
        lacking = [name for name in ("train", "dev") if not values.get(name)]
        if lacking:
            raise ValueError(f"values gives {lacking[0]} nothing; train and dev need a value each")

    @property
    def meanings(self) -> dict[SplitName, tuple[str, ...]] | None:
        """`values` as lower-case texts: 3 as "3", true as "true"."""
        if self.values is None:
            return None
        return {
            name: tuple(str(value).lower() for value in self.values[name])
            for name in SPLIT_NAMES
            if name in self.values
        }

    @property
    def columns_needed(self) -> tuple[str, ...]:
        """The columns that rows are kept together or apart by."""
        return tuple(name for name in (self.group, self.time, self.column) if name is not None)


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """Where the examples come from and how they are split.

    One `source` is split into train, dev and test. Or train, dev and test have sources of their own; without
    a dev of its own, dev is cut from train. Beside `source`, `test` may be a source of its own (dev is then
    cut from `source`), or `target` may be the source of the data the network is meant for: dev and test are
    cut from it, train comes from `source` (and, with `target_in_train`, from a share of `target` too), and a
    train_dev split is cut from train to measure the mismatch.
    """

    source: Source | None = None
    """The examples to split."""
    split: SplitSpec | Literal["auto"] = "auto"
    """Shares, or auto: 60/20/20 up to 100,000 rows, tending to 98/1/1 and 99.5/.25/.25 past a million."""
    train: Source | None = None
    """A source of its own for train."""
    dev: Source | None = None
    """A source of its own for dev."""
    test: Source | None = None
    """A source of its own for test."""
    target: Source | None = None
    """The source of the data the network is meant for: dev and test come from it alone."""
    target_in_train: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    """Share of `target` that goes to train as well; dev and test are cut from the rest."""
    seed: Annotated[int, Ge(0)] | None = None
    """Seed of the split and of synthetic examples; null: the config's seed. Set, runs of different seeds are
    measured on the same dev examples."""
    limit_train: Annotated[int, Ge(1)] | None = None
    """Learn from so many of the training examples, drawn by the config's seed; null: from all. Every class is
    among them where they are enough, and a smaller number's examples are part of a larger one's."""

    def __post_init__(self) -> None:
        if (self.source is None) == (self.train is None):
            raise ValueError(
                "set either source (such as source: digits), which is split, or train, a source of its own"
            )
        if self.dev is not None and self.train is None:
            raise ValueError("dev is a source of its own, so train must be one too; rename source to train")
        if self.target is not None and (self.source is None or self.test is not None):
            raise ValueError("target goes with source alone: dev and test are cut from it")
        if self.target is None and self.target_in_train:
            raise ValueError("target_in_train is a share of target, which is not given; set target")
        if self.target is not None and self.split != "auto" and self.split.column is not None:
            raise ValueError("target and split.column cannot be combined: dev and test are cut from target")
