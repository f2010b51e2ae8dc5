"""Signed values of coalitions, and the shares that they pay."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution import games
from attribution.arrays import ragged
from attribution.arrays.draws import mixed
from attribution.games.potential import potential_in_place, values_by_potential
from attribution.journeys.players import LEVEL
from attribution.models.shapley.worths import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Floats, Ints
    from attribution.models.shapley.worths import Worth

EXACT: Final = 14
"""Coalitions of up to this many players are valued exactly in every game."""

CHUNK: Final = 1 << 21
"""Worths that are held at a time."""

PERMUTATIONS: Final = 1000
"""Pairs of orders that value a coalition of more players."""


class Valued(NamedTuple):
    """Coalitions with their values, flat by coalition and player.

    ``values``: float64, signed, they sum to ``worth``: float64, (coalitions,).
    """

    values: Floats
    worth: Floats


def most_exact(worth: Worth, levels: Sequence[Ints]) -> int:
    """Return the most players of a coalition that is valued exactly, not sampled.

    All of them where every coalition's worth stands in one table and players have no
    levels: at most 20.
    """
    if levels or not worth.is_dense:
        return EXACT
    return max(EXACT, len(worth.players))


def branches(labels: Sequence[str], depth: int) -> list[Ints]:
    """Return for each level but the last the branch of each player, coarsest first."""
    found = []
    for level in range(1, depth):
        names = [LEVEL.join(label.split(LEVEL)[:level]) for label in labels]
        index = {name: place for place, name in enumerate(dict.fromkeys(names))}
        found.append(np.array([index[name] for name in names], np.int64))
    return found


def valued(
    worth: Worth, players: Ints, offsets: Ints, levels: Sequence[Ints]
) -> Valued:
    """Return the signed values of the coalitions that are small enough to be exact.

    A coalition has the same bytes whatever others are valued with it.

    Args:
        worth: The game.
        players: Positions in ``worth.players`` (-1 unknown), flat by coalition.
        offsets: int64, (coalitions + 1,).
        levels: The branch of each flat player at each level above the last.

    Returns:
        The values; NaN for larger coalitions, which are valued deal by deal: those
        of more players than :func:`most_exact`, and of more than 14 where one of them
        is unknown.
    """
    found = Valued(np.full(len(players), np.nan), np.full(len(offsets) - 1, np.nan))
    sizes, most = np.diff(offsets), most_exact(worth, levels)
    strange = ragged.sums(players < 0, offsets) > 0
    left = (sizes > 0) & (sizes <= np.where(strange, EXACT, most))
    if worth.is_dense and not levels:
        inner = np.flatnonzero(left & ~strange)
        if int((1 << sizes[inner]).sum()) >> len(worth.players):
            _value_at_once(worth, players, offsets, inner, found)
            left[inner] = False
    for size, same, pattern in alike(offsets, levels, most) if left.any() else ():
        chosen = same[left[same]]
        step = max(CHUNK >> size, 1)
        for first in range(0, len(chosen), step):
            part = chosen[first : first + step]
            own = offsets[:-1][part][:, None] + np.arange(size)
            table = tables(worth, players[own], size)
            found.worth[part] = table[:, -1]
            if pattern:
                found.values[own] = games.winter(table, list(pattern))
            else:
                found.values[own] = values_by_potential(table)
    return found


def _value_at_once(
    worth: Worth, players: Ints, offsets: Ints, chosen: Ints, to: Valued
) -> None:
    """Write the values of the chosen coalitions, all from one table of potentials."""
    own, cut = ragged.gather(offsets, chosen)
    bits = ragged.bits_of(players[own])
    masks = ragged.sums(bits, cut)
    table = worth.table()
    to.worth[chosen] = table[masks]
    potential_in_place(table, len(worth.players))
    without = np.subtract(ragged.spread(masks, cut), bits, out=bits)
    to.values[own] = ragged.spread(table[masks], cut) - table[without]


def inside(paid: Worth, players: Ints, offsets: Ints) -> Floats:
    """Return for each coalition the sum of what its sub-coalitions are paid.

    Args:
        paid: A game whose worths are payments, 0 for coalitions without one.
        players: Positions in ``paid.players``, flat by coalition.
        offsets: int64, (coalitions + 1,).
    """
    found = np.zeros(len(offsets) - 1)
    for size, chosen, _ in alike(offsets, ()):
        step = max(CHUNK >> size, 1)
        for first in range(0, len(chosen), step):
            part = chosen[first : first + step]
            own = offsets[:-1][part][:, None] + np.arange(size)
            found[part] = tables(paid, players[own], size).sum(1)
    large = np.flatnonzero(np.diff(offsets) > EXACT)
    if large.size:
        found[large] = _inside_large(paid, players, offsets, large)
    return found


def _inside_large(paid: Worth, players: Ints, offsets: Ints, large: Ints) -> Floats:
    """Return the same for coalitions of more than 14 players, by comparing pairs."""
    words = len(paid.players) // ragged.BITS + 1
    masks = np.zeros((len(offsets) - 1, words), np.int64)
    keys = ragged.sums(paid.keys[players], offsets)
    for word in range(words):
        own = players - word * ragged.BITS
        bits = ragged.bits_of(np.where((own >= 0) & (own < ragged.BITS), own, -1))
        masks[:, word] = ragged.reduce(np.bitwise_or, bits, offsets)
    amount = paid.values[np.searchsorted(paid.known, keys)]
    amount[keys == 0] = 0.0
    found = np.zeros(len(large))
    step = max(CHUNK // max(len(masks), 1), 1)
    for first in range(0, len(large), step):
        absent = ~masks[large[first : first + step]]
        lies = ((masks[None, :, :] & absent[:, None, :]) == 0).all(2)
        found[first : first + step] = np.where(lies, amount, 0.0).sum(1)
    return found


def alike(
    offsets: Ints, levels: Sequence[Ints], most: int = EXACT
) -> Iterator[tuple[int, Ints, tuple[Ints, ...]]]:
    """Give the coalitions of one size and pattern at a time, of ``most`` players."""
    sizes = np.diff(offsets)
    for size in np.unique(sizes[(sizes > 0) & (sizes <= most)]).tolist():
        chosen = np.flatnonzero(sizes == size)
        if not levels:
            yield size, chosen, ()
            continue
        own = offsets[:-1][chosen][:, None] + np.arange(size)
        ranks = [_first_seen(level[own]) for level in levels]
        patterns, place = np.unique(np.hstack(ranks), axis=0, return_inverse=True)
        for at, pattern in enumerate(patterns):
            parts = tuple(np.split(pattern, len(levels)))
            yield size, chosen[place.reshape(-1) == at], parts


def _first_seen(labels: Ints) -> Ints:
    """Return each row's labels numbered in order of appearance, (rows, size)."""
    same = labels[:, :, None] == labels[:, None, :]
    first = same.argmax(2)
    opens = first == np.arange(labels.shape[1])
    number = np.cumsum(opens, axis=1) - 1
    return np.take_along_axis(number, first, axis=1)


