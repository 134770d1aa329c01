"""Settings that come in kinds: a mapping with a `type`, or just the name of the type.

`optimizer: adam` and `optimizer: {type: adam, learning_rate: 0.01}` are both an `Optimizer`, declared as
`Optimizer = Annotated[Sgd | Adam, BY_TYPE]`, each member a frozen dataclass whose `type` is a Literal.
Knows pydantic only while a config is being validated, so that the specs themselves import without it.
"""

from typing import Any


class _ByType:
    """Tells pydantic to pick the member of a union by its `type`, and to take a bare name for a mapping."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import Discriminator
        from pydantic_core import core_schema

        union = Discriminator("type").__get_pydantic_core_schema__(source, handler)
        return core_schema.no_info_before_validator_function(_spell_out, union)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        mapping = handler(core)
        members = mapping.get("discriminator", {}).get("mapping", {})
        return {"anyOf": [{"enum": sorted(members)}, mapping]}


def _spell_out(value: Any) -> Any:
    # Behind a validator of our own pydantic no longer knows that the value came from JSON, where lists are
    # the only tuples, and would refuse them.
    return {"type": value} if isinstance(value, str) else _with_tuples(value)


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(inner) for key, inner in value.items()}
    return tuple(_with_tuples(inner) for inner in value) if isinstance(value, list) else value


BY_TYPE = _ByType()
