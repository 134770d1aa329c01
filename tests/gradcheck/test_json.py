"""The JSON that scripts read."""

import json

import numpy as np

from dlrecipe.gradcheck import check_gradient, report_json
from dlrecipe.nn.layers import dense

X = np.random.default_rng(0).standard_normal((5, 4))
LABELS = np.arange(5) % 3


def test_report_has_the_documented_keys(make_objective):
    document = report_json([check_gradient(make_objective((4, 5, 3)), X, LABELS, name="tanh + softmax")])
    assert document["schema_version"] == 1
    assert document["passed"] is True
    (check,) = document["checks"]
    assert check["name"] == "tanh + softmax"
    assert check["verdict"] == "pass"
    assert (check["n_components"], check["n_checked"], check["n_kinks"]) == (43, 43, 0)
    assert check["n_examples"] == 5
    assert check["epsilon"] == 1e-5
    assert "dropout off" in check["notes"]
    tensor = check["tensors"][0]
    assert set(tensor) >= {"name", "relative_difference", "verdict", "worst"}
    assert set(tensor["worst"]) == {"index", "analytic", "numeric"}
    assert [entry["name"] for entry in check["tensors"]] == ["W1", "b1", "W2", "b2"]
    assert [len(entry["worst"]["index"]) for entry in check["tensors"]] == [2, 1, 2, 1]


def test_a_single_failed_check_fails_the_report(make_objective, monkeypatch):
    good = check_gradient(make_objective((4, 5, 3)), X, LABELS, name="good")
    intact = dense.dense_backward

    def spoilt(X_T, dZ, ones, dW, db):
        intact(X_T, dZ, ones, dW, db)
        db *= np.nan

    monkeypatch.setattr(dense, "dense_backward", spoilt)
    bad = check_gradient(make_objective((4, 5, 3)), X, LABELS, name="bad")
    document = report_json([good, bad])
    assert document["passed"] is False
    assert [check["verdict"] for check in document["checks"]] == ["pass", "fail"]


def test_numbers_that_are_not_finite_are_null_in_strict_json(make_objective, monkeypatch):
    intact = dense.dense_backward

    def spoilt(X_T, dZ, ones, dW, db):
        intact(X_T, dZ, ones, dW, db)
        db[0] = np.inf

    monkeypatch.setattr(dense, "dense_backward", spoilt)
    document = report_json([check_gradient(make_objective((4, 5, 3)), X, LABELS, name="inf")])
    strict = json.loads(json.dumps(document, allow_nan=False))
    b1 = strict["checks"][0]["tensors"][1]
    assert strict["checks"][0]["relative_difference"] is None
    assert b1["worst"] == {"index": [0], "analytic": None, "numeric": b1["worst"]["numeric"]}


def test_an_empty_worst_is_null(make_objective):
    objective = make_objective((1, 1), output="relu", loss="mse")
    objective.network.parameters.theta[...] = 0
    result = check_gradient(objective, np.array([[1.0], [-1.0]]), np.array([[2.0], [5.0]]), name="")
    document = report_json([result])
    assert document["passed"] is True
    assert document["checks"][0]["verdict"] == "look"
    assert document["checks"][0]["tensors"][0]["worst"] is None
