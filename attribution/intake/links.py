"""Which deals each touch reaches, and by which link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Ints
    from attribution.intake.deals import Deals
    from attribution.intake.touches import Touches

LINKS: Final = ("account", "contact", "deal")
"""The ways from a touch to a deal, in label order; ``Pairs.link`` are codes of it."""

BY_ACCOUNT, BY_CONTACT, BY_DEAL = range(3)


class Pairs(NamedTuple):
    """A touch and a deal that it reaches: ``row``, ``deal`` int64, ``link`` int8."""

    row: Ints
    deal: Ints
    link: NDArray[np.int8]

    def take(self, chosen: Array) -> Pairs:
        """Return the chosen pairs."""
        return Pairs(self.row[chosen], self.deal[chosen], self.link[chosen])


class Lists(NamedTuple):
    """The deals of each code: code ``c`` has ``deals[offsets[c]:offsets[c + 1]]``."""

    deals: Ints
    offsets: Ints

    @classmethod
    def of(cls, code: Array, deals: Array, count: int) -> Lists:
        """Return the lists of (code, deal) rows, each pair once, codes below count."""
        known = np.flatnonzero(code >= 0)
        pairs = np.unique(code[known].astype(np.int64) << 32 | deals[known])
        order, offsets = ragged.grouped(pairs >> 32, count)
        return cls((pairs & 0xFFFFFFFF)[order], offsets)

    def sizes(self, code: Array) -> Ints:
        """Return how many deals each code has, 0 for code -1."""
        return np.append(np.diff(self.offsets), 0)[code]


def link(
    touches: Touches,
    deals: Deals,
    contacts: tuple[Array, Array],
    usable: Array,
    counts: tuple[int, int, int],
) -> Pairs:
    """Return every (touch, deal) pair, by link and touch.

    A touch's link is its own deal id, else its contact, else its account: the first
    that leads to a deal.

    Args:
        touches: The touches.
        deals: The deals, in journey order; pairs hold their positions.
        contacts: The codes of deal and contact of the buying committee.
        usable: bool, (rows,), the touches that can be linked.
        counts: How many deal ids, contact ids and account ids there are.
    """
    deal_ids, contact_ids, account_ids = counts
    place = np.full(deal_ids + 1, -1, np.int64)
    place[deals.id] = np.arange(len(deals))
    committee, person = contacts
    known = place[committee] >= 0
    by_contact = Lists.of(person[known], place[committee[known]], contact_ids)
    by_account = Lists.of(deals.account, np.arange(len(deals)), account_ids)
    named = usable & (place[touches.deal] >= 0)
    row = np.flatnonzero(named)
    parts = [Pairs(row, place[touches.deal[row]], np.full(len(row), BY_DEAL, np.int8))]
    rest = usable & ~named
    for way, codes, lists in (
        (BY_CONTACT, touches.contact, by_contact),
        (BY_ACCOUNT, touches.account, by_account),
    ):
        reached = rest & (lists.sizes(codes) > 0)
        parts.append(_through(np.flatnonzero(reached), codes, lists, way))
        rest &= ~reached
    row, deal, link = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Pairs(row, deal, link)


def _through(rows: Ints, codes: Array, lists: Lists, way: int) -> Pairs:
    """Return the pairs of touches with every deal of their person or account."""
    own, offsets = ragged.gather(lists.offsets, codes[rows])
    link = np.full(len(own), way, np.int8)
    return Pairs(ragged.spread(rows, offsets), lists.deals[own], link)
