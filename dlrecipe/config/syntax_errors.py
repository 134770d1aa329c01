"""What PyYAML's errors mean, in plain words with a remedy. Knows their texts and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

from yaml.error import MarkedYAMLError

from dlrecipe.config.tree import Fault, Place, shortened


@dataclass(frozen=True)
class Meaning:
    """What an error is to the user.

    `sign`: a part of PyYAML's text that tells it. `at_start`: whether the place that helps is where the
    thing started, not where reading it failed.
    """

    sign: str
    what: str
    remedy: str
    at_start: bool = False


def explain(error: MarkedYAMLError, place_at: Callable[[int, int], Place]) -> Fault:
    """Return an error of PyYAML's scanner or parser as a fault.

    Args:
        error: the error.
        place_at: from a line and a column, counted from 0, to a place.
    """
    text = f"{error.context or ''}; {error.problem or ''}"
    unknown = Meaning(
        "", f"not YAML: {shortened(error.problem or 'unreadable')}", "Check this line and the one before."
    )
    meaning = next((meaning for meaning in _MEANINGS if meaning.sign in text), unknown)
    mark = (error.context_mark if meaning.at_start else None) or error.problem_mark or error.context_mark
    place = place_at(0, 0) if mark is None else place_at(mark.line, mark.column)
    return Fault(place, "", meaning.what, meaning.remedy)


# The first whose sign is found decides.
_MEANINGS = (
    Meaning("'\\t'", "a tab cannot stand here", "Use spaces: YAML is indented with spaces alone."),
    Meaning(
        "mapping values are not allowed",
        "a colon cannot stand here",
        "Indent the key like its neighbours; text with ': ' in it needs quotes.",
    ),
    Meaning(
        "could not find expected ':'",
        "this is no `key: value`",
        "Put a colon and a space after the key; text of several lines needs quotes.",
        at_start=True,
    ),
    Meaning(
        "while scanning a quoted scalar",
        "a text in quotes that does not end",
        "Close the quotes.",
        at_start=True,
    ),
    Meaning(
        "while scanning a double-quoted scalar",
        "a wrong \\ between double quotes",
        "Write \\\\ for a backslash, or use single quotes.",
    ),
    Meaning(
        "while parsing a flow sequence",
        "a list in [ ] that does not end, or lacks a comma",
        "Put commas between the items and close it with ].",
    ),
    Meaning(
        "while parsing a flow mapping",
        "a mapping in { } that does not end, or lacks a comma",
        "Put commas between the entries and close it with }.",
    ),
    Meaning(
        "while parsing a block mapping",
        "this does not fit the lines before",
        "Start the keys of one mapping in the same column; nothing can follow closing quotes.",
    ),
    Meaning(
        "while parsing a block collection",
        "this does not fit the lines before",
        "Start the items of one list in the same column, each with `- `.",
    ),
    Meaning(
        "sequence entries are not allowed",
        "a list item cannot start here",
        "Start each item on a line of its own, or write the list as [a, b].",
    ),
    Meaning("that cannot start any token", "text cannot start with this character", "Put it in quotes."),
    Meaning(
        "expected the node content",
        "a value is missing here",
        "Put one here, or close the [ or { before; text that starts with such a character needs quotes.",
    ),
    Meaning(
        "<document start>", "nothing can follow here", "Keep one mapping of keys and values in the file."
    ),
    Meaning("while scanning an alias", "a * without a name", "Put text that starts with * in quotes."),
    Meaning("while scanning an anchor", "a & without a name", "Put text that starts with & in quotes."),
    Meaning("tag", "a tag that cannot be read", "Put text that starts with ! in quotes."),
    Meaning("directive", "a % directive that cannot be read", "Remove the line."),
    Meaning("incompatible YAML", "a version of YAML that cannot be read", "Remove the line %YAML."),
    Meaning(
        "while scanning a block scalar",
        "a wrong start of text after | or >",
        "Put only a line break after | or >.",
    ),
)
