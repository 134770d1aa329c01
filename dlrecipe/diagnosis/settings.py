"""The current config as the levers read it, and new values worked out from it. Gives no advice itself.

A config arrives as plain data with every default filled in; a value that is not known is None.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from dlrecipe.diagnosis.evidence import Evidence

USUAL_LEARNING_RATE = {
    "sgd": 0.1,
    "momentum": 0.01,
    "nesterov": 0.01,
    "rmsprop": 0.001,
    "adam": 0.001,
    "adamw": 0.001,
}
"""Where a search starts: the defaults of the config's optimizers."""

RARE_CLASS = 0.1
"""Share of the largest class below which a class is rare. Source: deepchecks."""
FAR_OFF = 10.0
"""A learning rate this many times above or below the usual one is the first thing to change."""
NEXT_OF_SEARCH = 3.0
"""Times the usual learning rate or λ where the next value of a search for it lies; below, it is ordinary."""
USUAL_WEIGHT_DECAY = 0.01
"""Where a search for it starts: the default of the config's adamw."""
FEWEST_EPOCHS = 30
"""Three times a handful of epochs is still a handful."""
USUAL_BATCH = 32
SMALL_LAYER = 16
"""Units below which a layer is small for any task but a toy."""
SMALLEST_BIG_LAYER = 64
LARGEST_LAYER = 4096
SMALLEST_L2, LARGEST_L2 = 1.0, 100.0


def hidden_of(run: Evidence) -> list[int] | None:
    """Return the widths of the hidden layers; None where no config is known, or where it lists `layers`."""
    hidden = run.setting("network.hidden")
    return None if hidden is None or run.setting("network.layers") else list(hidden)


def activations_of(run: Evidence) -> list[str]:
    """Return the activation of each hidden layer; empty where there is none, or no config is known."""
    activation, hidden = run.setting("network.activation"), hidden_of(run) or []
    return [activation] * len(hidden) if isinstance(activation, str) else list(activation or [])


def normalization_of(run: Evidence) -> str | None:
    """Return the kind of normalization; None where no config is known."""
    setting = run.setting("normalization")
    return setting.get("type") if isinstance(setting, Mapping) else setting


def is_bottleneck(run: Evidence) -> bool:
    """Whether a hidden layer has fewer units than there are classes to tell apart."""
    hidden = hidden_of(run)
    if not hidden or run.n_classes is None:
        return False
    return 2 < run.n_classes > min(hidden)


def has_test(run: Evidence) -> bool:
    """Whether a test split is set apart; True where that is not known."""
    if run.config is None or run.setting("data.test") or run.setting("data.target"):
        return True
    split = run.setting("data.split")
    if run.setting("data.source") is None:
        return False
    return bool(split.get("test")) if isinstance(split, Mapping) else True


def keep_probs(run: Evidence) -> list[float]:
    """Return keep_prob of the input and of each hidden layer; empty where no config is known."""
    keep_prob, hidden = run.setting("regularization.dropout.keep_prob"), hidden_of(run)
    if keep_prob is None or hidden is None:
        return []
    if isinstance(keep_prob, int | float):
        return [1.0] + [float(keep_prob)] * len(hidden)
    return [float(keep) for keep in keep_prob]


def wider(hidden: list[int]) -> list[int]:
    """Return a clearly bigger network: each layer four times as wide (twice from 256 on), at least 64.

    A factor that shows: doubling two units would leave them two decisions away from enough. Without hidden
    layers, one of 64. Layers stop at 4,096 units; the same list comes back when all are there.
    """
    if not hidden:
        return [SMALLEST_BIG_LAYER]
    return [
        max(width, min(LARGEST_LAYER, max(SMALLEST_BIG_LAYER, width * (4 if width < 256 else 2))))
        for width in hidden
    ]


