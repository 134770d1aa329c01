"""The JSON Schema tells an editor what a config may hold: it accepts and refuses what reading does."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dlrecipe.config.json_schema import config_json_schema
from dlrecipe.config.loading import load_config, load_config_text
from dlrecipe.errors import ConfigError

SCHEMA = config_json_schema()
EDITOR = jsonschema.Draft202012Validator(SCHEMA)
CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("**/*.yaml"))


def test_it_is_a_schema_of_draft_2020_12() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def keywords_of(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*(keywords_of(part) for part in schema))
    if not isinstance(schema, dict):
        return set()
    inner: set[str] = set()
    for key, part in schema.items():
        if key in ("properties", "$defs"):
            inner |= set().union(*(keywords_of(named) for named in part.values()))
        elif key not in ("default", "const", "enum", "required"):
            inner |= keywords_of(part)
    return inner | set(schema)


def test_it_uses_no_keyword_that_the_standard_does_not_know() -> None:
    standard = (
        "$schema $defs $ref title description default type enum const anyOf properties required "
        "additionalProperties items prefixItems minItems maxItems minLength maxLength pattern "
        "minimum maximum exclusiveMinimum exclusiveMaximum"
    )
    assert keywords_of(SCHEMA) <= set(standard.split())


@pytest.mark.parametrize(
    "text",
    [
        "data: {source: digits}",
        "extends: base.yaml\nseed: 3",
        "extends: [a.yaml, b.yaml]",
        "data: {source: {type: table, path: x.csv, target: [a, b], header: true}}",
        "data: {train: wine, dev: wine, split: auto}",
        "data: {source: digits}\noptimizer: adam\nearly_stopping: null",
        "data: {source: digits}\noptimizer: {type: nesterov, schedule: cosine, clip: {norm: 1}}",
        "data: {source: digits}\nregularization: {dropout: {keep_prob: [1, 0.5, 0.5]}}",
        "data: {source: digits}\nloss: {type: cross_entropy, class_weights: {a: 2}}",
    ],
)
def test_it_accepts_what_reading_accepts(text: str) -> None:
    assert [error.message for error in EDITOR.iter_errors(yaml.safe_load(text))] == []
    if "extends" not in text:
        load_config_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "seed: 3",
        "data: {source: digit}",
        "data: {source: {path: x.csv}}",
        "data: {source: {type: table}}",
        "data: {source: {type: table, path: ''}}",
        "data: {source: digits, split: aut}",
        "data: {source: digits}\noptimizer: adamm",
        "data: {source: digits}\noptimizer: {type: adamm}",
        "data: {source: digits}\noptimizer: {learning_rate: 0.1}",
        "data: {source: digits}\noptimizer: {type: sgd, beta1: 0.9}",
        "data: {source: digits}\noptimizer: {type: adam, learning_rate: 0}",
        "data: {source: digits}\nlearning_rate: 0.1",
        "data: {source: digits}\nseed: -1",
        "data: {source: digits}\nnetwork: {hidden: [0]}",
        "data: {source: digits}\nnetwork: {activation: rleu}",
        "data: {source: digits}\nnetwork: null",
        "data: {source: digits}\ntraining: {batch_size: ful}",
        "data: {source: digits}\ndiagnosis: {bayes_error: 15}",
    ],
)
def test_it_refuses_what_reading_refuses(text: str) -> None:
    assert list(EDITOR.iter_errors(yaml.safe_load(text)))
    with pytest.raises(ConfigError):
        load_config_text(text)


@pytest.mark.parametrize("path", CONFIGS, ids=[path.name for path in CONFIGS])
def test_the_configs_that_come_with_the_project_pass(path: Path) -> None:
    load_config(path)
    assert [error.message for error in EDITOR.iter_errors(yaml.safe_load(path.read_text()))] == []


def test_an_editor_is_offered_the_names_of_a_variant_both_ways() -> None:
    bare, mapping = SCHEMA["properties"]["optimizer"]["anyOf"]
    names = {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"}
    assert names <= set(bare["enum"])
    offered = [
        SCHEMA["$defs"][arm["$ref"].rpartition("/")[2]]["properties"]["type"] for arm in mapping["anyOf"]
    ]
    assert names <= {name for kind in offered for name in kind.get("enum", [kind.get("const")])}


def test_keys_are_described_by_their_docstrings() -> None:
    assert SCHEMA["properties"]["seed"]["description"].startswith("Everything random follows from it")
    assert SCHEMA["$defs"]["AdamSpec"]["properties"]["learning_rate"]["description"] == "Step size."
    assert SCHEMA["$defs"]["AdamSpec"]["description"] == "Adam with bias correction."


def test_asking_for_the_schema_leaves_reading_as_strict_as_before() -> None:
    with pytest.raises(ConfigError):
        load_config_text("data: {source: digits}\nseed: '1'")
    config_json_schema()
    with pytest.raises(ConfigError):
        load_config_text("data: {source: digits}\nzeed: 1")
