"""Named random streams: one seed gives each purpose its own, so that none disturbs another.

Adding dropout to a config leaves the split, the initial weights and the order of the batches as they were,
and two runs that differ in one setting differ in nothing else.
"""

import zlib
from typing import Any

from numpy.random import PCG64, Generator, SeedSequence


def stream(seed: int, purpose: str, *index: int) -> Generator:
    """Return the random stream of `purpose` under `seed`.

    Args:
        seed: the config's seed, ≥ 0.
        purpose: `split`, `initialization`, `batches`, `dropout`, `augmentation`, …
        index: non-negative numbers that tell streams of one purpose apart: an epoch, a layer.
    Source: numpy.random.SeedSequence's spawn keys, whose streams are independent for practical purposes.
    """
    return Generator(PCG64(SeedSequence(seed, spawn_key=(zlib.crc32(purpose.encode()), *index))))


def state_of(generator: Generator) -> dict[str, Any]:
    """Return the state of a stream as JSON-able values, exact to the bit."""
    return dict(generator.bit_generator.state)


def restore(generator: Generator, state: dict[str, Any]) -> None:
    """Put a stream into a state that `state_of` returned.

    Raises:
        ValueError: the state is not one of this kind of stream.
    """
    try:
        generator.bit_generator.state = state
    except (TypeError, KeyError) as error:
        raise ValueError(f"not the state of a {type(generator.bit_generator).__name__} stream") from error
