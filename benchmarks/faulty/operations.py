"""A fault at the n-th file operation of each command, for every n; the promises that hold afterwards.

After each fault the runs directory is looked at as a user would: it lists, no run is damaged, no epoch that
was finished is gone, and going on ends where the undisturbed run did.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faulty.lab import Lab, Outcome, Remains, train_and_die
from benchmarks.faulty.seam import KINDS, OF_WRITES, Call, Fault, Seam
from dlrecipe.store.journal import read_journal
from dlrecipe.store.listing import list_runs
from dlrecipe.store.run_directory import RunDirectory

DIED_AFTER = 9
"""Steps after which the run dies that is to be resumed: in the midst of its third epoch."""
NEXT = ("next", "latest", "-o", "runs/next.yaml")
LONGER = 6
"""Epochs of the run that is given more."""
ALLOWED = {
    "short write": {0},
    "MemoryError": {0, 3},
    "KeyboardInterrupt": {0, 130},
    "KeyboardInterrupt after it is done": {0, 130},
}
"""Exit codes that a fault may lead to; for the errors of the system 0, 2 or 4."""


@dataclass(frozen=True)
class Command:
    """A command under test: what it starts from, and what must be true afterwards whatever happened.

    `prepared` is a runs directory that it starts from; empty for none.
    """

    name: str
    arguments: tuple[str, ...]
    prepared: str
    judge: Callable[["Bench", Outcome], str]


@dataclass(frozen=True)
class Bench:
    """The lab, the prepared runs directories by name, and what the undisturbed runs left."""

    lab: Lab
    folder: Path
    whole: Remains
    longer: Remains
    evaluated: str
    predicted: str
    following: str

    @classmethod
    def in_folder(cls, folder: Path) -> "Bench":
        """Prepare the runs that commands start from."""
        lab = Lab(folder / "lab")
        (lab.folder / "rows.csv").write_text("x1,x2\n0.1,0.2\n1,-1\n")
        assert lab.train().code == 0
        whole = lab.remains()
        assert lab(*NEXT).code == 0
        following = lab.runs / "next.yaml"
        following_text = following.read_text()
        following.unlink()
        bench = folder / "prepared"
        Lab(bench / "finished").copied_from(lab.runs)
        evaluated = lab("evaluate", "latest", "--json").out
        predicted = lab("predict", "latest", "rows.csv").out
        Lab(bench / "longer").copied_from(bench / "finished" / "runs")
        longer_lab = Lab(bench / "longer")
        assert longer_lab.resume("--epochs", str(LONGER)).code == 0
        longer = longer_lab.remains()
        died = Lab(bench / "died")
        train_and_die(died, DIED_AFTER)
        return cls(lab, bench, whole, longer, evaluated, predicted, following_text)

    def reset(self, prepared: str) -> None:
        """Let the lab start from a prepared runs directory."""
        self.lab.copied_from(self.folder / prepared / "runs")

    def resumed(self, whole: Remains, *options: str) -> str:
        """Go on with the newest run to its end; return what is amiss with what is left then."""
        newest = RunDirectory(self.lab.newest())
        wanted = json.loads(whole.journal.splitlines()[-1])["epoch"]
        if newest.status != "finished" or newest.record["result"]["epochs_run"] < wanted:
            outcome = self.lab.resume(*options)
            if outcome.code != 0:
                return f"cannot be resumed: {outcome.code} {outcome.err}"
        remains = self.lab.remains()
        if remains != whole:
            names = [
                name
                for name in ("status", "weights", "journal")
                if getattr(remains, name) != getattr(whole, name)
            ]
            return f"ends elsewhere: {names}"
        with RunDirectory(self.lab.newest()).lock():
            left = [path.name for path in self.lab.newest().rglob("*.tmp")]
        return f"left behind: {left}" if left else ""

    def keeps(self, whole: Remains, at_least: int) -> str:
        """Return what is amiss with the newest run's journal: it may only be the beginning of the whole."""
        path = self.lab.newest() / "metrics.jsonl"
        data = path.read_bytes() if path.exists() else b""
        read_journal(path)
        lines = data[: data.rfind(b"\n") + 1]
        if not whole.journal.startswith(lines):
            return "the journal says something else"
        return "" if lines.count(b"\n") >= at_least else "a finished epoch is lost"


def judge_train(bench: Bench, outcome: Outcome) -> str:
    """Nothing, or a run that can be resumed to the same end."""
    if not list_runs(bench.lab.runs):
        return "says 0 and left nothing" if outcome.code == 0 else ""
    if outcome.code == 0 and bench.lab.remains() != bench.whole:
        return "says 0 and is not done"
    return bench.keeps(bench.whole, 0) or bench.resumed(bench.whole)


