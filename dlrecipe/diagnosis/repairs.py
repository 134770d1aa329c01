"""What mends training that went wrong, one function a finding, worked out for the run's config.

Each returns steps, best first; in general words where no config is known.
"""

from dataclasses import replace

from dlrecipe.diagnosis.bias_levers import (
    bigger_network,
    check_labels,
    learning_rate,
    learning_rate_is_off,
    less_dropout,
    less_penalty,
    longer_training,
    penalty_is_heavy,
    relu,
    smaller_batches,
)
from dlrecipe.diagnosis.curve import falls_quickly, overshoots
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.rules.steps import RIGHT_SLOPE
from dlrecipe.diagnosis.settings import (
    FAR_OFF,
    RARE_CLASS,
    SMALL_LAYER,
    activations_of,
    hidden_of,
    initialization_is_suited,
    initialization_is_wild,
    is_bottleneck,
    learning_rate_is_far_off,
    learning_rate_of,
    normalization_of,
    rounded,
    suited_initialization,
    usual_learning_rate,
)
from dlrecipe.diagnosis.step import Step, to_learning_rate
from dlrecipe.diagnosis.step_repairs import shorter_steps
from dlrecipe.diagnosis.wording import percent

USUAL_SMOOTHING, USUAL_EPS = 0.1, 1e-8
DEEP = 8
"""Hidden layers from which depth itself may be what stops plain dense networks."""


def after_divergence(run: Evidence) -> list[Step]:
    """A wild initialization first, since no learning rate suits it; then shorter steps; then clipping."""
    first = better_initialization(run) if initialization_is_wild(run) else []
    return [*first, *shorter_steps(run), *clipping(run)]


def better_initialization(run: Evidence) -> list[Step]:
    """Initialize by layer size, where that is not done yet, or where nobody knows how."""
    if initialization_is_suited(run) and run.setting("initialization.type") != "file":
        return []
    kind = suited_initialization(run)
    return [
        Step(
            advice=f"Initialize with {kind}",
            change={"initialization": kind},
            why="weights drawn by layer size keep the signals level from layer to layer",
        )
    ]


def clipping(run: Evidence) -> list[Step]:
    """Clip the gradient's norm to 1, where it is not clipped yet."""
    if run.config is None or run.setting("optimizer.clip.norm") is not None:
        return []
    return [
        Step(
            advice="Clip the gradient",
            change={"optimizer.clip.norm": 1.0},
            why="a single huge gradient can then no longer throw the weights away",
        )
    ]


def unmoved(run: Evidence) -> list[Step]:
    """Bring the learning rate to its usual value; from there ten times down if J overshoots, or up."""
    rate, usual = learning_rate_of(run), usual_learning_rate(run)
    first, penalty = better_initialization(run), less_penalty(run)
    if rate is None:
        return [Step(advice="Change the learning rate by factors of ten", why="the cost stands still")]
    if learning_rate_is_far_off(run):
        return [*first, *learning_rate(run), *penalty, *gradients_to_check(run)]
    if penalty_is_heavy(run):
        first, penalty = [*first, *penalty], []
    if overshoots(run):
        new, why = rounded(rate / 10), "J goes up and down without getting lower: each step undoes the last"
    else:
        # Ten times the usual is still worth a try; more would only diverge.
        new, why = rounded(min(10 * rate, FAR_OFF * usual)), "the cost stands still: the steps are too short"
    return [*first, to_learning_rate(new, rate, why), *penalty, *gradients_to_check(run)]


def learned_nothing(run: Evidence) -> list[Step]:
    """More epochs while J falls fast; else the settings that stand still, and the data itself."""
    check_data = Step(
        advice="Check that inputs and labels belong together",
        why="if the rows were shuffled apart, or the inputs say nothing of the target, no setting helps",
    )
    longer = longer_training(run) if falls_quickly(run) else []
    depth = level_signals(run) if len(hidden_of(run) or []) > DEEP else []
    off = learning_rate_is_far_off(run)
    small = bigger_network(run) if min(hidden_of(run) or [SMALL_LAYER]) < SMALL_LAYER else []
    # Where the classes are weighed already, what keeps the rare one from being learned is something else.
    if not off and not run.weighs_classes and (rare := minority_first(run)):
        return [*less_dropout(run), *rare, *longer, check_data]
    others = [*longer, *depth, *small, *unmoved(run)]
    return [*less_dropout(run), *others, *minority_first(run), check_data]


