"""Columns of times: instants in microseconds UTC, or days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from attribution.arrays import clock
from attribution.arrays.clock import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.doors.frames.columns import Column

ISO_LONGEST = 40
FIRST_YEAR, END_YEAR = 1970, 2200
_DASHES, _DIGITS = (4, 7), (0, 1, 2, 3, 5, 6, 8, 9)
_DAY_LENGTH, _ZONE_FROM = 10, 16


@dataclass(frozen=True)
class Times:
    """A column of times.

    ``instants``: int64 microseconds UTC, MISSING where absent, at fault or a day;
    ``days``: int64 days, MISSING where the row holds an instant or nothing;
    ``faults``: for each code of the catalogue the rows at fault, bool;
    ``naive``, ``aware``: whether the column holds such times;
    ``midnight``: whether every one of its instants (two at least) is a midnight.
    """

    instants: Ints
    days: Ints
    faults: Mapping[str, Bools] = field(default_factory=dict)
    naive: bool = False
    aware: bool = False
    midnight: bool = False

    @property
    def present(self) -> Bools:
        """Return which rows hold an instant or a day."""
        found: Bools = (self.instants != MISSING) | (self.days != MISSING)
        return found


def read_times(column: Column, tz: str, *, as_days: bool = False) -> Times:
    """Return a raw column as times; naive ones are read in ``tz``.

    Args:
        column: Of kind instant, day, text (ISO 8601) or empty; any other is a fault.
        tz: The time zone of naive times and of days.
        as_days: Take every instant to its day in ``tz``.

    Example:
        >>> from attribution.doors.frames.columns import from_objects
        >>> times = read_times(from_objects(np.array(["1970-01-02"], object)), "UTC")
        >>> times.days.tolist()
        [1]
    """
    nothing = np.broadcast_to(np.int64(MISSING), len(column))
    if column.kind == "day":
        days = np.where(column.missing, MISSING, column.values)
        return _within(Times(nothing, days))
    if column.kind == "text":
        times = _within(_from_text(column, tz))
    elif column.kind == "instant":
        wall = np.where(column.missing, MISSING, column.values)
        zoned, lost = (wall, {}) if column.aware else localized(wall, tz)
        naive = not column.aware
        times = _within(Times(zoned, nothing, lost, naive=naive, aware=not naive))
    elif column.kind == "empty":
        times = Times(nothing, nothing)
    elif column.kind == "mixed" and column.detail.startswith("naive"):
        times = Times(nothing, nothing, {"T03": ~column.missing})
    else:
        times = Times(nothing, nothing, {"T09": ~column.missing})
    return _as_days(times, tz) if as_days else _marked(times, tz)


def _marked(times: Times, tz: str) -> Times:
    there = times.instants[times.instants != MISSING]
    midnight = len(there) > 1 and bool(clock.is_midnight(there[:1], tz)[0])
    midnight = midnight and bool(clock.is_midnight(there, tz).all())
    return Times(
        times.instants, times.days, times.faults, times.naive, times.aware, midnight
    )


def _as_days(times: Times, tz: str) -> Times:
    days = times.days.copy()
    there = times.instants != MISSING
    days[there] = clock.day_of(times.instants[there], tz)
    nothing = np.full(len(days), MISSING)
    return Times(nothing, days, times.faults, times.naive, times.aware)


def _within(times: Times) -> Times:
    """Return the times with those outside 1970 to 2200 taken out, as fault T11."""
    limit = clock.END_OF_TIME
    instants, days = times.instants, times.days
    early = _beyond(instants, limit) | _beyond(days, limit // clock.DAY)
    if not early.any():
        return times
    outside = early | times.faults.get("T11", False)
    return Times(
        np.where(early, MISSING, instants),
        np.where(early, MISSING, days),
        {**times.faults, "T11": outside},
        times.naive,
        times.aware,
    )


def _beyond(at: Ints, limit: int) -> Bools:
    """Return which are below 0 or from ``limit`` on, those missing left out."""
    # Seen as unsigned, what lies below 0 lies beyond every limit.
    beyond = at.view(np.uint64) >= limit
    return beyond & clock.known(at) if beyond.any() else beyond


def localized(wall: Ints, tz: str) -> tuple[Ints, dict[str, Bools]]:
    """Return wall-clock microseconds of ``tz`` as UTC, and the hours it lacks (T05)."""
    if tz == "UTC" or not len(wall):
        return wall, {}
    import pandas as pd

    there = wall != MISSING
    sane = there & (wall >= 0) & (wall < clock.END_OF_TIME)
    index = pd.DatetimeIndex(np.where(sane, wall, MISSING).view("datetime64[us]"))
    zoned = index.tz_localize(clock.zone(tz), ambiguous="NaT", nonexistent="NaT")
    naive = zoned.tz_convert("UTC").tz_localize(None)
    utc = naive.to_numpy().astype("datetime64[us]").astype(np.int64)
    lost = sane & (utc == MISSING)
    faults = {"T05": lost} if lost.any() else {}
    return np.where(sane, utc, wall), faults


def _from_text(column: Column, tz: str) -> Times:
    texts = column.text_labels()
    shape = _Shape.of(texts)
    parsed = _parsed(texts, shape.moment)
    days = np.full(len(texts), MISSING)
    dated = _parsed(texts, shape.day)
    good = dated != MISSING
    days[good] = dated[good] // clock.DAY
    zoned, lost = localized(np.where(shape.aware, MISSING, parsed), tz)
    instants = np.where(shape.aware, parsed, zoned)
    bad = (instants == MISSING) & ~good & ~lost.get("T05", np.zeros(len(texts), bool))
    early = bad & shape.outside
    faults = {
        **lost,
        "T09": bad & shape.number,
        "T10": bad & ~shape.number & ~early,
        "T11": early,
    }
    zone_known = shape.moment & (instants != MISSING)
    used = np.zeros(len(texts), np.bool_)
    used[column.values[~column.missing]] = True
    return Times(
        _taken(instants, column),
        _taken(days, column),
        {
            code: _taken(rows, column).astype(np.bool_)
            for code, rows in faults.items()
            if (rows & used).any()
        },
        naive=bool((used & zone_known & ~shape.aware).any()),
        aware=bool((used & zone_known & shape.aware).any()),
    )


def _taken(values: Array, column: Column) -> Array:
    if values.dtype == np.bool_:
        return np.append(values, False)[column.values]
    return np.append(values, MISSING)[column.values]


@dataclass(frozen=True)
class _Shape:
    """What the characters of each text look like: a day, a moment, a number."""

    day: Bools
    moment: Bools
    aware: Bools
    number: Bools
    outside: Bools

    @classmethod
    def of(cls, texts: Array) -> _Shape:
        fitting = [text if len(text) <= ISO_LONGEST else "" for text in texts]
        wide = np.array(fitting, f"U{ISO_LONGEST}").reshape(-1)
        chars = wide.view(np.uint32).reshape(len(fitting), ISO_LONGEST)
        lengths = (chars != 0).sum(1)
        digit = (chars >= ord("0")) & (chars <= ord("9"))
        dated = digit[:, _DIGITS].all(1) & (chars[:, _DASHES] == ord("-")).all(1)
        parted = (chars[:, _DAY_LENGTH] == ord("T")) | (
            chars[:, _DAY_LENGTH] == ord(" ")
        )
        moment = dated & parted & (lengths > _DAY_LENGTH + 1)
        last = chars[np.arange(len(chars)), np.maximum(lengths - 1, 0)]
        tail = chars[:, _DAY_LENGTH + 1 :]
        signed = ((tail == ord("+")) | (tail == ord("-"))).any(1)
        zulu = (last == ord("Z")) | (last == ord("z"))
        zulu |= np.strings.endswith(wide, " UTC")
        plain = (digit | (chars == 0) | (chars == ord("."))).all(1) & (lengths > 0)
        year = (chars[:, :4].astype(np.int64) - ord("0")) @ np.array([1000, 100, 10, 1])
        outside = dated & ((year < FIRST_YEAR) | (year >= END_YEAR))
        day = dated & (lengths == _DAY_LENGTH)
        return cls(day, moment, moment & (signed | zulu), plain & ~dated, outside)


def _parsed(texts: Array, chosen: Bools) -> Ints:
    """Return the chosen texts as microseconds (of the wall clock if naive)."""
    import pandas as pd

    found = np.full(len(texts), MISSING)
    places = np.flatnonzero(chosen)
    if places.size:
        plain = [text.removesuffix(" UTC") for text in texts[places]]
        stamps = pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce")
        naive = stamps.tz_localize(None).to_numpy().astype("datetime64[us]")
        found[places] = naive.astype(np.int64)
    return found
