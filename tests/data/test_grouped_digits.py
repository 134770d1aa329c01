"""Points between thousands, read as decimal signs, are noted with the setting that mends it."""

import numpy as np
import pytest

from dlrecipe.data.sources.table import read_table
from dlrecipe.data.specs import TableSource

RNG = np.random.default_rng(0)
AMOUNTS = RNG.integers(200, 9_000, 300)


def read(folder, cells, **options):
    rows = "".join(f"{cell};{i % 2}\n" for i, cell in enumerate(cells))
    (folder / "t.csv").write_text("Umsatz;y\n" + rows)
    return read_table(TableSource(path=str(folder / "t.csv"), **options))


def test_thousands_parted_by_points_are_noted_and_read_as_the_note_says(tmp_path):
    cells = [f"{amount:,}".replace(",", ".") for amount in AMOUNTS]
    (note,) = read(tmp_path, cells).notes
    assert 'decimal: "," and number_signs: ["."]' in note
    assert "Umsatz" in note
    mended = read(tmp_path, cells, decimal=",", number_signs=(".",))
    assert mended.notes == ()
    assert mended.columns[0].values.tolist() == AMOUNTS.tolist()


HONEST = {
    "three digits throughout": [f"{x:.3f}" for x in RNG.uniform(1, 900, 300)],
    "two digits, and none": [
        f"{x:.2f}" if i % 2 else f"{x:.0f}" for i, x in enumerate(RNG.uniform(1, 900, 300))
    ],
    "shares": [f"{x:.3f}" if i % 2 else "100" for i, x in enumerate(RNG.uniform(0, 90, 300))],
    "whole": [str(x) for x in AMOUNTS],
    "beyond a thousand": [
        f"{x:.3f}" if i % 2 else f"{x:.0f}" for i, x in enumerate(RNG.uniform(1, 5_000, 300))
    ],
    "nothing below a hundred whole": [
        f"{x:.3f}" if i % 2 else "0" for i, x in enumerate(RNG.uniform(1, 90, 300))
    ],
}


@pytest.mark.parametrize("name", HONEST)
def test_numbers_with_decimals_are_not(tmp_path, name):
    assert read(tmp_path, HONEST[name]).notes == ()
