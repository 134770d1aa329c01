"""Arrays come back as they were, or not at all."""

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from dlrecipe.store.array_files import pack_arrays, unpack_arrays

ARRAYS = {
    "W1": np.arange(6, dtype=np.float32).reshape(2, 3).T,  # not contiguous
    "b1": np.array([0.1, -0.0, np.inf, np.nan]),
    "order": np.array([3, 1, 2]),
    "mask": np.array([True, False]),
    "step": np.array(7),
    "nothing": np.zeros((0, 4)),
    "big_endian": np.arange(3, dtype=">f8"),
}


def test_every_shape_dtype_and_layout_comes_back_equal() -> None:
    back = unpack_arrays(pack_arrays(ARRAYS))
    assert back.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].shape == array.shape
        assert back[name].dtype == array.dtype.newbyteorder("=")
        assert back[name].flags.writeable


def test_the_bytes_are_those_of_a_file_that_safetensors_itself_reads(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(pack_arrays({"W1": ARRAYS["W1"]}))
    read = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    np.testing.assert_array_equal(read["W1"], ARRAYS["W1"])


def test_equal_arrays_make_equal_bytes() -> None:
    assert pack_arrays(ARRAYS) == pack_arrays({name: array.copy() for name, array in ARRAYS.items()})


@pytest.mark.parametrize(
    "arrays", [{"a": np.array([object()])}, {"a": np.array(["x"])}, {"__metadata__": np.ones(1)}]
)
def test_what_safetensors_cannot_hold_is_refused(arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="cannot"):
        pack_arrays(arrays)


def test_bytes_that_are_no_safetensors_file_are_refused() -> None:
    with pytest.raises(ValueError, match="not a safetensors file"):
        unpack_arrays(b"\x80\x04\x95pickle")
