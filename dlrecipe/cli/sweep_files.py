"""The files that a sweep leaves in its directory: results.json, the chosen config, the picture."""

from pathlib import Path
from typing import Any

from dlrecipe.config.loading import varied
from dlrecipe.config.writing import dump_config
from dlrecipe.reports.terminal import write_data
from dlrecipe.store.atomic import write_json, write_text
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
        text = chosen_config(plan, chosen["values"])
        write_text(folder / CONFIG, text)
        if output is not None:
            write_data(text, output)
        files["config"] = str(output or folder / CONFIG)
    if any(point["dev"] for point in document["points"]) and plan.axes:
        # Imported here: matplotlib takes a third of a second.
        from dlrecipe.reports.sweep_plot import sweep_svg

        write_text(folder / PLOT, sweep_svg(document, plan.axes))
        files["plot"] = str(folder / PLOT)
    document = {**document, "files": files}
    write_json(folder / RESULTS, document)
    return document


def chosen_config(plan: Plan, values: dict[str, str]) -> str:
    """Return the config with the chosen values, its own seed and epochs, as YAML."""
    sets = [f"{key}={value}" for key, value in values.items()]
    return dump_config(varied(plan.request.base, sets).config)
