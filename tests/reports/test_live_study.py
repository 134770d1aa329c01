"""What a terminal shows while a study runs: all that is said fits, at any width."""

import io

import pytest
from rich.console import Console

from dlrecipe.reports.live_study import EndedTrial, LiveStudy
from dlrecipe.reports.terminal import open_terminal

TOLD = ["best 31.2% at regularization.l2=0.1 optimizer.learning_rate=0.001", "1.3 s left"]


@pytest.mark.parametrize("width", [40, 60, 200])
@pytest.mark.parametrize("colour", [True, False])
def test_the_live_view_of_a_study_says_the_best_in_full_in_a_narrow_terminal(width: int, colour: bool):
    study = LiveStudy(open_terminal(quiet=True), "trial", lambda: TOLD)
    study.planned, study.ended = 3, 1
    trial = EndedTrial(
        name="regularization.l2=0.1",
        task="classification",
        outcome="done",
        done=True,
        train=0.296,
        dev=0.312,
        error="",
        wall_s=1.8,
    )
    study.take(trial, str)
    out = io.StringIO()
    console = Console(file=out, width=width, no_color=not colour, force_terminal=colour, legacy_windows=False)
    lines = console.render_lines(study.view(), pad=False)
    shown = ["".join(segment.text for segment in line) for line in lines]
    assert all(len(line) <= width for line in shown)
    told = " ".join(" ".join(shown).split())
    for part in ["2/3 trials", *TOLD]:
        assert part in told
