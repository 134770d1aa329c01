"""Exported models give what the engine gives, for every kind of layer, activation, scaling and column."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from dlrecipe.config.loading import load_config_text
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.specs import NormalizationName, NormalizationSpec
from dlrecipe.data.targets import TargetCodec
from dlrecipe.errors import InputError, MissingExtra
from dlrecipe.experiment.assembly import build_network
from dlrecipe.interop.onnx_export.activations import ACTIVATIONS as EXPORTED_ACTIVATIONS
from dlrecipe.interop.onnx_export.layers import EMITTERS
from dlrecipe.interop.onnx_export.model import TOLERANCE, ExportMismatch, build_model, largest_difference
from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.layers.kinds import KINDS
from dlrecipe.nn.network import Network

onnx = pytest.importorskip("onnx", reason="needs the extra 'onnx'")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs the extra 'onnx'")

N = 60
ROWS = [
    [{"type": "dense", "units": 5}, {"type": "batch_norm"}, {"type": "activation", "name": "tanh"}],
    [{"type": "dropout", "keep_prob": 0.5}, {"type": "layer_norm"}, {"type": "dense", "units": 4}],
    [{"type": "residual", "repeat": 2, "layers": [{"type": "dense", "units": 6}, {"type": "batch_norm"}]}],
    [{"type": "residual", "projection": True, "layers": [{"type": "dense", "units": 9}]}],
    [
        {
            "type": "residual",
            "projection": True,
            "layers": [
                {"type": "residual", "repeat": 2, "layers": [{"type": "dense", "units": 6}]},
                {"type": "dense", "units": 9},
            ],
        }
    ],
]
IMAGES = [
    [{"type": "conv", "filters": 3}, {"type": "max_pool"}, {"type": "flatten"}],
    [{"type": "conv", "filters": 3, "kernel": 4, "stride": 3}, {"type": "batch_norm"}, {"type": "flatten"}],
    [{"type": "conv", "filters": 2, "padding": "valid", "stride": 2}, {"type": "flatten"}],
    [{"type": "conv", "filters": 2}, {"type": "avg_pool", "size": 3, "stride": 2}, {"type": "flatten"}],
    [{"type": "conv", "filters": 2}, {"type": "max_pool", "size": 3, "stride": 1}, {"type": "flatten"}],
    [{"type": "conv", "filters": 2}, {"type": "layer_norm"}, {"type": "flatten"}],
    [
        {
            "type": "residual",
            "projection": True,
            "layers": [{"type": "conv", "filters": 4, "stride": 2}, {"type": "batch_norm"}],
        },
        {"type": "flatten"},
    ],
]  # fmt: skip


def config_of(**sections: Any) -> Any:
    """A config with these sections; its data are made by the test."""
    return load_config_text(json.dumps({"data": {"source": "iris"}, **sections})).config


def matrix(*shape: int, seed: int = 0) -> Examples:
    """Rows whose features have unlike scales and offsets; the second is constant, the third mostly 0."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, int(np.prod(shape)))) * np.logspace(-2, 3, int(np.prod(shape))) + 50
    X[:, 1] = 7.0
    X[:, 2] = np.where(rng.random(N) < 0.8, 0, X[:, 2])
    return Examples("test", matrix=X, feature_shape=shape if len(shape) > 1 else ())


def codec(task: str) -> TargetCodec:
    none = np.zeros(0)
    if task == "two classes":
        return TargetCodec("classification", ("kind",), ("no", "yes"), none, none)
    if task == "classes":
        return TargetCodec("classification", ("kind",), ("ä", "b", "c"), none, none)
    return TargetCodec("regression", ("u", "v"), (), np.array([1e4, -2.0]), np.array([1e3, 0.5]))


