"""The picture of a sweep: which points are in it and where, what is marked, what stands below the axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.reports.plots.chart import Chart, Dots, Line, Mark
from dlrecipe.reports.plots.sweep_chart import sweep_chart
from dlrecipe.reports.sweep import sweep_svg
from dlrecipe.studies.directory import new_study
from dlrecipe.studies.sweep import Request, make_plan
from dlrecipe.studies.sweep_results import Scored, sweep_document

L2 = "regularization.l2"
BASE = load_config_text("data: {source: iris}\n", name="flowers.yaml")


@pytest.fixture
def drawn(tmp_path):
    """Draw the first axis of a sweep over what is given, with dev errors by value and seed."""

    def draw(
        vary: Sequence[str],
        errors: Mapping[str, Sequence[float | None]],
        epochs: Mapping[str, int] | None = None,
    ) -> tuple[Chart, dict[str, Any]]:
        seeds = len(next(iter(errors.values())))
        plan = make_plan(Request(BASE, (*vary, *([f"seed=0..{seeds - 1}"] if seeds > 1 else []))))
        trials = [
            Scored(
                f"p{point}-s{seed}", point, (epochs or {}).get(value),
                {axis.key: value for axis in plan.axes}, str(seed), "done" if dev is not None else "diverged",
                None, {} if dev is None else {"train": dev / 2, "dev": dev}, 100, 5, "classification", "",
                1.0,
            )
            for point, (value, devs) in enumerate(errors.items())
            for seed, dev in enumerate(devs)
        ]  # fmt: skip
        document = sweep_document(plan, new_study(tmp_path, "sweep", "flowers", {}), trials, complete=True)
        return sweep_chart(document, plan.axes[0]), {"document": document, "axes": plan.axes}

    return draw


def line(chart: Chart, label: str) -> Line:
    (found,) = (each for each in chart.shapes if isinstance(each, Line) and each.label == label)
    return found


def test_the_chosen_value_is_marked_and_the_line_of_one_standard_error_lies_above_the_lowest(drawn):
    chart, made = drawn([f"{L2}=0.1,1,10"], {"0.1": (0.10, 0.12), "1": (0.11, 0.13), "10": (0.3, 0.3)})
    (mark,) = (each for each in chart.shapes if isinstance(each, Mark))
    # The standard error of 0.10 and 0.12 is 0.01, so 1 is as good as 0.1, and simpler.
    assert (mark.x, mark.label) == (1.0, "chosen: 1")
    assert line(chart, "lowest + 1 std. error").y == pytest.approx([12.0, 12.0])
    assert line(chart, "dev").y == pytest.approx([11.0, 12.0, 30.0])
    assert line(chart, "train").y == pytest.approx([5.5, 6.0, 15.0])
    assert "95% intervals" in chart.title
    assert sum(each.width == 6 for each in chart.shapes if isinstance(each, Line)) == 3
    assert "chosen: 1" in sweep_svg(made["document"], made["axes"])


def test_a_range_that_was_varied_by_its_logarithm_has_a_log_axis_from_end_to_end(drawn):
    chart, _ = drawn([f"{L2}=log:0.5..2"], {"0.7": (0.2,), "1.5": (0.1,)})
    assert chart.x.log
    assert 0.4 < chart.x.low < 0.5
    assert 2 < chart.x.high < 2.2
    plain, _ = drawn([f"{L2}=0.01..2"], {"0.7": (0.2,), "1.5": (0.1,)})
    assert not plain.x.log


def test_zero_among_the_values_of_a_log_axis_has_a_place_of_its_own(drawn):
    chart, _ = drawn([f"{L2}=0,0.1,10"], {"0": (0.2,), "0.1": (0.1,), "10": (0.3,)})
    assert chart.x.log
    assert [words for _, words in chart.x.ticks] == ["0", "0.1", "10"]
    assert line(chart, "dev").x == pytest.approx([0.1 / 10**0.5, 0.1, 10])


def test_named_choices_keep_their_order_and_their_places_also_where_one_diverged(drawn):
    chart, _ = drawn(
        ["network.activation=tanh,relu,sigmoid"], {"tanh": (0.3,), "relu": (None,), "sigmoid": (0.2,)}
    )
    assert [words for _, words in chart.x.ticks] == ["tanh", "relu", "sigmoid"]
    assert line(chart, "dev").x == [0.0, 2.0]


def test_names_too_many_to_stand_side_by_side_are_cut(drawn):
    names = [f"[{', '.join(['64'] * n)}]" for n in range(1, 9)]
    chart, _ = drawn([f"network.hidden={','.join(names)}"], dict.fromkeys(names, (0.1,)))
    assert sum(len(words) for _, words in chart.x.ticks) <= 56


def test_points_that_did_not_come_to_the_end_are_apart_from_the_line(drawn):
    errors, epochs = {"0.1": (0.2,), "1": (0.1,), "10": (0.4,)}, {"0.1": 9, "1": 9, "10": 3}
    chart, _ = drawn([f"{L2}=0.1,1,10"], errors, epochs)
    assert line(chart, "dev").x == [0.1, 1.0]
    (pale,) = (each for each in chart.shapes if isinstance(each, Dots) and each.label)
    assert (pale.label, pale.x, pale.y) == ("dev, not to the end", [10.0], [40.0])


def test_where_no_point_is_complete_those_that_there_are_are_drawn_and_nothing_is_marked(drawn):
    chart, _ = drawn([f"{L2}=0.1,1"], {"0.1": (0.2, None), "1": (None, 0.1)})
    assert line(chart, "dev").y == pytest.approx([20.0, 10.0])
    assert not [each for each in chart.shapes if isinstance(each, Mark)]


def test_an_interval_over_seeds_ends_at_all_of_the_examples(drawn):
    # Student's of 20% and 90% would reach from -390% to 500%.
    _, made = drawn([f"{L2}=0.1,1"], {"0.1": (0.2, 0.9), "1": (0.2, 0.9)})
    dev = made["document"]["best"]["dev"]
    assert (dev["low"], dev["high"]) == (0.0, 1.0)
