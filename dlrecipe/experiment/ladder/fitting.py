"""The rungs that train a little: one small batch, better than without inputs, and at which learning rates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.examples import Split
from dlrecipe.experiment.ladder.rung import Bench, Rung, Verdict, rows_of
from dlrecipe.rng import stream
from dlrecipe.training.hooks import Watch
from dlrecipe.training.loop import Trainer
from dlrecipe.training.measurement import measure

SMALL, FITTED, SMALL_STEPS = 16, 0.05, 1_000
SEARCHED = 1_000
"""Rows among which the 16 are looked for."""
LEAST_GAIN = 0.1
"""Part of the zeroed network's dev error that the inputs must take away."""
CLEAR = 2.5
"""Standard errors by which it must be lower too: on a hundred rows noise alone takes a tenth away."""
LEAST_GAIN_IN_COST = 0.05
"""The same for J, which moves before the error does where one class is rare."""
ZEROED_STEPS = 300
RATES = tuple(float(f"{10 ** (half / 2):.0e}") for half in range(-12, 3))
"""Learning rates that are tried, two a decade: 1e-6, 3e-6, … 10."""
RATE_STEPS, RATE_ROWS = 60, 256
USEFUL = 0.1
"""Part of the best rate's fall of J from which a rate is of use."""


def fits_small_batch(bench: Bench) -> Rung:
    """The network can learn 16 examples by heart, penalties and dropout off, in 1,000 steps.

    One that cannot has a bug or much too little capacity. One that can at another learning rate alone is
    warned of: many more steps do the same.
    Source: Karpathy 2019, overfit one batch; TheDeepChecker (Ben Braiek and Khomh 2023) for the numbers.
    """
    bare = bench.bare
    small = rows_of(bench.prepared.splits["train"], _some_of_each(bench.prepared.splits["train"], bench))
    own = bench.config.optimizer.learning_rate
    error, steps = _fit(bare, small, own)
    verdict: Verdict = "pass"
    remedy = ""
    if error > FITTED:
        others = (rate for rate in (own * 10, own / 10) if _fit(bare, small, rate)[0] <= FITTED)
        better = next(others, None)
        verdict = "fail" if better is None else "warn"
        remedy = "Set another initialization or a larger network, or mend what keeps it from learning."
        if better is not None:
            remedy = f"Learning rate {better:g} does it; at this one expect to train long."
    return Rung(
        code="fits-small-batch",
        title=f"{small.n_examples} examples can be learned by heart",
        verdict=verdict,
        evidence=f"error {100 * error:.3g}% on {small.n_examples} examples after {steps:,} steps",
        remedy=remedy,
        numbers={"error": error, "steps": steps, "examples": small.n_examples},
    )


def better_than_zeroed(bench: Bench) -> Rung:
    """After a short training dev error is lower than with all inputs 0, and than that of a guess.

    Source: Karpathy 2019, input-independent baseline.
    """
    train, dev = bench.probe("train"), bench.probe("dev")
    with_inputs = _short(bench, train, dev, None)
    zeroed = _short(bench, _zeroed(train), _zeroed(dev), ZEROED_STEPS)
    guess = _error_of_a_guess(train, dev) if bench.is_classification else 1.0
    reference = min(zeroed.error, guess)
    by_chance = CLEAR * np.sqrt(reference * max(1 - reference, 0.0) / dev.n_examples)
    gains = with_inputs.error <= reference - max(LEAST_GAIN * reference, float(by_chance))
    gains_cost = with_inputs.cost <= (1 - LEAST_GAIN_IN_COST) * zeroed.cost
    fine = gains or gains_cost
    guessing = "the commonest class" if bench.is_classification else "the mean"
    return Rung(
        code="better-than-zeroed",
        title="the inputs are of use",
        verdict="pass" if fine else "fail",
        evidence=f"dev error {100 * with_inputs.error:.3g}% after {with_inputs.steps:,} steps on "
        f"{train.n_examples:,} examples; with inputs zeroed {100 * zeroed.error:.3g}%, {guessing} "
        f"{100 * guess:.3g}%",
        remedy=""
        if fine
        else "The learning rate or the initialization keeps the network from learning, or the inputs do not "
        "tell the target: see the rungs above and the data.",
        numbers={
            "error": with_inputs.error,
            "zeroed_error": zeroed.error,
            "guess_error": guess,
            "cost": with_inputs.cost,
            "zeroed_cost": zeroed.cost,
            "steps": with_inputs.steps,
        },
    )


