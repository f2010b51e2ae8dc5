"""When each touch was: the best of an object's times, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.clock import MISSING
from attribution.intake.crm import moments
from attribution.intake.crm.rows import places
from attribution.intake.crm.rules import set_aside

if TYPE_CHECKING:
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import System
    from attribution.intake.crm.moments import Moments
    from attribution.intake.crm.people import Export
    from attribution.intake.crm.rows import Rows

TIMELESS: Final = "no time"
"""The reason of rows without any time; no rule, so it cannot be switched off."""


def timed(rows: Rows, system: System, findings: Findings) -> tuple[Moments, Rows]:
    """Return the time of each row, and the rows that have one."""
    own = rows.object
    order = list(own.times)
    if rows.bulk and own.instead:
        order.insert(order.index(own.created), own.instead)
    time, stamped = moments.none(len(rows)), 0
    for name in order:
        absent = int((time.at == MISSING).sum())
        if not absent:
            break
        stamped = absent if name == own.created else 0
        found = moments.of_rows(rows, name, system.clock, findings)
        time = moments.first_of([time, found])
    if rows.bulk:
        _tell_bulk(rows, stamped, findings)
    lost = time.at == MISSING
    what = f"has no time in any of {', '.join(order)}"
    left = set_aside(rows, lost, TIMELESS, what, findings)
    return time.take(~lost) if lost.any() else time, left


def _tell_bulk(rows: Rows, taken: int, findings: Findings) -> None:
    """Say that an object was loaded on one day, and how many times are taken of it."""
    own = rows.object
    told = f"{taken} touches have no better time." if taken else "Other columns do."
    findings.add(
        "C03", "warning", (own.name, own.columns[own.created][0]),
        "is the same day for nearly all rows, a bulk load, and gives no touch its time "
        f"where there is a better one. {told}", count=rows.count,
    )  # fmt: skip


def without_scheduled(
    time: Moments, rows: Rows, export: Export, system: System, findings: Findings
) -> tuple[Moments, Rows]:
    """Return the rows whose time does not lie after the export, by its stamps."""
    parts = (*export.of("deals"), export.rows[rows.object.name])
    stamps = [moments.of_rows(one, "seen", system.clock, findings) for one in parts]
    seen = max((int(one.at.max(initial=MISSING)) for one in stamps), default=MISSING)
    later = (time.at > seen) & (seen != MISSING)
    what = "lies after the export: it is only scheduled"
    left = set_aside(rows, later, rows.object.scheduled, what, findings)
    return time.take(~later) if later.any() else time, left


def tell_early(
    time: Moments, rows: Rows, export: Export, system: System, findings: Findings
) -> None:
    """Report touches that lie before the first day of their campaign (C09)."""
    campaign = rows.column("campaign_id")
    for campaigns in export.of("campaigns"):
        begins = moments.of_rows(campaigns, "begins", system.clock, findings).at
        place = places(campaign, campaigns.column("campaign_id"))
        early = time.at < np.append(begins, MISSING)[place]
        findings.add(
            "C09", "warning", (rows.object.name, ""),
            "lies before the first day of its campaign.", "It is kept.",
            rows=rows.position[early],
        )  # fmt: skip
