"""Embedded categories from the command line: train, evaluate, predict, resume, gradcheck, and bad configs."""

from typing import Any

import numpy as np
import pytest

TOWNS = [f"town {i:02d}" for i in range(14)]


def sales(n: int = 400) -> list[str]:
    """Rows whose outcome hangs on the town (odd ones sell) and a little on the size."""
    rng = np.random.default_rng(2)
    rows = ["size,town,shop,good"]
    for i in range(n):
        town = int(rng.integers(14))
        size = rng.normal()
        good = "yes" if (town % 2) + 0.2 * size > 0.5 else "no"
        rows.append(f"{size:.3f},{TOWNS[town]},{i % 3},{good}")
    return rows


def config(embeddings: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "sales",
        "data": {
            "source": {"type": "table", "path": "sales.csv", "target": "good"},
            "split": {"train": 0.5, "dev": 0.25, "test": 0.25},
        },
        "network": {"hidden": [8], "embeddings": embeddings, **more},
        "optimizer": {"type": "adam", "learning_rate": 0.01},
        "training": {"epochs": 30, "batch_size": 16},
        "early_stopping": None,
    }


@pytest.fixture
def shop(cli: Any) -> Any:
    (cli.folder / "sales.csv").write_text("\n".join(sales()) + "\n")
    return cli


@pytest.mark.parametrize("embeddings", ["auto", {"town": 3}], ids=str)
def test_a_run_learns_from_embedded_categories_and_is_evaluated(shop: Any, embeddings: Any) -> None:
    trained = shop.train(config(embeddings))
    assert trained["errors"]["dev"] < 0.1
    evaluated = shop("evaluate", "latest", "--json")
    assert evaluated.code == 0
    assert evaluated.json["error"] < 0.1


def test_the_stored_table_is_named_after_its_column(shop: Any) -> None:
    from safetensors.numpy import load_file

    trained = shop.train(config({"town": 3}))
    arrays = load_file(shop.folder / trained["path"] / "weights.safetensors")
    assert arrays["E.town"].shape == (15, 3)
    assert arrays["W1"].shape == (2 + 3, 8)


def test_predict_takes_towns_that_train_has_not(shop: Any) -> None:
    shop.train(config({"town": 3}))
    (shop.folder / "new.csv").write_text("size,town,shop\n0,town 01,1\n0,town 02,1\n0,elsewhere,1\n0,,1\n")
    outcome = shop("predict", "latest", "new.csv")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert [line.split(",")[0] for line in lines[1:3]] == ["yes", "no"]
    assert lines[3] == lines[4]


def test_resume_equals_the_uninterrupted_run(shop: Any) -> None:
    first = config({"town": 3})
    whole = shop.train(first)
    half = shop.train({**first, "name": "half", "training": {"epochs": 11, "batch_size": 16}})
    assert shop("resume", "half", "--epochs", "30").code == 0
    weights = [(shop.folder / run["path"] / "weights.safetensors").read_bytes() for run in (whole, half)]
    assert weights[0] == weights[1]


def test_gradcheck_covers_the_tables(shop: Any) -> None:
    outcome = shop("gradcheck", shop.write(config("auto")), "--json")
    assert outcome.code == 0
    tensors = {tensor["name"]: tensor for tensor in outcome.json["checks"][0]["tensors"]}
    assert tensors["E.town"]["verdict"] == "pass"


def test_dropout_of_the_input_and_groups_go_with_embeddings(shop: Any) -> None:
    grouped = config("auto")
    grouped["data"]["split"] = {"train": 0.6, "dev": 0.4, "test": 0, "group": "shop"}
    grouped["regularization"] = {"dropout": {"keep_prob": [0.9, 0.9]}, "l2": 0.1}
    assert shop.train(grouped)["status"] == "finished"


@pytest.mark.parametrize(
    ("embeddings", "place", "what"),
    [
        ({"city": 3}, "network.embeddings.city", "there is no input column 'city'"),
        ({"size": 3}, "network.embeddings.size", "is numeric and has no categories"),
        ({"town": 0}, "network.embeddings.town", "must be"),
        ({"good": 3}, "network.embeddings.good", "there is no input column 'good'"),
        ("all", "network.embeddings", "auto"),
        ({"town": "wide"}, "network.embeddings.town", "auto"),
    ],
    ids=str,
)
def test_what_cannot_be_embedded_is_refused_at_its_place(
    shop: Any, embeddings: Any, place: str, what: str
) -> None:
    outcome = shop("train", shop.write(config(embeddings)))
    assert outcome.code == 2
    assert place in outcome.err
    assert what in outcome.err
    assert not shop.runs.exists()


def test_every_column_that_cannot_be_embedded_is_told_at_once(shop: Any) -> None:
    outcome = shop("train", shop.write(config({"city": 3, "size": 3})))
    assert "there is no input column 'city'" in outcome.err
    assert "the column 'size' is numeric" in outcome.err


def test_an_array_has_no_columns_to_embed(cli: Any) -> None:
    digits = {"data": {"source": "digits"}, "network": {"hidden": [8], "embeddings": {"town": 3}}}
    outcome = cli("train", cli.write(digits))
    assert outcome.code == 2
    assert "the inputs are an array, which has no columns" in outcome.err


def test_a_column_of_rare_values_cannot_be_embedded(shop: Any) -> None:
    rows = sales(60)
    (shop.folder / "sales.csv").write_text(
        "\n".join([rows[0] + ",who", *(f"{row},person {i}" for i, row in enumerate(rows[1:]))]) + "\n"
    )
    people = config({"who": 3})
    people["data"]["source"]["categorical"] = ["who"]
    outcome = shop("train", shop.write(people))
    assert outcome.code == 2
    assert "no category of 'who' has 5 rows in train" in outcome.err
