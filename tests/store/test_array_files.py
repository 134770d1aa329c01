"""Arrays come back as they were, or not at all."""

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from dlrecipe.errors import RunDamaged
from dlrecipe.store.array_files import pack_arrays, read_arrays, unpack_arrays, write_arrays

ARRAYS = {
    "W1": np.arange(6, dtype=np.float32).reshape(2, 3).T,  # not contiguous
    "b1": np.array([0.1, -0.0, np.inf, np.nan]),
    "order": np.array([3, 1, 2]),
    "mask": np.array([True, False]),
    "step": np.array(7),
    "nothing": np.zeros((0, 4)),
    "big_endian": np.arange(3, dtype=">f8"),
}


def test_every_shape_dtype_and_layout_comes_back_equal(tmp_path: Path) -> None:
    sha256 = write_arrays(tmp_path / "w.safetensors", ARRAYS)
    back = read_arrays(tmp_path / "w.safetensors", sha256)
    assert back.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].shape == array.shape
        assert back[name].dtype == array.dtype.newbyteorder("=")
        assert back[name].flags.writeable


def test_the_file_is_one_that_safetensors_itself_reads(tmp_path: Path) -> None:
    write_arrays(tmp_path / "w.safetensors", {"W1": ARRAYS["W1"]})
    read = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    np.testing.assert_array_equal(read["W1"], ARRAYS["W1"])


def test_equal_arrays_make_equal_bytes() -> None:
    assert pack_arrays(ARRAYS) == pack_arrays({name: array.copy() for name, array in ARRAYS.items()})


def test_every_flipped_byte_and_every_cut_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    sha256 = write_arrays(path, {"W1": np.ones(3)})
    whole = path.read_bytes()
    flipped = [whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :] for i in range(len(whole))]
    cut = [whole[:length] for length in range(len(whole))]
    for damaged in (*flipped, *cut, whole + b"\0"):
        path.write_bytes(damaged)
        with pytest.raises(RunDamaged, match="cut or altered"):
            read_arrays(path, sha256)


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    with pytest.raises(RunDamaged, match="missing"):
        read_arrays(tmp_path / "w.safetensors", "0" * 64)


@pytest.mark.parametrize(
    "arrays", [{"a": np.array([object()])}, {"a": np.array(["x"])}, {"__metadata__": np.ones(1)}]
)
def test_what_safetensors_cannot_hold_is_refused(arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="cannot"):
        pack_arrays(arrays)


def test_bytes_that_are_no_safetensors_file_are_refused() -> None:
    with pytest.raises(ValueError, match="not a safetensors file"):
        unpack_arrays(b"\x80\x04\x95pickle")
