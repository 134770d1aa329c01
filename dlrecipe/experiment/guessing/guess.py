"""What `init` makes of data: sources for the config, and what to say of them. Guesses nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from dlrecipe.data.specs import Source
from dlrecipe.experiment.guessing.named_splits import NamedSplits


@dataclass(frozen=True)
class Guess:
    """A source for the config, and what to say of it.

    `sources`: by the config's key (source, or train and test). `remarks`: what was decided, a sentence each.
    `suspects`: lines for the config that only a person can decide on, as YAML comments. `group`: the column
    whose rows must be kept together.
    """

    sources: dict[str, Source]
    remarks: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    group: str | None = None


def said_of_splits(named: NamedSplits, sources: dict[str, Source], aside: Sequence[str]) -> list[str]:
    """Return what was made of files and folders that are named for splits, and what of the rest."""
    told = [(split, path.name) for split, path in named.splits.items() if split in sources]
    said = [f"{', '.join(f'{name} is the {split} set' for split, name in told)}."]
    if aside:
        said.append(f"Left aside: {', '.join(aside)}.")
    return said
