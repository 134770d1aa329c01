"""High bias, high variance, mismatch, dev overfitting, and a dev set too small: when they speak up."""

from dataclasses import replace

from dlrecipe.diagnosis.evidence import ClassAnswers, Evidence

SMALL = {"train": 500, "train_dev": 50, "dev": 50, "test": 50}


def test_high_bias_names_the_errors_and_the_interval(underfitting, found):
    finding = found(underfitting, "high-bias")
    assert "15.0%" in finding.evidence
    assert "95%: 14.7 to 15.3" in finding.evidence


def test_high_bias_is_silent_while_undecided(well, found):
    assert found(replace(well, errors={"train": 0.03}, n={"train": 100}), "high-bias") is None


def test_high_bias_needs_the_train_error(missing):
    assert missing(Evidence(errors={"dev": 0.1}), "high-bias") == ("errors.train",)


def test_high_variance_fires_on_a_train_1_dev_11_run(overfitting, found):
    assert "dev error 11.0% is 10.0 points" in found(overfitting, "high-variance").evidence


def test_high_variance_is_silent_where_train_dev_does_well(well, found):
    run = replace(well, errors={"train": 0.01, "train_dev": 0.015, "dev": 0.11})
    assert found(run, "high-variance") is None


def test_high_variance_needs_the_dev_error(missing):
    assert missing(Evidence(errors={"train": 0.1}), "high-variance") == ("errors.dev",)


def test_mismatch_fires_where_dev_is_far_above_train_dev(well, found):
    run = replace(well, errors={"train": 0.01, "train_dev": 0.015, "dev": 0.11})
    assert "above train_dev error 1.50%" in found(run, "mismatch").evidence


def test_mismatch_is_silent_where_fifty_examples_could_be_chance(well, found):
    run = replace(well, errors={"train": 0.01, "train_dev": 0.02, "dev": 0.08}, n=SMALL)
    assert found(run, "mismatch") is None


def test_mismatch_needs_a_train_dev_split(overfitting, missing):
    assert missing(overfitting, "mismatch") == ("errors.train_dev",)


def test_dev_overfit_fires_where_test_is_far_above_dev(well, found):
    run = replace(well, errors={"train": 0.01, "dev": 0.02, "test": 0.08})
    assert "above dev error 2.00%" in found(run, "dev-overfit").evidence


def test_dev_overfit_is_silent_where_test_equals_dev(well, found):
    assert found(replace(well, errors={"dev": 0.02, "test": 0.02}), "dev-overfit") is None


def test_dev_overfit_needs_a_test_error(overfitting, missing):
    assert missing(overfitting, "dev-overfit") == ("errors.test",)


def test_ten_dev_examples_are_too_few(well, found):
    # One error on ten: Wilson's interval is 0.0179 to 0.4042 (scipy.stats.binomtest).
    run = replace(well, errors={"train": 0.0, "dev": 0.1}, n={"train": 1000, "dev": 10})
    finding = found(run, "dev-set-too-small")
    assert "from 1.79% to 40.4%" in finding.evidence
    assert finding.severity == "note"


def test_thirty_dev_examples_without_an_error_raise_no_alarm(well, found):
    run = replace(well, errors={"train": 0.0, "dev": 0.0}, n={"train": 90, "dev": 30})
    assert found(run, "dev-set-too-small") is None


def test_dev_set_too_small_needs_its_size(well, missing):
    assert missing(replace(well, n={"train": 100}), "dev-set-too-small") == ("n.dev",)


def fared(**named):
    """The answers of classes a, b and c on train: 60%, 30% and a smaller share, and how often c is named."""
    return {
        "train": {
            "a": ClassAnswers(n=600, right=590, predicted=650),
            "b": ClassAnswers(n=300, right=290, predicted=300),
            "c": ClassAnswers(**named),
        }
    }


def test_a_small_class_that_is_never_named_is_a_finding(well, found):
    run = replace(well, by_class=fared(n=50, right=0, predicted=0))
    # 50 of 950 examples are 5.26%.
    assert "class c has 5.26% of the training examples (50) and is never named" in (
        found(run, "class-ignored").evidence
    )


def test_a_class_that_is_named_once_is_not_ignored(well, found):
    assert found(replace(well, by_class=fared(n=50, right=0, predicted=1)), "class-ignored") is None


def test_a_class_without_examples_is_not_ignored(well, found):
    assert found(replace(well, by_class=fared(n=0, right=0, predicted=0)), "class-ignored") is None


def test_class_ignored_needs_the_answers(well, missing):
    assert missing(replace(well, by_class=None), "class-ignored") == ("by_class.train",)


def test_one_dev_example_is_one_example_and_not_examples(well, found):
    run = replace(well, errors={"train": 0.0, "dev": 0.0}, n={"train": 100, "dev": 1})
    assert "on 1 example:" in found(run, "dev-set-too-small").evidence
