"""Chains of order 1 for many draws of the same deals at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.models.markov.moves import followed, steps_of

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.players import Players

MOST: Final = 128
"""Players up to which the chain of each draw is a dense table."""


def weights_of(players: Players, journeys: Journeys, deals: Ints) -> Floats:
    """Return the weight of won journeys' touches, float64 (won touches, draws).

    What counting, solving and weighing give draw by draw, but for rounding.

    Args:
        players: The player of each touch, up to 128 in all.
        journeys: Each stands for some deals.
        deals: int64, (journeys, draws), how many; 0 leaves a journey out.
    """
    moves, ends, wins = _counts(players, journeys, deals)
    effects = np.append(_effects(moves, ends, wins), np.zeros((1, deals.shape[1])), 0)
    offsets = journeys.offsets[: journeys.span("won").stop + 1]
    weights: Floats = effects[players.code[: offsets[-1]]]
    sums = _table(np.arange(len(weights)), offsets, len(weights)) @ weights
    np.copyto(sums, 1.0, where=sums == 0)
    weights /= np.repeat(sums, np.diff(offsets), axis=0)
    return weights


def _table(column: Ints, offsets: Ints, size: int, dtype: Any = np.float64) -> Any:
    """Return a one at each journey's columns, sparse (journeys, size)."""
    from scipy import sparse

    ones = np.ones(len(column), dtype)
    return sparse.csr_matrix((ones, column, offsets), (len(offsets) - 1, size))


def _counts(players: Players, journeys: Journeys, deals: Ints) -> tuple[Ints, ...]:
    """Return moves (from, to, draws), ends and wins (from, draws), exact.

    State 0 is the start, the others are players; steps that repeat a state are none.
    """
    size, draws = len(players.labels) + 1, deals.shape[1]
    won, closed = (journeys.span(of).stop for of in ("won", "lost"))
    steps = steps_of(players.code, journeys.offsets[: closed + 1])
    key = followed(steps.digit, steps, size)
    moves: Ints = _table(key, steps.offsets, size * size, np.int64).T @ deals[:closed]
    moves = moves.reshape(size, size, draws)
    moves[np.arange(size), np.arange(size)] = 0
    last = np.append(0, steps.digit)[steps.offsets[1:]]
    last[np.diff(steps.offsets) == 0] = 0
    each = np.arange(closed + 1)
    ends: Ints = _table(last, each, size, np.int64).T @ deals[:closed]
    wins: Ints = _table(last[:won], each[: won + 1], size, np.int64).T @ deals[:won]
    return moves, ends, wins


def _effects(moves: Ints, ends: Ints, wins: Ints) -> Floats:
    """Return the removal effect of each player in each draw, (players, draws).

    At order 1 it is N[s, c] b[c] / (N[c, c] b[s]) with N = (1 - Q)^-1 and b = N r.
    """
    size, draws = ends.shape
    out = np.maximum(moves.sum(1) + ends, 1)
    stay = np.eye(size)[:, :, None] - moves / out[:, None]
    visits = _inverse(stay)
    chance = (visits * (wins / out)[None]).sum(1)
    whole = visits[np.arange(1, size), np.arange(1, size)] * chance[0]
    effects = np.zeros((size - 1, draws))
    np.divide(visits[0, 1:] * chance[1:], whole, out=effects, where=whole > 0)
    return np.minimum(effects, 1.0)


def _inverse(table: Array) -> Array:
    """Return the inverse of each draw's table, (size, size, draws), by elimination.

    Without BLAS, whose bits depend on threads, and without pivots: rows of 1 - Q sum to
    no less than 0, so that none grows.
    """
    for at in range(len(table)):
        row = table[at] / table[at, at]
        row[at] = 1.0 / table[at, at]
        column = table[:, at].copy()
        column[at] = 0.0
        table[:, at] = 0.0
        table -= column[:, None] * row[None]
        table[at] = row
    return table
