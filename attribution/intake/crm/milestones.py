"""The milestones of deals: from the history of their stages and from their leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.clock import MISSING
from attribution.intake.crm import moments
from attribution.intake.crm.deals import new_business
from attribution.intake.crm.history import (
    FURTHEST,
    amounts_at,
    milestone,
    read_history,
    tell_stages,
)
from attribution.intake.crm.moments import Moments
from attribution.intake.crm.rows import nothing, places, shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import System
    from attribution.intake.crm.people import Export
    from attribution.journeys.words import Labelled

OF_LEADS: Final = {
    "lead": "created_at", "mql": "mql_at", "sal": "accepted_at", "sql": "sql_at",
}  # fmt: skip
"""Milestone → our column of leads."""

NAMES: Final = ("lead", "mql", "sal", "sql", "opportunity")


def read_milestones(
    export: Export,
    deals: Mapping[str, Labelled],
    created: Moments,
    lead_times: Mapping[str, Moments],
    system: System,
    switched: Mapping[str, bool],
    findings: Findings,
) -> tuple[dict[str, Moments], Labelled]:
    """Return the milestones of deals, and their amounts at the opportunity.

    A milestone is the entry into its stage; without a history, or without that stage
    in it, the earliest of the deal's leads; the opportunity is the deal's creation,
    unless that is a bulk load.

    Args:
        export: The rows of every object.
        deals: The columns of deals.
        created: When they were created.
        lead_times: The times of leads by our columns.
        system: The system.
        switched: Rule → whether it is on: the first entry or the last.
        findings: Where it is told what was found.
    """
    count = len(created.at)
    history = read_history(export, deals["deal_id"], system, findings)
    entered: dict[str, Moments] = {}
    if history is not None:
        entered = {
            name: milestone(
                history, pattern, count, first=switched.get(f"{name}.first", True)
            )
            for name, pattern in system.stages.items()
        }
        tell_stages(history, entered, export.of("history")[0].object.name, findings)
    new = new_business(deals.get("deal_type", nothing(count)), system)
    found = {}
    for name in NAMES:
        parts = [entered[name]] if name in entered else []
        if name in OF_LEADS:
            parts.append(_of_leads(export, deals, lead_times, name, new))
        elif not export.of("deals")[0].bulk:
            parts.append(created)
        found[f"{name}_at"] = moments.first_of([moments.none(count), *parts])
    if history is None:
        return found, nothing(count)
    return found, amounts_at(history, found["opportunity_at"])


def _of_leads(
    export: Export,
    deals: Mapping[str, Labelled],
    times: Mapping[str, Moments],
    name: str,
    new: Bools,
) -> Moments:
    """Return a milestone of the leads of each deal, the earliest; void if not new."""
    time = times.get(OF_LEADS[name])
    count = len(new)
    if time is None or any(rows.bulk for rows in export.of("leads")):
        return moments.none(count)
    key = np.where(time.at == MISSING, FURTHEST, time.at * 2 + time.day)
    best = np.full(count + 1, FURTHEST)
    own = places(export.column("leads", "deal_id"), deals["deal_id"])
    np.minimum.at(best, own, key)
    roles = places(export.column("roles", "deal_id"), deals["deal_id"])
    person = _by_contact(export, key)
    np.minimum.at(best, roles, person)
    found = np.where(new, best[:-1], FURTHEST)
    gone = found == FURTHEST
    return Moments(np.where(gone, MISSING, found // 2), (found % 2 == 1) & ~gone)


def _by_contact(export: Export, key: Ints) -> Ints:
    """Return, for each row of roles, the earliest key of its contact's leads."""
    columns = [
        export.column("leads", "contact_id"),
        export.column("roles", "contact_id"),
    ]
    (lead, role), size = shared(columns)
    best = np.full(size + 1, FURTHEST)
    np.minimum.at(best, lead, key)
    best[-1] = FURTHEST
    return best[role]
