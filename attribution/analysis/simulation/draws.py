"""The random numbers of a chunk of processes: a generator of its own for each purpose.

A process keeps its numbers whatever the number of deals is, and a knob of one part
does not move the numbers of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.analysis.simulation.settings import Settings
    from attribution.arrays.ragged import Floats, Ints

    Uniforms = NDArray[np.float32]

CHUNK: Final = 1 << 13
"""Processes whose numbers are drawn together."""

PURPOSES: Final = (
    "begin", "buyer", "rep", "fire", "moment", "follow", "stage", "amount", "steps",
    "record", "people", "roles",
)  # fmt: skip
"""What numbers are drawn for; the place of a word is its key, so that it stays."""


class Draws(NamedTuple):
    """Numbers of a chunk of n processes, w weeks, c channels.

    Uniform in [0, 1): ``begin`` (4, n), ``rep`` (2, n), ``segment`` (n,), ``fire`` and
    ``moment`` float32 (w, c, n), ``follow`` float32 (w, 2, n), ``stage`` float32
    (w, 3, n), ``steps`` (5, n), ``roles`` (n, 12). Standard normal: ``buyer`` (n,),
    ``amount`` (n,). ``record``: uint64 (w, c, n), four small numbers in one;
    ``step_record`` (2, n) the same. ``people``: int64 (n,), the committee beside the
    first person.
    """

    begin: Floats
    segment: Floats
    buyer: Floats
    rep: Floats
    fire: Uniforms
    moment: Uniforms
    follow: Uniforms
    stage: Uniforms
    amount: Floats
    steps: Floats
    record: NDArray[np.uint64]
    step_record: NDArray[np.uint64]
    people: Ints
    roles: Floats


MOST_PEOPLE: Final = 12


def generator(seed: int, purpose: str, chunk: int) -> np.random.Generator:
    """Return the generator of one purpose and chunk.

    Example:
        >>> one, other = (generator(1, "fire", 0).random() for _ in range(2))
        >>> one == other
        True
    """
    key = (PURPOSES.index(purpose), chunk)
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key))
    )


def draws_of(settings: Settings, seed: int, chunk: int) -> Draws:
    """Return the numbers of processes ``chunk * CHUNK`` to the next chunk's first."""
    rng = {purpose: generator(seed, purpose, chunk) for purpose in PURPOSES}
    weeks, channels = settings.weeks, len(settings.channels)
    grid = (weeks, channels, CHUNK)

    def uniforms(purpose: str, shape: tuple[int, ...]) -> Uniforms:
        return rng[purpose].random(shape, np.float32)

    def bits(shape: tuple[int, ...]) -> NDArray[np.uint64]:
        return rng["record"].integers(0, 2**64, shape, np.uint64)

    return Draws(
        begin=rng["begin"].random((4, CHUNK)),
        segment=rng["buyer"].random(CHUNK),
        buyer=rng["buyer"].standard_normal(CHUNK),
        rep=rng["rep"].random((2, CHUNK)),
        fire=uniforms("fire", grid),
        moment=uniforms("moment", grid),
        follow=uniforms("follow", (weeks, 2, CHUNK)),
        stage=uniforms("stage", (weeks, 3, CHUNK)),
        amount=rng["amount"].standard_normal(CHUNK),
        steps=rng["steps"].random((5, CHUNK)),
        step_record=bits((2, CHUNK)),
        record=bits(grid),
        people=rng["people"].poisson(settings.committee - 1, CHUNK),
        roles=rng["roles"].random((CHUNK, MOST_PEOPLE)),
    )
