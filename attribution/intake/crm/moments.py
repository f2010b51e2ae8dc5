"""Texts of times as instants and days, and back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import clock
from attribution.arrays.clock import MISSING
from attribution.arrays.codes import texts
from attribution.doors.frames.iso import instants_of
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import Clock
    from attribution.intake.crm.rows import Rows

    Where = tuple[str, str]

DAY_WIDTH: Final = len("2026-03-31")
WIDTH: Final = len("2026-03-31T12:00:00Z")
SECONDS: Final = clock.DAY // clock.SECOND

BLOCK: Final = 1 << 15
"""Times written at a time."""

FEW: Final = 5
"""An object of fewer rows is never called a bulk load."""

NEARLY_ALL: Final = 0.9


class Moments(NamedTuple):
    """Times, (rows,) each.

    ``at``: int64 microseconds UTC (of a day its midnight), MISSING where there is none;
    ``day``: bool, which of them are days.
    """

    at: Ints
    day: Bools

    def take(self, rows: Array) -> Moments:
        """Return these rows."""
        return Moments(self.at[rows], self.day[rows])


def none(rows: int) -> Moments:
    """Return times that are all missing."""
    return Moments(np.full(rows, MISSING), np.zeros(rows, np.bool_))


def read(
    found: Labelled, how: Clock, where: Where, findings: Findings, *, day: bool = False
) -> Moments:
    """Return a column of times; T09, T10, T11 are added where it holds something else.

    Args:
        found: The texts.
        how: How they are written.
        where: Table and column, for the issues.
        findings: Where the issues go.
        day: Every time stands for its day as written.
    """
    parsed = instants_of(found.labels, epoch=how.epoch, tz=how.tz, day=day)
    for code, what, remedy in (
        ("T09", "holds numbers, not times.", "Export times as ISO 8601 text."),
        ("T10", "is not an ISO 8601 time.", "Export it as 2026-03-31T12:00:00Z."),
        ("T11", "lies outside the years 1970 to 2199.", "Correct it, or leave it out."),
    ):
        wrong = parsed.faults.get(code)
        if wrong is not None:
            rows = np.append(wrong, False)[found.codes]
            findings.error(code, where, what, remedy, rows=rows)
    if len(found.codes) and found.codes.min() >= 0:
        return Moments(parsed.at[found.codes], parsed.day[found.codes])
    at = np.append(parsed.at, MISSING)[found.codes]
    return Moments(at, np.append(parsed.day, False)[found.codes])


def of_rows(rows: Rows, name: str, how: Clock, findings: Findings) -> Moments:
    """Return our time column of an object; all missing where it has none."""
    if not rows.has(name):
        return none(len(rows))
    own = rows.object
    where = (own.name, own.columns[name][0])
    return read(rows.column(name), how, where, findings, day=name in own.days)


def first_of(columns: Sequence[Moments]) -> Moments:
    """Return, row by row, the first of the columns that has a time there."""
    at, day = columns[0]
    for other in columns[1:]:
        absent = at == MISSING
        if absent.all():
            at, day = other
        elif absent.any():
            at, day = np.where(absent, other.at, at), np.where(absent, other.day, day)
    return Moments(at, day)


def stacked(columns: Sequence[Moments]) -> Moments:
    """Return columns one below another.

    Example:
        >>> stacked([none(1), none(2)]).day.tolist()
        [False, False, False]
    """
    at, day = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Moments(at, day)


def written(found: Moments) -> Labelled:
    """Return times as ISO 8601 texts: ``2026-03-31T12:00:00Z``, a day ``2026-03-31``.

    Example:
        >>> days = Moments(np.array([0, MISSING]), np.array([True, False]))
        >>> written(days).labels.tolist()
        [b'1970-01-01']
    """
    there = found.at != MISSING
    if there.all():
        codes, at, day = np.arange(len(there), dtype=np.int32), found.at, found.day
    else:
        codes = np.where(there, np.cumsum(there) - 1, -1).astype(np.int32)
        at, day = found.at[there], found.day[there]
    if day.all():
        return Labelled(codes, day_texts(at // clock.DAY))
    labels, parts = instant_texts(at)
    other = np.flatnonzero(day | parts)
    if other.size:
        labels = texts(labels)
        labels[other] = [
            clock.iso(one)[:10] if whole else clock.iso(one)
            for one, whole in zip(at[other].tolist(), day[other].tolist(), strict=True)
        ]
    return Labelled(codes, labels)


def day_texts(days: Ints) -> Array:
    """Return days as ``2026-03-31``, bytes of ASCII.

    Example:
        >>> day_texts(np.array([0]))
        array([b'1970-01-01'], dtype='|S10')
    """
    first, last = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    if last - first >= len(days):
        return np.datetime_as_string(days.astype("M8[D]")).astype(f"S{DAY_WIDTH}")
    known = np.arange(first, last + 1).astype("M8[D]")
    return np.datetime_as_string(known).astype(f"S{DAY_WIDTH}")[days - first]


def instant_texts(at: Ints) -> tuple[Array, Bools]:
    """Return instants as ``2026-03-31T12:00:00Z``, bytes, and which have a fraction.

    They are written block by block, so that what is made of them stays in the cache.

    Example:
        >>> instant_texts(np.array([90_000_000]))
        (array([b'1970-01-01T00:01:30Z'], dtype='|S20'), array([False]))
    """
    first, end = (int(one) // clock.DAY for one in (at.min(), at.max()))
    days, clocks = day_texts(np.arange(first, end + 1)), _clocks()
    found = np.empty(len(at), [("day", days.dtype), ("clock", clocks.dtype)])
    parts = np.empty(len(at), np.bool_)
    for start in range(0, len(at), BLOCK):
        block = slice(start, start + BLOCK)
        seconds = at[block] // clock.SECOND
        parts[block] = seconds * clock.SECOND != at[block]
        day = seconds // SECONDS
        found["day"][block] = days[day - first]
        found["clock"][block] = clocks[seconds - day * SECONDS]
    return found.view(f"S{WIDTH}"), parts


@cache
def _clocks() -> Array:
    """Return ``T00:00:00Z`` and all other seconds of a day."""
    two = np.array([f"{one:02}" for one in range(60)], "S2")
    found = np.empty((24, 60, 60), "S1,S2,S1,S2,S1,S2,S1")
    for name, part in zip(
        found.dtype.names or (),
        (b"T", two[:24, None, None], b":", two[:, None], b":", two, b"Z"),
        strict=True,
    ):
        found[name] = part
    return found.reshape(-1).view("S10")


def one_day(found: Labelled, how: Clock) -> bool:
    """Return whether nearly all of the times, five at least, are of the same day.

    Texts are of the day that they begin with; where numbers are times, they are read.

    Example:
        >>> from attribution.intake.crm.hubspot_objects import HUBSPOT
        >>> stamp = np.array(["1705940065000", "1705940066000"], object)
        >>> one_day(Labelled(np.array([0, 1, 0, 1, 0]), stamp), HUBSPOT.clock)
        True
    """
    own = found.codes[found.codes >= 0]
    if len(own) < FEW:
        return False
    if how.epoch:
        return _of_one_day(found.labels, own, how)
    return _begin_alike(found.labels, own)


def _of_one_day(labels: Array, own: Array, how: Clock) -> bool:
    """Return whether nearly all times of codes ``own`` are of one day.

    They are read block by block, until so many are of other days that it cannot be.
    """
    weight = np.bincount(own, minlength=len(labels))
    days: Array = np.zeros(0, np.int64)
    count: Array = np.zeros(0)
    left = len(own)
    for first in range(0, len(labels), BLOCK):
        block = slice(first, first + BLOCK)
        at = instants_of(labels[block], epoch=how.epoch, tz=how.tz).at
        more = np.where(at == MISSING, 0, weight[block])
        days, kind = np.unique(
            np.concatenate([days, at // clock.DAY]), return_inverse=True
        )
        count = np.bincount(kind, np.concatenate([count, more]))
        left -= int(weight[block].sum())
        if count.max() + left < NEARLY_ALL * len(own):
            return False
    return True


def _begin_alike(labels: Array, own: Array) -> bool:
    """Return whether nearly all texts of codes ``own`` begin with the same day."""
    kind, unit = ("S", "u1") if labels.dtype.kind == "S" else ("U", "u4")
    days = labels
    if kind == "U" or labels.itemsize < DAY_WIDTH:
        days = labels.astype(f"{kind}{DAY_WIDTH}")
    chars = days.view(unit).reshape(len(days), -1)
    some = own[: len(own) // 4]
    dates = np.bincount(chars[some, DAY_WIDTH - 1])
    if len(some) - dates.max(initial=0) > (1 - NEARLY_ALL) * len(own):
        return False
    alike = np.ones(len(own), np.bool_)
    for at in reversed(range(DAY_WIDTH)):
        column = chars[own, at]
        alike &= column == np.bincount(column).argmax()
        if alike.sum() < NEARLY_ALL * len(own):
            return False
    return True
