"""Which of the linked touches count in a deal: anchor, window, sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import clock, ordering, ragged
from attribution.arrays.clock import MISSING
from attribution.arrays.cores import in_blocks
from attribution.intake.kinds import NO_VALUE, OTHERS, values_of
from attribution.intake.rules import (
    AFTER,
    AFTER_AS_OF,
    BEFORE_LOOKBACK,
    BEFORE_START,
    NO_ANCHOR,
    NO_MILESTONE,
    NOT_OPEN,
    TOO_EARLY,
    TOO_LATE,
)
from attribution.journeys.words import MILESTONES, OPEN, WON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.deals import Deals
    from attribution.intake.links import Pairs
    from attribution.intake.options import Options
    from attribution.intake.touches import Touches

NEXT_DEAL: Final = 90 * clock.DAY
"""How long before its creation a deal takes touches under ``sharing="open"``."""


class Windows(NamedTuple):
    """The window of each deal: int64 microseconds, (deals,), MISSING where open.

    ``floor`` is the earliest instant inside by ``start=``, for rows that do not name
    their deal; ``edge`` the earliest by ``lookback``, the longest where it differs by
    team or channel; ``end`` the anchor.
    """

    floor: Ints
    edge: Ints
    end: Ints

    @property
    def start(self) -> Ints:
        """Return the earliest instant inside, (deals,)."""
        return np.maximum(self.floor, self.edge)


def windows(deals: Deals, options: Options, as_of: int) -> Windows:
    """Return the window of each deal under the user's options."""
    end = _anchors(deals, options.anchor, as_of)
    floor = np.full(len(deals), MISSING)
    if options.start == "opportunity":
        floor = deals.milestones["opportunity"]
    elif options.start != "all":
        closed = deals.outcome == WON
        if options.start == "previous_close":
            closed = deals.outcome != OPEN
        over = deals.outcome != OPEN
        asked = np.where(over, np.minimum(end, deals.closed_at), end)
        floor = _previous(deals.account, asked, deals.closed_at, closed) + 1
        floor[floor == MISSING + 1] = MISSING
    edge = np.full(len(deals), MISSING)
    if OTHERS in options.lookback and NO_VALUE not in options.lookback.values():
        there = end != MISSING
        edge[there] = end[there] - max(options.lookback.values())
    return Windows(floor, edge, end)


def _anchors(deals: Deals, anchor: str, as_of: int) -> Ints:
    if anchor == "closed":
        return np.where(deals.outcome == OPEN, as_of, deals.closed_at)
    return deals.milestones[anchor]


def _previous(account: Array, end: Ints, closed_at: Ints, closed: Bools) -> Ints:
    """Return the account's latest close before each deal's end, MISSING if none."""
    found = np.full(len(end), MISSING)
    closes = np.flatnonzero(closed & (account >= 0))
    asks = np.flatnonzero((account >= 0) & (end != MISSING))
    if not closes.size:
        return found
    at = np.concatenate([closed_at[closes], end[asks]])
    who = np.concatenate([account[closes], account[asks]])
    asking = np.arange(len(at)) >= len(closes)
    order = np.lexsort((~asking, at, who))
    latest = np.where(asking[order], -1, np.arange(len(order)))
    latest = np.maximum.accumulate(latest)
    place = np.maximum(latest, 0)
    same = (latest >= 0) & (who[order][place] == who[order])
    value = np.where(same, at[order][place], MISSING)
    here = asking[order]
    found[asks[order[here] - len(closes)]] = value[here]
    return found


def touch_times(pairs: Pairs, time: Ints, day: Ints, deals: Deals, tz: str) -> Ints:
    """Return the instant of each pair's touch: a day stands no later than the close.

    A day-only touch stands at noon, or at the deal's close if that is earlier on the
    same day.
    """
    own = pairs.of_rows(time)
    if ragged.constant(day) and day[0] == MISSING:
        return own
    on_day = np.flatnonzero(day[pairs.row] != MISSING)
    if not on_day.size:
        return own
    own = own.copy()
    closes = np.where(deals.outcome == OPEN, MISSING, deals.closed_at)
    close_day = np.full(len(deals), MISSING)
    there = closes != MISSING
    close_day[there] = clock.day_of(closes[there], tz)
    deal = pairs.deal[on_day]
    same = close_day[deal] == day[pairs.row[on_day]]
    own[on_day] = np.where(same, np.minimum(own[on_day], closes[deal]), own[on_day])
    return own


