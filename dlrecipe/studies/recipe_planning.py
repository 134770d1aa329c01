"""What a recipe tries next, and what it learns from what it has tried.

First what helped before beside a better change, then single changes that the diagnosis suggests; each round
in vain gives room to configs nearby with several settings moved. Trains nothing, and knows no files: the same
runs lead to the same plans, whoever trained them and in whatever order they ended.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from dlrecipe.config.loading import LoadedConfig, varied
from dlrecipe.config.writing import config_to_dict, flow_text
from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.errors import ConfigError
from dlrecipe.rng import stream
from dlrecipe.studies.bar import Bar, Ended, bar, expected
from dlrecipe.studies.lab_book import Entry
from dlrecipe.studies.recipe_choice import standard_error
from dlrecipe.studies.recipe_guided import Known, promising
from dlrecipe.studies.recipe_ideas import Idea, doublings, ideas
from dlrecipe.studies.recipe_neighbours import NEARBY

ROUND = 4
"""Ideas tried side by side, whatever the number of workers."""
WIDENED = 2
"""Of them, after each round that brought nothing, so many more configs nearby instead of single changes."""
PATIENCE = 0.5
"""Standard errors of dev error that a step must bring more for each doubling of a run's time."""
NEXT_TO_NOTHING = 0.01
"""An error of a regression, whose errors are parts of the target's variance, that is as good as none."""


