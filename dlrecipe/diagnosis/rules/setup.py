"""Choices of the config that do harm in this run: inputs or targets left as they are, activations, dropout.

Knows the config and the scale of inputs and targets. A choice is a symptom only in a run that fails by it.
"""

import math

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps, variance_is_larger
from dlrecipe.diagnosis.rule import Rule, fails, train_error
from dlrecipe.diagnosis.settings import activations_of, hidden_of, keep_probs, normalization_of
from dlrecipe.diagnosis.wording import count

UNLIKE_SCALES = 10.0
"""Ratio of the largest to the smallest standard deviation of a feature."""
FAR_FROM_ZERO = 5.0
"""Distance of a feature's values from 0 (its mean or its standard deviation)."""
LOST = 1e-3
"""Part of a signal below which next to nothing of it arrives."""
FAR_TARGET = 20.0
"""Robust standard deviations. The farthest of 100,000 normal targets lies at 4.5 of them."""
MOST_DROPPED = 0.5
"""keep_prob below which dropout is stronger than any published recipe's."""
DISTURBED = 1.5
"""Loss with dropout over loss without from which dropout is too strong."""
DEEP_FOR_SIGMOID = 4
"""Hidden layers of sigmoid from which the gradient shrinks at least 256-fold."""


def inputs_not_normalized(run: Evidence, gaps: Gaps) -> str | None:
    """The inputs are not centred or have unlike scales, and normalization is off.

    J is then a long, narrow valley: the learning rate must suit the steepest direction, and the others
    hardly move. Judged only in a run that diverged or has a high gap.

    Advice: Set normalization: standard. Its mean and deviation come from train alone and are applied
    unchanged to dev and test.

    Example: one feature from 1 to 1,000 beside one from 0 to 1.

    Source: Ng, course C2W1L09; UMLAUT (Schoop et al. 2021) for what a rule without a gate does.
    """
    inputs = run.inputs
    assert inputs is not None
    normalization = normalization_of(run)
    if normalization not in ("none", "center") or not fails(run, gaps):
        return None
    far = max(inputs.largest_mean, inputs.largest_std) > FAR_FROM_ZERO
    if not far and inputs.largest_std <= UNLIKE_SCALES * inputs.smallest_std:
        return None
    return (
        f"normalization is {normalization}; standard deviations of the features from "
        f"{inputs.smallest_std:.3g} to {inputs.largest_std:.3g}, means up to {inputs.largest_mean:.3g}"
    )


def dropout_while_underfitting(run: Evidence, gaps: Gaps) -> str | None:
    """Dropout is on though the network does not even fit its training data.

    Dropout buys lower variance for higher bias; here bias is what is too high. Not judged where variance is
    high, and the larger gap: there dropout has its work to do.

    Advice: Set keep_prob to 1 until train error is low, then bring dropout back if dev error asks for it.

    Example: two hidden layers of 16 units with keep_prob 0.5.

    Source: Ng, course C2W1L03 and L07; UMLAUT (Schoop et al. 2021).
    """
    lowest = _lowest_keep_prob(run)
    if not MOST_DROPPED <= lowest < 1 or not gaps.underfits or variance_is_larger(gaps):
        return None
    return f"keep_prob {lowest:g} with {train_error(run)} (measured without dropout)"


def dropout_too_strong(run: Evidence, gaps: Gaps) -> str | None:
    """Dropout drops more than half of a layer, and the network does not fit its training data.

    What is left of the signal is mostly noise; units that hardly ever see it die of it. Dead or saturated
    units are then an effect.

    Advice: Set keep_prob to 1 until train error is low; then try 0.8.

    Example: keep_prob 0.1 on digits: half of the units of the last layer dead, train error 46%.

    Source: Srivastava et al. 2014, section 7.3 (0.4 to 0.8 does best); UMLAUT (Schoop et al. 2021).
    """
    lowest = _lowest_keep_prob(run)
    if lowest >= MOST_DROPPED or not gaps.underfits:
        return None
    return f"keep_prob {lowest:g} with {train_error(run)} (measured without dropout)"


