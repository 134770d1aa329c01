"""Rows to predict for: read as the training rows were, without a target, and what is odd about them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from dlrecipe.data.examples import Examples
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.sources.arrays import load_inputs
from dlrecipe.data.sources.images import load_pictures
from dlrecipe.data.sources.picture_files import is_image
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import ArraySource, ImagesSource, Source, TableSource


def read_rows(source: Source, path: Path, fitted: Fitted) -> Examples:
    """Return the rows of a file in the form that the run's preprocessing takes.

    A run trained on a table takes tables with the same columns; one trained on arrays takes an .npz (the
    same member), an .npy, or a table whose columns have the features' names; one trained on images takes an
    image or a folder of them too.

    Args:
        source: what the run was trained on.
    Raises:
        DataError: the file cannot be read, or columns are missing.
    """
    if path.suffix in (".npz", ".npy"):
        member = source.x if isinstance(source, ArraySource) and source.type == "npz" else "x"
        return load_inputs(path, member)
    if isinstance(source, ImagesSource) and (path.is_dir() or is_image(path)):
        return load_pictures(path, source, fitted.preprocessor.feature_shape)
    # Here and not above: the reader of tables brings a library that arrays do without.
    from dlrecipe.data.sources.table import read_table

    if isinstance(source, TableSource):
        spec = replace(source, path=str(path))
        return read_table(spec, for_prediction=True, like=fitted.layout)
    names = fitted.preprocessor.feature_names
    layout = TableLayout(inputs=tuple((name, "numeric") for name in names), targets=())
    table = read_table(TableSource(path=str(path)), for_prediction=True, like=layout)
    matrix = np.stack([column.values for column in table.columns], axis=1)
    return replace(table, matrix=matrix, columns=())


def notes_on_unseen(rows: Examples, preprocessor: Preprocessor) -> tuple[str, ...]:
    """Return a sentence on each column with categories that train did not have.

    Nothing is said where rare categories share an input, or are hashed: new ones then are what rare ones are.
    """
    columns = {column.name: column.values for column in rows.columns}
    notes = []
    for encoding in preprocessor.columns:
        if encoding.kind != "categorical" or encoding.other or encoding.buckets:
            continue
        known = set(encoding.categories)
        strange = [
            value for value in columns[encoding.name].tolist() if value is not None and value not in known
        ]
        if strange:
            notes.append(
                f"'{encoding.name}' has a category that train did not have in {len(strange):,} of "
                f"{rows.n_examples:,} rows, such as '{strange[0]}': to the network that column says nothing "
                "there."
            )
    return tuple(notes)
