"""The places in a config of problems that show only once the data are known."""

from collections.abc import Iterator
from contextlib import contextmanager

from dlrecipe.config.loading import LoadedConfig
from dlrecipe.errors import ConfigError, DataError, Problem


@contextmanager
def places_from(loaded: LoadedConfig) -> Iterator[None]:
    """Give problems that show only once the data are known their places in the config."""
    try:
        yield
    except ConfigError as error:
        placed = [
            problem if problem.where else Problem(loaded.where(problem.path), *_rest(problem))
            for problem in error.problems
        ]
        raise ConfigError(placed) from error
    except DataError as error:
        if error.where:
            raise
        raise DataError(error.what, where=loaded.where("data"), remedy=error.remedy) from error


def _rest(problem: Problem) -> tuple[str, str, str]:
    return problem.path, problem.what, problem.remedy
