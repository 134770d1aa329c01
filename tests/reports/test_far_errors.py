"""Pictures of studies: a few runs that went astray do not press all others flat."""

from typing import Any

from dlrecipe.reports.plots.chart import Dots, Line
from dlrecipe.reports.plots.study_charts import recipe_chart


def document(devs: list[float]) -> dict[str, Any]:
    entries = [
        {"trial": f"r{i}", "base": None if i == 0 else "r0", "errors": {"train": dev, "dev": dev}}
        for i, dev in enumerate(devs)
    ]
    best = {"trial": f"r{devs.index(min(devs))}"}
    return {"task": "classification", "entries": entries, "best": best, "target_error": None}


def test_a_run_that_went_astray_is_drawn_at_the_top_and_the_others_in_their_places():
    chart = recipe_chart(document([0.08, 0.9, 0.03, 0.01]))
    # The start's 8% must be seen: the axis ends at 1.3 times as much.
    assert chart.y.high is not None
    assert abs(chart.y.high - 1.3 * 8) < 1e-9
    assert "higher ones at the top" in chart.y.label
    (dev,) = (each for each in chart.shapes if isinstance(each, Dots) and each.label == "dev, tried")
    assert list(dev.y) == [8.0, chart.y.high, 3.0, 1.0]
    (path,) = (each for each in chart.shapes if isinstance(each, Line) and each.label == "dev, best path")
    assert list(path.y) == [8.0, 1.0]


def test_errors_of_one_magnitude_are_all_in_their_places():
    chart = recipe_chart(document([0.08, 0.12, 0.03, 0.01]))
    assert chart.y.high is None
    assert "top" not in chart.y.label
