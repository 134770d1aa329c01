"""From the columns that a config embeds, and what train has shown of them, to the layer that does it."""

from dlrecipe.data.column_encoding import RARE
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.errors import ConfigError, Problem
from dlrecipe.nn.layer_specs import EmbeddedColumn, EmbeddingLayer
from dlrecipe.nn.specs import NetworkSpec

KEY = "network.embeddings"


def embedding_layer(spec: NetworkSpec, preprocessor: Preprocessor) -> tuple[EmbeddingLayer, ...]:
    """Return the layer that embeds the last features, in a tuple that is empty where there are none.

    Raises:
        ConfigError: a column that the config embeds is not among the inputs, or holds no categories.
    """
    if isinstance(spec.embeddings, dict):
        found = [_problem(name, preprocessor) for name in spec.embeddings]
        problems = [Problem("", *problem) for problem in found if problem is not None]
        if problems:
            raise ConfigError(problems)
    columns = tuple(
        EmbeddedColumn(
            name=column.name, rows=column.rows, width=spec.embedding_width(column.name, column.rows)
        )
        for column in preprocessor.embedded
    )
    return (EmbeddingLayer(columns=columns),) if columns else ()


def _problem(name: str, preprocessor: Preprocessor) -> tuple[str, str, str] | None:
    """Return the key, what is wrong and the remedy where a column cannot be embedded."""
    key = f"{KEY}.{name}"
    columns = {column.name: column for column in preprocessor.columns}
    if not columns:
        return key, "the inputs are an array, which has no columns", "Leave embeddings out."
    if name not in columns:
        others = [column.name for column in columns.values() if column.kind == "categorical"]
        among = f"Columns of categories: {', '.join(others) or 'none'}."
        return key, f"there is no input column {name!r}", among
    if columns[name].kind != "categorical":
        return (
            key,
            f"the column {name!r} is {columns[name].kind} and has no categories",
            f"Leave it out, or read it as categories: data.source.categorical: [{name}].",
        )
    if columns[name].rows < 2:
        return (
            key,
            f"no category of {name!r} has {RARE} rows in train, so there is nothing to learn of any",
            "Leave it out, or drop the column: data.source.drop.",
        )
    return None