def learning_rate_range(bench: Bench) -> Rung:
    """Which learning rates make J fall, and whether the config's is among them.

    From the same initial weights a few steps are done at each rate, without the schedule. J is measured on
    the same examples before and after.
    Source: Smith 2017 (arXiv:1506.01186), the range test; each rate has a start of its own here.
    """
    train = bench.probe("train")
    n = min(
        bench.batch_size(train.n_examples), RATE_ROWS if bench.config.training.batch_size != "full" else 2_000
    )
    steps = min(RATE_STEPS, bench.steps_allowed(bench.objective(), n, 1 / len(RATES)))
    start = _cost_after(bench, train, n, 0, 1.0)
    own_rate = bench.config.optimizer.learning_rate
    after = {rate: _cost_after(bench, train, n, steps, rate) for rate in RATES}
    own = _cost_after(bench, train, n, steps, own_rate)
    best = min(after, key=after.__getitem__)
    most = start - after[best]
    useful = [rate for rate in RATES if start - after[rate] >= max(USEFUL * most, 1e-12)]
    verdict, remedy = _judged(start - own, most, start, best)
    span = f"{useful[0]:g} to {useful[-1]:g}, most at {best:g}" if useful and most > 0 else "none"
    return Rung(
        code="learning-rate-range",
        title="the learning rate makes J fall",
        verdict=verdict,
        evidence=f"{own_rate:g} takes J from {start:.4g} to {_told(own)} in {steps} steps; rates that make "
        f"it fall: {span}",
        remedy=remedy,
        numbers={
            "start": start,
            "after": own,
            "steps": steps,
            "best": best,
            "useful": [useful[0], useful[-1]] if useful else None,
            "tried": [{"learning_rate": rate, "cost": cost} for rate, cost in after.items()],
        },
    )


def _judged(fall: float, most: float, start: float, best: float) -> tuple[Verdict, str]:
    try_best = f"Try optimizer.learning_rate: {best:g}."
    if most < 0.01 * abs(start):
        return "fail", "No learning rate makes J fall: look at the initialization, the inputs and the data."
    if not np.isfinite(fall) or fall <= 0:
        return "fail", f"Lower it. {try_best}"
    if fall < USEFUL * most:
        return "warn", f"It falls less than a tenth as fast as it could. {try_best}"
    return "pass", ""


@dataclass(frozen=True)
class Short:
    """What a short training came to: the lowest cost on dev, the error there, and all its steps."""

    error: float
    cost: float
    steps: int


def _short(bench: Bench, train: Split, dev: Split, most_steps: int | None) -> Short:
    size = bench.batch_size(train.n_examples)
    steps_an_epoch = -(-train.n_examples // size)
    allowed = bench.steps_allowed(bench.objective(), size)
    if most_steps is not None:
        allowed = min(allowed, most_steps)
    epochs = min(bench.config.training.epochs, max(1, allowed // steps_an_epoch))
    trainer = bench.trainer(train, dev, epochs=epochs, optimizer=bench.steady(), batch_size=size)
    watch = Watch()
    trainer.fit(watch)
    finite = [each for each in watch.records if np.isfinite(each["cost"]["dev"])]
    if not finite:
        return Short(1.0, float("inf"), trainer.state.step)
    best = min(finite, key=lambda each: each["cost"]["dev"])
    return Short(best["error"]["dev"], best["cost"]["dev"], trainer.state.step)


def _fit(bench: Bench, small: Split, rate: float) -> tuple[float, int]:
    """Return the lowest error on a few examples, and the steps that it took."""
    trainer = bench.trainer(
        small, small, epochs=SMALL_STEPS, optimizer=bench.steady(rate), batch_size=small.n_examples
    )
    watch = Watch(lambda state: state.best.error <= FITTED)  # dev is these few examples as well
    trainer.fit(watch)
    errors = [each["error"]["train"] for each in watch.records if np.isfinite(each["error"]["train"])]
    return min(errors, default=1.0), trainer.state.step


def _cost_after(bench: Bench, train: Split, batch_size: int, steps: int, rate: float) -> float:
    """Return J on the examples after so many steps at a rate; infinite where it is no number."""
    trainer = bench.trainer(
        train,
        rows_of(train, slice(0, 2)),
        epochs=max(steps, 1),
        optimizer=bench.steady(rate),
        batch_size=batch_size,
    )
    _do_steps(trainer, steps)
    cost = measure(trainer.objective, train).cost
    return cost if np.isfinite(cost) else float("inf")


def _do_steps(trainer: Trainer, steps: int) -> None:
    watch = Watch(lambda state: state.step >= steps)
    while trainer.state.step < steps and trainer.train_epoch(watch):
        pass


def _some_of_each(train: Split, bench: Bench) -> NDArray[Any]:
    """Return rows of 16 examples with unlike inputs, the classes in turn."""
    order = stream(bench.config.seed, "small batch").permutation(train.n_examples)[:SEARCHED]
    _, first = np.unique(train.X[order], axis=0, return_index=True)
    order = order[np.sort(first)]
    if train.y.ndim == 1:
        y = train.y[order]
        # How many of its class come before each row: sorted by it, every class comes once, then again, …
        rank = np.zeros(len(y), np.intp)
        for label in np.unique(y):
            rank[y == label] = np.arange((y == label).sum())
        order = order[np.argsort(rank, kind="stable")]
    return order[:SMALL]


def _zeroed(split: Split) -> Split:
    return Split(np.zeros_like(split.X), split.y, split.rows)


def _error_of_a_guess(train: Split, dev: Split) -> float:
    commonest = int(np.bincount(train.y).argmax())
    return float(np.mean(dev.y != commonest))


def _told(cost: float) -> str:
    return f"{cost:.4g}" if np.isfinite(cost) else "no number"
