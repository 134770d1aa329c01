"""What lowers bias, each worked out for the run's config: the recipe's first question.

A lever returns its steps: none where it does not apply to this config, and one in general words where no
config is known. Source: Ng, course C2W1L03; Machine Learning Yearning, chapter 25.
"""

import math
from dataclasses import replace

from dlrecipe.diagnosis.curve import is_at_rest, overshoots, steps_per_epoch, stopped_paying_off
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.settings import (
    NEXT_OF_SEARCH,
    USUAL_BATCH,
    USUAL_WEIGHT_DECAY,
    activations_of,
    hidden_of,
    keep_probs,
    learning_rate_is_far_off,
    learning_rate_of,
    longer,
    n_params,
    resized,
    rounded,
    starting_l2,
    usual_learning_rate,
    weight_decay_of,
    wider,
)
from dlrecipe.diagnosis.step import Step, to_learning_rate
from dlrecipe.diagnosis.wording import count, percent, plural

FEW_STEPS_AN_EPOCH = 3
FEW_STEPS = 1000
"""Steps below which a network has hardly begun, whatever its epochs are."""
MANY_ERRORS = 100
"""Errors that Machine Learning Yearning, chapter 14, has one look through."""
LIGHT_PENALTY = 0.05
"""A penalty below this part of J holds nothing back."""


def bias_levers(run: Evidence) -> list[Step]:
    """Return what to try against high bias, best first for its cost."""
    penalty, heavy = less_penalty(run), penalty_is_heavy(run)
    return [
        *less_dropout(run),
        *less_augmentation(run),
        *check_labels(run),
        *(learning_rate(run) if learning_rate_is_off(run) else []),
        *(penalty if heavy else []),
        *smaller_batches(run),
        *bigger_network(run),
        *([] if is_at_rest(run) else longer_training(run)),
        *penalty,
        *optimizer(run),
        *learning_rate(run),
        *other_architecture(run),
    ]


def check_labels(run: Evidence) -> list[Step]:
    """Look for wrong labels, or noise in the targets, where fitting train further paid off on train alone."""
    evidence = stopped_paying_off(run)
    if evidence is None:
        return []
    path = "--bayes-error" if run.config is None else "diagnosis.bayes_error"
    if run.task == "regression":
        return [
            Step(
                advice="Find out how much of the target the inputs can say",
                why=f"{evidence}: as with noise in the targets, or a Bayes error above 0. A network that "
                f"fits it learns it by heart. Give the part of the variance that nothing explains as {path}",
                cost="measuring some examples twice, or the error of the best method known",
            )
        ]
    return [
        Step(
            advice=f"Look through {errors_to_read(run, 'train')} by hand for wrong labels",
            why=f"{evidence}: as with labels that are partly wrong, or a Bayes error above 0. A network "
            f"that fits those learns them by heart. Give the part you would get wrong as {path}",
            cost="an hour or two",
        )
    ]


def errors_to_read(run: Evidence, split: str) -> str:
    """Return how many errors to look through: a hundred tell the shares of their kinds."""
    error, n = run.errors.get(split), run.n.get(split)
    if run.task == "classification" and error is not None and n is not None:
        there = round(error * n)
        if there < MANY_ERRORS:
            return f"the {plural(there, f'{split} error')}"
    return f"{MANY_ERRORS} {split} errors"


def learning_rate_is_off(run: Evidence) -> bool:
    """Whether the learning rate is far from the usual one, or clearly above it with steps that overshoot."""
    rate = learning_rate_of(run)
    if rate is None:
        return False
    return learning_rate_is_far_off(run) or (
        rate >= NEXT_OF_SEARCH * usual_learning_rate(run) and overshoots(run)
    )


def less_dropout(run: Evidence) -> list[Step]:
    """Turn dropout off; in words where it is among the layers listed one by one."""
    if run.dropout_costs and not keep_probs(run):
        return [
            Step(
                advice="Raise keep_prob of the dropout in network.layers towards 1",
                why="dropout lowers variance at the price of bias, and bias is what is too high",
            )
        ]
    if all(keep >= 1 for keep in keep_probs(run)):
        return []
    return [
        Step(
            advice="Turn dropout off",
            change={"regularization.dropout.keep_prob": 1.0},
            why="dropout lowers variance at the price of bias, and bias is what is too high",
        )
    ]


def less_augmentation(run: Evidence) -> list[Step]:
    """Train on the examples as they are."""
    if not run.setting("augmentation"):
        return []
    return [
        Step(
            advice="Turn augmentation off",
            change={"augmentation": []},
            why="changed examples are harder to fit than those that are judged; where the network does not "
            "fit these, augmentation comes later, and weaker",
        )
    ]


def steadier_schedule(run: Evidence) -> list[Step]:
    """Let the learning rate fall over the whole run, not in its first part."""
    if run.setting("optimizer.schedule.type") is None:
        return [Step(advice="Let the learning rate fall more slowly", why="steps of no length learn nothing")]
    return [
        Step(
            advice="Let the learning rate fall over the whole run",
            change={"optimizer.schedule": "cosine"},
            why="it fell to next to nothing while the network had hardly begun; half a cosine gets there at "
            "the last epoch",
        )
    ]


