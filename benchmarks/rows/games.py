"""One exact game: beside shapiq, and beside passes over its table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution import games
from benchmarks.measuring import (
    Measured,
    Row,
    at_least,
    at_most,
    guarded,
    peer,
    side_by_side,
)

if TYPE_CHECKING:
    from attribution.arrays.ragged import Bools, Floats
    from benchmarks.measuring import Size

SMALL, LARGE, LARGEST = 12, 20, 24
REPEATS = 16


def _beside_shapiq(size: Size) -> Measured:
    del size
    table = np.random.default_rng(1).random(1 << SMALL)
    table[0] = 0.0
    theirs = guarded("shapiq", partial(_shapiq, table))
    sides = side_by_side(
        {"attribution": partial(games.shapley, table), "shapiq": theirs}, REPEATS
    )
    ours, other = (one.value for one in sides.values())
    difference = float(np.max(np.abs(ours - other)))
    return Measured(sides, difference=difference, sizes={"players": SMALL})


def _shapiq(table: Floats) -> Floats:
    powers = 1 << np.arange(SMALL)

    def worth(coalitions: Bools) -> Floats:
        return table[coalitions.astype(np.int64) @ powers]

    computer = peer("shapiq").ExactComputer(worth, n_players=SMALL)
    found = computer("SV", order=1)
    return np.array([found[(player,)] for player in range(SMALL)])


def _beside_passes(size: Size) -> Measured:
    rng = np.random.default_rng(1)
    worth = rng.random(1 << LARGE)
    table = worth.copy()
    sides = side_by_side(
        {
            "attribution": partial(games.shapley, worth),
            "passes": partial(_passes, table),
        },
        REPEATS,
    )
    figures = _others(rng, worth, size)
    return Measured(sides, sizes={"players": LARGE}, figures=figures)


def _passes(table: Floats) -> None:
    for _ in range(LARGE):
        np.add(table, 1.0, out=table)


def _others(rng: np.random.Generator, worth: Floats, size: Size) -> dict[str, Any]:
    """Return the median seconds of other values, and of the largest game."""
    levels = [[player % 2 for player in range(LARGE)], list(range(LARGE))]
    many = rng.random((20_000, 1 << 10))
    work = {
        "dividends": partial(games.dividends, worth),
        "interactions": partial(games.interactions, worth),
        "winter": partial(games.winter, worth, levels),
        "20,000 games of 10 players": partial(games.shapley, many),
    }
    if size == "full":
        largest = rng.random(1 << LARGEST)
        work[f"{LARGEST} players"] = partial(games.shapley, largest)
    timed = side_by_side(work, repeats=3)
    return {"seconds": {name: one.record()["seconds"] for name, one in timed.items()}}


ROWS = [
    Row(
        "one exact game of {players} players",
        "shapiq's exact computer",
        at_least(100),
        _beside_shapiq,
        needs=("shapiq",),
    ),
    Row(
        "one exact game of {players} players",
        "twenty in-place passes over its table",
        at_most(4),
        _beside_passes,
        note="A pass is `np.add(table, 1.0, out=table)`, the cheapest that numpy has.",
    ),
]