def dropout_disturbs(run: Evidence, gaps: Gaps) -> str | None:
    """With dropout the loss is half as large again as without, in a network that underfits.

    Training then minimizes something else than what it is judged by. Measured on training examples at the
    kept weights; judged only where bias is high, for where all is fitted any loss is many times nothing,
    and not where variance is high and the larger gap.

    Advice: Raise keep_prob towards 1 until train error is low.

    Example: keep_prob 0.5 on layers of eight units: a loss of 1.9 in training, 1.0 without dropout.

    Source: Srivastava et al. 2014, section 7.3; TheDeepChecker compares the modes.
    """
    assert run.dropout_costs is not None
    dropped, whole = run.dropout_costs.get("with"), run.dropout_costs.get("without")
    if dropped is None or whole is None or whole <= 0 or not gaps.underfits or variance_is_larger(gaps):
        return None
    if dropped < DISTURBED * whole:
        return None
    return f"the loss on training examples is {dropped:.3g} with dropout and {whole:.3g} without"


def augmentation_underfitting(run: Evidence, gaps: Gaps) -> str | None:
    """Augmentation is on though the network does not even fit its training data as they are.

    Augmentation stands for more data and buys lower variance; here bias is what is too high. Changes as large
    as what tells the classes apart leave nothing to learn. Not judged where variance is high, and the larger
    gap.

    Advice: Train without augmentation until train error is low; then bring it back, weaker.

    Example: noise of five standard deviations on every input: train error 41%, without it 5%.

    Source: Ng, course C2W1L03 and L08; Machine Learning Yearning, chapters 25-27.
    """
    kinds = [each["type"] for each in run.setting("augmentation") or ()]
    if not kinds or not gaps.underfits or variance_is_larger(gaps):
        return None
    return f"augmentation {', '.join(kinds)} with {train_error(run)} (measured without it)"


def stacked_linear_layers(run: Evidence, gaps: Gaps) -> str | None:
    """Every hidden layer has the activation identity, and the network underfits.

    Linear layers one after the other are a single linear layer: more of them, wider ones or longer training
    fit no more than logistic or linear regression does.

    Advice: Use ReLU with he initialization.

    Example: two spirals and a network of 64-32 units with activation identity.

    Source: Ng, course C1W3L07 (why a network needs non-linear activations); UMLAUT (Schoop et al. 2021).
    """
    kinds = activations_of(run)
    if set(kinds) != {"identity"} or not gaps.underfits:
        return None
    return f"activation identity in {_layers(len(kinds))}, with {train_error(run)}"


def deep_sigmoid(run: Evidence, gaps: Gaps) -> str | None:
    """Sigmoid in four hidden layers or more, in a network that underfits.

    The slope of sigmoid is 0.25 at best, and its outputs are never centred: each layer passes back a quarter
    of the gradient or less, and the first ones hardly learn.

    Advice: Use ReLU with he initialization, or tanh with xavier.

    Example: six layers of 64 sigmoid units on digits: chance level after 30 epochs.

    Source: Ng, course C1W3L06 and C2W1L10; Glorot and Bengio 2010, section 3.1.
    """
    n = activations_of(run).count("sigmoid")
    if n < DEEP_FOR_SIGMOID or not gaps.underfits:
        return None
    return f"activation sigmoid in {_layers(n)}: slopes multiply to {0.25**n:.2g} at best; {train_error(run)}"


def target_outliers(run: Evidence, gaps: Gaps) -> str | None:
    """A few training targets lie so far out that they set the scale and rule the squared error.

    Normalized by their standard deviation all others are nearly equal, and 1 - R² compares with the extremes'
    variance alone. Judged only in a run that diverged or has a high gap.

    Advice: Check the largest and smallest targets; drop the wrong ones, or train on the logarithm; use the
    loss mae or huber.

    Example: targets around 0 with eight of 1,000,000: dev, which has none of those, shows an error of 1e10%.

    Source: Huber 1964 for the loss; 1.4826 times the median distance as scale: Rousseeuw and Croux 1993.
    """
    reach = run.target_reach
    assert reach is not None
    if reach < FAR_TARGET or not fails(run, gaps):
        return None
    return f"the farthest target of train is {count(reach)} robust standard deviations from the median"


