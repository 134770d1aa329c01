"""`dlrecipe init`: each config that it writes loads and trains."""

import gzip
import json
import struct

import numpy as np
import pytest
from PIL import Image

RNG = np.random.default_rng(0)
N = 90
AGE, INCOME = RNG.integers(18, 90, N), RNG.normal(40_000, 9_000, N).round(2)
LABEL = np.where(AGE * 500 + INCOME > 67_000, "yes", "no")


def rows(head, *columns, delimiter=","):
    lines = [head, *(delimiter.join(map(str, row)) for row in zip(*columns, strict=True))]
    return "\n".join(lines) + "\n"


def decimal_commas():
    incomes = [f"{income:.2f}".replace(".", ",") for income in INCOME]
    return "\ufeff" + rows("Alter;Einkommen;Ziel", AGE, incomes, LABEL, delimiter=";").replace("\n", "\r\n")


TABLES = {
    "plain.csv": rows("age,income,label", AGE, INCOME, LABEL),
    "regression.csv": rows("age,income", AGE, INCOME),
    "no_header.csv": rows("", AGE, INCOME, LABEL).lstrip("\n"),
    "excel.csv": decimal_commas(),
    "tabs.tsv": rows("age\tincome\tlabel", AGE, INCOME, LABEL, delimiter="\t"),
    "signs.csv": rows("rate,price,label", [f"{a}%" for a in AGE], [f'"${i:,.2f}"' for i in INCOME], LABEL),
    "target_first.csv": rows("target,age,income", LABEL, AGE, INCOME),
    "names.csv": rows("name,age,label", [f"Mr {i} of here" for i in range(N)], AGE, LABEL),
    "dates.csv": rows(
        "patient_id,day,label", AGE // 9, [f"2020-{i % 12 + 1:02}-05" for i in range(N)], LABEL
    ),
    "us_dates.csv": rows("day,age,label", [f"0{i % 9 + 1}/0{i % 7 + 1}/2020" for i in range(N)], AGE, LABEL),
    "marks.csv": rows("age,x,label", AGE, [i if k % 3 else "-" for k, i in enumerate(INCOME)], LABEL),
    "ids.csv": rows("customer_id,age,label", range(1000, 1000 + N), AGE, LABEL),
    'odd "names".csv': rows('"a: b","#c","new\nline",label', AGE, INCOME, AGE, LABEL),
    "rows.ndjson": "".join(
        json.dumps({"age": int(a), "label": str(b)}) + "\n" for a, b in zip(AGE, LABEL, strict=True)
    ),
}


def initialized(cli, data, *options):
    document = cli.document("init", data, *options)
    trained = cli("train", document["config"], "--set", "training.epochs=1", "--json", "--quiet")
    assert trained.code == 0, trained.err
    assert document["n"] == trained.json["n"]
    return document


@pytest.mark.parametrize("name", TABLES)
def test_a_table_gets_a_config_that_trains(cli, name):
    (cli.folder / name).write_text(TABLES[name], encoding="utf-8", newline="")
    initialized(cli, name)


def test_gzip_a_folder_of_parts_and_another_folder_for_the_config(cli):
    for k in range(3):
        (cli.folder / "parts").mkdir(exist_ok=True)
        (cli.folder / "parts" / f"{k}.csv.gz").write_bytes(gzip.compress(TABLES["plain.csv"].encode()))
    (cli.folder / "configs").mkdir()
    document = initialized(cli, "parts", "--output", "configs/mine.yaml")
    assert document["n"]["train"] == 3 * 54
    assert "../parts/*.csv.gz" in (cli.folder / "configs" / "mine.yaml").read_text()


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def test_arrays_idx_files_and_images_get_configs_that_train(cli):
    X, y = RNG.integers(0, 255, (N, 6, 6), dtype=np.uint8), (np.arange(N) % 3).astype(np.uint8)
    fresh = RNG.integers(0, 255, X.shape, dtype=np.uint8)
    np.savez(cli.folder / "a.npz", x_train=X, y_train=y, x_test=fresh[:30], y_test=y[:30])
    np.save(cli.folder / "x.npy", X)
    np.save(cli.folder / "y.npy", y)
    (cli.folder / "mnist").mkdir()
    for part, images in (("train", X), ("t10k", fresh)):
        for kind, array in (("images-idx3", images), ("labels-idx1", y)):
            (cli.folder / "mnist" / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(idx(array)))
    for label in ("cat", "dog"):
        (cli.folder / "photos" / label).mkdir(parents=True)
        for k in range(9):
            Image.fromarray(X[k][:, : 4 + k % 2]).save(cli.folder / "photos" / label / f"{k}.png")
    (cli.folder / "photos" / "Thumbs.db").write_bytes(b"what Windows leaves in a folder of images")
    assert initialized(cli, "a.npz")["n"]["test"] == 30
    assert initialized(cli, "x.npy")["n_features"] == 36
    assert initialized(cli, "mnist")["n"]["test"] == N
    assert initialized(cli, "photos")["target"] == "class"


