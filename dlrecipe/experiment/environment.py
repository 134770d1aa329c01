"""What a run was made with: versions, threads, the state of the working tree."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from dlrecipe import __version__
from dlrecipe.training.threads import thread_pools

GIT_S = 60.0
"""How long what git says is taken to hold: a process that makes many runs need not ask it for each."""


def describe_environment(folder: Path) -> dict[str, Any]:
    """Return the environment as JSON-able values.

    Args:
        folder: where the config lies; the git commit is that of its repository, null outside one.
    """
    blas = [pool for pool in thread_pools().info() if pool.get("user_api") == "blas"]
    return {
        "dlrecipe": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": _version("scikit-learn"),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "simd": _simd(),
        "blas": [f"{pool['internal_api']} {pool.get('version')} {pool.get('architecture')}" for pool in blas],
        "threads": max((int(pool["num_threads"]) for pool in blas), default=1),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "git": _git(folder, int(time.monotonic() // GIT_S)),
    }


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what could make a resumed run differ in its last bits: versions, BLAS, threads, processor.

    What the run has not noted, as a run of an earlier version may not, is taken to be the same.
    """
    keys = ("dlrecipe", "numpy", "blas", "simd", "threads", "platform")
    return [
        f"{key} was {_in_words(then[key])} and is {_in_words(now[key])}"
        for key in keys
        if key in then and then[key] != now[key]
    ]


def _in_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _simd() -> list[str]:
    """Return the vector instructions that NumPy's own kernels found beyond its baseline."""
    try:
        kernels: Any = import_module("numpy._core._multiarray_umath")
        features, optional = kernels.__cpu_features__, kernels.__cpu_dispatch__
    except (ImportError, AttributeError):  # no public name for them: another NumPy may keep them elsewhere
        return []
    return [name for name in optional if features.get(name)]


@cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@lru_cache(maxsize=4)
def _git(folder: Path, when: int) -> dict[str, Any] | None:
    """Return the commit of the folder's repository and whether tracked files differ from it.

    Args:
        when: a number that changes when it is time to look again.
    """
    try:
        commit = _run_git(folder, "rev-parse", "HEAD")
        changes = _run_git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "dirty": bool(changes)}


def _run_git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    return done.stdout.strip()
