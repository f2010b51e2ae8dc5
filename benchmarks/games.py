"""Games on value tables: one of 2^20 coalitions, many of ten players, one of 2^24."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution import games

if TYPE_CHECKING:
    from collections.abc import Callable

PLAYERS = 20
BATCH = (20_000, 10)
LARGEST = 24
TARGET = 4.0
"""One game of 2^20, exact, in at most so many times twenty in-place passes."""


def run(*, full: bool) -> dict[str, Any]:
    """Return seconds, and their ratio to twenty passes over the table in this run.

    A pass is ``np.add(table, 1.0, out=table)``, the cheapest that numpy has; the
    plain Möbius transform, a pass over pairs for each bit, is timed beside it.
    """
    rng = np.random.default_rng(1)
    v = rng.random(1 << PLAYERS)
    table = v.copy()
    shapley, passes = _side_by_side(lambda: games.shapley(v), lambda: _passes(table))
    transform, again = _side_by_side(lambda: games.dividends(v), lambda: _passes(table))
    many = rng.random((BATCH[0], 1 << BATCH[1]))
    record: dict[str, Any] = {
        "players": PLAYERS,
        "twenty_passes_seconds": round(passes, 5),
        "shapley_seconds": round(shapley, 5),
        "shapley_over_passes": round(shapley / passes, 2),
        "target": TARGET,
        "dividends_over_passes": round(transform / again, 2),
        "plain_transform_seconds": round(_median(lambda: _plain(table.copy())), 5),
        "interactions_seconds": round(_median(lambda: games.interactions(v)), 4),
        "winter_seconds": round(_median(lambda: games.winter(v, _levels())), 5),
        "batch": list(BATCH),
        "batch_shapley_seconds": round(_median(lambda: games.shapley(many)), 4),
    }
    if full:
        largest = rng.random(1 << LARGEST)
        record["largest_players"] = LARGEST
        record["largest_shapley_seconds"] = round(
            _median(lambda: games.shapley(largest)), 3
        )
        record["largest_dividends_seconds"] = round(
            _median(lambda: games.dividends(largest)), 3
        )
    return record


def _levels() -> list[list[int]]:
    """Return teams and channels of the players."""
    return [[player % 2 for player in range(PLAYERS)], list(range(PLAYERS))]


def _passes(table: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    for _ in range(20):
        np.add(table, 1.0, out=table)


def _plain(table: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    for bit in range(PLAYERS):
        pairs = table.reshape(-1, 2, 1 << bit)
        pairs[:, 1] -= pairs[:, 0]


def _side_by_side(
    work: Callable[[], object], reference: Callable[[], object]
) -> tuple[float, float]:
    """Return the medians of both, taken in turns, so that one machine is compared."""
    times = [(_seconds(work), _seconds(reference)) for _ in range(16)][1:]
    first, second = zip(*times, strict=True)
    return statistics.median(first), statistics.median(second)


def _median(work: Callable[[], object]) -> float:
    return statistics.median([_seconds(work) for _ in range(6)][1:])


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
