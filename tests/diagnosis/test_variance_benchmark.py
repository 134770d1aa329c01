"""The planted runs that advice against variance was measured on."""

from benchmarks.variance_advice import KINDS, SETS, overfitting_runs, tell


def test_every_kind_and_every_data_set_is_in_both_halves():
    halves = {
        tuning: [run for run in overfitting_runs() if run.for_tuning == tuning] for tuning in (True, False)
    }
    for half in halves.values():
        assert {run.kind for run in half} == set(KINDS)
        assert {run.dataset for run in half} == set(SETS)


def test_a_change_is_told_by_the_median_over_runs_the_best_first(capsys):
    found = {"a": {"more L2": 0.1, "more dropout": 0.2}, "b": {"more L2": -0.1, "more dropout": 0.4}}
    figures = tell(found, "For tuning")
    assert list(figures) == ["more dropout", "more L2"]
    assert figures["more L2"] == {"median": 0.0, "least": -0.1, "runs": 2}
    assert "| more dropout | 30% | 20% | 2 |" in capsys.readouterr().out