def scrambled(network: Network) -> Network:
    """The network with weights, biases, γ, β and running statistics all unlike their first values."""
    rng = np.random.default_rng(1)
    for name, array in network.arrays().items():
        spread = 0.5 / np.sqrt(array.shape[0]) if array.ndim == 2 else 0.3
        array[...] = rng.normal(scale=spread, size=array.shape)
        if name.startswith(("var", "gamma")):
            array[...] = rng.uniform(0.5, 2, array.shape)
    return network


def difference(
    examples: Examples, normalization: Any = "standard", task: str = "classes", **sections: Any
) -> float:
    """Return how far the exported model is from the engine; beyond TOLERANCE it raises."""
    config = config_of(**sections)
    preprocessor = Preprocessor.fit(examples, normalization, config.network.embeddings or ())
    fitted = Fitted(preprocessor, codec(task), None)
    dtype = np.dtype(config.training.precision)
    network = scrambled(build_network(config, fitted, dtype))
    X = preprocessor.transform(examples, dtype)
    model = build_model(fitted, network, name="test")
    return largest_difference(model, fitted, examples, network.outputs(X))


def test_every_kind_of_layer_and_every_activation_can_be_exported():
    assert set(EMITTERS) == set(KINDS)
    assert set(EXPORTED_ACTIVATIONS) == set(ACTIVATIONS)


@pytest.mark.parametrize("task", ["two classes", "classes", "numbers"])
@pytest.mark.parametrize("layers", ROWS)
def test_layers_on_rows_give_what_the_engine_gives(layers: Any, task: str):
    assert difference(matrix(6), task=task, network={"layers": layers}) <= TOLERANCE


@pytest.mark.parametrize("shape", [(9, 7), (8, 10, 3)])
@pytest.mark.parametrize("layers", IMAGES)
def test_layers_on_images_give_what_the_engine_gives(layers: Any, shape: tuple[int, ...]):
    assert difference(matrix(*shape), network={"layers": layers}) <= TOLERANCE


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_activations_give_what_the_engine_gives(name: str, precision: str):
    network = {"hidden": [16, 16], "activation": name}
    assert difference(matrix(6), network=network, training={"precision": precision}) <= TOLERANCE


def test_a_network_of_float64_with_layers_on_images_is_exported_as_well():
    layers = [*IMAGES[0][:2], {"type": "layer_norm"}, {"type": "flatten"}]
    assert (
        difference(matrix(8, 8), network={"layers": layers}, training={"precision": "float64"}) <= TOLERANCE
    )


@pytest.mark.parametrize("normalization", get_args(NormalizationName))
def test_normalizations_give_what_the_engine_gives(normalization: str):
    assert difference(matrix(6), normalization, network={"hidden": [8]}) <= TOLERANCE


def test_whitening_without_turning_back_is_exported():
    spec = NormalizationSpec(type="whitening", rotation="pca")
    assert difference(matrix(4, 4), spec, network={"hidden": [8]}) <= TOLERANCE


@pytest.mark.parametrize("kind", ["center", "standard", "minmax", "robust"])
def test_normalizations_of_each_image_by_itself_are_exported(kind: Any):
    examples = matrix(5, 5)
    assert examples.matrix is not None
    examples.matrix[3] = 4.0  # an image without contrast becomes 0
    spec = NormalizationSpec(type=kind, per="image")
    layers = [{"type": "conv", "filters": 2}, {"type": "flatten"}]
    assert difference(examples, spec, network={"layers": layers}) <= TOLERANCE


def test_quantiles_agree_on_ties_at_the_ends_and_beyond_what_was_seen():
    rng = np.random.default_rng(0)
    train = np.round(rng.normal(size=(500, 3)), 1)
    train[:300, 0] = train[:, 0].min()
    examples = Examples("test", matrix=train)
    fitted = Fitted(Preprocessor.fit(examples, "quantile"), codec("classes"), None)
    network = scrambled(build_network(config_of(network={"hidden": [8]}), fitted, np.float32))
    seen = np.unique(train[:, 0])
    asked = np.stack([np.concatenate([seen, seen + 0.03, [-99.0, 99.0]])] * 3, axis=1)
    rows = Examples("test", matrix=asked)
    outputs = network.outputs(fitted.preprocessor.transform(rows, np.float32))
    model = build_model(fitted, network, name="test")
    assert largest_difference(model, fitted, rows, outputs) <= TOLERANCE


