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
