"""All checks of the data in one place, and their judgement of a data set. Knows no check's numbers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlrecipe.data.checks import (
    columns,
    combinations,
    drift,
    duplicates,
    groups,
    labels,
    leaks,
    picture_marks,
    pictures,
    renumbered,
    series,
    sizes,
    spellings,
    telltales,
)
from dlrecipe.data.checks.check import SEVERITIES, Check, DataFinding
from dlrecipe.data.checks.tables import Tables

FAMILIES: dict[str, dict[str, Check]] = {
    "leaks": leaks.CHECKS | combinations.CHECKS | telltales.CHECKS | pictures.CHECKS | picture_marks.CHECKS,
    "duplicates": duplicates.CHECKS | renumbered.CHECKS,
    "groups": groups.CHECKS | series.CHECKS,
    "labels": labels.CHECKS | spellings.CHECKS,
    "drift": drift.CHECKS,
    "columns": columns.CHECKS,
    "sizes": sizes.CHECKS,
}

CHECKS: dict[str, Check] = {code: check for family in FAMILIES.values() for code, check in family.items()}


@dataclass(frozen=True, kw_only=True)
class DataReport:
    """What the checks found, errors first, which could not be judged, and which were passed over."""

    findings: tuple[DataFinding, ...]
    not_judged: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def errors(self) -> tuple[DataFinding, ...]:
        """The findings that training does not start with."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "not_judged": list(self.not_judged),
            "ignored": list(self.ignored),
        }


def judge(tables: Tables, *, quick: bool, ignored: Collection[str] = ()) -> DataReport:
    """Judge every check that the tables allow.

    Args:
        quick: only the cheap ones, as at the start of a training.
        ignored: codes not to judge.
    """
    findings, not_judged = [], []
    # Values of 1e300 and constant columns are findings, or none; never warnings of NumPy's.
    with np.errstate(all="ignore"):
        for code, check in CHECKS.items():
            if code in ignored or check.task not in (None, tables.task) or (quick and not check.quick):
                continue
            if not all(tables.has(need) for need in check.needs):
                not_judged.append(code)
            elif (finding := check.run(code, tables)) is not None:
                findings.append(finding)
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return DataReport(
        findings=tuple(findings),
        not_judged=tuple(not_judged),
        ignored=tuple(code for code in CHECKS if code in ignored),
    )
