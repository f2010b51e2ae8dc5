"""Rows of activities, responses and events as touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.codes import texts as as_text
from attribution.doors.frames.texts import matching
from attribution.intake.crm import moments
from attribution.intake.crm.people import owner_names, split_ids
from attribution.intake.crm.rows import (
    among,
    constant,
    first_of,
    nothing,
    only,
    stacked,
)
from attribution.intake.crm.timing import tell_early, timed, without_scheduled
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Bools
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import System
    from attribution.intake.crm.people import Export
    from attribution.intake.crm.rows import Rows

COLUMNS: Final = (
    "touch_id", "time", "team", "channel", "campaign", "rep", "contact_id", "lead_id",
    "account_id", "deal_id", "lead_deal_id", "person_account_id", "process", "object",
)  # fmt: skip
"""The columns of touches; ``cost`` stands among them where it is known."""

WAYS: Final = ("deal", "contact", "lead", "person_account", "account", "(none)")
"""How touches reach a deal, in the order of trust: the links of journeys, and none."""

UNLINKED: Final = WAYS[-1]

WORDED: Final = ("type", "subtype", "subject", "channel")
"""Our columns in which a word may tell a process step."""


def read_touches(
    export: Export, system: System, switched: Mapping[str, bool], findings: Findings
) -> tuple[dict[str, Labelled], dict[str, Rows]]:
    """Return the columns of touches, and the rows of each object that became one.

    Args:
        export: The rows of every object.
        system: Their system.
        switched: Rule → whether it is on.
        findings: Where it is told what was found.
    """
    parts: list[dict[str, Labelled]] = []
    kept: dict[str, Rows] = {}
    for rows in export.of("touches"):
        time, left = timed(split_ids(rows), system, findings)
        if rows.object.scheduled and switched.get(rows.object.scheduled, True):
            time, left = without_scheduled(time, left, export, system, findings)
        kept[rows.object.name] = left
        tell_early(time, left, export, system, findings)
        parts.append({"time": moments.written(time), **_columns(left, export, system)})
    parts.append({"time": nothing(0), "process": _flags(np.zeros(0, np.bool_))})
    names = COLUMNS if not any("cost" in one for one in parts) else (*COLUMNS, "cost")
    found = {
        name: stacked(one.get(name) or nothing(len(one["time"].codes)) for one in parts)
        for name in names
    }
    return found, kept


def _columns(rows: Rows, export: Export, system: System) -> dict[str, Labelled]:
    """Return the columns of touches but for their time."""
    count, own = len(rows), rows.object
    lead = rows.column("lead_id")
    converted, lead_account, lead_deal = export.found(
        lead, "leads", "lead_id", ["contact_id", "account_id", "deal_id"]
    )
    contact = first_of([rows.column("contact_id"), converted])
    (account,) = export.found(contact, "people", "contact_id", ["account_id"])
    campaign, kind = export.found(
        rows.column("campaign_id"), "campaigns", "campaign_id", ["name", "type"]
    )
    rows = rows.with_columns(
        {"campaign_type": first_of([kind, rows.column("campaign_type")])}
    )
    channel = _channel(rows)
    found = {
        "touch_id": _touch_id(rows, system),
        "team": first_of([rows.column("team"), constant(own.team, count)]),
        "channel": channel,
        "campaign": first_of(
            [campaign, rows.column("campaign_name"), rows.column("campaign_id")]
        ),
        "rep": owner_names(export, rows),
        "contact_id": contact,
        "lead_id": lead,
        "account_id": rows.column("account_id"),
        "deal_id": rows.column("deal_id"),
        "lead_deal_id": lead_deal,
        "person_account_id": first_of([account, lead_account]),
        "process": _flags(_process(rows.with_columns({"channel": channel}), system)),
        "object": constant(own.name, count),
    }
    return {**found, "cost": rows.column("cost")} if rows.has("cost") else found


def _touch_id(rows: Rows, system: System) -> Labelled:
    """Return the ids of rows; where objects number their rows alike, with its name."""
    own = rows.column("id")
    if not system.numbered:
        return own
    before = rows.object.name
    return Labelled(
        own.codes, np.array([f"{before}:{x}" for x in as_text(own.labels)], object)
    )


def _channel(rows: Rows) -> Labelled:
    """Return the first column that says more than the object's own name."""
    own = rows.object
    parts = []
    for name in own.channel:
        column = rows.column(name)
        told = [label.strip().lower() != own.plain for label in column.labels]
        parts.append(only(column, np.array(told, np.bool_)))
    return first_of([*parts, constant(own.plain, len(rows))])


def _process(rows: Rows, system: System) -> Bools:
    """Return which rows are process steps, by the words of the system."""
    found = np.zeros(len(rows), np.bool_)
    if not system.process:
        return found
    for name in WORDED:
        column = rows.column(name)
        own = matching(column.labels, system.process)
        if own.any():
            found |= np.append(own, False)[column.codes]
    return found


def _flags(found: Bools) -> Labelled:
    return Labelled(found.astype(np.int32), np.array([False, True], object))


def counted_ways(touches: Mapping[str, Labelled], export: Export) -> dict[str, int]:
    """Return how many touches reach a deal in each way, in the order of trust.

    Args:
        touches: Its columns.
        export: The rows of every object, the deals and roles among them.
    """
    deals = export.column("deals", "deal_id")
    accounts = export.column("deals", "account_id")
    held = among(export.column("roles", "deal_id"), deals)
    people = export.column("roles", "contact_id").take(np.flatnonzero(held))
    left = np.ones(len(touches["time"].codes), np.bool_)
    found = dict.fromkeys(WAYS, 0)
    for column, table, way in (
        ("deal_id", deals, "deal"),
        ("contact_id", people, "contact"),
        ("lead_deal_id", deals, "lead"),
        ("person_account_id", accounts, "person_account"),
        ("account_id", accounts, "account"),
    ):
        if left.any():
            reached = left & among(touches[column], table)
            found[way] = int(reached.sum())
            left &= ~reached
    return {**found, UNLINKED: int(left.sum())}
