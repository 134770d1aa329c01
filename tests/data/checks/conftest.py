"""Tables made of columns, split at random as the runner would."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dlrecipe.data.checks.catalogue import DataReport, judge
from dlrecipe.data.checks.check import DataFinding
from dlrecipe.data.checks.tables import THOROUGH, Cut, Effort, Part, Tables
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.specs import Task

Columns = Mapping[str, NDArray[Any]]


def column(name: str, values: NDArray[Any]) -> Column:
    """Return a column of the kind that its values are."""
    if values.dtype.kind == "O":
        return Column(name, "categorical", values)
    return Column(name, "boolean" if values.dtype.kind == "b" else "numeric", values.astype(np.float64))


def tables_of(
    columns: Columns,
    y: NDArray[Any],
    *,
    split: NDArray[np.intp] | None = None,
    seed: int = 0,
    effort: Effort = THOROUGH,
    aside: Columns | None = None,
    cuts: Mapping[str, Cut] | None = None,
) -> Tables:
    """Return tables of these columns; `split` (n,) says 0 for train, 1 for dev, 2 for test."""
    n = len(y)
    if split is None:
        split = np.random.default_rng(seed).permutation(np.arange(n) % 5)
        split = np.where(split < 3, 0, split - 2)
    task: Task = "classification" if y.dtype.kind in "iu" else "regression"
    target = y.astype(np.int64) if task == "classification" else ((y - y.mean()) / y.std())[:, None]
    classes = tuple(f"c{k}" for k in range(int(y.max()) + 1)) if task == "classification" else ()
    examples = Examples(
        origin="rows.csv",
        columns=tuple(column(name, values) for name, values in columns.items()),
        columns_aside=tuple(column(name, values) for name, values in (aside or {}).items()),
    )
    parts = {
        name: Part(examples.take(rows), target[rows], rows)
        for at, name in enumerate(("train", "dev", "test"))
        if len(rows := np.flatnonzero(split == at))
    }
    return Tables(parts, task, classes, effort=effort, seed=seed, cuts=cuts or {})


@pytest.fixture
def rng() -> np.random.Generator:
    """A test's own random numbers."""
    return np.random.default_rng(0)


@pytest.fixture
def find() -> Callable[..., dict[str, DataFinding]]:
    """Judge tables and return the findings by code."""

    def found(*arguments: Any, quick: bool = False, **options: Any) -> dict[str, DataFinding]:
        report: DataReport = judge(tables_of(*arguments, **options), quick=quick)
        return {finding.code: finding for finding in report.findings}

    return found


@pytest.fixture(scope="session")
def cancer() -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
    """The 30 columns and the classes of breast_cancer, 569 rows."""
    from sklearn.datasets import load_breast_cancer

    loaded = load_breast_cancer()
    names = [name.replace(" ", "_") for name in loaded.feature_names]
    return dict(zip(names, loaded.data.T, strict=True)), loaded.target


@pytest.fixture(scope="session")
def diabetes() -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
    """The ten columns and the target of diabetes, 442 rows."""
    from sklearn.datasets import load_diabetes

    loaded = load_diabetes()
    return dict(zip(loaded.feature_names, loaded.data.T, strict=True)), loaded.target
