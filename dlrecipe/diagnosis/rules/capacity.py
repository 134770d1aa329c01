"""What keeps a network from fitting by its make: too few units, a penalty, an output with too small a range.

Knows the config and the errors. Each is judged only in a run that underfits.
"""

from dlrecipe.diagnosis.curve import falls_quickly
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule, fails, train_error
from dlrecipe.diagnosis.settings import (
    NEXT_OF_SEARCH,
    SMALL_LAYER,
    USUAL_WEIGHT_DECAY,
    hidden_of,
    initialization_is_suited,
    is_bottleneck,
    keep_probs,
    learning_rate_is_far_off,
    starting_l2,
    weight_decay_of,
)
from dlrecipe.diagnosis.wording import count, percent

HEAVY_L2, HEAVY_L1 = 0.1, 0.01
"""λ/m and λ₁/m from which the penalty rules: ten times what a search starts at (m/100 for L2)."""
HEAVY_DECAY = 1.0
"""Weight decay from which it rules: a hundred times adamw's default, ten times what large models take."""
HEAVY_SHARE = 0.3
"""Part of J that is the penalty's at the end, from which it is what training minimizes."""
TIGHT_NORM = 1.0
"""max_norm below what He initialization starts at (√2) by so much that units cannot tell inputs apart."""
FAR_START = 25.0
"""Half of the targets' mean square, from which they are no longer of scale 1: 7 deviations."""


def too_little_capacity(run: Evidence, gaps: Gaps) -> str | None:
    """The network is too small: a layer has fewer units than it takes, and the train error stays high.

    A layer with fewer units than there are classes squeezes them together; one of fewer than 16 fits little
    but a toy; with none at all it is logistic or linear regression. Not judged where a penalty, dropout, the
    learning rate or the length can be the reason.

    Advice: Widen the layers, fourfold at first, or add one; more data does not help.

    Example: two hidden units for the ten digits.

    Source: Ng, course C2W1L03; TheDeepChecker (Ben Braiek and Khomh 2023), too small capacity.
    """
    hidden = hidden_of(run)
    narrowest = min(hidden or [0])
    if hidden is None or not gaps.underfits or narrowest >= SMALL_LAYER:
        return None
    others = _penalty(run) or min(keep_probs(run), default=1.0) < 1 or learning_rate_is_far_off(run)
    if others or not initialization_is_suited(run) or run.status == "diverged":
        return None
    if not is_bottleneck(run) and falls_quickly(run):
        return None
    told = f" for {count(run.n_classes)} classes" if is_bottleneck(run) and run.n_classes else ""
    if not hidden:
        kind = "linear" if run.task == "regression" else "logistic"
        return f"no hidden layer: {kind} regression{told}; {train_error(run)}"
    return f"a hidden layer of {narrowest} {'unit' if narrowest == 1 else 'units'}{told}; {train_error(run)}"


def penalty_too_strong(run: Evidence, gaps: Gaps) -> str | None:
    """A penalty on the weights is so strong that the network cannot fit.

    Judged only where bias is high: λ is a tenth of the number of training examples or more (L1: a
    hundredth), or the penalty makes up 30% of J at the end and λ is more than three times where a search for
    it starts, in a run whose loss no longer falls fast; or the weight decay of adamw is 1 or more.

    Advice: Divide λ by ten, and again, until train error is low; then choose it by dev error.

    Example: l2 of 3,000 on 4,000 examples: all weights go to zero.

    Source: Ng, course C2W1L04-05: a large λ makes every layer nearly linear.
    """
    evidence = _penalty(run)
    return f"{evidence}; {train_error(run)}" if evidence and gaps.underfits else None


def max_norm_too_tight(run: Evidence, gaps: Gaps) -> str | None:
    """The bound on the weights of a unit is so tight that the network cannot fit.

    He initialization starts at about 1.4. Judged only where bias is high, for a bound below 1.

    Advice: Lift max_norm, or set 3 to 4.

    Example: max_norm 0.05: no unit's weights are longer than that.

    Source: Srivastava et al. 2014, appendix A.2 (3 to 4 does best).
    """
    bound: float | None = run.setting("regularization.max_norm")
    if bound is None or bound >= TIGHT_NORM or not gaps.underfits:
        return None
    return f"max_norm {bound:g}; {train_error(run)}"


