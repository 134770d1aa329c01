"""MNIST's idx files, plain or gzipped: one of images or rows, one of labels, as arrays.

A file begins with two zero bytes, a code for the type of its numbers, the number of its dimensions, and each
dimension as a big-endian 32-bit number. Source: http://yann.lecun.com/exdb/mnist, at its foot.
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.sources.regular_file import refuse_devices
from dlrecipe.errors import DataError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path) -> NDArray[Any]:
    """Return the array of an idx file, of any number of dimensions.

    Raises:
        DataError: it is absent, no idx file, or cut short.
    """
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise DataError(
            "not an idx file",
            where=str(path),
            remedy="Name the files of MNIST's form, such as train-images-idx3-ubyte.gz.",
        )
    n_axes = content[3]
    header = 4 + 4 * n_axes
    shape = tuple(np.frombuffer(content[4:header], ">u4").tolist()) if len(content) >= header else ()
    stored = np.dtype(TYPES[content[2]])
    wanted = header + math.prod(shape) * stored.itemsize
    if n_axes == 0 or len(shape) < n_axes or len(content) != wanted:
        raise DataError(
            f"the idx file holds {len(content):,} bytes, where its header announces {wanted:,}",
            where=str(path),
            remedy="Copy or download it again.",
        )
    return np.frombuffer(content, stored, offset=header).reshape(shape).astype(stored.newbyteorder("="))


def _content(path: Path) -> bytes:
    refuse_devices(path)
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(GZIP_MAGIC) else content
    except FileNotFoundError:
        raise DataError(
            "no such file",
            where=str(path),
            remedy="Check the path; a relative one starts at the config's folder.",
        ) from None
    except IsADirectoryError:
        raise DataError(
            "a folder, where a file is needed", where=str(path), remedy="Name the file."
        ) from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"the gzip data is cut short or damaged ({str(error).rstrip('.')})",
            where=str(path),
            remedy="Copy or download the file again.",
        ) from None
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror or error}", where=str(path), remedy="Check its access."
        ) from None
