"""What a config's YAML may not hold is refused at its place, fast, whatever the size of the damage."""

import pytest

from dlrecipe.config.tree import plain
from dlrecipe.config.yaml import read_yaml
from dlrecipe.errors import ConfigError


def refusal_of(text: str) -> str:
    """Return what is said about a text: its refusal, or the faults of what could be read."""
    try:
        _, faults = read_yaml(text, "c.yaml")
    except ConfigError as error:
        return str(error)
    return "\n".join(f"{fault.place}  {fault.path}: {fault.what}\n  {fault.remedy}" for fault in faults)


def test_a_config_comes_out_as_written() -> None:
    tree, faults = read_yaml(
        'a: 1e-3\nb: [no, "1", x y]\nc: {d: ~, e: true}\nf: |\n  two\n  lines\n', "c.yaml"
    )
    assert tree is not None
    assert faults == []
    assert plain(tree) == {
        "a": 0.001,
        "b": ["no", "1", "x y"],
        "c": {"d": None, "e": True},
        "f": "two\nlines\n",
    }


def test_an_alias_stands_for_its_anchor() -> None:
    tree, _ = read_yaml("a: &sizes [3, 4]\nb: *sizes\n", "c.yaml")
    assert tree is not None
    assert plain(tree) == {"a": [3, 4], "b": [3, 4]}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "4:3", "b.c: the key is given twice\n  The first is at c.yaml:3:3"),
        ('a: 1\n"a": 2\n', "2:1", "the key is given twice"),
        ("a: !!python/object/apply:os.system [x]", "1:4", "the tag !!python/object/apply:os.system is not"),
        ("a: [1, !mine 2]", "1:8", "a.1: the tag !mine is not allowed"),
        ("a: !!str 3", "1:4", "the tag !!str is not allowed"),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document starts here"),
        ("a: {1: x}", "1:5", 'the key 1 is not text\n  Put it in quotes: "1".'),
        ("null: x", "1:1", "the key null is not text"),
        ("true: x", "1:1", "the key true is not text"),
        ("? [a]\n: x", "1:3", "a list or mapping cannot be a key"),
        ("a: &b {c: 1}\nd:\n  <<: *b\n", "3:3", "merge keys (<<) are not read"),
        ("k" * 129 + ": 1", "1:1", "a key of 129 characters"),
        ("a: " + "9" * 5000, "1:4", "a number of 5000 characters is too long"),
        ('a: "\\0"', "1:4", "the text contains the character U+0000"),
        ('a: "\\ud800"', "1:4", "the text contains the character U+D800"),
        ("a:\n\tb: 1", "2:1", "a tab cannot stand here\n  Use spaces"),
        ("a: x\0y", "1:5", "the character U+0000 is not allowed"),
        ("a: 1\nb: \x1b", "2:4", "the character U+001B is not allowed"),
        ("\ufeffa: 1", "1:1", "byte-order mark"),
        ("a: b: c", "1:5", "a colon cannot stand here"),
        ("a: 1\nfoo\nb: 2", "2:1", "this is no `key: value`"),
        ("a: 'x\nb: 1", "1:4", "a text in quotes that does not end"),
        ('a: "C:\\data"', "1:8", "a wrong \\ between double quotes"),
        ('a: "\\U00110000"', "1:7", "a number here is too large"),
        ("a: [1, 2\nb: 3", "2:2", "a list in [ ] that does not end"),
        ("a: {x: 1\nb: 2", "2:2", "a mapping in { } that does not end"),
        ("a:\n  b: 1\n c: 2", "3:2", "this does not fit the lines before"),
        ("a: - 1", "1:4", "a list item cannot start here"),
        ("a: @x", "1:4", "text cannot start with this character\n  Put it in quotes."),
        ("a: [1,,2]", "1:7", "a value is missing here"),
        ("a: *b", "1:4", "*b stands for nothing that was complete before it"),
        ("a: &b [*b]", "1:8", "*b stands for nothing that was complete before it"),
        ("%YAML 2.0\n---\na: 1", "1:1", "a version of YAML that cannot be read"),
        ("%YAML 1." + "9" * 5000 + "\n---\na: 1", "1:9", "a number here is too large"),
    ],
)
def test_what_a_config_has_no_use_for_is_refused_at_its_place(text: str, place: str, words: str) -> None:
    said = refusal_of(text)
    assert f"c.yaml:{place}  " in said
    assert words in said


def test_all_duplicates_and_tags_of_a_file_are_told_at_once() -> None:
    said = refusal_of("a: 1\na: 2\nb: !x 3\nc: 4\nc: 5\n")
    assert [line.split("  ")[0] for line in said.splitlines()[::2]] == [
        "c.yaml:2:1",
        "c.yaml:3:4",
        "c.yaml:5:1",
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "--- \n", "~", "null"])
def test_an_empty_file_holds_no_value(text: str) -> None:
    tree, faults = read_yaml(text, "c.yaml")
    assert tree is None or plain(tree) is None
    assert faults == []


def test_fifty_levels_are_read_and_fifty_one_refused() -> None:
    tree, _ = read_yaml("[" * 50 + "]" * 50, "c.yaml")
    assert tree is not None
    assert "c.yaml:1:51  lists and mappings are nested more than 50 deep" in refusal_of("[" * 51 + "]" * 51)


DOUBLING = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
NESTING = "b0: &b0 [x]\n" + "".join(f"b{i}: &b{i} [*b{i - 1}]\n" for i in range(1, 60))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[" * 100_000, "nested more than 50 deep", id="brackets"),
        pytest.param("{a: " * 100_000, "nested more than 50 deep", id="braces"),
        pytest.param("- " * 100_000, "nested more than 50 deep", id="dashes"),
        pytest.param(DOUBLING, "more than 10,000 values", id="alias bomb"),
        pytest.param(NESTING, "aliases nest lists and mappings more than 50 deep", id="nested aliases"),
        pytest.param("a: [" + "1," * 500_000 + "]", "more than 10,000 values", id="long list"),
    ],
)
def test_a_file_made_to_exhaust_the_reader_is_refused(text: str, words: str) -> None:
    assert words in refusal_of(text)
