"""The JSON Schema of a config, for editors and other tools (draft 2020-12). Knows no YAML and no files."""

from typing import Any

from dlrecipe.config.validation import adapter

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_EXTENDS = {
    "description": "A config, or several, that this one is laid on; paths start at this file's folder.",
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string", "minLength": 1}},
    ],
}


def config_json_schema() -> dict[str, Any]:
    """Return the schema of a config file, every key with its description, default and choices."""
    schema: dict[str, Any] = _standard(adapter(with_docstrings=True).json_schema())
    for definition in schema["$defs"].values():
        if "type" in definition.get("properties", {}):
            # Without its type a mapping would fit many variants; reading refuses it as well.
            definition["required"] = ["type", *definition.get("required", [])]
    required = schema.pop("required")
    schema["properties"] = {"extends": _EXTENDS, **schema["properties"]}
    # What a file lacks may stand in the one it extends.
    schema["anyOf"] = [{"required": required}, {"required": ["extends"]}]
    return {"$schema": DIALECT, **schema, "title": "dlrecipe config"}


def _standard(schema: Any, *, names: bool = False) -> Any:
    """Return a schema without pydantic's titles and without OpenAPI's `discriminator`.

    Args:
        schema: a schema, or a part of one.
        names: whether the keys are names that the config chose, such as those below `properties`.
    """
    if isinstance(schema, list):
        return [_standard(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: part for key, part in schema.items() if names or key not in ("title", "discriminator")}
    return {
        ("anyOf" if key == "oneOf" and not names else key): part
        if key in ("default", "enum", "const") and not names
        else _standard(part, names=key in ("properties", "$defs") and not names)
        for key, part in kept.items()
    }
