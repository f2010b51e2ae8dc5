"""Joint credit: what a game gives to pairs of players (Shapley-Taylor, order 2)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution import games
from attribution.arrays import ragged
from attribution.models.shapley import values
from attribution.models.shapley.worths import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.arrays.ragged import Bools, Floats, Ints
    from attribution.models.shapley.worths import Worth


class Pairs(NamedTuple):
    """Parts of coalitions' worth, together 1 in a coalition, one row a pair.

    ``coalition``, ``first`` and ``second``: int64; ``first`` = ``second`` for what a
    branch has alone; ``share``: float64.
    """

    coalition: Ints
    first: Ints
    second: Ints
    share: Floats


def pairs_of(
    worth: Worth | None, players: Ints, offsets: Ints, branch: Ints, many: int
) -> Pairs:
    """Return the parts of each coalition by pairs of branches.

    Args:
        worth: The game; None for coalitions that only all of their players win.
        players: Positions in the game, flat by coalition.
        offsets: int64, (coalitions + 1,).
        branch: The branch of each flat player, in label order.
        many: The branch that stands for coalitions that are sampled.

    Source: Sundararajan, Dhamdhere and Agarwal (2020), The Shapley Taylor
    interaction index.
    """
    if worth is None:
        parts = list(_together(offsets, branch, many))
    else:
        parts = list(_of_game(worth, players, offsets, branch))
        over = np.flatnonzero(np.diff(offsets) > values.EXACT)
        own = np.full(len(over), many)
        parts.append(Pairs(over, own, own, np.ones(len(over))))
    columns = zip(*parts, strict=True) if parts else [[]] * 4
    return Pairs(*(np.concatenate([np.zeros(0, np.int64), *one]) for one in columns))


def _together(offsets: Ints, branch: Ints, count: int) -> Iterator[Pairs]:
    """Give the parts of coalitions that only all of their branches win."""
    keys = np.unique(ragged.segments_of(offsets) * max(count, 1) + branch)
    coalition, code = np.divmod(keys, max(count, 1))
    cut = ragged.offsets_of(np.bincount(coalition, minlength=len(offsets) - 1))
    sizes = np.diff(cut)
    for size in np.unique(sizes[sizes > 0]).tolist():
        chosen = np.flatnonzero(sizes == size)
        own = code[cut[:-1][chosen][:, None] + np.arange(size)]
        if size == 1:
            yield Pairs(chosen, own[:, 0], own[:, 0], np.ones(len(chosen)))
        part = np.full(len(chosen), 2 / max(size * (size - 1), 1))
        for one, two in itertools.combinations(range(size), 2):
            yield Pairs(chosen, own[:, one], own[:, two], part)


def _of_game(
    worth: Worth, players: Ints, offsets: Ints, branch: Ints
) -> Iterator[Pairs]:
    """Give the parts of coalitions of up to 14 players from their dividends."""
    for size, chosen, (pattern,) in values.alike(offsets, [branch]):
        touched = _touched(pattern)
        number = touched.sum(1)
        share = 2 / np.maximum(number * (number - 1), 1)
        step = max(values.CHUNK >> size, 1)
        for first in range(0, len(chosen), step):
            some = chosen[first : first + step]
            own = offsets[:-1][some][:, None] + np.arange(size)
            table = tables(worth, players[own], size)
            whole = np.where(table[:, -1:] > 0, table[:, -1:], 1.0)
            dividends = games.dividends(table) / whole
            codes = branch[own[:, _first_of(pattern)]]
            for one in range(touched.shape[1]):
                alone = dividends[:, touched[:, one] & (number == 1)].sum(1)
                yield Pairs(some, codes[:, one], codes[:, one], alone)
            for one, two in itertools.combinations(range(touched.shape[1]), 2):
                both = np.flatnonzero(touched[:, one] & touched[:, two])
                part = (dividends[:, both] * share[both]).sum(1)
                pair = np.sort(codes[:, [one, two]], axis=1)
                yield Pairs(some, pair[:, 0], pair[:, 1], part)


def _touched(pattern: Ints) -> Bools:
    """Return which branches each subset of the players touches, (2^size, branches)."""
    size = len(pattern)
    members = (np.arange(1 << size)[:, None] >> np.arange(size)) & 1
    touched = np.zeros((1 << size, int(pattern.max()) + 1), np.bool_)
    for player, own in enumerate(pattern.tolist()):
        touched[:, own] |= members[:, player] == 1
    return touched


def _first_of(pattern: Ints) -> Ints:
    """Return the first player of each branch."""
    return np.unique(pattern, return_index=True)[1]
