"""A folder of images a class: what the bytes are, and what a broken folder says."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlrecipe.data.sources.images import load_images
from dlrecipe.data.specs import ImagesSource
from dlrecipe.errors import DataError


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels)).save(path, **options)


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "photos"
    for label, level in [("dog", 200), ("cat", 50)]:
        for number in range(3):
            save(root / label / f"{number}.png", np.full((4, 6), level + number, dtype=np.uint8))
    return root


def refusal(root, **settings):
    with pytest.raises(DataError) as caught:
        load_images(ImagesSource(path=str(root), **settings))
    assert caught.value.remedy
    return caught.value


def test_folders_are_classes_and_images_are_rows_of_bytes(photos):
    examples = load_images(ImagesSource(path=str(photos)))
    assert examples.class_names == ("cat", "dog")
    assert examples.target.tolist() == ["cat"] * 3 + ["dog"] * 3
    assert examples.matrix.dtype == np.uint8
    assert examples.feature_shape == (4, 6)
    assert examples.matrix[:, 0].tolist() == [50, 51, 52, 200, 201, 202]


def test_colour_keeps_three_channels_and_grey_weighs_them(photos):
    save(photos / "cat" / "0.png", np.full((4, 6, 3), (255, 0, 0), dtype=np.uint8))
    colour = load_images(ImagesSource(path=str(photos), mode="colour"))
    assert colour.feature_shape == (4, 6, 3)
    assert colour.matrix[0, :3].tolist() == [255, 0, 0]
    assert colour.matrix[1, :3].tolist() == [51, 51, 51]
    # ITU-R 601-2, the weights Pillow documents for mode L: 299/1000 of red.
    assert load_images(ImagesSource(path=str(photos))).matrix[0, 0] == 255 * 299 // 1000


def test_a_folder_of_8_and_16_bits_has_one_scale_and_says_so(photos):
    save(photos / "cat" / "1.png", np.full((4, 6), 4_095, dtype=np.uint16))
    examples = load_images(ImagesSource(path=str(photos)))
    assert examples.matrix[:, 0].tolist() == pytest.approx([50, 4_095 / 257, 52, 200, 201, 202])
    (note,) = examples.notes
    assert "1 of 6 images" in note
    assert "4,095 of the 65,535" in note


def test_of_16_bits_that_reach_white_no_change_is_asked(photos):
    save(photos / "cat" / "1.png", np.full((4, 6), 65_535, dtype=np.uint16))
    (note,) = load_images(ImagesSource(path=str(photos))).notes
    assert note.endswith("All are read as 0 for black to 255 for white.")


def test_a_folder_of_16_bits_alone_has_nothing_to_say(photos):
    for path in photos.glob("*/*.png"):
        save(path, np.full((4, 6), 30_000, dtype=np.uint16))
    examples = load_images(ImagesSource(path=str(photos)))
    assert not examples.notes
    assert examples.matrix.dtype == np.float32


def test_size_is_height_and_width(photos):
    save(photos / "cat" / "odd.jpg", np.full((10, 10), 99, dtype=np.uint8))
    examples = load_images(ImagesSource(path=str(photos), size=(2, 5)))
    assert examples.feature_shape == (2, 5)
    assert examples.matrix.shape == (7, 10)
    assert set(examples.matrix[3]) == {99}


def test_a_photograph_is_turned_upright(photos):
    exif = Image.Exif()
    exif[0x0112] = 6  # EXIF's orientation tag: the top of the picture is at the right
    save(photos / "cat" / "turned.jpg", np.zeros((6, 4), dtype=np.uint8), exif=exif)
    assert load_images(ImagesSource(path=str(photos))).feature_shape == (4, 6)


def test_what_is_transparent_becomes_white(photos):
    black_and_clear = np.zeros((4, 6, 4), dtype=np.uint8)
    black_and_clear[:2, :, 3] = 255
    save(photos / "cat" / "0.png", black_and_clear)
    first = load_images(ImagesSource(path=str(photos))).matrix[0].reshape(4, 6)
    assert (first[:2] == 0).all()
    assert (first[2:] == 255).all()


def test_notes_and_hidden_files_are_passed_over(photos):
    (photos / "README.txt").write_text("photos of cats and dogs")
    (photos / "cat" / "Thumbs.db").write_bytes(b"\0")
    (photos / ".cache").mkdir()
    (photos / "cat" / ".hidden.png").write_bytes(b"")
    assert load_images(ImagesSource(path=str(photos))).n_examples == 6


def test_sizes_that_differ_name_two_files_and_the_setting(photos):
    save(photos / "dog" / "1.png", np.zeros((5, 6), dtype=np.uint8))
    error = refusal(photos)
    assert error.where.endswith("dog/1.png")
    assert "cat/0.png" in error.what
    assert "5x6" in error.what
    assert "size: [4, 6]" in error.remedy


@pytest.mark.parametrize("damage", [b"", b"no image", None])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_an_unreadable_image_is_named(photos, damage, suffix):
    path = photos / "dog" / f"broken.{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (40, 60), dtype=np.uint8)
    save(path, noise)
    path.write_bytes(path.read_bytes()[:600] if damage is None else damage)
    error = refusal(photos, size=(4, 6))
    assert error.where == str(path)
    assert "cannot be read" in error.what


@pytest.mark.parametrize("name", ["phone.HEIC", "camera.cr2", "drawing.svg"])
def test_images_of_other_types_are_not_left_out_in_silence(photos, name):
    (photos / "cat" / name).write_bytes(b"whatever")
    assert refusal(photos).where.endswith(name)


def test_a_class_without_images_is_named(photos):
    (photos / "emu").mkdir()
    assert refusal(photos).where.endswith("emu")


def test_a_class_whose_files_are_not_called_images_says_how_they_must_be_called(photos):
    for path in (photos / "dog").iterdir():
        path.rename(path.with_suffix(""))
    error = refusal(photos)
    assert "without images, but 3 other files" in error.what
    assert ".png" in error.remedy


def test_a_folder_around_the_classes_folders_is_seen_through(photos):
    (photos / "unpacked").mkdir()
    for name in ("cat", "dog"):
        (photos / name).rename(photos / "unpacked" / name)
    assert str(photos / "unpacked") in refusal(photos).remedy


def test_links_capitals_and_names_in_any_letters_are_read(photos, tmp_path):
    (photos / "cat").rename(tmp_path / "elsewhere")
    (photos / "große Katze, 猫").symlink_to(tmp_path / "elsewhere")
    (photos / "dog" / "0.png").rename(photos / "dog" / "IMG 0.PNG")
    (photos / "dog" / "1.png").rename(tmp_path / "1.png")
    (photos / "dog" / "1.png").symlink_to(tmp_path / "1.png")
    examples = load_images(ImagesSource(path=str(photos)))
    assert examples.class_names == ("dog", "große Katze, 猫")
    assert examples.row_names.tolist()[:3] == ["dog/1.png", "dog/2.png", "dog/IMG 0.PNG"]
    assert sorted(examples.matrix[:, 0]) == [50, 51, 52, 200, 201, 202]


def test_one_class_is_not_enough(photos):
    for path in (photos / "dog").iterdir():
        path.unlink()
    (photos / "dog").rmdir()
    assert "1 folder of images" in refusal(photos).what


def test_an_image_without_a_class_and_a_folder_in_a_class_are_refused(photos):
    save(photos / "loose.png", np.zeros((4, 6), dtype=np.uint8))
    assert "no class" in refusal(photos).what
    (photos / "loose.png").unlink()
    (photos / "cat" / "kittens").mkdir()
    assert refusal(photos).where.endswith("kittens")


def test_a_path_that_is_not_there_or_is_a_file_is_refused(tmp_path, photos):
    assert "no such folder" in refusal(tmp_path / "nowhere").what
    assert "a file" in refusal(photos / "cat" / "0.png").what


def test_a_folder_without_permission_is_refused(photos, monkeypatch):
    def denied(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)  # chmod does not stop a test that runs as root
    assert "permission denied" in refusal(photos).what


def test_an_image_is_called_by_its_class_and_file_also_in_a_split(photos):
    examples = load_images(ImagesSource(path=str(photos))).take(np.array([4, 0]))
    assert examples.row_names.tolist() == ["dog/1.png", "cat/0.png"]
