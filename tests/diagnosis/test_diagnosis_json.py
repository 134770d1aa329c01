"""The document that scripts rely on."""

import json

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Evidence


def test_the_document_has_the_contracts_keys(overfitting):
    document = diagnose(overfitting).to_json()
    assert document["schema_version"] == 1
    assert document["errors"] == {"train": 0.01, "dev": 0.11}
    assert set(document["gaps"]) == {"bias", "variance", "mismatch", "dev_overfit"}
    assert {"value", "low", "high", "verdict"} <= set(document["gaps"]["variance"])
    assert document["gaps"]["mismatch"] is None
    assert document["verdict"] == "high_variance"
    assert {"code", "title", "evidence", "advice"} <= set(document["findings"][0])
    assert {"advice", "change", "why"} <= set(document["next"][0])


def test_the_document_is_strict_json_whatever_is_known(overfitting, underfitting, well):
    for run in (Evidence(), Evidence(errors={"train": 0.1}), overfitting, underfitting, well):
        document = diagnose(run).to_json()
        assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_nothing_known_is_undecided_and_says_what_to_measure():
    document = diagnose(Evidence()).to_json()
    assert document["verdict"] == "undecided"
    assert document["next"][0]["advice"] == "Measure the train error"


def test_a_rule_that_lacks_evidence_says_which():
    document = diagnose(Evidence(errors={"train": 0.1, "dev": 0.1})).to_json()
    assert {"code": "mismatch", "missing": ["errors.train_dev"]} in document["not_judged"]


def test_the_diagnosis_needs_no_arrays_and_no_config_reader():
    import subprocess
    import sys

    code = "import sys, dlrecipe.diagnosis.diagnose; print({'numpy', 'pydantic', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
