"""What the errors say of the data behind them: labels that mean nothing, or are partly wrong.

Knows errors, baseline and curves; what the checks found in the data comes through them (`data_findings`).
"""

from dlrecipe.diagnosis.chance import gains_nothing
from dlrecipe.diagnosis.curve import learned_by_heart, stopped_paying_off
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.diagnosis.rules.capacity import too_little_capacity
from dlrecipe.diagnosis.wording import count, percent

LEAST_DEV_GAIN = 0.15
"""Part of the way from a guess's error to the Bayes error that dev must take for labels to mean anything."""
FEWEST_CLASSES, LEAST_A_PAIR, EVEN = 4, 1.5, 0.5
"""Classes and errors a pair of them from which evenness can be seen, and the share that shows it."""
SURE_AND_WRONG = 0.65
"""Error on the surer half over that on all from which errors do not go by what is hard: 0.75 to 0.85 with a
fifth or more of the labels wrong, and 0.02 to 0.6 with right ones (tuning half of benchmarks.diagnosis)."""
KNOWS_MANY, KNOWS_TWO = 0.5, 0.85
"""Part of a guess's error up to which a network knows something for sure, with many classes and with two: of
two, a third of the labels wrong leaves no less than two thirds of a guess's error."""
MANY_WRONG, OFTEN_WRONG = 40, 0.05
"""Errors, and their part of all answers, from which that can be told."""
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
    learned = baseline - 2 * LEAST_DEV_GAIN * way
    if dev < baseline - LEAST_DEV_GAIN * way or gains_nothing(run):
        return None
    estimate = gaps.estimates["dev"]
    if estimate.low is not None and estimate.low < learned:
        return None  # so few examples, or so uneven ones, that it may as well be far better
    if train > learned and estimate.high is not None and estimate.high < baseline:
        return None  # dev gained little, but so did train
    guess = "the mean" if run.task == "regression" else "always the commonest class"
    return f"dev error {percent(dev)}, where {guess} makes {percent(baseline)}; train error {percent(train)}"


def label_noise(run: Evidence, gaps: Gaps) -> str | None:
    """Part of the labels may be wrong: errors are of every kind alike, or common where the network is sure.

    What a network finds hard are some pairs of classes, and it is unsure of them; labels drawn at random are
    wrong in every way equally often, whether it is sure or not. And it first learns what rows have in common,
    then the wrong labels one by one: from dev's best epoch on, both errors still high, train error falls by a
    tenth while dev error or cost rises. Not judged on fewer than 30 dev examples, nor at chance; nor
    by its errors where the network is too small to fit any labels.

    Advice: Look through 100 dev errors by hand; mend the labels, dev's first. If they are right, the classes
    overlap: give what people reach as diagnosis.bayes_error.

    Example: every fifth label of the digits drawn anew: dev error rests at 20% while train error falls.

    Source: Arpit et al. 2017 (arXiv:1706.05394); Northcutt et al. 2021 (arXiv:1911.00068) for what a network
    is sure of; Machine Learning Yearning, chapters 14-16.
    """
    telling = run.n.get("dev", TELLING) >= TELLING
    if not gaps.fail or not telling or gaps.at_chance or _dev_gains_nothing(run):
        return None
    by_heart = stopped_paying_off(run) or learned_by_heart(run)
    if by_heart is not None:
        by_heart += "; too few examples of a hard task look alike"
    # A line through classes that no line parts is wrong wherever it lies, and as surely far from it.
    if too_little_capacity(run, gaps) is not None:
        return by_heart
    return _errors_of_every_kind(run) or _sure_and_wrong(run) or by_heart


def _dev_gains_nothing(run: Evidence) -> bool:
    dev, baseline = run.errors.get("dev"), run.baseline_error
    if dev is None or baseline is None:
        return False
    return dev >= baseline - LEAST_DEV_GAIN * (baseline - run.bayes_error)


def _sure_and_wrong(run: Evidence) -> str | None:
    """Return how often the network is wrong where it is surest, where that is hardly less than elsewhere.

    On the surer half of train and dev together. Labels that are wrong at random make no difference between
    the halves; what is hard does. A network that is not clearly better than a guess knows nothing for sure.
    """
    baseline = run.baseline_error
    known = [
        (run.n[split], sure, error)
        for split in ("train", "dev")
        if (sure := run.confident_errors.get(split)) is not None
        and (error := run.errors.get(split)) is not None
        and split in run.n
    ]
    total = sum(n for n, _, _ in known)
    wrong = sum(n * error for n, _, error in known)
    if baseline is None or wrong < MANY_WRONG or wrong < OFTEN_WRONG * total:
        return None
    if wrong > (KNOWS_TWO if run.n_classes == 2 else KNOWS_MANY) * baseline * total:
        return None
    sure = sum(n * sure for n, sure, _ in known) / total
    if sure < SURE_AND_WRONG * wrong / total:
        return None
    return (
        f"on the half of train and dev that the network is surest of it errs on {percent(sure)}, on all on "
        f"{percent(wrong / total)}: what is hard would make a larger difference"
    )


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
        title="Labels may be partly wrong",
        concern="bias",
        severity="high",
        needs=("errors.train", "errors.dev", "history"),
        judge=label_noise,
        task="classification",
    ),
}
