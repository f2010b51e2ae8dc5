"""Which deals and touches must stay together, and in which block they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from attribution.doors.frames.parts import Known, hashed
from attribution.intake.links import COLUMNS
from attribution.intake.pieces.spelled import as_one

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.doors.frames.columns import Column
    from attribution.doors.scratch import Scratch
    from attribution.intake.deals import Deals
    from attribution.intake.options import Options

BUCKETS: Final = 32
"""Files over which the ids that touches bear are spread."""

SALTS: Final = {
    "touch": 0x165667B19E3779F9,
    "person": 0x9E3779B97F4A7C15,
    "account": 0xC2B2AE3D27D4EB4F,
}
"""Tells the hashes of different kinds of ids apart, and that of 0 from that of none."""

Pairs = tuple["Array", "Array"]


def components(count: int, edges: Sequence[tuple[Ints, Ints]]) -> Ints:
    """Return the component of each of ``count`` nodes, numbered by first appearance.

    Example:
        >>> components(3, [(np.array([0]), np.array([2]))]).tolist()
        [0, 1, 0]
    """
    one = np.concatenate([np.zeros(0, np.int64), *(first for first, _ in edges)])
    other = np.concatenate([np.zeros(0, np.int64), *(second for _, second in edges)])
    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    found = connected_components(graph, directed=False)[1] if count else one
    return np.asarray(found, np.int64)


class Groups:
    """The groups of deals that one row of touches may reach together.

    ``of_deal``: int64, (deals,), each deal's group.
    """

    def __init__(
        self,
        deals: Deals,
        committee: tuple[Array, Array],
        labels: Mapping[str, Array],
        options: Options,
        has: frozenset[str],
    ) -> None:
        """Group deals by the links that touches have and that may be taken.

        Args:
            deals: The deals.
            committee: The codes of deal and contact of its rows.
            labels: The labels of ids by family.
            options: The user's options.
            has: Our columns that the touches have.
        """
        self._ways = [w for w, c in COLUMNS.items() if w in options.links and c in has]
        self._salesforce = options.ids == "salesforce"
        several = options.dedupe is not None
        self._by_person = several or options.unit == "person_day"
        self._by_account = several or options.unit == "account_day"
        place = np.full(len(labels["deal_id"]) + 1, -1)
        place[deals.id] = np.arange(len(deals))
        place[-1] = -1
        person = np.full(len(labels["contact_id"]) + 1, -1)
        account = np.full(len(labels["account_id"]) + 1, -1)
        edges: list[tuple[Ints, Ints]] = []
        if {"account", "person_account"} & {*self._ways} or self._by_account:
            edges.append(_alike(deals.account, np.arange(len(deals)), account))
        if "contact" in self._ways:
            edges.append(_alike(committee[1], place[committee[0]], person))
        self.of_deal = components(len(deals), edges)
        self.count = int(self.of_deal.max(initial=-1)) + 1
        of = np.append(self.of_deal, -1)
        self._group = {
            "deal": of[place], "lead": of[place], "contact": of[person],
            "account": of[account], "person_account": of[account],
        }  # fmt: skip
        by_id = {name: Known(own) for name, own in labels.items()}
        family = {"deal": "deal_id", "lead": "deal_id", "contact": "contact_id"}
        self._known = {way: by_id[family.get(way, "account_id")] for way in COLUMNS}

    def of_rows(self, columns: Mapping[str, Column], rows: int) -> Ints:
        """Return the group of the deals that each row reaches, (rows,), -1 for none."""
        found = np.full(rows, -1)
        for way in self._ways:
            own = self._group[way][self._known[way].places(columns[COLUMNS[way]])]
            found = np.where(found < 0, own, found)
        return found

    def ids(self, columns: Mapping[str, Column], group: Ints) -> tuple[Pairs, Array]:
        """Return what else holds rows together.

        Returns:
            Hashes of ids with the group (-1 for none) that bears them; and the hash of
            each row's touch id, 0 where it has none.
        """
        parts: list[Pairs] = []
        kinds = ["person"] * self._by_person + ["account"] * self._by_account
        names = {
            "person": ("contact_id",), "account": ("account_id", "person_account_id")
        }  # fmt: skip
        for kind in kinds:
            for name in (name for name in names[kind] if name in columns):
                own, there = _salted(columns[name], kind)
                there = there & (group >= 0)
                parts.append((own[there], group[there]))
        pairs, touch = _distinct(parts), np.zeros(len(group), np.uint64)
        if "touch_id" in columns:
            named = columns["touch_id"]
            named = as_one(named) if self._salesforce else named
            touch, there = _salted(named, "touch")
            touch[~there] = 0
            own, several = pairs
            pairs = (
                np.concatenate([own, touch[there]]),
                np.concatenate([several, group[there]]),
            )
        return pairs, touch

    def accounts(self, deals: Deals, labels: Array) -> Pairs:
        """Return the hashes of deals' accounts with their groups, as :meth:`ids`."""
        if not self._by_account:
            return _distinct([])
        from attribution.doors.frames.columns import Column

        missing = deals.account < 0
        values = deals.account
        if labels.dtype != object:
            values = np.append(labels, 0)[deals.account]
        text = labels.dtype == object
        column = Column("text" if text else "integer", values, missing, labels)
        own, there = _salted(column, "account")
        return _distinct([(own[there], self.of_deal[there])])


