"""Every kind of image file is read to the pixels that a viewer shows, or refused by name."""

import contextlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlrecipe.data.sources.picture_files import first_look, read_picture
from dlrecipe.data.specs import ImagesSource
from dlrecipe.errors import DataError

GREY = ImagesSource(path="unused")
COLOUR = ImagesSource(path="unused", mode="colour")
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (4, 6, 3), dtype=np.uint8)
ALPHA = RNG.integers(0, 256, (4, 6), dtype=np.uint8)
PALETTE = np.array([[255, 0, 0], [0, 200, 10], [7, 8, 99]], dtype=np.uint8)
PLACES = RNG.integers(0, 3, (4, 6), dtype=np.uint8)
BITS = RNG.integers(0, 2, (4, 6)).astype(bool)


def on_white(pixels, alpha):
    """Return what shows of pixels before a white wall."""
    opaque = alpha[..., None].astype(float) / 255
    return np.rint(pixels * opaque + 255 * (1 - opaque)).astype(np.uint8)


def with_palette():
    image = Image.fromarray(PLACES, "P")
    image.putpalette(PALETTE.tobytes())
    return image


def grey_of(pixels):
    """Return the weights of ITU-R 601-2, which Pillow's handbook names for mode L."""
    return np.asarray(pixels, float) @ [0.299, 0.587, 0.114]


