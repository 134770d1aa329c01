"""The config that follows a run: one change of its diagnosis, written into the config it was made from.

Comments and layout of the original stay, and so do the `--set` options of the run, as values. The text is
read again where it will lie and must mean the run's resolved config with the change, nothing else.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.overrides import change_of
from dlrecipe.config.paths import KEYS, PLACES, relative_to
from dlrecipe.config.rewriting import changed, rewrite
from dlrecipe.config.schema import Config
from dlrecipe.config.tree import Listing, Scalar
from dlrecipe.config.tree import Mapping as Tree
from dlrecipe.config.writing import config_to_dict, dump_config
from dlrecipe.config.yaml import read_yaml
from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.diagnosis.specs import ParentSpec
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.wording import expected, percent
from dlrecipe.errors import ConfigError, InputError
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.reading import read_config
from dlrecipe.store.output_files import require_free, write_output
from dlrecipe.store.run_directory import RunDirectory

ORIGINAL = "config.original.yaml"
MARK = "#>"
"""Starts the comment lines that `next` writes, so that the next one can replace them."""


@dataclass(frozen=True)
class Successor:
    """A new config and where it comes from.

    `text`: its YAML. `config`: what the text says. `changes`: dotted paths to their new values, those of the
    advice and of further options. `parent`: the run's id. `step`: the advice, and `choice` its number in the
    diagnosis. `promised`: the errors that it promises, in words, beside the parent's. `note`: what a person
    should know of how it was written; may be empty.
    """

    text: str
    config: Config
    changes: Mapping[str, Any]
    parent: str
    step: Step
    choice: int
    promised: str
    note: str = ""


def successor(
    run: RunDirectory, choice: int | None = None, *, folder: Path | None = None, overrides: Sequence[str] = ()
) -> Successor:
    """Return the config of a run with one piece of its advice followed.

    Args:
        choice: the advice's number in the diagnosis, from 1; None for the first that changes the config.
        folder: where the new config will lie; None for the current directory.
        overrides: `key=value`, further changes.
    Raises:
        InputError: no advice, or not this one, changes the config; the run has no result yet.
        ConfigError: an override cannot be read, or does not fit.
        RunDamaged: a file of the run is not what was written.
    """
    diagnosis = diagnose_run(run)
    number = _chosen(run, diagnosis, choice)
    step = diagnosis.next[number - 1]
    changes = dict(step.change)
    for override in overrides:
        path, value = change_of(override)
        changes.pop(path, None)
        changes[path] = value
    config = replace(
        changed(read_config(run), changes),
        parent=ParentSpec(
            run=run.id,
            advice=step.advice,
            expected_train_error=step.expects.get("train"),
            expected_dev_error=step.expects.get("dev"),
        ),
    )
    folder = folder or Path()
    text, note = _written(run, config, changes, folder)
    return Successor(
        text=_commented(text, run, diagnosis, step),
        config=config,
        changes=changes,
        parent=run.id,
        step=step,
        choice=number,
        promised=promise_text(step.expects, diagnosis),
        note=note,
    )


def write_successor(
    run: RunDirectory, output: Path, *, force: bool, choice: int | None = None, overrides: Sequence[str] = ()
) -> Successor:
    """Write the config that `successor` returns to a file.

    Args:
        output: the file; its folder is where relative paths in the config start.
        force: whether a file that is there already is overwritten.
    Raises:
        InputError: the file exists, or its folder does not; as for `successor`. Nothing is written.
    """
    require_free(output, force=force)
    new = successor(run, choice, folder=output.parent, overrides=overrides)
    write_output(output, new.text.encode())
    return new


def document_of(new: Successor, output: Path | None) -> dict[str, Any]:
    """Return the document of `next --json`."""
    return {
        "schema_version": 1,
        "parent": new.parent,
        "choice": new.choice,
        "advice": new.step.advice,
        "why": new.step.why,
        "change": dict(new.changes),
        "expects": dict(new.step.expects),
        "promised": new.promised,
        "config": None if output is None else str(output),
        "text": new.text,
        "note": new.note,
    }


def _chosen(run: RunDirectory, diagnosis: Diagnosis, choice: int | None) -> int:
    """Return the number of the advice to follow."""
    with_change = [number for number, step in enumerate(diagnosis.next, start=1) if step.change]
    told = "\n".join(f"{number}. {step.advice}" for number, step in enumerate(diagnosis.next, start=1))
    if not with_change:
        advice = f"It says:\n{told}" if told else "Nothing is advised."
        raise InputError(f"no advice for {run.id} is a change of its config", remedy=advice)
    if choice is None:
        return with_change[0]
    if not 1 <= choice <= len(diagnosis.next):
        what = f"there is no advice {choice} for {run.id}"
        raise InputError(what, where="--choice", remedy=f"Choose one of:\n{told}")
    if choice not in with_change:
        what = f"advice {choice} changes no setting: {diagnosis.next[choice - 1].advice}"
        numbers = ", ".join(map(str, with_change))
        raise InputError(what, where="--choice", remedy=f"Those that do: {numbers}.")
    return choice


def _written(run: RunDirectory, config: Config, changes: Mapping[str, Any], folder: Path) -> tuple[str, str]:
    """Return the text that means `config` in `folder`, and a note where it is not the original's any more."""
    origin = run.record.get("config_path")
    origin_folder = Path(origin).parent if isinstance(origin, str) else Path()
    earlier = dict(map(change_of, run.record.get("overrides", ())))
    try:
        text = _extending_from(run.read_text(ORIGINAL), origin_folder, folder)
        text = rewrite(text, earlier | dict(changes), folder=folder)
        for _ in range(2):
            # Paths that start elsewhere now, and bases that say something else than when the run was made.
            read = load_config_text(text, folder=folder).config
            left = differing(config_to_dict(read), config_to_dict(config))
            if not left:
                return text, ""
            left = _with_relative_paths(left, folder)
            if "parent" in left:
                left["parent"] = {key: value for key, value in left["parent"].items() if value is not None}
            text = rewrite(text, left, folder=folder)
        if load_config_text(text, folder=folder).config == config:
            return text, ""
        why = "its text cannot be changed in place"
    except InputError as error:
        what = error.problems[0] if isinstance(error, ConfigError) else error
        why = f"{what.where}: {what.what}" if what.where else what.what
    note = f"The run's resolved config is the base, every default spelled out: of the original, {why}."
    return dump_config(config), note


