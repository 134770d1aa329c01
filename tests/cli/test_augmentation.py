"""Augmentation from the command line: each kind trains, misfits are refused, what is interrupted goes on."""

import json
import signal
import subprocess
import sys
import time
from typing import get_args, get_type_hints

import numpy as np
import pytest

from dlrecipe.data.augmentation.specs import Augmentation

COMMAND = [sys.executable, "-c", "from dlrecipe.cli.app import main; main()"]
KINDS = [get_args(get_type_hints(member)["type"])[0] for member in get_args(get_args(Augmentation)[0])]
ON_PIXELS = [kind for kind in KINDS if kind not in ("noise", "mixup")]
SMALL = {
    "data": {"source": "digits"},
    "network": {"hidden": [16]},
    "training": {"epochs": 2, "batch_size": 100},
    "normalization": "minmax",
}
DIGITS = SMALL | {
    "name": "digits",
    "augmentation": [
        {"type": "elastic", "alpha": 8, "sigma": 2},
        {"type": "shift", "pixels": 1},
        {"type": "noise", "std": 0.05},
        "mixup",
    ],
    "training": {"epochs": 60, "batch_size": 50, "threads": 1},
    "early_stopping": None,
}


def changed(kind):
    return {"type": kind} | ({"size": 3} if kind == "cutout" else {})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_trains_on_images(cli, kind):
    plain, augmented = (cli.train(SMALL | {"augmentation": some})["cost"] for some in ([], [changed(kind)]))
    assert plain != augmented
    assert np.isfinite(augmented["train"])
    assert cli.document("evaluate", "latest")["n"] == 359


def test_all_kinds_together_train_a_convolutional_network(cli):
    layers = [{"type": "conv", "filters": 4}, "max_pool", "flatten", {"type": "dense", "units": 8}]
    augmentation = [changed(kind) for kind in KINDS]
    run = cli.train(SMALL | {"network": {"layers": layers}, "augmentation": augmentation})
    assert run["status"] == "finished"


@pytest.mark.parametrize("kind", ["noise", "mixup"])
@pytest.mark.parametrize("source", ["wine", "breast_cancer", "diabetes"])
def test_noise_and_mixup_train_on_rows_of_numbers(cli, source, kind):
    assert cli.train(SMALL | {"data": {"source": source}, "augmentation": [kind]})["status"] == "finished"


@pytest.mark.parametrize(
    "loss",
    [
        {"type": "cross_entropy", "label_smoothing": 0.1},
        {"type": "cross_entropy", "class_weights": "balanced"},
    ],
    ids=["smoothed", "weighted"],
)
@pytest.mark.parametrize("source", ["wine", "breast_cancer"])
def test_mixup_goes_with_smoothed_and_weighted_labels(cli, source, loss):
    run = cli.train(SMALL | {"data": {"source": source}, "augmentation": ["mixup"], "loss": loss})
    assert run["status"] == "finished"


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_mixup_goes_with_every_loss_of_numbers(cli, loss):
    cli.train(SMALL | {"data": {"source": "diabetes"}, "augmentation": ["mixup"], "loss": loss})


REFUSED = {
    "an image's change to rows of numbers": (
        "wine",
        "[noise, flip]",
        ":2:23",
        ["flip works on images", "noise"],
    ),
    "a cutout of everything": ("digits", "[{type: cutout, size: 8}]", ":2:16", ["size 8", "8×8"]),
    "a shift out of the image": ("digits", "[{type: shift, pixels: 9}]", ":2:16", ["pixels 9", "8×8"]),
    "no such change": ("digits", "[flip, blur]", ":2:22", ["'blur'", "flip, shift, rotation"]),
    "no list": ("digits", "flip", ":2:15", ["must be a list"]),
    "a probability of 0": ("digits", "[{type: flip, probability: 0}]", ":2:42", ["greater than 0"]),
    "a probability above 1": ("digits", "[{type: flip, probability: 1.5}]", ":2:42", ["1.5"]),
    "a fraction of a pixel": ("digits", "[{type: shift, pixels: 0.5}]", ":2:38", ["whole number"]),
    "a zoom of nothing": (
        "digits",
        "[{type: zoom, low: 1.2, high: 1}]",
        ":2:34",
        ["low 1.2 is above high 1"],
    ),
    "another kind's key": ("digits", "[{type: flip, degrees: 3}]", ":2:29", ["degrees"]),
}