def _alike(code: Array, deal: Ints, first: Ints) -> tuple[Ints, Ints]:
    """Return the edges between deals of one code; sets the ``first`` deal of each."""
    known = (code >= 0) & (deal >= 0)
    code, deal = code[known], deal[known]
    first[code[::-1]] = deal[::-1]
    first[-1] = -1
    return deal, first[code]


def _salted(column: Column, kind: str) -> tuple[Array, Array]:
    own, there = hashed(column)
    return own ^ np.uint64(SALTS[kind]), there


def _distinct(parts: Sequence[Pairs]) -> Pairs:
    own = np.concatenate([np.zeros(0, np.uint64), *(one for one, _ in parts)])
    group = np.concatenate([np.zeros(0, np.int64), *(one for _, one in parts)])
    order = np.lexsort((group, own))
    own, group = own[order], group[order]
    new = np.ones(len(own), np.bool_)
    new[1:] = (np.diff(own) != 0) | (np.diff(group) != 0)
    return own[new], group[new]


class Meetings:
    """Ids that rows of several groups bear, found with a bounded part of them at hand.

    They lie in the scratch folder, spread over files by their hash.
    """

    def __init__(self, scratch: Scratch) -> None:
        """Begin with none."""
        self._scratch = scratch

    def add(self, pairs: Pairs) -> None:
        """Add hashes and the groups that bear them."""
        from attribution.doors.scratch import write_record

        own, group = pairs
        bucket = (own % np.uint64(BUCKETS)).astype(np.int64)
        for at in np.unique(bucket).tolist():
            here = bucket == at
            with self._scratch.appending(f"ids-{at}") as handle:
                write_record(handle, None, [own[here], group[here]])

    def found(self) -> tuple[list[tuple[Ints, Ints]], Pairs]:
        """Return the edges between groups, and the group of ids of loose rows.

        The second holds sorted hashes that rows of no group share with a group.
        """
        edges, parts = [], [(np.zeros(0, np.uint64), np.zeros(0, np.int64))]
        for at in range(BUCKETS):
            records = [arrays for _, arrays in self._scratch.records(f"ids-{at}")]
            self._scratch.drop(f"ids-{at}")
            own, group = _distinct([(one[0], one[1]) for one in records])
            twin = np.flatnonzero((np.diff(own) == 0) & (group[:-1] >= 0))
            edges.append((group[twin], group[twin + 1]))
            loose = np.flatnonzero((np.diff(own) == 0) & (group[:-1] < 0))
            parts.append((own[loose], group[loose + 1]))
        return edges, _distinct(parts)
