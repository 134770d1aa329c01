"""The table of a sweep's points in terminals of any width."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from dlrecipe.reports.sweep_table import SweepTable, last_names

KEYS = ["regularization.l2", "optimizer.learning_rate", "network.hidden", "training.batch_size"]
MORE = ["early_stopping.patience", "regularization.dropout.keep_prob"]


def point(number: int, keys: list[str], **changed: Any) -> dict[str, Any]:
    error = {"mean": 0.0312, "low": 0.0, "high": 0.111, "standard_error": 0.01, "seeds": 3}
    return {
        "point": number, "values": {key: f"v{place}" for place, key in enumerate(keys)}, "epochs": None,
        "seeds_done": 3, "complete": True, "outcomes": {}, "train": error, "dev": error,
        "within_noise": True, **changed,
    }  # fmt: skip


def shown(keys: list[str], width: int, *points: dict[str, Any]) -> list[str]:
    found = list(points) or [point(0, keys), point(1, keys), point(2, keys, outcomes={"diverged": 1})]
    document = {
        "keys": keys, "task": "classification", "seeds": 3, "points": found, "best": found[0],
        "chosen": found[-1],
    }  # fmt: skip
    out = StringIO()
    Console(file=out, width=width).print(SweepTable(document, 30))
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("keys", "width"), [(KEYS[:1], 80), (KEYS, 80), (KEYS + MORE, 80), (KEYS + MORE, 60)]
)
def test_no_note_is_lost_however_many_keys_are_varied(keys, width):
    lines = shown(keys, width)
    text = "\n".join(lines)
    assert max(map(len, lines)) <= width
    assert "notes" in lines[0]
    assert "lowest" in text
    assert text.count("within noise") == 2
    assert "1 diverged" in text
    for name, place in zip(last_names(keys), range(len(keys)), strict=True):
        assert name in text
        assert f"v{place}" in text


def test_where_there_is_room_the_keys_have_their_whole_names():
    assert shown(KEYS, 160)[0].split()[: len(KEYS)] == KEYS
    assert shown(KEYS, 80, point(0, KEYS), point(1, KEYS))[0].split()[:4] == [
        "l2",
        "learning_rate",
        "hidden",
        "batch_size",
    ]


def test_ends_of_keys_tell_them_apart():
    assert last_names(["data.seed", "data.split.seed", "name"]) == ["data.seed", "split.seed", "name"]
    assert last_names(["a.b.c", "b.c", "c"]) == ["a.b.c", "b.c", "c"]


def test_columns_that_say_nothing_are_left_out():
    alone = shown(KEYS[:1], 160, point(0, KEYS[:1]))
    assert "epochs" not in alone[0]
    assert "epochs" in shown(KEYS[:1], 160, point(0, KEYS[:1], epochs=9))[0]