def _extending_from(text: str, old: Path, new: Path) -> str:
    """Return a config's text with the files that it extends named from another folder."""
    tree, _ = read_yaml(text, ORIGINAL)
    named = tree.get("extends") if isinstance(tree, Tree) else None
    if named is None or os.path.realpath(old) == os.path.realpath(new):
        return text
    items = named.items if isinstance(named, Listing) else (named,)
    moved = [
        relative_to(os.path.join(os.path.realpath(old), os.path.expanduser(item.text)), new)
        for item in items
        if isinstance(item, Scalar)
    ]
    # Read where the old one lay: the new name leads nowhere from there, and is not followed yet.
    return rewrite(text, {"extends": moved if isinstance(named, Listing) else moved[0]}, folder=old)


def _with_relative_paths(changes: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    paths = {f"{place}.{key}" for place in PLACES for keys in KEYS.values() for key in keys}
    return {
        key: relative_to(value, folder) if key in paths and isinstance(value, str) else value
        for key, value in changes.items()
    }


def differing(now: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the smallest changes, dotted paths to values, that make one config the other."""
    changes: dict[str, Any] = {}
    for key, value in wanted.items():
        path, old = f"{prefix}{key}", now.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping) and _are_alike(old, value):
            changes |= differing(old, value, f"{path}.")
        elif old != value:
            changes[path] = value
    return changes


def _are_alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether two mappings may be changed key by key: they are of the same keys and type."""
    return old.keys() == new.keys() and old.get("type") == new.get("type")


def _commented(text: str, run: RunDirectory, diagnosis: Diagnosis, step: Step) -> str:
    """Return the text with the reason above its key `parent`, in place of an earlier one."""
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines) if line.startswith("parent:")), None)
    if at is None:
        return text
    first = at
    while first and lines[first - 1].startswith(MARK):
        first -= 1
    reason = [f"from run {run.id}: {step.advice}", f"why: {step.why}"]
    if step.expects:
        basis = f"; {step.basis}" if step.basis else ""
        reason.append(f"promised: {promise_text(step.expects, diagnosis)}{basis}")
    # A line break in it would end the comment.
    lines[first:at] = [f"{MARK} {' '.join(line.split())}" for line in reason]
    return "\n".join(lines) + "\n"


def promise_text(expects: Mapping[str, float], diagnosis: Diagnosis) -> str:
    """Return the errors promised beside those of the parent: `dev error 47.5% → about 5.00%`."""
    return ", ".join(
        f"{split} error {_was(diagnosis, split)}about {expected(error)}" for split, error in expects.items()
    )


def _was(diagnosis: Diagnosis, split: str) -> str:
    error = diagnosis.run.errors.get(split)
    return "" if error is None else f"{percent(error)} → "
