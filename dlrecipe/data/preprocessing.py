"""From raw inputs to the matrix the engine takes, with what was learned from the training examples alone.

Only numbers are scaled. Indicators, truth values and one-hot columns stay 0 and 1 under every normalization,
since 0 already says "not this", and centring would turn rare categories into large values; the indices of
embedded categories stay whole.
Knows no targets, no splits and no files.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, cast, final

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import DType, Indices, Rows
from dlrecipe.data.column_encoding import ColumnEncoding, fit_encoding
from dlrecipe.data.disk_rows import IN_MEMORY_BYTES, DiskRows
from dlrecipe.data.examples import ChosenRows, Column, Examples
from dlrecipe.data.image_normalization import normalize_images
from dlrecipe.data.normalization import Scaling, blocks, fit_scaling
from dlrecipe.data.preprocessor_state import require_state, restored_column, stored_column
from dlrecipe.data.side_by_side import side_by_side
from dlrecipe.data.specs import Embedded, Normalization, NormalizationName, NormalizationSpec
from dlrecipe.errors import DataError

MOST_WHITENED = 4_096
"""Features of which whitening can be worked out: the matrix has 134 MB, the eigenvectors take a minute."""
COLUMN_BY_COLUMN: tuple[NormalizationName, ...] = (
    "none",
    "center",
    "standard",
    "minmax",
    "robust",
    "quantile",
)
"""Normalizations that scale each feature by itself."""
STREAMED: tuple[NormalizationName, ...] = ("none", "center", "standard", "minmax")
"""Normalizations that are fitted block by block; the others need all of a feature's values at once."""
RESCALE = "Write the column in a larger unit, or correct the value."


