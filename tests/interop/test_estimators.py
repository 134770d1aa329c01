"""The estimators keep scikit-learn's contract, and work where its own do."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from dlrecipe import DlrecipeClassifier, DlrecipeRegressor

QUICK = {"hidden": (16,), "epochs": 30, "batch_size": 16, "learning_rate": 0.02}


@pytest.fixture(autouse=True)
def floating_point_as_users_have_it() -> Any:
    # scikit-learn's own code is not written for overflow as an error.
    with np.errstate(all="warn"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("estimator", [DlrecipeClassifier(**QUICK), DlrecipeRegressor(**QUICK)])
def test_estimators_pass_every_check_of_scikit_learn(estimator: Any):
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = {each["check_name"]: each["exception"] for each in results if each["status"] == "failed"}
    assert failed == {}
    # Only what scikit-learn skips of itself: checks of sample weights, sparse data and the array API.
    assert sum(each["status"] == "passed" for each in results) > 40


def test_a_classifier_learns_labels_of_any_kind_and_gives_probabilities():
    data = load_iris()
    names = data.target_names[data.target]
    model = DlrecipeClassifier(**QUICK).fit(data.data, names)
    assert model.score(data.data, names) > 0.9
    assert list(model.classes_) == ["setosa", "versicolor", "virginica"]
    np.testing.assert_allclose(model.predict_proba(data.data).sum(axis=1), 1, atol=1e-12)


def test_estimators_work_in_pipelines_searches_and_cross_validation():
    X, y = load_breast_cancer(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), DlrecipeClassifier(**{**QUICK, "epochs": 3}))
    assert cross_val_score(pipeline, X, y, cv=2).min() > 0.9
    grid = {"dlrecipeclassifier__l2": np.logspace(-1, 1, 2), "dlrecipeclassifier__hidden": [(4,), (8,)]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.9
    assert isinstance(search.best_params_["dlrecipeclassifier__l2"], float)


def test_a_pickled_estimator_predicts_the_same_and_a_clone_is_unfitted(tmp_path: Path):
    import joblib

    X, y = load_diabetes(return_X_y=True)
    model = DlrecipeRegressor(**QUICK).fit(X, y)
    assert model.score(X, y) > 0.4
    expected = model.predict(X)
    joblib.dump(model, tmp_path / "model.joblib")
    for copy in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model.joblib")):
        np.testing.assert_array_equal(copy.predict(X), expected)
        assert copy.diagnose().to_json() == model.diagnose().to_json()
    assert not hasattr(clone(model), "fit_")


def test_the_diagnosis_of_a_fit_has_gaps_with_intervals_and_recall():
    X, y = load_breast_cancer(return_X_y=True)
    diagnosis = DlrecipeClassifier(**QUICK, bayes_error=0.01).fit(X, y).diagnose()
    assert diagnosis.run.n == {"train": 455, "dev": 114}
    assert diagnosis.gaps.bias is not None
    assert diagnosis.gaps.variance is not None
    assert diagnosis.gaps.variance.low is not None
    assert set(diagnosis.recall["dev"]) == {"0", "1"}
    assert "mismatch" in {each.code for each in diagnosis.not_judged}


def test_few_rows_are_all_trained_on_and_no_dev_error_is_made_up():
    X, y = load_iris(return_X_y=True)
    rows = np.r_[0:6, 50:56]
    diagnosis = DlrecipeClassifier(**QUICK).fit(X[rows], y[rows]).diagnose()
    assert set(diagnosis.run.errors) == {"train"}
    assert diagnosis.gaps.variance is None


def test_fit_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    DlrecipeClassifier(**QUICK).fit(*load_iris(return_X_y=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"activation": "rleu"}, "activation: unknown .*'rleu'.*Did you mean 'relu'"),
        ({"hidden": (0,)}, "hidden"),
        ({"optimizer": "adamm"}, "Did you mean 'adam'"),
        ({"dev": 1.5}, "dev"),
        ({"config": {"trainning": {}}}, "trainning"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(parameters: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        DlrecipeClassifier(**parameters).fit(*load_iris(return_X_y=True))


def test_further_settings_reach_the_engine():
    layers = [{"type": "dense", "units": 8}, {"type": "batch_norm"}]
    config = {"network": {"layers": layers}, "optimizer": {"schedule": {"type": "cosine"}}}
    model = DlrecipeClassifier(**{**QUICK, "config": config}).fit(*load_iris(return_X_y=True))
    assert "gamma1" in model.fit_.weights
    assert model.fit_.evidence.setting("optimizer.schedule.type") == "cosine"
