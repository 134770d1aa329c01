"""Gradient checks as the JSON that scripts read. Knows results alone."""

import math
from collections.abc import Sequence
from typing import Any

from dlrecipe.gradcheck.result import CheckResult, TensorResult, Worst


def report_json(results: Sequence[CheckResult]) -> dict[str, Any]:
    """Return the checks as a strict JSON document; a number that is not finite becomes null."""
    return {
        "schema_version": 1,
        "passed": all(result.verdict != "fail" for result in results),
        "checks": [_check_json(result) for result in results],
    }


def _check_json(result: CheckResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "relative_difference": _finite(result.relative_difference),
        "verdict": result.verdict,
        "epsilon": result.epsilon,
        "n_components": result.n_components,
        "n_checked": result.n_checked,
        "n_kinks": result.n_kinks,
        "n_examples": result.n_examples,
        "notes": list(result.notes),
        "tensors": [_tensor_json(tensor) for tensor in result.tensors],
    }


def _tensor_json(tensor: TensorResult) -> dict[str, Any]:
    return {
        "name": tensor.name,
        "relative_difference": _finite(tensor.relative_difference),
        "verdict": tensor.verdict,
        "epsilon": tensor.epsilon,
        "n_checked": tensor.n_checked,
        "n_kinks": tensor.n_kinks,
        "one_sided": tensor.one_sided,
        "worst": tensor.worst and _worst_json(tensor.worst),
        "hint": tensor.hint,
    }


def _worst_json(worst: Worst) -> dict[str, Any]:
    return {
        "index": list(worst.index),
        "analytic": _finite(worst.analytic),
        "numeric": _finite(worst.numeric),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
