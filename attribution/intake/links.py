"""Which deals each touch reaches, and by which link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import ordering, ragged
from attribution.arrays.cores import in_blocks
from attribution.errors import ROWS_KEPT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.errors import Issue
    from attribution.intake.checks.findings import Findings
    from attribution.intake.deals import Deals
    from attribution.intake.touches import Touches

LINKS: Final = ("account", "contact", "deal", "lead", "person_account")
"""The ways from a touch to a deal, in label order; ``Pairs.link`` are codes of it."""

COLUMNS: Final[Mapping[str, str]] = {
    "deal": "deal_id",
    "contact": "contact_id",
    "lead": "lead_deal_id",
    "person_account": "person_account_id",
    "account": "account_id",
}
"""Each way's column of touches, in the order of trust."""

NOWHERE: Final = np.broadcast_to(np.int32(-1), 1)
"""The codes of a column that is not there."""

NAMING: Final = frozenset({"deal", "lead"})
"""The ways that name one deal; the others lead to every deal of a person or account."""

SENTENCES: Final[Mapping[str, str]] = {
    "deal": "links by deal: the touch names its deal.",
    "contact": "links by contact: the person is in the deal's committee.",
    "lead": "links by lead: the person's lead became the deal.",
    "person_account": "links by person_account: the person's account has the deal.",
    "account": "links by account: the touch's account has the deal.",
}


class Pairs(NamedTuple):
    """A touch and a deal that it reaches: ``row``, ``deal``, and the ``link`` of both.

    ``row`` and ``deal`` are positions, int32 where that holds them; ``link`` holds
    int8 codes of :data:`LINKS`.
    """

    row: Array
    deal: Array
    link: NDArray[np.int8]

    def take(self, chosen: Array) -> Pairs:
        """Return the chosen pairs."""
        link = ragged.take(self.link, chosen)
        return Pairs(self.row[chosen], self.deal[chosen], link)

    def of_rows(self, column: Array) -> Array:
        """Return the value of each pair's row: a view where pairs are rows."""
        return column[: len(self.row)] if self.whole() else column[self.row]

    def rows(self, chosen: Array) -> Ints:
        """Return the rows of the chosen pairs, int64."""
        return chosen if self.whole() else self.row[chosen].astype(np.int64)

    def whole(self) -> bool:
        """Return whether pair i is the one of row i, as far as there are pairs.

        So it is where the rows rise (every touch names its deal) and none is left out.
        """
        last = len(self.row) - 1
        rising = ragged.constant(self.link) and LINKS[self.link[0]] in NAMING
        return rising and int(self.row[-1]) == last

    def by(self, way: str) -> Bools:
        """Return which pairs were linked by ``way``."""
        linked: Bools = self.link == LINKS.index(way)
        return linked

    def named(self) -> Bools:
        """Return which pairs were linked by a way that names one deal."""
        return self.by("deal") | self.by("lead")


class Lists(NamedTuple):
    """The deals of each code: code ``c`` has ``deals[offsets[c]:offsets[c + 1]]``."""

    deals: Ints
    offsets: Ints

    @classmethod
    def of(cls, code: Array, deals: Array, count: int) -> Lists:
        """Return the lists of (code, deal) rows, each pair once, codes below count."""
        known = np.flatnonzero(code >= 0)
        pairs = np.unique(code[known].astype(np.int64) << 32 | deals[known])
        order, offsets = ordering.grouped(pairs >> 32, count)
        return cls((pairs & 0xFFFFFFFF)[order], offsets)

    def sizes(self, code: Array) -> Ints:
        """Return how many deals each code has, 0 for code -1."""
        return np.append(np.diff(self.offsets), 0)[code]


def link(
    touches: Touches,
    deals: Deals,
    contacts: tuple[Array, Array],
    usable: Array,
    counts: Mapping[str, int],
    ways: frozenset[str],
) -> Pairs:
    """Return every (touch, deal) pair, by link in the order of trust and by touch.

    A touch is linked by the first of these that leads to a deal: the deal that it
    names, its contact through the committee, the deal of its person's lead, its
    person's account, its account.

    Args:
        touches: The touches.
        deals: The deals, in journey order; pairs hold their positions.
        contacts: The codes of deal and contact of the buying committee.
        usable: bool, (rows,), the touches that can be linked.
        counts: How many deal_id, contact_id and account_id codes there are.
        ways: The words of the links that may be taken.
    """
    place = places(deals, counts["deal_id"]).astype(np.int32)
    rest = _rows_of(usable)
    parts: list[Pairs] = []
    reaching: dict[str, Lists] = {}
    for way, column in COLUMNS.items():
        if not len(rest):
            break
        codes = touches.ids.get(way, NOWHERE)
        if way not in ways or (ragged.constant(codes) and codes[0] < 0):
            continue
        if way in NAMING:
            own = _places_of(place, _of_rows(codes, rest))
            reached = own >= 0
            if reached.all():
                parts.append(_directly(rest, own, way))
                break
            parts.append(_directly(rest[reached], own[reached], way))
        else:
            family = "contact_id" if column == "contact_id" else "account_id"
            if family not in reaching:
                reaching[family] = _lists(family, deals, contacts, counts)
            lists = reaching[family]
            reached = lists.sizes(codes[rest]) > 0
            parts.append(_through(rest[reached], codes, lists, way))
        rest = rest[~reached]
    return _in_one(parts)


