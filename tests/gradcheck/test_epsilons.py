"""The table of the difference against the step."""

import numpy as np
import pytest

from dlrecipe.gradcheck import check_gradient
from dlrecipe.nn.layers import dense

RNG = np.random.default_rng(3)
X, LABELS = RNG.standard_normal((7, 4)), np.arange(7) % 3


def table(objective):
    result = check_gradient(objective, X, LABELS, name="", show_epsilons=True)
    return {row.epsilon: row for row in result.epsilons}


def test_truncation_falls_with_the_square_of_the_step_and_rounding_takes_over(make_objective):
    rows = table(make_objective((4, 5, 3)))
    falls = rows[1e-2].relative_difference / rows[1e-3].relative_difference
    assert falls == pytest.approx(100, rel=0.05)  # the error of a two-sided difference is of the order ε²
    assert rows[1e-9].relative_difference > 10 * rows[1e-6].relative_difference
    assert all(row.relative_difference <= row.rounding for step, row in rows.items() if step <= 1e-6)


def test_a_bugs_difference_is_the_same_at_every_step(make_objective, monkeypatch):
    intact = dense.dense_backward

    def spoilt(X_T, dZ, ones, dW, db):
        intact(X_T, dZ, ones, dW, db)
        dW *= 1.01

    monkeypatch.setattr(dense, "dense_backward", spoilt)
    differences = [row.relative_difference for row in table(make_objective((4, 5, 3))).values()]
    assert max(differences) < 1.1 * min(differences)


def test_the_table_is_made_only_where_it_is_asked_for(make_objective):
    assert check_gradient(make_objective((4, 5, 3)), X, LABELS, name="").epsilons == ()
