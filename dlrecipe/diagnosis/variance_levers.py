"""What lowers variance, mismatch and dev overfitting, each worked out for the run's config.

A lever returns its steps: none where it does not apply to this config, and one in general words where no
config is known. Source: Ng, course C2W1L03-08; Machine Learning Yearning, chapters 27 and 40-43.
"""

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gap, Gaps
from dlrecipe.diagnosis.settings import hidden_of, keep_probs, narrower, resized, rounded
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.wording import count

STRONGEST_DROPOUT = 0.5
SMALLEST_L2, LARGEST_L2 = 1.0, 100.0


def variance_levers(run: Evidence) -> list[Step]:
    """Return what to try against high variance, in the recipe's order."""
    return [
        *more_data(run),
        *more_l2(run),
        *more_dropout(run),
        *early_stopping(run),
        *smaller_network(run),
    ]


def more_data(run: Evidence) -> list[Step]:
    """Collect more training examples."""
    n = f"{count(run.n['train'])} training examples" if "train" in run.n else "the training examples"
    return [
        Step(
            advice="Get more training data",
            why=f"{n} are too few for a network of this size to learn only what holds elsewhere",
            cost="collecting it; where that is not possible, regularize",
        )
    ]


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


def starting_l2(n_train: int | None) -> float:
    """Return a first λ: m/100, from 1 to 100, in one significant digit.

    Measured on digits, breast cancer, moons and random classification sets with 100 to 4,000 training
    examples (64-32 units, Adam, three seeds, λ from 0.1 to 100): the best λ grew from 0-10 at 100 to 100 at
    4,000 examples; m/100 gave 0.117 for 0.131, 0.201 for 0.219 and about 0.09 for 0.148 without L2, and was
    never more than 0.03 above it (moons, 100 examples).
    """
    if n_train is None:
        return SMALLEST_L2
    return float(f"{min(LARGEST_L2, max(SMALLEST_L2, n_train / 100)):.0e}")


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
    """Turn early stopping on."""
    if run.config is None:
        return [
            Step(
                advice="Stop early, at the lowest dev error",
                why="the weights are still small there; but it ties fitting and regularizing together, which "
                "L2 does not",
            )
        ]
    if run.setting("early_stopping") is not None:
        return []
    return [
        Step(
            advice="Stop early",
            change={"early_stopping": {"monitor": "dev_error", "patience": 10}},
            why="dev error gains nothing after its minimum. The best epoch's weights are kept either way: "
            "this saves epochs more than error",
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
            advice="Look through 100 dev errors by hand for what train does not contain",
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


def bigger_split(run: Evidence, gap: Gap) -> list[Step]:
    """Return how many examples would decide an undecided gap; nothing where it is not known."""
    if gap.n_to_decide is None:
        return []
    return [
        Step(
            advice=f"Measure on more {gap.split} data: about {count(gap.n_to_decide)} examples",
            why=f"on {count(run.n[gap.split])} the 95% interval reaches to both sides of the allowance",
            cost="collecting it, or a larger share of the split",
        )
    ]


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
