"""Postal codes that look like numbers are noted, with the setting that reads them as codes."""

import numpy as np
import pytest

from dlrecipe.data.sources.table import read_table
from dlrecipe.data.specs import TableSource

RNG = np.random.default_rng(0)


def notes(folder, header, columns, **options):
    rows = zip(*columns, RNG.integers(0, 2, len(columns[0])), strict=True)
    text = "\n".join([f"{header},y", *(",".join(map(str, row)) for row in rows)])
    (folder / "t.csv").write_text(text + "\n")
    return read_table(TableSource(path=str(folder / "t.csv"), **options)).notes


@pytest.mark.parametrize("name", ["zip", "ZipCode", "postal code", "plz"])
def test_few_postal_codes_are_to_be_categories_and_many_to_be_hashed(tmp_path, name):
    few, many = RNG.choice([10115, 80331, 20095], 300), RNG.integers(10_000, 100_000, 300)
    assert f"categorical: [{name}]" in notes(tmp_path, name, [few])[0]
    (note,) = notes(tmp_path, name, [many])
    assert f"hashed: {{{name}: 64}}" in note
    assert notes(tmp_path, name, [many], hashed={name: 64}) == ()
    assert notes(tmp_path, name, [few], categorical=(name,)) == ()


def test_codes_that_a_spreadsheet_has_taken_the_zero_from_are_postal_codes_too(tmp_path):
    zips = np.where(RNG.random(300) < 0.1, RNG.integers(1_001, 6_000, 300), RNG.integers(10_000, 99_000, 300))
    assert "zip" in notes(tmp_path, "zip", [zips])[0]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("income", RNG.integers(10_000, 100_000, 300)),
        ("zip_count", RNG.integers(10_000, 100_000, 300)),
        ("zip", RNG.integers(0, 9, 300)),
        ("zip", RNG.integers(1, 100_000, 300) + 0.5),
        ("zip", np.exp(RNG.uniform(0, 11, 300)).astype(int) + 1),
        ("zip", -RNG.integers(10_000, 100_000, 300)),
    ],
    ids=["another name", "a longer name", "small", "fractions", "of all lengths", "below 0"],
)
def test_what_has_not_both_the_name_and_the_look_is_not_noted(tmp_path, name, values):
    assert notes(tmp_path, name, [values]) == ()
