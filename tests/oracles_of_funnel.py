"""The slow, plain reference of the funnel: one lead at a time, from the definitions.

Nothing is imported from ``attribution``. A date is a datetime in UTC, or a ``date``
where only the day is known.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

Date = dt.date | None
TICK = dt.timedelta(microseconds=1)
WAYS = ("lead_id", "contact_id", "deal_id", "account_id")


@dataclass(frozen=True)
class Lead:
    """One row of leads."""

    lead_id: str
    created_at: Date
    mql_at: Date = None
    accepted_at: Date = None
    rejected_at: Date = None
    sql_at: Date = None
    source: str | None = None
    contact_id: str | None = None
    account_id: str | None = None
    deal_id: str | None = None


@dataclass(frozen=True)
class Touch:
    """One row of touches."""

    time: dt.date
    team: str
    lead_id: str | None = None
    contact_id: str | None = None
    deal_id: str | None = None
    account_id: str | None = None


def only_day(date: Date) -> bool:
    """Return whether a date has no time of day."""
    return date is not None and not isinstance(date, dt.datetime)


def local_day(date: dt.date, tz: str) -> dt.date:
    """Return the day of a date."""
    if isinstance(date, dt.datetime):
        return date.astimezone(ZoneInfo(tz)).date()
    return date


def midnight(day: dt.date, tz: str) -> dt.datetime:
    """Return the first instant of a day."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz)).astimezone(
        dt.UTC
    )


def end(date: dt.date, tz: str) -> dt.datetime:
    """Return the instant of a stage: of a day its last microsecond."""
    if isinstance(date, dt.datetime):
        return date
    return midnight(date + dt.timedelta(days=1), tz) - TICK


def noon(date: dt.date, tz: str) -> dt.datetime:
    """Return the instant of a touch: of a day its noon."""
    if isinstance(date, dt.datetime):
        return date
    return dt.datetime(
        date.year, date.month, date.day, 12, tzinfo=ZoneInfo(tz)
    ).astimezone(dt.UTC)


def after(one: Date, other: Date, tz: str) -> bool:
    """Return whether a date is known to lie after another."""
    if one is None or other is None:
        return False
    if only_day(one) or only_day(other):
        return local_day(one, tz) > local_day(other, tz)
    return one > other


def linked(touch: Touch, leads: Sequence[Lead]) -> list[int]:
    """Return the leads that a touch reaches, by the first way that reaches one."""
    for way in WAYS:
        own = getattr(touch, way)
        found = [
            place
            for place, lead in enumerate(leads)
            if own is not None and getattr(lead, way) == own
        ]
        if found:
            return found
    return []


def answer(
    handed: dt.date, touches: Sequence[Touch], tz: str, as_of: dt.datetime
) -> dt.datetime | None:
    """Return the instant of the first sales touch at or after the hand-over."""
    best = None
    for touch in touches:
        at = noon(touch.time, tz)
        if touch.team != "sales" or at > as_of:
            continue
        if only_day(touch.time) or only_day(handed):
            if local_day(touch.time, tz) < local_day(handed, tz):
                continue
        elif at < end(handed, tz):
            continue
        at = max(at, end(handed, tz))
        best = at if best is None else min(best, at)
    return best


def quartile(values: Sequence[float], share: float) -> float:
    """Return a quartile by linear interpolation, NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True)
class Told:
    """What is known of one lead."""

    month: str
    source: str
    flags: dict[str, bool]
    hours: float | None
    young: bool


def told(
    leads: Sequence[Lead],
    touches: Sequence[Touch],
    *,
    tz: str,
    as_of: dt.datetime,
    maturity: dt.timedelta,
    won: frozenset[str],
) -> list[Told]:
    """Return what is known of each lead, by the definitions one after another."""

    def seen(date: Date) -> Date:
        return None if date is None or end(date, tz) > as_of else date

    leads = [lead for lead in leads if seen(lead.created_at) == lead.created_at]
    by_mql = any(seen(lead.mql_at) for lead in leads)
    reaching: dict[int, list[Touch]] = {}
    for touch in touches:
        if noon(touch.time, tz) <= as_of:
            for place in linked(touch, leads):
                reaching.setdefault(place, []).append(touch)
    found = []
    for place, lead in enumerate(leads):
        handed = seen(lead.mql_at if by_mql else lead.created_at)
        accepted, rejected, sql = (
            seen(date) for date in (lead.accepted_at, lead.rejected_at, lead.sql_at)
        )
        deal = lead.deal_id is not None
        flags = {"handed_over": handed is not None}
        hours, month, young = None, "(none)", False
        if handed is None:
            flags["skipped"] = bool(accepted or rejected or sql or deal)
        else:
            first = answer(handed, reaching.get(place, ()), tz, as_of)
            at = end(handed, tz)
            flags["accepted"] = accepted is not None
            flags["rejected"] = rejected is not None
            flags["recycled"] = any(
                after(date, rejected, tz) for date in (handed, accepted, sql)
            )
            flags["touched"] = first is not None
            flags["became_deal"] = deal
            flags["won"] = lead.deal_id in won
            for days in (1, 3, 7):
                limit = at + dt.timedelta(days=days)
                watched = limit <= as_of
                flags[f"observed_{days}d"] = watched
                late = first is None or first > limit
                flags[f"untouched_{days}d"] = watched and late
            if first is not None:
                hours = (first - at) / dt.timedelta(hours=1)
            day = local_day(handed, tz)
            month = f"{day:%Y-%m}"
            turn = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
            young = midnight(turn, tz) + maturity > as_of
        found.append(Told(month, lead.source or "(none)", flags, hours, young))
    return found


def table(found: Sequence[Told], by: str | None) -> dict[str, dict[str, Any]]:
    """Return counts, quartiles of hours and whether the cohort is young, by cell."""
    cells: dict[str, list[Told]] = {}
    for one in found:
        cells.setdefault(getattr(one, by) if by else "", []).append(one)
    shown = {}
    for name, own in cells.items():
        hours = [one.hours for one in own if one.hours is not None]
        shown[name] = {
            "leads": len(own),
            **{flag: sum(one.flags.get(flag, False) for one in own) for flag in FLAGS},
            "hours_q1": quartile(hours, 0.25),
            "hours_median": quartile(hours, 0.5),
            "hours_q3": quartile(hours, 0.75),
            "immature": any(one.young for one in own),
        }
    return shown


FLAGS = (
    "handed_over", "accepted", "rejected", "recycled", "touched", "observed_1d",
    "untouched_1d", "observed_3d", "untouched_3d", "observed_7d", "untouched_7d",
    "became_deal", "won", "skipped",
)  # fmt: skip
