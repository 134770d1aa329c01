"""What a spreadsheet leaves beside the rows of a table is named with its line, not read as rows."""

from pathlib import Path

import numpy as np
import pytest

from dlrecipe.data.examples import Examples
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

RNG = np.random.default_rng(0)
SIZES, PRICES = RNG.normal(50, 10, 40).round(1), RNG.gamma(2, 100, 40).round(2)
ROWS = [f"{'ab'[i % 2]},{SIZES[i]},{PRICES[i]},{'yes' if i % 3 else 'no'}" for i in range(40)]
HEADER = "region,size,price,bought"


def read(tmp_path: Path, *lines: str, **options: object) -> Examples:
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    return read_table(TableSource(path=str(tmp_path / "t.csv"), **options))  # type: ignore[arg-type]


def refusal(tmp_path: Path, *lines: str, **options: object) -> DataError:
    with pytest.raises(DataError) as refused:
        read(tmp_path, *lines, **options)
    return refused.value


@pytest.mark.parametrize(
    "above", [["Sales of 2024,,,"], ["Sales of 2024,,,", ",,,"], [",,,"], ["", "Sales,,,"]]
)
def test_a_title_padded_to_the_width_of_the_table_is_no_header_and_no_row(tmp_path: Path, above: list[str]):
    error = refusal(tmp_path, *above, HEADER, *ROWS)
    assert error.where.endswith("t.csv:2" if above[0] == "" else "t.csv:1")
    assert "above the names" in error.remedy


def test_a_first_row_of_one_text_is_a_row_where_the_config_says_so(tmp_path: Path):
    found = read(tmp_path, "a,,,no", "b,,,", *ROWS, header=False, target="column1")
    assert found.n_examples == 42
    assert read(tmp_path, "a,,", "b,1,2", "a,2,3", columns=("y", "u", "v"), target="y").n_examples == 3


@pytest.mark.parametrize("below", ["cm,EUR", "in cm,in EUR"])
def test_a_line_of_units_below_the_names_is_named(tmp_path: Path, below: str):
    error = refusal(tmp_path, HEADER, f",{below},", *ROWS)
    assert error.where.endswith("t.csv:2")
    assert "first row holds" in error.what
    assert "cm'" in error.what


def test_names_over_two_lines_of_which_the_first_is_merged_are_named(tmp_path: Path):
    error = refusal(tmp_path, "where,flat,,outcome", HEADER, *ROWS)
    assert error.where.endswith("t.csv:1")
    assert "the first 2 rows hold 'flat', 'size', 'price'" in error.what


def test_two_missing_marks_further_down_are_no_second_header(tmp_path: Path):
    rows = [*ROWS[:9], "a,unknown,1.5,no", "b,2.5,unknown,yes", *ROWS]
    error = refusal(tmp_path, HEADER, *rows)
    assert "'unknown' where nearly all of the column 'size' are numbers" in error.what
    assert read(tmp_path, HEADER, *rows, missing=("unknown",)).n_examples == 51


def total(label: str) -> str:
    return f"{label},{SIZES.sum():.1f},{PRICES.sum():.2f},"


def test_a_total_below_the_rows_is_named_whatever_it_is_called(tmp_path: Path):
    for label in ("Total", "Σ", ""):
        error = refusal(tmp_path, HEADER, *ROWS, total(label))
        assert error.where.endswith("t.csv:42:size")
        assert "the last row is a total" in error.what
    assert refusal(tmp_path, HEADER, *ROWS, ",,,", total("Total")).where.endswith("t.csv:43:size")


def test_a_total_among_targets_and_among_rows_to_predict_for_is_named_too(tmp_path: Path):
    regression = ["size,price", *(f"{a},{b}" for a, b in zip(SIZES, PRICES, strict=True))]
    layout = TableLayout.of(read(tmp_path, *regression))
    assert "is a total" in refusal(tmp_path, *regression, f"{SIZES.sum():.1f},{PRICES.sum():.2f}").what
    (tmp_path / "t.csv").write_text("\n".join(["size", *map(str, SIZES), f"{SIZES.sum():.1f}"]) + "\n")
    with pytest.raises(DataError, match="is a total"):
        read_table(TableSource(path=str(tmp_path / "t.csv")), for_prediction=True, like=layout)


@pytest.mark.parametrize(
    "column",
    [
        np.cumsum(PRICES).round(2),  # the last is the largest
        np.r_[PRICES, PRICES.sum() + 0.01],  # near miss: a cent beside it
        np.r_[np.zeros(40), 0],
        np.r_[np.zeros(40), 1],
        np.r_[np.zeros(39), 1, 1],
        np.full(40, np.nan),
        np.r_[np.full(40, np.nan), 3],
    ],
)
def test_a_last_row_that_is_no_sum_is_a_row(tmp_path: Path, column: np.ndarray):
    cells = ["" if np.isnan(x) else f"{x:.2f}" for x in column]
    rows = [f"{cell},{i},{i % 2}" for i, cell in enumerate(cells)]
    assert read(tmp_path, "u,v,y", *rows).n_examples == len(column)


def test_empty_rows_that_a_spreadsheet_has_written_are_told_from_targets_forgotten(tmp_path: Path):
    error = refusal(tmp_path, HEADER, *ROWS, "a,1,2,", *[",,,"] * 3)
    assert error.where.endswith("t.csv:42:bought")
    assert "missing in 4 of 44 rows; 3 of them hold nothing at all" in error.what


def test_merged_cells_are_noted(tmp_path: Path):
    blocks = [
        f"{'shop ' + str(i // 8) if i % 8 == 0 else ''},{2000 + i // 8 if i % 8 == 0 else ''}"
        for i in range(40)
    ]
    rows = [f"{block},{row}" for block, row in zip(blocks, ROWS, strict=True)]
    (note,) = read(tmp_path, f"shop,year,{HEADER}", *rows).notes
    assert "shop, year: merged cells of a spreadsheet?" in note
    remarks = [f"{'late' if i % 8 == 0 else ''},{row}" for i, row in enumerate(ROWS)]
    assert read(tmp_path, f"remark,{HEADER}", *remarks).notes == ()  # a value that recurs
    rare = [f"{i if i % 8 == 1 else ''},{row}" for i, row in enumerate(ROWS)]
    assert read(tmp_path, f"rare,{HEADER}", *rare).notes == ()  # none in the first row


@pytest.mark.parametrize("line", ["Source: ministry of trade", "Total: 40"])
def test_a_line_below_the_rows_that_is_none_is_named(tmp_path: Path, line: str):
    error = refusal(tmp_path, HEADER, *ROWS, line)
    assert error.where.endswith("t.csv:42")
    assert "1 field in this row" in error.what
    assert "a source, delete it" in error.remedy
