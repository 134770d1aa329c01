"""Choices of the config that do harm in this run: inputs left as they are, dropout where bias is high.

Knows the config and the scale of the inputs. A choice is a symptom only in a run that fails by it.
"""

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.diagnosis.wording import percent

UNLIKE_SCALES = 10.0
"""Ratio of the largest to the smallest standard deviation of a feature."""
FAR_FROM_ZERO = 5.0
"""Distance of a feature's values from 0 (its mean or its standard deviation)."""


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
    normalization = run.setting("normalization")
    fails = gaps.underfits or gaps.overfits or run.status == "diverged"
    if normalization not in ("none", "center") or not fails:
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

    Dropout buys lower variance for higher bias; here bias is what is too high.

    Advice: Set keep_prob to 1 until train error is low, then bring dropout back if dev error asks for it.

    Example: two hidden layers of 16 units with keep_prob 0.5.

    Source: Ng, course C2W1L03 and L07; UMLAUT (Schoop et al. 2021).
    """
    keep_prob = run.setting("regularization.dropout.keep_prob")
    lowest = min(keep_prob) if isinstance(keep_prob, list | tuple) else keep_prob
    error = run.errors["train"]
    assert error is not None
    if lowest >= 1 or not gaps.underfits:
        return None
    return f"keep_prob {lowest:g} with train error {percent(error)} (measured without dropout)"


RULES = {
    "inputs-not-normalized": Rule(
        title="Inputs are not normalized",
        concern="training",
        severity="high",
        needs=("config.normalization", "inputs"),
        judge=inputs_not_normalized,
    ),
    "dropout-while-underfitting": Rule(
        title="Dropout on a network that underfits",
        concern="bias",
        severity="high",
        needs=("errors.train", "config.regularization.dropout.keep_prob"),
        judge=dropout_while_underfitting,
    ),
}