def rules_of(
    pairs: Pairs,
    time: Ints,
    windows: Windows,
    touches: Touches,
    deals: Deals,
    options: Options,
    as_of: int,
    apart: NDArray[np.int8] | None,
) -> NDArray[np.int8]:
    """Return for each pair 0 if it counts, else the first of ``RULES`` that bars it.

    Args:
        pairs: The linked touches and deals.
        time: int64, (pairs,), of each touch.
        windows: The deals' windows.
        touches: The touches.
        deals: The deals.
        options: The user's options.
        as_of: The instant at which the data is seen.
        apart: int8, (touches,), the rule that sets a row apart whatever it reaches.
    """
    rule = np.zeros(len(time), np.int8)
    _before(rule, pairs, time, windows, touches, options)
    _by_milestone(rule, pairs, time, touches, deals, options)

    def close(here: slice) -> None:
        rule[here][time[here] > windows.end[pairs.deal[here]]] = AFTER

    in_blocks(close, len(time))
    if options.sharing != "each":
        rule[_not_open(pairs, time, deals, as_of)] = NOT_OPEN
    if _known(windows.end) < len(deals):
        rule[(windows.end == MISSING)[pairs.deal]] = NO_ANCHOR
    if apart is not None:
        own = apart[pairs.row]
        rule[own > 0] = own[own > 0]
    if time.max(initial=MISSING) > as_of:
        rule[time > as_of] = AFTER_AS_OF
    return rule


def _known(at: Ints) -> int:
    return int(np.count_nonzero(at != MISSING))


def _before(
    rule: NDArray[np.int8],
    pairs: Pairs,
    time: Ints,
    windows: Windows,
    touches: Touches,
    options: Options,
) -> None:
    """Set the rules of ``start=`` and ``lookback=``, where a deal has such a limit."""
    if _known(windows.floor):
        floor = windows.floor[pairs.deal]
        spared = pairs.named() & (options.start != "opportunity")
        rule[(floor != MISSING) & (time < floor) & ~spared] = BEFORE_START
    if not set(options.lookback) <= {OTHERS}:
        length = values_of(options.lookback, touches, pairs.row)
        end = windows.end[pairs.deal]
        limited: Bools = (length >= 0) & (end != MISSING)
        limited[limited] = time[limited] < end[limited] - length[limited]
        rule[limited] = BEFORE_LOOKBACK
    elif _known(windows.edge):
        edge = windows.edge[pairs.deal]
        rule[(edge != MISSING) & (time < edge)] = BEFORE_LOOKBACK


def _by_milestone(
    rule: NDArray[np.int8],
    pairs: Pairs,
    time: Ints,
    touches: Touches,
    deals: Deals,
    options: Options,
) -> None:
    """Set the rules of ``after=`` and ``before=``; at the milestone is inside."""
    if not (options.after or options.before):
        return
    at = np.stack([deals.milestones[name] for name in MILESTONES])
    lacking = np.zeros(len(rule), np.bool_)
    for needed, number, outside in (
        (options.before, TOO_LATE, np.greater),
        (options.after, TOO_EARLY, np.less),
    ):
        stage = values_of(needed, touches, pairs.row)
        reached = at[stage, pairs.deal]
        lacking |= (stage >= 0) & (reached == MISSING)
        rule[(stage >= 0) & outside(time, reached)] = number
    rule[lacking] = NO_MILESTONE


def _not_open(pairs: Pairs, time: Ints, deals: Deals, as_of: int) -> Bools:
    """Return the pairs that ``sharing="open"`` bars.

    A touch counts in the deals open at its instant, else in the next one created
    within 90 days (of those created together, the first in journey order).
    """
    if not len(time):
        return np.zeros(0, np.bool_)
    close = np.where(deals.outcome == OPEN, as_of, deals.closed_at)[pairs.deal]
    created = deals.created_at[pairs.deal]
    is_open = pairs.named() | ((created <= time) & (time <= close))
    rows, offsets = ordering.grouped(pairs.row, int(pairs.row.max()) + 1)
    some_open = np.zeros(len(time), np.bool_)
    some_open[rows] = ragged.spread(ragged.sums(is_open[rows], offsets) > 0, offsets)
    later = ~some_open & (created > time) & (created - time <= NEXT_DEAL)
    order = np.flatnonzero(later)
    order = order[np.lexsort((pairs.deal[order], created[order], pairs.row[order]))]
    first = np.ones(len(order), np.bool_)
    first[1:] = np.diff(pairs.row[order]) != 0
    is_next = np.zeros(len(time), np.bool_)
    is_next[order[first]] = True
    neither: Bools = ~is_open & ~is_next
    return neither
