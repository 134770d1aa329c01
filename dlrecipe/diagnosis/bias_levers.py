"""What lowers bias, each worked out for the run's config: the recipe's first question.

A lever returns its steps: none where it does not apply to this config, and one in general words where no
config is known. Source: Ng, course C2W1L03; Machine Learning Yearning, chapter 25.
"""

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.settings import (
    hidden_of,
    keep_probs,
    learning_rate_is_far_off,
    learning_rate_of,
    n_params,
    resized,
    rounded,
    shown,
    usual_learning_rate,
    wider,
)
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.wording import count, percent

LIGHT_PENALTY = 0.05
"""A penalty below this part of J holds nothing back."""


def bias_levers(run: Evidence) -> list[Step]:
    """Return what to try against high bias, best first for its cost."""
    return [
        *less_dropout(run),
        *less_penalty(run),
        *(learning_rate(run) if learning_rate_is_far_off(run) else []),
        *bigger_network(run),
        *longer_training(run),
        *optimizer(run),
        *learning_rate(run),
        *other_architecture(run),
    ]


def less_dropout(run: Evidence) -> list[Step]:
    """Turn dropout off."""
    if all(keep >= 1 for keep in keep_probs(run)):
        return []
    return [
        Step(
            advice="Turn dropout off",
            change={"regularization.dropout.keep_prob": 1.0},
            why="dropout lowers variance at the price of bias, and bias is what is too high",
        )
    ]


def less_penalty(run: Evidence) -> list[Step]:
    """Divide L2 and L1 by ten, and lift max_norm, unless the penalty is known to be light."""
    share = _penalty_share(run)
    if share is not None and share < LIGHT_PENALTY:
        return []
    weight = "" if share is None else f"; it makes up {percent(share)} of J"
    names = {"regularization.l2": "L2", "regularization.l1": "L1"}
    steps = [
        Step(
            advice=f"Lower {name} tenfold",
            change={path: rounded(run.setting(path) / 10)},
            why=f"the penalty keeps the weights small, and the network cannot fit{weight}",
        )
        for path, name in names.items()
        if run.setting(path)
    ]
    if run.setting("regularization.max_norm") is not None:
        steps.append(
            Step(
                advice="Lift the bound on the weights",
                change={"regularization.max_norm": None},
                why="max_norm lowers variance at the price of bias",
            )
        )
    return steps


def bigger_network(run: Evidence) -> list[Step]:
    """Widen every layer; without hidden layers, add one."""
    why = (
        "the network does not fit its own training data; more units can, and regularization keeps their "
        "variance down"
    )
    hidden = hidden_of(run)
    if hidden is None:
        return [Step(advice="Use a bigger network", why=why, cost="more computation a step")]
    bigger = wider(hidden)
    if bigger == hidden:
        return []
    before, after = n_params(run, hidden), n_params(run, bigger)
    cost = (
        None if before is None or after is None else f"{count(after)} parameters instead of {count(before)}"
    )
    advice = "Use a bigger network" if hidden else "Add a hidden layer"
    return [Step(advice=advice, change=resized(run, bigger), why=why, cost=cost)]


def longer_training(run: Evidence) -> list[Step]:
    """Train three times as long, with as much more patience."""
    epochs, patience = run.setting("training.epochs"), run.setting("early_stopping.patience")
    why = "with more steps the cost can fall further; more epochs never hurt train error"
    if epochs is None:
        return [Step(advice="Train longer", why=why, cost="more time")]
    change = {"training.epochs": 3 * epochs}
    if patience is not None:
        change["early_stopping.patience"] = 3 * patience
    if run.status == "stopped_early" and patience is not None:
        why = f"training stopped after {patience} epochs without progress on dev, of {epochs} planned"
    return [Step(advice="Train longer", change=change, why=why, cost="up to 3 times the time")]


def optimizer(run: Evidence) -> list[Step]:
    """Use Adam, where the optimizer has no step size of its own for each parameter."""
    kind = run.setting("optimizer.type")
    why = "Adam gives each parameter a step size of its own and often reaches a lower cost in the same time"
    if kind is None:
        return [Step(advice="Use a better optimizer, or another learning rate", why=why)]
    if kind not in ("sgd", "momentum", "nesterov"):
        return []
    # The bare name brings Adam's own learning rate; the old optimizer's would be far too high.
    return [Step(advice="Use Adam", change={"optimizer": "adam"}, why=why)]


def learning_rate(run: Evidence) -> list[Step]:
    """Move the learning rate: to its usual value if it is far off, else threefold up, or down if high."""
    rate, usual = learning_rate_of(run), usual_learning_rate(run)
    if rate is None:
        return []
    if learning_rate_is_far_off(run):
        new = usual
        why = f"{rate:g} is far from where {run.setting('optimizer.type')} usually works ({usual:g})"
    elif rate < 3 * usual:
        new, why = (
            rounded(3 * rate),
            "longer steps get further in the same epochs, while they do not overshoot",
        )
    else:
        new, why = rounded(rate / 3), f"{rate:g} is high, and steps that overshoot keep J up"
    verb = "Raise" if new > rate else "Lower"
    return [
        Step(advice=f"{verb} the learning rate to {new:g}", change={"optimizer.learning_rate": new}, why=why)
    ]


def other_architecture(run: Evidence) -> list[Step]:
    """Change the activation where ReLU is not used; else, in words, features or another kind of network."""
    hidden, activation = hidden_of(run), run.setting("network.activation")
    names = {activation} if isinstance(activation, str) else set(activation or ())
    slow = sorted(names & {"sigmoid", "tanh", "identity"})
    if hidden and slow:
        return [
            Step(
                advice="Use ReLU with he initialization",
                change={"network.activation": "relu", "initialization": "he"},
                why=f"{shown(slow)} pass little gradient, or add nothing that a linear network lacks",
            )
        ]
    return [
        Step(
            advice="Try another architecture, or inputs that say more of the target",
            why="if a bigger network trained longer does not fit, the inputs may not hold the answer: "
            "then the Bayes error is higher than assumed",
        )
    ]


def _penalty_share(run: Evidence) -> float | None:
    """Return the penalty as a part of J at the last epoch; None where it is not known."""
    if not run.history:
        return None
    cost, penalty = run.history[-1].cost.get("train"), run.history[-1].penalty
    return None if cost is None or penalty is None or cost <= 0 else penalty / cost