def test_suspects_stand_as_comments_and_identifiers_are_left_out(cli):
    (cli.folder / "dates.csv").write_text(TABLES["dates.csv"])
    (cli.folder / "ids.csv").write_text(TABLES["ids.csv"])
    cli.document("init", "dates.csv")
    text = (cli.folder / "dates.yaml").read_text()
    assert "# group: patient_id" in text
    assert "# time: day" in text
    cli.document("init", "ids.csv")
    assert 'drop: ["customer_id"]' in (cli.folder / "ids.yaml").read_text()


def test_the_target_can_be_named(cli):
    (cli.folder / "plain.csv").write_text(TABLES["plain.csv"])
    document = initialized(cli, "plain.csv", "--target", "income")
    assert (document["target"], document["task"]) == ("income", "regression")
    wrong = cli("init", "plain.csv", "--target", "incom", "--output", "other.yaml")
    assert wrong.code == 2
    assert "'income'" in wrong.err
    assert not (cli.folder / "other.yaml").exists()


def test_a_config_that_is_there_is_overwritten_only_by_force(cli):
    (cli.folder / "plain.csv").write_text(TABLES["plain.csv"])
    (cli.folder / "plain.yaml").write_text("mine")
    refused = cli("init", "plain.csv")
    assert refused.code == 2
    assert "--force" in refused.err
    assert (cli.folder / "plain.yaml").read_text() == "mine"
    assert cli("init", "plain.csv", "--force").code == 0
    assert (cli.folder / "plain.yaml").read_text() != "mine"


@pytest.mark.parametrize("name", ["absent.csv", "empty", "x.npy", "note.txt"])
def test_what_cannot_be_used_gets_no_config(cli, name):
    (cli.folder / "empty").mkdir()
    np.save(cli.folder / "x.npy", np.zeros((5, 2)))
    (cli.folder / "note.txt").write_text("hello")
    outcome = cli("init", name)
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    assert not list(cli.folder.glob("*.yaml"))


def test_images_of_one_size_that_cameras_have_stored_lying_down_are_not_of_two_sizes(cli):
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by a quarter before it is shown
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (cli.folder / "photos" / name).mkdir(parents=True)
        for at in range(8):
            lying = at % 2 == 1
            pixels = rng.integers(0, 256, (12, 16, 3) if lying else (16, 12, 3)).astype(np.uint8)
            options = {"exif": turned} if lying else {}
            Image.fromarray(pixels).save(cli.folder / "photos" / name / f"{at}.jpg", **options)
    document = initialized(cli, "photos")
    assert document["n_features"] == 16 * 12 * 3


def test_the_classes_are_shown_so_that_one_in_two_spellings_is_seen(cli):
    answers = [("yes", "1", "no", "0")[k % 4] for k in range(N)]
    (cli.folder / "t.csv").write_text(rows("age,income,bought", AGE, INCOME, answers))
    assert initialized(cli, "t.csv")["classes"] == ["0", "1", "no", "yes"]
    shown = cli("init", "t.csv", "--force")
    assert "predicts bought (classification: 0, 1, no, yes)" in shown.out


