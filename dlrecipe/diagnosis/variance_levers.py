"""What lowers variance, mismatch and dev overfitting, each worked out for the run's config.

A lever returns its steps: none where it does not apply to this config, and one in general words where no
config is known. Source: Ng, course C2W1L03-08; Machine Learning Yearning, chapters 27 and 40-43.
"""

import math

from dlrecipe.diagnosis.bias_levers import errors_to_read
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gap, Gaps
from dlrecipe.diagnosis.settings import hidden_of, keep_probs, narrower, resized, rounded, starting_l2
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.wording import allowed, count, percent, points

STRONGEST_DROPOUT = 0.5
"""The lowest keep_prob of the hidden units that is advised."""
LITTLE = 0.25
"""Part of the dev error: where ten times the data is expected to take away less, other advice comes first."""


def variance_levers(run: Evidence) -> list[Step]:
    """Return what to try against high variance, in the recipe's order."""
    data = more_data(run)
    others = [*more_l2(run), *more_dropout(run), *early_stopping(run), *smaller_network(run)]
    return [*others, *data] if data_brings_little(run) else [*data, *others]


def more_data(run: Evidence) -> list[Step]:
    """Collect more training examples."""
    n = f"{count(run.n['train'])} training examples" if "train" in run.n else "the training examples"
    why = f"{n} are too few for this network to learn only what holds elsewhere"
    measured = by_the_curve(run)
    return [
        Step(
            advice="Get more training data",
            why=measured or why,
            cost="collecting it; where that is not possible, regularize",
        )
    ]


def by_the_curve(run: Evidence) -> str | None:
    """Return what the measured learning curve expects of more data; None where there is none."""
    curve = run.learning_curve
    if curve is None:
        return None
    if curve.refusal is not None:
        return (
            f"how much it brings is not to be told from the learning curve ({curve.study}): {curve.refusal}"
        )
    assert curve.error is not None
    assert curve.interval is not None
    assert curve.times is not None
    low, high = curve.interval
    missed = run.target_error is not None and low > run.target_error
    return (
        f"{curve.times} times the data is expected to bring dev error from {percent(curve.error)} to "
        f"{percent(low)} to {percent(high)} (90%, {curve.study})"
        + (f"; not the {percent(run.target_error or 0)} wanted" if missed else "")
    )


def data_brings_little(run: Evidence) -> bool:
    """Whether a measured learning curve expects little of more data."""
    curve = run.learning_curve
    if curve is None or curve.expected is None or curve.error is None:
        return False
    return curve.error - curve.expected < LITTLE * curve.error


def more_l2(run: Evidence) -> list[Step]:
    """Start L2, or make it ten times stronger."""
    why = (
        "L2 keeps the weights small and the function smooth. The penalty is λ/(2m) Σ‖W‖²: with ten times "
        "the examples m the same λ weighs a tenth"
    )
    l2 = run.setting("regularization.l2")
    if l2 is None:
        return [Step(advice="Regularize with L2", why=why)]
    new = rounded(10 * l2) if l2 > 0 else starting_l2(run.n.get("train"))
    advice = "Make L2 ten times stronger" if l2 > 0 else "Regularize with L2"
    return [Step(advice=advice, change={"regularization.l2": new}, why=why)]


def more_dropout(run: Evidence) -> list[Step]:
    """Keep 0.8 of the hidden units, or 0.2 fewer than now, down to 0.5."""
    why = "units that may be dropped cannot rely on each other, which works like an ensemble"
    hidden, keeps = hidden_of(run), keep_probs(run)
    if hidden is None:
        return [Step(advice="Use dropout", why=why)]
    lowest = min(keeps[1:], default=1.0)
    if not hidden or lowest <= STRONGEST_DROPOUT:
        return []
    new = round(max(STRONGEST_DROPOUT, lowest - 0.2), 2)
    # A list has the input first: what it says of the input stays.
    listed = isinstance(run.setting("regularization.dropout.keep_prob"), list | tuple)
    value = [keeps[0], *[new] * len(hidden)] if listed else new
    advice = "Use dropout" if lowest >= 1 else "Use stronger dropout"
    return [Step(advice=advice, change={"regularization.dropout.keep_prob": value}, why=why)]


