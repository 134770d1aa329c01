"""The ladder of errors: bias, variance, mismatch and dev overfitting, and a dev set too small to tell.

Knows errors, sample sizes and gaps; nothing of how the network was trained.
"""

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import TOO_COARSE, Gap, Gaps
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.diagnosis.wording import are_allowed, count, examples, percent, points

COARSE = 0.1
"""Half-width of dev error's interval from which changes of any ordinary size cannot be seen."""


def high_bias(run: Evidence, gaps: Gaps) -> str | None:
    """Train error lies further above the Bayes error than the allowance.

    The network does not fit even the examples it was shown. More of them would not help.

    Advice: A bigger network; train longer; a better optimizer or learning rate; another architecture.
    Not more data.

    Example: train error 15%, dev error 16%, where people make no errors.

    Source: Ng, course C2W1L02-03; Machine Learning Yearning, chapters 20-25.
    """
    return _evidence(run, gaps.bias, "train", run.lowest_error, "the Bayes error")


def high_variance(run: Evidence, gaps: Gaps) -> str | None:
    """Error on unseen examples of train's kind lies further above train error than the allowance.

    The network learned particulars of its training examples that do not hold elsewhere. Measured on
    train_dev where there is one, so that mismatched data is not taken for variance; else on dev.

    Advice: More data; regularization (L2, dropout, augmentation); another architecture.

    Example: train error 1%, dev error 11%.

    Source: Ng, course C2W1L02-03; Machine Learning Yearning, chapters 20-27.
    """
    split = gaps.variance.split if gaps.variance else "dev"
    return _evidence(run, gaps.variance, split, run.errors["train"], "train error")


def mismatch(run: Evidence, gaps: Gaps) -> str | None:
    """Dev error lies further above train_dev error than the allowance: dev is data of another kind.

    train_dev is unseen data from train's distribution, so that what remains is the change of distribution.

    Advice: Look through dev errors for what train lacks; collect or make training examples like dev's.

    Example: train 1%, train_dev 1.5%, dev 10%: learned from studio photos, judged on phone photos.

    Source: Ng, course C3W2L05-06; Machine Learning Yearning, chapters 40-43.
    """
    return _evidence(run, gaps.mismatch, "dev", run.errors["train_dev"], "train_dev error")


def dev_overfit(run: Evidence, gaps: Gaps) -> str | None:
    """Test error lies further above dev error than the allowance: choices were tuned to this dev set.

    Many looks at one dev set pick what happens to suit it.

    Advice: Get a new, bigger dev set, and choose again on it.

    Example: 500 runs compared on 100 dev examples: dev 3%, test 9%.

    Source: Ng, Machine Learning Yearning, chapter 12; course C3W1.
    """
    return _evidence(run, gaps.dev_overfit, "test", run.errors["dev"], "dev error")


def class_ignored(run: Evidence, gaps: Gaps) -> str | None:
    """A small class is never named, not even on the examples the network was trained on.

    Its examples are too few to weigh in the mean loss or in the error, which can both be low without it.
    Judged for classes with less than half of an equal share.

    Advice: Weigh the classes (class_weights: balanced), judge by recall, or collect more of that class.

    Example: 1.2% fraud among 30,000 rows, and every row called honest: error 1.2%, recall 0.

    Source: deepchecks and SageMaker Debugger (class imbalance); Machine Learning Yearning, chapter 8.
    """
    fared = (run.by_class or {})["train"]
    total = sum(answers.n for answers in fared.values())
    ignored = {
        name: answers.n
        for name, answers in fared.items()
        if answers.n and not answers.predicted and answers.n < total / len(fared) / 2
    }
    if not ignored:
        return None
    name, n = max(ignored.items(), key=lambda item: item[1])
    others = f", nor are {len(ignored) - 1} other small classes" if len(ignored) > 1 else ""
    share = f"{percent(n / total)} of the training examples ({count(n)})"
    return f"class {name} has {share} and is never named{others}"


def dev_set_too_small(run: Evidence, gaps: Gaps) -> str | None:
    """The dev set is so small that dev error could be anything in a wide range.

    Judged only where variance is undecided: the 95% interval of dev error is wider than five times the
    allowance to either side (10 points by default). Changes smaller than that cannot be seen on it.

    Advice: Give dev a larger share, or collect more for it, before comparing runs on it.

    Example: 1 error on 10 dev examples: dev error is anywhere between 2 and 40%.

    Source: Ng, course C2W1L01; Machine Learning Yearning, chapter 7.
    """
    dev = gaps.estimates["dev"]
    if gaps.variance is None or gaps.variance.verdict != "undecided" or dev.low is None or dev.high is None:
        return None
    # A lenient target does not make a handful of examples enough.
    coarse = min(TOO_COARSE * gaps.allowance, max(COARSE, gaps.allowance))
    if dev.value > 1 or (dev.high - dev.low) / 2 <= coarse:
        return None
    return (
        f"dev error {percent(dev.value)} on {examples(run.n['dev'])}: anywhere from {percent(dev.low)} "
        f"to {percent(dev.high)} (95%)"
    )


def _evidence(run: Evidence, gap: Gap | None, split: str, below: float | None, name: str) -> str | None:
    error = run.errors.get(split)
    if gap is None or gap.verdict != "high" or error is None or below is None:
        return None
    interval = ""
    if gap.low is not None and gap.high is not None:
        interval = f" (95%: {points(gap.low)} to {points(gap.high)})"
    return (
        f"{split} error {percent(error)} is {points(gap.value)} points{interval} above {name} "
        f"{percent(below)}; {are_allowed(gap.allowance)}"
    )


RULES = {
    "high-bias": Rule(
        title="High bias",
        concern="bias",
        severity="high",
        needs=("errors.train",),
        judge=high_bias,
    ),
    "high-variance": Rule(
        title="High variance",
        concern="variance",
        severity="high",
        needs=("errors.train", "errors.dev"),
        judge=high_variance,
    ),
    "mismatch": Rule(
        title="Train and dev are data of different kinds",
        concern="mismatch",
        severity="high",
        needs=("errors.train_dev", "errors.dev"),
        judge=mismatch,
    ),
    "dev-overfit": Rule(
        title="Choices overfit the dev set",
        concern="dev_set",
        severity="high",
        needs=("errors.dev", "errors.test"),
        judge=dev_overfit,
    ),
    "class-ignored": Rule(
        title="A class is never named",
        concern="bias",
        severity="high",
        needs=("by_class.train",),
        judge=class_ignored,
        task="classification",
    ),
    "dev-set-too-small": Rule(
        title="The dev set is too small to tell",
        concern="dev_set",
        severity="note",
        needs=("errors.train", "errors.dev", "n.dev"),
        judge=dev_set_too_small,
    ),
}
