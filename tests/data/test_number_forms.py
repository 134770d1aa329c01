"""Amounts as accounts write them, and measures with their units: named for what they are, read when asked."""

from pathlib import Path

import numpy as np
import pytest

from dlrecipe.data.examples import Examples
from dlrecipe.data.sources.number_forms import odd_numbers
from dlrecipe.data.sources.open_table import ColumnError
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

AMOUNTS = np.random.default_rng(0).normal(0, 2_000, 60).round(2)


def write(path: Path, cells: list[str]) -> Path:
    path.write_text("amount;y\n" + "".join(f"{cell};{i % 2}\n" for i, cell in enumerate(cells)))
    return path


def read(tmp_path: Path, cells: list[str], **options: object) -> Examples:
    path = write(tmp_path / "t.csv", cells)
    return read_table(TableSource(path=str(path), **options))  # type: ignore[arg-type]


WAYS = {
    "brackets": lambda x: f"({-x:,.2f})" if x < 0 else f"{x:,.2f}",
    "brackets and a currency": lambda x: f"($ {-x:,.2f})" if x < 0 else f"$ {x:,.2f}",
    "currency and brackets": lambda x: f"$({-x:,.2f})" if x < 0 else f"${x:,.2f}",
    "a minus behind": lambda x: f"{-x:,.2f}-" if x < 0 else f"{x:,.2f}",
    "the minus of print": lambda x: f"{x:,.2f}".replace("-", "\u2212"),
}


@pytest.mark.parametrize("way", WAYS)
def test_amounts_as_accounts_write_them_are_named_and_read_below_zero(tmp_path: Path, way: str):
    cells = [WAYS[way](x) for x in AMOUNTS]
    with pytest.raises(ColumnError, match="below zero, as accounts write it") as refused:
        read(tmp_path, cells)
    assert (refused.value.option, refused.value.value) == ("accounting", True)
    assert "accounting: true" in refused.value.remedy
    signs = (",", "$", " ") if "$" in cells[0] else (",",)
    read_so = {"accounting": True, "number_signs": signs}
    assert read(tmp_path, cells, **read_so).columns[0].values.tolist() == AMOUNTS.tolist()


def test_amounts_with_decimal_commas_and_points_between_thousands_are_read_as_well(tmp_path: Path):
    cells = [f"({-x:,.2f})" if x < 0 else f"{x:,.2f}" for x in AMOUNTS]
    cells = [cell.translate(str.maketrans(",.", ".,")) for cell in cells]
    found = read(tmp_path, cells, accounting=True, decimal=",", number_signs=(".",))
    assert found.columns[0].values.tolist() == AMOUNTS.tolist()


def test_a_few_amounts_below_zero_are_no_marks_for_missing(tmp_path: Path):
    cells = [f"{abs(x):.2f}" for x in AMOUNTS[:-1]] + ["(7.50)"]
    with pytest.raises(ColumnError) as refused:
        read(tmp_path, cells)
    assert refused.value.option == "accounting"


def test_a_target_of_such_amounts_is_no_set_of_classes(tmp_path: Path):
    rows = "".join(f"{i};{WAYS['a minus behind'](x)}\n" for i, x in enumerate(AMOUNTS)).replace(",", "")
    (tmp_path / "t.csv").write_text("x;y\n" + rows)
    with pytest.raises(ColumnError, match="column 'y' holds numbers: below zero"):
        read_table(TableSource(path=str(tmp_path / "t.csv")))
    found = read_table(TableSource(path=str(tmp_path / "t.csv"), accounting=True))
    assert found.target is not None
    assert found.target.tolist() == AMOUNTS.tolist()


def test_rows_to_predict_for_are_read_the_same_way(tmp_path: Path):
    options = {"accounting": True, "number_signs": (",",)}
    layout = TableLayout.of(read(tmp_path, [WAYS["brackets"](x) for x in AMOUNTS], **options))
    later = write(tmp_path / "later.csv", ["(1,000.50)", "7", "8-"])
    spec = TableSource(path=str(later), **options)  # type: ignore[arg-type]
    found = read_table(spec, for_prediction=True, like=layout)
    assert found.columns[0].values.tolist() == [-1000.5, 7, -8]


def test_with_accounting_signs_in_two_places_are_still_no_number(tmp_path: Path):
    for cell in ("(-5)", "-5-", "(5-)", "(5", "5)"):
        with pytest.raises(DataError, match="nearly all"):
            read(tmp_path, [*(f"{i}.5" for i in range(40)), cell], accounting=True)


@pytest.mark.parametrize("sign", ["(", ")", "()", "\u2212"])
def test_brackets_cannot_be_left_out_of_numbers_which_would_turn_losses_into_gains(sign: str):
    with pytest.raises(ValueError, match="accounting: true"):
        TableSource(path="t.csv", number_signs=(sign,))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("{:.1f} kg", ["kg"]),
        ("{:.1f}kg", ["kg"]),
        ("{:.0f} people", ["people"]),
        ("USD {:.2f}", ["USD"]),
        ("{:.2f} EUR", ["EUR"]),
        ("<{:.2f}", ["<"]),
    ],
)
def test_a_unit_or_currency_is_named_and_left_out_when_asked(tmp_path: Path, form: str, words: list[str]):
    cells = [form.format(x) for x in AMOUNTS]
    with pytest.raises(ColumnError, match="holds numbers") as refused:
        read(tmp_path, cells)
    assert (refused.value.option, list(refused.value.value)) == ("number_signs", words)
    values = read(tmp_path, cells, number_signs=tuple(words)).columns[0].values
    assert values.tolist() == [float(form.replace(words[0], "").format(x)) for x in AMOUNTS]


@pytest.mark.parametrize(
    ("forms", "units"),
    [
        (("{:.0f} g", "{:.3f} kg"), "g, kg"),
        (("${:.2f}", "€{:.2f}"), "[$], €"),
        (("{:.1f}M", "{:.0f}K"), "M, K"),
    ],
)
def test_two_units_in_one_column_are_not_read_as_one(tmp_path: Path, forms: tuple[str, str], units: str):
    cells = [forms[i % 2].format(abs(x)) for i, x in enumerate(AMOUNTS)]
    with pytest.raises(ColumnError, match=f"in several units: {units}") as refused:
        read(tmp_path, cells)
    assert refused.value.option == "drop"


@pytest.mark.parametrize(
    "texts",
    [
        [f"store {i}" for i in range(40)],  # a word in front of whole numbers
        [f"{i}{'ab'[i % 2]}" for i in range(40)],  # houses
        [f"{i}{'st' if i % 10 == 1 else 'th'}" for i in range(40)],
        [f"{i}-{i + 5}" for i in range(40)],
        [f"({i}, {i + 1})" for i in range(40)],
        [f"({i},{i % 9})" for i in range(40)],
        [f"(555) {i}" for i in range(40)],
        [f"{i}.{i}.{i}" for i in range(40)],
        ["1", "1-", "2+", "2", "2-", "3+", "3", "3-"],
        [f"{i // 60}:{i % 60:02}" for i in range(100)],
        [f"{i} kg" for i in range(20)],  # near miss: too few to be sure
        [f"size {i}" if i % 5 else f"{i} wide, {i} high" for i in range(100)],
    ],
)
def test_codes_and_pairs_and_grades_are_no_numbers(texts: list[str]):
    assert odd_numbers(texts) is None


def test_a_column_of_amounts_may_still_be_declared_to_be_codes(tmp_path: Path):
    cells = [WAYS["a minus behind"](x) for x in AMOUNTS]
    assert read(tmp_path, cells, categorical=("amount",)).columns[0].kind == "categorical"
