"""Every choice that the config offers, once through the command line, on a few rows and for two epochs."""

from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from dlrecipe.data.specs import NormalizationName
from dlrecipe.nn.specs import ActivationName, Initialization, RegressionLoss
from dlrecipe.optim.specs import Optimizer, Schedule

BLOBS = {"type": "synthetic", "generator": "blobs", "n": 60}
QUICK = {"network": {"hidden": [4]}, "training": {"epochs": 2, "batch_size": 8}}


def names(union: Any) -> list[str]:
    """The names of a union's members, from the annotations of their `type`."""
    members = get_args(get_args(union)[0])
    return sorted(name for member in members for name in get_args(get_type_hints(member)["type"]))


def train(cli: Any, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = cli.train({"data": {"source": BLOBS}} | QUICK | changes)
    assert document["status"] == "finished"
    assert document["epochs_run"] == 2
    assert all(np.isfinite(cost) for cost in document["cost"].values())
    return document


@pytest.mark.parametrize("name", names(Optimizer))
def test_every_optimizer_trains(cli, name):
    train(cli, optimizer={"type": name, "clip": {"norm": 1.0, "value": 0.5}})


@pytest.mark.parametrize("name", names(Schedule))
def test_every_schedule_trains(cli, name):
    schedule = {"type": name, "warmup_epochs": 0.5}
    train(cli, optimizer={"type": "adam", "schedule": schedule})


@pytest.mark.parametrize("name", [name for name in names(Initialization) if name not in ("file", "run")])
def test_every_initialization_trains(cli, name):
    train(cli, initialization=name)


@pytest.mark.parametrize("name", get_args(NormalizationName))
def test_every_normalization_trains(cli, name):
    train(cli, normalization=name)


@pytest.mark.parametrize("name", get_args(ActivationName))
def test_every_activation_trains(cli, name):
    train(cli, network={"hidden": [4, 4], "activation": name})


@pytest.mark.parametrize("name", get_args(get_type_hints(RegressionLoss)["type"]))
def test_every_loss_of_numbers_trains(cli, name):
    train(cli, data={"source": "diabetes"}, loss=name)


@pytest.mark.parametrize("generator", ["circles", "moons", "spiral", "blobs", "xor"])
def test_every_generator_trains(cli, generator):
    train(cli, data={"source": BLOBS | {"generator": generator}})


@pytest.mark.parametrize("source", ["digits", "breast_cancer", "wine", "iris", "diabetes"])
def test_every_bundled_set_trains(cli, source):
    train(cli, data={"source": source})


@pytest.mark.parametrize("batch_size", [1, 36, 10_000, "full"])
def test_every_size_of_batch_trains(cli, batch_size):
    train(cli, training={"epochs": 2, "batch_size": batch_size})


def test_a_batch_of_more_than_all_rows_is_the_full_batch(cli):
    costs = [train(cli, training={"epochs": 2, "batch_size": size})["cost"] for size in (10_000, "full")]
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    "regularization",
    [{"l2": 1.0}, {"l1": 1.0}, {"max_norm": 1.0}, {"dropout": {"keep_prob": [0.9, 0.5]}}],
    ids=["l2", "l1", "max_norm", "dropout"],
)
def test_every_regularizer_trains(cli, regularization):
    train(cli, regularization=regularization)


def test_both_precisions_train_alike_but_not_equally(cli):
    single, double = (
        train(cli, training={"epochs": 2, "precision": precision})["cost"]["train"]
        for precision in ("float32", "float64")
    )
    assert single == pytest.approx(double, rel=1e-4)
    assert single != double


def test_a_network_without_hidden_layers_is_logistic_regression(cli):
    train(cli, network={"hidden": []})
    weights = cli.document("gradcheck", "--run", "latest")["checks"][0]["tensors"]
    assert [tensor["name"] for tensor in weights] == ["W1", "b1"]


