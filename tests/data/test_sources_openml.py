"""OpenML through scikit-learn, offline: sets laid into its cache, and a fetcher that fails."""

import gzip
import hashlib
import http.client
import json
import socket
import urllib.error

import numpy as np
import pytest
import sklearn.datasets

from dlrecipe.data.sources.openml import fetch_openml_set
from dlrecipe.data.specs import OpenmlSource
from dlrecipe.errors import DataError

PETS = [
    ("weight", "numeric", None),
    ("coat", "nominal", ["long", "short"]),
    ("age", "numeric", None),
    ("kind", "nominal", ["cat", "dog"]),
]
ROWS = ["4.5,short,3,cat", "?,long,7,dog", "30,?,1,dog", "5,long,2,cat"]


@pytest.fixture
def openml_cache(tmp_path, monkeypatch):
    """Lay sets into scikit-learn's cache as its fetcher does: the address's path, gzipped."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))

    def no_network(*_args, **_kwargs):
        raise urllib.error.URLError("the tests have no network")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", no_network)
    monkeypatch.setattr("sklearn.datasets._openml.time.sleep", lambda _: None)

    def put(address, content):
        path = tmp_path / "openml" / "openml.org" / f"{address}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content.encode()))

    def lay(name, columns, rows, target):
        attributes = [
            f"@ATTRIBUTE {column} {'{' + ','.join(values) + '}' if values else 'NUMERIC'}"
            for column, _, values in columns
        ]
        arff = "\n".join([f"@RELATION {name}", *attributes, "@DATA", *rows, ""])
        features = [
            {
                "index": str(index),
                "name": column,
                "data_type": kind,
                "is_target": str(column == target).lower(),
                "is_ignore": "false",
                "is_row_identifier": "false",
                "number_of_missing_values": str(sum(row.split(",")[index] == "?" for row in rows)),
            }
            for index, (column, kind, _) in enumerate(columns)
        ]
        description = {
            "id": "1",
            "name": name,
            "version": "1",
            "status": "active",
            "format": "ARFF",
            "description": "laid by a test",
            "url": "https://api.openml.org/data/v1/download/1",
            "md5_checksum": hashlib.md5(arff.encode()).hexdigest(),
        }
        put(
            f"api/v1/json/data/list/data_name/{name}/limit/2/data_version/1",
            json.dumps({"data": {"dataset": [{"did": 1}]}}),
        )
        put("api/v1/json/data/1", json.dumps({"data_set_description": description}))
        put("api/v1/json/data/features/1", json.dumps({"data_features": {"feature": features}}))
        put(
            "api/v1/json/data/qualities/1",
            json.dumps({"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": len(rows)}]}}),
        )
        put("data/v1/download/1", arff)

    return lay


def refusal(spec):
    with pytest.raises(DataError) as caught:
        fetch_openml_set(spec)
    assert caught.value.remedy
    assert "openml" in caught.value.where
    return caught.value


def test_numbers_without_gaps_become_a_matrix(openml_cache):
    openml_cache("sizes", [PETS[0], PETS[2], PETS[3]], ["4.5,3,cat", "30,1,dog"], "kind")
    examples = fetch_openml_set(OpenmlSource(name="sizes"))
    assert examples.matrix.tolist() == [[4.5, 3], [30, 1]]
    assert examples.target.tolist() == ["cat", "dog"]
    assert examples.feature_names == ("weight", "age")
    assert examples.target_names == ("kind",)


def test_categories_come_as_names_and_gaps_as_missing(openml_cache):
    openml_cache("pets", PETS, ROWS, "kind")
    examples = fetch_openml_set(OpenmlSource(name="pets"))
    assert examples.matrix is None
    assert [(column.name, column.kind) for column in examples.columns] == [
        ("weight", "numeric"),
        ("coat", "categorical"),
        ("age", "numeric"),
    ]
    np.testing.assert_array_equal(examples.columns[0].values, [4.5, np.nan, 30, 5])
    assert examples.columns[1].values.tolist() == ["short", "long", None, "long"]


def test_another_column_can_be_the_target(openml_cache):
    openml_cache("pets", PETS, ROWS, "kind")
    examples = fetch_openml_set(OpenmlSource(name="pets", target="age"))
    assert examples.target.tolist() == [3.0, 7.0, 1.0, 2.0]
    assert [column.name for column in examples.columns] == ["weight", "coat", "kind"]


def test_an_unknown_target_is_refused(openml_cache):
    openml_cache("pets", PETS, ROWS, "kind")
    assert "colour" in refusal(OpenmlSource(name="pets", target="colour")).what


def test_a_set_without_a_target_lists_its_columns(openml_cache):
    openml_cache("pets", PETS, ROWS, None)
    error = refusal(OpenmlSource(name="pets"))
    assert "no target" in error.what
    assert "weight, coat, age, kind" in error.remedy


def test_no_network_is_said_with_what_to_do(openml_cache):
    error = refusal(OpenmlSource(name="mnist_784"))
    assert "could not be fetched" in error.what
    assert "the tests have no network" in error.what
    assert "type: table" in error.remedy


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (urllib.error.HTTPError("https://api.openml.org", 503, "Unavailable", None, None), "503"),
        (TimeoutError("timed out"), "timed out"),
        (socket.gaierror(-2, "Name or service not known"), "not known"),
        (http.client.IncompleteRead(b""), "IncompleteRead"),
        (sklearn.datasets._openml.OpenMLError("Dataset nope with version 1 not found."), "not found"),
        (ValueError("STRING attributes are not supported for array representation."), "STRING"),
    ],
)
def test_every_failure_of_the_fetcher_is_a_data_error(monkeypatch, failure, said):
    def fail(**_):
        raise failure

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fail)
    assert said in refusal(OpenmlSource(name="nope")).what
