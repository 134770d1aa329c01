"""npz and npy: what is read as what, and what every kind of broken file says."""

import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dlrecipe.data.sources import arrays
from dlrecipe.data.sources.arrays import load_arrays
from dlrecipe.data.specs import ArraySource
from dlrecipe.errors import DataError

MNIST = Path(__file__).parents[3] / "shared" / "data" / "mnist" / "mnist.npz"
X = np.arange(12, dtype=np.float32).reshape(4, 3)
Y = np.array([0, 1, 0, 1])


def npz(folder, compressed=False, **members):
    path = folder / "data.npz"
    (np.savez_compressed if compressed else np.savez)(path, **members)
    return ArraySource(path=str(path))


def npy(folder, x, y):
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    return ArraySource(type="npy", path=str(folder / "x.npy"), y=str(folder / "y.npy"))


ONE_HOT = np.eye(3)[[2, 0, 1, 0]]


def refusal(spec):
    with pytest.raises(DataError) as caught:
        load_arrays(spec)
    assert caught.value.remedy
    assert caught.value.where
    return str(caught.value)


@pytest.mark.parametrize("compressed", [False, True])
def test_members_come_back_as_they_were_saved(tmp_path, compressed):
    examples = load_arrays(npz(tmp_path, compressed, x=X, y=Y, other=np.zeros(5)))
    np.testing.assert_array_equal(examples.matrix, X)
    assert examples.matrix.dtype == np.float32
    np.testing.assert_array_equal(examples.target, Y)
    assert examples.target.dtype == np.float64


def test_images_become_rows_of_bytes_that_keep_their_shape(tmp_path):
    images = np.arange(4 * 2 * 3 * 3, dtype=np.uint8).reshape(4, 2, 3, 3)
    examples = load_arrays(npz(tmp_path, x=images, y=Y))
    assert examples.matrix.dtype == np.uint8
    assert examples.feature_shape == (2, 3, 3)
    np.testing.assert_array_equal(examples.matrix.reshape(images.shape), images)


@pytest.mark.parametrize(
    ("saved", "read"),
    [
        (np.array(["cat", "dog", "cat", "dog"]), ["cat", "dog", "cat", "dog"]),
        (np.array([b"caf\xc3\xa9", b"tea", b"tea", b"tea"]), ["café", "tea", "tea", "tea"]),
        (np.array([True, False, True, True]), ["True", "False", "True", "True"]),
        (np.array([[1], [2], [3], [4]], dtype=np.uint8), [1.0, 2.0, 3.0, 4.0]),
        (np.array([[True, True]] * 4), [[1.0, 1.0]] * 4),
        (np.array([0.5, 1.5, 2.5, 3.5], dtype=">f4"), [0.5, 1.5, 2.5, 3.5]),
    ],
)
def test_targets_are_labels_or_float64_numbers(tmp_path, saved, read):
    target = load_arrays(npz(tmp_path, x=X, y=saved)).target
    assert target.tolist() == read
    assert target.dtype == (object if isinstance(read[0], str) else np.float64)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
def test_one_hot_targets_are_the_classes_they_stand_for(tmp_path, dtype):
    examples = load_arrays(npz(tmp_path, x=X, y=ONE_HOT.astype(dtype)))
    assert examples.target.tolist() == ["2", "0", "1", "0"]
    assert examples.target_names == ("target",)


@pytest.mark.parametrize(
    ("place", "value"), [((1, 2), 1.0), ((1, 0), 0.0), ((1, 0), 0.5)], ids=["two ones", "none", "a fraction"]
)
def test_targets_that_are_not_quite_one_hot_are_several_numbers(tmp_path, place, value):
    target = ONE_HOT.copy()
    target[place] = value
    examples = load_arrays(npz(tmp_path, x=X, y=target))
    np.testing.assert_array_equal(examples.target, target)
    assert examples.target_names == ("y1", "y2", "y3")


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "not a regular file" in refusal(ArraySource(path=str(pipe)))
    np.save(tmp_path / "x.npy", X)
    assert "not a regular file" in refusal(ArraySource(type="npy", path=str(tmp_path / "x.npy"), y=str(pipe)))