@pytest.mark.parametrize("output", ["auto", "sigmoid", "softmax"])
def test_two_classes_can_have_either_output(cli, output):
    moons = {"source": BLOBS | {"generator": "moons"}}
    train(cli, data=moons, network={"hidden": [4], "output": output})


@pytest.mark.parametrize("class_weights", ["none", "balanced", {"malignant": 5.0}])
def test_classes_can_be_weighted(cli, class_weights):
    train(
        cli, data={"source": "breast_cancer"}, loss={"type": "cross_entropy", "class_weights": class_weights}
    )


def test_several_targets_are_regression(cli):
    rng = np.random.default_rng(0)
    np.savez(cli.folder / "a.npz", x=rng.normal(size=(60, 3)), y=rng.normal(size=(60, 2)))
    document = train(cli, data={"source": {"type": "npz", "path": "a.npz"}})
    assert document["task"] == "regression"
    assert list(cli.document("predict", "latest", "a.npz")["columns"]) == ["y1", "y2"]
    assert {"r2", "rmse", "mae"} <= document["metrics"]["dev"].keys()


def test_npy_files_train(cli):
    rng = np.random.default_rng(0)
    np.save(cli.folder / "x.npy", rng.normal(size=(60, 3)))
    np.save(cli.folder / "y.npy", np.arange(60) % 3)
    assert train(cli, data={"source": {"type": "npy", "path": "x.npy", "y": "y.npy"}})["n"]["train"] == 36


def test_splits_can_have_sources_of_their_own(cli):
    data = {name: BLOBS | {"n": n, "seed": n} for name, n in (("train", 50), ("dev", 30), ("test", 20))}
    assert train(cli, data=data)["n"] == {"train": 50, "dev": 30, "test": 20}
    assert cli.document("evaluate", "latest")["n"] == 20


def test_a_target_source_makes_a_train_dev_split_and_a_mismatch_to_judge(cli):
    data = {"source": BLOBS | {"n": 100}, "target": BLOBS | {"n": 40, "noise": 3.0, "seed": 1}}
    document = train(cli, data=data)
    # Half of the 40 each to dev and test; train_dev is as large as dev, and is cut from the 100.
    assert document["n"] == {"train": 80, "train_dev": 20, "dev": 20, "test": 20}
    assert document["errors"].keys() == {"train", "train_dev", "dev"}
    assert cli.document("diagnose", "latest")["gaps"]["mismatch"] is not None


def rows_by_column(cli: Any, setting: str) -> dict[str, Any]:
    """Data that are split by their column `day`, in which ten rows share each value."""
    rows = [f"{i // 10},{i % 7},{i % 2}" for i in range(100)]
    (cli.folder / "rows.csv").write_text("\n".join(["day,a,b", *rows]) + "\n")
    split = {"train": 0.6, "dev": 0.2, "test": 0.2, setting: "day"}
    return {"source": {"type": "table", "path": "rows.csv"}, "split": split}


@pytest.mark.parametrize("setting", ["group", "time"])
def test_a_table_can_be_split_by_a_column_which_is_then_no_input(cli, setting):
    document = train(cli, data=rows_by_column(cli, setting))
    assert all(n % 10 == 0 for n in document["n"].values())
    assert cli.document("show", "latest")["record"]["data"]["n_features"] == 1


def test_weights_can_come_from_another_run_and_from_its_file(cli):
    first = train(cli)
    run = {"type": "run", "run": first["run_id"]}
    file = {"type": "file", "path": f"runs/{first['run_id']}/weights.safetensors"}
    from_run, from_file = (train(cli, initialization=spec) for spec in (run, file))
    assert from_run["cost"] == from_file["cost"]
    assert from_run["cost"]["train"] < first["cost"]["train"]
    initial = cli.document("show", "latest")["record"]["initial"]["cost"]
    assert initial["train"] == pytest.approx(first["cost"]["train"])


def test_another_seed_gives_another_network_and_the_same_one_the_same(cli):
    one, again, other = (train(cli, seed=seed)["cost"] for seed in (0, 0, 1))
    assert one == again
    assert one != other
