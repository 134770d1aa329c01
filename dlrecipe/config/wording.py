"""pydantic's errors in plain words, with what was given, what could be, and what to do.

One function a kind of error; the table of kinds is at the foot. Knows pydantic's kinds of errors and the
schema's forms; no YAML and no files.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, replace
from typing import Any, TypeAlias

from dlrecipe.config.forms import Forms, described, keys_of, sections
from dlrecipe.config.locating import Site
from dlrecipe.config.scalars import scalar_value
from dlrecipe.config.schema import Config
from dlrecipe.config.tree import Fault, Listing, Node, Scalar, child, joined, shortened, shown
from dlrecipe.config.tree import Mapping as MappingNode
from dlrecipe.suggestion import did_you_mean

Context: TypeAlias = Mapping[str, Any]

_MATCHED_CHARACTERS = 60
# Whole floats up to here are written without an exponent.
_LARGEST_EXACT = 2**53


def worded(kind: str, message: str, context: Context, site: Site) -> Fault:
    """Return an error as a fault.

    Args:
        kind: pydantic's name for the kind of error, such as `greater_than`.
        message: pydantic's own words, for kinds that have no words here.
        context: its numbers, such as `{"gt": 0}`.
        site: the value it is about.
    """
    if kind in _WORDS:
        return _WORDS[kind](site, context)
    if kind.endswith("_type"):
        return _wrong_kind(site, context)
    return _about(site, message[:1].lower() + message[1:])


def _about(site: Site, what: str, remedy: str = "") -> Fault:
    return Fault(site.node.place, site.dotted, what, remedy)


def _unknown_key(site: Site, context: Context) -> Fault:
    key = str(site.path[-1])
    keys = list(keys_of(site.owner)) if site.owner else []
    hint = _right_place(key, site) or did_you_mean(key, keys)
    return Fault(site.key_place, site.dotted, "unknown key", _line(hint, f"Keys here: {', '.join(keys)}."))


def _right_place(key: str, site: Site) -> str:
    """Return where a key that is unknown here is known; empty where that is nowhere or in many places."""
    known = [(path, section) for path, section in sections(Config) if key in keys_of(section)]
    here = ".".join(part for part in map(str, site.path[:-1]) if not part.isdecimal())
    siblings = dict.fromkeys(
        name
        for path, section in known
        if path == here and "type" in keys_of(section)
        for name in keys_of(section)["type"].forms.choices
    )
    if siblings:
        return f"'{key}' goes with type {' or '.join(siblings)}."
    paths = {path for path, _ in known}
    if len(paths) != 1:
        return ""
    path = paths.pop()
    return f"Did you mean {path}.{key}?" if path else f"Did you mean {key} at the top level?"


def _missing(site: Site, context: Context) -> Fault:
    if isinstance(site.node, Listing):
        n_wanted = len(site.forms.items)
        what = f"must have {n_wanted} items, not {len(site.node.items)}"
        return Fault(site.node.place, joined(site.path), what)
    key = site.absent or ""
    forms = keys_of(site.owner)[key].forms if site.owner else site.forms
    if site.dotted == "data":
        return _about(site, "missing", _EXAMPLES)
    example = ""
    if isinstance(site.node, Scalar):
        mapping = f"{{type: {shortened(site.node.text)}, {key}: …}}"
        in_list = bool(site.path) and str(site.path[-1]).isdecimal()
        example = f"Such as - {mapping}." if in_list else f"Such as {site.key}: {mapping}."
    return _about(site, "missing", _line(f"It has no default; give it {described(forms)}.", example))


def _no_type(site: Site, context: Context) -> Fault:
    return Fault(site.node.place, f"{site.dotted}.type", "missing", _choices(site.forms.variants))


def _unknown_variant(site: Site, context: Context) -> Fault:
    """Word a name that is none of a union's, given as `optimizer: adamm` or `optimizer: {type: adamm}`."""
    node, path = site.node, site.dotted
    if isinstance(node, MappingNode):
        node, path = node.get("type") or node, f"{path}.type"
    names = list(site.forms.variants)
    if not (isinstance(node, Scalar) and isinstance(node.value, str)):
        return Fault(node.place, path, f"must be a name, not {shown(node)}", _choices(names))
    remedy = did_you_mean(node.value, names, _choices(names))
    return Fault(node.place, path, f"unknown {_NOUNS.get(site.key, site.key)} {shown(node)}", remedy)


def _unknown_choice(site: Site, context: Context) -> Fault:
    if not (isinstance(site.node, Scalar) and isinstance(site.node.value, str)):
        return _wrong_kind(site, context)
    # What else may stand here, such as the number that `batch_size: full` stands beside.
    others = described(replace(site.forms, choices=(), null=False))
    choices = _choices([*site.forms.choices, others] if others else site.forms.choices)
    hint = _meant_scalar(site.node, site.forms) or did_you_mean(site.node.value, site.forms.choices)
    return _about(site, f"unknown {site.key} {shown(site.node)}", _line(hint, choices))


def _wrong_kind(site: Site, context: Context) -> Fault:
    what = f"must be {described(site.forms)}, not {shown(site.node)}"
    return _about(site, what, _way_to_write_it(site))


