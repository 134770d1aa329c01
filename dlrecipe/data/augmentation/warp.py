"""Flips, shifts, rotations, zooms, crops and elastic distortions, joined into one and sampled once.

However many of them follow one another, an image is interpolated a single time: what it loses in sharpness
does not grow with the list, and neither does the time. Maps are multiplied in the order of the list. Elastic
displacements are in pixels of the image that the group of changes started from, wherever they stand in it:
their fields look alike everywhere and in every direction, so only a zoom would tell the order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from dlrecipe.arrays import DType, Floats, Indices, filled, zeros
from dlrecipe.data.augmentation.canvas import Canvas
from dlrecipe.data.augmentation.crop import crop_maps
from dlrecipe.data.augmentation.elastic import ElasticFields
from dlrecipe.data.augmentation.flip import flip_maps
from dlrecipe.data.augmentation.maps import IDENTITY, ImageShape, Maps, identities
from dlrecipe.data.augmentation.pool import POOL, normal_pool
from dlrecipe.data.augmentation.rotation import rotation_maps
from dlrecipe.data.augmentation.shift import shift_maps
from dlrecipe.data.augmentation.specs import ElasticSpec, GeometricSpec
from dlrecipe.data.augmentation.zoom import zoom_maps

SMALL_PRODUCT = 250_000
"""Multiplications of a product that OpenBLAS does in the thread that asks for it; its limit is 4 · 65,536."""

MapMaker = Callable[[Any, Generator, int, ImageShape], Maps]


@dataclass(frozen=True, eq=False)
class Displacements:
    """What was drawn for n examples: their maps (n, 3, 3), and each elastic spec's numbers (2, r, n, s)."""

    maps: Maps
    numbers: tuple[Floats, ...]

    def of(self, rows: slice) -> "Displacements":
        """Return those of some of the examples."""
        return Displacements(self.maps[rows], tuple(each[:, :, rows] for each in self.numbers))


class Warp:
    """A group of changes that move pixels, for images of one shape. Holds no memory that a thread writes."""

    def __init__(self, specs: Sequence[GeometricSpec], shape: ImageShape, dtype: DType) -> None:
        self.specs, self.shape, self.dtype = tuple(specs), shape, dtype
        self.fields = tuple(
            ElasticFields.of(spec, shape, dtype) for spec in specs if isinstance(spec, ElasticSpec)
        )
        if self.fields:
            normal_pool(POOL, dtype)  # drawn before a second process is forked, which then has it too
        height, width, _ = shape
        middle = (np.array([height, width]) - 1) / 2
        ramp = (np.arange(height) - middle[0]).astype(dtype)[:, None]
        # The last two columns are an affine map's: what is multiplied by the row, and what is not.
        self.left = np.hstack([*(field.rows for field in self.fields), ramp, np.ones_like(ramp)])
        self.columns = (np.arange(width) - middle[1]).astype(dtype)
        # The canvas has a border of one pixel.
        self.middle = (middle + 1).astype(dtype)[:, None, None]

    def draw(self, rng: Generator, n: int) -> Displacements:
        """Draw what happens to n examples."""
        maps: Maps | None = None
        numbers, fields = [], iter(self.fields)
        for spec in self.specs:
            left_alone = rng.random(n) >= spec.probability
            if isinstance(spec, ElasticSpec):
                drawn = next(fields).draw(rng, n)
                drawn[:, :, left_alone] = 0
                numbers.append(drawn)
            else:
                own = MAPS[spec.type](spec, rng, n, self.shape)
                own[left_alone] = IDENTITY
                maps = own if maps is None else maps @ own
        return Displacements(identities(n) if maps is None else maps, tuple(numbers))

    def memory(self, n: int) -> "WarpMemory":
        """Return the memory that warping up to n images at a time takes."""
        height, width, _ = self.shape
        size = height * n * width
        return WarpMemory(
            right=np.empty(self.left.shape[1] * 2 * n * width, self.dtype),
            places=np.empty(2 * size, self.dtype),
            indices=np.empty(size, np.intp),
            corners=np.empty(4 * size, self.dtype),
        )

    def apply(self, canvas: Canvas, drawn: Displacements, memory: "WarpMemory", out: Floats) -> None:
        """Move the pixels of a canvas's images, as many as the memory was made for or fewer.

        Args:
            out: (channels, n, height, width), overwritten; may be the canvas's inner part.
        """
        distances = self._places(drawn, memory)
        corners = memory.corners[: 2 * distances.size].reshape(2, *distances.shape)
        # The corners are looked up once all whole numbers are known; until then their memory holds these.
        indices = _split(distances, canvas, whole=corners[0], memory=memory)
        for plane, images in zip(canvas.planes, out, strict=True):
            _sample(plane, indices, distances, corners, out=images.transpose(1, 0, 2))

    def _places(self, drawn: Displacements, memory: "WarpMemory") -> Floats:
        """Return (2, height, n, width): the row and the column, on the canvas, that each pixel comes from.

        Both are left @ right: elastic fields and affine maps are sums of a few products of something that
        depends on the row alone and something that depends on the column alone.
        """
        n, (height, width, _), rank = len(drawn.maps), self.shape, self.left.shape[1]
        right = memory.right[: 2 * rank * n * width].reshape(2, rank, n, width)
        start = 0
        for field, numbers in zip(self.fields, drawn.numbers, strict=True):
            part = right[:, start : start + field.rows.shape[1]]
            np.matmul(numbers, field.columns, out=part)
            start += field.rows.shape[1]
        by_axis = drawn.maps.transpose(2, 1, 0).astype(self.dtype)[..., None]  # (3, 3, n, 1)
        right[:, -2] = by_axis[0, :2]
        np.multiply(by_axis[1, :2], self.columns, out=right[:, -1])
        right[:, -1] += by_axis[2, :2] + self.middle
        places = memory.places[: 2 * height * n * width].reshape(2, height, n * width)
        for axis in (0, 1):
            _multiply(self.left, right[axis].reshape(rank, -1), out=places[axis])
        return places.reshape(2, height, n, width)


