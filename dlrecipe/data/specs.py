"""What a config says of data: where it comes from, how it is split and normalized. Knows no arrays."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Gt, Interval, MinLen

from dlrecipe.variants import BY_TYPE

Task: TypeAlias = Literal["classification", "regression"]
NormalizationName: TypeAlias = Literal[
    "none", "center", "standard", "minmax", "robust", "quantile", "whitening"
]
TargetNormalization: TypeAlias = Literal["auto", "none", "standard"]
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
    missing: tuple[str, ...] = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "?")
    """Cells that stand for a missing value, after spaces around them are dropped."""
    drop: tuple[Name, ...] = ()
    """Columns to leave out."""
    categorical: tuple[Name, ...] = ()
    """Columns to read as categories, though they hold numbers or look like identifiers."""

    target_suffix: str = ""
    """An ending to drop from the target's labels, such as the "." of >50K. in a test file whose training
    file says >50K."""

    def __post_init__(self) -> None:
        if self.decimal == self.delimiter:
            raise ValueError("delimiter and decimal are both ','; fields could not be told from decimals")
        names = (self.target,) if isinstance(self.target, str) else self.target or ()
        if len(set(names)) < len(names):
            raise ValueError("target names a column twice; name each column once")
        dropped = [name for name in names if name in self.drop]
        if dropped:
            raise ValueError(f"drop names the target {dropped[0]!r}; the target is no input anyway")


@dataclass(frozen=True, kw_only=True)
class ArraySource:
    """NumPy arrays: two members of an .npz, or two .npy files (memory-mapped)."""

    type: Literal["npz", "npy"] = "npz"
    path: Name
    """The .npz, or the .npy of the inputs; a relative path starts at the config's folder."""
    x: Name = "x"
    """The member of the .npz that holds the inputs (n, …). Ignored for npy."""
    y: Name = "y"
    """The member that holds the targets (n,) or (n, outputs); for npy the path of the targets' file. Several
    columns are several numbers to predict, y1, y2, …; one-hot rows are classes, 0, 1, …"""

    def __post_init__(self) -> None:
        if self.type == "npy" and self.y == "y":
            raise ValueError("y is missing; a source of type npy needs y, the path of the targets' .npy")


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
    """Grey: one number a pixel; colour: three."""


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
    """Give every split the same mix of classes. Ignored for regression, and with group or time."""
    group: Name | None = None
    """A column; rows with the same value (a patient, say) land in the same split, and it is no input."""
    time: Name | None = None
    """A column to sort by: train is earliest, test latest; it is no input."""

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

    @property
    def columns_needed(self) -> tuple[str, ...]:
        """The columns that rows are kept together or apart by."""
        return tuple(name for name in (self.group, self.time) if name is not None)


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """Where the examples come from and how they are split.

    One `source` is split into train, dev and test. Or train, dev and test have sources of their own; without
    a dev of its own, dev is cut from train. Beside `source`, `test` may be a source of its own (dev is then
    cut from `source`), or `target` may be the source of the data the network is meant for: dev and test are
    cut from it, train comes from `source`, and a train_dev split is cut from train to measure the mismatch.
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

    def __post_init__(self) -> None:
        if (self.source is None) == (self.train is None):
            raise ValueError(
                "set either source (such as source: digits), which is split, or train, a source of its own"
            )
        if self.dev is not None and self.train is None:
            raise ValueError("dev is a source of its own, so train must be one too; rename source to train")
        if self.target is not None and (self.source is None or self.test is not None):
            raise ValueError("target goes with source alone: dev and test are cut from it")
