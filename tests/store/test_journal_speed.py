"""A journal line may cost little more than its JSON: 15,000 epochs in four seconds include their lines."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dlrecipe.store.journal import Journal

N_EPOCHS = 3000


def fastest_s(action: Callable[[int], object]) -> float:
    def once(repeat: int) -> float:
        begin = time.perf_counter()
        action(repeat)
        return time.perf_counter() - begin

    return min(once(repeat) for repeat in range(3))


def test_a_line_costs_less_than_twice_the_json_of_its_record(tmp_path: Path) -> None:
    figures = np.random.default_rng(0).random((N_EPOCHS, 20)).tolist()
    records = [
        {"epoch": epoch, **{f"figure_{index}": figure for index, figure in enumerate(row)}}
        for epoch, row in enumerate(figures, start=1)
    ]

    def append_all(repeat: int) -> None:
        with Journal(tmp_path / f"{repeat}.jsonl") as opened:
            for record in records:
                opened.append(record)

    json_s = fastest_s(lambda _: [json.dumps(record, allow_nan=False) for record in records])
    # 20 ms for the two fsyncs, at the first line and at the end.
    assert fastest_s(append_all) < 2 * json_s + 0.02
