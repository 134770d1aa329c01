"""Splits that are not of one kind: their inputs, or the mix of their targets."""

from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.group_rows import Draws, group_column, one_row_a_group
from dlrecipe.data.checks.statistics import Auc, Difference, auc, chi_square, kolmogorov_smirnov
from dlrecipe.data.checks.tables import THOROUGH, Feature, Numbers, Tables
from dlrecipe.data.checks.wording import listed
from dlrecipe.rng import stream

CHANCE = 1e-4
"""How rare a difference must be in splits of one kind, all columns together."""
LABEL_CHANCE = 1e-3
"""The same for targets, of which there is one column and not many."""
CLEAR_DISTANCE = 0.1
"""Distance of two distributions from which their difference matters; below it is a note."""
CLEAR_AUC = 0.6
Z_95, Z_SURE = 1.96, 3.3
"""Standard errors of the interval that is shown, and of the one that must lie above 0.5 (one in 2,000)."""
FOREST_ROWS, FOREST_NUMBERS = 2_000, 800_000
LEAST_FACTOR, ALIKE_IN_ONE_UNIT = 5.0, 0.2
"""Factor of the sizes of two columns from which it may be that of two units, and the distance up to which the
columns are then alike: metres and kilometres, thousands and ones."""
MOST_COLUMNS, PROJECTIONS = 256, 16
LEAST_ROWS = 20
BY_TIME = (
    "The split is by time, and things have changed since. Keep it: later rows will be of the newer kind, "
    "which a random split would hide. Leave the oldest rows out of train, give the network what stays "
    "comparable (a change or a share instead of a level; no column that only grows, such as a date), and "
    "train again as new rows come in."
)
BY_GROUP = (
    "Keep the groups together, and take those of dev and test from where those of train come from; or, if "
    "dev is what the network is meant for, say so with data.target and keep a train_dev split."
)
NO_CLASSES = "Split at random, or take dev and test from where the network is to be used."


@dataclass(frozen=True)
class Drifted:
    """A column whose values differ between two splits."""

    name: str
    difference: Difference
    how: str


def drift_train_dev(tables: Tables) -> Found | None:
    """Dev has other inputs than train: a small classifier tells rows of the one from rows of the other.

    What is learned on the one kind of data is then judged on another, and the gap between the errors is no
    measure of variance. Each column is compared by itself (Kolmogorov-Smirnov, chi-square), so that chance
    alone speaks up once in 10,000 data sets. `dlrecipe check` also trains a forest of random trees to tell
    the splits apart; its AUC, on rows left out of each tree, is 0.5 where they are of one kind. It is a
    warning from an AUC of 0.6, or a distance of 0.1 in a column. Where rows are split by group, groups are
    compared and not rows, by the means of as many rows of each; it takes 20 groups a split.

    Advice: Split all data at random, or, if dev is what the network is meant for, say so with data.target and
    keep a train_dev split, which tells mismatch from variance. Keep a split by time:
    it shows how the network will do on rows that are still to come.

    Example: train from one hospital, dev from another with newer scanners.

    Source: Lopez-Paz and Oquab 2017 (arXiv:1610.06545), classifier two-sample tests; Ng, course C3W2L04.
    """
    return _drift(tables, "train", "dev")


def drift_dev_test(tables: Tables) -> Found | None:
    """Test has other inputs than dev, so what was chosen on dev was chosen for the wrong data.

    Found as drift-train-dev is, between dev and test.

    Advice: Take dev and test from the same source and split them at random.

    Example: a test set that was collected a year later, on another device.

    Source: Ng, course C2W1L01: dev and test must come from the same distribution; Lopez-Paz and Oquab 2017.
    """
    return _drift(tables, "dev", "test")


def label_drift(tables: Tables) -> Found | None:
    """The mix of targets differs between splits beyond chance.

    A stratified split cannot do this; files of their own, a split by time or by group can. It is a warning
    from a distance of 0.1: so many of 100 rows would have to change class.

    Advice: Split at random and stratified, or weigh the classes as they will come in use.

    Example: half of train is ill, 3% of dev.

    Source: deepchecks, Label Drift, which warns from 0.15; chi-square and Kolmogorov-Smirnov.
    """
    found = []
    for first, second in (("train", "dev"), ("dev", "test")):
        if first not in tables.parts or second not in tables.parts:
            continue
        draws = _draws(tables, first, second)
        if draws is not None:
            difference, how = _targets_differ(draws.tables, first, second)
            if difference.p < LABEL_CHANCE:
                found.append((first, second, difference, how + draws.told))
    if not found:
        return None
    return Found(
        severity="warning" if max(each[2].distance for each in found) >= CLEAR_DISTANCE else "note",
        evidence="; ".join(
            f"{first} and {second} differ by {difference.distance:.3f} (p {difference.p:.0e}): {how}"
            for first, second, difference, how in found
        ),
        numbers={
            f"{first}-{second}": {"distance": each.distance, "p": each.p} for first, second, each, _ in found
        },
        remedy=BY_TIME
        if all(_is_by_time(tables, *pair[:2]) for pair in found)
        else NO_CLASSES
        if tables.task == "regression"
        else "",
    )


