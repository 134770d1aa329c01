"""The checks of a config's data: on the raw examples, before training, and what becomes of errors."""

from collections.abc import Mapping
from typing import Any

from dlrecipe.arrays import DType
from dlrecipe.config.schema import Config
from dlrecipe.data.checks.catalogue import CHECKS, DataReport, judge
from dlrecipe.data.checks.tables import QUICK, THOROUGH, Cut, Part, Tables
from dlrecipe.data.examples import Examples, Split
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.preparation import Prepared
from dlrecipe.data.specs import ChecksSpec, DataSpec, SplitSpec
from dlrecipe.errors import ConfigError, DataError, Problem
from dlrecipe.experiment.assembly import prepare_data
from dlrecipe.suggestion import did_you_mean

SCHEMA_VERSION = 1


def checks_of(config: Config) -> ChecksSpec:
    """Return what a config says of checks, written out.

    Raises:
        ConfigError: it ignores a code that no check has.
    """
    spec = config.checks if isinstance(config.checks, ChecksSpec) else ChecksSpec(on_error=config.checks)
    unknown = [code for code in spec.ignore if code not in CHECKS]
    if unknown:
        remedy = did_you_mean(unknown[0], CHECKS, f"Choices: {', '.join(CHECKS)}.")
        raise ConfigError([Problem("", "checks.ignore", f"unknown code '{unknown[0]}'", remedy)])
    return spec


def prepare_checked(config: Config, dtype: DType, *, quick: bool) -> tuple[Prepared, DataReport | None]:
    """Prepare the data of a config, and check them on the way.

    Args:
        quick: as at the start of a training; where the config switches that off, the report is None.
    Raises:
        ConfigError: the config ignores a code that no check has.
        DataError: the data cannot be used.
    """
    spec = checks_of(config)
    if quick and spec.on_error == "off":
        return prepare_data(config, dtype), None
    reports: list[DataReport] = []

    def inspect(raw: Mapping[str, Examples], splits: Mapping[str, Split], fitted: Fitted) -> None:
        reports.append(judge(_tables(config, raw, splits, fitted, quick), quick=quick, ignored=spec.ignore))

    prepared = prepare_data(config, dtype, inspect=inspect)
    return prepared, reports[0]


def refuse_errors(config: Config, report: DataReport | None) -> None:
    """Refuse to train on data with errors, unless the config says otherwise.

    Raises:
        DataError: names every error, its remedy, and how to train all the same.
    """
    if report is None or not report.errors or checks_of(config).on_error != "stop":
        return
    first, *others = report.errors
    codes = ", ".join(finding.code for finding in report.errors)
    lines = [first.remedy]
    for finding in others:
        lines += [f"Also: {finding.evidence} ({finding.code}).", finding.remedy]
    lines.append(
        f"If it is as it should be, go on all the same: checks: {{ignore: [{codes}]}}, or checks: warn."
    )
    raise DataError(f"{first.evidence} ({first.code})", remedy="\n".join(line for line in lines if line))


def stored(report: DataReport) -> dict[str, Any]:
    """Return the document that is kept with a run."""
    return {"schema_version": SCHEMA_VERSION, **report.to_json()}


def summary(report: DataReport | None) -> list[str]:
    """Return what the start of a training says of its data: a line a warning, and where to read the rest.

    Notes alone are kept with the run and not said: they are there in nearly all data.
    """
    worse = [finding for finding in report.findings if finding.severity != "note"] if report else []
    lines = [f"Data, {finding.severity}: {finding.evidence} ({finding.code})." for finding in worse]
    return [*lines, "dlrecipe check CONFIG says more of the data, and what to do."] if lines else []


def _tables(
    config: Config, raw: Mapping[str, Examples], splits: Mapping[str, Split], fitted: Fitted, quick: bool
) -> Tables:
    bayes, target = config.diagnosis.bayes_error, config.diagnosis.target_error
    return Tables(
        {name: Part(raw[name], split.y, split.rows) for name, split in splits.items()},
        fitted.target.task,
        fitted.target.classes,
        effort=QUICK if quick else THOROUGH,
        seed=config.seed,
        expected_error=target,
        difference=None if target is None else (target - bayes) / 2,
        cuts=_cuts(config.data),
    )


def _cuts(spec: DataSpec) -> dict[str, Cut]:
    """Return how a config has dev and test come about."""
    split = SplitSpec() if spec.split == "auto" else spec.split
    drawn = Cut("stratified" if split.stratify else "random")
    if split.stable:
        drawn = Cut("stable")
    for way in ("group", "time", "column"):
        column = getattr(split, way)
        if column is not None:
            drawn = Cut(way, column)
    own = {"dev": spec.dev, "test": spec.test}
    return {name: drawn if source is None else Cut("own source") for name, source in own.items()}
