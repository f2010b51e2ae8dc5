"""Columns of times: what is wrong with them, in all tables at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import clock, ragged
from attribution.arrays.clock import MISSING
from attribution.doors.frames.ids import as_texts
from attribution.doors.frames.times import Times, read_times
from attribution.journeys.words import MILESTONES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.doors.frames.columns import Column
    from attribution.intake.checks.columns import Source
    from attribution.intake.checks.findings import Findings

MOST_MISSING: Final = 0.05
"""More touches without a time than this share are an error (T01)."""

NAMED: Final = 3
"""Deals that a finding names; its rows say the others."""

FAULTS: Final = {
    "T03": (
        "mixes naive and aware times.",
        "Give all times a zone, or none.",
    ),
    "T05": (
        "has local times that do not exist or exist twice (clock change).",
        "Convert the column to aware times before the call.",
    ),
    "T09": (
        "holds numbers where times are needed.",
        "Convert the column to times before the call, for example from epoch seconds.",
    ),
    "T10": (
        "holds text that is not an ISO 8601 time.",
        "Convert the column to times before the call, or write 2026-03-31T12:00:00Z.",
    ),
    "T11": (
        "lies outside the years 1970 to 2199.",
        "Correct the rows, or leave them out.",
    ),
}


class TimeReader:
    """Reads the time columns of all tables under one time zone.

    Example:
        >>> from attribution.intake.checks.findings import Findings
        >>> TimeReader("UTC", (), Findings()).tz
        'UTC'
    """

    def __init__(self, tz: str, days: Collection[str], findings: Findings) -> None:
        """Read naive times in ``tz``, and the columns named in ``days`` as days."""
        clock.zone(tz)
        self.tz = tz
        self.days = frozenset(days)
        self.findings = findings
        self.naive: list[str] = []
        self.aware: list[str] = []
        self.seen: set[str] = set()

    def read(self, source: Source, name: str) -> Times:
        """Return our time column ``name``; all missing where the table lacks it."""
        if not source.has(name):
            nothing = np.broadcast_to(np.int64(MISSING), source.rows)
            return Times(nothing, nothing)
        where = (source.table.name, name)
        times = self.times_of(source.column(name), where)
        self.tell(where, source.rows, times)
        return times

    def times_of(self, column: Column, where: tuple[str, str]) -> Times:
        """Return a raw column as times; its rows at fault are added to the findings."""
        as_days = bool({where[1], ".".join(where)} & self.days)
        times = read_times(column, self.tz, as_days=as_days)
        for code, rows in times.faults.items():
            what, remedy = FAULTS[code]
            self.findings.error(code, where, what, remedy, rows=rows)
        return times

    def tell(self, where: tuple[str, str], rows: int, times: Times) -> None:
        """Add what is known of a whole column: T14, and whether it is naive."""
        table, name = where
        self.seen |= {name, f"{table}.{name}"}
        if times.midnight:
            self.findings.add(
                "T14", "warning", where, "holds only midnights.",
                f"If they are days, say so: days=({name!r},).", count=rows,
            )  # fmt: skip
        if times.naive:
            self.naive.append(f"{table}.{name}")
        if times.aware:
            self.aware.append(f"{table}.{name}")

    def append(self, later: TimeReader) -> None:
        """Add the columns that another one has read, behind those read here."""
        self.naive += later.naive
        self.aware += later.aware
        self.seen |= later.seen

    def without_time(self, times: Times, *, there: bool) -> Bools:
        """Return the touches without a time (T01); an error if over 5 % of the rows."""
        lost = lost_rows(times, there=there)
        rows = np.flatnonzero(lost)
        tell_lost(rows, len(rows), len(lost), self.findings)
        return lost

    def finish(self) -> None:
        """Add what is known only when every column was read: T03, T04, ``days=``."""
        where = ("", ", ".join(self.naive))
        if self.naive and self.aware:
            self.findings.error(
                "T03", where, f"is naive while {', '.join(self.aware)} is aware.",
                "Give all times a zone, or none.",
            )  # fmt: skip
        elif self.naive and self.tz == "UTC":
            self.findings.add(
                "T04", "warning", where, "holds naive times, taken as UTC.",
                "Name their zone with tz= if they are local.",
            )  # fmt: skip
        for name in sorted(self.days - self.seen):
            self.findings.error(
                "S01", ("", name), "is named in days= and is no time column here.",
                "Name one of ours, for example 'closed_at' or 'touches.time'.",
            )  # fmt: skip


def at_end(times: Times, tz: str) -> Ints:
    """Return closes or milestones: a day is its last microsecond in ``tz``."""
    return _placed(times, clock.day_end, tz)


def at_start(times: Times, tz: str) -> Ints:
    """Return creations: a day is its first microsecond in ``tz``."""
    return _placed(times, clock.day_start, tz)


def at_noon(times: Times, tz: str) -> Ints:
    """Return touches: a day is its noon in ``tz``."""
    return _placed(times, clock.day_noon, tz)


def _placed(times: Times, place: Callable[[Ints, str], Ints], tz: str) -> Ints:
    on_day = clock.known(times.days)
    if not on_day.any():
        return times.instants
    found = times.instants.copy()
    found[on_day] = place(times.days[on_day], tz)
    return found


def lost_rows(times: Times, *, there: bool) -> Bools:
    """Return the rows of a column of times that hold nothing and are not at fault."""
    lost: Bools = ~times.present & there
    for rows in times.faults.values():
        lost &= ~rows
    return lost


def tell_lost(first: Ints, lost: int, rows: int, findings: Findings) -> None:
    """Add T01: ``lost`` of so many rows of touches have no time, ``first`` of them."""
    where = ("touches", "time")
    share = lost / rows if rows else 0.0
    if share > MOST_MISSING:
        findings.add(
            "T01", "error", where, f"is missing in {100 * share:.1f} % of the rows.",
            "Up to 5 % are set aside; check the source of the rest.",
            rows=first, count=lost,
        )  # fmt: skip
    else:
        findings.add(
            "T01", "set aside", where, "is missing.",
            "These touches cannot be placed in a journey.", rows=first, count=lost,
        )  # fmt: skip


def check_closes(closed: Bools, present: Bools, findings: Findings) -> None:
    """Add T02: won or lost deals without a close."""
    findings.error(
        "T02", ("deals", "closed_at"), "is missing on a won or lost deal.",
        "Give the day on which it closed, or make the deal open.",
        rows=closed & ~present,
    )  # fmt: skip


class Dates(NamedTuple):
    """Of each deal, (deals,): its row, its id's code, its creation, its close.

    ``labels``: the ids by code.
    """

    row: Ints
    id: Array
    labels: Array
    created: Ints
    closed: Ints


def check_order(
    dates: Dates, milestones: Mapping[str, Ints], findings: Findings
) -> None:
    """Add T13: closed before created, milestones out of order; names the deals."""
    remedy = "Milestone models read the stages as dated; check the dates."
    earlier = "lies before an earlier milestone"
    created = np.where(dates.created == MISSING, 0, dates.created)
    there = dates.closed != MISSING
    _out_of_order(
        "closed_at", "lies before created_at", there & (dates.closed < created),
        "Nothing depends on it but sharing='open'; check the dates.", dates, findings,
    )  # fmt: skip
    latest = np.full(len(dates.row), MISSING)
    for name in MILESTONES:
        at = milestones[name]
        _out_of_order(
            f"{name}_at", earlier, _before(at, latest), remedy, dates, findings
        )
        again = _before(milestones.get(f"{name}_last", at), at)
        what = f"lies before {name}_at"
        _out_of_order(f"{name}_last_at", what, again, remedy, dates, findings)
        if clock.known(at).any():
            latest = np.maximum(latest, at)
    wrong = there & (dates.closed < latest)
    what = "lies before a milestone"
    _out_of_order("closed_at", what, wrong, remedy, dates, findings)


def _before(at: Ints, others: Ints) -> Ints:
    """Return where a time lies before another; none does in an absent column."""
    if ragged.constant(at) and at[0] == MISSING:
        return np.zeros(0, np.int64)
    return np.flatnonzero((at != MISSING) & (at < others))


def _out_of_order(
    name: str, what: str, wrong: Array, remedy: str, dates: Dates, findings: Findings
) -> None:
    ids = as_texts(dates.labels[dates.id[wrong]])
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    named = f" (deal {', '.join(map(str, ids[:NAMED]))}{more})"
    findings.add(
        "T13", "warning", ("deals", name), f"{what}{named}.", remedy,
        rows=dates.row[wrong],
    )  # fmt: skip
