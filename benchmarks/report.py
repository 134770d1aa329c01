"""The HTML report: its time, its size, and what axe finds against it; and the comparison of 200 runs.

    python benchmarks/report.py [--no-axe]

axe-core comes from the npm registry (`npm pack axe-core`), Chromium from Debian (chromium, chromium-driver).
"""

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from benchmarks.common import DLRECIPE, ROOT, Row, progress, report, run, timing
from dlrecipe.cli.app import main as command_line
from tests.reports.browser import chromium, show
from tests.reports.test_study_pages import curve, recipe, sweep

EPOCHS, RUNS, REPEATS = 100, 200, 3
MEGABYTE = 1_000_000
SERIOUS = ("serious", "critical")
WITHOUT_SKLEARN = ["--set", "data.source={type: synthetic, generator: spiral, n: 3000, noise: 0.1}"]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-axe", action="store_true", help="leave the audit out")
    parser.add_argument("--to", type=Path, help="save the rows as JSON too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs_dir = Path(folder) / "runs"
        rows = [*_reports(runs_dir, Path(folder)), _comparison(Path(folder) / "many")]
        if not options.no_axe:
            rows.append(_audit(runs_dir, Path(folder)))
    report(rows, options.to)


def _reports(runs_dir: Path, folder: Path) -> list[Row]:
    rows = []
    for name, changes in (("digits", []), ("spiral", WITHOUT_SKLEARN)):
        progress(f"{name}, {EPOCHS} epochs")
        _quietly(
            "train", str(ROOT / "configs/digits.yaml"), "--runs-dir", str(runs_dir), "--quiet",
            "--set", f"training.epochs={EPOCHS}", "--set", "early_stopping=null", "--set", f"name={name}",
            *changes,
        )  # fmt: skip
        page = folder / f"{name}.html"
        command = (DLRECIPE, "report", name, "--runs-dir", str(runs_dir), "-o", str(page))
        seconds = [run(*command).wall_s for _ in range(REPEATS)]
        size = page.stat().st_size
        rows.append(
            Row(
                f"report, {name}, {EPOCHS} epochs",
                "≤ 3 s",
                timing(seconds),
                min(seconds) <= 3,
                "dlrecipe report",
            )
        )
        rows.append(Row(f"its size, {name}", "≤ 1 MB", f"{size / 1000:.0f} kB", size <= MEGABYTE, ""))
    return rows


def _comparison(runs_dir: Path) -> Row:
    progress(f"{RUNS} runs")
    for number in range(RUNS):
        _quietly(
            "train", str(ROOT / "configs/digits.yaml"), "--runs-dir", str(runs_dir), "--quiet",
            "--set", "data.source=iris", "--set", "network.hidden=[4]", "--set", "training.epochs=1",
            "--set", f"seed={number}",
        )  # fmt: skip
    names = sorted(path.name for path in runs_dir.iterdir() if path.is_dir())
    seconds = [run(DLRECIPE, "compare", *names, "--runs-dir", str(runs_dir)).wall_s for _ in range(REPEATS)]
    return Row(f"compare of {RUNS} runs", "≤ 1 s", timing(seconds), min(seconds) <= 1, "dlrecipe compare")


def _audit(runs_dir: Path, folder: Path) -> Row:
    """Run axe over the reports, a comparison and the pages of studies, wide and narrow, light and dark."""
    progress("axe")
    subprocess.run(["npm", "pack", "axe-core", "--silent"], cwd=folder, check=True, capture_output=True)
    (package,) = folder.glob("axe-core-*.tgz")
    with tarfile.open(package) as archive:
        source = archive.extractfile("package/axe.min.js")
        assert source is not None
        axe = source.read().decode()
    run(DLRECIPE, "report", "digits", "spiral", "--runs-dir", str(runs_dir), "-o", str(folder / "both.html"))
    for make in (sweep, curve, recipe):
        study = make(runs_dir)
        run(DLRECIPE, "report", str(study.path), "-o", str(folder / f"{study.id}.html"))
    found: list[str] = []
    n_pages = 0
    with chromium() as browser:
        for page in sorted(folder.glob("*.html")):
            for width, scheme in ((1280, "light"), (1280, "dark"), (360, "light")):
                show(browser, page, width, scheme)
                n_pages += 1
                found += [f"{page.stem} {width} {scheme}: {each}" for each in _violations(browser, axe)]
    for each in found:
        print(each, file=sys.stderr)
    serious = [each for each in found if each.rpartition(" ")[2] in SERIOUS]
    said = f"{len(serious)} serious, {len(found) - len(serious)} other, on {n_pages} pages ({package.stem})"
    return Row("accessibility, by axe", "none serious", said, not serious, "npm pack axe-core")


def _violations(browser: Any, axe: str) -> list[str]:
    browser.set_script_timeout(60)
    browser.execute_script(axe)
    # Closed details hide what stands in them, from axe too.
    browser.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    result = browser.execute_async_script(
        "const done = arguments[0]; axe.run().then(done, e => done({error: `${e}`}))"
    )
    if "error" in result:
        raise RuntimeError(result["error"])
    return [
        f"{each['id']} ({len(each['nodes'])} places, {each['nodes'][0]['target']}) {each['impact']}"
        for each in result["violations"]
    ]


def _quietly(*arguments: str) -> None:
    """Run a command in this process: two hundred starts would be most of the time."""
    error = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(error):
        try:
            command_line(list(arguments))
        except SystemExit as end:
            if end.code:
                raise RuntimeError(error.getvalue()) from end


if __name__ == "__main__":
    main()