def table() -> Examples:
    """Columns of every kind, with missing values, dates of three years with hours, and rare categories."""
    rng = np.random.default_rng(2)

    def some_missing(values: NDArray[Any], missing: Any) -> NDArray[Any]:
        gone = rng.random(N) < 0.1
        return np.array([missing if g else v for g, v in zip(gone, values, strict=True)], dtype=values.dtype)

    many = np.array([f"city {i % 7}" for i in range(N)], dtype=object)
    few = np.array(["red", "grün", ""], dtype=object)[rng.integers(0, 2, N)]
    return Examples(
        "test",
        columns=(
            Column("label", "categorical", some_missing(few, None)),  # the name of an output
            Column("age", "numeric", some_missing(rng.normal(40, 12, N), np.nan)),
            Column("city", "categorical", some_missing(many, None)),
            Column("member", "boolean", some_missing((rng.random(N) < 0.5).astype(float), np.nan)),
            Column("seen on", "date", some_missing(19_000 + 1000 * rng.random(N), np.nan)),
            Column("income #1", "numeric", rng.lognormal(10, 1, N)),
        ),
    )


@pytest.mark.parametrize("embeddings", [None, {"city": 3}, {"city": 2, "label": 2}])
@pytest.mark.parametrize("normalization", ["standard", "quantile", "whitening"])
def test_columns_of_a_table_give_what_the_engine_gives(normalization: str, embeddings: Any):
    network = {"hidden": [8], "embeddings": embeddings}
    assert difference(table(), normalization, network=network) <= TOLERANCE


def test_missing_and_unknown_values_go_where_they_went_in_the_engine():
    train = table()
    for embeddings in (None, {"city": 3, "label": 2}):
        config = config_of(network={"hidden": [8], "embeddings": embeddings})
        fitted = Fitted(Preprocessor.fit(train, "standard", embeddings or ()), codec("numbers"), None)
        network = scrambled(build_network(config, fitted, np.float32))
        odd = {"categorical": [None, "never seen", "city 1"], "boolean": [np.nan, 0.0, 1.0]}
        numbers = [np.nan, -1e6, 3.5]
        rows = replace(
            train,
            columns=tuple(
                replace(c, values=np.array(odd.get(c.kind, numbers), dtype=c.values.dtype))
                for c in train.columns
            ),
        )
        outputs = network.outputs(fitted.preprocessor.transform(rows, np.float32))
        model = build_model(fitted, network, name="test")
        assert largest_difference(model, fitted, rows, outputs) <= TOLERANCE
        # An output whose name a column has takes the next one, and the table says which.
        assert model.outputs == {"prediction": "prediction"}


def test_a_hashed_column_is_refused_with_a_remedy():
    column = Column("word", "categorical", np.array(["a", "b"] * 30, dtype=object), buckets=8)
    with pytest.raises(InputError, match=r"'word' is hashed") as refused:
        difference(Examples("test", columns=(column,)))
    assert "embeddings" in refused.value.remedy


def test_a_model_that_differs_from_the_run_is_not_accepted():
    examples = matrix(6)
    fitted = Fitted(Preprocessor.fit(examples, "standard"), codec("classes"), None)
    network = scrambled(build_network(config_of(network={"hidden": [8]}), fitted, np.float32))
    model = build_model(fitted, network, name="test")
    outputs = network.outputs(fitted.preprocessor.transform(examples, np.float32))
    with pytest.raises(ExportMismatch, match="a probability"):
        largest_difference(model, fitted, examples, outputs * 1.01)
    with pytest.raises(ExportMismatch, match="a label"):
        largest_difference(model, fitted, examples, -outputs)


