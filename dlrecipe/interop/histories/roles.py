"""Which series is train's and which is dev's, and what they measure, told by their names.

Where names do not tell, the question goes back to the user with the names that there are.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dlrecipe.errors import InputError

Quantity: TypeAlias = Literal["accuracy", "error", "r2", "loss"]
Key: TypeAlias = frozenset[str]

SPLIT_WORDS = {
    "train": {"train", "training", "tr"},
    "dev": {"val", "valid", "validation", "dev", "eval", "evaluation", "holdout"},
    "test": {"test", "testing"},
}
ACCURACY = {"acc", "accuracy"}
ERROR = {"error", "err", "merror"}
R2 = {"r2", "r2score"}
LOSS = {"loss", "logloss", "mlogloss", "nll", "crossentropy", "entropy", "cost", "mse", "rmse", "mae", "l1",
        "l2", "deviance", "squared", "absolute"}  # fmt: skip
NO_FIGURE = {"lr", "learning", "grad", "gradient", "norm", "runtime", "samples", "second", "seconds", "time",
             "best", "timestamp", "balanced", "top", "top5"}  # fmt: skip
"""Words of what is no error of a split, or another one than the plain."""
EMPTY_WORDS = {"epoch", "step", "on", "mean", "avg", "score"}
"""Words that make no other figure of a figure."""
BY_BATCH = "_step"
"""How the name ends that Lightning gives the figure of a batch, beside that of the epoch."""
QUANTITIES: tuple[Quantity, ...] = ("accuracy", "error", "r2")
"""In the order of preference; the loss is judged beside them."""


@dataclass(frozen=True)
class Named:
    """A series by its name: the split it belongs to (None where it does not say), and what it measures.

    `key` holds the other words, by which train's and dev's are matched.
    """

    name: str
    split: str | None
    quantity: Quantity | None
    key: Key


@dataclass(frozen=True)
class Roles:
    """The names of the series of each split that measure the same; `loss` those of the loss beside them."""

    quantity: Quantity
    by_split: Mapping[str, str]
    loss: Mapping[str, str]


def named(name: str) -> Named:
    """Return what a name says."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    words = [word for word in re.split(r"[^a-z0-9]+", spaced) if word]
    split = next((each for each, known in SPLIT_WORDS.items() if known & set(words)), None)
    rest = frozenset(
        word
        for word in words
        if split is None or word not in SPLIT_WORDS[split]
        if word not in EMPTY_WORDS and not word.isdecimal()
    )
    return Named(name, split, _quantity(rest), rest)


def find_roles(names: Iterable[str], train: str | None = None, dev: str | None = None) -> Roles:
    """Return which series are train's and dev's.

    Args:
        train, dev: the series that the user has named.
    Raises:
        InputError: a name is none of them, or the names do not tell; with all names.
    """
    known = {name: named(name) for name in names}
    for option, chosen in (("--train-column", train), ("--dev-column", dev)):
        if chosen is not None and chosen not in known:
            raise InputError(f"there is no column {chosen!r}", where=option, remedy=_listed(known))
    if train is not None and train == dev:
        raise InputError(f"{train!r} is named for both", where="--dev-column", remedy=_listed(known))
    if train is not None or dev is not None:
        return _chosen(known, train, dev)
    listed, known = _listed(known), _without_batches(known)
    loss = _losses(known)
    for quantity in QUANTITIES:
        found = _pair(known, quantity)
        if found:
            return Roles(quantity, found, loss)
    only_dev = [quantity for quantity in QUANTITIES if _of(known, "dev", quantity)]
    if loss and only_dev:
        (single, *more) = _of(known, "dev", only_dev[0])
        if not more:
            return Roles(only_dev[0], {"dev": single.name}, loss)
    if len(loss) > 1:
        return Roles("loss", {}, loss)
    raise InputError(_unclear(known), remedy=listed)


