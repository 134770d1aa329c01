"""What each section of a run's report says, as plain values for the template."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from statistics import mean
from typing import Any

from dlrecipe.config.dotted import flattened
from dlrecipe.config.schema import Config
from dlrecipe.config.writing import config_to_dict
from dlrecipe.diagnosis.evidence import SPLITS
from dlrecipe.diagnosis.gaps import Gap
from dlrecipe.diagnosis.wording import percent, points
from dlrecipe.experiment.reading import DATA_CHECKS, read_config
from dlrecipe.reports.confirmation import basis_of, change_named, interval_named
from dlrecipe.reports.html.figures import image_uri
from dlrecipe.reports.judgement import (
    allowance_words,
    change_words,
    expectation_words,
    interval_words,
    verdict_words,
    why_words,
)
from dlrecipe.reports.promise import promise_lines
from dlrecipe.reports.subject import Subject
from dlrecipe.reports.wording import cost_text, count, duration, error_text, number, value_text
from dlrecipe.store.strict_json import decode

MOST_CLASSES = 12
"""Classes that a matrix is shown of; of more, the pairs that are confused most often."""
MOST_PAIRS = 15
MOST_COLUMNS = 12
"""Columns of a mistake that are shown beside each other."""
TONES = {"good": "good", "undecided": "open"}
"""Tones of the verdicts that are not bad news."""


def verdict(subject: Subject) -> dict[str, Any]:
    """The verdict, its reason, what to try next and what not to."""
    diagnosis = subject.diagnosis
    steps = [
        {
            "advice": step.advice,
            "why": why_words(step, diagnosis),
            "cost": step.cost,
            "expected": expectation_words(step),
            "changes": change_words(step, diagnosis),
        }
        for step in diagnosis.next
    ]
    return {
        "tone": TONES.get(diagnosis.verdict, "bad"),
        "title": _sentence(verdict_words(diagnosis)).rstrip("."),
        "reason": diagnosis.reason,
        "steps": steps,
        "avoid": diagnosis.avoid,
        "remarks": diagnosis.remarks,
        # In percent, of a regression too, as reason and ladder beside it are.
        "promise": promise_lines(subject.result.get("promise"), "classification"),
        "promised_by": (subject.result.get("promise") or {}).get("advice"),
        "tried": None if diagnosis.confirmation is None else _tried(diagnosis.confirmation),
        "findings": [finding.to_json() for finding in diagnosis.findings],
        "not_judged": [rule.code for rule in diagnosis.not_judged],
    }


def _sentence(text: str) -> str:
    return text and f"{text[0].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _tried(confirmation: Mapping[str, Any]) -> dict[str, Any]:
    """What `diagnose --confirm` measured, a row a change, with the words that the terminal has for it."""
    rows = [{"change": "as it is", "dev": percent(mean(confirmation["dev"])), "fell": "", "verdict": ""}]
    rows += [
        {
            "change": change_named(change),
            "dev": percent(mean(change["dev"])),
            "fell": f"{points(change['fell'])} ({interval_named(change)})",
            "verdict": "" if change["verdict"] == "within noise" else change["verdict"],
        }
        for change in confirmation["changes"]
    ]
    return {"rows": rows, "basis": basis_of(confirmation)}


def ladder(subject: Subject) -> dict[str, Any]:
    """The errors from the Bayes error down, each with interval, size and the gap to the one above."""
    diagnosis = subject.diagnosis
    known, below = diagnosis.gaps.estimates, {}
    for gap in diagnosis.gaps.by_name().values():
        if gap is not None:
            below[gap.split] = gap
    rows = [_rung(subject, split, below.get(split)) for split in SPLITS if split in known]
    bayes = {
        "split": "Bayes",
        "error": percent(diagnosis.run.lowest_error),
        "interval": "",
        "n": "",
        "gap": None,
    }
    absent = [split.replace("_", "-") for split in ("train_dev", "test") if split not in known]
    return {
        "rows": [bayes, *rows],
        "allowance": allowance_words(diagnosis),
        "absent": absent,
    }


def _rung(subject: Subject, split: str, gap: Gap | None) -> dict[str, Any]:
    estimate = subject.diagnosis.gaps.estimates[split]
    row: dict[str, Any] = {
        "split": split.replace("_", "-"),
        "error": percent(estimate.value),
        "interval": "",
        "n": "",
        "gap": None,
    }
    if estimate.low is not None and estimate.high is not None:
        row["interval"] = f"{percent(estimate.low)} to {percent(estimate.high)}"
    if subject.diagnosis.run.n.get(split):
        row["n"] = count(subject.diagnosis.run.n[split])
    if gap is not None:
        row["gap"] = {
            "name": gap.name.replace("_", " "),
            "value": points(gap.value),
            "verdict": gap.verdict,
            "interval": interval_words(gap.low, gap.high),
        }
    return row


def epochs(subject: Subject) -> dict[str, Any]:
    """A row an epoch; of more than 200 the first, the last, the kept and those evenly between."""
    history, kept = subject.history, subject.result.get("kept_epoch")
    step = max(1, -(-len(history) // 200))
    rows = [
        {
            "epoch": count(line["epoch"]),
            "kept": line["epoch"] == kept,
            "figures": [
                *(cost_text((line.get("cost") or {}).get(split)) for split in ("train", "dev")),
                *(
                    error_text((line.get("error") or {}).get(split), subject.task)
                    for split in ("train", "dev")
                ),
            ],
        }
        for place, line in enumerate(history)
        if place % step == 0 or place == len(history) - 1 or line["epoch"] == kept
    ]
    return {"rows": rows, "n": len(history), "step": step}


def confusion(subject: Subject) -> dict[str, Any] | None:
    """The confusion matrix of dev, or the commonest confusions of many classes; None for numbers."""
    if subject.task != "classification":
        return None
    evaluated = (subject.record.get("evaluations") or {}).get("dev") or {}
    matrix = (subject.record.get("confusion") or {}).get("dev") or evaluated.get("confusion")
    if matrix is None:
        return None
    names: Sequence[str] = subject.record["data"]["classes"]
    pairs = sorted(
        ((n, names[i], names[j]) for i, row in enumerate(matrix) for j, n in enumerate(row) if i != j and n),
        key=lambda pair: -pair[0],
    )
    shown = None
    if len(names) <= MOST_CLASSES:
        shown = [
            {"name": name, "cells": _cells(row, k), "recall": _share(row[k], sum(row))}
            for k, (name, row) in enumerate(zip(names, matrix, strict=True))
        ]
    return {"names": names, "rows": shown, "pairs": pairs[:MOST_PAIRS]}


def _cells(row: Sequence[int], right: int) -> list[dict[str, Any]]:
    total = sum(row) or 1
    return [
        {
            "n": n,
            "kind": "right" if j == right else "wrong",
            "shade": 0.0 if n == 0 else round(0.08 + 0.42 * n / total, 2),
        }
        for j, n in enumerate(row)
    ]


def _share(part: int, whole: int) -> str:
    return "–" if not whole else "100%" if part == whole else f"{100 * part / whole:.1f}%"


def mistakes(subject: Subject) -> dict[str, Any]:
    """The worst mistakes on dev: images as images, rows as rows."""
    found = subject.mistakes
    images = [
        {"uri": image_uri(each.image), "truth": each.truth, "answer": each.answer, "row": each.row,
         "score": _score(each.score, subject.task)}
        for each in found.mistakes
        if each.image is not None
    ]  # fmt: skip
    rows = [each for each in found.mistakes if each.image is None]
    columns = list(rows[0].values or {})[:MOST_COLUMNS] if rows else []
    return {
        "n": count(found.n),
        "n_wrong": None if found.n_wrong is None else count(found.n_wrong),
        "images": images,
        "columns": columns,
        "more_columns": len(rows[0].values or {}) - len(columns) if rows else 0,
        "rows": [
            {"row": each.row, "truth": each.truth, "answer": each.answer,
             "score": _score(each.score, subject.task),
             "values": [(each.values or {}).get(name, "") for name in columns]}
            for each in rows
        ],
    }  # fmt: skip


def _score(score: float, task: str) -> str:
    return f"{100 * score:.1f}%" if task == "classification" else f"{score:+.2f} σ"


def config_changes(subject: Subject) -> dict[str, Any]:
    """The settings that differ from the parent run's, or from the defaults where there is no parent."""
    own = flattened(config_to_dict(subject.config))
    parent = subject.parent
    if parent is not None:
        before = flattened(config_to_dict(read_config(parent)))
        against = parent.id
    else:
        before = _defaults(subject.config)
        against = None
    keys = list(dict.fromkeys([*own, *before]))
    rows = [
        {"key": key, "before": _setting(before, key), "now": _setting(own, key)}
        for key in keys
        # What the parent promised is no setting; it stands with the verdict.
        if key != "name" and key.partition(".")[0] != "parent" and before.get(key) != own.get(key)
    ]
    return {"against": against, "rows": rows, "whole": subject.run.read_text("config.yaml")}


