"""Columns that carry nothing, or nothing that holds for new rows: identifiers, constants, what is missing."""

import numpy as np

from dlrecipe.data.checks.check import Check, Found, Severity
from dlrecipe.data.checks.power import pooled_target, skill_of
from dlrecipe.data.checks.row_marks import LEAST_ROWS, names_rows
from dlrecipe.data.checks.tables import Feature, Numbers, Tables
from dlrecipe.data.checks.wording import counted, listed, named, percent

ID_SKILL = 0.8
"""Skill from which an identifier tells the class: the rows are sorted by it."""
NEARLY_CONSTANT = 0.999
MOSTLY_MISSING = 0.5
UNLIKE_MISSING = 0.1
"""Difference of the missing shares of two splits that is worth a word."""
SENTINELS = (-9999.0, -999.0, -99.0, -9.0, -1.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0)
LARGEST_BELOW_ZERO = -99.0
"""A value up to which one below 0 is out of place in a column that has no other below 0."""
SENTINEL_SHARE, SENTINEL_GAP = 0.01, 3.0
"""Part of the rows with the value, and its distance from the nearest other one in interquartile ranges."""


def identifier(tables: Tables) -> Found | None:
    """A column names the rows: it has another value in each of them.

    It can say nothing of a row that comes later, and a network may learn the rows by it. Found are whole
    numbers that are all different and rise or fall along the file, fill their range, or are called an id; and
    categories that hardly ever repeat. Where such a column tells the class, the file is sorted by class, and
    the split is no test of anything: that is an error.

    Advice: Leave the column out: data.source.drop.

    Example: `row` from 1 to 150 beside the irises, which lie in the file species by species.

    Source: deepchecks, Identifier Label Correlation; Kaufman et al. 2012.
    """
    found = [feature for feature in tables.features if names_rows(feature, tables)]
    if not found or tables.sample["train"].n < LEAST_ROWS or len(found) == tables.n_features:
        return None
    names = [feature.name for feature in found]
    evidence = (
        f"{named(names)} {'have' if len(names) > 1 else 'has'} another value in nearly each of "
        f"{tables.sample['train'].n:,} train rows"
    )
    severity: Severity = "warning"
    numbers = {}
    if "dev" in tables.parts and tables.task == "classification":
        target = pooled_target(tables)
        skills = {feature.name: skill_of(feature, target, tables).value for feature in found}
        telling = [name for name, value in skills.items() if value >= ID_SKILL]
        numbers = {"skill": skills}
        if telling:
            severity = "error"
            evidence += (
                f", and {named(telling)} alone tells the class of unseen rows (skill "
                f"{listed([f'{skills[name]:.3f}' for name in telling])}): the rows are sorted by class"
            )
    return Found(
        severity=severity,
        evidence=evidence,
        numbers=numbers,
        columns=names,
        remedy=f"Leave it out: data.source.drop: [{', '.join(names)}]",
    )


def constant_columns(tables: Tables) -> Found | None:
    """Inputs have one value in every training row, or in all but one of a thousand.

    They cost weights and say nothing; a value that comes up only later was never learned from. Pixels at the
    edge of an image are of this kind, and do no harm.

    Advice: Leave them out (data.source.drop) if they are columns; let pixels be.

    Example: 67 of the 784 pixels of MNIST are 0 in each of the 60,000 training images.

    Source: deepchecks, Is Single Value.
    """
    constant, nearly = [], []
    for feature in tables.features:
        values = feature.train[~np.isnan(feature.train)]
        if len(values) == 0 or (values == values[0]).all():
            constant.append(feature.name)
        elif tables.is_table and _commonest_share(values) >= NEARLY_CONSTANT:
            nearly.append(feature.name)
    if not constant and not nearly:
        return None
    n = tables.sample["train"].n
    sentences = []
    if constant:
        noun = counted(len(constant), "input")
        sentences.append(
            f"{noun} of {tables.n_features} never change in {n:,} train rows: {listed(constant)}"
        )
    if nearly:
        sentences.append(f"{counted(len(nearly), 'input')} hardly ever change: {listed(nearly)}")
    return Found(
        severity="note",
        evidence="; ".join(sentences),
        numbers={"constant": len(constant), "nearly_constant": len(nearly)},
        columns=constant + nearly,
    )