def seeds_of(texts: Sequence[object]) -> NDArray[np.uint64]:
    """Return a seed of 64 bits for each text, the same wherever it is valued."""
    digests = (hashlib.sha256(f"{text}".encode()).digest()[:8] for text in texts)
    return np.array([int.from_bytes(one) for one in digests], np.uint64)


def sampled(
    worth: Worth, players: Ints, levels: Sequence[Ints], seeds: NDArray[np.uint64]
) -> tuple[Floats, Floats]:
    """Return values and standard errors of coalitions of one size from sampled orders.

    Antithetic pairs of orders in which every branch stands together.

    Args:
        worth: The game.
        players: Positions in ``worth.players``, (coalitions, size).
        levels: The branch of each player at each level above the last, as players.
        seeds: uint64, (coalitions,).

    Returns:
        float64, (coalitions, size), each.
    """
    value, error = np.zeros(players.shape), np.zeros(players.shape)
    step = max(CHUNK // (PERMUTATIONS * players.shape[1]), 1)
    for first in range(0, len(players), step):
        part = slice(first, first + step)
        order = _orders(players[part], [one[part] for one in levels], seeds[part])
        forth, back = (
            _marginals(worth, players[part], one) for one in (order, order[..., ::-1])
        )
        mean = (forth + back) / 2
        value[part] = mean.mean(1)
        error[part] = mean.std(1, ddof=1) / np.sqrt(PERMUTATIONS)
    return value, error


def sampled_one(
    worth: Worth, players: Ints, levels: Sequence[Ints], seed: str
) -> tuple[Floats, Floats]:
    """Return the same of one coalition, (players,) each."""
    rows = [level[None, :] for level in levels]
    value, error = sampled(worth, players[None, :], rows, seeds_of([seed]))
    return value[0], error[0]


def _orders(players: Ints, levels: Sequence[Ints], seeds: NDArray[np.uint64]) -> Ints:
    """Return orders drawn for each coalition, (coalitions, orders, size)."""
    size = players.shape[1]
    draws = np.arange(PERMUTATIONS, dtype=np.uint64) << np.uint64(8)
    groups = [
        *map(_first_seen, levels),
        np.broadcast_to(np.arange(size), players.shape),
    ]
    keys = [
        mixed(
            mixed(seeds + np.uint64(stage))[:, None, None]
            + draws[None, :, None]
            + own.astype(np.uint64)[:, None, :]
        )
        for stage, own in enumerate(groups)
    ]
    return np.lexsort(keys[::-1], axis=-1)


def _marginals(worth: Worth, players: Ints, order: Ints) -> Floats:
    """Return each player's marginal worth in each order, shaped as the orders."""
    own = np.take_along_axis(players[:, None, :], order, axis=-1)
    known = own >= 0
    key = np.cumsum(np.append(worth.keys, np.uint64(0))[own], axis=-1, dtype=np.uint64)
    effects = np.zeros(len(worth.keys)) if worth.effects is None else worth.effects
    estimate = worth.base + np.cumsum(np.append(effects, 0.0)[own], axis=-1)
    strange: Bools = np.logical_or.accumulate(~known, axis=-1)
    after = worth.of(key, estimate, strange)
    gain = np.diff(after, axis=-1, prepend=0.0)
    found = np.empty_like(gain)
    np.put_along_axis(found, order, gain, axis=-1)
    return found


def shares(values: Floats | None, offsets: Ints, levels: Sequence[Ints]) -> Floats:
    """Return what each player is paid: clipped at 0 and normalised, level by level.

    The coarsest branches are clipped and normalised first, then the branches inside
    each, so that every level is the clipped value of its own quotient game. Without
    ``values`` every branch counts the same: equal shares, level by level.
    """
    count = int(offsets[-1] - offsets[0])
    own = np.ones(count) if values is None else values
    share = np.ones(count)
    parent = ragged.segments_of(offsets)
    for level in levels:
        keys = parent * (int(level.max(initial=0)) + 1) + level
        _, first, place = np.unique(keys, return_index=True, return_inverse=True)
        worth: Array = np.ones(len(first))
        if values is not None:
            worth = np.bincount(place, values, len(first))
        share *= _parts(worth, parent[first])[place]
        parent = place
    return share * _parts(own, parent)


def _parts(worth: Floats, group: Ints) -> Floats:
    """Return what is above 0 as parts of its group's sum."""
    paid: Floats = np.maximum(worth, 0.0)
    total = np.bincount(group, paid)
    paid /= np.where(total > 0, total, 1.0)[group]
    return paid


def clipped(values: Floats, offsets: Ints) -> Array:
    """Return how much of each coalition's values was negative, (coalitions,)."""
    return np.asarray(-ragged.sums(np.minimum(values, 0.0), offsets))
