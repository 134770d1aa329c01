"""Every loss and its gradient against an independent implementation."""

import numpy as np
import pytest
from scipy import special
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error

from dlrecipe.nn.losses import LOSSES, SMOOTHED, Loss, huber, probabilities

RNG = np.random.default_rng(5)
N = 60
ALL_LOSSES: dict[str, Loss] = {
    **LOSSES,
    "huber": huber(0.7),
    **{f"smoothed_{name}": smoothed(0.2) for name, smoothed in SMOOTHED.items()},
}
TOLERANCES = [("float64", 1e-12), ("float32", 1e-6)]


def reference_softmax(z, y):
    log_p = special.log_softmax(z, axis=1)
    one_hot = np.eye(z.shape[1])[y]
    return -(one_hot * log_p).sum(axis=1), special.softmax(z, axis=1) - one_hot


def reference_sigmoid(z, y):
    p = special.expit(z[:, 0])
    # xlogy(0, 0) = 0 where a probability is exactly 0 or 1.
    loss = -special.xlogy(y, p) - special.xlogy(1 - y, special.expit(-z[:, 0]))
    return loss, (p - y)[:, None]


def reference_mse(z, y):
    return 0.5 * np.linalg.norm(z - y, axis=1) ** 2, z - y


def reference_mae(z, y):
    return np.linalg.norm(z - y, ord=1, axis=1), np.where(z > y, 1.0, -1.0)


def reference_huber(z, y):
    delta, r = 0.7, z - y
    slope = np.where(np.abs(r) <= delta, r, delta * np.sign(r))
    return special.huber(delta, r).sum(axis=1), slope


def reference_smoothed_softmax(z, y):
    targets = 0.8 * np.eye(z.shape[1])[y] + 0.2 / z.shape[1]
    return -(targets * special.log_softmax(z, axis=1)).sum(axis=1), special.softmax(z, axis=1) - targets


def reference_smoothed_sigmoid(z, y):
    """A sigmoid is the softmax of (0, z)."""
    losses, gradient = reference_smoothed_softmax(np.hstack([np.zeros_like(z), z]), y)
    return losses, gradient[:, 1:]


REFERENCES = {
    "smoothed_softmax": reference_smoothed_softmax,
    "smoothed_sigmoid": reference_smoothed_sigmoid,
    "softmax": reference_softmax,
    "sigmoid": reference_sigmoid,
    "mse": reference_mse,
    "mae": reference_mae,
    "huber": reference_huber,
}


