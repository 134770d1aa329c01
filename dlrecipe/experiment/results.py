"""The figures of a run at the weights it keeps: cost, error, and what a person also wants to know."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, Labels, Rows
from dlrecipe.data.examples import Split
from dlrecipe.data.normalization import mean_and_variance
from dlrecipe.data.preparation import Prepared
from dlrecipe.data.targets import TargetCodec
from dlrecipe.gradcheck.slope import slope_difference
from dlrecipe.nn.losses import probabilities
from dlrecipe.nn.network import Network
from dlrecipe.nn.objective import Objective
from dlrecipe.rng import stream
from dlrecipe.training.loop import Trainer
from dlrecipe.training.measurement import measure, measured_from, predicted_labels

SLOPE_EXAMPLES = 16
"""Examples on which the gradient is held against the slope of J at the start: 3 ms for a small network."""
DROPOUT_EXAMPLES = 1_000
"""Training examples on which the loss is measured with dropout and without."""
BOOTSTRAP_AT_ONCE = 100_000
"""Draws that are held at once: less than a MB, which the cache holds."""
BOOTSTRAP_WORK = 20_000_000
"""Draws spent on the interval of a regression's error: 1,000 resamples of up to 20,000 examples."""


def figures(objective: Objective, split: Split, target: TargetCodec) -> dict[str, Any]:
    """Return n, cost, error and further figures of one split at the network's present weights.

    For numbers: r2, rmse and mae in the target's own units (means over several targets), and
    `error_interval`, the 95 % bootstrap interval of the error. For classes: the counts of right and wrong
    answers by class, as a confusion matrix with a row for each true class (up to 50 classes), and
    `confident_error`, the error on that half of the examples that the network is surest of.
    """
    outputs = objective.network.outputs(split.X)
    measured = measured_from(outputs, objective, split.y)
    result: dict[str, Any] = {"n": split.n_examples, "cost": measured.cost, "error": measured.error}
    if target.task == "classification":
        n_classes = len(target.classes)
        if n_classes <= 50:
            flat = split.y * n_classes + predicted_labels(outputs)
            counts = np.bincount(flat, minlength=n_classes**2).reshape(n_classes, n_classes)
            result["confusion"] = counts.tolist()
        result["confident_error"] = _confident_error(outputs, split.y)
        return result
    difference = target.decode_numbers(outputs) - target.decode_numbers(split.y)
    result["r2"] = 1 - result["error"]
    result["rmse"] = float(np.sqrt(np.mean(np.square(difference))))
    result["mae"] = float(np.mean(np.abs(difference)))
    result["error_interval"] = _bootstrap_interval(outputs, split.y)
    return result


def dropout_costs(objective: Objective, split: Split, seed: int) -> dict[str, float]:
    """Return the mean loss on some examples as training sees it, with units dropped, and without.

    At the network's present weights, the penalty left out; empty where nothing is dropped. The network is
    copied, since a pass in training mode may move a batch normalization's statistics.
    """
    network = objective.network
    if not network.architecture.has_dropout:
        return {}
    rows = slice(0, min(DROPOUT_EXAMPLES, split.n_examples))
    X, y = np.asarray(split.X[rows]), split.y[rows]
    copy = Network(network.architecture, network.dtype)
    copy.load(network.arrays())
    run = copy.build(len(X), X=X, training=True, rng=stream(seed, "dropout costs"))
    run.tape.forward()
    return {
        "with": objective.mean_loss(run.output.value, y),
        "without": objective.mean_loss(network.outputs(X), y),
    }


