"""What mends training that went wrong, one function a finding, worked out for the run's config.

Each returns steps, best first; in general words where no config is known.
"""

from dlrecipe.diagnosis.bias_levers import learning_rate, longer_training
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.settings import (
    FAR_OFF,
    hidden_of,
    initialization_is_suited,
    initialization_is_wild,
    learning_rate_is_far_off,
    learning_rate_of,
    rounded,
    suited_initialization,
    usual_learning_rate,
)
from dlrecipe.diagnosis.step import Step

DEEP = 8
"""Hidden layers from which depth itself may be what stops plain dense networks."""


def after_divergence(run: Evidence) -> list[Step]:
    """A wild initialization first, since no learning rate suits it; then shorter steps; then clipping."""
    first = better_initialization(run) if initialization_is_wild(run) else []
    return [*first, *shorter_steps(run), *clipping(run)]


def better_initialization(run: Evidence) -> list[Step]:
    """Initialize by layer size, where that is not done yet."""
    if initialization_is_suited(run):
        return []
    kind = suited_initialization(run)
    return [
        Step(
            advice=f"Initialize with {kind}",
            change={"initialization": kind},
            why="weights drawn by layer size keep the signals level from layer to layer",
        )
    ]


def shorter_steps(run: Evidence) -> list[Step]:
    """Divide the learning rate by ten, or bring it down to its usual value if that is lower still."""
    rate = learning_rate_of(run)
    why = "steps that overshoot make J grow instead of fall"
    if rate is None:
        return [Step(advice="Lower the learning rate tenfold", why=why)]
    usual = usual_learning_rate(run)
    new = rounded(min(rate / 10, usual) if rate > usual else rate / 10)
    return [
        Step(
            advice=f"Lower the learning rate to {new:g}",
            change={"optimizer.learning_rate": new},
            why=why,
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
    """Bring the learning rate to its usual value; at that value, try ten times more and ten times less."""
    rate, usual = learning_rate_of(run), usual_learning_rate(run)
    steps = better_initialization(run)
    if rate is None:
        return [
            *steps,
            Step(advice="Change the learning rate by factors of ten", why="the cost stands still"),
        ]
    if learning_rate_is_far_off(run):
        return [*steps, *learning_rate(run), check_gradients()]
    # A tenth more than usual is still worth a try; a hundredfold would only diverge.
    higher, lower = rounded(min(10 * rate, FAR_OFF * usual)), rounded(rate / 10)
    return [
        *steps,
        Step(
            advice=f"Raise the learning rate to {higher:g}",
            change={"optimizer.learning_rate": higher},
            why="the cost stands still: the steps may be too short",
        ),
        Step(
            advice=f"Lower the learning rate to {lower:g}",
            change={"optimizer.learning_rate": lower},
            why="the cost stands still: each step may undo the last",
        ),
        check_gradients(),
    ]


def learned_nothing(run: Evidence) -> list[Step]:
    """Inputs first, then the learning rate, then the data itself."""
    return [
        *(normalize(run) if run.setting("normalization") in ("none", "center") else []),
        *unmoved(run),
        Step(
            advice="Check that inputs and labels belong together",
            why="if the rows were shuffled apart, or the inputs say nothing of the target, no setting helps",
        ),
    ]


def check_gradients() -> Step:
    """Run the gradient check."""
    return Step(advice="Run dlrecipe gradcheck", why="it tells a wrong gradient from a wrong setting")


def normalize(run: Evidence) -> list[Step]:
    """Standardize the inputs."""
    return [
        Step(
            advice="Normalize the inputs",
            change={"normalization": "standard"} if run.config is not None else {},
            why="with all features on one scale J is rounder, and a larger learning rate is safe",
        )
    ]


def level_signals(run: Evidence) -> list[Step]:
    """Keep the gradient alive through the layers: initialization, activation, depth."""
    hidden = hidden_of(run)
    activation = run.setting("network.activation")
    # A list of layers has its activations in the layers.
    names = {activation} if isinstance(activation, str) else set(activation or ())
    steps = better_initialization(run)
    if names & {"sigmoid", "tanh"}:
        steps.append(
            Step(
                advice="Use ReLU with he initialization",
                change={"network.activation": "relu", "initialization": "he"},
                why="the slope of ReLU is 1 where it is active; that of sigmoid is 0.25 at best",
            )
        )
    if hidden is not None and len(hidden) > DEEP and isinstance(activation, str):
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
    """Initialization, clipping, shorter steps."""
    return [*better_initialization(run), *clipping(run), *shorter_steps(run)]


def revive_units(run: Evidence) -> list[Step]:
    """Initialization, shorter steps, and a ReLU that is nowhere flat."""
    change = {"network.activation": "leaky_relu"} if hidden_of(run) is not None else {}
    return [
        *better_initialization(run),
        *shorter_steps(run),
        Step(
            advice="Use leaky_relu",
            change=change,
            why="it has a gradient on both sides, so that a unit can come back",
        ),
    ]


def after_saturation(run: Evidence) -> list[Step]:
    """Inputs on one scale, then initialization and activation."""
    inputs = normalize(run) if run.setting("normalization") in ("none", "center") else []
    return [*inputs, *level_signals(run)]


def train_on(run: Evidence) -> list[Step]:
    """Train longer, or in longer steps."""
    return [*longer_training(run), *learning_rate(run)]