@dataclass
class Planner:
    """The plans of one recipe, whose runs are trained on `n_train` examples."""

    base: LoadedConfig
    task: str
    n_train: int
    failed: dict[str, float] = field(default_factory=dict)
    in_vain: int = 0
    """Rounds in a row that did not lower dev error; from one that found its config nearby it is 1."""
    pending: list[Idea] = field(default_factory=list)
    """Ideas that helped, but less than the one that was taken."""
    plain: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Configs of entries by trial, as plain data: reading one anew takes a millisecond."""
    texts: dict[str, str] = field(default_factory=dict)
    """The same as text."""
    known: dict[str, Known] = field(default_factory=dict)
    """Entries as the model takes them, by trial."""
    read: dict[str, LoadedConfig] = field(default_factory=dict)
    """Configs of the round that was planned last, by trial."""

    def config(self, entry: Entry) -> LoadedConfig:
        """Return the config of a run.

        Raises:
            ConfigError: its changes make none.
        """
        if entry.trial in self.read:
            return self.read[entry.trial]
        config = self.base.config
        sets = [f"{path}={flow_text(value)}" for path, value in entry.changes.items()]
        if entry.seed != config.seed:
            data_seed = config.seed if config.data.seed is None else config.data.seed
            sets += [f"data.seed={data_seed}", f"seed={entry.seed}"]
        return varied(self.base, sets) if sets else self.base

    def planned(
        self, number: int, room: int, now: Entry, entries: Sequence[Entry], diagnosis: Diagnosis | None
    ) -> list[Entry]:
        """Return the runs of a round, `room` or ROUND at the most; none where nothing is left to try."""
        seen = {self._text(entry) for entry in entries}
        planned: list[Entry] = []
        self.read = {}
        for idea in self._ideas(number, now, entries, diagnosis):
            if len(planned) >= min(room, ROUND):
                break
            entry = Entry(
                f"r{number:02d}-{len(planned)}",
                round=number,
                seed=now.seed,
                advice=idea.advice,
                why=idea.why,
                kind=idea.kind,
                change=dict(idea.change),
                changes=_merged(now.changes, idea.change),
                expects=idea.expects,
                base=now.trial,
            )
            with suppress(ConfigError):
                loaded = self.config(entry)
                plain = config_to_dict(loaded.config)
                text = _text(plain)
                if text not in seen:
                    self.read[entry.trial] = loaded
                    seen.add(text)
                    self.plain[entry.trial], self.texts[entry.trial] = plain, text
                    planned.append(entry)
        return planned

    def learn(self, now: Entry, found: Sequence[Entry]) -> Entry | None:
        """Take in what came of a round; return the run to go on from, None where none was better."""
        best = min(found, key=lambda entry: self._price(now, entry))
        for entry in found:
            self.failed[entry.kind] = self.failed.get(entry.kind, 0.0) + (entry.score >= now.score)
        self.pending, self.in_vain = [], self.in_vain + 1
        if best.score >= now.score:
            return None
        # A lower J at the same error is a step, but no reason to search any narrower.
        if best.dev < now.dev:
            self.in_vain = int(best.kind == NEARBY)
        # What failed on another config may help on this one; what helped may help again.
        self.failed = {kind: times / 2 for kind, times in self.failed.items()}
        self.failed[best.kind] = -1.0
        helped = [entry for entry in found if entry.score < now.score and entry.kind != best.kind]
        self.pending = [_again(entry) for entry in sorted(helped, key=lambda entry: entry.score)][:2]
        return best

    def _ideas(
        self, number: int, now: Entry, entries: Sequence[Entry], diagnosis: Diagnosis | None
    ) -> Iterator[Idea]:
        yield from self.pending
        nearby = self._nearby(number, now, entries)
        yield from islice(nearby, WIDENED * self.in_vain)
        if diagnosis is not None:
            yield from ideas(diagnosis, self.failed)
        yield from nearby

    def _nearby(self, number: int, now: Entry, entries: Sequence[Entry]) -> Iterator[Idea]:
        """Yield configs nearby; nothing is reckoned before the first is asked for."""
        least, ended = self._least(now), _ended(entries)

        def score(entry: Entry) -> tuple[float, float]:
            if not entry.given_up:
                return entry.score
            return expected(entry.course, entry.dev, ended, least), entry.score[1]

        yield from promising(
            self._plain(now),
            [self._known(entry, score(entry)) for entry in entries],
            stream(self.base.config.seed, "recipe", number),
            n_train=self.n_train,
            least=least,
        )

    def _known(self, entry: Entry, score: tuple[float, float]) -> Known:
        known = self.known.setdefault(entry.trial, Known(self._plain(entry), score))
        # What is expected of a run that was given up changes with what is known of others.
        known.score = score
        return known

    def bar(self, now: Entry, entries: Sequence[Entry]) -> Bar:
        """Return what new runs have to come up to on their way, by the runs that have ended."""
        return bar(now.dev, _ended(entries), self._least(now), self.task)

    def _least(self, now: Entry) -> float:
        """Return the dev error that one wrong example amounts to, or one that is next to nothing."""
        return 1 / now.n_dev if now.n_dev and self.task == "classification" else NEXT_TO_NOTHING

    def _price(self, now: Entry, entry: Entry) -> tuple[bool, float, float]:
        """Return what the steps of a round are compared by: a longer run must have brought something."""
        noise = standard_error(entry, now, self.task)
        dearer = PATIENCE * noise * max(0.0, doublings(entry.change, self._plain(now)))
        return entry.score >= now.score, entry.dev + dearer, entry.score[1]

    def _text(self, entry: Entry) -> str:
        if entry.trial not in self.texts:
            self.texts[entry.trial] = _text(self._plain(entry))
        return self.texts[entry.trial]

    def _plain(self, entry: Entry) -> Mapping[str, Any]:
        if entry.trial not in self.plain:
            self.plain[entry.trial] = config_to_dict(self.config(entry).config)
        return self.plain[entry.trial]


def _ended(entries: Sequence[Entry]) -> list[Ended]:
    return [Ended(entry.course, entry.dev) for entry in entries if entry.errors and not entry.given_up]


def _merged(changes: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a change on top of others: a section that is set as a whole undoes what was set within it."""
    kept = {
        path: value
        for path, value in changes.items()
        if path not in change and not any(path.startswith(f"{whole}.") for whole in change)
    }
    return kept | dict(change)


def _again(entry: Entry) -> Idea:
    return Idea(entry.advice, entry.change, f"it helped before ({entry.trial})", entry.kind, {})


def _text(config: Mapping[str, Any]) -> str:
    return json.dumps(config, sort_keys=True, default=str)