def output_cannot_reach(run: Evidence, gaps: Gaps) -> str | None:
    """The output activation has a range, and the fit to the targets is poor.

    sigmoid gives nothing outside 0 to 1, tanh nothing beyond 1, relu nothing below 0 (and no gradient once it
    is 0 on everything). Targets outside are missed by however much training.

    Advice: Set network.output and target_normalization to auto: linear, on targets of scale 1.

    Example: sigmoid on the output for targets from 0.1 to 5: every answer becomes 1.

    Source: Ng, course C1W3L06; a fault of many published programs (DeepLocalize, AutoTrainer).
    """
    output = run.setting("network.output")
    if output not in ("relu", "sigmoid", "tanh") or not gaps.underfits:
        return None
    return f"network.output is {output}; {train_error(run)}"


def targets_not_normalized(run: Evidence, gaps: Gaps) -> str | None:
    """The targets are far from scale 1 and are not normalized, so that the first steps go into their size.

    The loss before the first step shows it: for targets of mean 0 and deviation 1 it is about a half.
    Judged only in a run that diverged or has a high gap.

    Advice: Set target_normalization: auto.

    Example: house prices in dollars: the loss starts at 2e10, and gradients are as large.

    Source: Ng, course C2W1L09, for inputs; Bishop 1995, section 8.2, for both.
    """
    start = run.initial_loss
    assert start is not None
    if run.setting("target_normalization") != "none" or start < FAR_START or not fails(run, gaps):
        return None
    return f"target_normalization none; the loss was {start:.3g} before the first step"


def _penalty(run: Evidence) -> str | None:
    """Return which penalty is strong, and by what it shows."""
    n = run.n.get("train")
    l2, l1 = run.setting("regularization.l2") or 0.0, run.setting("regularization.l1") or 0.0
    if n and l2 >= HEAVY_L2 * n:
        return f"l2 {l2:g} on {count(n)} examples"
    if n and l1 >= HEAVY_L1 * n:
        return f"l1 {l1:g} on {count(n)} examples"
    if (decay := weight_decay_of(run)) >= HEAVY_DECAY:
        return f"weight_decay {decay:g}, where adamw usually takes {USUAL_WEIGHT_DECAY:g}"
    if not (l2 or l1) or not run.history:
        return None
    if not _is_beyond_a_search(l2, l1, n) or not initialization_is_suited(run):
        return None  # a penalty is large beside a loss near 0 too, or where the first weights are
    if falls_quickly(run):
        return None  # it is still that of the first weights
    cost, penalty = run.history[-1].cost.get("train"), run.history[-1].penalty
    if cost is None or penalty is None or penalty < HEAVY_SHARE * cost or cost <= 0:
        return None
    return f"the penalty is {percent(penalty / cost)} of J at the end"


def _is_beyond_a_search(l2: float, l1: float, n: int | None) -> bool:
    """Whether a penalty is more than the next value of a search that starts at m/100."""
    return max(l2, l1) > NEXT_OF_SEARCH * starting_l2(n)


RULES = {
    "output-cannot-reach": Rule(
        title="The output cannot reach the targets",
        concern="training",
        severity="high",
        needs=("errors.train", "config.network.output"),
        judge=output_cannot_reach,
        task="regression",
    ),
    "targets-not-normalized": Rule(
        title="Targets are not normalized",
        concern="training",
        severity="high",
        needs=("errors.train", "initial_cost.train", "config.target_normalization"),
        judge=targets_not_normalized,
        task="regression",
    ),
    "penalty-too-strong": Rule(
        title="The penalty on the weights is too strong",
        concern="training",
        severity="high",
        needs=("errors.train", "n.train", "config.regularization"),
        judge=penalty_too_strong,
    ),
    "max-norm-too-tight": Rule(
        title="The weights are bounded too tightly",
        concern="training",
        severity="high",
        needs=("errors.train", "config.regularization"),
        judge=max_norm_too_tight,
    ),
    "too-little-capacity": Rule(
        title="The network is too small",
        concern="bias",
        severity="high",
        needs=("errors.train", "config.network.hidden"),
        judge=too_little_capacity,
    ),
}
