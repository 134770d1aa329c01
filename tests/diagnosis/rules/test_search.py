"""What a search says of a run: an edge, a gain that is none, and too many looks at one dev set."""

from dataclasses import replace

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Beside, Edge, Gain

AT_EDGE = Beside(
    n_on_dev=9,
    is_best=True,
    edges=(Edge(key="regularization.l2", value=10.0, end="highest", n_tried=3),),
)


def test_the_best_of_a_search_at_its_edge_asks_for_a_wider_one(overfitting, found):
    run = replace(overfitting, beside=AT_EDGE)
    assert found(run, "edge-of-search").evidence == "regularization.l2 10 is the highest of 3 tried"
    assert "Search on beyond regularization.l2 10" in [step.advice for step in diagnose(run).next]


def test_an_edge_is_fine_where_the_run_does_well(well, found):
    assert found(replace(well, beside=AT_EDGE), "edge-of-search") is None


def test_a_change_that_gained_nothing_beyond_noise_is_told(overfitting, found):
    gain = Gain(advice="Use dropout", fell=0.002, interval=(-0.02, 0.024))
    finding = found(replace(overfitting, gain=gain), "gain-within-noise")
    assert "fell by 0.20 points (95%: -2.00 to 2.40)" in finding.evidence
    real = replace(gain, fell=0.03, interval=(0.01, 0.05))
    assert found(replace(overfitting, gain=real), "gain-within-noise") is None
    assert found(overfitting, "gain-within-noise") is None


def test_the_best_of_two_hundred_runs_on_400_examples_may_be_luck(well, found):
    looks = Beside(n_on_dev=200, is_best=True)
    run = replace(well, errors={"train": 0.02, "dev": 0.03}, n={"train": 2000, "dev": 400}, beside=looks)
    # sqrt(2 ln 200) = 3.255 standard errors of sqrt(0.03 x 0.97 / 400) = 0.853 points.
    assert "up to 2.78 points" in found(run, "many-looks-at-dev").evidence
    for other in (
        replace(run, beside=replace(looks, n_on_dev=29)),
        replace(run, beside=replace(looks, is_best=False)),
        replace(run, errors={**run.errors, "test": 0.03}),
        replace(run, n={"train": 2000, "dev": 40_000}),
    ):
        assert found(other, "many-looks-at-dev") is None


def test_a_search_is_not_judged_where_nobody_looked_beside_the_run(well, missing):
    alone = replace(well, beside=None)
    assert missing(alone, "edge-of-search") == ("beside",)
    assert missing(alone, "many-looks-at-dev") == ("beside",)