def _defaults(config: Config) -> dict[str, Any]:
    """Return every setting's default; those of the data are those of this kind of source."""
    defaults = flattened(config_to_dict(Config(data=config.data)))
    source = config.data.source
    for prefix, spec in (("data", config.data), ("data.source", source)):
        for each in fields(spec) if is_dataclass(spec) else ():
            known = each.default if each.default is not MISSING else None
            if each.default_factory is not MISSING:
                known = each.default_factory()
            if not is_dataclass(getattr(spec, each.name)):
                defaults[f"{prefix}.{each.name}"] = list(known) if isinstance(known, tuple) else known
    return {key: value for key, value in defaults.items() if key != "data.source.type"}


def _setting(settings: Mapping[str, Any], key: str) -> str:
    return value_text(settings[key]) if key in settings else "–"


def data_card(subject: Subject) -> dict[str, Any]:
    """Where the data came from, how they were split, and what the checks found."""
    data = subject.record["data"]
    counts = data.get("class_counts") or {}
    classes = data.get("classes") or []
    shown = classes[:30]
    return {
        "origins": list(dict.fromkeys(data.get("origins", {}).values())),
        "facts": [
            ("task", data.get("task", "–")),
            ("target", ", ".join(map(str, data.get("targets", [])))),
            ("features", count(data["n_features"]) if "n_features" in data else "–"),
            *([("classes", count(len(classes)))] if classes else []),
            ("error of a guess", error_text(data.get("baseline_error"), subject.task)),
            ("fingerprint", str(data.get("fingerprint", "–"))[:16] + "…"),
        ],
        "splits": [
            {"name": name.replace("_", "-"), "n": count(n), "share": _share(n, sum(data["n"].values())),
             "counts": [count(counts.get(name, {}).get(label, 0)) for label in shown]}
            for name, n in data.get("n", {}).items()
        ],
        "classes": shown,
        "more_classes": len(classes) - len(shown),
        "notes": data.get("notes", []),
    }  # fmt: skip


