"""The deals of a request as journeys, without a table in between."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
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
    from collections.abc import Sequence

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


class Laid(NamedTuple):
    """A request's journeys, and where their parts stand in the request.

    ``places``: of each journey's deal; ``paths``: of each journey; ``touches``: in
    journey order.
    """

    journeys: Journeys
    places: list[int]
    paths: list[Path]
    touches: list[SplitTouch]


def lay(request: SplitRequest, as_of: int) -> Laid:
    """Return the journeys of a request as seen at ``as_of``.

    The windows, reasons and order of :func:`attribution.build_journeys`, for touches
    that all name their deal. Requests are objects, so that their deals are walked one
    by one, once; the columns after it are arrays.
    """
    deals, places = _in_journey_order(request.deals, as_of)
    lookback = request.options.lookback
    length = None if lookback is None else clock.duration(lookback, "lookback")
    paths = [path_of(one, request.options.anchor, length, as_of) for one in deals]
    pairs = list(zip(deals, paths, strict=True))
    touches = [deal.touches[row] for deal, path in pairs for row in path.rows]
    rows = [row for path in paths for row in path.rows]
    journeys = Journeys(
        offsets=np.array([0, *accumulate(len(path.rows) for path in paths)]),
        time=np.array([touch.time for touch in touches], np.int64),
        touch=Columns(touches),
        process=np.array([touch.process for touch in touches], np.bool_),
        day=np.zeros(len(touches), np.bool_),
        touch_id=None,
        cost=None,
        row=np.array(rows, np.int64),
        **_of_deals(pairs, as_of),
        options={"anchor": request.options.anchor, "lookback": lookback, "tz": "UTC"},
    )
    return Laid(journeys, places, paths, touches)


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


def _of_deals(pairs: Sequence[tuple[SplitDeal, Path]], as_of: int) -> dict[str, Any]:
    """Return the columns of deals: money, instants, outcomes and reasons."""
    currencies = sorted({deal.currency for deal, _ in pairs})
    code = {currency: place for place, currency in enumerate(currencies)}
    table = np.array(
        [
            (
                deal.amount_minor, path.start, path.end, path.reason,
                code[deal.currency], deal.outcome_at(as_of), 1, MISSING,
                *_dates(deal, as_of),
            )
            for deal, path in pairs
        ],
        np.int64,
    )  # fmt: skip
    (
        amount, start, end, reason, currency, outcome, count, created_at, closed_at,
        *stages,
    ) = table.T.copy()  # fmt: skip
    ids = [deal.deal_id for deal, _ in pairs]
    return {
        "amount": amount,
        "amount_at_opportunity": None,
        "closed_at": closed_at,
        "count": count,
        "created_at": created_at,
        "currencies": tuple(currencies),
        "currency": currency.astype(np.int16),
        "deal": {},
        "deal_id": np.array(ids, np.int64 if isinstance(ids[0], int) else object),
        "decimals": tuple([DECIMALS[one] for one in currencies]),
        "end": end,
        "milestone_days": {},
        "milestones": dict(zip(MILESTONES, stages, strict=True)),
        "outcome": outcome.astype(np.int8),
        "reason": reason.astype(np.int8),
        "start": start,
    }


def _dates(deal: SplitDeal, as_of: int) -> list[int]:
    """Return close and milestones, MISSING where absent or not reached."""
    stages = deal.dates()[:-1]
    closed = MISSING if deal.closed_at is None else deal.closed_at
    return [closed, *[MISSING if at is None or at > as_of else at for at in stages]]
