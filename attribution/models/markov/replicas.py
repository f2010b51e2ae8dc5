"""Chains of order 1 for many draws of the same deals at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import ragged
from attribution.models.base import Summed
from attribution.models.markov.moves import followed, steps_of

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Floats
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.players import Players

MOST: Final = 128
"""Players up to which the chain of each draw is a dense table."""


def summed(players: Players, journeys: Journeys) -> Summed:
    """Return the chain as sums of moves, of ends and of wins by the last state.

    State 0 is the start, the others are players.

    Args:
        players: The player of each touch, up to 128 in all.
        journeys: In the one order: won, lost, open.
    """
    size = len(players.labels) + 1
    won, closed = (journeys.span(of).stop for of in ("won", "lost"))
    steps = steps_of(players.code, journeys.offsets[: closed + 1])
    last = np.zeros(closed, np.int64)
    last[steps.filled] = steps.digit[steps.offsets[1:][steps.filled] - 1]
    # Of each journey its moves, how it ends, and where it is won.
    sizes = np.diff(steps.offsets) + 1 + (np.arange(closed) < won)
    cut = ragged.offsets_of(sizes)
    feature = np.empty(cut[-1], np.int32)
    moves = np.arange(len(steps.digit))
    moves += ragged.spread(cut[:-1] - steps.offsets[:-1], steps.offsets)
    feature[moves] = followed(steps.digit, steps, size)
    feature[cut[1:] - 1] = size * size + last
    feature[cut[1 : won + 1] - 2] = size * size + size + last[:won]
    player = players.code[: journeys.offsets[won]]
    return Summed(feature, cut, size * (size + 2), partial(_solved, size), player)


def _solved(size: int, sums: Floats) -> Floats:
    """Return the effects of the players, (players, draws), from sums of features.

    Steps that repeat a state are none.
    """
    table = sums.reshape(size + 2, size, -1)
    moves, (ends, wins) = table[:size].copy(), table[size:]
    moves[np.arange(size), np.arange(size)] = 0
    return _effects(moves, ends, wins)


def _effects(moves: Floats, ends: Floats, wins: Floats) -> Floats:
    """Return the removal effect of each player in each draw, (players, draws).

    At order 1 it is N[s, c] b[c] / (N[c, c] b[s]) with N = (1 - Q)^-1 and b = N r.
    """
    size, draws = ends.shape
    out = np.maximum(moves.sum(1) + ends, 1)
    stay = np.eye(size)[:, :, None] - moves / out[:, None]
    visits = _inverse(stay)
    chance = np.zeros((size, draws))
    for state, rate in enumerate(wins / out):  # each draw as alone: no pairwise sums
        chance += visits[:, state] * rate
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
