"""Gradient checks as the JSON that scripts read. Knows results alone."""

import math
from collections.abc import Sequence
from typing import Any

from dlrecipe.gradcheck.result import CheckResult, EpsilonRow, TensorResult, Worst


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
        "n_apart": result.n_apart,
        "n_examples": result.n_examples,
        "notes": list(result.notes),
        "tensors": [_tensor_json(tensor) for tensor in result.tensors],
        **({"epsilons": [_row_json(row) for row in result.epsilons]} if result.epsilons else {}),
    }


def _tensor_json(tensor: TensorResult) -> dict[str, Any]:
    return {
        "name": tensor.name,
        "relative_difference": _finite(tensor.relative_difference),
        "verdict": tensor.verdict,
        "epsilon": tensor.epsilon,
        "n_checked": tensor.n_checked,
        "n_kinks": tensor.n_kinks,
        "n_apart": tensor.n_apart,
        "n_one_sided": tensor.n_one_sided,
        "data_difference": _finite(tensor.data_difference),
        "penalty_difference": _finite(tensor.penalty_difference),
        "projection_difference": _finite(tensor.projection_difference),
        "persists": tensor.persists,
        "term": tensor.term,
        "worst": tensor.worst and _worst_json(tensor.worst),
        "hint": tensor.hint,
    }


def _row_json(row: EpsilonRow) -> dict[str, Any]:
    return {
        "epsilon": row.epsilon,
        "relative_difference": _finite(row.relative_difference),
        "rounding": _finite(row.rounding),
        "n_checked": row.n_checked,
        "n_kinks": row.n_kinks,
    }


def _worst_json(worst: Worst) -> dict[str, Any]:
    return {
        "index": list(worst.index),
        "analytic": _finite(worst.analytic),
        "numeric": _finite(worst.numeric),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