def initialization_too_small(run: Evidence, gaps: Gaps) -> str | None:
    """The first weights are so small that the signal is lost on its way through the layers.

    Each layer passes on scale · √fan_in of its input's size (ReLU: 0.7 of that). Judged only in a run that
    underfits, where less than a thousandth of it arrives: outputs and gradients are then all but 0.

    Advice: Initialize by layer size: he for ReLU, xavier for tanh and sigmoid.

    Example: eight layers of 32 units drawn from N(0, 1) times 0.01: a 10⁻¹¹th of the signal arrives.

    Source: Ng, course C2W1L11; Glorot and Bengio 2010, section 4.
    """
    kind, scale = run.setting("initialization.type"), run.setting("initialization.scale")
    hidden = hidden_of(run)
    if scale is None or not hidden or not gaps.underfits:
        return None
    by_size = kind != "normal"
    gains = [scale if by_size else scale * math.sqrt(width / 2) for width in hidden]
    arrives = math.prod(min(gain, 1.0) for gain in gains)
    if arrives > LOST:
        return None
    passed = f"about {arrives:.0e} of the signal passes {_layers(len(hidden))}"
    return f"initialization {kind} with scale {scale:g}: {passed}"


def _lowest_keep_prob(run: Evidence) -> float:
    return min(keep_probs(run), default=1.0)


def _layers(n: int) -> str:
    return "the hidden layer" if n == 1 else f"{n} hidden layers"


RULES = {
    "initialization-too-small": Rule(
        title="The first weights are too small for the depth",
        concern="training",
        severity="high",
        needs=("errors.train", "config.initialization", "config.network.hidden"),
        judge=initialization_too_small,
    ),
    "inputs-not-normalized": Rule(
        title="Inputs are not normalized",
        concern="training",
        severity="high",
        needs=("config.normalization", "inputs"),
        judge=inputs_not_normalized,
    ),
    "target-outliers": Rule(
        title="A few targets lie far out",
        concern="training",
        severity="high",
        needs=("errors.train", "target_reach"),
        judge=target_outliers,
        task="regression",
    ),
    "stacked-linear-layers": Rule(
        title="Stacked linear layers collapse to one",
        concern="training",
        severity="high",
        needs=("errors.train", "config.network.activation", "config.network.hidden"),
        judge=stacked_linear_layers,
    ),
    "deep-sigmoid": Rule(
        title="Sigmoid in a deep network",
        concern="training",
        severity="high",
        needs=("errors.train", "config.network.activation", "config.network.hidden"),
        judge=deep_sigmoid,
    ),
    "dropout-too-strong": Rule(
        title="Dropout leaves too little of the signal",
        concern="training",
        severity="high",
        needs=("errors.train", "config.regularization.dropout.keep_prob", "config.network.hidden"),
        judge=dropout_too_strong,
    ),
    "dropout-while-underfitting": Rule(
        title="Dropout on a network that underfits",
        concern="bias",
        severity="high",
        needs=("errors.train", "config.regularization.dropout.keep_prob", "config.network.hidden"),
        judge=dropout_while_underfitting,
    ),
    "augmentation-underfitting": Rule(
        title="Augmentation on a network that underfits",
        concern="bias",
        severity="high",
        needs=("errors.train", "config"),
        judge=augmentation_underfitting,
    ),
    "dropout-disturbs": Rule(
        title="Dropout outweighs what there is to learn",
        concern="bias",
        severity="high",
        needs=("errors.train", "dropout_costs"),
        judge=dropout_disturbs,
    ),
}
