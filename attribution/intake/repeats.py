"""Rows that are no touch of their own: left out, a burst, or one of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.arrays import clock, ordering
from attribution.intake import kinds
from attribution.intake.checks.findings import Tally
from attribution.intake.order import tie_keys
from attribution.intake.rules import BURST, EXCLUDED, SAME_DAY, by_team

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.deals import Deals
    from attribution.intake.links import Pairs
    from attribution.intake.options import Options
    from attribution.intake.touches import Touches


class Linked(NamedTuple):
    """Each touch as linked, (touches,): its link, and its first and last deal or -1.

    ``account``: of the touch, else of its person, else of the deals that it reaches
    if they are all of one, else -1.
    """

    link: NDArray[np.int8]
    first: Ints
    last: Ints
    account: Ints

    @classmethod
    def of(cls, touches: Touches, pairs: Pairs, deals: Deals) -> Linked:
        """Return what the pairs of each touch say of it."""
        link = np.full(len(touches), -1, np.int8)
        link[pairs.row] = pairs.link
        first, last = np.full((2, len(touches)), -1)
        first[pairs.row[::-1]] = pairs.deal[::-1]
        np.minimum.at(first, pairs.row, pairs.deal)
        np.maximum.at(last, pairs.row, pairs.deal)
        low, high = np.full((2, len(touches)), -1)
        low[pairs.row] = deals.account[pairs.deal]
        np.minimum.at(low, pairs.row, deals.account[pairs.deal])
        np.maximum.at(high, pairs.row, deals.account[pairs.deal])
        account = np.where(low == high, low, -1)
        for way in ("person_account", "account"):
            own = touches.ids.get(way, np.array(-1))
            account = np.where(own < 0, account, own)
        return cls(link, first, last, account)


def rows_apart(
    touches: Touches,
    pairs: Pairs,
    deals: Deals,
    options: Options,
    findings: Findings,
) -> NDArray[np.int8] | None:
    """Return the rule that sets each row apart whatever deal it reaches, 0 for none.

    ``exclude=``, then ``dedupe=``, then ``unit=``, each among the rows that lead to a
    deal and that the one before has left. None where none of them was asked for.
    """
    if not options.exclude and options.dedupe is None and options.unit == "row":
        return None
    rule = np.zeros(len(touches), np.int8)
    rule[kinds.excluded(options.exclude, touches)] = EXCLUDED
    if options.dedupe is None and options.unit == "row":
        return rule
    linked = Linked.of(touches, pairs, deals)
    person = touches.ids["contact"].astype(np.int64)
    if options.dedupe is not None:
        rows = np.flatnonzero((rule == 0) & (linked.first >= 0))
        who = np.where(person < 0, _after(person, linked.account), person)
        rows = _known(rows, who, touches, "dedupe=", findings)
        rule[_bursts(rows, who, touches, linked, options.dedupe)] = BURST
    if options.unit != "row":
        rows = np.flatnonzero((rule == 0) & (linked.first >= 0))
        who = person if options.unit == "person_day" else linked.account
        rows = _known(rows, who, touches, f'unit="{options.unit}"', findings)
        rule[_same_day(rows, who, touches, linked, options.tz)] = SAME_DAY
    return rule


def _after(person: Ints, account: Ints) -> Ints:
    """Return codes of accounts that are no code of a person."""
    return np.where(account < 0, -1, account + person.max(initial=-1) + 1)


def _known(
    rows: Ints, who: Ints, touches: Touches, option: str, findings: Findings
) -> Ints:
    """Return the rows with a person or account; K02 counts the others by team."""
    nobody = who[rows] < 0
    findings.add(
        "K02", "note", ("touches", ""),
        f"name nobody by whom {option} could tell repeats: each stays a touch.",
        rows=rows[nobody],
        tally=Tally(by_team(touches.columns["team"], rows[nobody])),
    )  # fmt: skip
    return rows[~nobody]


def _bursts(rows: Ints, who: Ints, touches: Touches, linked: Linked, gap: int) -> Ints:
    """Return the rows at most ``gap`` after the one before of their kind and person."""
    group = _groups(rows, [who], touches)
    order = _in_order(group, rows, touches, linked)
    near = _again(group[order]) & _near(touches.time[rows[order]], gap)
    return rows[order[near]]


def _near(time: Ints, gap: int) -> Bools:
    near = np.zeros(len(time), np.bool_)
    near[1:] = np.diff(time) <= gap
    return near


def _same_day(rows: Ints, who: Ints, touches: Touches, linked: Linked, tz: str) -> Ints:
    """Return the rows after the first of their kind, person or account and day."""
    day = np.zeros(len(touches), np.int64)
    day[rows] = clock.day_of(touches.time[rows], tz)
    group = _groups(rows, [who, day], touches)
    order = _in_order(group, rows, touches, linked)
    return rows[order[_again(group[order])]]


def _groups(rows: Ints, columns: Sequence[Array], touches: Touches) -> Ints:
    """Return a number for each combination of columns, team, channel and campaign."""
    names = ("team", "channel", "campaign")
    found = np.zeros(len(rows), np.int64)
    for column in (*columns, *(touches.columns[name].codes for name in names)):
        own = column[rows].astype(np.int64)
        cells = found * (own.max(initial=0) + 1) + own
        found = np.unique(cells, return_inverse=True)[1]
    return found


def _in_order(group: Ints, rows: Ints, touches: Touches, linked: Linked) -> Ints:
    """Return the order of journeys inside each group, the deals reached last."""

    def ties(chosen: Ints) -> list[Array]:
        own = rows[chosen]
        keys = tie_keys(touches, own, linked.link[own])
        return [*keys, linked.first[own], linked.last[own]]

    count = int(group.max(initial=-1)) + 1
    return ordering.ordered(group, count, touches.time[rows], ties).rows


def _again(group: Ints) -> Bools:
    """Return which of the sorted groups are equal to the one before."""
    again = np.zeros(len(group), np.bool_)
    again[1:] = np.diff(group) == 0
    return again