def minority_first(run: Evidence) -> list[Step]:
    """Weigh the classes where one outnumbers another tenfold."""
    counts = _class_sizes(run)
    return weigh_classes(run) if counts and min(counts) < RARE_CLASS * max(counts) else []


def weigh_classes(run: Evidence) -> list[Step]:
    """Weigh the classes, look past the error, and ask whether the inputs hold what tells the rare class."""
    counts = _class_sizes(run)
    share = f"with {percent(max(counts) / sum(counts))} of one class" if counts else "with classes so unlike"
    steps = [
        Step(
            advice="Judge it by the recall of each class, or another metric than the error",
            why=f"{share}, naming the commonest one always is seldom wrong, and of no use",
        )
    ]
    if run.setting("loss.type") in ("auto", "cross_entropy") and not run.weighs_classes:
        weights = Step(
            advice="Weigh the classes by their shares",
            change={"loss": {"type": "cross_entropy", "class_weights": "balanced"}},
            why="each class then counts as much as any other, and naming one always no longer pays",
        )
        steps.insert(0, weights)
    return [
        *steps,
        Step(
            advice="Check that the inputs say anything of the rare class",
            why="if they hold no signal, no setting finds it",
        ),
    ]


def milder_weights(run: Evidence) -> list[Step]:
    """Weigh the classes by their sizes, which is not at all where these are alike."""
    counts = _class_sizes(run)
    alike = bool(counts) and min(counts) >= RARE_CLASS * max(counts)
    return [
        Step(
            advice="Weigh all classes alike" if alike else "Weigh the classes by their shares",
            change={"loss.class_weights": "none" if alike else "balanced"},
            why="nearly all of the gradient is of the heaviest class, and naming it always costs least",
        )
    ]


def less_smoothing(run: Evidence) -> list[Step]:
    """Smooth labels as much as published recipes do."""
    return [
        Step(
            advice=f"Smooth the labels by {USUAL_SMOOTHING:g}",
            change={"loss.label_smoothing": USUAL_SMOOTHING},
            why="the labels then say again which class is the true one",
        )
    ]


def usual_eps(run: Evidence) -> list[Step]:
    """Set eps to the optimizers' default."""
    return [
        Step(
            advice=f"Set eps to {USUAL_EPS:g}",
            change={"optimizer.eps": USUAL_EPS},
            why="steps are then as long as the learning rate says, however small the gradients are",
        )
    ]


def _class_sizes(run: Evidence) -> list[int]:
    return [n for n in run.train_counts.values() if n]


def tame_targets(run: Evidence) -> list[Step]:
    """Check the extremes first; then a loss that they do not rule, and a figure that they do not either."""
    loss = Step(
        advice="Use a loss that a few extremes do not rule",
        change={"loss": "mae"},
        why="the squared error of one target a hundred times too large outweighs ten thousand ordinary ones",
    )
    squared = run.setting("loss.type") in ("auto", "mse")
    return [
        Step(
            advice="Check the largest and smallest targets, and drop or mend those that are wrong",
            why="they set the scale by which targets are normalized, and nearly all of the variance that the "
            "error is measured by; if they are right, train on the logarithm",
        ),
        *([loss] if squared else []),
        Step(
            advice="Compare runs by mae, which dlrecipe evaluate prints", why="it weighs all examples alike"
        ),
    ]


def check_gradients() -> Step:
    """Run the gradient check."""
    return Step(advice="Run dlrecipe gradcheck", why="it tells a wrong gradient from a wrong setting")


def gradients_to_check(run: Evidence) -> list[Step]:
    """Check them, where the run has not found them to be the slope of J already."""
    known = run.slope_difference
    return [] if known is not None and known < RIGHT_SLOPE else [check_gradients()]


def gradients_to_let_through(run: Evidence) -> list[Step]:
    """Check the gradients; where they are known to be right, look for what cuts them off."""
    cut_off = Step(
        advice="Look for dead or saturated units above the layer",
        why="at the first weights the gradient was that of J: something between keeps it from the layer",
    )
    return gradients_to_check(run) or [cut_off]


