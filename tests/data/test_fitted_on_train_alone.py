"""Whatever is in dev and test, nothing that was learned from train moves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.preparation import Prepared, prepare
from dlrecipe.data.specs import ArraySource, DataSpec, Normalization, NormalizationSpec, TableSource

NORMALIZATIONS: list[Normalization] = [
    "none",
    "center",
    "standard",
    "minmax",
    "robust",
    "quantile",
    "whitening",
    NormalizationSpec(type="whitening", rotation="pca", ridge=0.0),
    NormalizationSpec(type="standard", per="image"),
]


def prepared(spec: DataSpec, normalization: Normalization) -> Prepared:
    return prepare(
        spec,
        task="regression",
        normalization=normalization,
        target_normalization="auto",
        seed=0,
        dtype=np.dtype(np.float64),
    )


def arrays(folder: Path, poison: float) -> DataSpec:
    """Return three .npz files, dev and test far away from train by `poison`."""
    rng = np.random.default_rng(0)
    sources = {}
    for name, shift in (("train", 0.0), ("dev", poison), ("test", -poison)):
        path = folder / f"{name}_{poison}.npz"
        np.savez(path, x=rng.normal(size=(60, 5)) + shift, y=rng.normal(size=60) + shift)
        sources[name] = ArraySource(path=str(path))
    return DataSpec(**sources)


@pytest.mark.parametrize("normalization", NORMALIZATIONS, ids=str)
def test_poison_in_dev_and_test_moves_nothing_of_what_train_taught(
    tmp_path: Path, normalization: Normalization
):
    clean, poisoned = (prepared(arrays(tmp_path, poison), normalization) for poison in (0.0, 1e6))
    np.testing.assert_array_equal(clean.splits["train"].X, poisoned.splits["train"].X)
    np.testing.assert_array_equal(clean.splits["train"].y, poisoned.splits["train"].y)
    for ours, theirs in zip(clean.fitted.to_state(), poisoned.fitted.to_state(), strict=True):
        assert_equal(ours, theirs)


def test_poison_in_a_tables_dev_rows_moves_neither_medians_nor_categories(tmp_path: Path):
    def files(poison: str, number: str) -> DataSpec:
        rows = "".join(f"{i % 7},{'ab'[i % 2]},{i * 0.5}\n" for i in range(40))
        (tmp_path / "train.csv").write_text("x,kind,y\n" + rows + ",a,3\n")
        dev = tmp_path / f"dev{poison}.csv"
        dev.write_text("x,kind,y\n" + rows + f"{number},{poison},{number}\n")
        return DataSpec(train=TableSource(path=str(tmp_path / "train.csv")), dev=TableSource(path=str(dev)))

    clean, poisoned = (prepared(files(*each), "standard") for each in (("a", "1"), ("unheard", "1000000")))
    assert_equal(clean.fitted.to_state()[0], poisoned.fitted.to_state()[0])
    assert_equal(clean.fitted.to_state()[1], poisoned.fitted.to_state()[1])


def assert_equal(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_equal(value, theirs[name], err_msg=name)