def judge_resume(bench: Bench, outcome: Outcome) -> str:
    """The run, as far as it was or farther, that can be resumed to the same end."""
    if outcome.code == 0 and bench.lab.remains() != bench.whole:
        return "says 0 and is not done"
    return bench.keeps(bench.whole, DIED_AFTER // 3) or bench.resumed(bench.whole)


def judge_longer(bench: Bench, outcome: Outcome) -> str:
    """The finished run, or the longer one, or what leads there."""
    if outcome.code == 0 and bench.lab.remains() != bench.longer:
        return "says 0 and is not done"
    return bench.keeps(bench.longer, 4) or bench.resumed(bench.longer, "--epochs", str(LONGER))


def judge_reading(bench: Bench, outcome: Outcome) -> str:
    """The run as it was."""
    return "" if bench.lab.remains() == bench.whole else "the run has changed"


def judge_evaluate(bench: Bench, outcome: Outcome) -> str:
    """The run as it was, and the figures that an undisturbed evaluation gives; a look counted or not."""
    again = bench.lab("evaluate", "latest", "--json")
    if again.code != 0:
        return f"cannot be evaluated: {again.err}"
    now, before = json.loads(again.out), json.loads(bench.evaluated)
    if (
        now.pop("looks") not in (1, 2)
        or before.pop("looks") != 1
        or now.pop("run_id") != before.pop("run_id")
    ):
        return "the looks at test are counted wrongly"
    return judge_reading(bench, outcome) or ("" if now == before else "other figures")


def judge_predict(bench: Bench, outcome: Outcome) -> str:
    """The run as it was, and all predictions or none."""
    if outcome.out and not bench.predicted.startswith(outcome.out):
        return "other predictions"
    return judge_reading(bench, outcome)


def judge_next(bench: Bench, outcome: Outcome) -> str:
    """The run as it was, and the whole config of the next one or none."""
    path = bench.lab.runs / "next.yaml"
    if path.exists() and path.read_text() != bench.following:
        return "half a config, or another"
    if outcome.code == 0 and not path.exists():
        return "says 0 and wrote nothing"
    return judge_reading(bench, outcome)


def judge_report(bench: Bench, outcome: Outcome) -> str:
    """The run as it was, and a whole page or none."""
    run = RunDirectory(bench.lab.newest())
    if run.has("report.html") and not run.read_text("report.html").rstrip().endswith("</html>"):
        return "half a page"
    if outcome.code == 0 and not run.has("report.html"):
        return "says 0 and wrote nothing"
    return judge_reading(bench, outcome)


def judge_delete(bench: Bench, outcome: Outcome) -> str:
    """The run whole, or gone."""
    if not list_runs(bench.lab.runs):
        bench.lab("runs", "--prune", "--yes")
        left = [path.name for path in bench.lab.runs.iterdir()]
        return f"left behind: {left}" if left else ""
    return "says 0 and did not" if outcome.code == 0 else judge_reading(bench, outcome)


COMMANDS = (
    Command("train", ("train", "config.yaml", "--quiet"), "", judge_train),
    Command("resume", ("resume", "latest", "--quiet"), "died", judge_resume),
    Command(
        "resume --epochs", ("resume", "latest", "--quiet", "--epochs", str(LONGER)), "finished", judge_longer
    ),
    Command("evaluate", ("evaluate", "latest"), "finished", judge_evaluate),
    Command("diagnose", ("diagnose", "latest"), "finished", judge_reading),
    Command("predict", ("predict", "latest", "rows.csv"), "finished", judge_predict),
    Command("show", ("show", "latest"), "finished", judge_reading),
    Command("next", NEXT, "finished", judge_next),
    Command("report", ("report", "latest"), "finished", judge_report),
    Command("runs --delete", ("runs", "--delete", "latest", "--yes"), "finished", judge_delete),
)


def operations_of(bench: Bench, command: Command) -> list[str]:
    """Return the names of the file operations that the undisturbed command does, in order."""
    bench.reset(command.prepared)
    names: list[str] = []

    def noting(call: Call) -> object:
        names.append(call.name)
        return call.go()

    with Seam(bench.lab.runs, noting).open():
        outcome = bench.lab(*command.arguments)
    assert outcome.code == 0, outcome.err
    return names


def amiss_after(bench: Bench, command: Command, kind: str, at: int, *, lasting: bool) -> str:
    """Plant one fault; return which promise is broken and how, or nothing."""
    bench.reset(command.prepared)
    fault = Fault(kind, at, lasting=lasting)
    with Seam(bench.lab.runs, fault).open():
        outcome = bench.lab(*command.arguments)
    problem = _manners(kind, outcome)
    if not problem:
        damaged = [run.damage for run in list_runs(bench.lab.runs) if run.damage]
        problem = f"damaged: {damaged}" if damaged else command.judge(bench, outcome)
    if not problem:
        return ""
    how = "from then on" if lasting else "once"
    return f"{command.name}, {kind} {how} at {fault.hit}: {problem}\n  {outcome.code} {outcome.err.strip()}"


def _manners(kind: str, outcome: Outcome) -> str:
    if outcome.code not in ALLOWED.get(kind, {0, 2, 4}):
        return "an exit code that says something else"
    if outcome.code and not outcome.err.strip():
        return "no word of what happened"
    if "Traceback" in outcome.err or "internal error" in outcome.err:
        return "no word for a user"
    return ""


def every_fault(
    bench: Bench, *, stride: int = 1, commands: tuple[Command, ...] = COMMANDS
) -> Iterator[tuple[str, str]]:
    """Yield the command's name, and what is amiss, for each point and kind of fault.

    Args:
        stride: take each `stride`-th case, for a short form that still comes past every command and kind.
    """
    case = 0
    for command in commands:
        names = operations_of(bench, command)
        for kind in KINDS:
            for lasting in (False, True):
                for at, name in enumerate(names, start=1):
                    if kind in OF_WRITES and name != "write":
                        continue
                    case += 1
                    if case % stride == 0:
                        yield command.name, amiss_after(bench, command, kind, at, lasting=lasting)