@final
@dataclass(frozen=True, eq=False)
class Preprocessor:
    """What was learned from the training inputs, applied unchanged to every other split and to predictions.

    `columns` are the table's, those whose categories the network embeds last, so that their indices are the
    last features. For a matrix there are none, and its features are `feature_names`. `scaling` covers the
    features of a matrix, or the numeric columns of a table in their order. `feature_shape` is (height, width)
    or (height, width, channels) where an example is an image, which it stays unless whitening turns it.
    `per_image`: each example is scaled by its own values, and `scaling` does nothing.
    """

    normalization: NormalizationName
    feature_names: tuple[str, ...]
    columns: tuple[ColumnEncoding, ...]
    scaling: Scaling
    feature_shape: tuple[int, ...] = ()
    per_image: bool = False

    @classmethod
    def fit(
        cls,
        train: Examples,
        normalization: Normalization,
        embedded: Embedded = (),
        *,
        rows: Indices | None = None,
    ) -> "Preprocessor":
        """Learn medians, categories and scales from the training examples.

        Args:
            embedded: the columns of categories that become indices, for the network to embed.
            rows: those of `train` to learn from; None for all. They are copied a column, or a block, at a
                time.
        Raises:
            DataError: there are no examples, a value is not finite or too large, or the normalization does
                not suit the inputs.
        """
        spec = NormalizationSpec(type=normalization) if isinstance(normalization, str) else normalization
        if train.n_examples == 0 or (rows is not None and len(rows) == 0):
            raise DataError("no training examples", where=train.origin, remedy="Give train a larger share.")
        columns: tuple[ColumnEncoding, ...] = ()
        if train.matrix is not None:
            numbers = _checked_matrix(train, rows)
            n_scaled = numbers.shape[1]
            names = train.feature_names or tuple(f"x{i}" for i in range(1, n_scaled + 1))
        else:
            fits = _fit_columns(train, embedded, spec, rows)
            columns = tuple(fit.encoding for fit in fits)
            n_scaled = sum(encoding.is_scaled for encoding in columns)
            names = tuple(name for column in columns for name in column.feature_names)
        _require_fit(spec, train, n_scaled)
        per_image = spec.per == "image"
        try:
            if train.matrix is None:
                scaling = _scaling_of(train, fits, spec, rows)
            else:
                scaling = fit_scaling(_sampled(numbers, spec), "none" if per_image else spec)
        except FloatingPointError:
            raise _too_large(train.origin, "for its mean and variance to be worked out") from None
        turned = spec.type == "whitening" and spec.rotation == "pca"
        return cls(spec.type, names, columns, scaling, () if turned else train.feature_shape, per_image)

    @property
    def embedded(self) -> tuple[ColumnEncoding, ...]:
        """The columns whose index is a feature, in the order of the last features."""
        return tuple(column for column in self.columns if column.embedded)

    @property
    def fan_in(self) -> int:
        """Number of features that `transform` returns."""
        return len(self.feature_names)

    def transform(
        self, examples: Examples, dtype: DType, *, rows: Indices | None = None
    ) -> NDArray[Any] | DiskRows:
        """Return the inputs as (n, fan_in), C-contiguous; of rows on disk, more than 128 MB stay there.

        Args:
            rows: those of `examples` to return; None for all.

        Raises:
            DataError: columns or features are missing, or a value is not finite or too large for `dtype`.
        """
        try:
            if examples.matrix is None:
                return self._transform_table(examples, dtype, rows)
            if isinstance(examples.matrix, DiskRows):
                chosen = examples.matrix if rows is None else examples.matrix.select(rows)
                return self._transform_on_disk(examples, chosen, dtype)
            numbers = _checked_matrix(examples, rows)
            self._require_width(examples, numbers.shape[1])
            X = np.empty(numbers.shape, dtype)
            self._scale(numbers[:] if self.per_image else numbers, X)
        except FloatingPointError:
            raise _too_large(examples.origin, f"for {np.dtype(dtype).name}") from None
        return X

    def _transform_on_disk(
        self, examples: Examples, matrix: DiskRows, dtype: DType
    ) -> NDArray[Any] | DiskRows:
        """Return rows that are scaled as they are read; few enough ones are read here and now."""
        self._require_width(examples, matrix.shape[1])
        scaled = matrix.scaled(partial(self._apply, examples.origin), np.dtype(dtype))
        return scaled[:] if scaled.nbytes <= IN_MEMORY_BYTES else scaled

    def _apply(self, origin: str, stored: NDArray[Any], out: NDArray[Any]) -> None:
        try:
            self._scale(stored, out)
        except FloatingPointError:
            raise _too_large(origin, f"for {out.dtype.name}") from None

    def _scale(self, numbers: Rows, out: NDArray[Any]) -> None:
        """Write the numbers of a matrix, (n, features), scaled."""
        if self.per_image:
            normalize_images(cast(NDArray[Any], numbers), out, self.normalization)
        else:
            self.scaling.apply(numbers, out)

    def _transform_table(self, examples: Examples, dtype: DType, rows: Indices | None) -> NDArray[Any]:
        if not self.columns:
            self._require_width(examples, len(examples.columns))
        chosen = np.arange(examples.n_examples) if rows is None else rows
        columns = [_column(examples, encoding) for encoding in self.columns]
        X = np.zeros((len(chosen), self.fan_in), dtype)

        def write(block: slice) -> None:
            taken = [column.take(chosen[block]) for column in columns]
            self._write_block(taken, X[block], examples.origin, block.start)

        # Block by block: columns lie apart from each other, and a block of them stays in the cache. Of a
        # quarter of the usual size: each thread holds one three times over (benchmarks/tables.py).
        side_by_side(write, blocks(len(chosen), 4 * self.fan_in), numbers=X.size)
        return X

    def _write_block(self, columns: list[Column], X: NDArray[Any], origin: str, n_before: int) -> None:
        """Fill (n, fan_in) zeros from columns in the encodings' order; `n_before` counts rows for errors."""
        start, places = 0, []
        for encoding, column in zip(self.columns, columns, strict=True):
            encoding.write(column.values, X[:, start : start + encoding.width])
            places += [start] if encoding.is_scaled else []
            start += encoding.width
        numeric = [at for at, encoding in enumerate(self.columns) if encoding.is_scaled]
        numbers = np.empty((len(X), len(numeric)))
        for place, at in enumerate(numeric):
            numbers[:, place] = _finite(self.columns[at], columns[at], origin, n_before)
        if places == list(range(len(places))):  # numbers first, as in most tables: no second copy
            self.scaling.apply(numbers, X[:, : len(places)])
            return
        scaled = np.empty(numbers.shape, X.dtype)
        self.scaling.apply(numbers, scaled)
        X[:, places] = scaled

    def _require_width(self, examples: Examples, width: int) -> None:
        if self.columns or width != self.fan_in:
            expected = "a table" if self.columns else f"{self.fan_in} features"
            raise DataError(
                f"{width} features, where training had {expected}",
                where=examples.origin,
                remedy="Give data of the kind that the network was trained on.",
            )

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return JSON-able values and arrays from which `from_state` makes the same preprocessor."""
        meta = {
            "normalization": self.normalization,
            "per": "image" if self.per_image else "feature",
            "feature_names": list(self.feature_names),
            "feature_shape": list(self.feature_shape),
            "columns": [stored_column(column) for column in self.columns],
        }
        arrays = {"shift": self.scaling.shift, "factor": self.scaling.factor}
        if self.scaling.quantiles is not None:
            arrays["quantiles"] = self.scaling.quantiles
        if self.scaling.rotation is not None:
            arrays["rotation"] = self.scaling.rotation
        return meta, arrays

    @classmethod
    def from_state(cls, meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "Preprocessor":
        """Return the preprocessor that `to_state` wrote.

        Raises:
            ValueError: the values or arrays are not what `to_state` writes: a damaged file.
        """
        try:
            normalization = meta["normalization"]
            names = tuple(str(name) for name in meta["feature_names"])
            columns = tuple(restored_column(each) for each in meta["columns"])
            feature_shape = tuple(int(size) for size in meta["feature_shape"])
            scaling = Scaling(
                arrays["shift"], arrays["factor"], arrays.get("quantiles"), arrays.get("rotation")
            )
            per_image = meta.get("per", "feature") == "image"  # runs from before it could be had lack it
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not the state of a preprocessor: {error!r}") from None
        require_state(normalization, names, columns, scaling)
        if feature_shape and math.prod(feature_shape) != len(names):
            raise ValueError(f"not the state of a preprocessor: {feature_shape} for {len(names)} features")
        return cls(normalization, names, columns, scaling, feature_shape, per_image)


def _require_fit(spec: NormalizationSpec, train: Examples, n_features: int) -> None:
    """Refuse a normalization that does not suit the inputs."""
    if spec.per == "image" and train.matrix is None:
        raise DataError(
            "normalization per image, and the inputs are the columns of a table",
            where=train.origin,
            remedy="Set normalization.per: feature; columns of unlike kinds have no common scale.",
        )
    if spec.type == "whitening" and n_features > MOST_WHITENED:
        raise DataError(
            f"whitening of {n_features:,} features would take a matrix of {n_features:,} × {n_features:,}",
            where=train.origin,
            remedy=f"Set normalization: standard, or use at most {MOST_WHITENED:,} features: smaller images.",
        )


def _sampled(numbers: Rows, spec: NormalizationSpec) -> Rows:
    """Return what a normalization is fitted to: of rows on disk a sample, where it needs them all at once."""
    if not isinstance(numbers, DiskRows) or spec.type in STREAMED:
        return numbers
    n_kept = min(len(numbers), max(1, IN_MEMORY_BYTES // max(numbers.file.row_bytes, 1)))
    sample: NDArray[Any] = numbers[np.linspace(0, len(numbers) - 1, n_kept).astype(np.intp)]
    return sample


def _taken(column: Column, rows: Indices | None) -> Column:
    return column if rows is None else column.take(rows)


@dataclass(frozen=True, eq=False)
class _ColumnFit:
    """What one column has shown; `scaling` where it can be had of the column alone."""

    encoding: ColumnEncoding
    scaling: Scaling | None


def _fit_columns(
    train: Examples, embedded: Embedded, spec: NormalizationSpec, rows: Indices | None
) -> list[_ColumnFit]:
    """Learn each column's encoding and scale, those of embedded columns last."""
    alone = spec.type in COLUMN_BY_COLUMN

    def fit(column: Column) -> _ColumnFit:
        taken = _taken(column, rows)
        encoding = fit_encoding(taken, embedded)
        if not (alone and encoding.is_scaled):
            return _ColumnFit(encoding, None)
        try:
            return _ColumnFit(encoding, fit_scaling(_finite(encoding, taken, train.origin, 0)[:, None], spec))
        except FloatingPointError:
            raise _too_large(train.origin, "for its mean and variance to be worked out") from None

    numbers = len(train.columns) * (train.n_examples if rows is None else len(rows))
    return sorted(
        side_by_side(fit, train.columns, numbers=numbers), key=lambda column: column.encoding.embedded
    )


