"""The text of a starter config: YAML with a comment for every choice. Knows no data, only what was found."""

import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from dlrecipe.config.paths import KEYS, relative_to
from dlrecipe.data.specs import Source
from dlrecipe.data.targets import TargetCodec
from dlrecipe.experiment.guessing.guess import Guess


def config_text(
    name: str,
    guess: Guess,
    folder: Path,
    *,
    target: TargetCodec | None,
    n: Mapping[str, int] | None,
    hidden: tuple[int, ...],
    batch_size: int,
) -> str:
    """Return a config; without `target` and `n` a draft that reads the data.

    Args:
        folder: where the config will lie; paths are written relative to it where they are below or beside it.
    """
    lines = [f"# Written by dlrecipe init, from {_shown(guess)}. Every key is explained in docs/config.md."]
    lines += [f"# {' '.join(remark.split())}" for remark in guess.remarks]
    lines += [f"name: {_flow(name)}", "data:"]
    for key, source in guess.sources.items():
        lines += _source(key, source, folder)
    lines += _split(guess, n)
    if target is not None:
        lines.append(f"task: {target.task}   # {_what(target)}")
    monitor = "dev_cost" if target is not None and target.task == "regression" else "dev_error"
    lines += [
        "normalization: standard   # with the mean and standard deviation of train alone",
        "network:",
        f"  hidden: {_flow(hidden)}   # units of each layer; more of them if train error stays high",
        "  activation: relu",
        "regularization:",
        "  l2: 0.0   # raise it (1, 10) if dev error stays far above train error",
        "optimizer: {type: adam, learning_rate: 0.001}",
        f"training: {{epochs: 100, batch_size: {batch_size}}}",
        f"early_stopping: {{monitor: {monitor}, patience: 10}}",
        "diagnosis:",
        "  bayes_error: 0.0   # the error that people, or the best method known, cannot avoid",
    ]
    return "\n".join(lines) + "\n"


def _shown(guess: Guess) -> str:
    return _flow(Path(next(iter(guess.sources.values())).path).name)  # type: ignore[union-attr]


def _source(key: str, source: Source, folder: Path) -> list[str]:
    """Return the lines of a source: every key that is not at its default."""
    lines = [f"  {key}:", f"    type: {source.type}"]
    files = KEYS.get(source.type, ())
    for each in fields(source):
        value = getattr(source, each.name)
        default = each.default if each.default is not MISSING else None
        if each.name == "type" or value == default or value in ((), {}):
            continue
        if each.name in files:
            value = _relative(Path(str(value)), folder)
        lines.append(f"    {each.name}: {_flow(value)}")
    return lines


def _relative(path: Path, folder: Path) -> str:
    # The name itself may be a glob, which leads nowhere.
    return relative_to(os.path.join(os.path.realpath(path.parent), path.name), folder)


def _split(guess: Guess, n: Mapping[str, int] | None) -> list[str]:
    group = [] if guess.group is None else [f"    group: {_flow(guess.group)}"]
    if n is None:
        return ["  split:", *group] if group else []
    total = sum(n.values())
    shares = {name: n.get(name, 0) / total for name in ("train", "dev", "test")}
    sizes = ", ".join(f"{name} {count:,}" for name, count in n.items())
    lines = [f"  # {sizes} examples."]
    if "source" in guess.sources:
        rounded = {name: round(share, 4) for name, share in shares.items()}
        rounded["train"] = round(1 - rounded["dev"] - rounded["test"], 4)
        lines.append("  split:")
        if not group:  # of which the sizes come as near to the usual shares as they can
            lines += [f"    {name}: {share:g}" for name, share in rounded.items()]
        lines += group
        lines += [f"    # {' '.join(line.split())}" for line in guess.suspects]
    elif group:
        lines += ["  split:", *group]
    return lines


def _what(target: TargetCodec) -> str:
    if target.task == "regression":
        return f"{', '.join(target.target_names)}: numbers to predict"
    classes = ", ".join(target.classes[:6]) + (", …" if len(target.classes) > 6 else "")
    return f"{len(target.classes)} classes: {classes}".replace("\n", " ")


def _flow(value: Any) -> str:
    """Return a value as YAML on one line; JSON is YAML."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