def normalize(run: Evidence) -> list[Step]:
    """Standardize the inputs."""
    return [
        Step(
            advice="Normalize the inputs",
            change={"normalization": "standard"} if run.config is not None else {},
            why="with all features on one scale J is rounder, and a larger learning rate is safe",
        )
    ]


def normalize_targets(run: Evidence) -> list[Step]:
    """Scale the numbers to predict."""
    return [
        Step(
            advice="Normalize the targets",
            change={"target_normalization": "auto"} if run.config is not None else {},
            why="first weights give outputs of scale 1; targets of another make the first gradients as large",
        )
    ]


def linear_output(run: Evidence) -> list[Step]:
    """Let the output reach any number."""
    return [
        Step(
            advice="Leave the output linear",
            change={"network.output": "auto", "target_normalization": "auto"}
            if run.config is not None
            else {},
            why="a bounded output never reaches the targets beyond its range, however long it trains",
        )
    ]


def check_rows(run: Evidence) -> list[Step]:
    """Look at the data themselves: no setting helps where labels belong to other rows."""
    return [
        Step(
            advice="Check that inputs and labels of train and dev belong together",
            why="what was learned on train holds for hardly any row of dev, which regularizing cannot mend",
        )
    ]


def level_signals(run: Evidence) -> list[Step]:
    """Keep the gradient alive through the layers: initialization, activation, depth."""
    hidden = hidden_of(run)
    steps = [*better_initialization(run), *_calmer(run)]
    if set(activations_of(run)) & {"sigmoid", "tanh"}:
        steps.append(relu(run))
    if hidden is not None and len(hidden) > DEEP and isinstance(run.setting("network.activation"), str):
        change: dict[str, object] = {"network.hidden": hidden[:4]}
        if not isinstance(run.setting("regularization.dropout.keep_prob"), int | float):
            change["regularization.dropout.keep_prob"] = 1.0
        steps.append(
            Step(
                advice=f"Use 4 hidden layers instead of {len(hidden)}",
                change=change,
                why="every layer multiplies the gradient once more",
            )
        )
    return steps or learning_rate(run)


def after_explosion(run: Evidence) -> list[Step]:
    """Initialization, clipping, shorter steps; these before clipping where they are known to be too long."""
    return [*better_initialization(run), *_calmer(run), *clipping(run), *shorter_steps(run)]


def revive_units(run: Evidence) -> list[Step]:
    """Initialization, a ReLU that is nowhere flat, shorter steps; these before it where they are too long."""
    change = {"network.activation": "leaky_relu"} if hidden_of(run) is not None else {}
    leaky = Step(
        advice="Use leaky_relu",
        change=change,
        why="it has a gradient on both sides, so that a unit can come back",
    )
    if calmer := _calmer(run) or (shorter_steps(run) if learning_rate_of(run) is None else []):
        return [*better_initialization(run), *calmer, leaky]
    gentler = [
        replace(step, why="a long step may push a unit's bias far below zero") for step in shorter_steps(run)
    ]
    return [*better_initialization(run), leaky, *gentler]


def after_saturation(run: Evidence) -> list[Step]:
    """Inputs on one scale, then initialization and activation."""
    inputs = normalize(run) if _inputs_are_raw(run) else []
    return [*inputs, *level_signals(run)]


def after_wild_start(run: Evidence) -> list[Step]:
    """Initialize by layer size; where that is done, the inputs are what is too large."""
    return better_initialization(run) or (normalize(run) if _inputs_are_raw(run) else [])


def train_on(run: Evidence) -> list[Step]:
    """Train longer, or in longer steps, if that is what is missing; else leave it to what lowers bias.

    A cost that creeps, a layer narrower than the classes, or a learning rate far off makes more of the same
    epochs a poor first choice.
    """
    if is_bottleneck(run):
        return bigger_network(run)
    if run.status != "stopped_early" and (learning_rate_is_off(run) or not falls_quickly(run)):
        return []
    return [*check_labels(run), *smaller_batches(run), *longer_training(run), *learning_rate(run)]


def _calmer(run: Evidence) -> list[Step]:
    """Return shorter steps where they are too long, which kills and saturates units in any network."""
    rate = learning_rate_of(run)
    too_long = rate is not None and rate > usual_learning_rate(run) and learning_rate_is_off(run)
    return shorter_steps(run) if too_long else []


def _inputs_are_raw(run: Evidence) -> bool:
    return normalization_of(run) in ("none", "center")
