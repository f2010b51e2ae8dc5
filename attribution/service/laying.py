"""The deals of a request as journeys, without a table in between."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from operator import attrgetter
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


class Path(NamedTuple):
    """One deal's journey: places of its touches in the deal, in journey order.

    ``aside``: places and codes of those that do not count; ``start`` and ``end`` from
    when to when they do, MISSING where open; ``reason`` why none does, else -1.
    """

    rows: list[int]
    aside: list[tuple[int, str]]
    start: int
    end: int
    reason: int


class Parts(NamedTuple):
    """What the columns of a request's journeys are made of, in journey order.

    ``deals`` and ``paths``: of each journey; ``touches``: those that count; ``as_of``:
    the instant at which the deals are seen.
    """

    deals: list[SplitDeal]
    paths: list[Path]
    touches: list[SplitTouch]
    as_of: int

    def stages(self, name: str) -> Ints:
        """Return when each deal reached a milestone, MISSING where it did not."""
        field = f"{name}_at"
        found = [getattr(deal, field) for deal in self.deals]
        reached = [
            MISSING if at is None or at > self.as_of else at for at in found
        ]
        return np.array(reached, np.int64)


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


def _of_deals(field: str, dtype: Any = np.int64) -> Callable[[Parts], Array]:
    """Return what makes a column of a field of deals, MISSING where it is absent."""
    read = attrgetter(field)

    def make(parts: Parts) -> Array:
        found = [MISSING if one is None else one for one in map(read, parts.deals)]
        return np.array(found, dtype)

    return make


def _of_paths(field: str, dtype: Any = np.int64) -> Callable[[Parts], Array]:
    """Return what makes a column of a field of paths."""
    read = attrgetter(field)
    return lambda parts: np.array(list(map(read, parts.paths)), dtype)


def _currencies(parts: Parts) -> tuple[str, ...]:
    return tuple(sorted({deal.currency for deal in parts.deals}))


def _currency(parts: Parts) -> Array:
    code = {currency: place for place, currency in enumerate(_currencies(parts))}
    return np.array([code[deal.currency] for deal in parts.deals], np.int16)


def _ids(parts: Parts) -> Array:
    ids = [deal.deal_id for deal in parts.deals]
    return np.array(ids, np.int64 if isinstance(ids[0], int) else object)


COLUMNS: Final[Mapping[str, Callable[[Parts], Any]]] = {
    "amount": _of_deals("amount_minor"),
    "amount_at_opportunity": lambda _: None,
    "closed_at": _of_deals("closed_at"),
    "cost": lambda _: None,
    "count": lambda parts: np.ones(len(parts.deals), np.int64),
    "created_at": lambda parts: np.full(len(parts.deals), MISSING),
    "currencies": _currencies,
    "currency": _currency,
    "day": lambda parts: np.zeros(len(parts.touches), np.bool_),
    "deal": lambda _: {},
    "deal_id": _ids,
    "decimals": lambda parts: tuple(map(DECIMALS.__getitem__, _currencies(parts))),
    "end": _of_paths("end"),
    "milestone_days": lambda _: {},
    "milestones": lambda parts: {name: parts.stages(name) for name in MILESTONES},
    "outcome": lambda parts: np.array(
        [deal.outcome_at(parts.as_of) for deal in parts.deals], np.int8
    ),
    "process": lambda parts: np.array(
        [touch.process for touch in parts.touches], np.bool_
    ),
    "reason": _of_paths("reason", np.int8),
    "row": lambda parts: np.array(
        [row for path in parts.paths for row in path.rows], np.int64
    ),
    "start": _of_paths("start"),
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
    paths = [path_of(one, anchor, length, as_of) for one in deals]
    touches = [
        deal.touches[row]
        for deal, path in zip(deals, paths, strict=True)
        for row in path.rows
    ]
    parts = Parts(deals, paths, touches, as_of)
    journeys = Asked(
        parts,
        offsets=np.array([0, *accumulate(len(path.rows) for path in paths)]),
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


def path_of(deal: SplitDeal, anchor: str, lookback: int | None, as_of: int) -> Path:
    """Return which touches of a deal count, in journey order, and why others do not.

    Args:
        deal: The deal.
        anchor: ``"closed"`` or a milestone.
        lookback: Microseconds before the anchor, None without limit.
        as_of: The instant at which the deal is seen; no anchor lies after it.
    """
    touches = deal.touches
    times = [touch.time for touch in touches]
    rows = sorted(range(len(times)), key=times.__getitem__)
    if len(set(times)) < len(times):
        often = {time for time, count in Counter(times).items() if count > 1}
        rows.sort(
            key=lambda row: (
                times[row], tie_key(touches[row]) if times[row] in often else ()
            )
        )  # fmt: skip
    end = deal.anchor_at(anchor, as_of)
    if end is None:
        aside = [(row, "T17" if times[row] > as_of else "E04") for row in rows]
        return Path([], aside, MISSING, MISSING, REASONS.index("no anchor"))
    start = MISSING if lookback is None else end - lookback
    if not rows:
        return Path(rows, [], start, end, REASONS.index("no touch linked"))
    if start <= times[rows[0]] and times[rows[-1]] <= end:
        return Path(rows, [], start, end, -1)
    aside = [
        (row, "T17" if times[row] > as_of else "T06" if times[row] > end else "E01")
        for row in rows
        if not start <= times[row] <= end
    ]
    kept = [row for row in rows if start <= times[row] <= end]
    reason = -1 if kept else _reason({WHY[code][0] for _, code in aside})
    return Path(kept, aside, start, end, reason)


def _reason(met: set[str]) -> int:
    return REASONS.index("several reasons" if len(met) > 1 else met.pop())
