"""The deals of a request as journeys, without a table in between."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.arrays import clock
from attribution.arrays.clock import MISSING
from attribution.arrays.currencies import DECIMALS
from attribution.intake.rules import RULES
from attribution.journeys.journeys import Journeys
from attribution.journeys.words import MILESTONES, REASONS
from attribution.service.labels import Columns, tie_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.service.schema import SplitDeal, SplitRequest, SplitTouch

WHY: Final = {code: (reason, sentence) for code, reason, sentence in RULES}
"""The reason of a deal and the sentence of a touch, by code."""

NO_ANCHOR, NOTHING = map(REASONS.index, ("no anchor", "no touch linked"))


class Parts:
    """What the columns of a request's journeys are made of, in journey order.

    Of deals: ``deals``; ``start`` and ``end``, from when to when touches count, MISSING
    where open; ``reason`` why none does, else -1; ``cuts``, offsets of their touches.
    Of touches that count: ``touches`` and ``row``, the place in their deal. ``aside``:
    journey → places and codes of touches that do not count. Flat lists, since an object
    for each of ten thousand deals would wake the garbage collector.
    """

    def __init__(self, deals: list[SplitDeal], as_of: int) -> None:
        """Hold deals as seen at ``as_of``; their touches are added in their order."""
        self.deals, self.as_of = deals, as_of
        self.start: list[int] = []
        self.end: list[int] = []
        self.reason: list[int] = []
        self.cuts = [0]
        self.touches: list[SplitTouch] = []
        self.row: list[int] = []
        self.aside: dict[int, list[tuple[int, str]]] = {}

    def add(self, deal: SplitDeal, anchor: str, lookback: int | None) -> None:
        """Add a deal's window and touches, and why others do not count.

        Args:
            deal: The deal.
            anchor: ``"closed"`` or a milestone.
            lookback: Microseconds before the anchor, None without limit.
        """
        times = [touch.time for touch in deal.touches]
        rows = _in_order(deal.touches, times)
        end = deal.anchor_at(anchor, self.as_of)
        start = MISSING if lookback is None or end is None else end - lookback
        reason, aside = -1, []
        if not rows and end is not None:
            reason = NOTHING
        elif end is None:
            aside = [(row, "T17" if times[row] > self.as_of else "E04") for row in rows]
            reason, rows = NO_ANCHOR, []
        elif times[rows[0]] < start or times[rows[-1]] > end:
            aside = self._outside(rows, times, start, end)
            rows = [row for row in rows if start <= times[row] <= end]
            reason = -1 if rows else _reason({WHY[code][0] for _, code in aside})
        if aside:
            self.aside[len(self.start)] = aside
        self.start.append(start)
        self.end.append(MISSING if end is None else end)
        self.reason.append(reason)
        self.row += rows
        self.touches += map(deal.touches.__getitem__, rows)
        self.cuts.append(len(self.row))

    def _outside(
        self, rows: list[int], times: list[int], start: int, end: int
    ) -> list[tuple[int, str]]:
        """Return the touches outside the window, with the code of the reason."""
        return [
            (row, _code(times[row], end, self.as_of))
            for row in rows
            if not start <= times[row] <= end
        ]


def _in_order(touches: Sequence[SplitTouch], times: list[int]) -> list[int]:
    """Return the places of a deal's touches in journey order."""
    rows = sorted(range(len(times)), key=times.__getitem__)
    if len(set(times)) < len(times):
        often = {time for time, count in Counter(times).items() if count > 1}
        rows.sort(
            key=lambda row: (
                times[row], tie_key(touches[row]) if times[row] in often else ()
            )
        )  # fmt: skip
    return rows


def _code(time: int, end: int, as_of: int) -> str:
    """Return why a touch outside its window does not count."""
    if time > as_of:
        return "T17"
    return "T06" if time > end else "E01"


def _reason(met: set[str]) -> int:
    return REASONS.index("several reasons" if len(met) > 1 else met.pop())


class Asked(Journeys):
    """The journeys of a request: a column is made when it is first asked for.

    A rule reads few of them, and for one deal making the others would take longer than
    the split.
    """

    def __init__(self, parts: Parts | None = None, **columns: Any) -> None:
        """Hold the columns that are there, and what makes the others."""
        self.__dict__.update(columns, _parts=parts)

    def __getattr__(self, name: str) -> Any:
        """Return a column that is not there yet."""
        parts, make = self.__dict__.get("_parts"), COLUMNS.get(name)
        if parts is None or make is None:
            raise AttributeError(name)
        column = make(parts)
        self.__dict__[name] = column
        return column