def test_what_excel_could_not_work_out_is_missing(cli):
    errors = ("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#N/A")
    incomes = [errors[k // 3 % 7] if k % 3 else income for k, income in enumerate(INCOME)]
    (cli.folder / "t.csv").write_text(rows("age,income,label", AGE, incomes, LABEL))
    assert initialized(cli, "t.csv")["n_features"] == 3  # the income, and that it is missing


def photos_in(folder):
    for name, level in (("cat", 60), ("dog", 200)):
        (folder / name).mkdir(parents=True)
        for at in range(9):
            pixels = np.clip(RNG.normal(level, 20, (6, 8)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{at}.png")


def test_a_list_beside_the_classes_folders_of_images_is_left_aside_and_said(cli):
    photos_in(cli.folder / "photos")
    (cli.folder / "photos" / "labels.csv").write_text("file,label\ncat/0.png,cat\n")
    document = initialized(cli, "photos")
    assert document["n_features"] == 48
    assert "Left aside: labels.csv." in document["remarks"]


def test_an_image_that_would_fill_the_memory_is_refused_and_named(cli, monkeypatch):
    photos_in(cli.folder / "photos")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    refused = cli("init", "photos")
    assert refused.code == 2
    assert "cat/0.png" in refused.err


def table_in(folder, name, rows_at, head="age,income,label", columns=(AGE, INCOME, LABEL)):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(rows(head, *(column[rows_at] for column in columns)))


def test_a_test_file_beside_a_training_file_is_the_test_set_and_no_part_of_train(cli):
    table_in(cli.folder / "official", "my-train.csv", slice(60))
    table_in(cli.folder / "official", "my-test.csv", slice(60, N))
    document = initialized(cli, "official")
    assert document["n"] == {"train": 45, "dev": 15, "test": 30}
    assert "my-train.csv is the train set, my-test.csv is the test set." in document["remarks"]


def test_a_test_file_without_the_answers_and_a_sample_of_a_submission_are_left_aside(cli):
    table_in(cli.folder / "contest", "train.csv", slice(60))
    table_in(cli.folder / "contest", "test.csv", slice(60, N), "age,income", (AGE, INCOME))
    table_in(cli.folder / "contest", "sample_submission.csv", slice(60, N), "id,label", (AGE, LABEL))
    document = initialized(cli, "contest")
    assert sum(document["n"].values()) == 60
    assert any("test.csv, which has no column label" in remark for remark in document["remarks"])


def test_two_files_named_for_train_are_not_guessed_at(cli):
    for name in ("train_1.csv", "train_2.csv", "test.csv"):
        table_in(cli.folder / "years", name, slice(60))
    result = cli("init", "years")
    assert result.code == 2
    assert "2 names for the train split: train_1.csv, train_2.csv" in result.err


def test_folders_of_images_for_train_val_and_test_are_these_splits(cli):
    # As a zip from a Mac unpacks, with sizes that differ from one folder to the next.
    for split, n, side in (("train", 6, 20), ("val", 4, 20), ("test", 3, 24)):
        for label in ("cat", "dog"):
            folder = cli.folder / "pets" / split / label
            folder.mkdir(parents=True)
            for i in range(n):
                pixels = RNG.integers(0, 255, (side, side), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.png")
        (cli.folder / "pets" / split / ".DS_Store").write_bytes(b"x")
    (cli.folder / "pets" / "__MACOSX" / "train").mkdir(parents=True)
    assert initialized(cli, "pets")["n"] == {"train": 12, "dev": 8, "test": 6}


def test_what_macos_packs_beside_the_images_of_a_zip_is_no_class(cli):
    for folder in ("cat", "dog", "__MACOSX"):
        (cli.folder / "photos" / folder).mkdir(parents=True)
        (cli.folder / "photos" / folder / "._0.png").write_bytes(b"\0\5\x16\7")
    for label in ("cat", "dog"):
        for i in range(6):
            pixels = RNG.integers(0, 255, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(cli.folder / "photos" / label / f"{i}.png")
    assert sum(initialized(cli, "photos")["n"].values()) == 12


def test_a_column_that_counts_the_rows_is_left_out_whatever_its_name_unless_it_is_the_time(cli):
    (cli.folder / "cards.csv").write_text(rows("transaction,age,label", range(1, N + 1), AGE, LABEL))
    assert "Left out, as they only number the rows: transaction." in initialized(cli, "cards.csv")["remarks"]
    (cli.folder / "hours.csv").write_text(rows("hour,age,label", range(N), AGE, LABEL))
    assert not any("only number" in remark for remark in initialized(cli, "hours.csv")["remarks"])


def test_each_column_that_is_dropped_is_said_once(cli):
    texts = [[f"{letter}{i * 7919 % 1000}x" for i in range(N)] for letter in "ab"]
    (cli.folder / "texts.csv").write_text(rows("code,memo,age,label", *texts, AGE, LABEL))
    told = [r for r in initialized(cli, "texts.csv")["remarks"] if r.startswith("drop is set to")]
    assert [remark.split(":")[0] for remark in told] == ["drop is set to code", "drop is set to memo"]


def test_an_acid_is_no_group_though_its_name_ends_in_id(cli):
    acid = [k % 10 / 10 for k in range(N)]
    (cli.folder / "wine.csv").write_text(rows("citric acid,age,label", acid, AGE, LABEL))
    initialized(cli, "wine.csv")
    assert "group:" not in (cli.folder / "wine.yaml").read_text()


def test_whole_numbers_that_check_takes_for_identifiers_are_left_out_and_amounts_paid_are_not(cli):
    numbers = RNG.choice(10**7, N, replace=False)
    for name, left_out in (("account", True), ("paid", False)):
        (cli.folder / f"{name}.csv").write_text(rows(f"{name},age,label", numbers, AGE, LABEL))
        remark = f"Left out, as they only number the rows: {name}."
        assert (remark in initialized(cli, f"{name}.csv")["remarks"]) == left_out


def test_codes_of_digits_and_letters_are_no_amounts_below_zero(cli):
    codes = [f"{1000 + 7 * k}-{chr(65 + k % 26)}{chr(65 + k // 26)}VEG" for k in range(N)]
    (cli.folder / "t.csv").write_text(rows("customerID,age,income,label", codes, AGE, INCOME, LABEL))
    initialized(cli, "t.csv")
    config = (cli.folder / "t.yaml").read_text()
    assert "accounting" not in config
    assert 'drop: ["customerID"]' in config


def test_numbers_of_rows_may_begin_anywhere_but_years_are_none(cli):
    orders, years = (range(first, first + N) for first in (10_001, 1_960))
    (cli.folder / "t.csv").write_text(rows("order,jahr,income,label", orders, years, INCOME, LABEL))
    initialized(cli, "t.csv")
    assert 'drop: ["order"]' in (cli.folder / "t.yaml").read_text()


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("survived,pclass,class,alone", "survived"),
        ("x,y,carat,price", "price"),
        ("attrition,age,income,hours", "attrition"),
    ],
)
def test_the_target_of_a_well_known_table_need_not_be_its_last_column(cli, header, target):
    (cli.folder / "t.csv").write_text(rows(header, LABEL, AGE, AGE[::-1], INCOME))
    initialized(cli, "t.csv")
    assert f'target: "{target}"' in (cli.folder / "t.yaml").read_text()


def test_one_input_is_said_of_one(cli):
    (cli.folder / "t.csv").write_text(rows("age,income", AGE, INCOME))
    assert "(regression) from 1 input." in cli("init", "t.csv").out


def test_a_table_of_texts_alone_is_told_that_nothing_can_be_learned_from_them(cli):
    texts = [f"review {k} of a product" for k in range(N)]
    (cli.folder / "t.csv").write_text(rows("text,stars", texts, LABEL))
    refused = cli("init", "t.csv")
    assert refused.code == 2
    assert "nothing can be learned from text" in refused.err
    assert "delimiter" not in refused.err


def test_rows_of_one_patient_with_one_diagnosis_are_kept_on_one_side(cli):
    patients = [k // 3 for k in range(N)]
    sick = ["yes" if patient % 3 else "no" for patient in patients]
    (cli.folder / "t.csv").write_text(rows("patient_id,age,income,sick", patients, AGE, INCOME, sick))
    document = initialized(cli, "t.csv")
    assert 'group: "patient_id"' in (cli.folder / "t.yaml").read_text()
    assert document["n_features"] == 2


@pytest.mark.parametrize("prefix", ["", "P"])
def test_patients_some_of_whom_have_no_number_are_not_what_is_split_by(cli, prefix):
    patients = [f"{prefix}{k // 3}" if k else "" for k in range(N)]
    sick = ["yes" if (k // 3) % 3 else "no" for k in range(N)]
    (cli.folder / "t.csv").write_text(rows("patient_id,age,income,sick", patients, AGE, INCOME, sick))
    initialized(cli, "t.csv")
    text = (cli.folder / "t.yaml").read_text()
    assert "\n    group" not in text
    assert "# group: patient_id" in text


def test_days_counted_as_excel_does_are_no_row_numbers(cli):
    (cli.folder / "t.csv").write_text(rows("Date,age,income", range(45_292, 45_292 + N), AGE, INCOME))
    initialized(cli, "t.csv")
    assert "drop" not in (cli.folder / "t.yaml").read_text()


@pytest.mark.parametrize("names", [("train", "test"), ("train", "dev", "test")])
def test_files_that_are_splits_are_cut_by_patients_only_where_they_are_cut(cli, names):
    patients = [k // 3 for k in range(N)]
    sick = ["yes" if patient % 3 else "no" for patient in patients]
    (cli.folder / "d").mkdir()
    for name in names:
        (cli.folder / "d" / f"{name}.csv").write_text(
            rows("patient,age,income,sick", patients, AGE, INCOME, sick)
        )
    document = cli.document("init", "d")
    grouped = 'group: "patient"' in (cli.folder / document["config"]).read_text()
    assert grouped == ("dev" not in names)
    assert grouped == any("one side" in remark for remark in document["remarks"])
    assert (
        cli("train", document["config"], "--set", "training.epochs=1", "--set", "checks=off", "--quiet").code
        == 0
    )


def test_a_code_of_the_class_and_a_patient_whose_rows_differ_are_no_groups_that_are_set(cli):
    codes = [7 if label == "yes" else 9 for label in LABEL]
    patients = [k // 3 for k in range(N)]
    (cli.folder / "t.csv").write_text(rows("class_id,patient,age,y", codes, patients, AGE, LABEL))
    cli("init", "t.csv")
    text = (cli.folder / "t.yaml").read_text()
    assert "\n    group" not in text
    assert "# group: patient" in text