@pytest.mark.parametrize("dtype", [">f8", ">i2", np.longdouble, bool])
def test_inputs_end_up_in_a_type_the_engine_can_read(tmp_path, dtype):
    matrix = load_arrays(npz(tmp_path, x=X.astype(dtype), y=Y)).matrix
    assert matrix.dtype.isnative
    assert matrix.dtype.itemsize <= 8
    assert matrix.dtype.kind in "uif"
    np.testing.assert_array_equal(matrix, X.astype(dtype).astype(float))


def test_npy_is_mapped_and_not_loaded(tmp_path):
    examples = load_arrays(npy(tmp_path, X.reshape(4, 3, 1), Y))
    assert isinstance(examples.matrix, np.memmap)
    assert not examples.matrix.flags.owndata
    np.testing.assert_array_equal(examples.matrix, X)
    assert examples.feature_shape == (3, 1)


@pytest.mark.skipif(not MNIST.exists(), reason="../shared/data/mnist is not here")
def test_mnist_reads_with_its_published_counts():
    examples = load_arrays(ArraySource(path=str(MNIST), x="x_train", y="y_train"))
    assert examples.matrix.shape == (60_000, 784)
    assert examples.matrix.dtype == np.uint8
    assert examples.feature_shape == (28, 28)
    # LeCun's page: 60,000 training images, of which 5,923 are a 0 and 6,742 a 1.
    assert np.bincount(examples.target.astype(int))[:2].tolist() == [5923, 6742]


def test_a_missing_member_lists_those_there_are_and_suggests_one(tmp_path):
    path = npz(tmp_path, x_train=X, y_train=Y).path
    said = refusal(ArraySource(path=path, x="x_trian", y="y_train"))
    assert "no member 'x_trian'" in said
    assert "Did you mean 'x_train'?" in said
    assert "x_train, y_train" in said


def test_objects_are_refused_and_never_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (Path(tmp_path / "exploded").touch, ())

    objects = np.array([Bomb()] * 4, dtype=object)
    assert "Python objects" in refusal(npz(tmp_path, x=X, y=objects))
    assert "Python objects" in refusal(npy(tmp_path, X, objects))
    (tmp_path / "pickled.npz").write_bytes(pickle.dumps([Bomb()]))
    assert "not an .npz" in refusal(ArraySource(path=str(tmp_path / "pickled.npz")))
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_an_npz_cut_short_is_called_damaged(tmp_path, kept):
    spec = npz(tmp_path, x=np.zeros((50, 50)), y=np.zeros(50))
    whole = Path(spec.path).read_bytes()
    Path(spec.path).write_bytes(whole[: int(len(whole) * kept)])
    assert "damaged or cut short" in refusal(spec)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_flipped_byte_in_an_npz_is_found(tmp_path, compressed):
    x = np.random.default_rng(0).normal(size=(50, 50))
    spec = npz(tmp_path, compressed, x=x, y=np.zeros(50))
    content = bytearray(Path(spec.path).read_bytes())
    content[9000] ^= 0xFF
    Path(spec.path).write_bytes(content)
    assert "damaged" in refusal(spec)


