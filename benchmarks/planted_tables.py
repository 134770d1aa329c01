"""Tables with something wrong planted in them, made from real ones, and the same tables left as they are.

Each plant takes the columns of a clean table and returns others; what it plants is the code that the checks
should find. Nothing here knows how the checks work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.common import DATA

Column = NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by name, "" where a value is not known, and which of them is the target.

    `split` (n,) of 0, 1, 2 puts rows into files of their own: train, dev, test.
    """

    columns: Mapping[str, Column]
    target: str
    task: str
    split: NDArray[np.intp] | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.columns[self.target])

    @property
    def y(self) -> Column:
        """The target."""
        return self.columns[self.target]

    def with_columns(self, **columns: Column) -> "Table":
        """Return the table with columns put before the others."""
        return replace(self, columns={**columns, **self.columns})

    def take(self, rows: NDArray[np.intp]) -> "Table":
        """Return these rows."""
        split = None if self.split is None else self.split[rows]
        return replace(self, columns={k: v[rows] for k, v in self.columns.items()}, split=split)

    def set(self, name: str, values: Column) -> "Table":
        """Return the table with other values in a column."""
        return replace(self, columns={**self.columns, name: values})

    def write(self, folder: Path) -> str:
        """Write CSV files and return the `data` section of a config."""
        if self.split is None:
            _write(self.columns, folder / "rows.csv")
            return f"  source: {{type: table, path: {folder}/rows.csv, target: {self.target}}}\n"
        lines = []
        for at, name in enumerate(("train", "dev", "test")):
            rows = np.flatnonzero(self.split == at)
            _write({k: v[rows] for k, v in self.columns.items()}, folder / f"{name}.csv")
            lines.append(f"  {name}: {{type: table, path: {folder}/{name}.csv, target: {self.target}}}\n")
        return "".join(lines)


def _write(columns: Mapping[str, Column], path: Path) -> None:
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


# The clean tables


def bundled(name: str) -> Table:
    from sklearn import datasets

    loaded = getattr(datasets, f"load_{name}")()
    names = [str(each).replace(" ", "_").replace("(", "").replace(")", "") for each in loaded.feature_names]
    columns = {each: loaded.data[:, at].astype(float) for at, each in enumerate(names)}
    if name == "diabetes":
        return Table({**columns, "target": loaded.target}, "target", "regression")
    labels = np.array([f"c_{label}" for label in loaded.target_names])[loaded.target]
    return Table({**columns, "label": labels}, "label", "classification")


def adult(n: int = 6_000) -> Table:
    words = "age workclass fnlwgt education education_num marital_status occupation relationship race sex"
    names = [*words.split(), "capital_gain", "capital_loss", "hours_per_week", "native_country", "income"]
    cells = [line.split(", ") for line in (DATA / "adult" / "adult.data").read_text().splitlines() if line]
    columns = {name: np.array([row[at] for row in cells[:n]]) for at, name in enumerate(names)}
    return Table(columns, "income", "classification")


def housing(n: int = 6_000) -> Table:
    lines = (DATA / "california-housing" / "housing.csv").read_text().splitlines()
    names, cells = lines[0].split(","), [line.split(",") for line in lines[1:]]
    rows = np.random.default_rng(0).permutation(len(cells))[:n]
    columns = {name: np.array([cells[row][at] for row in rows]) for at, name in enumerate(names)}
    price = columns["median_house_value"].astype(float)
    return Table({**columns, "median_house_value": price}, "median_house_value", "regression")


CLEAN: dict[str, Callable[[], Table]] = {
    "iris": lambda: bundled("iris"),
    "wine": lambda: bundled("wine"),
    "breast_cancer": lambda: bundled("breast_cancer"),
    "digits": lambda: bundled("digits"),
    "diabetes": lambda: bundled("diabetes"),
    "adult": adult,
    "housing": housing,
}


# The plants


def numeric_names(table: Table) -> list[str]:
    """Columns of more than ten different numbers."""
    names = []
    for name, values in table.columns.items():
        try:
            many = len(np.unique(values.astype(float))) > 10
        except ValueError:
            continue
        if many and name != table.target:
            names.append(name)
    return names


def codes(table: Table) -> NDArray[np.float64]:
    """The target as numbers of deviation about 1."""
    if table.task == "regression":
        y = table.y.astype(float)
        return (y - y.mean()) / y.std()
    return np.unique(table.y, return_inverse=True)[1].astype(float)


def target_copy(table: Table, rng: Generator) -> Table:
    return table.with_columns(outcome_code=10 + 3 * codes(table))


def target_text(table: Table, rng: Generator) -> Table:
    return table.with_columns(status=np.array([f"s{code:.0f}" for code in codes(table)]))


def target_noise(table: Table, rng: Generator) -> Table:
    return table.with_columns(score=codes(table) + 0.1 * rng.normal(size=table.n))


def target_log(table: Table, rng: Generator) -> Table:
    return table.with_columns(log_target=np.log(table.y.astype(float) + 1))


