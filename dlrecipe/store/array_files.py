"""Named arrays as the bytes of a safetensors file (no pickle), and the digest by which it is known again.

safetensors has no checksum of its own, so the digest is kept elsewhere: in run.json, or at the head of a
checkpoint. Knows nothing of what the arrays mean. NumPy is imported with the first of them: records and texts
of runs are read without.
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RESERVED = "__metadata__"


def pack_arrays(arrays: "Mapping[str, NDArray[Any]]") -> bytes:
    """Return arrays of any shape as the bytes of a safetensors file; equal arrays give equal bytes.

    Raises:
        ValueError: a dtype that safetensors lacks (objects, strings, complex128), or the name __metadata__.
    """
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import save

    if _RESERVED in arrays:
        raise ValueError(f"an array cannot be called {_RESERVED}")
    try:
        # safetensors copies the memory as it lies, so a transposed view must be laid out first.
        return save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    except SafetensorError as error:
        raise ValueError(f"these arrays cannot be stored: {error}") from error


def unpack_arrays(data: bytes) -> "dict[str, NDArray[Any]]":
    """Return the arrays in the bytes of a safetensors file, writable.

    Raises:
        ValueError: it is no such file, or has a dtype that NumPy lacks.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(data))
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"not a safetensors file for NumPy: {error}") from error


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hex."""
    return hashlib.sha256(data).hexdigest()
