"""A loss of power at every moment of a run: what may be found on the disk then, and going on from it."""

import hashlib
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faulty.disk import Disk, Tree, survivors, written_to
from benchmarks.faulty.lab import Lab, Remains, train_and_die
from benchmarks.faulty.seam import Seam
from dlrecipe.errors import DlrecipeError
from dlrecipe.store.listing import list_runs
from dlrecipe.store.run_directory import RunDirectory


@dataclass
class Blackouts:
    """Records the trees that may be found, at each moment of a command, and judges them."""

    folder: Path
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    n_states: int = 0
    n_moments: int = 0
    trees: dict[bytes, tuple[Tree, int]] = field(default_factory=dict)
    """The different ones, each with the number of epochs that were on the disk for certain."""

    def record(self, lab: Lab, *arguments: str, states: int) -> None:
        """Run a command, and note what would be found if the power failed before each of its changes.

        Args:
            lab: its runs directory may hold runs already; they are taken to be on the disk.
            states: trees to draw at each moment.
        """
        disk = Disk(lab.runs)

        def look() -> None:
            self.n_moments += 1
            certain = _epochs_on(disk)
            for tree in survivors(disk, states, self.rng):
                self.n_states += 1
                self.trees.setdefault(_digest(tree), (tree, certain))

        with Seam(lab.runs, disk).open():
            _take_in(disk, lab.runs)
            disk.before_change = look
            outcome = lab(*arguments)
        assert outcome.code == 0, outcome.err
        look()

    def amiss(self, wholes: dict[int, Remains], *, resume_every: int = 1) -> Iterator[str]:
        """Yield what is amiss with each different tree, or nothing where all is well.

        Args:
            wholes: what the undisturbed run leaves, by its planned number of epochs.
            resume_every: go on from each so many trees only; all are read.
        """
        lab = Lab(self.folder / "found")
        for index, (tree, certain) in enumerate(self.trees.values()):
            if lab.runs.exists():
                shutil.rmtree(lab.runs)
            lab.runs.mkdir()
            written_to(tree, lab.runs)
            yield _amiss(lab, wholes, certain, resume=index % resume_every == 0)


def _amiss(lab: Lab, wholes: dict[int, Remains], certain: int, *, resume: bool) -> str:
    try:
        runs = list_runs(lab.runs)
        if not runs:
            return "" if certain == 0 else "a finished epoch is lost with its run"
        if runs[-1].damage:
            return f"damaged: {runs[-1].damage}"
        run = RunDirectory(runs[-1].path)
        config, checkpoint = run.read_text("config.yaml"), run.checkpoints().load()
        planned = next(epochs for epochs in wholes if re.search(rf"\bepochs: {epochs}\b", config))
        on_disk = _whole_lines(run.path / "metrics.jsonl", wholes[planned])
        reached = checkpoint.meta["epoch"] if checkpoint else 0
        if max(on_disk, reached) < certain or on_disk < reached:
            return (
                f"{certain} epochs were on the disk, {on_disk} are in the journal, {reached} in a checkpoint"
            )
        if resume and run.status != "finished":
            outcome = lab.resume()
            if outcome.code != 0:
                return f"cannot be resumed: {outcome.err}"
            if lab.remains() != wholes[planned]:
                return "ends elsewhere"
    except DlrecipeError as error:
        return f"cannot be read: {error}"
    return ""


def _whole_lines(path: Path, whole: Remains) -> int:
    """Return the number of lines that are as they should be, up to the first that is not."""
    data = path.read_bytes() if path.exists() else b""
    n = 0
    for mine, theirs in zip(
        data.splitlines(keepends=True), whole.journal.splitlines(keepends=True), strict=False
    ):
        if mine != theirs:
            break
        n += 1
    return n


def _epochs_on(disk: Disk) -> int:
    """Return how many epochs of the only run are on the disk for certain."""
    runs = [node for name, node in disk.root.durable_names.items() if not name.startswith(".")]
    journals = [run.durable_names["metrics.jsonl"] for run in runs if "metrics.jsonl" in run.durable_names]
    return sum(journal.durable.count(b"\n") for journal in journals)


def _take_in(disk: Disk, folder: Path) -> None:
    """Let a disk hold what a folder holds, brought to it long ago."""
    from benchmarks.faulty.disk import Node

    def taken(path: Path) -> Node:
        if path.is_dir():
            names = {child.name: taken(child) for child in path.iterdir()}
            return Node(is_directory=True, names=names, durable_names=dict(names))
        return Node(is_directory=False, data=path.read_bytes(), durable=path.read_bytes())

    if folder.exists():
        disk.root = taken(folder)


def _digest(tree: Tree) -> bytes:
    digest = hashlib.sha256()
    for path, data in sorted(tree.items()):
        digest.update(f"{path}\0{-1 if data is None else len(data)}\0".encode())
        digest.update(data or b"")
    return digest.digest()


def blackouts(folder: Path, *, states: int) -> tuple[Blackouts, dict[int, Remains]]:
    """Return what may be found after a loss of power while a run is trained, resumed and lengthened."""
    lab = Lab(folder / "lab")
    assert lab.train().code == 0
    short = lab.remains()
    record = Blackouts(folder)
    finished = folder / "finished"
    shutil.copytree(lab.runs, finished)
    assert lab.resume("--epochs", "6").code == 0
    wholes = {4: short, 6: lab.remains()}
    shutil.rmtree(lab.runs)
    record.record(lab, "train", "config.yaml", "--quiet", states=states)
    shutil.rmtree(lab.runs)
    train_and_die(lab, 8)
    record.record(lab, "resume", "latest", "--quiet", states=states)
    lab.copied_from(finished)
    record.record(lab, "resume", "latest", "--quiet", "--epochs", "6", states=states)
    return record, wholes


def tally(results: Iterator[str]) -> Counter[str]:
    """Count what is amiss; the empty text counts what is not."""
    return Counter(results)
