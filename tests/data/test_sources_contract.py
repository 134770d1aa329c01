"""What every source promises, whatever it reads."""

import numpy as np
import pytest
from PIL import Image

from dlrecipe.data.sources.loading import load_source
from dlrecipe.data.specs import (
    ArraySource,
    BundledSource,
    ImagesSource,
    OpenmlSource,
    SyntheticSource,
    TableSource,
)
from dlrecipe.errors import DataError

BUNDLED = ("digits", "breast_cancer", "wine", "iris", "diabetes")
SYNTHETIC = ("circles", "moons", "spiral", "blobs", "xor")


def images(folder):
    for label in ("cat", "dog"):
        (folder / label).mkdir()
        for number in range(3):
            Image.new("L", (4, 3), number).save(folder / label / f"{number}.png")
    return ImagesSource(path=str(folder))


def npz(folder):
    np.savez(folder / "a.npz", x=np.zeros((6, 2, 2), dtype=np.uint8), y=np.array(list("aabbcc")))
    return ArraySource(path=str(folder / "a.npz"))


def npy(folder):
    np.save(folder / "x.npy", np.eye(6))
    np.save(folder / "y.npy", np.linspace(0, 1, 12).reshape(6, 2))
    return ArraySource(type="npy", path=str(folder / "x.npy"), y=str(folder / "y.npy"))


SOURCES = {
    **{name: lambda _, name=name: BundledSource(type=name) for name in BUNDLED},
    **{name: lambda _, name=name: SyntheticSource(generator=name) for name in SYNTHETIC},
    "images": images,
    "npz": npz,
    "npy": npy,
}


@pytest.fixture(params=SOURCES)
def spec(request, tmp_path):
    return SOURCES[request.param](tmp_path)


def test_a_source_gives_finite_rows_with_a_target_each(spec):
    examples = load_source(spec, seed=0)
    assert examples.origin
    assert examples.matrix.ndim == 2
    assert examples.matrix.dtype.kind in "uif"
    assert np.isfinite(examples.matrix).all()
    assert len(examples.target) == examples.n_examples > 0
    assert int(np.prod(examples.feature_shape or examples.matrix.shape[1:])) == examples.matrix.shape[1]
    assert len(examples.feature_names) in (0, examples.matrix.shape[1])


def test_targets_are_text_labels_among_the_class_names_or_float64(spec):
    examples = load_source(spec, seed=0)
    if examples.target.dtype == object:
        assert all(type(label) is str for label in examples.target)
        assert examples.class_names is None or set(examples.target) == set(examples.class_names)
    else:
        assert examples.target.dtype == np.float64


def test_the_same_source_gives_the_same_examples_again(spec):
    first, again = load_source(spec, seed=5), load_source(spec, seed=5)
    np.testing.assert_array_equal(first.matrix, again.matrix)
    np.testing.assert_array_equal(first.target, again.target)


def test_a_column_to_split_by_is_refused_where_there_is_no_table(spec):
    with pytest.raises(DataError, match="has no column 'patient'; only a table"):
        load_source(spec, seed=0, aside=("patient",))


def test_a_table_is_read_like_the_training_examples(tmp_path):
    (tmp_path / "train.csv").write_text("zip,y\nA1,0.5\nB2,1.5\n")
    (tmp_path / "dev.csv").write_text("zip,y\n12,0.5\n34,1.5\n")
    train = load_source(TableSource(path=str(tmp_path / "train.csv")), seed=0)
    dev = TableSource(path=str(tmp_path / "dev.csv"))
    assert load_source(dev, seed=0).columns[0].kind == "numeric"
    alike = load_source(dev, seed=0, like=train).columns[0]
    assert (alike.kind, alike.values.tolist()) == ("categorical", ["12", "34"])


def test_openml_is_reached_through_the_same_door(monkeypatch):
    asked = []
    monkeypatch.setattr("dlrecipe.data.sources.loading.fetch_openml_set", asked.append)
    load_source(OpenmlSource(name="adult"), seed=0)
    assert asked == [OpenmlSource(name="adult")]