def data_findings(subject: Subject) -> list[dict[str, Any]] | None:
    """What the checks of the data found before training; None where they were not made."""
    if not subject.run.has(DATA_CHECKS):
        return None
    findings: list[dict[str, Any]] = decode(subject.run.read_text(DATA_CHECKS).encode())["findings"]
    return findings


def facts(subject: Subject) -> list[tuple[str, str]]:
    """The run in short."""
    record, result = subject.record, subject.result
    network = record.get("network") or {}
    rows = [("status", subject.run.status.replace("_", " "))]
    if result:
        planned = f" of {count(result['epochs_planned'])}" if result.get("epochs_planned") else ""
        rows.append(
            (
                "epochs",
                f"{number(result.get('epochs_run'))}{planned}, kept {number(result.get('kept_epoch'))}",
            )
        )
        rows.append(("time", duration(result.get("wall_s"))))
    if network:
        rows.append(("network", "-".join(map(str, network.get("widths", [])))))
        rows.append(("parameters", number(network.get("n_params"))))
    rows.append(("looks at test", number((record.get("looks") or {}).get("test", 0))))
    return rows


def environment(subject: Subject) -> dict[str, Any]:
    """What the run was made with, and the commands that make it again."""
    known = dict(subject.record.get("environment") or {})
    command, git = known.pop("command", None), known.pop("git", None)
    rows = [
        (name.replace("_", " "), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in known.items()
    ]
    if isinstance(git, Mapping):
        rows.append(
            ("git", f"{git.get('commit')}{', with changes not committed' if git.get('dirty') else ''}")
        )
    again = ["dlrecipe", "train", str(subject.run.path / "config.yaml")]
    return {
        "rows": [("seed", str(subject.record.get("seed", "–"))), *rows],
        "command": shlex.join(map(str, command)) if command else None,
        "again": shlex.join(again),
    }