def _draws(tables: Tables, first: str, second: str) -> Draws | None:
    """Return two splits by what was drawn into them: rows, or the groups that are kept together.

    None where there are too few groups, or the one split does not say which they are.
    """
    column = group_column(tables, first, second)
    if column is None:
        return Draws(tables, "")
    draws = one_row_a_group(tables, column, first, second)
    return None if draws is None or min(draws.tables.n.values()) < LEAST_ROWS else draws


def _is_by_time(tables: Tables, first: str, second: str) -> bool:
    """Return whether a column that the split goes by never falls from one split to the next."""
    one, other = (tables.parts[name].examples.columns_aside for name in (first, second))
    return any(
        a.kind != "categorical"
        and len(a.values) > 0
        and len(b.values) > 0
        and a.values.max() <= b.values.min()
        for a, b in zip(one, other, strict=False)
    )


def _drift(tables: Tables, first: str, second: str) -> Found | None:
    draws = _draws(tables, first, second)
    if draws is None or min(draws.tables.sample[name].n for name in (first, second)) < LEAST_ROWS:
        return None
    tables = draws.tables
    drifted = _drifted_columns(tables, first, second)
    area = _forest_auc(tables, first, second) if tables.effort.rows >= THOROUGH.rows else None
    told = area is not None and area.low(Z_SURE) > 0.5
    if not drifted and not told:
        return None
    sentences = []
    if area is not None:
        sentences.append(
            f"a classifier tells {first} from {second} with AUC {area.value:.3f} "
            f"(95%: {area.low(Z_95):.3f} to {area.high(Z_95):.3f})"
        )
    if drifted:
        sentences.append("; ".join(each.how for each in drifted[:3]))
    clear = (drifted and drifted[0].difference.distance >= CLEAR_DISTANCE) or (
        told and area is not None and area.value >= CLEAR_AUC
    )
    numbers: dict[str, object] = {"distance": {each.name: each.difference.distance for each in drifted[:10]}}
    if area is not None:
        numbers["auc"] = [area.value, area.low(Z_95), area.high(Z_95)]
    return Found(
        severity="warning" if clear else "note",
        evidence=": ".join(sentences) + draws.told,
        numbers=numbers,
        columns=[each.name for each in drifted],
        remedy=BY_TIME if _is_by_time(tables, first, second) else BY_GROUP if draws.told else "",
    )


def _drifted_columns(tables: Tables, first: str, second: str) -> list[Drifted]:
    """Return the columns that differ beyond chance, the farthest apart first."""
    columns = _compared(tables)
    found = []
    for feature in columns:
        a, b = feature.values[first], feature.values[second]
        if feature.kind == "categorical":
            counts = [_counts(each, len(feature.labels)) for each in (a, b)]
            difference = chi_square(*counts)
        else:
            difference = kolmogorov_smirnov(a, b)
        if difference.p * len(columns) < CHANCE:
            found.append(Drifted(feature.name, difference, _how(feature, first, second)))
    return sorted(found, key=lambda each: -each.difference.distance)


def _compared(tables: Tables) -> tuple[Feature, ...]:
    """Return the columns; of images and very wide data each row's mean and spread, and some projections."""
    if tables.is_table and tables.n_features <= MOST_COLUMNS:
        return tables.features
    flat = {
        name: np.column_stack([feature.values[name] for feature in tables.features])
        if part.examples.matrix is None
        else np.asarray(part.examples.matrix, np.float64).reshape(part.n, -1)
        for name, part in tables.sample.items()
    }
    width = next(iter(flat.values())).shape[1]
    directions = stream(0, "projection").standard_normal((width, PROJECTIONS)) / np.sqrt(width)
    features = [
        Feature("mean of a row", "numeric", {split: X.mean(axis=1) for split, X in flat.items()}),
        Feature("deviation of a row", "numeric", {split: X.std(axis=1) for split, X in flat.items()}),
    ]
    projected = {split: X @ directions for split, X in flat.items()}
    return (
        *features,
        *(
            Feature(f"projection {at + 1}", "numeric", {split: P[:, at] for split, P in projected.items()})
            for at in range(PROJECTIONS)
        ),
    )


