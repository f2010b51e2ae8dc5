"""Texts of times as instants and days, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import clock
from attribution.arrays.clock import MISSING
from attribution.doors.frames.columns import factorized
from attribution.doors.frames.iso import instants_of
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import Clock
    from attribution.intake.crm.rows import Rows

    Where = tuple[str, str]

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

    def take(self, rows: Ints) -> Moments:
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
        if absent.any():
            at, day = np.where(absent, other.at, at), np.where(absent, other.day, day)
    return Moments(at, day)


def written(found: Moments) -> Labelled:
    """Return times as ISO 8601 texts: ``2026-03-31T12:00:00Z``, a day ``2026-03-31``.

    Example:
        >>> days = Moments(np.array([0, MISSING]), np.array([True, False]))
        >>> written(days).labels.tolist()
        ['1970-01-01']
    """
    mixed = np.where(found.at == MISSING, MISSING, found.at * 2 + found.day)
    codes, values = factorized(mixed)
    gone = values == MISSING
    at = np.where(gone, 0, values // 2)
    days, seconds = at.view("datetime64[us]").astype("M8[D]"), at % clock.SECOND
    labels = np.datetime_as_string(at.view("datetime64[us]").astype("M8[s]"))
    labels = np.strings.add(labels, "Z").astype(object)
    fine = np.flatnonzero(seconds)
    labels[fine] = [clock.iso(one) for one in at[fine].tolist()]
    as_day = np.flatnonzero(values % 2 == 1)
    labels[as_day] = np.datetime_as_string(days[as_day]).astype(object)
    kept = np.where(np.append(gone, False)[codes], -1, codes).astype(np.int32)
    if gone.any():
        shift = np.cumsum(~gone) - 1
        kept = np.where(kept < 0, -1, np.append(shift, -1)[kept]).astype(np.int32)
        labels = labels[~gone]
    return Labelled(kept, labels)


def bulk_day(found: Moments) -> int | None:
    """Return the day on which nearly all of the times lie, None if there is none.

    Example:
        >>> bulk_day(Moments(np.zeros(5, np.int64), np.zeros(5, np.bool_)))
        0
    """
    there = found.at[found.at != MISSING] // clock.DAY
    if len(there) < FEW:
        return None
    days, counts = np.unique(there, return_counts=True)
    most = int(counts.argmax())
    return int(days[most]) if counts[most] >= NEARLY_ALL * len(there) else None