def target_95(table: Table, rng: Generator) -> Table:
    """A column that is right about the outcome in 96 of 100 rows, as one filled in by hand afterwards."""
    codes_ = codes(table).astype(int)
    others = rng.integers(0, codes_.max() + 1, table.n)
    return table.with_columns(followup=np.where(rng.random(table.n) < 0.96, codes_, others))


def post_outcome(table: Table, rng: Generator) -> Table:
    """Days in treatment: known for one class alone."""
    days = rng.integers(1, 60, table.n).astype(str)
    return table.with_columns(days_treated=np.where(codes(table) == 1, days, ""))


def next_row(table: Table, rng: Generator) -> Table:
    shuffled = table.take(rng.permutation(table.n))
    return shuffled.with_columns(next_value=np.roll(shuffled.y, -1))


def parts_of_the_target(table: Table, rng: Generator) -> Table:
    y = table.y.astype(float)
    part = np.round(y * rng.uniform(0.2, 0.8, table.n), 3)
    return table.with_columns(part_one=part, part_two=np.round(y - part, 6))


def sorted_id(table: Table, rng: Generator) -> Table:
    ordered = table.take(np.argsort(table.y, kind="stable"))
    return ordered.with_columns(row=np.arange(1, table.n + 1))


def plain_id(table: Table, rng: Generator) -> Table:
    return table.take(rng.permutation(table.n)).with_columns(record=np.arange(1000, 1000 + table.n))


def random_id(table: Table, rng: Generator) -> Table:
    return table.with_columns(customer_id=rng.choice(10**7, table.n, replace=False))