def _rows_of(chosen: Bools) -> Array:
    """Return the chosen rows, as integers as narrow as may be."""
    kind = ragged.index_type(len(chosen))
    if np.count_nonzero(chosen) == len(chosen):
        return np.arange(len(chosen), dtype=kind)
    return np.flatnonzero(chosen).astype(kind)


def _of_rows(codes: Array, rows: Array) -> Array:
    """Return the codes of rows that are distinct and rise: all of them as they are."""
    return codes if len(rows) == len(codes) else codes[rows]


def _places_of(place: Array, codes: Array) -> Array:
    """Return the place of each code's deal."""
    found = np.empty(len(codes), place.dtype)

    def fetch(here: slice) -> None:
        found[here] = place[codes[here]]

    in_blocks(fetch, len(codes))
    return found


def _lists(
    family: str,
    deals: Deals,
    contacts: tuple[Array, Array],
    counts: Mapping[str, int],
) -> Lists:
    """Return the deals of each contact of the committee, or of each account."""
    if family == "account_id":
        return Lists.of(deals.account, np.arange(len(deals)), counts[family])
    committee, person = contacts
    place = places(deals, counts["deal_id"])
    known = place[committee] >= 0
    return Lists.of(person[known], place[committee[known]], counts[family])


def _in_one(parts: Sequence[Pairs]) -> Pairs:
    some = [part for part in parts if len(part.row)]
    if len(some) == 1:
        return some[0]
    nothing = np.zeros(0, np.int32)
    empty = Pairs(nothing, nothing, np.zeros(0, np.int8))
    return Pairs(*map(np.concatenate, zip(empty, *some, strict=True)))


def places(deals: Deals, count: int) -> Ints:
    """Return the position of each deal id's deal, -1 where it has none or is -1."""
    place = np.full(count + 1, -1, np.int64)
    place[deals.id] = np.arange(len(deals))
    return place


def committee_sizes(contacts: tuple[Array, Array], place: Ints, count: int) -> Array:
    """Return how many people each deal's committee has, int32 (deals,)."""
    deal, person = contacts
    pairs = np.unique(place[deal] << 32 | person)
    return np.bincount(pairs >> 32, minlength=count).astype(np.int32)


def _directly(rows: Array, deals: Array, way: str) -> Pairs:
    """Return the pairs of touches with the one deal that they name."""
    return Pairs(rows, deals, np.broadcast_to(np.int8(LINKS.index(way)), len(rows)))


def _through(rows: Array, codes: Array, lists: Lists, way: str) -> Pairs:
    """Return the pairs of touches with every deal of their person or account."""
    own, offsets = ragged.gather(lists.offsets, codes[rows])
    link = np.broadcast_to(np.int8(LINKS.index(way)), len(own))
    return Pairs(ragged.spread(rows, offsets), lists.deals[own], link)


def check_links(pairs: Pairs, findings: Findings) -> None:
    """Add K01: how many touches each link led to a deal.

    It is of no interest where every touch names its deal: see :func:`of_interest`.
    """
    whole = ragged.constant(pairs.link)
    for way, column in COLUMNS.items():
        if whole:
            rows = pairs.row if pairs.link[0] == LINKS.index(way) else pairs.row[:0]
        else:
            rows = pairs.row[pairs.by(way)]
        if way not in NAMING:
            rows = rows[np.diff(rows, prepend=-1) > 0]
        findings.add(
            "K01", "note", ("touches", column), SENTENCES[way],
            rows=rows[:ROWS_KEPT], count=len(rows),
        )  # fmt: skip


def of_interest(issues: Sequence[Issue]) -> list[Issue]:
    """Return the issues without K01 where every linked touch names its deal.

    Example:
        >>> of_interest([])
        []
    """
    told = {one.column for one in issues if one.code == "K01"}
    if told - {COLUMNS["deal"]}:
        return list(issues)
    return [one for one in issues if one.code != "K01"]
