"""Floating-point surprises and warnings are errors in every test."""

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def strict_floating_point() -> Iterator[None]:
    with np.errstate(all="raise", under="ignore"):
        yield