def narrower(hidden: list[int]) -> list[int]:
    """Return a smaller network: each layer half as wide, at least 4."""
    return [max(min(width, 4), width // 2) for width in hidden]


def resized(run: Evidence, hidden: list[int]) -> dict[str, Any]:
    """Return the change to these layers, with the settings that list one value a layer adapted to them."""
    change: dict[str, Any] = {"network.hidden": hidden}
    activation = run.setting("network.activation")
    if isinstance(activation, list | tuple) and len(activation) != len(hidden):
        change["network.activation"] = [*activation, *[activation[-1]] * len(hidden)][: len(hidden)]
    keep_prob = run.setting("regularization.dropout.keep_prob")
    if isinstance(keep_prob, list | tuple) and len(keep_prob) != len(hidden) + 1:
        change["regularization.dropout.keep_prob"] = [*keep_prob, *[1.0] * len(hidden)][: len(hidden) + 1]
    return change


def longer(run: Evidence) -> dict[str, Any]:
    """Return the change to three times the epochs, and with them three times the patience."""
    change: dict[str, Any] = {"training.epochs": max(FEWEST_EPOCHS, 3 * run.setting("training.epochs"))}
    patience = run.setting("early_stopping.patience")
    return change if patience is None else change | {"early_stopping.patience": 3 * patience}


def n_params(run: Evidence, hidden: list[int]) -> int | None:
    """Return how many weights and biases a network with these layers has; None where that is not known."""
    outputs = run.n_classes if run.task == "classification" else 1
    if run.n_features is None or outputs is None:
        return None
    sizes = [run.n_features, *hidden, 1 if outputs == 2 else outputs]
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))


def learning_rate_of(run: Evidence) -> float | None:
    """Return the config's learning rate; None where no config is known."""
    rate = run.setting("optimizer.learning_rate")
    return None if rate is None else float(rate)


def usual_learning_rate(run: Evidence) -> float:
    """Return where a search for this optimizer's learning rate starts."""
    return USUAL_LEARNING_RATE.get(run.setting("optimizer.type") or "adam", 0.001)


def weight_decay_of(run: Evidence) -> float:
    """Return adamw's decay of the weights; 0 with any other optimizer."""
    return float(run.setting("optimizer.weight_decay") or 0.0)


def class_weights_of(run: Evidence) -> Mapping[str, float]:
    """Return the weight of each class where the config gives any; empty where it gives none."""
    weights = run.setting("loss.class_weights")
    if not isinstance(weights, Mapping) or not weights:
        return {}
    by_class = dict.fromkeys(run.train_counts, 1.0) | dict(weights)
    return by_class | ({"others": 1.0} if len(by_class) < (run.n_classes or 0) else {})


def learning_rate_is_far_off(run: Evidence) -> bool:
    """Whether the learning rate is ten times above or below the usual one, or more."""
    rate = learning_rate_of(run)
    if rate is None:
        return False
    return abs(math.log10(rate / usual_learning_rate(run))) >= math.log10(FAR_OFF) - 1e-9


def suited_initialization(run: Evidence) -> str:
    """Return the initialization that keeps this network's signals level: he for ReLU, else xavier."""
    names = set(activations_of(run))
    like_relu = {"relu", "leaky_relu", "elu", "gelu", "swish", "softplus"}
    return "he" if not names or names & like_relu else "xavier"


def initialization_is_suited(run: Evidence) -> bool:
    """Whether the initialization goes by layer size at its ordinary scale; True where it is not known."""
    kind, scale = run.setting("initialization.type"), run.setting("initialization.scale")
    if kind is None:
        return True
    return kind not in ("zeros", "normal") and (scale is None or 0.3 <= scale <= 3)


def initialization_is_wild(run: Evidence) -> bool:
    """Whether the first weights are so large that no learning rate suits them."""
    kind, scale = run.setting("initialization.type"), run.setting("initialization.scale")
    return scale is not None and scale > (0.5 if kind == "normal" else 3)


def starting_l2(n_train: int | None) -> float:
    """Return a first λ: m/100, from 1 to 100, in one significant digit.

    Measured on digits, breast cancer, moons and random classification sets with 100 to 4,000 training
    examples (64-32 units, Adam, three seeds, λ from 0.1 to 100): the best λ grew from 0-10 at 100 to 100 at
    4,000 examples; m/100 gave 0.117 for 0.131, 0.201 for 0.219 and about 0.09 for 0.148 without L2, and was
    never more than 0.03 above it (moons, 100 examples).
    """
    if n_train is None:
        return SMALLEST_L2
    return float(f"{min(LARGEST_L2, max(SMALLEST_L2, n_train / 100)):.0e}")


def rounded(value: float) -> float:
    """Round to two significant digits, so that a change reads as a person would write it."""
    return float(f"{value:.1e}")
