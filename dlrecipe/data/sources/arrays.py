"""Arrays as a source: two members of an .npz, or two .npy or idx files. Knows no splits and no scaling.

Nothing is ever unpickled. An .npz is read a member at a time: its other members are never loaded. A large
.npy stays on disk, so that a file larger than the memory can be split and trained on.
"""

import lzma
import zipfile
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.disk_rows import DiskRows, NpyFile
from dlrecipe.data.examples import Examples, as_labels
from dlrecipe.data.sources.idx_files import read_idx
from dlrecipe.data.sources.regular_file import refuse_devices
from dlrecipe.data.specs import ArraySource
from dlrecipe.errors import DataError
from dlrecipe.suggestion import did_you_mean

ON_DISK_BYTES = 1 << 29
"""An .npy of more than 512 MB is not read into memory unless the config says so."""
CHUNK_VALUES = 1 << 20  # Values looked at together for NaN: 8 MB, whatever the size of the file.
ZIP_MAGIC, NPY_MAGIC = b"PK", b"\x93NUMPY"
_FAILED_READS = (
    ValueError,  # a header that cannot be read, objects, too few bytes
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,  # an encrypted zip; a compression that Python does not know
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
UNKNOWN_INPUT = "Fill it in or drop the row before saving; only a table may have missing values."
UNKNOWN_TARGET = "Fill it in, or drop the row before saving."


def load_arrays(spec: ArraySource) -> Examples:
    """Return the inputs and targets of an .npz, or of two .npy or idx files.

    Inputs of more than two dimensions become rows, (n, features), their shape kept as `feature_shape`; they
    keep their dtype (images of uint8 stay so). Targets that are text or booleans become labels; all numbers
    become float64, and whether integers mean classes is decided by the task. Targets of several columns are
    called y1, y2, …; where every row is one-hot they are read as labels instead, "0", "1", …

    Raises:
        DataError: a file or member that is missing, damaged, empty, of the wrong shape or not of numbers.
    """
    path = Path(spec.path)
    _require_file(path, _check("path"))
    if spec.type == "npz":
        with _open_npz(path) as archive:
            inputs = _read_member(archive, path, spec.x, "Set data.source.x.")
            target = _read_member(archive, path, spec.y, "Set data.source.y.")
        where_x, where_y = f"{path}:{spec.x}", f"{path}:{spec.y}"
    elif spec.type == "idx":
        inputs, target = read_idx(path), read_idx(Path(spec.y))
        where_x, where_y = str(path), spec.y
    else:
        target_path = Path(spec.y)
        _require_file(target_path, _check("y"))
        inputs, target = _map_npy(path), _map_npy(target_path)
        where_x, where_y = str(path), str(target_path)
    in_rows, feature_shape = _as_matrix(inputs, where_x)
    on_disk = spec.type == "npy" and _stays_on_disk(inputs, spec.in_memory)
    matrix = _on_disk(path, inputs) if on_disk else in_rows
    target = _as_target(target, where_y)
    if len(matrix) != len(target):
        raise DataError(
            f"{len(matrix)} inputs but {len(target)} targets",
            where=f"{where_x}, {where_y}",
            remedy="Give x and y one row for each example, in the same order.",
        )
    _require_finite(matrix, feature_shape, where_x)
    if target.dtype.kind == "f":
        _require_finite(target.reshape(len(target), -1), target.shape[1:], where_y, UNKNOWN_TARGET)
    names = tuple(f"y{i}" for i in range(1, target.shape[1] + 1)) if target.ndim == 2 else ("target",)
    return Examples(
        origin=str(path), matrix=matrix, target=target, target_names=names, feature_shape=feature_shape
    )


def load_inputs(path: Path, member: str) -> Examples:
    """Return the inputs of an .npz's member, or of an .npy, without targets: rows to predict for.

    Raises:
        DataError: as `load_arrays`.
    """
    _require_file(path, "Give the path of an .npz or .npy file.")
    if path.suffix == ".npy":
        inputs, where = _map_npy(path), str(path)
    else:
        with _open_npz(path) as archive:
            inputs, where = (
                _read_member(archive, path, member, "Save the inputs under that name."),
                f"{path}:{member}",
            )
    matrix, feature_shape = _as_matrix(inputs, where)
    _require_finite(matrix, feature_shape, where)
    return Examples(origin=str(path), matrix=matrix, feature_shape=feature_shape)


def _check(setting: str) -> str:
    return f"Check data.source.{setting}; a relative path starts at the config's folder."


def _require_file(path: Path, remedy: str) -> None:
    """Raise DataError unless `path` is a regular file that can be opened."""
    refuse_devices(path)
    try:
        with path.open("rb"):
            return
    except FileNotFoundError as error:
        raise DataError("no such file", where=str(path), remedy=remedy) from error
    except IsADirectoryError as error:
        raise DataError("a folder, where a file is needed", where=str(path), remedy=remedy) from error
    except PermissionError as error:
        raise DataError(
            "the file cannot be read: permission denied",
            where=str(path),
            remedy=f"Give yourself access: chmod u+r {path}",
        ) from error
    except (OSError, ValueError) as error:
        raise DataError(f"the file cannot be opened: {error}", where=str(path), remedy=remedy) from error


def _stays_on_disk(mapped: NDArray[Any], in_memory: bool | Literal["auto"]) -> bool:
    """Say whether an .npy is read as it is needed; only one in C order and plain numbers can be."""
    readable = mapped.flags.c_contiguous and mapped.dtype.kind in "uif" and mapped.dtype.isnative
    if not readable or mapped.dtype.itemsize > 8 or not isinstance(mapped, np.memmap):
        return False
    return mapped.nbytes > ON_DISK_BYTES if in_memory == "auto" else not in_memory


def _on_disk(path: Path, mapped: NDArray[Any]) -> DiskRows:
    """Return the rows of an .npy that was mapped to learn of its shape."""
    assert isinstance(mapped, np.memmap)
    n_rows = len(mapped)
    file = NpyFile(path.resolve(), int(mapped.offset), mapped.dtype, n_rows, mapped.size // n_rows)
    return DiskRows(file, np.arange(n_rows), mapped.dtype)


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _open_npz(path: Path) -> zipfile.ZipFile:
    if _starts_with(path, NPY_MAGIC):
        raise DataError(
            "a single array, not an .npz",
            where=str(path),
            remedy="Set type: npy, and y to the targets' file.",
        )
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        cut_short = _starts_with(path, ZIP_MAGIC)
        raise DataError(
            "the .npz is damaged or cut short" if cut_short else "not an .npz file",
            where=str(path),
            remedy="Copy or download it again."
            if cut_short
            else "Write it with numpy.savez(path, x=…, y=…).",
        ) from error


def _read_member(archive: zipfile.ZipFile, path: Path, name: str, advice: str) -> NDArray[Any]:
    members = [member.removesuffix(".npy") for member in archive.namelist() if member.endswith(".npy")]
    if name not in members:
        raise DataError(
            f"the .npz has no member {name!r}",
            where=str(path),
            remedy=did_you_mean(name, members, f"{advice} Members: {', '.join(sorted(members)) or 'none'}."),
        )
    try:
        with archive.open(f"{name}.npy") as file:
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
    except _FAILED_READS as error:
        raise _unreadable(error, f"{path}:{name}") from error


def _map_npy(path: Path) -> NDArray[Any]:
    if not _starts_with(path, NPY_MAGIC):
        zipped = _starts_with(path, ZIP_MAGIC)
        raise DataError(
            "an .npz, not a single array" if zipped else "not an .npy file",
            where=str(path),
            remedy="Set type: npz." if zipped else "Write it with numpy.save(path, array).",
        )
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except _FAILED_READS as error:
        raise _unreadable(error, str(path)) from error


def _unreadable(error: Exception, where: str) -> DataError:
    """Return what to tell the user of a failed read of an array."""
    if "Object arrays" in str(error) or "Python objects" in str(error):  # NumPy's words, in its two readers
        return DataError(
            "the array holds Python objects, which are never unpickled",
            where=where,
            remedy="Save it again as numbers, or labels as text: array.astype(float), array.astype(str).",
        )
    if isinstance(error, MemoryError):
        return DataError(
            "the array does not fit into memory",
            where=where,
            remedy="Save it as .npy and use type: npy, which is read from the disk as needed.",
        )
    return DataError(
        f"the array is damaged or cut short ({error})", where=where, remedy="Copy or write it again."
    )


def _as_matrix(inputs: NDArray[Any], where: str) -> tuple[NDArray[Any], tuple[int, ...]]:
    """Return the inputs as (n, features), and the shape that one example had."""
    if inputs.dtype.kind not in "buif":
        raise DataError(
            f"the inputs are of type {inputs.dtype}, not numbers",
            where=where,
            remedy="Save them as numbers; text belongs in a table.",
        )
    if inputs.ndim < 2:
        raise DataError(
            f"the inputs have shape {inputs.shape}; they need (n, features) or more dimensions",
            where=where,
            remedy="With one feature, save x.reshape(-1, 1).",
        )
    if inputs.size == 0:
        raise DataError(
            f"the inputs are empty: shape {inputs.shape}", where=where, remedy="Save at least a row."
        )
    if inputs.dtype.kind == "b":
        inputs = inputs.astype(np.uint8)
    inputs = _in_plain_floats(inputs)
    feature_shape = inputs.shape[1:] if inputs.ndim > 2 else ()
    return inputs.reshape(len(inputs), -1), feature_shape


def _in_plain_floats(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array in this machine's byte order, and no wider than float64."""
    if array.dtype.itemsize > 8:
        return array.astype(np.float64)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _as_target(target: NDArray[Any], where: str) -> NDArray[Any]:
    """Return (n,) object labels or (n,) or (n, outputs) float64, in memory."""
    if target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    if target.ndim not in (1, 2) or target.size == 0:
        raise DataError(
            f"the targets have shape {target.shape}; they need (n,) or (n, outputs), and a row at least",
            where=where,
            remedy="Save one target for each example.",
        )
    if target.dtype.kind in "uif" or (target.dtype.kind == "b" and target.ndim == 2):
        return _one_hot_labels(target) if _is_one_hot(target) else np.array(target, dtype=np.float64)
    if target.ndim == 2 or target.dtype.kind not in "bUS":
        raise DataError(
            f"the targets are of type {target.dtype} and shape {target.shape}; "
            "they need numbers, or a label for each example",
            where=where,
            remedy="Save numbers, or labels as text of shape (n,).",
        )
    if target.dtype.kind == "S":
        try:
            target = np.char.decode(target, "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                "the labels are bytes that are not UTF-8",
                where=where,
                remedy="Save them as text (astype(str)).",
            ) from error
    return as_labels(target)


def _is_one_hot(target: NDArray[Any]) -> bool:
    """Say whether every row is 0 but for a single 1."""
    if target.ndim != 2:
        return False
    ones = target == 1
    return bool(np.all(ones | (target == 0)) and np.all(np.count_nonzero(ones, axis=1) == 1))


def _one_hot_labels(target: NDArray[Any]) -> NDArray[Any]:
    """Return the column of each row's 1, counted from 0, as a label."""
    return as_labels(np.argmax(target, axis=1))


def _require_finite(
    matrix: NDArray[Any] | DiskRows, shape: tuple[int, ...], where: str, remedy: str = UNKNOWN_INPUT
) -> None:
    """Raise DataError for the first NaN or infinity, in chunks that bound the memory it takes."""
    if matrix.dtype.kind != "f":
        return
    rows_at_once = max(1, CHUNK_VALUES // matrix.shape[1])
    for start in range(0, len(matrix), rows_at_once):
        finite = np.isfinite(matrix[start : start + rows_at_once])
        if not finite.all():
            row, column = (int(index) for index in np.argwhere(~finite)[0])
            place = ", ".join(str(int(i)) for i in np.unravel_index(column, shape)) if shape else str(column)
            raise DataError(
                f"{matrix[start + row, column]} in row {start + row}"
                + (f", column {place}" if matrix.shape[1] > 1 else "")
                + " (counted from 0)",
                where=where,
                remedy=remedy,
            )
