"""Predictions for raw rows: the table as it comes, the labels and units of the training file."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

HEADER = "age,dose,ward,outcome"


def patients(n: int = 90) -> list[list[str]]:
    """Rows with a gap here and there: older patients and higher doses end ill."""
    rng = np.random.default_rng(3)
    rows = []
    for i in range(n):
        age, dose = rng.integers(20, 80), rng.uniform(0, 10)
        outcome = "ill" if age / 80 + dose / 10 > 1.1 else "well"
        rows.append(
            [str(age), "" if i % 11 == 5 else f"{dose:.2f}", ("north", "south", "east")[i % 3], outcome]
        )
    return rows


def write_rows(path: Path, rows: list[list[str]], header: str = HEADER) -> None:
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")


def config(**source: Any) -> dict[str, Any]:
    return {
        "data": {
            "source": {"type": "table", "path": "patients.csv", **source},
            "split": {"train": 0.5, "dev": 0.5, "test": 0},
        },
        "network": {"hidden": [8]},
        "training": {"epochs": 20, "batch_size": 8},
    }


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def ward(cli: Any) -> Any:
    """A folder with a run trained on a table of patients."""
    write_rows(cli.folder / "patients.csv", patients())
    cli.train(config())
    return cli


def predicted(cli: Any, name: str) -> list[dict[str, str]]:
    outcome = cli("predict", "latest", name)
    assert (outcome.code, outcome.err) == (0, "")
    return read(outcome.out)


def test_a_row_gets_an_original_label_and_probabilities_that_make_1(ward):
    rows = predicted(ward, "patients.csv")
    assert len(rows) == 90
    assert list(rows[0]) == ["label", "p(ill)", "p(well)"]
    assert {row["label"] for row in rows} == {"ill", "well"}
    for row in rows:
        p = {name: float(row[f"p({name})"]) for name in ("ill", "well")}
        assert sum(p.values()) == pytest.approx(1, abs=1e-6)
        assert row["label"] == max(p, key=p.__getitem__)


def test_the_target_may_be_absent(ward):
    write_rows(ward.folder / "new.csv", [row[:3] for row in patients()], "age,dose,ward")
    assert predicted(ward, "new.csv") == predicted(ward, "patients.csv")


def test_a_targets_values_make_no_difference(ward):
    write_rows(ward.folder / "new.csv", [[*row[:3], "unknown"] for row in patients()])
    assert predicted(ward, "new.csv") == predicted(ward, "patients.csv")


def test_columns_are_found_by_name_in_any_order_and_others_ignored(ward):
    rows = [[row[2], "x", row[0], row[1]] for row in patients()]
    write_rows(ward.folder / "new.csv", rows, "ward,note,age,dose")
    assert predicted(ward, "new.csv") == predicted(ward, "patients.csv")


def test_a_missing_value_and_an_unseen_category_are_predicted_for(ward):
    write_rows(ward.folder / "new.csv", [["", "", "west", ""], ["50", "5", "", ""]])
    outcome = ward("predict", "latest", "new.csv")
    assert outcome.code == 0
    assert all(np.isfinite(float(row["p(ill)"])) for row in read(outcome.out))
    said = " ".join(outcome.err.split())
    assert "'ward' has a category that train did not have in 1 of 2 rows, such as 'west'" in said
    assert "'west'" in ward.document("predict", "latest", "new.csv")["notes"][0]


def test_many_more_columns_than_in_training_leave_the_header_a_header(ward):
    rows = [[*row[:3], *"123456789"] for row in patients()]
    write_rows(ward.folder / "new.csv", rows, f"age,dose,ward,{','.join('abcdefghi')}")
    assert predicted(ward, "new.csv") == predicted(ward, "patients.csv")


def test_a_column_in_other_capitals_is_the_one_that_is_asked_after(ward):
    write_rows(ward.folder / "new.csv", patients(), HEADER.upper())
    refused = ward("predict", "latest", "new.csv")
    assert refused.code == 2
    assert "no column 'age'" in refused.err
    assert "Did you mean 'AGE'?" in refused.err


def test_an_image_of_16_bits_is_to_a_run_what_it_is_with_8(photos: Any):
    Image.fromarray(np.full((4, 6), 190, dtype=np.uint8)).save(photos.folder / "8.png")
    Image.fromarray(np.full((4, 6), 190 * 257, dtype=np.uint16)).save(photos.folder / "16.png")
    (shallow,), (deep,) = (predicted(photos, name) for name in ("8.png", "16.png"))
    assert deep["label"] == shallow["label"] == "dog"
    assert float(deep["p(dog)"]) == pytest.approx(float(shallow["p(dog)"]), abs=1e-6)


def test_a_row_is_predicted_alike_alone_and_among_others(ward):
    write_rows(ward.folder / "one.csv", patients()[:1])
    (alone,), among = predicted(ward, "one.csv"), predicted(ward, "patients.csv")[0]
    assert alone["label"] == among["label"]
    assert float(alone["p(ill)"]) == pytest.approx(float(among["p(ill)"]), abs=1e-6)


def test_predictions_are_as_wrong_on_dev_rows_as_evaluate_says(cli):
    rows = patients()
    write_rows(cli.folder / "patients.csv", rows[:60])
    write_rows(cli.folder / "dev.csv", rows[60:])
    source = {"type": "table", "path": "patients.csv"}
    cli.train(config() | {"data": {"train": source, "dev": source | {"path": "dev.csv"}}})
    labels = [row["label"] for row in predicted(cli, "dev.csv")]
    wrong = np.mean([label != row[3] for label, row in zip(labels, rows[60:], strict=True)])
    assert cli.document("evaluate", "latest", "--split", "dev")["error"] == pytest.approx(wrong)


def test_an_output_file_holds_what_stdout_would(ward):
    outcome = ward("predict", "latest", "patients.csv", "--output", "labels.csv")
    assert (outcome.code, outcome.out) == (0, "")
    written = (ward.folder / "labels.csv").read_text()
    assert written == ward("predict", "latest", "patients.csv").out


def test_numbers_come_in_the_targets_own_unit(cli):
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(2, 200))
    price = 300_000 + 50_000 * a - 20_000 * b
    rows = [[f"{x:.6f}", f"{y:.6f}", f"{z:.2f}"] for x, y, z in zip(a, b, price, strict=True)]
    write_rows(cli.folder / "patients.csv", rows, "a,b,price")
    settings = {"network": {"hidden": []}, "optimizer": {"type": "adam", "learning_rate": 0.05}}
    run = cli.train(config() | settings | {"training": {"epochs": 60, "batch_size": 16}})
    got = np.array([float(row["price"]) for row in predicted(cli, "patients.csv")])
    # A linear target, a linear model: next to nothing of the spread of some 54,000 is left.
    assert np.sqrt(np.mean((got - price) ** 2)) < 1000
    assert run["metrics"]["dev"]["rmse"] < 1000


def test_several_targets_get_a_column_each_under_their_names(cli):
    rng = np.random.default_rng(5)
    table = rng.normal(size=(80, 2))
    rows = [[*map(str, row), str(100 + row[0]), str(-5 * row[1])] for row in table]
    write_rows(cli.folder / "patients.csv", rows, "a,b,level,slope")
    settings = {"network": {"hidden": []}, "optimizer": {"type": "adam", "learning_rate": 0.05}}
    # Each target is a column in other units, which a check of the data would stop at.
    settings |= {"training": {"epochs": 80, "batch_size": 8}, "checks": "off"}
    cli.train(config(target=["level", "slope"]) | settings)
    got = predicted(cli, "patients.csv")
    assert list(got[0]) == ["level", "slope"]
    assert np.allclose([float(row["level"]) for row in got], 100 + table[:, 0], atol=0.5)
    assert np.allclose([float(row["slope"]) for row in got], -5 * table[:, 1], atol=1)


@pytest.fixture
def trained_on_arrays(cli: Any, arrays: Path) -> Any:
    cli.train({"data": {"source": {"type": "npz", "path": "arrays.npz"}}, "training": {"epochs": 30}})
    return cli


def test_a_run_on_arrays_predicts_for_npz_npy_and_csv_alike(trained_on_arrays, arrays):
    cli, X = trained_on_arrays, np.load(arrays)["x"]
    np.save(cli.folder / "x.npy", X)
    header = ",".join(f"x{i}" for i in range(1, 6))
    np.savetxt(cli.folder / "x.csv", X, delimiter=",", header=header, comments="", fmt="%.17g")
    expected = predicted(cli, "arrays.npz")
    assert predicted(cli, "x.npy") == expected
    assert predicted(cli, "x.csv") == expected
    right = [row["label"] == str(label) for row, label in zip(expected, np.load(arrays)["y"], strict=True)]
    assert np.mean(right) > 0.8


# What the file holds, and what the message names.
BAD_ROWS = {
    "an empty file": ("", ["new.csv"]),
    "no rows": ("age,dose,ward\n", ["new.csv"]),
    "a column missing": ("age,ward\n50,north\n", ["new.csv", "'dose'"]),
    "no column in common": ("a,b\n1,2\n", ["new.csv", "'age'"]),
    "text for a number": ("age,dose,ward\n50,5,north\nold,5,north\n", ["new.csv:3", "'old'"]),
    "an infinite number": ("age,dose,ward\ninf,5,north\n", ["new.csv:2"]),
    "a row that is too long": ("age,dose,ward\n50,5,north,1,2\n", ["new.csv:2"]),
}


@pytest.mark.parametrize(("text", "names"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_rows_that_cannot_be_predicted_for_are_refused(ward, text, names):
    (ward.folder / "new.csv").write_text(text)
    outcome = ward("predict", "latest", "new.csv")
    assert (outcome.code, outcome.out) == (2, "")
    assert [name for name in names if name not in outcome.err] == [], outcome.err
    assert len(outcome.err.splitlines()) >= 2
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("name", ["none.csv", "none.npz", "folder"])
def test_a_file_that_is_none_is_refused_without_a_word_of_the_config(trained_on_arrays, name):
    (trained_on_arrays.folder / "folder").mkdir()
    outcome = trained_on_arrays("predict", "latest", name)
    assert (outcome.code, outcome.out) == (2, "")
    assert name in outcome.err
    assert "data.source" not in outcome.err


def test_arrays_of_another_width_are_refused(trained_on_arrays):
    np.savez(trained_on_arrays.folder / "wide.npz", x=np.zeros((3, 6)))
    outcome = trained_on_arrays("predict", "latest", "wide.npz")
    assert outcome.code == 2
    assert "6 features, where training had 5" in outcome.err


def test_an_output_in_a_folder_that_is_not_there_is_refused(ward):
    outcome = ward("predict", "latest", "patients.csv", "-o", "none/labels.csv")
    assert (outcome.code, outcome.out) == (2, "")
    assert "none/labels.csv" in outcome.err


def test_an_npz_without_the_inputs_is_refused_without_a_word_of_the_config(trained_on_arrays):
    np.savez(trained_on_arrays.folder / "new.npz", inputs=np.zeros((3, 5)))
    outcome = trained_on_arrays("predict", "latest", "new.npz")
    assert outcome.code == 2
    assert "no member 'x'" in outcome.err
    assert "inputs" in outcome.err
    assert "data.source" not in outcome.err


@pytest.fixture
def photos(cli: Any) -> Any:
    """A folder with a run trained on images of dark cats and light dogs, 4x6 pixels."""
    rng = np.random.default_rng(0)
    for name, level in (("cat", 60), ("dog", 200)):
        (cli.folder / "photos" / name).mkdir(parents=True)
        for at in range(8):
            pixels = np.clip(rng.normal(level, 20, (4, 6)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(cli.folder / "photos" / name / f"{at}.png")
    cli.train(
        {
            "data": {
                "source": {"type": "images", "path": "photos"},
                "split": {"train": 0.5, "dev": 0.5, "test": 0},
            },
            "network": {"hidden": [8]},
            "training": {"epochs": 50, "batch_size": 8},
        }
    )
    return cli


def test_new_images_are_named_in_the_predictions_and_read_as_those_of_training(photos: Any):
    fresh = photos.folder / "new ones"
    fresh.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side
    Image.fromarray(np.full((6, 4), 55, dtype=np.uint8)).save(fresh / "Kätzchen 1.png", exif=exif)
    Image.fromarray(np.full((4, 6, 3), 205, dtype=np.uint8)).save(fresh / "big dog.WEBP")
    (fresh / "Thumbs.db").write_bytes(b"\0")
    rows = predicted(photos, "new ones")
    assert list(rows[0]) == ["file", "label", "p(cat)", "p(dog)"]
    assert [(row["file"], row["label"]) for row in rows] == [
        ("Kätzchen 1.png", "cat"),
        ("big dog.WEBP", "dog"),
    ]
    assert predicted(photos, "new ones/big dog.WEBP") == rows[1:]
    assert [row["file"] for row in predicted(photos, "photos")][:2] == ["cat/0.png", "cat/1.png"]


def test_an_image_that_stands_upright_where_those_of_training_lie_is_refused(photos: Any):
    Image.fromarray(np.zeros((6, 4), dtype=np.uint8)).save(photos.folder / "tall.png")  # as many pixels
    refused = photos("predict", "latest", "tall.png")
    assert refused.code == 2
    assert "6x4 pixels, but the images of training have 4x6" in refused.err
    (photos.folder / "none").mkdir()
    assert "a folder without images" in photos("predict", "latest", "none").err
