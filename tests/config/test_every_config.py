"""Properties of every config that the schema allows: it is written, read back, and passes the JSON Schema.

The configs are drawn from the annotations of the schema's dataclasses, here and not by the package's own
reading of them, so that an option added tomorrow is tested without a line.
"""

import json
import math
import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlrecipe.config.json_schema import config_json_schema
from dlrecipe.config.loading import load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.config.writing import config_to_dict, dump_config
from dlrecipe.data.specs import SplitSpec

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.text(LETTERS, max_size=12) | st.sampled_from(
    ["no", "1e3", "null", "~", "- a", "a: b", "#", "é", "'", '"']
)
# Absolute, since reading resolves what is relative.
PATHS = st.text("ab c'#:é[", min_size=1, max_size=8).map("/data/{}".format)
SPLITS = st.sampled_from([(0.6, 0.2, 0.2), (0.5, 0.5, 0.0), (0.98, 0.01, 0.01)]).map(
    lambda shares: SplitSpec(train=shares[0], dev=shares[1], test=shares[2])
)


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Return values that an annotation allows."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is SplitSpec:
        return SPLITS
    if origin is Annotated and args[0] in (int, float):
        return st.from_type(annotation).filter(_fits)
    if origin is Annotated and args[0] is str:
        return TEXT.filter(bool)
    if origin is Annotated:
        inner = values(args[0])
        return inner.filter(bool) if get_origin(args[0]) is tuple else inner
    if origin in (Union, types.UnionType):
        return st.one_of([values(arm) for arm in args])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple and args[-1:] == (...,):
        return st.lists(values(args[0]), max_size=4).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(arg) for arg in args))
    if origin is dict:
        return st.dictionaries(TEXT, values(args[1]), max_size=3)
    if is_dataclass(annotation):
        return sections(annotation)
    return (
        TEXT
        if annotation is str
        else st.from_type(annotation).filter(lambda value: value is None or _fits(value))
    )


def _fits(number: float) -> bool:
    """Return whether a number is finite, and, if whole, one of 64 bits."""
    return abs(number) < 2**63 if isinstance(number, int) else math.isfinite(number)


@st.composite
def sections(draw: st.DrawFn, cls: Any) -> Any:
    """Return instances of a section's dataclass, some keys given and some left to their defaults."""
    hints = get_type_hints(cls, include_extras=True)
    given_keys = {}
    for key in fields(cls):
        # `y` is always given: the default of an npz, the member called y, is no absolute path for an npy.
        if _is_required(key) or key.name == "y" or draw(st.booleans()):
            given_keys[key.name] = draw(_value(cls, key.name, hints[key.name]))
    try:
        return cls(**given_keys)
    except (ValueError, TypeError):
        # Keys that do not go together: the section as it is by default, or with what it must have.
        return draw(_fallback(cls))


def _value(cls: Any, name: str, annotation: Any) -> st.SearchStrategy[Any]:
    if name in ("path", "y"):
        return PATHS
    if cls is Config and name == "name":
        return st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
    return values(annotation)


def _is_required(key: Any) -> bool:
    return key.default is MISSING and key.default_factory is MISSING


def _fallback(cls: Any) -> st.SearchStrategy[Any]:
    if cls is Config:
        return st.just(load_config_text("data: {source: digits}").config)
    if cls.__name__ == "DataSpec":
        source = get_type_hints(cls, include_extras=True)["source"]
        return values(source).filter(bool).map(lambda chosen: cls(source=chosen))
    required = [field.name for field in fields(cls) if MISSING is field.default is field.default_factory]
    return st.just(cls(**dict.fromkeys(required, "/x")))  # a path that is absolute stays as it is


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(config_json_schema())


slow = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@slow
@given(sections(Config))
def test_a_config_that_was_written_reads_back_equal(config: Config) -> None:
    assert load_config_text(dump_config(config)).config == config


@slow
@given(sections(Config))
def test_plain_values_survive_json(config: Config) -> None:
    assert json.loads(json.dumps(config_to_dict(config))) == config_to_dict(config)


@slow
@given(sections(Config))
def test_a_config_that_was_written_names_every_key_in_the_schemas_order(config: Config) -> None:
    written = config_to_dict(config)
    assert list(written) == [key.name for key in fields(Config)]
    for name in ("network", "training", "optimizer", "regularization"):
        assert list(written[name]) == [key.name for key in fields(getattr(config, name))]


@slow
@given(config=sections(Config))
def test_a_valid_config_passes_the_json_schema(
    config: Config, schema: jsonschema.Draft202012Validator
) -> None:
    assert [error.message for error in schema.iter_errors(config_to_dict(config))] == []


@slow
@given(sections(Config))
def test_another_reader_of_yaml_takes_the_same_structure_from_it(config: Config) -> None:
    def texts_and_keys(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: texts_and_keys(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [texts_and_keys(inner) for inner in value]
        # PyYAML by itself follows YAML 1.1, where 1e-08 is a text; all else must agree.
        return value if not isinstance(value, float) else None

    def without_numbers(value: Any, like: Any) -> Any:
        if isinstance(like, dict):
            return {key: without_numbers(value[key], like[key]) for key in value}
        if isinstance(like, list):
            return [without_numbers(one, other) for one, other in zip(value, like, strict=True)]
        return None if isinstance(like, float) else value

    written = config_to_dict(config)
    assert without_numbers(yaml.safe_load(dump_config(config)), written) == texts_and_keys(written)