@pytest.mark.parametrize(("source", "augmentation", "place", "names"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_at_its_place_with_a_remedy(cli, source, augmentation, place, names):
    config = cli.write(f"data: {{source: {source}}}\naugmentation: {augmentation}\n")
    outcome = cli("train", config)
    assert outcome.code == 2
    assert outcome.err.startswith(f"config.yaml{place}"), outcome.err
    assert all(name in outcome.err for name in names), outcome.err
    assert "Traceback" not in outcome.err
    assert not cli.runs.exists()


def test_pixels_of_a_table_are_refused(cli):
    rows = [f"{i},{i % 7},{'yes' if i % 2 else 'no'}" for i in range(40)]
    (cli.folder / "rows.csv").write_text("\n".join(["a,b,c", *rows]) + "\n")
    source = {"type": "table", "path": "rows.csv"}
    outcome = cli("train", cli.write(SMALL | {"data": {"source": source}, "augmentation": ["rotation"]}))
    assert outcome.code == 2
    assert "rotation works on images" in outcome.err
    assert "rows.csv" in outcome.err
    assert cli.train(SMALL | {"data": {"source": source}, "augmentation": ["mixup"]})["status"] == "finished"


def test_channels_that_come_first_are_refused_with_the_remedy(cli):
    rng = np.random.default_rng(0)
    np.savez(cli.folder / "a.npz", x=rng.random((60, 3, 16, 16)), y=np.arange(60) % 2)
    source = {"type": "npz", "path": "a.npz"}
    outcome = cli("train", cli.write(SMALL | {"data": {"source": source}, "augmentation": ["flip"]}))
    assert outcome.code == 2
    assert "x.transpose(0, 2, 3, 1)" in outcome.err


def start(folder):
    return subprocess.Popen(
        [*COMMAND, "train", "config.yaml", "--json"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_ends_at_once_and_goes_on_exactly(cli, number):
    whole = cli.train(DIGITS)["run_id"]
    process = start(cli.folder)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            under_way = [path for path in cli.runs.glob("digits-*/metrics.jsonl") if whole not in str(path)]
            if under_way and under_way[0].read_bytes().count(b"\n") >= 10:
                break
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert "Traceback" not in err
    if number != signal.SIGKILL:
        assert process.returncode == 128 + number
        assert json.loads(out)["status"] == "interrupted"
    resumed = cli.document_of_resume()
    assert resumed["run_id"] != whole
    for file in ("weights.safetensors", "metrics.jsonl"):
        assert (cli.runs / whole / file).read_bytes() == (cli.runs / resumed["run_id"] / file).read_bytes()


def test_the_sheet_shows_each_image_as_it_is_and_then_changed(cli):
    from PIL import Image
    from sklearn.datasets import load_digits

    config = cli.write(SMALL | {"augmentation": [{"type": "shift", "pixels": 2}, "noise"]})
    outcome = cli("augment", config, "-o", "sheet.png", "--examples", 5, "--times", 30)
    assert outcome.code == 0, outcome.err
    sheet = np.asarray(Image.open(cli.folder / "sheet.png"))
    # 8 pixels, each enlarged 8 times, and a gap of 2 around.
    assert sheet.shape == (5 * 68, 31 * 68)
    tiles = sheet.reshape(5, 68, 31, 68).transpose(0, 2, 1, 3)[:, :, 2:66:8, 2:66:8]
    digits = (load_digits().images * 255 / 16).astype(np.uint8)
    for plain, *changed in tiles:
        assert (digits == plain).all(axis=(1, 2)).any()
        moved = [
            np.pad(plain, 2)[2 - down :, 2 - right :][:8, :8]
            for down in range(-2, 3)
            for right in range(-2, 3)
        ]
        assert all(any(np.array_equal(each, one) for one in moved) for each in changed)
    assert not cli.runs.exists()


@pytest.mark.parametrize(
    ("source", "augmentation", "output", "names"),
    [
        ("digits", [], "a.png", ["config.yaml:", "no change to pixels", "rotation"]),
        ("wine", ["flip"], "a.png", ["flip works on images"]),
        ("digits", ["flip"], "none/a.png", ["none/a.png", "cannot be written"]),
        ("digits", ["flip"], "a.sheet", ["a.sheet", "cannot be written"]),
    ],
)
def test_a_sheet_that_cannot_be_drawn_is_refused(cli, source, augmentation, output, names):
    config = cli.write({"data": {"source": source}, "augmentation": augmentation})
    outcome = cli("augment", config, "-o", output)
    assert outcome.code == 2
    assert all(name in outcome.err for name in names), outcome.err
    assert "Traceback" not in outcome.err
