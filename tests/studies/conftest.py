"""Workers without processes, for studies whose parallel running is tested elsewhere."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import pytest

from dlrecipe.studies.trial import Place, Trial, TrialResult
from dlrecipe.studies.work import run_trial


class HereWorkers:
    """Trains one trial after the other in this process."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def run(
        self, trials: Iterable[Trial], place: Place, *, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[TrialResult]:
        for trial in trials:
            if stop():
                return
            self.ids.append(trial.id)
            yield run_trial(trial, place)


Opened: TypeAlias = Callable[[], object]


@pytest.fixture
def here() -> HereWorkers:
    return HereWorkers()


@pytest.fixture
def opened(here: HereWorkers) -> Opened:
    @contextmanager
    def open_here() -> Iterator[HereWorkers]:
        yield here

    return open_here
