"""The names of the ways to choose a sweep's points, apart so that `--help` need not load them."""

from typing import Literal, TypeAlias

Method: TypeAlias = Literal["grid", "random", "sobol", "halving", "optuna"]