def _confident_error(outputs: Batch, labels: Labels) -> float | None:
    """Return the error on the half of the examples with the widest margin; None for fewer than two.

    The margin is that of the largest logit over the second, which tells answers apart that all have a
    probability of 1.
    """
    if len(labels) < 2:
        return None
    if outputs.shape[1] == 1:
        margins = np.abs(outputs[:, 0])
    else:
        largest = np.partition(outputs, -2, axis=1)[:, -2:]
        margins = largest[:, 1] - largest[:, 0]
    surest = np.argsort(margins, kind="stable")[len(labels) // 2 :]
    return float(np.mean(predicted_labels(outputs[surest]) != labels[surest]))


def start_figures(
    trainer: Trainer, splits: Mapping[str, Split], names: Sequence[str], seed: int
) -> dict[str, Any]:
    """Return the figures before the first step, as run.json has them.

    Args:
        names: of the splits to measure.
    Returns:
        `cost` (J) and `error` by split, the `penalty` in J, and `slope_difference`: how far the gradient is
        from the slope of J on a few training examples.
    """
    objective, train = trainer.objective, trainer.train
    with np.errstate(all="ignore"):
        measured = {name: measure(objective, splits[name]) for name in names}
        penalty = objective.penalty_value()
    n = min(SLOPE_EXAMPLES, train.n_examples)
    rows = stream(seed, "slope").choice(train.n_examples, n, replace=False)
    return {
        "cost": {name: value.cost for name, value in measured.items()},
        "penalty": penalty,
        "error": {name: value.error for name, value in measured.items()},
        "slope_difference": slope_difference(objective, train.X[rows], train.y[rows], seed=seed),
    }


def data_facts(prepared: Prepared) -> dict[str, Any]:
    """Return what a diagnosis needs to know of the data, so that it need not read them again."""
    target, train = prepared.fitted.target, prepared.splits["train"]
    n_indices = len(prepared.fitted.preprocessor.embedded)
    facts: dict[str, Any] = {
        "fingerprint": prepared.fingerprint,
        "origins": prepared.origins,
        "n": prepared.n,
        "notes": list(prepared.notes),
        "n_features": train.X.shape[1],
        "task": target.task,
        "targets": list(target.target_names),
        "inputs": _input_scale(train.X, train.X.shape[1] - n_indices),
    }
    if target.task == "classification":
        counts = {name: _class_counts(split, target) for name, split in prepared.splits.items()}
        facts["classes"] = list(target.classes)
        facts["class_counts"] = counts
        facts["baseline_error"] = 1 - max(counts["train"].values()) / train.n_examples
    else:
        facts["baseline_error"] = 1.0
        facts["target_reach"] = _reach(train.y)
    return facts


def predictions(outputs: Batch, target: TargetCodec) -> tuple[list[str], list[NDArray[Any]]]:
    """Return the names and values of the columns that a prediction consists of.

    For classes: `label`, then the probability of each class as `p(CLASS)`; for numbers a column a target,
    under the target's name.
    """
    if target.task == "classification":
        labels = np.array(target.classes, dtype=object)[predicted_labels(outputs)]
        by_class = list(probabilities(outputs.astype(np.float64)).T)
        return ["label", *(f"p({name})" for name in target.classes)], [labels, *by_class]
    return list(target.target_names), list(target.decode_numbers(outputs).T)


def _class_counts(split: Split, target: TargetCodec) -> dict[str, int]:
    counts = np.bincount(split.y, minlength=len(target.classes))
    return {name: int(count) for name, count in zip(target.classes, counts, strict=True)}


def _input_scale(X: Rows, n_numbers: int) -> dict[str, float] | None:
    """Return the largest |mean| and the range of standard deviations of the features that vary.

    Args:
        X: (n, features), maybe on disk: read by blocks, never as a whole.
        n_numbers: how many features are numbers; the indices of categories that follow have no scale.
    """
    means, variances = (each[:n_numbers] for each in mean_and_variance(X))
    deviations = np.sqrt(variances)
    varying = deviations > 1e-12
    if not varying.any():
        return None
    return {
        "largest_mean": float(np.abs(means[varying]).max()),
        "smallest_std": float(deviations[varying].min()),
        "largest_std": float(deviations[varying].max()),
    }


def _reach(targets: Batch) -> float | None:
    """Return the distance of the farthest target from the median, in robust standard deviations.

    The scale is 1.4826 times the median distance, which half of the targets cannot move; of several columns
    the largest counts. None where half of them are equal.
    """
    distances = np.abs(targets - np.median(targets, axis=0), dtype=np.float64)
    scale = 1.4826 * np.median(distances, axis=0)
    varying = scale > 0
    return float((distances.max(axis=0)[varying] / scale[varying]).max()) if varying.any() else None


def _bootstrap_interval(outputs: Batch, targets: Batch) -> list[float] | None:
    """Return the 95 % percentile interval of 1 - R² over resamples of the examples.

    None for fewer than 10 examples, and where all targets are the same.

    The stream is fixed, so that measuring the same weights twice gives the same interval.
    """
    n = len(targets)
    if n < 10:
        return None
    residual = np.square(outputs - targets, dtype=np.float64)
    centred = targets - targets.mean(axis=0, dtype=np.float64)
    columns = np.hstack([centred, np.square(centred), residual])
    rng = stream(0, "bootstrap")
    errors = []
    left = int(np.clip(BOOTSTRAP_WORK // n, 100, 1000))
    while left:
        # Many resamples in one product: a loop over them took two thirds of a small run's time.
        m = min(left, max(1, BOOTSTRAP_AT_ONCE // n))
        left -= m
        drawn = rng.integers(0, n, (m, n)) + n * np.arange(m)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=m * n).reshape(m, n)
        first, second, wrong = np.split(counts.astype(np.float64) @ columns, 3, axis=1)
        spread = second - np.square(first) / n
        sound = np.all(spread > 0, axis=1)
        errors.append(np.mean(wrong[sound] / spread[sound], axis=1))
    kept = np.concatenate(errors)
    if not len(kept):
        return None
    low, high = np.quantile(kept, [0.025, 0.975])
    return [float(low), float(high)]
