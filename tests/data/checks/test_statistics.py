"""The tests behind the findings agree with scipy's and scikit-learn's."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from dlrecipe.data.checks.row_keys import keys_of_rows
from dlrecipe.data.checks.statistics import auc, chi_square, kolmogorov_smirnov
from dlrecipe.data.examples import Examples


def test_kolmogorov_smirnov_agrees_with_scipy(rng):
    a, b = rng.normal(size=400), rng.normal(0.2, 1, size=300)
    ours, theirs = kolmogorov_smirnov(a, b), stats.ks_2samp(a, b, method="asymp")
    assert ours.distance == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.pvalue, rel=0.3)


def test_chi_square_agrees_with_scipy():
    a, b = np.array([50, 30, 20, 0]), np.array([30, 40, 45, 0])
    expected = stats.chi2_contingency(np.stack([a, b])[:, :3], correction=False).pvalue
    assert chi_square(a, b).p == pytest.approx(expected, rel=0.3)  # Wilson and Hilferty's tail is as near


def test_splits_of_one_kind_differ_by_chance_as_often_as_p_says(rng):
    pairs = rng.normal(size=(400, 2, 120))
    low = [kolmogorov_smirnov(a, b).p < 0.05 for a, b in pairs]
    assert 0.01 < np.mean(low) < 0.09


def test_the_auc_agrees_with_scikit_learn_ties_included(rng):
    above, below = rng.integers(0, 6, 80).astype(float) + 1, rng.integers(0, 6, 90).astype(float)
    labels = np.repeat([1, 0], [80, 90])
    assert auc(above, below).value == pytest.approx(roc_auc_score(labels, np.concatenate([above, below])))


def test_the_interval_of_the_auc_covers_its_value_in_19_of_20_samples(rng):
    # The area for N(1, 1) against N(0, 1) is Φ(1/√2).
    truth = stats.norm.cdf(1 / np.sqrt(2))
    areas = [auc(rng.normal(1, 1, 100), rng.normal(0, 1, 100)) for _ in range(500)]
    assert 0.92 < np.mean([each.low(1.96) <= truth <= each.high(1.96) for each in areas]) < 0.98


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8, np.int64])
def test_rows_have_equal_keys_exactly_where_they_are_equal(dtype, rng):
    rows = rng.integers(0, 3, (4000, 7)).astype(dtype)  # 3^7 = 2,187 possible rows
    keys = keys_of_rows({"train": Examples("x", matrix=rows)})["train"]
    assert len(np.unique(keys)) == len(np.unique(rows, axis=0))


def test_minus_zero_and_missing_values_are_equal_to_themselves():
    rows = np.array([[0.0, np.nan], [-0.0, -np.nan]])
    assert len(set(keys_of_rows({"train": Examples("x", matrix=rows)})["train"].tolist())) == 1
