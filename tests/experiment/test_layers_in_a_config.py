"""A network given as a list of layers, from the config to a stored run and back."""

import json
from pathlib import Path

import numpy as np
import pytest

from dlrecipe.cli.app import main
from dlrecipe.config.loading import load_config_text
from dlrecipe.errors import ConfigError
from dlrecipe.nn.layer_specs import ConvLayer, FlattenLayer
from dlrecipe.nn.specs import DEFAULT_HIDDEN

CONV = """\
name: small
data: {source: digits}
network:
  layers:
    - {type: conv, filters: 4, stride: 2}
    - batch_norm
    - flatten
training: {epochs: 2}
"""


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["dlrecipe", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load_config_text(text, "c.yaml")
    return str(refused.value)


def test_layers_take_the_place_of_hidden():
    network = load_config_text(CONV, "c.yaml").config.network
    assert network.hidden == ()
    assert network.layers[0] == ConvLayer(filters=4, stride=2)
    assert network.layers[2] == FlattenLayer()
    assert load_config_text("data: {source: digits}", "c.yaml").config.network.hidden == DEFAULT_HIDDEN


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("{hidden: [5], layers: [flatten]}", "network: hidden and layers are two ways"),
        ("{hidden: [64, 32], layers: [flatten]}", "network: hidden and layers are two ways"),
        ("{activation: tanh, layers: [flatten]}", "network: activation goes with hidden"),
        ("{layers: [denes]}", "Did you mean 'dense'?"),
        ("{layers: [{type: dense, unit: 3}]}", "network.layers.0.unit"),
        ("{layers: [{type: dense}]}", "network.layers.0.units: missing"),
        ("{layers: [{type: residual, layers: []}]}", "network.layers.0.layers: must have at least 1"),
        (
            "{layers: [{type: residual, layers: [{type: residual, layers: [relu]}]}]}",
            "unknown layer 'relu'",
        ),
        (
            "{layers: [flatten]}\nregularization: {dropout: {keep_prob: 0.5}}",
            "put dropout among network.layers",
        ),
    ],
)
def test_a_mistake_in_the_layers_is_told_at_its_key(network, words):
    assert words in problem(f"data: {{source: digits}}\nnetwork: {network}\n").replace("Put", "put")


def test_train_evaluate_and_resume_a_convolutional_network(tmp_path, capsys, monkeypatch):
    config, runs = tmp_path / "c.yaml", tmp_path / "runs"
    config.write_text(CONV)
    code, out, _ = run(capsys, monkeypatch, "train", str(config), "--runs-dir", str(runs), "--json")
    assert code == 0
    trained = json.loads(out)
    weights = _weights(Path(trained["path"]))
    assert weights["W1"].shape == (9, 4)
    assert weights["mean1"].any()
    code, out, _ = run(
        capsys, monkeypatch, "evaluate", "latest", "--split", "dev", "--runs-dir", str(runs), "--json"
    )
    assert code == 0
    assert json.loads(out)["error"] == trained["errors"]["dev"]
    code, out, _ = run(
        capsys, monkeypatch, "resume", "latest", "--epochs", "3", "--runs-dir", str(runs), "--json"
    )
    assert code == 0
    assert json.loads(out)["epochs_run"] == 3


def _weights(path: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(path / "weights.safetensors")


@pytest.mark.parametrize(
    ("source", "layers", "place", "words"),
    [
        (
            "wine",
            "[{type: conv, filters: 4}, flatten]",
            "c.yaml:2:19  network.layers",
            "without an image's shape",
        ),
        (
            "digits",
            "[flatten, {type: conv, filters: 4}]",
            "c.yaml:2:29  network.layers.1",
            "conv needs an image",
        ),
        ("digits", "[{type: conv, filters: 4}]", "network.layers", "flatten"),
        (
            "digits",
            "[{type: dense, units: 1}, layer_norm]",
            "c.yaml:2:45  network.layers.1",
            "a single number",
        ),
    ],
)
def test_layers_that_do_not_fit_the_data_are_refused_at_their_place(
    tmp_path, capsys, monkeypatch, source, layers, place, words
):
    config = tmp_path / "c.yaml"
    config.write_text(f"data: {{source: {source}}}\nnetwork: {{layers: {layers}}}\n")
    code, _, err = run(capsys, monkeypatch, "train", str(config), "--runs-dir", str(tmp_path / "runs"))
    said = " ".join(err.split())
    assert code == 2
    assert " ".join(place.split()) in said
    assert words in said
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        ("[dense_32, batch_norm]", 2),
        ("[{type: residual, layers: [batch_norm]}]", 2),
        ("[{type: conv, filters: 2}, batch_norm, {type: avg_pool, size: 8}, flatten]", 0),
        ("[{type: conv, filters: 2}, {type: avg_pool, size: 8}, batch_norm, flatten]", 2),
        ("[dense_32, layer_norm]", 0),
    ],
)
def test_batches_of_one_are_refused_where_a_batch_norm_would_make_nothing_of_them(
    tmp_path, capsys, monkeypatch, layers, code
):
    layers = layers.replace("dense_32", "{type: dense, units: 32}")
    config = tmp_path / "c.yaml"
    config.write_text(
        f"data: {{source: digits, limit_train: 50}}\nnetwork: {{layers: {layers}}}\n"
        "training: {epochs: 1, batch_size: 1}\n"
    )
    found, _, err = run(capsys, monkeypatch, "train", str(config), "--runs-dir", str(tmp_path / "runs"))
    assert found == code, err
    if code:
        assert "c.yaml:3:35 training.batch_size: each example is a batch of its own" in " ".join(err.split())
        assert not (tmp_path / "runs").exists()


def test_150_residual_layers_learn_the_digits(tmp_path, capsys, monkeypatch):
    config = Path(__file__).parents[2] / "configs" / "residual.yaml"
    arguments = ["train", str(config), "--set", "training.epochs=12", "--json"]
    code, out, _ = run(capsys, monkeypatch, *arguments, "--runs-dir", str(tmp_path / "runs"))
    trained = json.loads(out)
    assert code == 0
    assert _weights(Path(trained["path"]))["W150"].shape == (32, 10)
    # The whole of the config's 30 epochs is asked for 5 %; 12 of them must come near.
    assert trained["errors"]["dev"] <= 0.08


def test_a_wrong_layer_of_a_block_is_all_that_is_told_of():
    # pydantic leaves it out, and then finds the block's list too short.
    told = problem("data: {source: digits}\nnetwork: {layers: [{type: residual, layers: [denes]}]}\n")
    assert "Did you mean 'dense'?" in told
    assert "must have at least" not in told
