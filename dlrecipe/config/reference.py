"""The config reference, docs/config.md: every key with its values, default and meaning. Writes no file.

Structure and defaults come from the dataclasses of the schema, bounds and descriptions from its JSON Schema.
"""

import json
from dataclasses import MISSING, is_dataclass
from typing import Any

from dlrecipe.config.forms import Key, keys_of, sections
from dlrecipe.config.json_schema import config_json_schema
from dlrecipe.config.schema import Config

_INTRODUCTION = """\
# The config

Made from the schema's dataclasses by `make docs`. `dlrecipe schema` prints the same as JSON Schema, for
editors; `dlrecipe show RUN` prints the config of a run with every default filled in.

A config is one YAML file, read strictly: YAML 1.2 (`1e-3` is a number, `no` is text), no unknown and no
duplicate keys, no NaN or infinity. All its errors are reported at once, each with file, line and column. Only
`data` must be given. A path in a config starts at the folder of the file that it stands in.

- `--set KEY=VALUE` overrides one setting, the key written with dots and the value as YAML:
  `--set 'network.hidden=[128, 64]'`, `--set optimizer=sgd`.
- Where a setting comes in kinds, it is a mapping with a `type`; the name alone means that kind with its
  defaults: `optimizer: adam` is `optimizer: {type: adam}`.
- Errors are fractions in [0, 1]: `target_error: 0.05` is 5%.
"""


def config_page() -> str:
    """Return docs/config.md: the top level, then every section in the order of the schema, in Markdown."""
    schema = config_json_schema()
    home = _homes()
    blocks = [_INTRODUCTION]
    for path in dict.fromkeys(home.values()):
        blocks.append(f"## {path or 'Top level'}\n")
        for section in (section for section, first in home.items() if first == path):
            definition = schema["$defs"].get(section.__name__, schema)
            kind = definition["properties"].get("type")
            blocks.append(f"### {path}: {_in_words(kind)}\n" if kind else "")
            blocks.append(definition["description"] + "\n" if path else "")
            blocks.append(_table(section, definition["properties"], path, home))
    return "\n".join(block for block in blocks if block)


def _homes() -> dict[type, str]:
    """Return the path under which each section is described: the first of those where it may stand."""
    home: dict[type, str] = {}
    for path, section in sections(Config):
        home.setdefault(section, path)
    return home


def _table(section: type, properties: dict[str, Any], path: str, home: dict[type, str]) -> str:
    """Return a section's keys as a Markdown table; empty where `type` is its only key."""
    keys = keys_of(section)
    rows = []
    for name, schema in properties.items():
        if name == "type":
            continue
        key = keys.get(name)
        here = f"{path}.{name}" if path else name
        described_at = {home[kind] for kind in key.forms.variants.values()} if key else set()
        values = f"as `{described_at.pop()}`" if described_at - {here} else _cell(_in_words(schema))
        rows.append(f"| `{name}` | {values} | {_default(key)} | {_cell(schema['description'])} |")
    if not rows:
        return ""
    return "\n".join(["| key | values | default | meaning |", "|---|---|---|---|", *rows]) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(key: Key | None) -> str:
    if key is None:
        return "none"
    if key.default is MISSING:
        return "must be given"
    if is_dataclass(key.default):
        kind = getattr(key.default, "type", None)
        return f"`{kind}`" if kind else "as below"
    value = key.default
    return f"`{value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)}`"


def _in_words(schema: dict[str, Any]) -> str:
    """Return the values that a JSON Schema allows, in words; a name stands as it is written in a config."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_in_words(arm) for arm in schema["anyOf"]))
    if "$ref" in schema:
        return "a mapping"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if schema["type"] == "array":
        return _list_in_words(schema)
    if schema["type"] == "object":
        return f"a mapping of names to {_plural(_in_words(schema['additionalProperties']))}"
    return _ATOMS[schema["type"]] + _bounds(schema)


def _list_in_words(schema: dict[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"a list of {len(schema['prefixItems'])} {_plural(_in_words(schema['prefixItems'][0]))}"
    return f"a list of {_plural(_in_words(schema['items']))}"


def _plural(words: str) -> str:
    for one, many in (("a whole number", "whole numbers"), ("a number", "numbers"), ("text", "texts")):
        if words.startswith(one):
            return many + words.removeprefix(one)
    return "these"


def _bounds(schema: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [
        f"{sign} {schema[name]:,}" if schema[name] < 2**53 else f"{sign} 2^{schema[name].bit_length()} - 1"
        for name, sign in signs.items()
        if name in schema
    ]
    return f" {' and '.join(limits)}" if limits else ""


_ATOMS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true`, `false`",
    "null": "`null`",
}