def test_a_member_that_is_no_array_is_called_damaged(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", b"not an array")
    assert "damaged" in refusal(ArraySource(path=str(tmp_path / "data.npz")))


@pytest.mark.parametrize("kept", [20, 90, 200])
def test_an_npy_cut_short_is_called_damaged(tmp_path, kept):
    spec = npy(tmp_path, np.zeros((50, 50)), np.zeros(50))
    Path(spec.path).write_bytes(Path(spec.path).read_bytes()[:kept])
    assert "damaged or cut short" in refusal(spec)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n"])
@pytest.mark.parametrize("kind", ["npz", "npy"])
def test_another_kind_of_file_is_named_as_such(tmp_path, content, kind):
    path = tmp_path / "data"
    path.write_bytes(content)
    assert f"not an .{kind} file" in refusal(ArraySource(type=kind, path=str(path), y=str(path)))


def test_an_unknown_target_is_not_sent_to_a_table(tmp_path):
    targets = np.array([1.0, 0.0, np.nan, 1.0])
    told = refusal(npz(tmp_path, x=np.zeros((4, 2)), y=targets))
    assert "nan in row 2 (counted from 0)" in told
    assert "table" not in told


def test_npz_and_npy_taken_for_each_other_are_put_right(tmp_path):
    as_npz = npz(tmp_path, x=X, y=Y)
    as_npy = npy(tmp_path, X, Y)
    assert "Set type: npy" in refusal(ArraySource(path=as_npy.path))
    assert "Set type: npz" in refusal(ArraySource(type="npy", path=as_npz.path, y=as_npy.y))


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (X[:, 0], Y, "shape (4,)"),
        (X[:0], Y[:0], "empty: shape (0, 3)"),
        (X[:, :0], Y, "empty: shape (4, 0)"),
        (X, Y[:3], "4 inputs but 3 targets"),
        (X.astype(str), Y, "not numbers"),
        (X.astype(complex), Y, "not numbers"),
        (X, Y.astype(complex), "complex128"),
        (X, np.zeros((4, 2, 2)), "shape (4, 2, 2)"),
        (X, np.array(7.0), "shape ()"),
        (X, Y.astype("datetime64[D]"), "datetime64"),
        (X, np.array([["a", "b"]] * 4), "a label for each example"),
        (X, np.array([b"\xff"] * 4), "not UTF-8"),
    ],
)
@pytest.mark.parametrize("save", [npz, npy])
def test_arrays_that_cannot_be_examples_are_refused(tmp_path, save, x, y, said):
    assert said in refusal(save(tmp_path, x=x, y=y))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_named_with_its_place(tmp_path, monkeypatch, value):
    monkeypatch.setattr(arrays, "CHUNK_VALUES", 30)  # ten rows at a time
    x = np.zeros((100, 3))
    x[57, 2] = value
    assert f"{value} in row 57, column 2 " in refusal(npz(tmp_path, x=x, y=np.zeros(100)))
    image = x.reshape(100, 1, 3)
    assert "row 57, column 0, 2 " in refusal(npz(tmp_path, x=image, y=np.zeros(100)))
    assert "row 57, column 2 " in refusal(npz(tmp_path, x=np.zeros((100, 3)), y=x))


def test_a_missing_target_value_is_named_with_its_row(tmp_path):
    said = refusal(npz(tmp_path, x=X, y=np.array([0, 1, np.nan, 1])))
    assert "nan in row 2" in said
    assert "data.npz:y" in said


@pytest.mark.parametrize("kind", ["npz", "npy"])
def test_a_path_that_is_not_there_or_is_a_folder_is_refused(tmp_path, kind):
    (tmp_path / "folder").mkdir()
    assert "no such file" in refusal(ArraySource(type=kind, y="targets", path=str(tmp_path / "nowhere")))
    assert "a folder" in refusal(ArraySource(type=kind, y="targets", path=str(tmp_path / "folder")))
    assert "cannot be opened" in refusal(ArraySource(type=kind, y="targets", path="a\0b"))


def test_an_npy_without_its_targets_says_which_setting_names_them(tmp_path):
    said = refusal(ArraySource(type="npy", path=npy(tmp_path, X, Y).path, y=str(tmp_path / "labels.npy")))
    assert "labels.npy" in said
    assert "data.source.y" in said


def test_a_file_without_permission_is_refused(tmp_path, monkeypatch):
    spec = npz(tmp_path, x=X, y=Y)

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)  # chmod does not stop a test that runs as root
    assert "permission denied" in refusal(spec)