def early_stopping(run: Evidence) -> list[Step]:
    """Turn early stopping on, where an earlier epoch did better on dev than the one that was kept."""
    if run.config is None:
        return [
            Step(
                advice="Stop early, at the lowest dev error",
                why="the weights are still small there; but it ties fitting and regularizing together, which "
                "L2 does not",
            )
        ]
    kept = run.errors.get("dev")
    known = [(error, epoch.epoch) for epoch in run.history if (error := epoch.error.get("dev")) is not None]
    if run.setting("early_stopping") is not None or kept is None or not known or min(known)[0] >= kept:
        return []
    lowest, epoch = min(known)
    return [
        Step(
            advice="Stop early, and keep the weights of the lowest dev error",
            change={"early_stopping": {"monitor": "dev_error", "patience": 10}},
            why=f"dev error was {percent(lowest)} at epoch {count(epoch)}; the last epoch's weights are kept "
            f"now, with {percent(kept)}. It ends fitting and regularizing together, which L2 does not",
        )
    ]


def smaller_network(run: Evidence) -> list[Step]:
    """Halve the layers: the last resort, since it raises bias."""
    why = "fewer units learn less by heart, but fit less as well: regularize first"
    hidden = hidden_of(run)
    if hidden is None:
        return [
            Step(advice="Try another architecture", why="one that fits the data's kind needs fewer weights")
        ]
    smaller = narrower(hidden)
    if smaller == hidden:
        return []
    return [Step(advice="Use a smaller network", change=resized(run, smaller), why=why)]


def mismatch_levers(run: Evidence) -> list[Step]:
    """Return what to try when dev is data of another kind than train."""
    return [
        Step(
            advice=f"Look through {errors_to_read(run, 'dev')} by hand for what train does not contain",
            why="unseen examples of train's kind do well, dev's do not: the data differ, not the fit",
        ),
        Step(
            advice="Put examples like dev's into train: collected, or made by augmentation",
            why="the network has never seen that kind; neither its size nor regularization supplies it",
        ),
    ]


def dev_overfit_levers(run: Evidence) -> list[Step]:
    """Return what to do when test error is above dev error."""
    return [
        Step(
            advice="Get a new, bigger dev set and choose again on it",
            why="this one was looked at until something suited it by chance; the test set must not become "
            "the next dev set",
        )
    ]


def widen_search(run: Evidence) -> list[Step]:
    """Search on where the best run of a search lies at an end."""
    return [
        Step(
            advice=f"Search on beyond {edge.key} {edge.value:g}",
            why=f"the best of {edge.n_tried} values is the {edge.end}: the optimum may lie further out",
            cost="a few more trials",
        )
        for edge in (run.beside.edges if run.beside else ())
    ]


def repeat_by_seed(run: Evidence) -> list[Step]:
    """Repeat before and after by seeds, where the gain of a change is within noise."""
    return [
        Step(
            advice="Repeat both runs on three seeds before building on the change",
            why="its gain is within what another dev set or seed would make of it",
            cost="four more runs",
        )
    ]


def bigger_split(run: Evidence, gap: Gap) -> list[Step]:
    """Return how many examples would decide an undecided gap; nothing where no number within reach would.

    A split of which one example weighs more than the allowance is too coarse whatever the gap is.
    """
    name, n = gap.split.replace("_", "-"), run.n.get(gap.split)
    if gap.n_to_decide is not None and gap.decidable and n is not None:
        return [
            Step(
                advice=f"Measure on more {name} data: about {count(gap.n_to_decide)} examples",
                why=f"on {count(n)} the 95% interval reaches to both sides of the allowance",
                cost=_price_of_more(run, gap.n_to_decide / n),
            )
        ]
    if run.task == "classification" and n is not None and gap.split != "train" and 1 / n > gap.allowance:
        return [
            Step(
                advice=f"Give {name} more examples",
                why=f"one example of {n} is {points(1 / n)} points, more than the "
                f"{allowed(gap.allowance)} allowed",
                cost=_price_of_more(run, 10),
            )
        ]
    return []


def _price_of_more(run: Evidence, times: float) -> str:
    price = "collecting it, or a larger share of the split"
    if run.setting("data.source") is None or run.setting("data.dev") is not None:
        return price
    return f"{price}; or pool the errors of {math.ceil(times)} seeds, each of which splits anew"


def bigger_dev(run: Evidence, gaps: Gaps) -> list[Step]:
    """Return how large dev should be to tell, in numbers where they are known."""
    if gaps.variance is not None and (steps := bigger_split(run, gaps.variance)):
        return steps
    return [
        Step(
            advice="Give dev more examples",
            why="so few tell apart only large differences",
            cost="collecting them, or a larger share in data.split",
        )
    ]
