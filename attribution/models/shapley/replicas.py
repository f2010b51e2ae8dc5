"""Flat games of win rates for many draws of the same deals at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import ragged
from attribution.games.potential import potential_beside
from attribution.models.shapley.coalitions import Coalitions, coalitions_of, masks_of
from attribution.models.shapley.worths import RIDGE

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.players import Players

MOST: Final = 14
"""Players in all up to which every coalition stands in a table for each draw."""

TABLE: Final = 1 << 17
"""Worths that are held at a time: tables that the caches hold."""


def weights_of(players: Players, journeys: Journeys, deals: Ints) -> Floats:
    """Return the weight of won journeys' touches, float64 (won touches, draws).

    What ``worths.win_rates`` and ``credit.weighed`` give draw by draw, but for
    rounding.

    Args:
        players: The player of each touch, up to 14 in all.
        journeys: Each stands for some deals.
        deals: int64, (journeys, draws), how many; 0 leaves a journey out.
    """
    met = coalitions_of(players, journeys.offsets)
    masks = np.append(0, masks_of(met.players, met.offsets))
    won, lost = (journeys.span(of) for of in ("won", "lost"))
    wins, losses = (
        _sums(met.deal[of] + 1, deals[of].astype(np.float64), len(masks))
        for of in (won, lost)
    )
    share = np.empty((len(met.players), deals.shape[1]))
    step = max(TABLE >> len(players.labels), 1)
    for first in range(0, deals.shape[1], step):
        part = slice(first, first + step)
        worth = _worths(masks, wins[:, part], losses[:, part], len(players.labels))
        share[:, part] = _shares(met, masks[1:], worth)
    offsets = journeys.offsets[: won.stop + 1]
    own = players._replace(code=players.code[: offsets[-1]])
    met = Coalitions(met.deal[won], met.players, met.offsets)
    return _divided(own, offsets, met, share)


def _sums(rows: Ints, values: Array, count: int) -> Any:
    """Return the sums of rows of a table by group, added in order: (count, draws)."""
    from scipy import sparse

    ones, every = np.ones(len(rows), values.dtype), np.arange(len(rows))
    return sparse.csr_matrix((ones, (rows, every)), (count, len(rows))) @ values


def _worths(masks: Ints, wins: Floats, losses: Floats, players: int) -> Floats:
    """Return the worth of every coalition in each draw, (2^players, draws)."""
    closed = wins + losses
    base, effects = _main_effects(masks, wins, closed, players)
    worth = np.empty((1 << players, len(base)))
    worth[0] = base
    for bit, effect in enumerate(effects):
        half = 1 << bit
        np.add(worth[:half], effect, out=worth[half : 2 * half])
    np.clip(worth, 0.0, 1.0, out=worth)
    rate = wins / np.maximum(closed, 1)
    worth[masks] = np.where(closed > 0, rate, worth[masks])
    worth[0] = 0.0
    return worth


def _main_effects(
    masks: Ints, wins: Floats, closed: Floats, players: int
) -> tuple[Floats, Floats]:
    """Return base and effects in each draw: (draws,) and (players, draws).

    The normal equations of ``worths.win_rates``, in whole numbers, solved by
    elimination, draw beside draw; they are positive definite once a deal is closed.
    """
    draws, size = wins.shape[1], players + 1
    own = np.append(1 << np.arange(players), 0)
    table = np.empty((size, size + 1, draws))
    table[:, :size] = _with_all(masks, closed, players)[own[:, None] | own]
    table[:, size] = _with_all(masks, wins, players)[own]
    none = table[players, players] == 0
    pull = np.append(np.full((players, draws), RIDGE), [none], axis=0)
    table[np.arange(size), np.arange(size)] += pull
    for at in range(size):
        row = table[at] / table[at, at]
        table -= table[:, at, None] * row
        table[at] = row
    return table[players, size], table[:players, size]


def _with_all(masks: Ints, values: Floats, players: int) -> Floats:
    """Return by coalition the sums of those that hold all of it, (2^players, draws)."""
    table = np.zeros((1 << players, values.shape[1]))
    table[masks] = values
    for bit in range(players):
        pairs = table.reshape(-1, 2, values.shape[1] << bit)
        pairs[:, 0] += pairs[:, 1]
    return table


def _shares(met: Coalitions, masks: Ints, worth: Floats) -> Floats:
    """Return what each player of each coalition is paid, (flat players, draws).

    The table of worths becomes one of potentials, in place.
    """
    wins = worth[masks] > 0
    potential_beside(worth, len(worth).bit_length() - 1)
    coalition = ragged.segments_of(met.offsets)
    whole = masks[coalition]
    values = worth[whole]
    values -= worth[whole ^ ragged.bits_of(met.players)]
    np.maximum(values, 0.0, out=values)
    total = _sums(coalition, values, len(masks))
    values /= np.where(wins & (total > 0), total, np.inf)[coalition]
    return values


def _divided(players: Players, offsets: Ints, met: Coalitions, share: Floats) -> Floats:
    """Return each player's share, equal over its touches of a journey."""
    place, cut = ragged.distinct(players.code, offsets, len(players.labels))
    starts = np.append(met.offsets[:-1], 0)[met.deal]
    flat = ragged.positions(cut) + ragged.spread(starts, cut)
    own = np.flatnonzero(place >= 0)
    times = np.bincount(place[own], minlength=len(flat))
    weights = np.zeros((len(place), share.shape[1]))
    weights[own] = share[flat[place[own]]] / times[place[own]][:, None]
    return weights
