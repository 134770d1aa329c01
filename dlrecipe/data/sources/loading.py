"""From what a config says of a source to its examples. Knows no split and no scaling."""

from dlrecipe.data.examples import Examples
from dlrecipe.data.sources.arrays import load_arrays
from dlrecipe.data.sources.bundled import load_bundled
from dlrecipe.data.sources.images import load_images
from dlrecipe.data.sources.openml import fetch_openml_set
from dlrecipe.data.sources.synthetic import make_synthetic
from dlrecipe.data.specs import (
    ArraySource,
    BundledSource,
    ImagesSource,
    OpenmlSource,
    Source,
    SyntheticSource,
    TableSource,
)
from dlrecipe.errors import DataError


def load_source(
    spec: Source, *, seed: int, aside: tuple[str, ...] = (), like: Examples | None = None
) -> Examples:
    """Return the examples of any source.

    Args:
        seed: the config's seed, for sources that draw their examples.
        aside: columns that are no inputs but are needed beside them, such as the one a split groups by.
        like: the training examples, when the source is another split's; a table then reads its columns as
            the same kinds, whatever its own cells look like. Other sources say themselves what they hold.
    Raises:
        DataError: the source cannot be read, or `aside` names columns of one that is no table.
    """
    if isinstance(spec, TableSource):
        # Here and not above: the reader of tables brings a library that other sources do without.
        from dlrecipe.data.sources.table import read_table
        from dlrecipe.data.sources.table_layout import TableLayout

        layout = TableLayout.of(like) if like is not None and like.columns else None
        return read_table(spec, aside=aside, like=layout)
    if aside:
        raise DataError(
            f"a source of type {spec.type} has no column {aside[0]!r}; only a table can be split by a column",
            remedy="Remove group, time and column from data.split, or put the examples into a table.",
        )
    match spec:
        case BundledSource():
            return load_bundled(spec)
        case ArraySource():
            return load_arrays(spec)
        case SyntheticSource():
            return make_synthetic(spec, seed=seed)
        case ImagesSource():
            return load_images(spec)
        case OpenmlSource():
            return fetch_openml_set(spec)
