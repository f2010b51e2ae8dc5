"""The coalitions of players that stand behind deals: the distinct players of each."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import ragged
from attribution.arrays.draws import mixed
from attribution.errors import refuse
from attribution.journeys.joined import distinct_masks, members_of, texts_of
from attribution.journeys.players import PLAYER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.players import Players

MOST: Final = 63
"""Distinct players of one deal."""

BITS: Final = ragged.BITS
"""Up to this many players in all have a bit each."""

PIECE: Final = 1 << 14
"""Deals whose touches are looked at at a time: columns that the caches hold."""


class Coalitions(NamedTuple):
    """The distinct coalitions of some deals.

    ``deal``: int64, (deals,), the coalition of each deal, -1 for none; coalition ``c``
    has the sorted player codes ``players[offsets[c]:offsets[c + 1]]``.
    """

    deal: Ints
    players: Ints
    offsets: Ints

    def __len__(self) -> int:
        """Return how many distinct coalitions there are."""
        return len(self.offsets) - 1


class Touched(NamedTuple):
    """The coalitions of some deals, and their players touch by touch.

    ``member``: int64, (touches,), the place of a touch's player in ``met.players``,
    -1 for none; ``times``: int64, (touches,), how often he stands in the deal.
    """

    met: Coalitions
    member: Ints
    times: Ints


def check_sizes(journeys: Journeys, players: Players) -> None:
    """Raise L06 when a deal has more than 63 distinct players."""
    if len(players.labels) <= MOST:
        return
    _, cut = ragged.distinct(players.code, journeys.offsets, len(players.labels))
    over = np.flatnonzero(np.diff(cut) > MOST)
    if over.size:
        many = int(np.diff(cut)[over[0]])
        what = f"deal {journeys.deal_id[over[0]]} has {many} players, more than {MOST}."
        remedy = "Group them: players='channel' instead of campaigns or reps."
        raise refuse("L06", what, remedy, where="models.shapley")


def coalitions_of(players: Players, offsets: Ints) -> Coalitions:
    """Return the coalitions of the deals."""
    count = len(players.labels)
    if count > BITS:
        return _by_lists(players.code, offsets, count)
    return _of_masks(masks_of(players.code, offsets), count)


def _of_masks(masks: Ints, count: int) -> Coalitions:
    known, deal = distinct_masks(masks, count)
    empty = int(len(known) > 0 and known[0] == 0)
    return Coalitions(deal - empty, *members_of(known[empty:]))


def touched(players: Players, offsets: Ints) -> Touched:
    """Return the coalitions of the deals and the place of each touch's player."""
    code, count = players.code, len(players.labels)
    deal = ragged.segments_of(offsets)
    if count > BITS:
        met = _by_lists(code, offsets, count)
        pair, cut = ragged.distinct(code, offsets, count)
    else:
        bits = ragged.bits_of(code)
        masks = ragged.reduce(np.bitwise_or, bits, offsets)
        met, cut = _of_masks(masks, count), ragged.offsets_of(np.bitwise_count(masks))
        bits -= 1
        bits &= masks.take(deal, mode="clip")
        rank = np.bitwise_count(bits)
        pair = cut.take(deal, mode="clip")
        pair += rank
    starts = np.append(met.offsets[:-1], 0)[met.deal]
    member = (starts - cut[:-1]).take(deal, mode="clip")
    member += pair
    none = np.flatnonzero(code < 0)
    if none.size:
        pair[none] = cut[-1]
        member[none] = -1
    return Touched(met, member, np.bincount(pair).take(pair, mode="clip"))


def _by_lists(code: Ints, offsets: Ints, count: int) -> Coalitions:
    """Return the same for any number of players, by lists told apart by two hashes."""
    deals, present = len(offsets) - 1, code >= 0
    pairs = np.unique((ragged.segments_of(offsets) * count + code)[present])
    deal, player = np.divmod(pairs, count)
    cut = ragged.offsets_of(np.bincount(deal, minlength=deals))
    hashes = [
        ragged.sums(mixed(player.astype(np.uint64) + salt), cut)
        for salt in (np.uint64(1), np.uint64(1 << 40))
    ]
    sizes = np.diff(cut)
    table = np.stack([sizes.astype(np.uint64), *hashes], axis=1)
    _, first, own = np.unique(table, axis=0, return_index=True, return_inverse=True)
    empty = int(len(first) > 0 and sizes[first[0]] == 0)
    place, cut_known = ragged.gather(cut, first[empty:])
    return Coalitions(own.reshape(-1) - empty, player[place], cut_known)


def texts_of_lists(players: Ints, offsets: Ints, labels: Array) -> Array:
    """Return coalitions as texts: their players' labels in order, joined."""
    if len(labels) <= BITS:
        return texts_of(masks_of(players, offsets), labels.tolist())
    sizes = np.diff(offsets)
    texts = np.full(len(sizes), "", object)
    for place in range(int(sizes.max(initial=0))):
        longer = np.flatnonzero(sizes > place)
        own = labels[players[offsets[:-1][longer] + place]]
        texts[longer] += PLAYER + own if place else own
    return texts


def masks_of(players: Ints, offsets: Ints) -> Ints:
    """Return coalitions of players below 63 as masks of their bits."""
    masks = np.empty(len(offsets) - 1, np.int64)
    for first in range(0, len(masks), PIECE):
        cut = offsets[first : first + PIECE + 1]
        bits = ragged.bits_of(players[cut[0] : cut[-1]])
        masks[first : first + PIECE] = ragged.reduce(np.bitwise_or, bits, cut - cut[0])
    return masks


def keys_of(labels: Sequence[str]) -> NDArray[np.uint64]:
    """Return one 64-bit key a player: keys of a coalition's players add up to its own.

    Up to 63 players have a bit each, so that the sum is the bit mask; beyond, keys
    are taken from the labels' SHA-256.
    """
    if len(labels) <= BITS:
        return np.uint64(1) << np.arange(len(labels), dtype=np.uint64)
    return np.array(
        [int.from_bytes(hashlib.sha256(one.encode()).digest()[:8]) for one in labels],
        np.uint64,
    )
