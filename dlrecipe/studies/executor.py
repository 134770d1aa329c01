"""Trials run in parallel, on processes of this machine or on a Dask cluster whose workers share the disk.

    with open_workers(2) as workers:
        for result in workers.run(trials, place):
            ...

Results come as they are complete, in no order: what is drawn from them must not depend on it. A trial that
fails, diverges or kills its worker is a result like any other, and the rest go on. Knows nothing of what the
trials are for.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from dlrecipe.errors import StoreError
from dlrecipe.studies.trial import Place, Trial, TrialResult, Work


class Workers(Protocol):
    """Processes to run trials on."""

    def run(
        self, trials: Iterable[Trial], place: Place, *, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[TrialResult]:
        """Yield the result of each trial as it comes.

        Args:
            trials: drawn one by one, when a worker is free: they may depend on results that came before. Only
                those of a sequence may be drawn earlier.
            place: where they are kept.
            stop: asked about ten times a second; when it says so, what is running is left as it is, to be
                resumed later, and the iteration ends.
        Raises:
            InputError: the cluster was lost.
        """


def kept_results(
    workers: Workers, trials: Iterable[Trial], place: Place, *, stop: Callable[[], bool]
) -> Iterator[TrialResult]:
    """Yield what `Workers.run` does, up to a trial that the disk did not take.

    Raises:
        InputError: the cluster was lost.
        StoreError: the runs directory is full or cannot be written to. That ends the study and not the trial,
            which has no result: it is done when there is room.
    """
    for result in workers.run(trials, place, stop=stop):
        if result.unwritten:
            raise StoreError(result.error, remedy="After that, the same command with --resume goes on.")
        yield result


def get_ready(scheduler: str | None) -> None:
    """Have the workers of this machine import what they need while this process does so itself.

    Worth calling as soon as it is clear that they will be needed; `open_workers` does without.
    """
    if scheduler is None:
        from dlrecipe.studies import processes

        processes.get_ready()


def _training(trial: Trial, place: Place) -> TrialResult:
    """Train it. Only the worker imports the engine, not whoever hands the trials out."""
    from dlrecipe.studies.work import run_trial

    return run_trial(trial, place)


@contextmanager
def open_workers(
    n: int = 2,
    *,
    scheduler: str | None = None,
    work: Work | None = None,
    say: Callable[[str], None] = lambda text: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Iterator[Workers]:
    """Have workers ready while the context is open.

    Args:
        n: processes of this machine, one BLAS thread each.
        scheduler: `tcp://host:port` of a cluster to use in their stead; its workers are left as they are.
        work: what a worker does with a trial; None trains it.
        say: told what is being waited for.
        meanwhile: called once the workers are there; it begins what is needed in the end.
    Raises:
        InputError: there is no such scheduler, or it has no workers.
    """
    work = work or _training
    if scheduler is None:
        from dlrecipe.studies.local import open_local

        with open_local(n, work) as local:
            meanwhile()
            yield local
    else:
        from dlrecipe.studies.cluster import open_cluster

        with open_cluster(scheduler, work, say) as cluster:
            meanwhile()
            yield cluster
