"""Files made to exhaust or to mislead the reader of configs, and texts that went wrong in a thousand ways."""

import random
from collections.abc import Callable, Iterator

from dlrecipe.config.files import MAX_BYTES
from dlrecipe.config.forms import sections
from dlrecipe.config.schema import Config

MEGABYTE = 1 << 20
LIMIT = MAX_BYTES
"""What a file is filled up to: as much as is still read."""
_DOUBLING = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 200))
_HEAD = "data: {source: digits}\n"


def _filled(start: str, repeated: str, end: str = "") -> str:
    """Return the largest text of this kind that is not refused for its size alone."""
    times = (LIMIT - len((start + end).encode())) // len(repeated.encode())
    return start + repeated * times + end


CORPUS: dict[str, Callable[[], str | bytes]] = {
    "100,000 [": lambda: "[" * 100_000,
    "100,000 {": lambda: "{" * 100_000,
    "100,000 [ and ]": lambda: "[" * 100_000 + "]" * 100_000,
    "100,000 {a: ": lambda: "{a: " * 100_000,
    "100,000 - ": lambda: "- " * 100_000,
    "100,000 ? ": lambda: "? " * 100_000,
    "a mapping indented 100,000 deep": lambda: "".join(" " * i + "a:\n" for i in range(1_400)),
    "aliases that double": lambda: _DOUBLING,
    "aliases that double, in a flow": lambda: "[" + ", ".join(_DOUBLING.splitlines()[:1] * 3) + "]",
    "an alias of itself": lambda: "a: &a [*a]\n",
    "one alias 300,000 times": lambda: _filled("a: &a [1]\nb: [", "*a,", "]"),
    "a list used 100,000 times": lambda: _filled("a: &a " + str(list(range(900))) + "\nb: [", "*a, ", "]"),
    "anchors alone": lambda: _filled("[", "&a ", "]"),
    "a long one of: a plain scalar": lambda: _filled(_HEAD + "name: ", "a"),
    "a plain scalar of many words": lambda: _filled(_HEAD + "name: ", "a "),
    "a plain scalar of many lines": lambda: _filled(_HEAD + "name: a\n", "  b\n"),
    "a long one of: a quoted scalar": lambda: _filled(_HEAD + 'name: "', "a", '"'),
    "a quoted scalar of escapes": lambda: _filled(_HEAD + 'name: "', r"\n", '"'),
    "a quoted scalar of \\U escapes": lambda: _filled(_HEAD + 'name: "', r"\U0001f600", '"'),
    "a quoted scalar of blank lines": lambda: _filled(_HEAD + 'name: "', "\n", '"'),
    "a single-quoted scalar of quotes": lambda: _filled(_HEAD + "name: '", "''", "'"),
    "a quoted scalar that does not end": lambda: _filled(_HEAD + 'name: "', "ab "),
    "a long one of: a folded scalar": lambda: _filled(_HEAD + "name: >\n", "  a\n"),
    "a literal scalar of blank lines": lambda: _filled(_HEAD + "name: |\n", "\n"),
    "a literal scalar of one line": lambda: _filled(_HEAD + "name: |\n  ", "a"),
    "a long one of: a number": lambda: _filled(_HEAD + "seed: ", "9"),
    "a long one of: a float": lambda: _filled(_HEAD + "seed: 0.", "9"),
    "a long one of: a hexadecimal number": lambda: _filled(_HEAD + "seed: 0x", "f"),
    "a number of 400 digits": lambda: _HEAD + "training: {epochs: " + "9" * 400 + "}\n",
    "a long one of: a key": lambda: _filled("", "k", ": 1\n"),
    "a long one of: a quoted key": lambda: _filled('"', "k", '": 1\n'),
    "500,000 keys": lambda: "".join(f"k{i}: 1\n" for i in range(100_000)),
    "one key 200,000 times": lambda: _filled("", "a: 1\n"),
    "500,000 items": lambda: _filled("a: [", "1,", "]"),
    "150,000 unknown keys of sections": lambda: _filled(_HEAD + "network: {", "a: 1, ", "}"),
    "9,000 unknown keys": lambda: _HEAD + "".join(f"key{i}: 1\n" for i in range(9_000)),
    "9,000 wrong items": lambda: _HEAD + "network: {hidden: [" + "x, " * 9_000 + "1]}\n",
    "9,000 wrong layers": lambda: _HEAD + "network: {layers: [" + "{type: dens}, " * 4_000 + "]}\n",
    "a long one of: a comment": lambda: _filled("#", "x"),
    "350,000 comments": lambda: _filled("", "#x\n"),
    "spaces": lambda: _filled("", " "),
    "blank lines": lambda: _filled("", "\n"),
    "carriage returns": lambda: _filled("", "\r"),
    "tabs": lambda: _filled("", "\t"),
    "colons": lambda: _filled("", ":"),
    "colons and spaces": lambda: _filled("", ": "),
    "commas": lambda: _filled("[", ","),
    "dashes": lambda: _filled("", "-"),
    "document marks": lambda: _filled("", "---\n"),
    "document ends": lambda: _filled("", "...\n"),
    "directives": lambda: _filled("", "%YAML 1.2\n"),
    "tag directives": lambda: "".join(f"%TAG !a{i}! tag:x:{i}\n" for i in range(40_000)) + "--- 1\n",
    "a long directive": lambda: _filled("%", "x"),
    "a %YAML of many digits": lambda: _filled("%YAML 1.", "9", "\n--- 1\n"),
    "a long one of: a tag": lambda: _filled("!<", "x", "> 1"),
    "escapes in a tag": lambda: _filled("!<", "%41", "> 1"),
    "tags": lambda: _filled("[", "!!str ", "]"),
    "a long one of: an anchor": lambda: _filled("&", "x", " 1"),
    "a long one of: an alias": lambda: _filled("*", "x"),
    "block indicators": lambda: _filled("", "|\n"),
    "merge keys": lambda: _filled("a: &a {b: 1}\n", "c: {<<: *a}\n"),
    "a merge of a merge": lambda: "a: &a {<<: *a}\n",
    "Python objects": lambda: "a: !!python/object/apply:os.system ['touch hacked']\n",
    "Python names": lambda: "a: !!python/name:os.system\n",
    "binary": lambda: bytes(range(256)) * 4_000,
    "zeros": lambda: bytes(MEGABYTE),
    "invalid UTF-8": lambda: b"\xff" * MEGABYTE,
    "overlong UTF-8": lambda: b"\xc0\xaf" * 1_000,
    "UTF-16": lambda: ("data: {source: digits}\n").encode("utf-16"),
    "a byte-order mark": lambda: "\ufeff" + _HEAD,
    "line separators": lambda: _filled("", "\u2028"),
    "emoji": lambda: _filled("name: ", "\U0001f600"),
    "characters that join": lambda: _filled("name: e", "\u0301"),
    "a plain scalar of 1 MB": lambda: _HEAD + "name: " + "a " * (MEGABYTE // 2),
    "a quoted scalar of 1 MB": lambda: _HEAD + 'name: "' + "\\n" * (MEGABYTE // 2) + '"',
    "a number of 1 MB": lambda: _HEAD + "seed: " + "9" * MEGABYTE,
    "1 byte too many": lambda: " " * (LIMIT + 1),
    "10 MB": lambda: "a" * (10 * MEGABYTE),
    "extends itself": lambda: "extends: config.yaml\n",
    "extends a folder": lambda: "extends: .\n",
    "extends a device": lambda: "extends: /dev/zero\n",
    "extends the terminal": lambda: "extends: /dev/tty\n",
    "extends what is read once": lambda: "extends: /dev/stdin\n",
    "extends itself 10,000 times": lambda: "extends: [" + "config.yaml, " * 4_000 + "]\n",
    "a path with a NUL": lambda: 'data: {source: {type: table, path: "a\\0b"}}\n',
    "a long one of: a path": lambda: _filled("data: {source: {type: table, path: ", "a/", "}}\n"),
    "a name that is a path": lambda: _HEAD + "name: ../../etc/passwd\n",
    "a name of dots": lambda: _HEAD + "name: ..\n",
}
"""What a config file may turn out to be. None of them is a config that trains."""

TOKENS = (
    "&a ", '*a', "!!str ", "!!python/object:os.system ", "<<: ", "? ", "- ", "|\n", ">-\n",
    "%YAML 1.1\n", "\t", "---\n", "...\n", "\x00", "\ufeff", '"', "'", "{", "}", "[", "]", ": ",
    ", ", "#", "\n", "\r", "  ", "\\", "@", "`", "~", "null", "true", "no", "1e999", "-.inf",
    ".nan", "0x", "1_000", "12:30:45", '9' * 30, "-0", "\u2028", "\ud7ff", "extends: x.yaml\n",
    "data: ", "type: ", "é", "😀", "=",
)  # fmt: skip
VALUES = (
    "null", "~", "true", "no", "0", "-1", "1", "1.5", "-0.0", "1e308", "1e-320", "1e999", ".inf",
    "-.inf", ".nan", "9223372036854775807", "9223372036854775808", '9' * 40, "0o777", "0xff", '""',
    "''", '"\\0"', '"\\ud800"', "[]", "{}", "[[]]", "[null]", "{type: }", "{type: adamm}",
    "{type: null}", "{type: [1]}", "{a: 1}", "full", "[1, a, {}]", "x", "auto", "all", "none",
    "[1, 2, 3]", "{type: table, path: .}", "{type: run, run: ../x}", '*a', "&a 1", "!x 1",
    "{train: 1, dev: 0, test: 0}", "a" * 300, "'" + 'a ' * 200 + "'",
)  # fmt: skip
_BASES = (
    "name: a\ndata: {source: digits}\n",
    "data:\n  source:\n    type: table\n    path: rows.csv\n    target: y\nnetwork: {hidden: [4, 3]}\n",
    "data: {source: {type: synthetic, generator: moons}}\noptimizer: {type: sgd, learning_rate: 0.1}\n",
    "# a comment\nseed: 3\ndata: {source: iris}\nregularization: {l2: 1, dropout: {keep_prob: [1, 0.5]}}\n"
    "network: {hidden: [8]}\nearly_stopping: null\n",
    "data: {source: wine}\ntraining: {epochs: 3, batch_size: full}\ncheckpoint: {every_s: 1}\n",
)
_KEYS = sorted(
    {path for path, _ in sections(Config) if path} | {"name", "seed", "task", "loss", "augmentation"}
)


def texts(n: int, seed: int) -> Iterator[str]:
    """Yield n texts: configs with characters out of place, and keys with values that do not fit."""
    rng = random.Random(seed)
    for _ in range(n):
        yield _misspelt(rng) if rng.random() < 0.5 else _misfit(rng)


def _misspelt(rng: random.Random) -> str:
    text = rng.choice(_BASES)
    for _ in range(rng.randint(1, 4)):
        at, end = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        match rng.randrange(4):
            case 0:
                text = text[:at] + rng.choice(TOKENS) + text[at:]
            case 1:
                text = text[:at] + text[end:]
            case 2:
                text = text[:end] + text[at:end] + text[end:]
            case _:
                text = (
                    text[:at] + chr(rng.choice((rng.randrange(128), rng.randrange(0xD800)))) + text[at + 1 :]
                )
    return text


def _misfit(rng: random.Random) -> str:
    lines = ["data: {source: digits}"]
    for _ in range(rng.randint(1, 3)):
        key, value = rng.choice(_KEYS), rng.choice(VALUES)
        *parents, last = key.split(".")
        if rng.random() < 0.3:
            last = rng.choice((last + "s", last.upper(), '""', "1", "type", "epochs", "hidden"))
        lines.append("".join(f"{parent}: {{" for parent in parents) + f"{last}: {value}" + "}" * len(parents))
    rng.shuffle(lines)
    return "\n".join(lines) + "\n"
