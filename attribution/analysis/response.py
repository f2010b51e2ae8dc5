"""How soon sales answers: the first touch of each lead after its hand-over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import clock
from attribution.arrays.clock import MISSING
from attribution.intake.leads import WAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.leads import Stamp

NEVER: Final = np.iinfo(np.int64).max
"""The instant of a touch that did not come."""

HALF: Final = 32
"""Bits of a key that hold the place of a time; the others hold the id's code."""


class Contacts(NamedTuple):
    """Touches as columns: ``time`` int64 instants, ``day`` int64, MISSING unless a day.

    ``ids``: the codes of each way from a touch to leads; ``sales``: bool, the touch
    is of a team whose answer counts.
    """

    time: Ints
    day: Ints
    ids: Mapping[str, Array]
    sales: Bools


class Response(NamedTuple):
    """What touches tell of each lead, (leads,) each.

    ``first``: int64 instant of the first sales touch at or after the hand-over, NEVER
    where there is none; ``by_day``: bool, a day decided it; ``recorded``: bool, any
    touch of any team, at any time, leads to the lead.
    """

    first: Ints
    by_day: Bools
    recorded: Bools


def reached(
    touches: Mapping[str, Array], leads: Mapping[str, Array], usable: Bools
) -> dict[str, Ints]:
    """Return by way the rows of touches that lead to a lead, each row under one way.

    A touch takes the first of :data:`WAYS` by which it reaches a lead at all.

    Args:
        touches: The codes of touches by way, (rows,) each, -1 where there is none.
        leads: The same of leads, (leads,) each.
        usable: bool, (rows,), the touches that may be linked.

    Example:
        >>> none = np.array([-1, -1])
        >>> touches = {"lead_id": np.array([0, -1]), "contact_id": np.array([5, 5])}
        >>> leads = {"lead_id": np.array([0]), "contact_id": np.array([5])}
        >>> blank = {way: none for way in ("deal_id", "account_id")}
        >>> short = {way: none[:1] for way in blank}
        >>> found = reached(touches | blank, leads | short, np.array([True, True]))
        >>> found["lead_id"].tolist(), found["contact_id"].tolist()
        ([0], [1])
    """
    rest = usable.copy()
    rows = {}
    for way in WAYS:
        codes = touches[way]
        known = np.zeros(max(codes.max(initial=0), leads[way].max(initial=0)) + 2, bool)
        known[leads[way]] = True
        known[-1] = False
        here = rest & known[codes]
        rows[way] = np.flatnonzero(here)
        rest &= ~here
    return rows


def first_at_or_after(codes: Array, since: Ints, keys: Array, times: Ints) -> Ints:
    """Return for each code the earliest of its times at or after ``since``.

    Args:
        codes: (leads,), -1 for none.
        since: int64 instants, (leads,); MISSING asks for nothing.
        keys: (rows,), the code of each time, none below 0.
        times: int64 instants, (rows,).

    Returns:
        int64, (leads,), NEVER where there is none.

    Example:
        >>> first_at_or_after(
        ...     np.array([1, 0]), np.array([5, 9]), np.array([1, 1, 0]),
        ...     np.array([4, 7, 8])).tolist() == [7, NEVER]
        True
    """
    moments, place = np.unique(times, return_inverse=True)
    known = np.sort(keys.astype(np.int64) << HALF | place)
    asked = codes.astype(np.int64) << HALF | np.searchsorted(moments, since)
    at = np.searchsorted(known, asked)
    padded = np.append(known, -1)[at]
    found = (codes >= 0) & (since != MISSING) & (padded >> HALF == codes)
    first = np.full(len(codes), NEVER)
    first[found] = moments[padded[found] & ((1 << HALF) - 1)]
    return first


def responses(
    touches: Contacts,
    leads: Mapping[str, Array],
    handed: Stamp,
    rows: Mapping[str, Ints],
    tz: str,
) -> Response:
    """Return each lead's first sales touch at or after its hand-over.

    Where the hand-over or the touch is known by its day alone, a touch of that day is
    not before the hand-over, and stands at it.

    Args:
        touches: The touches.
        leads: The leads' codes by way.
        handed: When each lead was handed over.
        rows: From :func:`reached`.
        tz: The time zone of days.
    """
    day_start = np.full(len(handed.at), MISSING)
    there = np.flatnonzero(handed.present)
    day_start[there] = clock.day_start(clock.day_of(handed.at[there], tz), tz)
    since = np.where(handed.day == MISSING, handed.at, day_start)
    on_day = touches.day != MISSING
    found = np.full(len(handed.at), NEVER)
    recorded = np.zeros(len(handed.at), np.bool_)
    for way in WAYS:
        own, codes = rows[way], touches.ids[way]
        seen = np.zeros(max(codes.max(initial=0), leads[way].max(initial=0)) + 2, bool)
        seen[codes[own]] = True
        seen[-1] = False
        recorded |= seen[leads[way]]
        sales = own[touches.sales[own]]
        for chosen, begin in (
            (sales[~on_day[sales]], since),
            (sales[on_day[sales]], day_start),
        ):
            first = first_at_or_after(
                leads[way], begin, codes[chosen], touches.time[chosen]
            )
            np.minimum(found, first, out=found)
    by_day = found < handed.at
    return Response(np.maximum(found, handed.at), by_day, recorded)