def _unclear(known: Mapping[str, Named]) -> str:
    """Return why the names do not tell: one of the two splits is not there, or several may be meant."""
    figures = [each for each in known.values() if each.quantity is not None]
    splits, quantities = {each.split for each in figures}, [each.quantity for each in figures]
    if figures and len(set(quantities)) == len(quantities):
        if splits == {"dev"}:
            return "it holds figures of dev alone, and none of train"
        if splits <= {None, "train"}:
            return "it holds figures of train alone, and none of dev"
    return "it is not clear which columns are train's and dev's"


def _without_batches(known: Mapping[str, Named]) -> dict[str, Named]:
    """Leave out Lightning's `train_loss_step` where there is a `train_loss_epoch`."""

    def of_epochs(each: Named) -> tuple[str | None, Quantity | None, Key]:
        return each.split, each.quantity, each.key

    by_epoch = {of_epochs(each) for name, each in known.items() if not name.endswith(BY_BATCH)}
    return {
        name: each
        for name, each in known.items()
        if not name.endswith(BY_BATCH) or of_epochs(each) not in by_epoch
    }


def _quantity(words: Key) -> Quantity | None:
    if words & NO_FIGURE:
        return None
    if words & R2:
        return "r2"
    if words & ACCURACY:
        return "accuracy"
    if words & LOSS:
        return "loss"
    return "error" if words & ERROR else None


def _pair(known: Mapping[str, Named], quantity: Quantity) -> dict[str, str]:
    """Return the series of train, dev and, where there is one, test that measure the same; or nothing.

    A series without a split is train's where dev has one of the same key. Of several pairs the one whose key
    is the shortest is the plain figure, unless two are.
    """
    dev = {each.key: each for each in _of(known, "dev", quantity)}
    train = {each.key: each for each in _of(known, None, quantity)}
    train |= {each.key: each for each in _of(known, "train", quantity)}
    test = {each.key: each for each in _of(known, "test", quantity)}
    for split, series in (("dev", dev), ("train", train)):
        # Two series of one key, as of several folders: nothing says which is meant.
        if len(series) < len({each.name for each in _of(known, split, quantity)}):
            return {}
    keys = sorted((key for key in dev if key in train), key=len)
    if not keys or (len(keys) > 1 and len(keys[0]) == len(keys[1])):
        return {}
    pair = {"train": train[keys[0]].name, "dev": dev[keys[0]].name}
    return pair | ({"test": test[keys[0]].name} if keys[0] in test else {})


def _losses(known: Mapping[str, Named]) -> dict[str, str]:
    """Return the losses of train and dev, or the only one of train alone."""
    pair = _pair(known, "loss")
    train = _of(known, "train", "loss")
    return pair or ({"train": train[0].name} if len(train) == 1 else {})


def _of(known: Mapping[str, Named], split: str | None, quantity: Quantity) -> list[Named]:
    return [each for each in known.values() if each.split == split and each.quantity == quantity]


def _chosen(known: Mapping[str, Named], train: str | None, dev: str | None) -> Roles:
    """Return the roles of the named series; the other one of a pair may be left to its name."""
    told = known[dev if dev is not None else train or ""]
    quantity = told.quantity or (known[train].quantity if train is not None else None)
    if quantity is None:
        raise InputError(
            f"the name {told.name!r} does not say what it measures",
            remedy="Rename it, so that it says accuracy, error, r2 or loss.",
        )
    by_split = {}
    for split, name in (("train", train), ("dev", dev)):
        if name is None:
            matching = [each.name for each in _of(known, split, quantity) if each.key == told.key]
            if split == "train" and not matching:
                matching = [each.name for each in _of(known, None, quantity) if each.key == told.key]
            name = matching[0] if len(matching) == 1 else None
        if name is not None:
            by_split[split] = name
    if quantity == "loss":
        return Roles("loss", {}, by_split)
    return Roles(quantity, by_split, _losses(known))


def _listed(known: Mapping[str, Named]) -> str:
    names = sorted(name[:80] for name in known)
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return f"Name them with --train-column and --dev-column. There are: {', '.join(names[:40])}{more}"