@pytest.fixture
def rows_csv(cli: Any) -> Path:
    rng = np.random.default_rng(0)
    lines = ["age,city,member,since,bought"]
    for i in range(200):
        city, day = ("Ulm", "Bern", "")[i % 3], f"20{20 + i % 4}-0{1 + i % 9}-1{i % 10}"
        age = "" if i % 11 == 0 else f"{rng.normal(40, 9):.1f}"
        lines.append(
            f"{age},{city},{'true' if i % 2 else 'false'},{day},{'yes' if rng.random() < 0.5 else 'no'}"
        )
    path: Path = cli.folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    (cli.folder / "rows.yaml").write_text(
        "data: {source: {type: table, path: rows.csv, target: bought}}\n"
        "network: {hidden: [6]}\ntraining: {epochs: 2}\nchecks: off\n"
    )
    return path


def test_export_writes_a_model_that_onnxruntime_runs_on_raw_rows_as_predict_does(cli: Any, rows_csv: Path):
    cli.ok("train", "rows.yaml", "-q")
    told = cli.ok("export", "latest", "--onnx", "model.onnx")
    assert "labels equal" in told
    assert "city: text" in told
    session = onnxruntime.InferenceSession(cli.folder / "model.onnx")
    assert [each.name for each in session.get_inputs()] == ["age", "city", "member", "since"]
    day = np.datetime64("2023-05-14").astype(int)  # days since 1970
    asked = {
        "age": np.array([[33.5], [np.nan]]),
        "city": np.array([["Bern"], [""]], dtype=object),
        "member": np.array([[1.0], [0.0]]),
        "since": np.array([[day], [day]], dtype=np.float64),
    }
    label, shares = session.run(["label", "probabilities"], asked)
    (cli.folder / "new.csv").write_text(
        "age,city,member,since\n33.5,Bern,true,2023-05-14\n,,false,2023-05-14\n"
    )
    expected = [line.split(",") for line in cli.ok("predict", "latest", "new.csv").splitlines()[1:]]
    assert list(label) == [row[0] for row in expected]
    np.testing.assert_allclose(shares, np.array([row[1:] for row in expected], float), atol=1e-5)
    described = session.get_modelmeta().custom_metadata_map
    assert json.loads(described["inputs"])["city"]["categories"] == ["Bern", "Ulm"]
    assert json.loads(described["classes"]) == ["no", "yes"]


def test_export_replaces_a_file_only_when_forced_and_says_when_it_could_not_check(cli: Any, rows_csv: Path):
    cli.ok("train", "rows.yaml", "-q")
    (cli.folder / "model.onnx").write_text("mine")
    refused = cli("export", "latest", "--onnx", "model.onnx")
    assert (refused.code, (cli.folder / "model.onnx").read_text()) == (2, "mine")
    assert "--force" in refused.err
    rows_csv.unlink()
    document = json.loads(cli.ok("export", "latest", "--onnx", "model.onnx", "--force", "--json"))
    assert document["onnx"]["checked"]["rows"] == 0
    assert "rows.csv" in document["onnx"]["checked"]["reason"]
    onnx.checker.check_model(str(cli.folder / "model.onnx"))
    assert [path.name for path in cli.folder.glob(".*")] == []


def test_export_without_a_destination_or_into_no_folder_is_refused(cli: Any, rows_csv: Path):
    cli.ok("train", "rows.yaml", "-q")
    assert "--onnx FILE" in cli("export", "latest").err
    outcome = cli("export", "latest", "--onnx", "nowhere/model.onnx")
    assert outcome.code == 2
    assert "no such folder" in outcome.err


def test_a_missing_extra_is_named_with_its_install_command(cli: Any, monkeypatch: pytest.MonkeyPatch):
    import sys

    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtra) as missing:
        difference(matrix(6))
    assert missing.value.remedy == "pip install 'dlrecipe[onnx]'"
