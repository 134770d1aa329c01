"""Which kind a column is read as, decided over the whole column."""

from pathlib import Path

import numpy as np
import pytest

from dlrecipe.data.examples import Column
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError


def column(tmp_path: Path, cells: list[str], **options: tuple[str, ...]) -> Column:
    path = tmp_path / "t.csv"
    path.write_text("c,y\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells)))
    spec = TableSource(path=str(path), header=True, **options)  # type: ignore[arg-type]
    return read_table(spec).columns[0]


def test_a_fraction_in_the_last_of_many_rows_is_kept(tmp_path: Path):
    values = column(tmp_path, ["1"] * 200_000 + ["3.5"])
    assert values.kind == "numeric"
    assert values.values[-1] == 3.5


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", " 2 ", "-3.5e2", "?", "NA", ""], "numeric"),
        (["true", "FALSE", "", "True"], "boolean"),
        (["yes", "no", "yes"], "categorical"),
        (["1", "2", "3+"], "categorical"),
        (["", "?", "NA"], "numeric"),
        (["1", "nan", "NaN"], "numeric"),
        (["0x10", "0x11"], "categorical"),
    ],
)
def test_the_kind_follows_from_all_cells(tmp_path: Path, cells: list[str], kind: str):
    assert column(tmp_path, cells).kind == kind


def test_marks_for_missing_may_be_numbers(tmp_path: Path):
    values = column(tmp_path, ["1", "-999", "3"], missing=("-999",)).values
    np.testing.assert_array_equal(values, [1, np.nan, 3])


def test_the_literal_question_mark_is_text_when_it_is_no_mark_for_missing(tmp_path: Path):
    assert column(tmp_path, ["a", "?", ""], missing=("NA",)).values.tolist() == ["a", "?", None]


def test_numbers_declared_categorical_are_texts_and_3_and_3_0_are_one(tmp_path: Path):
    values = column(tmp_path, ["3", "3.0", "007", "2.5"], categorical=("c",))
    assert values.kind == "categorical"
    assert values.values.tolist() == ["3", "3", "007", "2.5"]


def test_a_stray_text_among_numbers_is_refused_with_its_line(tmp_path: Path):
    cells = [str(i) for i in range(100)]
    cells[41] = "unknown"
    with pytest.raises(DataError, match="'unknown' where nearly all of the column 'c' are numbers") as raised:
        column(tmp_path, cells)
    assert raised.value.where.endswith("t.csv:43:c")
    assert column(tmp_path, cells, missing=("unknown",)).kind == "numeric"


@pytest.mark.parametrize(
    ("n_distinct", "n_cells", "refused"),
    [
        (21, 21, True),
        (20, 20, False),  # too few texts to tell
        (91, 100, True),
        (90, 100, False),  # a tenth are repeats
        (1_001, 2_001, True),  # past a thousand, half are enough
        (1_001, 2_002, False),
        (1_000, 2_000, False),
    ],
)
def test_texts_that_hardly_ever_repeat_are_refused_as_an_identifier(
    tmp_path: Path, n_distinct: int, n_cells: int, refused: bool
):
    cells = [f"id{i % n_distinct}" for i in range(n_cells)] + [""] * 50
    if refused:
        with pytest.raises(DataError, match=f"{n_distinct:,} different texts in {n_cells:,} cells") as raised:
            column(tmp_path, cells)
        assert "drop: [c]" in raised.value.remedy
    else:
        assert column(tmp_path, cells).kind == "categorical"
    assert column(tmp_path, cells, categorical=("c",)).kind == "categorical"


@pytest.mark.parametrize(
    ("cells", "target"),
    [
        (["1", "2.5"], [1.0, 2.5]),
        (["true", "false"], ["True", "False"]),
        (["a.", "b"], ["a", "b"]),
    ],
)
def test_a_target_of_any_kind_is_read(tmp_path: Path, cells: list[str], target: list[object]):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    read = read_table(TableSource(path=str(path), target_suffix=".")).target
    assert read is not None
    assert read.tolist() == target


def test_several_targets_must_be_numbers(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("x,y,z\n1,2,a\n2,3,b\n")
    with pytest.raises(DataError, match="several targets must all be numbers"):
        read_table(TableSource(path=str(path), target=("y", "z")))


def trained(tmp_path: Path) -> TableLayout:
    path = tmp_path / "train.csv"
    path.write_text("age,colour,ok,y\n1,red,true,a\n2.5,blue,false,b\n")
    return TableLayout.of(read_table(TableSource(path=str(path))))


def later(tmp_path: Path, text: str) -> TableSource:
    path = tmp_path / "later.csv"
    path.write_text(text)
    return TableSource(path=str(path))


def test_later_tables_are_read_as_the_training_table_was(tmp_path: Path):
    # Read on its own, colour would be numeric, ok categorical-free, and the order another.
    source = later(tmp_path, "y,extra,ok,colour,age\n7,x,true,1,1\n8,y,,2.0,?\n")
    examples = read_table(source, like=trained(tmp_path))
    assert [(c.name, c.kind) for c in examples.columns] == [
        ("age", "numeric"),
        ("colour", "categorical"),
        ("ok", "boolean"),
    ]
    assert examples.columns[1].values.tolist() == ["1", "2"]
    assert examples.target is not None
    assert examples.target.tolist() == ["7", "8"]


@pytest.mark.parametrize(("cell", "place"), [("old,red,true", "age"), ("1,red,maybe", "ok")])
def test_a_cell_that_does_not_fit_the_training_kind_is_named(tmp_path: Path, cell: str, place: str):
    source = later(tmp_path, f"age,colour,ok,y\n1,red,true,a\n{cell},b\n")
    with pytest.raises(DataError, match="the training table has") as raised:
        read_table(source, like=trained(tmp_path))
    assert raised.value.where.endswith(f"later.csv:3:{place}")


def test_prediction_needs_no_target_and_ignores_one_that_is_there(tmp_path: Path):
    layout = trained(tmp_path)
    without = read_table(later(tmp_path, "age,colour,ok\n1,red,true\n"), like=layout, for_prediction=True)
    beside = read_table(later(tmp_path, "age,colour,ok,y\n1,red,true,\n"), like=layout, for_prediction=True)
    assert without.target is None
    assert beside.target is None
    with pytest.raises(DataError, match="no column 'y' \\(the target\\)"):
        read_table(later(tmp_path, "age,colour,ok\n1,red,true\n"), like=layout)
    with pytest.raises(DataError, match="no column 'ok'"):
        read_table(later(tmp_path, "age,colour\n1,red\n"), like=layout, for_prediction=True)


def test_a_layout_survives_its_state_and_a_damaged_one_is_refused(tmp_path: Path):
    layout = trained(tmp_path)
    assert TableLayout.from_state(layout.to_state()) == layout
    for damaged in ({}, {"inputs": 3, "targets": []}, {"inputs": [["a", "odd"]], "targets": []}):
        with pytest.raises(ValueError, match="not the layout"):
            TableLayout.from_state(damaged)


def test_a_target_can_be_declared_categorical(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,0.5\n2,1.5\n")
    target = read_table(TableSource(path=str(path), categorical=("y",))).target
    assert target is not None
    assert target.tolist() == ["0.5", "1.5"]
