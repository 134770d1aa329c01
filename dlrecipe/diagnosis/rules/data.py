"""What the errors say of the data behind them: labels that mean nothing, or are partly wrong.

Knows errors, baseline and curves; what the checks found in the data comes through them (`data_findings`).
"""

from dlrecipe.diagnosis.curve import learned_by_heart, stopped_paying_off
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.diagnosis.wording import count, percent

LEAST_GAIN = 0.15
"""Part of the way from a guess's error to the Bayes error that dev must take for labels to mean anything."""
FEWEST_CLASSES, LEAST_A_PAIR, EVEN = 4, 1.5, 0.5
"""Classes and errors a pair of them from which evenness can be seen, and the share that shows it."""
TELLING = 30
"""Dev examples below which being no better than a guess may be chance."""


def dev_at_chance(run: Evidence, gaps: Gaps) -> str | None:
    """On dev the network is hardly better than a guess, though it did learn its training examples.

    What it learned holds nowhere else: the labels of train or of dev belong to other rows, dev is read in
    another order or with other columns, or the inputs say nothing of the target and were learned by heart.

    Advice: Put a few rows of dev beside their source, inputs and label; check that both splits are read and
    prepared alike. Only then regularize.

    Example: labels sorted otherwise than the pictures they belong to: train error 20%, dev error 90%.

    Source: Zhang et al. 2017 (arXiv:1611.03530): networks fit labels drawn at random; Karpathy 2019.
    """
    train, dev, baseline = run.errors["train"], run.errors["dev"], run.baseline_error
    assert train is not None
    assert dev is not None
    assert baseline is not None
    way = baseline - run.bayes_error
    if run.weighs_classes or way <= 0 or run.n.get("dev", TELLING) < TELLING or not gaps.overfits:
        return None
    if dev < baseline - LEAST_GAIN * way or train >= baseline - LEAST_GAIN * way:
        return None
    guess = "the mean" if run.task == "regression" else "always the commonest class"
    return f"dev error {percent(dev)}, where {guess} makes {percent(baseline)}; train error {percent(train)}"


def label_noise(run: Evidence, gaps: Gaps) -> str | None:
    """Part of the labels look wrong: errors are of every kind alike, or fitting on paid off on train alone.

    What a network finds hard are some pairs of classes; labels drawn at random are wrong in every way equally
    often. And a network first learns what rows have in common, then the wrong labels one by one: from dev's
    best epoch on, both errors still high, train error falls by a tenth while dev error or cost rises.

    Advice: Look through 100 dev errors by hand; mend the labels, dev's first. If they are right, the classes
    overlap: give what people reach as diagnosis.bayes_error.

    Example: every fifth label of the digits drawn anew: dev error rests at 20% while train error falls.

    Source: Arpit et al. 2017 (arXiv:1706.05394); Machine Learning Yearning, chapters 14-16.
    """
    if not (gaps.underfits or gaps.overfits):
        return None
    return _errors_of_every_kind(run) or stopped_paying_off(run) or learned_by_heart(run)


def _errors_of_every_kind(run: Evidence) -> str | None:
    """Return how evenly errors on train and dev spread over the pairs of classes, where that is striking.

    The share of errors outside the commonest quarter of all pairs: 75% if all are alike, and in the runs of
    benchmarks.diagnosis with right labels below 40%. Needs four classes and two errors a pair.
    """
    matrices = [(run.confusion or {}).get(split) for split in ("train", "dev")]
    known = [matrix for matrix in matrices if matrix]
    n = len(known[0]) if known else 0
    if n < FEWEST_CLASSES:
        return None
    total = [[sum(matrix[i][j] for matrix in known) for j in range(n)] for i in range(n)]
    rates = sorted(total[i][j] / max(sum(total[i]), 1) for i in range(n) for j in range(n) if i != j)
    wrong = sum(total[i][j] for i in range(n) for j in range(n) if i != j)
    rare = rates[: len(rates) - len(rates) // 4]
    if not wrong or wrong < LEAST_A_PAIR * len(rates) or sum(rare) < EVEN * sum(rates):
        return None
    return (
        f"{percent(sum(rare) / sum(rates))} of the {count(wrong)} errors on train and dev are outside the "
        f"commonest quarter of the {count(len(rates))} pairs of classes: they are of every kind alike"
    )


RULES = {
    "dev-at-chance": Rule(
        title="Dev error is no better than a guess",
        concern="training",
        severity="high",
        needs=("errors.train", "errors.dev", "baseline_error"),
        judge=dev_at_chance,
    ),
    "label-noise": Rule(
        title="Labels look partly wrong",
        concern="bias",
        severity="high",
        needs=("errors.train", "errors.dev", "history"),
        judge=label_noise,
        task="classification",
    ),
}
