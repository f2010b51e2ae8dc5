"""The table of leads as columns, one lead once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import clock, codes
from attribution.arrays.clock import MISSING
from attribution.doors.frames.columns import factorized
from attribution.errors import MAIL
from attribution.intake.checks import labels, times
from attribution.intake.checks.columns import TOUCHES, Schema
from attribution.intake.checks.outcomes import read_outcomes
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.columns import Source
    from attribution.intake.checks.findings import Findings
    from attribution.intake.checks.times import TimeReader

STAGES: Final = ("created_at", "mql_at", "accepted_at", "rejected_at", "sql_at")
WAYS: Final = ("lead_id", "contact_id", "deal_id", "account_id")
"""The links from a touch to leads; a touch takes the first that leads to one."""

LABELS: Final = ("source", "owner", "team", "reason")
DEALS: Final = ("deal_id", "outcome", "won", "amount", "currency", "closed_at")

FUNNEL: Final = Schema(
    {
        "leads": (*WAYS, *LABELS, *STAGES, "outcome", "won"),
        "touches": tuple(dict.fromkeys((*TOUCHES, *WAYS))),
        "deals": DEALS,
    },
    {
        "leads": (("lead_id",), ("created_at",)),
        "touches": (("time",), WAYS),
        "deals": (("deal_id",), ("outcome", "won")),
    },
)


class Stamp(NamedTuple):
    """A column of dates: int64 instants, and int64 days where only the day is known.

    Both are MISSING where there is none; a day's instant is its last microsecond.
    """

    at: Ints
    day: Ints

    @property
    def present(self) -> Bools:
        """Return which rows have a date."""
        there: Bools = self.at != MISSING
        return there

    def take(self, rows: Array) -> Stamp:
        """Return these rows."""
        return Stamp(self.at[rows], self.day[rows])

    def seen_at(self, as_of: int) -> Stamp:
        """Return the dates with those after ``as_of`` taken out."""
        later = self.at > as_of
        return Stamp(*(np.where(later, MISSING, column) for column in self))

    def after(self, other: Stamp, tz: str) -> Bools:
        """Return which dates lie after the other's; on one day, days do not tell."""
        later: Bools = self.present & other.present & (self.at > other.at)
        known = (self.day == MISSING) & (other.day == MISSING)
        unsure = np.flatnonzero(later & ~known)
        own, others = (clock.day_of(one.at[unsure], tz) for one in (self, other))
        later[unsure] = own > others
        return later


@dataclass(frozen=True)
class Leads:
    """Leads as columns, (leads,) each; ``ids`` by way as codes shared with touches.

    ``rank``: int64, the place of the lead's id in label order; ``outcome``: int8, the
    lead's own, None where the table has none; ``known``: the stages that are columns
    of the table.
    """

    row: Ints
    rank: Ints
    ids: Mapping[str, Array]
    stages: Mapping[str, Stamp]
    labels: Mapping[str, Labelled]
    outcome: NDArray[np.int8] | None
    known: frozenset[str]

    def __len__(self) -> int:
        """Return the number of leads."""
        return len(self.row)

    def take(self, rows: Array) -> Leads:
        """Return the leads of ``rows``, in that order."""
        return Leads(
            self.row[rows],
            self.rank[rows],
            {name: column[rows] for name, column in self.ids.items()},
            {name: stamp.take(rows) for name, stamp in self.stages.items()},
            {name: column.take(rows) for name, column in self.labels.items()},
            None if self.outcome is None else self.outcome[rows],
            self.known,
        )


def read_leads(
    source: Source,
    ids: Mapping[str, Array],
    id_labels: Array,
    outcomes: Mapping[str | None, str],
    clocks: TimeReader,
    findings: Findings,
) -> Leads:
    """Return each lead once, with whatever is wrong added to ``findings``.

    Args:
        source: The user's table.
        ids: The shared codes of its id columns.
        id_labels: What the codes of lead_id stand for.
        outcomes: Their outcomes → ours.
        clocks: Reads the dates.
        findings: Where the issues go.
    """
    stages = {}
    for name in STAGES:
        read = clocks.read(source, name)
        stages[name] = Stamp(times.at_end(read, clocks.tz), read.days)
    check_named(("leads", "lead_id"), ids["lead_id"], findings)
    rank = np.full(len(id_labels) + 1, -1, np.int64)
    rank[codes.label_order(id_labels)] = np.arange(len(id_labels))
    known = source.has("outcome") or source.has("won")
    leads = Leads(
        np.arange(source.rows),
        rank[ids["lead_id"]],
        ids,
        stages,
        {name: _label(source, name, findings) for name in LABELS},
        read_outcomes(source, outcomes, findings) if known else None,
        frozenset(name for name in STAGES if source.has(name)),
    )
    return _without_repeats(leads, findings)


