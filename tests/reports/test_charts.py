"""Charts as pages have them: SVG of our own, without matplotlib."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dlrecipe.reports.html.charts import chart_svg
from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Mark, ticks_of
from dlrecipe.reports.plots.style import DEV
from tests.cli.conftest import Cli


def svg_of(*shapes, log: bool = False) -> str:
    return str(chart_svg(Chart("title", Axis("x"), Axis("y", log=log), shapes), "label", "name"))


@pytest.mark.parametrize("span", [(0.0, 1.0), (0.03, 0.41), (-2.5, 7.0), (0.0, 12_345.0), (1e-7, 9e-7)])
def test_a_tick_says_the_value_that_it_stands_at(span: tuple[float, float]):
    ticks = ticks_of(Axis(""), span, 5)
    assert 2 <= len(ticks) <= 6
    for place, words in ticks:
        assert float(words.replace(",", "")) == pytest.approx(place, abs=1e-12)


def test_ticks_of_a_log_scale_lie_within_it_and_are_not_too_many():
    for span in ((1e-9, 1e3), (0.02, 0.9), (1.0, 1.5)):
        ticks = ticks_of(Axis("", log=True), span, 6)
        assert all(span[0] <= place <= span[1] for place, _ in ticks)
        assert len(ticks) <= 7


def test_an_unknown_value_leaves_a_gap_and_what_is_not_positive_has_no_place_on_a_log_scale():
    assert svg_of(Line([1, 2, 3, 4, 5], [1, 2, math.nan, 1, 2], DEV)).count('fill="none"') == 2
    shown = svg_of(Line([1, 2, 3, 4, 5], [1, 2, 0, 1, 2], DEV), log=True)
    assert shown.count('fill="none"') == 2
    assert "nan" not in shown


def test_lengths_are_those_of_the_values():
    shown = svg_of(Dots([0, 1, 3], [0, 1, 3], DEV))
    x = [float(each) for each in re.findall(r'cx="([\d.]+)"', shown)]
    y = [float(each) for each in re.findall(r'cy="([\d.]+)"', shown)]
    assert (x[2] - x[0]) / (x[1] - x[0]) == pytest.approx(3, rel=0.01)
    assert (y[0] - y[2]) / (y[0] - y[1]) == pytest.approx(3, rel=0.01)


def test_a_line_of_many_epochs_is_drawn_from_end_to_end_with_its_peaks_and_in_little_room(monkeypatch):
    looks = []
    span = Chart.span
    monkeypatch.setattr(Chart, "span", lambda chart, side: looks.append(side) or span(chart, side))
    n = 20_000
    rising = [epoch / n + (3.0 if epoch == 12_345 else 0.0) for epoch in range(n)]
    shown = svg_of(Line(list(range(n)), rising, DEV))
    points = [pair.split() for pair in re.findall(r'd="M([^"]+)"', shown)[-1].split(" L")]
    across = [float(x) for x, _ in points]
    assert across == sorted(across)
    few = svg_of(Line([0, 12_345, n - 1], [rising[0], rising[12_345], rising[-1]], DEV))
    ends = re.findall(r'd="M([^"]+)"', few)[-1].split(" L")
    assert [" ".join(points[0]), " ".join(points[-1])] == [ends[0], ends[-1]]
    assert " ".join(min(points, key=lambda point: float(point[1]))) == ends[1]
    assert len(shown) < 100_000
    assert len(looks) < 20, "each look at a span is one at every value: 20,000 of them took minutes"


def test_words_are_escaped_and_a_single_point_or_value_is_drawn():
    shown = svg_of(Line([5], [2], DEV, "<script>"), Mark(5, "a & b"))
    assert "<script>" not in shown
    assert "a &amp; b" in shown
    assert "nan" not in svg_of(Line([1, 2], [3, 3], DEV))


def test_colours_are_the_pages_own():
    assert re.search(r"#[0-9a-f]{6}", svg_of(Line([1, 2], [1, 2], DEV, "dev"), Mark(1, "kept"))) is None


def test_a_report_needs_neither_matplotlib_nor_scikit_learn(iris_cli: Cli, tmp_path: Path):
    code = (
        "import sys; from dlrecipe.cli.app import main\n"
        f"try: main(['report', 'latest', '--runs-dir', {str(iris_cli.runs)!r}, '-o', 'a.html'])\n"
        "except SystemExit as end: assert not end.code\n"
        "print([name for name in ('matplotlib', 'sklearn', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_ticks_between_two_epochs_are_left_out():
    ticks = ticks_of(Axis("epoch", whole=True), (0.8, 6.2), 12)
    assert [words for _, words in ticks] == ["1", "2", "3", "4", "5", "6"]
