"""What a person is told to do is said in sentences, wherever in the package an error or a finding is made."""

import ast
from collections.abc import Iterator
from pathlib import Path

import dlrecipe

PACKAGE = Path(dlrecipe.__file__).parent
COMMANDS = ("dlrecipe ", "pip install ")


def beginnings(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may begin with, as far as they stand in it."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=[first, *_]):
            yield from beginnings(first)
        case ast.BinOp(left=left):
            yield from beginnings(left)
        case ast.IfExp(body=body, orelse=orelse):
            yield from beginnings(body)
            yield from beginnings(orelse)
        case ast.BoolOp(values=values):
            for value in values:
                yield from beginnings(value)


def remedies(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what is passed as `remedy`, or becomes a variable of that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "remedy":
            yield node.value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == "remedy":
                    yield node.value


def test_every_remedy_begins_like_a_sentence_or_is_a_command():
    told, wrong = 0, []
    for path in sorted(PACKAGE.rglob("*.py")):
        for remedy in remedies(ast.parse(path.read_text(encoding="utf-8"))):
            for text in beginnings(remedy):
                told += 1
                if text[:1].islower() and not text.startswith(COMMANDS):
                    wrong.append(f"{path.relative_to(PACKAGE)}:{remedy.lineno} {text}")
    assert not wrong
    assert told > 200  # the walk has seen them
