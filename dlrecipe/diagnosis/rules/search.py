"""What a search says of a run: that it ended at an edge, gained nothing, or looked too often at one dev set.

Knows what the runs beside it were judged on, and nothing of how any of them was trained.
"""

import math

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.diagnosis.wording import count, percent, points

MANY_LOOKS = 30
"""Runs on one dev set from which the luck of the best of them is worth a thought."""


def edge_of_search(run: Evidence, gaps: Gaps) -> str | None:
    """The best run of a search lies at an end of what was tried, and a gap is still too high.

    Beyond the end it may be better still. Judged for settings of which three values or more were tried.

    Advice: Widen the search on that side, by a factor of ten for a penalty or a learning rate.

    Example: L2 of 0.1, 1 and 10 were tried, and 10 is best.

    Source: Google's Deep Learning Tuning Playbook (a best point near the boundary of the search space).
    """
    assert run.beside is not None
    if not run.beside.edges or not gaps.fail:
        return None
    told = (
        f"{edge.key} {edge.value:g} is the {edge.end} of {edge.n_tried} tried" for edge in run.beside.edges
    )
    return "; ".join(told)


def gain_within_noise(run: Evidence, gaps: Gaps) -> str | None:
    """The change that made this run of another may have brought no gain: noise would explain it as well.

    Judged where a gap is still too high: the 95% interval of the fall of dev error contains 0. The interval
    is for two dev sets; on one and the same the truth is rather narrower.

    Advice: Do not build on it. Repeat both on three seeds, or measure on a larger dev set; else go back and
    try the next advice.

    Example: dev error 4.2% after 4.4% on 500 examples: one example more or less is 0.2 points.

    Source: Google's Deep Learning Tuning Playbook (adopt a change only beyond the variance of trials);
    Bouthillier et al. 2021 (arXiv:2103.03098).
    """
    if run.gain is None:  # it was made of no other run
        return None
    low, high = run.gain.interval
    if not low <= 0 <= high or not gaps.fail:
        return None
    return (
        f'after "{run.gain.advice}" dev error fell by {points(run.gain.fell)} points '
        f"(95%: {points(low)} to {points(high)})"
    )


def many_looks_at_dev(run: Evidence, gaps: Gaps) -> str | None:
    """The run is the best of many on one dev set, and part of that is luck.

    Of k runs that are equally good the best seems better than it is by up to √(2 ln k) standard errors of dev
    error. Judged for the best of 30 or more on the same examples, where that is half the allowance or more,
    until the test split has been evaluated.

    Advice: Evaluate once on test before believing dev error; go on with a new, larger dev set.

    Example: the best of 200 runs on 400 dev examples, dev error 3%: 2.8 points may be luck.

    Source: Ng, Machine Learning Yearning, chapter 12; Cawley and Talbot 2010 (JMLR 11:2079).
    """
    assert run.beside is not None
    dev, n = run.errors["dev"], run.n["dev"]
    assert dev is not None
    k = run.beside.n_on_dev
    if k < MANY_LOOKS or not run.beside.is_best or run.errors.get("test") is not None:
        return None
    luck = math.sqrt(2 * math.log(k)) * math.sqrt(max(dev * (1 - dev), 0.0) / n)
    if luck < gaps.allowance / 2:
        return None
    return (
        f"the best of {count(k)} runs on the same {count(n)} dev examples: of its dev error, {percent(dev)}, "
        f"up to {points(luck)} points may be missing by luck"
    )


RULES = {
    "edge-of-search": Rule(
        title="The best of the search lies at its edge",
        concern="dev_set",
        severity="note",
        needs=("beside",),
        judge=edge_of_search,
    ),
    "gain-within-noise": Rule(
        title="The gain of the last change is not told from noise",
        concern="dev_set",
        severity="note",
        needs=("errors.dev",),
        judge=gain_within_noise,
    ),
    "many-looks-at-dev": Rule(
        title="Many looks at one dev set",
        concern="dev_set",
        severity="note",
        needs=("beside", "errors.dev", "n.dev"),
        judge=many_looks_at_dev,
        task="classification",
    ),
}