def check_named(where: tuple[str, str], ids: Array, findings: Findings) -> None:
    """Add I01: rows without their id, unless the ids of that name are at fault."""
    table, name = where
    if not any(findings.faulty((one, name)) for one in FUNNEL.ours):
        findings.error(
            "I01", where, "is missing or empty.", f"Give every row of {table} an id.",
            rows=ids < 0,
        )  # fmt: skip


def _label(source: Source, name: str, findings: Findings) -> Labelled:
    if not source.has(name):
        return labels.constant("(none)", source.rows)
    found = labels.read_labels(source.column(name), ("leads", name), findings)
    if name == "reason":
        texts = [MAIL.sub("(mail address)", label) for label in found.labels]
        table, kept = factorized(np.array(texts, object))
        found = Labelled(table[found.codes], kept)
    return labels.ordered(found)


def _without_repeats(leads: Leads, findings: Findings) -> Leads:
    """Return each lead once: equal rows are set aside (I03), others an error (I04)."""
    order = np.lexsort((leads.row, leads.rank))
    again = np.zeros(len(order), np.bool_)
    again[1:] = (np.diff(leads.rank[order]) == 0) & (leads.rank[order][1:] >= 0)
    if not again.any():
        return leads
    columns: list[Array] = [
        *(column for stamp in leads.stages.values() for column in stamp),
        *(column.codes for column in leads.labels.values()),
        *leads.ids.values(),
        *([] if leads.outcome is None else [leads.outcome]),
    ]
    same = np.ones(len(order), np.bool_)
    for column in columns:
        same[1:] &= np.diff(column[order]) == 0
    findings.error(
        "I04", ("leads", "lead_id"), "stands twice with different values.",
        "Keep one row a lead, the latest.", rows=np.sort(order[again & ~same]),
    )  # fmt: skip
    findings.add(
        "I03", "set aside", ("leads", "lead_id"), "stands twice with equal values.",
        "One row is kept.", rows=np.sort(order[again & same]),
    )  # fmt: skip
    return leads.take(np.sort(order[~again]))


def seen_at(leads: Leads, as_of: int, findings: Findings) -> Leads:
    """Return the leads as seen at ``as_of``: what comes later has not come."""
    later = leads.stages["created_at"].at > as_of
    findings.add(
        "H01", "set aside", ("leads", "created_at"), "lies after as_of.",
        "These leads were not there yet.", rows=leads.row[later],
    )  # fmt: skip
    leads = leads.take(np.flatnonzero(~later))
    stages = {}
    for name, stamp in leads.stages.items():
        findings.add(
            "T08", "note", ("leads", name), "lies after as_of: not reached yet.",
            rows=leads.row[stamp.at > as_of],
        )  # fmt: skip
        stages[name] = stamp.seen_at(as_of)
    return replace(leads, stages=stages)


def check_order(leads: Leads, handed: Stamp, tz: str, findings: Findings) -> None:
    """Add T13: a stage before the hand-over, or a hand-over before the creation."""
    wrong = {"created_at": leads.stages["created_at"].after(handed, tz)}
    for name in ("accepted_at", "rejected_at", "sql_at"):
        wrong[name] = handed.after(leads.stages[name], tz)
    for name, rows in wrong.items():
        side = "after" if name == "created_at" else "before"
        findings.add(
            "T13", "warning", ("leads", name), f"lies {side} the hand-over.",
            "The stages are counted as dated; check the dates.",
            rows=leads.row[rows],
        )  # fmt: skip


def latest(leads: Leads) -> int:
    """Return the latest date of the leads, or MISSING."""
    stamps = leads.stages.values()
    return max(int(stamp.at.max(initial=MISSING)) for stamp in stamps)
