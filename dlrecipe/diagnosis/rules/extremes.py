"""Settings of the loss and the optimizer far outside of what anyone uses. Knows the config alone.

Each can be right in a run that does well, so a run must fail before they are named.
"""

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule, fails, train_error
from dlrecipe.diagnosis.settings import class_weights_of

MOST_SMOOTHED = 0.5
"""Label smoothing from which most of what is learned is that all classes are alike."""
EXTREME_WEIGHT, EVEN = 100.0, 10.0
"""Largest over smallest weight of a class; and the same of weight times examples, up to which weights make up
for the sizes of the classes."""
LARGEST_EPS = 0.1
"""Square roots of mean squared gradients are 0.1 or less in most networks."""


def label_smoothing_too_strong(run: Evidence, gaps: Gaps) -> str | None:
    """Label smoothing takes half or more from the true class, and the network underfits.

    What is left between the classes is a small part of the loss, and the gradient is as small: the network
    learns to say that all classes are equally likely.

    Advice: Set loss.label_smoothing to 0.1, or to 0.

    Example: 0.95 on digits: train error 43% after 25 epochs, and 0% without.

    Source: Szegedy et al. 2016 (arXiv:1512.00567), section 7, who use 0.1; Müller et al. 2019.
    """
    smoothing = run.setting("loss.label_smoothing")
    if not smoothing or smoothing < MOST_SMOOTHED or not gaps.underfits:
        return None
    return f"label_smoothing {smoothing:g} with {train_error(run)} (measured by the true labels)"


def class_weights_extreme(run: Evidence, gaps: Gaps) -> str | None:
    """A class weighs a hundred times as much as another, or as an example does, in a run that fails.

    Nearly all of the gradient is then of that class: naming it always costs least. Weights that only make up
    for the sizes of the classes are not meant, nor is `balanced`. Judged in a run that diverged or has a high
    gap.

    Advice: Set loss.class_weights: balanced, or to no more than tenfold ratios.

    Example: 10,000 for one of ten digits: nine of ten recognized as that one.

    Source: Ng, Machine Learning Yearning, chapter 39, on weighting data; Cui et al. 2019 (arXiv:1901.05555).
    """
    weights = class_weights_of(run)
    if not weights or not fails(run, gaps):
        return None
    (_, low), *_, (heaviest, high) = sorted(weights.items(), key=lambda each: each[1])
    if high < EXTREME_WEIGHT * min(low, 1.0):
        return None
    sizes = {label: n for label, n in run.train_counts.items() if n}
    totals = [weights.get(label, 1.0) * n for label, n in sizes.items()]
    if totals and max(totals) < EVEN * min(totals) and sum(totals) < EXTREME_WEIGHT * sum(sizes.values()):
        return None
    return (
        f"class_weights has {high:,g} for {heaviest} and {low:,g} for the lightest class; {train_error(run)}"
    )


def eps_too_large(run: Evidence, gaps: Gaps) -> str | None:
    """The optimizer's eps is 0.1 or more, and the network underfits.

    Adam and RMSprop divide each step by the size of its gradient, plus eps against a division by nothing.
    Where eps is larger than the gradients it rules: the steps are then those of plain gradient descent, a
    thousandth as long.

    Advice: Set optimizer.eps to its default, 1e-8.

    Example: Adam with eps 1 on digits: train error 80% after 25 epochs, and 0% with 1e-8.

    Source: Kingma and Ba 2015 (arXiv:1412.6980), algorithm 1; Choi et al. 2019 (arXiv:1910.05446).
    """
    eps = run.setting("optimizer.eps")
    if not eps or eps < LARGEST_EPS or not gaps.underfits:
        return None
    return f"eps {eps:g} with {run.setting('optimizer.type')}, where 1e-8 is usual, and {train_error(run)}"


RULES = {
    "label-smoothing-too-strong": Rule(
        title="Label smoothing leaves little of the labels",
        concern="training",
        severity="high",
        needs=("errors.train", "config.loss"),
        judge=label_smoothing_too_strong,
        task="classification",
    ),
    "class-weights-extreme": Rule(
        title="One class outweighs all others",
        concern="training",
        severity="high",
        needs=("errors.train", "config.loss"),
        judge=class_weights_extreme,
        task="classification",
    ),
    "eps-too-large": Rule(
        title="The optimizer's eps rules its steps",
        concern="training",
        severity="high",
        needs=("errors.train", "config.optimizer"),
        judge=eps_too_large,
    ),
}