def missing_values(tables: Tables) -> Found | None:
    """Values are missing in a way that matters: mostly, in one split more than another, or by the class.

    Missing values are filled with train's median, and a column says where they were. If that they are missing
    tells the target (skill 0.5 or more), ask why: the value may be taken only after the answer is known. If
    one split lacks more than another, it was collected another way.

    Advice: Find out why they are missing; leave the column out where that depends on the answer.

    Example: `date_of_discharge`, empty for whoever is still ill.

    Source: Kaufman et al. 2012; van Buuren 2018, Flexible Imputation of Missing Data, section 1.2.
    """
    sentences, columns = [], []
    severity: Severity = "note"
    target = pooled_target(tables) if "dev" in tables.parts else None
    for feature in tables.features:
        gone = {name: np.isnan(values) for name, values in feature.values.items()}
        shares = {name: float(each.mean()) for name, each in gone.items() if len(each)}
        if max(shares.values(), default=0.0) == 0:
            continue
        said = []
        if shares["train"] >= MOSTLY_MISSING:
            said.append(f"is missing in {percent(shares['train'])} of train")
        other = _split_that_lacks_more(shares, {name: len(each) for name, each in gone.items()})
        if other:
            said.append(
                f"is missing in {percent(shares['train'])} of train and {percent(shares[other])} of {other}"
            )
            severity = "warning"
        if target is not None and 0.01 < shares["train"] < 0.99:
            marks = Feature(feature.name, "boolean", {k: v.astype(np.float64) for k, v in gone.items()})
            power = skill_of(marks, target, tables)
            if power.value >= 0.5:
                said.append(f"tells the target by being missing (skill {power.value:.3f})")
                severity = "warning"
        if said:
            sentences.append(f"'{feature.name}' {', and '.join(said)}")
            columns.append(feature.name)
    if not sentences:
        return None
    return Found(severity=severity, evidence=listed(sentences).replace(", '", "; '"), columns=columns)


def sentinel_values(tables: Tables) -> Found | None:
    """A column of numbers holds -999, 9999 or the like where a value is missing.

    Read as numbers they shift the mean and stretch the deviation, and all other values look alike. Found is
    such a value that is the smallest or largest, in 1% of the rows or more, three interquartile ranges away
    from all others, or the only one below 0.

    Advice: Name it as missing: data.source.missing: ["", NA, "-999"].

    Example: temperatures from -20 to 35, and -999 in 4% of the rows.

    Source: van Buuren 2018, Flexible Imputation of Missing Data, section 1.2.
    """
    found = {feature.name: value for feature in tables.features if (value := _sentinel(feature)) is not None}
    if not found:
        return None
    listing = listed([f"'{name}' {value:g}" for name, value in found.items()])
    return Found(
        severity="warning",
        evidence=f"a value far from all others stands in many rows of {listing}",
        numbers={"values": found},
        columns=list(found),
        remedy="If it means missing, say so: data.source.missing: "
        f'["", NA, {", ".join(dict.fromkeys(f"{value:g}" for value in found.values()))}]',
    )


def _commonest_share(values: Numbers) -> float:
    ordered = np.sort(values)
    # A value that fills more than half of the rows fills the middle one.
    middle = ordered[len(ordered) // 2]
    return float((ordered == middle).mean())


def _split_that_lacks_more(shares: dict[str, float], n: dict[str, int]) -> str:
    """Return the split whose missing share differs most from train's, if beyond chance; else ''."""
    worst, most = "", UNLIKE_MISSING
    for name, share in shares.items():
        pooled = (share * n[name] + shares["train"] * n["train"]) / (n[name] + n["train"])
        spread = np.sqrt(pooled * (1 - pooled) * (1 / n[name] + 1 / n["train"]))
        difference = abs(share - shares["train"])
        if name != "train" and difference > max(most, 5 * spread):
            worst, most = name, difference
    return worst


def _sentinel(feature: Feature) -> float | None:
    values = feature.train[~np.isnan(feature.train)]
    if feature.kind != "numeric" or len(values) < LEAST_ROWS:
        return None
    for value in (float(values.min()), float(values.max())):
        others = values[values != value]
        if value not in SENTINELS or not 0.5 <= len(others) / len(values) <= 1 - SENTINEL_SHARE:
            continue
        low, high = np.quantile(others, [0.25, 0.75])
        far = high > low and float(np.abs(others - value).min()) > SENTINEL_GAP * (high - low)
        if far or (value <= LARGEST_BELOW_ZERO and float(others.min()) >= 0):
            return value
    return None


CHECKS = {
    "identifier": Check(title="A column names the rows", judge=identifier, needs=("table",)),
    "constant-columns": Check(title="Inputs that never change", judge=constant_columns),
    "missing-values": Check(title="Missing values that matter", judge=missing_values, needs=("table",)),
    "sentinel-values": Check(title="Numbers that stand for missing", judge=sentinel_values, needs=("table",)),
}