def _way_to_write_it(site: Site) -> str:
    """Return how to write what was probably meant; empty where nothing is probable."""
    node, forms = site.node, site.forms
    # Up to three choices have been named among the forms.
    choices = _choices(forms.variants or (forms.choices if len(forms.choices) > 3 else ()))
    if not isinstance(node, Scalar):
        return _line(_meant_key(node, forms), choices)
    if node.value is None:
        key = keys_of(site.owner).get(str(site.path[-1])) if site.owner and site.path else None
        return "Leave the key out for its default." if key and key.default is not MISSING else ""
    if forms.null and str(node.value).lower() in _NOTHING:
        return "Write null."
    if isinstance(node.value, str):
        hint = _meant_scalar(node, forms) or _meant_key(node, forms)
        return _line(hint or ("" if site.dotted != "data" else _EXAMPLES), choices)
    if isinstance(node.value, float) and node.value.is_integer() and forms.number == "whole":
        return f"Write {int(node.value)}." if abs(node.value) < _LARGEST_EXACT else ""
    if forms.is_list and forms.item(0).number:
        return f"Write [{shortened(node.text)}]."
    if hint := _meant_key(node, forms):
        return _line(hint, choices)
    return f'Put it in quotes: "{shortened(node.text)}".' if forms.text else choices


def _meant_key(node: Node, forms: Forms) -> str:
    """Ask for the first key of a section that would take what stands in the section's own place."""
    for name, key in keys_of(forms.section).items() if forms.section else ():
        if isinstance(node, Scalar) and isinstance(node.value, str):
            fits = node.value in (*key.forms.choices, *key.forms.variants)
        else:
            fits = key.forms.accepts(node)
        if fits:
            value = shortened(node.text) if isinstance(node, Scalar) else "[…]"
            return _line(f"Did you mean {{{name}: {value}}}?", _CAUTIONS.get(name, ""))
    return ""


def _meant_scalar(node: Scalar, forms: Forms) -> str:
    """Return the number or boolean that a text was probably meant to be; empty where it is none."""
    text = str(node.value)[:_MATCHED_CHARACTERS]
    bare = _number_in(text.strip().replace("_", "")) if forms.number else ""
    if bare and (forms.number == "any" or isinstance(scalar_value(bare), int)):
        return "Write it without quotes." if bare == text else f"Write {bare}."
    if forms.boolean and text.lower() in _BOOLEANS:
        return f"Write {_BOOLEANS[text.lower()]}."
    return ""


def _number_in(text: str) -> str:
    """Return a number as it is written in YAML; empty where the text is none, or might be either of two.

    A comma with three digits after it groups them (12,500) unless a 0 stands before it; any other one is a
    decimal comma. What ends in % is a fraction.
    """
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif "." not in text:
        text = text.replace(",", ".")
    if text.endswith("%") and isinstance(percent := scalar_value(text[:-1].strip()), int | float):
        return f"{percent / 100:g}"
    return text if isinstance(scalar_value(text), int | float) else ""


def _out_of_range(relation: str, bound_name: str) -> Callable[[Site, Context], Fault]:
    def word(site: Site, context: Context) -> Fault:
        bound = context[bound_name]
        bound_in_words = str(bound) if isinstance(bound, int) else f"{bound:g}"
        value = site.node.value if isinstance(site.node, Scalar) else None
        remedy = ""
        if bound == 1 and isinstance(value, int | float) and 2 <= value <= 100:
            remedy = f"It is a fraction: {value:g} % is {value / 100:g}."
        return _about(site, f"must be {relation} {bound_in_words}, not {shown(site.node)}", remedy)

    return word


def _not_finite(site: Site, context: Context) -> Fault:
    return _about(site, f"must be a finite number, not {shown(site.node)}")


def _empty_text(site: Site, context: Context) -> Fault:
    return _about(site, "must not be empty")


def _too_few(site: Site, context: Context) -> Fault:
    return _about(site, f"must have at least {context['min_length']} item(s), not {context['actual_length']}")


def _too_many(site: Site, context: Context) -> Fault:
    # pydantic stops counting after the first one too many.
    n_items = len(site.node.items) if isinstance(site.node, Listing) else context["actual_length"]
    return _about(site, f"must have at most {context['max_length']} items, not {n_items}")


def _broken_promise(site: Site, context: Context) -> Fault:
    """Word the ValueError of a `__post_init__`: "statement; remedy", at the key that it begins with."""
    what, _, remedy = str(context["error"]).partition("; ")
    node = site.node
    for part in what.partition(" ")[0].split("."):
        node = child(node, part) or node
    return Fault(node.place, site.dotted, what, f"{remedy[:1].upper()}{remedy[1:]}." if remedy else "")


def _choices(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f"Choices: {listed}." if listed else ""


def _line(*sentences: str) -> str:
    return "  ".join(sentence for sentence in sentences if sentence)


_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_EXAMPLES = "Say where the examples come from, such as `data: {source: digits}`."
_NOTHING = ("false", "no", "off", "none", "never")
"""What stands in a config where null was meant."""
_CAUTIONS = {"keep_prob": "It is the fraction of units kept, not of those dropped."}

# Keys that say where a thing is used, or that there are several, not what it is.
_NOUNS = {"train": "source", "dev": "source", "test": "source", "target": "source", "layers": "layer"}

_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}

_WORDS: dict[str, Callable[[Site, Context], Fault]] = {
    "unexpected_keyword_argument": _unknown_key,
    "missing": _missing,
    "union_tag_not_found": _no_type,
    "union_tag_invalid": _unknown_variant,
    "literal_error": _unknown_choice,
    "greater_than": _out_of_range("greater than", "gt"),
    "greater_than_equal": _out_of_range("at least", "ge"),
    "less_than": _out_of_range("less than", "lt"),
    "less_than_equal": _out_of_range("at most", "le"),
    "finite_number": _not_finite,
    "string_too_short": _empty_text,
    "too_short": _too_few,
    "too_long": _too_many,
    "value_error": _broken_promise,
}
