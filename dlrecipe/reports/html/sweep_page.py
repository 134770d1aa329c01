"""The page of a sweep."""

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from dlrecipe.reports.html.pieces import drawn
from dlrecipe.reports.html.study_page import Next, Page, Row, Section, Table, Tag, changed
from dlrecipe.reports.html.study_parts import cut_at, facts_of, trials_table, unfinished
from dlrecipe.reports.plots.sweep_chart import sweep_chart, varied_by
from dlrecipe.reports.sweep_wording import interval_text, values_text
from dlrecipe.reports.wording import count
from dlrecipe.studies.axes import Axis
from dlrecipe.studies.dev_sets import without_draws
from dlrecipe.studies.stored import StoredStudy

MOST_ROWS = 400


def sweep_page(stored: StoredStudy) -> Page:
    """Return the page of a sweep: the best, whether that is more than noise, and what was tried."""
    document, task = stored.document, stored.document["task"]
    tone, answer, reasons, step = _answer(stored)
    n_lost = sum(trial["outcome"] != "done" for trial in document["trials"])
    pictures = [
        drawn(_charting(document, axis), f"Train and dev error by {axis.key}.", f"sweep-{number}")
        for number, axis in enumerate(varied_by(stored) if document["keys"] else [])
        if any(point["dev"] for point in document["points"])
    ]
    lost = f", {n_lost} not done" if n_lost else ""
    sections = [
        Section("picture", "Error by what was varied", pictures, [] if pictures else ["Nothing to draw."]),
        Section("points", "What was tried, the best first", table=_points(document, task)),
        Section("trials", f"Trials{lost}", table=trials_table(document["trials"], task)),
    ]
    if document["chosen"] is not None:
        where = str(document["files"]["config"] or "")
        values = without_draws(document["chosen"]["values"])
        sections.append(changed(stored.asked["config"], values, where))
    sections.append(Section("again", "Make it again", commands=[_sweep_again(stored)]))
    facts = facts_of(stored, document["trials"], method=document["method"])
    return Page("Sweep", tone, answer, reasons, step, facts, sections, unfinished(stored))


def _answer(stored: StoredStudy) -> tuple[str, str, list[str], Next]:
    """Return the tone, the answer, the reasons for it, and the step that follows."""
    from dlrecipe.reports.sweep import dev_lines, edge_lines, is_flat, noise_line

    document, task = stored.document, stored.document["task"]
    best, chosen = document["best"], document["chosen"]
    if best is None:
        reasons = ["No point has been trained to its end with all its seeds."]
        if stored.is_complete:
            step = Next("See below why the trials did not end, and vary other values")
            return "open", "No point came to its end", reasons, step
        return "open", "No best yet", reasons, _go_on(stored)
    flat = is_flat(document)
    answer = "No point is better beyond noise"
    if chosen is None:
        answer = "No setting was varied, only the split"
    elif not flat:
        answer = f"Best: {values_text(chosen['values'])}"
    reasons = [f"Lowest dev error: {interval_text(best['dev'], task)} at {values_text(best['values'])}."]
    if chosen is not None and chosen["point"] != best["point"]:
        told = "the simplest of those within one standard error of the lowest"
        reasons.append(f"Chosen is {values_text(chosen['values'])}, {told}.")
    reasons += [noise_line(document), *dev_lines(document), *edge_lines(document)]
    tone = "open" if flat or chosen is None or document["edges"] else "good"
    return tone, answer, reasons, _after_sweep(stored, flat=flat)


def _go_on(stored: StoredStudy) -> Next:
    return Next("Go on with the sweep", commands=[_sweep_again(stored, resume=True)])


def _after_sweep(stored: StoredStudy, *, flat: bool) -> Next:
    document = stored.document
    config = document["files"]["config"]
    train = [f"dlrecipe train {shlex.quote(config)}"] if config else []
    if not stored.is_complete:
        return _go_on(stored)
    if document["chosen"] is None:
        return Next("Vary a setting too, and seed in place of the split", "Each seed splits anew by itself.")
    if flat:
        return Next(
            "Vary something else, or over a wider range",
            "What was varied makes no difference beyond noise.",
            train,
        )
    if document["edges"]:
        edge = document["edges"][0]
        way = "below" if edge["end"] == "lower" else "above"
        return Next(
            f"Try values of {edge['key']} {way} {edge['value']}",
            "The lowest error lies at the end of what was tried: it may be lower still further on.",
            train,
        )
    return Next(
        "Train the chosen config, and read its diagnosis", commands=[*train, "dlrecipe diagnose latest"]
    )


def _charting(document: Mapping[str, Any], axis: Axis) -> Callable[[], Any]:
    return lambda: sweep_chart(document, axis)


def _points(document: Mapping[str, Any], task: str) -> Table:
    columns = [
        ("point", True), *((key, True) for key in document["keys"]),
        ("dev (95%)", False), ("train (95%)", False), ("seeds", False), ("epochs", False), ("note", True),
    ]  # fmt: skip
    best, chosen = (document[name] and document[name]["point"] for name in ("best", "chosen"))
    rows = []
    for point in document["points"][:MOST_ROWS]:
        notes = [f"{n} {outcome}" for outcome, n in point["outcomes"].items()]
        tone = "bad" if notes else ""
        if best is not None and point["point"] == best:
            notes, tone = ["lowest", *notes], "good"
        elif point["within_noise"]:
            notes, tone = ["as good within one standard error", *notes], "good"
        if chosen is not None and point["point"] == chosen:
            notes = [*notes, "chosen"]
        if not point["complete"] and not notes:
            notes, tone = ["not all seeds or epochs"], "open"
        cells: list[str | Tag] = [point["values"][key] for key in document["keys"]]
        cells += [interval_text(point["dev"], task), interval_text(point["train"], task)]
        cells += [str(point["seeds_done"]), "" if point["epochs"] is None else count(point["epochs"])]
        cells.append(Tag(", ".join(notes), tone) if notes else "")
        rows.append(Row(str(point["point"]), cells, strong=chosen is not None and point["point"] == chosen))
    return Table("Points of the sweep", columns, rows, cut_at(document["points"], MOST_ROWS, "points"))


def _sweep_again(stored: StoredStudy, *, resume: bool = False) -> str:
    # The chosen config does as well as the given one, of which what was varied is replaced; but only by the
    # given one is the study found again.
    asked, written = stored.asked, stored.document["files"]["config"]
    config = written if written and not resume else "CONFIG"
    parts = ["dlrecipe", "sweep", config]
    for each in asked["vary"]:
        parts += ["--vary", each]
    parts += ["--method", str(asked["method"])]
    if asked["points"]:
        parts += ["--trials", str(asked["points"] * max(1, stored.document["seeds"]))]
    parts += ["--seed", str(asked["seed"])] if asked["seed"] else []
    return shlex.join([*parts, *(["--resume"] if resume else [])])
