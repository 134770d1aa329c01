"""Some planted causes of benchmarks.diagnosis, trained anew: each is among the first two findings."""

import pytest

from benchmarks.diagnosis import Task, judged, plant

# Instance 0 of each is on scikit-learn's digits. Together they take 5 s of one core.
CAUSES = (
    "zeros as initialization",
    "learning rate 100 times too low",
    "a wrong gradient",
    "too small",
    "too strong l2",
    "inputs of unlike scales",
)


@pytest.mark.parametrize("cause", CAUSES)
def test_a_planted_cause_is_among_the_first_two_findings(cause, tmp_path):
    task = Task(cause, 0)
    plant(task, tmp_path)
    findings = judged(task, tmp_path)["findings"]
    assert set(findings[:2]) & set(task.planted.right), findings


def test_a_healthy_run_of_the_benchmark_raises_no_alarm(tmp_path):
    plant(Task("", 0), tmp_path)
    assert judged(Task("", 0), tmp_path)["findings"] == []
