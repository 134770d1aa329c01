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
    """Part of the labels look wrong: past a point, fitting train further paid off on train alone.

    A network first learns what rows have in common, and then the wrong labels one by one. Judged where train
    and dev error were both high at dev's best epoch; from there train error fell on by a tenth or more while
    dev error, or the cost on dev, rose.

    Advice: Look through 100 dev errors by hand; mend the labels, dev's first. If they are right, the classes
    overlap: give what people reach as diagnosis.bayes_error.

    Example: every fifth label of the digits drawn anew: dev error rests at 20% while train error falls.

    Source: Arpit et al. 2017 (arXiv:1706.05394); Machine Learning Yearning, chapters 14-16.
    """
    evidence = stopped_paying_off(run) or learned_by_heart(run)
    if evidence is None or not (gaps.underfits or gaps.overfits):
        return None
    return f"{evidence}, on {count(run.n['train'])} examples" if "train" in run.n else evidence


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