def _how(feature: Feature, first: str, second: str) -> str:
    """Say how the values of a column differ: means, the shares missing, or the category that moved most."""
    a, b = feature.values[first], feature.values[second]
    if feature.kind == "categorical":
        shares = [_counts(each, len(feature.labels)) / len(each) for each in (a, b)]
        at = int(np.abs(shares[0] - shares[1]).argmax())
        label = feature.labels[at] if at < len(feature.labels) else "missing"
        return (
            f"'{feature.name}' is {label} in {100 * shares[0][at]:.3g}% of {first} and "
            f"{100 * shares[1][at]:.3g}% of {second}"
        )
    means = [float(np.nanmean(each)) if not np.isnan(each).all() else np.nan for each in (a, b)]
    spreads = [float(np.nanstd(each)) if not np.isnan(each).all() else np.nan for each in (a, b)]
    factor = _other_unit(a, b)
    unit = f", as in another unit (times {_rounded(factor)})" if factor else ""
    return (
        f"'{feature.name}' is {means[0]:.4g} ± {spreads[0]:.3g} in {first} and "
        f"{means[1]:.4g} ± {spreads[1]:.3g} in {second}{unit}"
    )


def _other_unit(a: Numbers, b: Numbers) -> float:
    """Return the factor by which b is a in another unit; 0 where no factor makes them alike."""
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    if len(a) < LEAST_ROWS or len(b) < LEAST_ROWS:
        return 0.0
    sizes = [float(np.median(np.abs(each))) for each in (a, b)]
    if min(sizes) <= 0:
        return 0.0
    factor = sizes[1] / sizes[0]
    if 1 / LEAST_FACTOR < factor < LEAST_FACTOR:
        return 0.0
    return factor if kolmogorov_smirnov(a * factor, b).distance <= ALIKE_IN_ONE_UNIT else 0.0


def _rounded(factor: float) -> str:
    """Write a factor with two digits, or as the power of ten that it nearly is."""
    power = 10.0 ** round(np.log10(factor))
    return f"{power:,g}" if 0.75 < factor / power < 1.33 else f"{float(f'{factor:.2g}'):,g}"


def _counts(values: Numbers, n_labels: int) -> Indices:
    """Return the rows of each category, those with none last."""
    codes = np.where(np.isnan(values), n_labels, np.nan_to_num(values)).astype(np.intp)
    return np.bincount(codes, minlength=n_labels + 1)


def _targets_differ(tables: Tables, first: str, second: str) -> tuple[Difference, str]:
    a, b = tables.parts[first].y, tables.parts[second].y
    if tables.task == "regression":
        difference = kolmogorov_smirnov(a[:, 0].astype(np.float64), b[:, 0].astype(np.float64))
        spread = float(np.concatenate([a, b])[:, 0].std())
        shift = (float(b[:, 0].mean()) - float(a[:, 0].mean())) / max(spread, 1e-12)
        return difference, f"their means lie {abs(shift):.2f} standard deviations apart"
    counts = [np.bincount(each, minlength=len(tables.classes)) for each in (a, b)]
    shares = [each / max(each.sum(), 1) for each in counts]
    moved = np.argsort(-np.abs(shares[0] - shares[1]))[:3].tolist()
    told = [f"{tables.classes[at]} {100 * shares[0][at]:.3g}% and {100 * shares[1][at]:.3g}%" for at in moved]
    return chi_square(*counts), listed(told)


def _forest_auc(tables: Tables, first: str, second: str) -> Auc | None:
    """Return how well a forest tells two splits apart, on the rows that each tree has not seen."""
    from sklearn.ensemble import ExtraTreesClassifier

    most = max(200, min(FOREST_ROWS, FOREST_NUMBERS // max(tables.n_features, 1)))
    n = min(tables.sample[first].n, tables.sample[second].n, most)
    rng = stream(tables.seed, "forest")
    rows = {name: rng.choice(tables.sample[name].n, n, replace=False) for name in (first, second)}
    X = np.column_stack(
        [np.concatenate([feature.values[name][rows[name]] for name in rows]) for feature in tables.features]
    )
    X = np.clip(np.nan_to_num(X, nan=-1e30, posinf=1e30, neginf=-1e30), -1e30, 1e30)
    side = np.repeat([0, 1], n)
    # Thresholds at random: a third of the time of a forest that looks for the best ones, and as sharp here.
    forest = ExtraTreesClassifier(
        n_estimators=100,
        min_samples_leaf=5,
        bootstrap=True,
        oob_score=True,
        random_state=tables.seed % 2**32,
        n_jobs=1,
    )
    with np.errstate(all="ignore"):
        forest.fit(X.astype(np.float32), side)
        scores = np.nan_to_num(forest.oob_decision_function_[:, 1], nan=0.5)
    return auc(scores[n:], scores[:n])


CHECKS = {
    "drift-train-dev": Check(title="Dev has other inputs than train", judge=drift_train_dev, needs=("dev",)),
    "drift-dev-test": Check(
        title="Test has other inputs than dev", judge=drift_dev_test, needs=("dev", "test")
    ),
    "label-drift": Check(
        title="The mix of targets differs between splits", judge=label_drift, needs=("dev",)
    ),
}