def _scaling_of(
    train: Examples, fits: list[_ColumnFit], spec: NormalizationSpec, rows: Indices | None
) -> Scaling:
    """Return the scaling of all numeric columns: joined, or fitted where it takes them all at once."""
    numeric = [fit.encoding for fit in fits if fit.encoding.is_scaled]
    if spec.type not in COLUMN_BY_COLUMN or not numeric:
        filled = (
            _finite(encoding, _taken(_column(train, encoding), rows), train.origin, 0)[:, None]
            for encoding in numeric
        )
        n_rows = train.n_examples if rows is None else len(rows)
        return fit_scaling(np.hstack([*filled, np.empty((n_rows, 0))]), spec)
    each = [fit.scaling for fit in fits if fit.scaling is not None]
    quantiles = [scaling.quantiles for scaling in each if scaling.quantiles is not None]
    return Scaling(
        np.concatenate([scaling.shift for scaling in each]),
        np.concatenate([scaling.factor for scaling in each]),
        np.hstack(quantiles) if quantiles else None,
    )


def _checked_matrix(examples: Examples, rows: Indices | None) -> NDArray[Any] | ChosenRows | DiskRows:
    """Return the matrix as (n, features), refusing NaN and inf: an array has no mark for "missing".

    Rows on disk were looked through when they were opened.
    """
    assert examples.matrix is not None
    if isinstance(examples.matrix, DiskRows):
        return examples.matrix if rows is None else examples.matrix.select(rows)
    whole = examples.matrix.reshape(examples.n_examples, -1)
    matrix = whole if rows is None else ChosenRows(whole, rows)
    if matrix.dtype.kind == "f":
        for block in blocks(*matrix.shape):
            bad = np.argwhere(~np.isfinite(matrix[block]))
            if len(bad):
                row, feature = int(bad[0][0]) + block.start, int(bad[0][1])
                raise DataError(
                    f"{matrix[row][feature]} in feature {feature + 1}",
                    where=f"{examples.origin}, example {row + 1} of its split",
                    remedy="Fill it in or drop the example; in a table, missing values are filled in.",
                )
    return matrix


def _column(examples: Examples, encoding: ColumnEncoding) -> Column:
    found = [column for column in examples.columns if column.name == encoding.name]
    if not found or found[0].kind != encoding.kind:
        problem = f"is {found[0].kind}, and was {encoding.kind} in training" if found else "is missing"
        raise DataError(
            f"the column '{encoding.name}' {problem}",
            where=examples.origin,
            remedy="Give a table with the columns that the network was trained on.",
        )
    return found[0]


def _finite(encoding: ColumnEncoding, column: Column, origin: str, n_before: int) -> NDArray[np.float64]:
    """Return a numeric column with its missing values filled in, refusing an infinite one."""
    values = encoding.filled(column.values)
    infinite = np.isinf(values)
    if infinite.any():
        raise DataError(
            f"an infinite value in '{encoding.name}'",
            where=f"{origin}, example {n_before + int(infinite.argmax()) + 1} of its split",
            remedy="Correct it, or leave it empty if it is missing.",
        )
    return values


def _too_large(origin: str, purpose: str) -> DataError:
    return DataError(f"a value is too large {purpose}", where=origin, remedy=RESCALE)
