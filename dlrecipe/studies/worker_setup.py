"""What a worker process does before its first trial: a `preload`, in Dask's terms."""

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Get ready: the engine loaded, and deaf to Ctrl-C, which a terminal sends to every process of a group.

    Whether the trials go on is for the process that handed them out to decide.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import dlrecipe.studies.work  # noqa: F401
