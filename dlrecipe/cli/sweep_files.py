"""The files that a sweep leaves in its directory: results.json, the chosen config, the picture."""

from pathlib import Path
from typing import Any

from dlrecipe.config.loading import load_config_text, varied
from dlrecipe.config.overrides import change_of
from dlrecipe.config.rewriting import rewrite
from dlrecipe.config.writing import dump_config
from dlrecipe.errors import InputError
from dlrecipe.reports.terminal import write_data
from dlrecipe.store.atomic import write_json, write_text
from dlrecipe.studies.dev_sets import without_draws
from dlrecipe.studies.sweep import Plan

CONFIG, RESULTS, PLOT = "best.yaml", "results.json", "sweep.svg"


def write_files(document: dict[str, Any], plan: Plan, output: Path | None) -> dict[str, Any]:
    """Write what has come out of a sweep; return the document with the names of the files.

    Raises:
        StoreError: the sweep's directory cannot be written to.
        InputError: `output` cannot.
    """
    folder = Path(document["path"])
    files: dict[str, str | None] = {"results": str(folder / RESULTS), "config": None, "plot": None}
    chosen = document["chosen"]
    if chosen:
        write_text(folder / CONFIG, chosen_config(plan, chosen["values"], folder))
        if output is not None:
            write_data(chosen_config(plan, chosen["values"], output.parent), output)
        files["config"] = str(output or folder / CONFIG)
    if any(point["dev"] for point in document["points"]) and plan.axes:
        from dlrecipe.reports.sweep import sweep_svg

        write_text(folder / PLOT, sweep_svg(document, plan.axes))
        files["plot"] = str(folder / PLOT)
    document = {**document, "files": files}
    write_json(folder / RESULTS, document)
    return document


def chosen_config(plan: Plan, values: dict[str, str], folder: Path) -> str:
    """Return the config with the chosen values, its own seeds, split and epochs, as YAML.

    Its text is kept, comments and all, where it means the same in that folder: not with relative paths.
    """
    base = plan.request.base
    sets = [f"{key}={value}" for key, value in without_draws(values).items()]
    wanted = varied(base, sets).config
    try:
        changes = dict(map(change_of, (*base.overrides, *sets)))
        text = rewrite(base.text, changes, folder=base.path.parent if base.path else None)
        if load_config_text(text, folder=folder).config == wanted:
            return text
    except InputError:
        pass  # it extends another file, or is written in a way that cannot be changed in place
    return dump_config(wanted)