@dataclass(frozen=True, eq=False)
class WarpMemory:
    """Scratch for one thread: its contents are undefined between calls."""

    right: Floats
    places: Floats
    indices: Indices
    corners: Floats


def _multiply(left: Floats, right: Floats, out: Floats) -> None:
    """Write left @ right, a few columns at a time: products so small that BLAS never shares them out.

    Two threads that share out products wait for each other, and the training step is the other one.
    """
    columns = right.shape[1]
    # Pieces of one length: BLAS takes a quarter longer where they are not (benchmarks.augmentation).
    step = -(-columns // -(-columns * left.size // SMALL_PRODUCT))
    for start in range(0, columns, step):
        part = slice(start, start + step)
        np.matmul(left, right[:, part], out=out[:, part])


def _split(
    places: Floats,  # (2, height, n, width)  on the canvas; overwritten by the distances, in [0, 1]
    canvas: Canvas,
    whole: Floats,  # (2, height, n, width)  contents undefined afterwards
    memory: WarpMemory,
) -> Indices:
    """Find the upper left one of the four pixels around each place, and how far the place is from it.

    Returns:
        (height, n, width) indices of those pixels, in a plane's images end to end.
    """
    _, height, n, width = places.shape
    dtype = places.dtype.type
    rows, columns = canvas.planes.shape[2:]
    # An axis at a time: both at once are more than a second-level cache holds, and take longer.
    for place, nearest, border in zip(places, whole, (height + 1, width + 1), strict=True):
        # Beyond the border all is background, as on it.
        np.maximum(place, zeros(place.shape, place.dtype), out=place)
        np.minimum(place, filled(border, place.shape, place.dtype), out=place)
        np.floor(place, out=nearest)
        place -= nearest
    # Whole numbers are exact in float32 below 2**24; so few images are warped at a time that these are.
    first, column = whole
    first *= dtype(columns)
    first += column
    first += (np.arange(n, dtype=dtype) * dtype(rows * columns))[:, None]
    indices = memory.indices[: first.size].reshape(first.shape)
    # By way of int32, which takes half as long as straight to int64.
    narrow = column.view(np.int32) if column.itemsize == 4 else column.view(np.int64)
    np.copyto(narrow, first, casting="unsafe")
    np.copyto(indices, narrow)
    return indices


def _sample(
    plane: Floats,  # (n, rows, columns)  one channel of a canvas; read only
    indices: Indices,  # (height, n, width)  of the upper left pixel
    distances: Floats,  # (2, height, n, width)  down and to the right from there, in [0, 1]
    corners: Floats,  # (2, 2, height, n, width)  contents undefined afterwards
    out: Floats,  # (height, n, width)  overwritten; may be the plane's own inner part
) -> None:
    """Interpolate between four pixels. a + t · (b - a) is a where b equals it, whatever t: no new shades."""
    pixels, (down, right) = plane.reshape(-1), distances
    for start, (left_pixels, between) in zip((0, plane.shape[2]), corners, strict=True):
        # mode="clip" lets take write straight into the buffer; the indices are in range.
        np.take(pixels[start:], indices, out=left_pixels, mode="clip")
        np.take(pixels[start + 1 :], indices, out=between, mode="clip")
        between -= left_pixels
        between *= right
        between += left_pixels
    upper, lower = corners[0, 1], corners[1, 1]
    lower -= upper
    lower *= down
    np.add(lower, upper, out=out)


MAPS: dict[str, MapMaker] = {
    "flip": flip_maps,
    "shift": shift_maps,
    "rotation": rotation_maps,
    "zoom": zoom_maps,
    "crop": crop_maps,
}