def example(name: str, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    n_outputs = 1 if name.endswith("sigmoid") else 4
    outputs = 2 * rng.standard_normal((N, n_outputs))
    if ALL_LOSSES[name].takes_labels:
        return outputs.astype(dtype), rng.integers(0, max(2, n_outputs), N)
    return outputs.astype(dtype), rng.standard_normal((N, n_outputs)).astype(dtype)


def evaluate(loss: Loss, outputs: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    losses, gradient = np.empty(len(outputs), outputs.dtype), np.empty_like(outputs)
    loss.losses(outputs, targets, losses)
    loss.gradient(outputs, targets, gradient)
    return losses, gradient


def test_every_loss_has_a_reference():
    assert set(REFERENCES) == set(ALL_LOSSES)


@pytest.mark.parametrize("name", ALL_LOSSES)
@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
def test_loss_and_gradient_agree_with_an_independent_implementation(name, dtype, tolerance):
    outputs, targets = example(name, dtype)
    wide = targets if ALL_LOSSES[name].takes_labels else targets.astype(np.float64)
    expected_losses, expected_gradient = REFERENCES[name](outputs.astype(np.float64), wide)
    losses, gradient = evaluate(ALL_LOSSES[name], outputs, targets)
    np.testing.assert_allclose(losses, expected_losses, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=tolerance, atol=tolerance)


MIXED = [name for name, loss in ALL_LOSSES.items() if loss.mixed is not None]


def test_every_loss_of_labels_takes_shares_of_classes_too():
    assert [name for name, loss in ALL_LOSSES.items() if loss.takes_labels] == MIXED


@pytest.mark.parametrize("weights", [None, [0.5, 2.0, 1.0, 3.0]], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", MIXED)
@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
def test_the_loss_of_a_mixture_is_the_mixture_of_its_labels_losses(name, dtype, tolerance, weights):
    """λ w_a L(a) + (1 - λ) w_b L(b), and its gradient, from the loss of single labels."""
    outputs, first = example(name, dtype)
    n_classes = max(2, outputs.shape[1])
    second = np.roll(first, 1)
    of_class = None if weights is None else np.array(weights[:n_classes], dtype)
    share = np.random.default_rng(2).random(N).astype(dtype)
    one_hot = np.eye(n_classes, dtype=dtype)
    shares = share[:, None] * one_hot[first] + (1 - share)[:, None] * one_hot[second]
    losses, gradient = evaluate(ALL_LOSSES[name].mixed(of_class), outputs, shares)
    w = np.ones(n_classes) if weights is None else of_class
    (loss_a, slope_a), (loss_b, slope_b) = (
        evaluate(ALL_LOSSES[name], outputs, labels) for labels in (first, second)
    )
    a, b = share * w[first], (1 - share) * w[second]
    np.testing.assert_allclose(losses, a * loss_a + b * loss_b, rtol=10 * tolerance, atol=10 * tolerance)
    expected = a[:, None] * slope_a + b[:, None] * slope_b
    np.testing.assert_allclose(gradient, expected, rtol=10 * tolerance, atol=10 * tolerance)


def test_the_loss_of_a_mixture_by_hand():
    # Logits 0, so each label costs ln 2; and ln 1.5 and ln 3 where the odds are 2 to 1.
    shares = np.array([[0.25, 0.75], [0.25, 0.75]])
    logits = np.array([[0.0, 0.0], [np.log(2), 0.0]])
    losses, gradient = evaluate(LOSSES["softmax"].mixed(None), logits, shares)
    np.testing.assert_allclose(losses, [np.log(2), 0.25 * np.log(1.5) + 0.75 * np.log(3)])
    np.testing.assert_allclose(gradient, [[0.25, -0.25], [2 / 3 - 0.25, 1 / 3 - 0.75]])
    single = logits[:, 1:] - logits[:, :1]
    losses, gradient = evaluate(LOSSES["sigmoid"].mixed(None), single, shares)
    np.testing.assert_allclose(losses, [np.log(2), 0.25 * np.log(1.5) + 0.75 * np.log(3)])
    np.testing.assert_allclose(gradient, [[-0.25], [1 / 3 - 0.75]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mixed_labels_of_logits_of_a_thousand_cost_finite_sums(dtype):
    shares = np.array([[0.25, 0.75]] * 2, dtype)
    logits = np.array([[1000.0, -1000.0], [-1000.0, 1000.0]], dtype)
    losses, _ = evaluate(LOSSES["softmax"].mixed(None), logits, shares)
    np.testing.assert_allclose(losses, [1500, 500])
    losses, _ = evaluate(LOSSES["sigmoid"].mixed(None), logits[:, 1:] - logits[:, :1], shares)
    np.testing.assert_allclose(losses, [1500, 500])


@pytest.mark.parametrize("name", ALL_LOSSES)
def test_neither_kernel_touches_its_inputs(name):
    outputs, targets = example(name, "float64")
    before = outputs.copy(), targets.copy()
    evaluate(ALL_LOSSES[name], outputs, targets)
    np.testing.assert_array_equal(outputs, before[0])
    np.testing.assert_array_equal(targets, before[1])


def test_mean_cross_entropy_is_scikit_learns_log_loss():
    logits, labels = example("softmax", "float64")
    losses, _ = evaluate(LOSSES["softmax"], logits, labels)
    assert losses.mean() == pytest.approx(log_loss(labels, probabilities(logits), labels=range(4)), abs=1e-12)


def test_mean_binary_cross_entropy_is_scikit_learns_log_loss():
    logits, labels = example("sigmoid", "float64")
    losses, _ = evaluate(LOSSES["sigmoid"], logits, labels)
    assert losses.mean() == pytest.approx(log_loss(labels, probabilities(logits)), abs=1e-12)


def test_mse_carries_the_courses_half_and_sums_over_outputs():
    outputs, targets = example("mse", "float64")
    losses, _ = evaluate(LOSSES["mse"], outputs, targets)
    # scikit-learn averages over the 4 outputs and has no ½.
    assert losses.mean() == pytest.approx(0.5 * 4 * mean_squared_error(targets, outputs), abs=1e-12)


def test_mae_sums_over_outputs():
    outputs, targets = example("mae", "float64")
    losses, _ = evaluate(LOSSES["mae"], outputs, targets)
    assert losses.mean() == pytest.approx(4 * mean_absolute_error(targets, outputs), abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logits_of_a_thousand_give_finite_losses_and_gradients(dtype):
    logits = np.array([[1000.0, -1000.0, 0.0], [1000.0, -1000.0, 0.0]], dtype)
    losses, gradient = evaluate(LOSSES["softmax"], logits, np.array([0, 1]))
    np.testing.assert_allclose(losses, [0, 2000])
    np.testing.assert_allclose(gradient, [[0, 0, 0], [1, -1, 0]], atol=1e-30)
    binary = np.array([[1000.0], [1000.0], [-1000.0], [-1000.0]], dtype)
    losses, gradient = evaluate(LOSSES["sigmoid"], binary, np.array([1, 0, 1, 0]))
    np.testing.assert_allclose(losses, [0, 1000, 1000, 0], atol=1e-30)
    np.testing.assert_allclose(gradient, [[0], [1], [-1], [0]], atol=1e-30)


def test_a_confident_right_answer_keeps_its_tiny_loss():
    # log(1 + exp(-40)) = 4.2e-18 would be 0 if 1 + exp(-40) were formed, or 40 added and taken away.
    losses, _ = evaluate(LOSSES["sigmoid"], np.array([[40.0], [-40.0]]), np.array([1, 0]))
    np.testing.assert_allclose(losses, np.log1p(np.exp(-40.0)), rtol=1e-12)


def test_softmax_ignores_a_constant_added_to_every_logit():
    logits, labels = example("softmax", "float64")
    for plain, shifted in zip(
        evaluate(LOSSES["softmax"], logits, labels),
        evaluate(LOSSES["softmax"], logits + 300, labels),
        strict=True,
    ):
        np.testing.assert_allclose(plain, shifted, atol=1e-12)


def test_equal_logits_cost_the_logarithm_of_the_number_of_classes():
    losses, _ = evaluate(LOSSES["softmax"], np.zeros((3, 7)), np.array([0, 3, 6]))
    np.testing.assert_allclose(losses, np.log(7), rtol=1e-15)
    losses, _ = evaluate(LOSSES["sigmoid"], np.zeros((2, 1)), np.array([0, 1]))
    np.testing.assert_allclose(losses, np.log(2), rtol=1e-15)


def test_two_class_softmax_is_a_sigmoid_of_the_difference():
    logits, labels = RNG.standard_normal((N, 2)), RNG.integers(0, 2, N)
    softmax, _ = evaluate(LOSSES["softmax"], logits, labels)
    sigmoid, _ = evaluate(LOSSES["sigmoid"], logits[:, 1:] - logits[:, :1], labels)
    np.testing.assert_allclose(softmax, sigmoid, rtol=1e-12, atol=1e-14)


def test_softmax_gradient_may_overwrite_its_logits():
    logits, labels = example("softmax", "float64")
    _, expected = evaluate(LOSSES["softmax"], logits, labels)
    LOSSES["softmax"].gradient(logits, labels, logits)
    np.testing.assert_array_equal(logits, expected)


@pytest.mark.parametrize("n", [6, 1_200])
@pytest.mark.parametrize("n_classes", [2, 10, 40])
@pytest.mark.parametrize("level", [0.0, 79.0, -79.0, 85.0, -95.0, 650.0, 1e4])
def test_the_gradient_of_a_softmax_is_right_wherever_its_logits_lie(n: int, n_classes: int, level: float):
    """One row far from the others, whose exponentials are beyond float32 or below it where they can be."""
    rng = np.random.default_rng(n_classes)
    logits = rng.normal(size=(n, n_classes)).clip(-1, 1)
    logits[2] += level
    labels = rng.integers(0, n_classes, n)
    expected = special.softmax(logits.astype(np.float32).astype(np.float64), axis=1)
    expected[np.arange(n), labels] -= 1
    _, gradient = evaluate(LOSSES["softmax"], logits.astype(np.float32), labels)
    np.testing.assert_allclose(gradient, expected, atol=3e-7)


def test_huber_joins_its_pieces_smoothly_and_is_half_a_square_inside():
    loss = huber(2.0)
    outputs = np.array([[1.0], [2.0 - 1e-9], [2.0 + 1e-9], [5.0]])
    losses, gradient = evaluate(loss, outputs, np.zeros_like(outputs))
    np.testing.assert_allclose(losses, [0.5, 2.0, 2.0, 2 * (5 - 1)], rtol=1e-8)
    np.testing.assert_allclose(gradient[:, 0], [1, 2, 2, 2], rtol=1e-8)


def test_mae_has_no_slope_where_output_and_target_are_equal():
    _, gradient = evaluate(LOSSES["mae"], np.array([[1.0, 2.0]]), np.array([[1.0, 1.0]]))
    np.testing.assert_array_equal(gradient, [[0, 1]])


def test_pieces_change_just_where_a_loss_has_its_kinks():
    residuals = np.array([[-0.8, -0.6, -0.1, 0.1, 0.6, 0.8]])
    nothing = np.zeros_like(residuals)
    steps = {
        name: np.diff(loss.pieces(residuals, nothing)) for name, loss in ALL_LOSSES.items() if loss.pieces
    }
    assert {name: (change != 0)[0].tolist() for name, change in steps.items()} == {
        "mae": [False, False, True, False, False],
        "huber": [True, False, False, False, True],
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_are_scipys_softmax_and_expit_and_sum_to_one(dtype):
    logits = (20 * RNG.standard_normal((N, 5))).astype(dtype)
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(probabilities(logits), special.softmax(logits, axis=1), atol=tolerance)
    single = probabilities(logits[:, :1])
    np.testing.assert_allclose(single[:, 1], special.expit(logits[:, 0]), atol=tolerance)
    np.testing.assert_allclose(single.sum(axis=1), 1, atol=tolerance)
    assert np.isfinite(probabilities(np.array([[-1000.0], [1000.0]], dtype))).all()


@pytest.mark.parametrize("name", SMOOTHED)
def test_with_smoothed_labels_being_ever_surer_ends_up_costing_more(name):
    sure = np.array([[4.0], [40.0]]) if name == "sigmoid" else np.array([[4.0, 0, 0], [40.0, 0, 0]])
    label = np.full(2, 1 if name == "sigmoid" else 0)
    smoothed, _ = evaluate(SMOOTHED[name](0.1), sure, label)
    plain, _ = evaluate(LOSSES[name], sure, label)
    assert smoothed[0] < smoothed[1]
    assert plain[0] > plain[1]