def appended(table: Table, rng: Generator) -> Table:
    rows = np.concatenate([np.arange(table.n), rng.choice(table.n, table.n // 10, replace=False)])
    return table.take(rng.permutation(rows))


def renumbered(table: Table, rng: Generator) -> Table:
    """A tenth of the rows again, each with a number of its own."""
    table = appended(table, rng)
    return table.with_columns(record_no=rng.choice(10**7, table.n, replace=False))


def paid_back(table: Table, rng: Generator) -> Table:
    """An amount above 0 for 60% of one class, and for nobody else."""
    paid = (codes(table) == 1) & (rng.random(table.n) < 0.6)
    return table.with_columns(refund=np.where(paid, np.round(rng.gamma(2, 20, table.n), 2) + 0.01, 0.0))


def jittered(share: float, noise: float) -> Callable[[Table, Generator], Table]:
    def plant(table: Table, rng: Generator) -> Table:
        again = table.take(rng.choice(table.n, int(share * table.n), replace=False))
        for name in numeric_names(table):
            values = table.columns[name].astype(float)
            moved = again.columns[name].astype(float) + noise * values.std() * rng.normal(size=again.n)
            again = again.set(name, moved)
        columns = {k: np.concatenate([v.astype(object), again.columns[k]]) for k, v in table.columns.items()}
        joined = replace(table, columns=columns)
        return joined.take(rng.permutation(joined.n))

    return plant


def patients(name: str, size: int, *, numbered: bool) -> Callable[[Table, Generator], Table]:
    """Each patient has some visits: the inputs move a little, the outcome stays."""

    def plant(table: Table, rng: Generator) -> Table:
        people = table.take(rng.permutation(table.n)[: max(30, table.n // size)])
        visits = people.take(np.repeat(np.arange(people.n), size))
        for column in numeric_names(table):
            values = table.columns[column].astype(float)
            moved = visits.columns[column].astype(float) + 0.3 * values.std() * rng.normal(size=visits.n)
            visits = visits.set(column, np.round(moved, 4))
        numbers = np.repeat(rng.permutation(people.n), size)
        ids = 5000 + numbers if numbered else np.array([f"P{number:05d}" for number in numbers])
        return visits.with_columns(**{name: ids}).take(rng.permutation(visits.n))

    return plant


def in_files(table: Table, rng: Generator) -> Table:
    return replace(table, split=rng.choice(3, table.n, p=[0.6, 0.2, 0.2]))


def shifted(at: int, by: float) -> Callable[[Table, Generator], Table]:
    """Dev (1) or test (2) measured with another device: some columns moved by so many deviations."""

    def plant(table: Table, rng: Generator) -> Table:
        table = in_files(table, rng)
        for name in numeric_names(table)[:3]:
            values = table.columns[name].astype(float)
            table = table.set(name, np.where(table.split == at, values + by * values.std(), values))
        return table

    return plant


def selected(table: Table, rng: Generator) -> Table:
    """Test has the rows with large values of a column alone, as a later year would."""
    values = table.columns[numeric_names(table)[0]].astype(float)
    large = np.argsort(values)[-table.n // 5 :]
    split = rng.choice(2, table.n, p=[0.75, 0.25])
    split[large] = 2
    return replace(table, split=split)


def other_mix(table: Table, rng: Generator) -> Table:
    table = in_files(table, rng)
    kept = (table.split != 1) | (codes(table) != 0) | (rng.random(table.n) < 0.3)
    return table.take(np.flatnonzero(kept))


def flipped(share: float) -> Callable[[Table, Generator], Table]:
    def plant(table: Table, rng: Generator) -> Table:
        classes = np.unique(table.y)
        turned = (np.searchsorted(classes, table.y) + rng.integers(1, len(classes), table.n)) % len(classes)
        return table.set(table.target, np.where(rng.random(table.n) < share, classes[turned], table.y))

    return plant


def labelled_twice(table: Table, rng: Generator) -> Table:
    again = table.take(rng.choice(table.n, table.n // 8, replace=False))
    again = flipped(0.5)(again, rng)
    columns = {k: np.concatenate([v, again.columns[k]]) for k, v in table.columns.items()}
    joined = replace(table, columns=columns)
    return joined.take(rng.permutation(joined.n))


def sentinel(table: Table, rng: Generator) -> Table:
    name = numeric_names(table)[1]
    values = table.columns[name].astype(float)
    return table.set(name, np.where(rng.random(table.n) < 0.06, -9999.0, values))


def constant(table: Table, rng: Generator) -> Table:
    return table.with_columns(version=np.full(table.n, 3))


def rare_class(table: Table, rng: Generator) -> Table:
    first = np.flatnonzero(codes(table) == 0)
    kept = np.concatenate([rng.choice(first, 9, replace=False), np.flatnonzero(codes(table) != 0)])
    return table.take(rng.permutation(kept))


@dataclass(frozen=True)
class Plant:
    """What is planted, the codes of which one should be found, and the tables it can be planted in."""

    plant: Callable[[Table, Generator], Table]
    codes: tuple[str, ...]
    tables: tuple[str, ...]


CLASSES = ("iris", "wine", "breast_cancer", "adult")
MEASURED = ("breast_cancer", "digits", "diabetes", "housing")
ANY = ("wine", "breast_cancer", "diabetes", "adult", "housing")
NUMBERS = ("diabetes", "housing")

PLANTS: dict[str, Plant] = {
    "the target under another code": Plant(target_copy, ("target-copied",), (*CLASSES, *NUMBERS)),
    "the target as text": Plant(target_text, ("target-copied",), CLASSES),
    "the target plus noise": Plant(target_noise, ("target-leak",), ("wine", "adult", *NUMBERS)),
    "the logarithm of the target": Plant(target_log, ("target-copied",), NUMBERS),
    "a column right in 96%": Plant(target_95, ("target-leak",), ("adult",)),
    "a column known for one class alone": Plant(
        post_outcome, ("missing-values", "target-leak"), ("breast_cancer", "adult")
    ),
    "the next row's target": Plant(next_row, ("target-shifted",), (*CLASSES, *NUMBERS)),
    "two parts of the target": Plant(parts_of_the_target, ("target-combination",), NUMBERS),
    "a row number, sorted by class": Plant(sorted_id, ("identifier",), CLASSES),
    "a row number": Plant(plain_id, ("identifier",), ANY),
    "a random unique number": Plant(random_id, ("identifier",), ANY),
    "a tenth of the rows again": Plant(appended, ("duplicate-rows",), ANY),
    "a tenth again under new numbers": Plant(renumbered, ("renumbered-rows",), ANY),
    "an amount that one class alone has": Plant(
        paid_back, ("telltale-column", "target-leak"), ("breast_cancer", "adult")
    ),
    "the same with noise of 1%": Plant(jittered(0.1, 0.01), ("near-duplicates",), MEASURED),
    "the same with noise of 0.01%": Plant(jittered(0.1, 1e-4), ("near-duplicates",), MEASURED),
    "the same with noise of 3%": Plant(jittered(0.2, 0.03), ("near-duplicates",), MEASURED),
    "patients, a number each": Plant(
        patients("patient_id", 6, numbered=True), ("shared-groups",), ("breast_cancer", "adult", "housing")
    ),
    "patients, a text each": Plant(
        patients("patient", 6, numbered=False), ("shared-groups",), ("breast_cancer", "adult", "housing")
    ),
    "patients under a name that says nothing": Plant(
        patients("code", 8, numbered=True), ("shared-groups",), ("breast_cancer", "adult")
    ),
    "test moved by one deviation": Plant(shifted(2, 1.0), ("drift-dev-test",), (*MEASURED, "adult")),
    "dev moved by half a deviation": Plant(
        shifted(1, 0.5), ("drift-train-dev",), ("housing", "adult", "digits")
    ),
    "test has the large values alone": Plant(selected, ("drift-dev-test",), ANY),
    "a class that dev has little of": Plant(
        other_mix, ("label-drift",), ("breast_cancer", "adult", "digits")
    ),
    "a tenth of the labels changed": Plant(flipped(0.1), ("suspect-labels",), ("breast_cancer", "digits")),
    "a fifth of the labels changed": Plant(flipped(0.2), ("suspect-labels",), ("breast_cancer", "digits")),
    "rows labelled twice": Plant(
        labelled_twice, ("conflicting-labels",), ("breast_cancer", "adult", "digits")
    ),
    "-9999 for missing": Plant(sentinel, ("sentinel-values",), ("breast_cancer", "housing", "adult")),
    "a constant column": Plant(constant, ("constant-columns",), ANY),
    "nine rows of a class": Plant(rare_class, ("class-imbalance",), ("breast_cancer", "adult")),
}
