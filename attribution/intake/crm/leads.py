"""Leads as the table of the funnel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.intake.crm import moments
from attribution.intake.crm.descriptions import folded
from attribution.intake.crm.people import owner_names
from attribution.intake.crm.rows import stacked
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import System
    from attribution.intake.crm.moments import Moments
    from attribution.intake.crm.people import Export

COLUMNS: Final = (
    "lead_id", "created_at", "contact_id", "account_id", "team", "source", "owner",
    "mql_at", "accepted_at", "rejected_at", "reason", "sql_at", "deal_id",
)  # fmt: skip
TIMES: Final = ("created_at", "mql_at", "accepted_at", "rejected_at", "sql_at")
TEAMS: Final = np.array(["marketing", "sales"], object)


def read_leads(
    export: Export, system: System, findings: Findings
) -> tuple[dict[str, Labelled], dict[str, Moments]]:
    """Return the columns of leads and, for milestones, their times."""
    given = export.of("leads")
    times = {}
    for name in TIMES:
        parts = [moments.of_rows(rows, name, system.clock, findings) for rows in given]
        times[name] = moments.stacked([moments.none(0), *parts])
    for rows in given:
        if rows.bulk:
            findings.add(
                "C03", "warning",
                (rows.object.name, rows.object.columns["created_at"][0]),
                "is the same day for nearly all rows: a bulk load. No milestone is "
                "taken from it.", count=rows.count,
            )  # fmt: skip
    columns = {
        name: export.column("leads", name) for name in COLUMNS if name not in TIMES
    }
    columns["owner"] = stacked(owner_names(export, rows) for rows in given)
    columns["team"] = source_teams(columns["source"], system)
    columns |= {name: moments.written(one) for name, one in times.items()}
    return {name: columns[name] for name in COLUMNS}, times


def source_teams(source: Labelled, system: System) -> Labelled:
    """Return the team of each lead's source: sales for its named words, or marketing.

    Example:
        >>> from attribution.intake.crm.salesforce_objects import SALESFORCE
        >>> source = Labelled(np.array([0]), np.array(["Cold Call"], object))
        >>> TEAMS[source_teams(source, SALESFORCE).codes].tolist()
        ['sales']
    """
    compiled = re.compile(system.sales_sources or "(?!)")
    own = [int(compiled.fullmatch(folded(one)) is not None) for one in source.labels]
    codes = np.append(np.array(own, np.int32), np.int32(-1))[source.codes]
    return Labelled(codes, TEAMS)