LOSSLESS = {
    "rgb.png": (Image.fromarray(PIXELS), {}, PIXELS),
    "rgb.bmp": (Image.fromarray(PIXELS), {}, PIXELS),
    "rgb.tif": (Image.fromarray(PIXELS), {}, PIXELS),
    "RGB.TIFF": (Image.fromarray(PIXELS), {"compression": "tiff_lzw"}, PIXELS),
    "rgb.webp": (Image.fromarray(PIXELS), {"lossless": True}, PIXELS),
    "palette.png": (with_palette(), {}, PALETTE[PLACES]),
    "palette.gif": (with_palette(), {}, PALETTE[PLACES]),
    "palette.tif": (with_palette(), {}, PALETTE[PLACES]),
    "hole.png": (
        with_palette(), {"transparency": 1}, on_white(PALETTE[PLACES], np.where(PLACES == 1, 0, 255)),
    ),
    "hole.gif": (
        with_palette(), {"transparency": 1}, on_white(PALETTE[PLACES], np.where(PLACES == 1, 0, 255)),
    ),
    "rgba.png": (Image.fromarray(np.dstack([PIXELS, ALPHA])), {}, on_white(PIXELS, ALPHA)),
    "rgba.tif": (Image.fromarray(np.dstack([PIXELS, ALPHA])), {}, on_white(PIXELS, ALPHA)),
    "rgba.webp": (
        Image.fromarray(np.dstack([PIXELS, ALPHA])), {"lossless": True, "exact": True},
        on_white(PIXELS, ALPHA),
    ),
    "la.png": (
        Image.fromarray(np.dstack([PIXELS[..., 0], ALPHA]), "LA"), {},
        on_white(np.repeat(PIXELS[..., :1], 3, axis=2), ALPHA),
    ),
    "grey.png": (Image.fromarray(PIXELS[..., 0]), {}, np.repeat(PIXELS[..., :1], 3, axis=2)),
    "bits.png": (Image.fromarray(BITS), {}, np.repeat(BITS[..., None] * 255, 3, axis=2)),
    "bits.tif": (
        Image.fromarray(BITS), {"compression": "group4"}, np.repeat(BITS[..., None] * 255, 3, axis=2),
    ),
    "cmyk.tif": (
        # An ink takes its part of the light, and black the same of what is left.
        Image.fromarray(np.dstack([PIXELS, ALPHA]), "CMYK"), {},
        np.rint((255.0 - PIXELS) * (255.0 - ALPHA[..., None]) / 255),
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated")
@pytest.mark.parametrize("name", LOSSLESS)
def test_the_pixels_are_those_that_were_saved(tmp_path: Path, name: str):
    image, options, wanted = LOSSLESS[name]
    image.save(tmp_path / name, **options)
    colour, file = read_picture(tmp_path / name, COLOUR)
    assert (file.height, file.width) == (4, 6)
    np.testing.assert_allclose(colour, np.asarray(wanted, float), atol=1)  # rounding of what is half clear
    grey, _ = read_picture(tmp_path / name, GREY)
    np.testing.assert_allclose(grey, grey_of(wanted), atol=1.5)


def test_a_photograph_for_print_has_the_colours_of_its_inks(tmp_path: Path):
    flat = np.full((16, 16, 4), (10, 200, 90, 30), dtype=np.uint8)  # of one colour: JPEG keeps it
    Image.fromarray(flat, "CMYK").save(tmp_path / "a.jpg", quality=95)
    pixels, _ = read_picture(tmp_path / "a.jpg", COLOUR)
    wanted = [(255 - ink) * (255 - 30) / 255 for ink in (10, 200, 90)]
    np.testing.assert_allclose(pixels.reshape(-1, 3).mean(axis=0), wanted, atol=3)


UPRIGHT = np.zeros((16, 32), dtype=np.uint8)
UPRIGHT[:8, :8] = 255
STORED = {
    1: UPRIGHT, 2: UPRIGHT[:, ::-1], 3: UPRIGHT[::-1, ::-1], 4: UPRIGHT[::-1],
    5: UPRIGHT.T, 6: np.rot90(UPRIGHT), 7: UPRIGHT[::-1, ::-1].T, 8: np.rot90(UPRIGHT, -1),
}  # fmt: skip
"""How a picture lies in a file whose EXIF says 1 to 8: EXIF 2.32, section 4.6.4, Orientation."""


@pytest.mark.parametrize("kind", ["jpg", "png", "tif", "packed.tif", "webp"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_picture_is_turned_upright(tmp_path: Path, kind: str, orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{kind}"
    packed = {"compression": "tiff_lzw"} if kind == "packed.tif" else {}
    Image.fromarray(np.ascontiguousarray(STORED[orientation])).save(path, exif=exif, **packed)
    pixels, _ = read_picture(path, GREY)
    np.testing.assert_allclose(pixels, UPRIGHT.astype(float), atol=12)  # JPEG
    if kind in ("png", "tif"):
        deep = STORED[orientation].astype(np.uint16) * 257
        Image.fromarray(np.ascontiguousarray(deep)).save(path, exif=exif)
        assert read_picture(path, GREY)[0].tolist() == UPRIGHT.tolist()
    assert first_look(path)[0] == UPRIGHT.shape


def test_exif_data_that_a_program_has_cut_off_are_no_fault_of_the_pixels(tmp_path: Path):
    Image.fromarray(PIXELS).save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0garbagegarbage")
    assert read_picture(tmp_path / "a.jpg", COLOUR)[0].shape == (4, 6, 3)
    assert first_look(tmp_path / "a.jpg")[0] == (4, 6)


def test_a_camera_file_of_a_photograph_and_its_preview_is_the_photograph(tmp_path: Path):
    photograph, preview = (np.full((16, 16), level, dtype=np.uint8) for level in (90, 200))
    Image.fromarray(photograph).save(
        tmp_path / "a.jpg", "MPO", save_all=True, append_images=[Image.fromarray(preview)]
    )
    assert set(read_picture(tmp_path / "a.jpg", GREY)[0].ravel()) == {90}


@pytest.mark.parametrize("kind", ["gif", "png", "webp", "tif"])
def test_an_animation_or_pages_are_not_read_as_their_first_picture(tmp_path: Path, kind: str):
    frames = [Image.fromarray(np.full((8, 8, 3), level, dtype=np.uint8)) for level in (0, 90, 200)]
    frames[0].save(tmp_path / f"a.{kind}", save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match="3 pictures in one file"):
        read_picture(tmp_path / f"a.{kind}", GREY)


def png_of_16_bits(path: Path, levels: np.ndarray) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width, _ = levels.shape
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def test_a_colour_image_of_16_bits_keeps_the_upper_8(tmp_path: Path):
    levels = RNG.integers(0, 65_536, (4, 6, 3))
    png_of_16_bits(tmp_path / "a.png", levels)
    assert read_picture(tmp_path / "a.png", COLOUR)[0].tolist() == (levels >> 8).tolist()


LEVELS = np.array([[0, 257, 514, 1000, 40_000, 65_535], [1, 2, 3, 4, 32_768, 65_534]], dtype=np.uint16)
SHADES = [
    [0, 1, 2, 3.89105, 155.6420, 255],
    [0.00389105, 0.0077821, 0.01167315, 0.0155642, 127.50195, 254.99611],
]
"""LEVELS by hand: divided by 257, for 65,535 = 257 · 255."""


def tiff_by_hand(
    path: Path, levels: np.ndarray, order: str = "<", white_is_zero: bool = False, sign: int = 1
):
    """Write an uncompressed TIFF 6.0 of one strip, as a camera or scanner would."""
    body = levels.astype(levels.dtype.newbyteorder(order)).tobytes()
    (height, width), bits = levels.shape, 8 * levels.dtype.itemsize
    tags = [
        (256, width),
        (257, height),
        (258, bits),
        (259, 1),
        (262, 0 if white_is_zero else 1),
        (273, 8),
        (277, 1),
    ]
    tags += [(278, height), (279, len(body)), (339, sign)]
    entries = b"".join(
        struct.pack(order + "HHI", tag, 4, 1) + struct.pack(order + "I", at) for tag, at in tags
    )
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + len(body))
    path.write_bytes(head + body + struct.pack(order + "H", len(tags)) + entries + b"\0\0\0\0")


@pytest.mark.parametrize("name", ["a.png", "a.tif", "packed.tif", "intel.tif", "motorola.tif"])
def test_grey_of_16_bits_is_scaled_to_the_range_and_keeps_its_levels(tmp_path: Path, name: str):
    path = tmp_path / name
    if name in ("intel.tif", "motorola.tif"):
        tiff_by_hand(path, LEVELS, "<" if name == "intel.tif" else ">")
    else:
        Image.fromarray(LEVELS).save(path, **({"compression": "tiff_lzw"} if name == "packed.tif" else {}))
    grey, file = read_picture(path, GREY)
    np.testing.assert_allclose(grey, SHADES, rtol=1e-4)
    assert (file.white, file.highest) == (65_535, 65_535)
    colour, _ = read_picture(path, COLOUR)
    assert colour.shape == (2, 6, 3)
    assert (colour == grey[..., None]).all()
    assert first_look(path) == ((2, 6), False)


def test_white_is_255_with_8_bits_and_with_16(tmp_path: Path):
    Image.fromarray(PIXELS[..., 0]).save(tmp_path / "8.png")
    Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 257).save(tmp_path / "16.png")
    shallow, deep = (read_picture(tmp_path / f"{bits}.png", GREY)[0] for bits in (8, 16))
    np.testing.assert_allclose(deep, shallow, rtol=1e-6)


def test_a_scan_of_16_bits_whose_white_is_zero_is_turned_around(tmp_path: Path):
    tiff_by_hand(tmp_path / "a.tif", LEVELS, white_is_zero=True)
    np.testing.assert_allclose(read_picture(tmp_path / "a.tif", GREY)[0], 255 - np.array(SHADES), atol=1e-4)


def test_a_clear_level_of_16_bits_becomes_white(tmp_path: Path):
    Image.fromarray(LEVELS).save(tmp_path / "a.png", transparency=1000)
    pixels, _ = read_picture(tmp_path / "a.png", GREY)
    assert pixels[0, 3] == 255
    np.testing.assert_allclose(np.delete(pixels[0], 3), np.delete(SHADES[0], 3), rtol=1e-4)


def test_grey_of_16_bits_is_resized_between_its_levels(tmp_path: Path):
    Image.fromarray(np.array([[0, 257], [514, 771]], dtype=np.uint16)).save(tmp_path / "a.png")
    pixels, _ = read_picture(tmp_path / "a.png", ImagesSource(path="unused", size=(1, 1)))
    assert pixels == pytest.approx(1.5)  # the mean of 0, 1, 2 and 3


@pytest.mark.parametrize(
    "levels", [LEVELS.astype(np.uint32), LEVELS.astype(np.float32), LEVELS.astype(np.int16)]
)
def test_an_image_that_does_not_say_what_is_white_is_refused(tmp_path: Path, levels: np.ndarray):
    tiff_by_hand(tmp_path / "a.tif", levels, sign={"u": 1, "i": 2, "f": 3}[levels.dtype.kind])
    with pytest.raises(DataError, match="which of them is white") as refused:
        read_picture(tmp_path / "a.tif", GREY)
    assert "16 bits" in refused.value.remedy


@pytest.mark.parametrize("times", [1.5, 3])  # up to twice its limit Pillow itself only warns
def test_more_pixels_than_memory_should_hold_are_refused(tmp_path: Path, monkeypatch, times: float):
    Image.fromarray(PIXELS).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", int(24 / times))
    for read in (lambda path: read_picture(path, GREY), first_look):
        with pytest.raises(DataError, match=f"more than the {int(24 / times)} pixels"):
            read(tmp_path / "bomb.png")


def test_what_is_no_image_says_what_it_is_instead(tmp_path: Path):
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "page.jpg").write_text("<html>404 Not Found</html>")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    for name, what in (("empty", "an empty file"), ("page", "none of a type"), ("gone", "a link to a file")):
        (path,) = tmp_path.glob(f"{name}.*")
        with pytest.raises(DataError, match=what) as refused:
            read_picture(path, GREY)
        assert refused.value.where == str(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_damaged_files_are_read_or_refused_and_never_end_otherwise(tmp_path: Path, kind: str):
    path = tmp_path / "a"
    Image.fromarray(PIXELS).save(path, kind)
    whole, rng = np.frombuffer(path.read_bytes(), np.uint8), np.random.default_rng(0)
    for _ in range(60):
        damaged = whole.copy()
        damaged[rng.integers(0, min(len(whole), 200), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(damaged[: rng.integers(1, len(whole) + 1)].tobytes())
        for read in (lambda file: read_picture(file, GREY), first_look):
            with contextlib.suppress(DataError):
                read(path)


def test_a_tiff_whose_second_page_does_not_say_how_wide_it_is_is_refused(tmp_path: Path):
    image = Image.fromarray(PIXELS)
    image.save(tmp_path / "a.tif", save_all=True, append_images=[image])
    width = struct.pack("<HH", 256, 4)  # the tag of the width: TIFF 6.0, section 8
    first, second, rest = (tmp_path / "a.tif").read_bytes().split(width)
    (tmp_path / "a.tif").write_bytes(first + width + second + struct.pack("<HH", 255, 4) + rest)
    with pytest.raises(DataError, match="cannot be read: Missing dimensions"):
        read_picture(tmp_path / "a.tif", GREY)