def less_penalty(run: Evidence) -> list[Step]:
    """Lower L2 and L1, tenfold or more, unless they are known to be light; lift what else bounds weights."""
    share = _penalty_share(run)
    light = share is not None and share < LIGHT_PENALTY
    named = {} if light else {"regularization.l2": "L2", "regularization.l1": "L1"}
    names = {path: name for path, name in named.items() if run.setting(path)}
    steps = [
        Step(
            advice=f"Lower {name}",
            change={path: rounded(min(run.setting(path) / 10, starting_l2(run.n.get("train"))))},
            why=f"{name} keeps the weights small, and the network cannot fit",
        )
        for path, name in names.items()
    ]
    if steps and share is not None:
        # Only the sum of the penalties is known.
        whose = "it makes up" if len(steps) == 1 else "L2 and L1 together make up"
        steps[0] = replace(steps[0], why=f"{steps[0].why}; {whose} {percent(share)} of J")
    if (decay := weight_decay_of(run)) > USUAL_WEIGHT_DECAY:
        steps.append(
            Step(
                advice=f"Lower the weight decay to {USUAL_WEIGHT_DECAY:g}",
                change={"optimizer.weight_decay": USUAL_WEIGHT_DECAY},
                why=f"each step takes {percent(decay * (learning_rate_of(run) or 0.0))} off the weights, and "
                "the network cannot fit",
            )
        )
    # A bound adds nothing to J, however tight it is.
    if run.setting("regularization.max_norm") is not None:
        steps.append(
            Step(
                advice="Lift the bound on the weights",
                change={"regularization.max_norm": None},
                why="max_norm lowers variance at the price of bias",
            )
        )
    return steps


def penalty_is_heavy(run: Evidence) -> bool:
    """Whether the penalty is stronger than where a search for it starts, or bounds the weights outright."""
    strengths = [run.setting("regularization.l2") or 0.0, run.setting("regularization.l1") or 0.0]
    bounded = run.setting("regularization.max_norm") is not None
    return bounded or max(strengths) > starting_l2(run.n.get("train"))


def bigger_network(run: Evidence) -> list[Step]:
    """Widen every layer; without hidden layers, add one."""
    why = "more units fit the training data better, and regularization keeps their variance down"
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
    """Train three times as long, with as much more patience; the patience alone where it ran out."""
    epochs, patience = run.setting("training.epochs"), run.setting("early_stopping.patience")
    why = "with more steps the cost can fall further; more epochs never hurt train error"
    if run.status == "interrupted":
        return []  # those that were planned come first
    if epochs is None:
        return [Step(advice="Train longer", why=why, cost="more time")]
    if run.status == "stopped_early" and patience is not None:
        return [
            Step(
                advice="Give early stopping more patience",
                change={"early_stopping.patience": max(10, 3 * patience, epochs // 10)},
                why=f"it ended the run before its {epochs} epochs, where bias was still high",
                cost="up to all of the epochs planned",
            )
        ]
    return [Step(advice="Train longer", change=longer(run), why=why, cost="as much more time")]


def smaller_batches(run: Evidence) -> list[Step]:
    """Take batches of 32 where an epoch is a step or a few, and the run had few steps in all."""
    steps, n = steps_per_epoch(run), run.n.get("train")
    if steps is None or n is None or run.epochs_run is None:
        return []
    if steps > FEW_STEPS_AN_EPOCH or n < 4 * USUAL_BATCH or steps * run.epochs_run >= FEW_STEPS:
        return []
    many = math.ceil(n / USUAL_BATCH)
    return [
        Step(
            advice=f"Use batches of {USUAL_BATCH}",
            change={"training.batch_size": USUAL_BATCH},
            why=f"{count(steps * run.epochs_run)} steps are few; batches of {USUAL_BATCH} make {count(many)} "
            f"steps of an epoch, for little more computation, instead of {count(steps)}",
        )
    ]


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
    """Move the learning rate: to its usual value if it is far off, else threefold up, or down if high.

    Not at all where neither way is told: a little above the usual one where J turns up and down, and further
    above it where J gets on.
    """
    rate, usual = learning_rate_of(run), usual_learning_rate(run)
    if rate is None:
        return []
    far_off, far_above = learning_rate_is_far_off(run), rate >= NEXT_OF_SEARCH * usual
    if rate > usual and not far_off and far_above != overshoots(run):
        return []
    if far_off:
        new = usual
        why = f"{rate:g} is far from where {run.setting('optimizer.type')} usually works ({usual:g})"
    elif not far_above:
        new, why = (
            rounded(3 * rate),
            "longer steps get further in the same epochs, while they do not overshoot",
        )
    else:
        new, why = rounded(rate / 3), f"{rate:g} is high, and steps that overshoot keep J up"
    return [to_learning_rate(new, rate, why)]


def other_architecture(run: Evidence) -> list[Step]:
    """Change the activation where ReLU is not used; else, in words, features or another kind of network."""
    if set(activations_of(run)) & {"sigmoid", "tanh", "identity"}:
        return [relu(run)]
    return [
        Step(
            advice="Try another architecture, or inputs that say more of the target",
            why="if a bigger network trained longer does not fit, the inputs may not hold the answer: "
            "then the Bayes error is higher than assumed",
        )
    ]


def relu(run: Evidence) -> Step:
    """Use ReLU, for what the present activation lacks."""
    faults = {
        "identity": "layers without a bend in them collapse to a single one, however many there are",
        "sigmoid": "the slope of ReLU is 1 where it is active; that of sigmoid is 0.25 at best",
        "tanh": "the slope of ReLU is 1 wherever it is active; that of tanh only at 0",
    }
    used = set(activations_of(run))
    return Step(
        advice="Use ReLU with he initialization",
        change={"network.activation": "relu", "initialization": "he"},
        why=next(fault for name, fault in faults.items() if name in used),
    )


def _penalty_share(run: Evidence) -> float | None:
    """Return the penalty as a part of J at the last epoch; None where it is not known."""
    if not run.history:
        return None
    cost, penalty = run.history[-1].cost.get("train"), run.history[-1].penalty
    return None if cost is None or penalty is None or cost <= 0 else penalty / cost