def _currencies(parts: Parts) -> tuple[str, ...]:
    return tuple(sorted({deal.currency for deal in parts.deals}))


def _currency(parts: Parts) -> Array:
    code = {currency: place for place, currency in enumerate(_currencies(parts))}
    return np.array([code[deal.currency] for deal in parts.deals], np.int16)


def _milestones(parts: Parts) -> dict[str, Ints]:
    rows = [
        [MISSING if at is None or at > parts.as_of else at for at in deal.dates()[:-1]]
        for deal in parts.deals
    ]
    return dict(zip(MILESTONES, np.array(rows, np.int64).T.copy(), strict=True))


def _closed(parts: Parts) -> Ints:
    found = [deal.closed_at for deal in parts.deals]
    return np.array([MISSING if at is None else at for at in found], np.int64)


def _ids(parts: Parts) -> Array:
    ids = [deal.deal_id for deal in parts.deals]
    return np.array(ids, np.int64 if isinstance(ids[0], int) else object)


COLUMNS: Final[Mapping[str, Callable[[Parts], Any]]] = {
    "amount": lambda parts: np.array(
        [deal.amount_minor for deal in parts.deals], np.int64
    ),
    "amount_at_opportunity": lambda _: None,
    "closed_at": _closed,
    "cost": lambda _: None,
    "count": lambda parts: np.ones(len(parts.deals), np.int64),
    "created_at": lambda parts: np.full(len(parts.deals), MISSING),
    "currencies": _currencies,
    "currency": _currency,
    "day": lambda parts: np.zeros(len(parts.touches), np.bool_),
    "deal": lambda _: {},
    "deal_id": _ids,
    "decimals": lambda parts: tuple(map(DECIMALS.__getitem__, _currencies(parts))),
    "end": lambda parts: np.array(parts.end, np.int64),
    "milestone_days": lambda _: {},
    "milestones": _milestones,
    "outcome": lambda parts: np.array(
        [deal.outcome_at(parts.as_of) for deal in parts.deals], np.int8
    ),
    "process": lambda parts: np.array(
        [touch.process for touch in parts.touches], np.bool_
    ),
    "reason": lambda parts: np.array(parts.reason, np.int8),
    "row": lambda parts: np.array(parts.row, np.int64),
    "start": lambda parts: np.array(parts.start, np.int64),
    "time": lambda parts: np.array([touch.time for touch in parts.touches], np.int64),
    "touch": lambda parts: Columns(parts.touches),
    "touch_id": lambda _: None,
}
"""What makes each column of journeys that a request does not need for itself."""


class Laid(NamedTuple):
    """A request's journeys, the place of each one's deal in the request, the parts."""

    journeys: Journeys
    places: list[int]
    parts: Parts


def lay(request: SplitRequest, as_of: int) -> Laid:
    """Return the journeys of a request as seen at ``as_of``.

    The windows, reasons and order of :func:`attribution.build_journeys`, for touches
    that all name their deal. Requests are objects, so that their deals are walked one
    by one, once; the columns after it are arrays.
    """
    deals, places = _in_journey_order(request.deals, as_of)
    anchor, lookback = request.options.anchor, request.options.lookback
    length = None if lookback is None else clock.duration(lookback, "lookback")
    parts = Parts(deals, as_of)
    for deal in deals:
        parts.add(deal, anchor, length)
    journeys = Asked(
        parts,
        offsets=np.array(parts.cuts, np.int64),
        options={"anchor": anchor, "lookback": lookback, "tz": "UTC"},
    )
    return Laid(journeys, places, parts)


def _in_journey_order(
    deals: Sequence[SplitDeal], as_of: int
) -> tuple[list[SplitDeal], list[int]]:
    """Return the deals won, lost, open, by id inside each, and where they stood."""
    keys = [(-deal.outcome_at(as_of), deal.deal_id) for deal in deals]
    places = sorted(range(len(deals)), key=keys.__getitem__)
    return [deals[place] for place in places], places
