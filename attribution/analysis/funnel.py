"""The funnel between the departments: what becomes of the leads handed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attribution.analysis import cohorts, handover
from attribution.analysis.definitions import definitions_of, text_of, webpage_of
from attribution.analysis.funnel_tables import (
    Options,
    Tables,
    check_linked,
    instant_of,
    read_options,
    read_tables,
)
from attribution.analysis.response import reached, responses
from attribution.doors.frames.output import data_frame
from attribution.intake import closings as closing_table
from attribution.intake import leads as lead_table
from attribution.intake.checks.amounts import Reading
from attribution.intake.checks.columns import read_sources
from attribution.intake.checks.findings import Findings
from attribution.intake.leads import FUNNEL
from attribution.journeys.tables import issue_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    import numpy as np
    import pandas as pd

    from attribution.arrays.money import Rounding
    from attribution.errors import Issue


@dataclass(frozen=True, eq=False, repr=False)
class Funnel:
    """The leads handed over and what became of them; from :func:`attribution.funnel`.

    ``definitions``: what each word of the tables means here, with the options in
    force. A notebook shows the totals, the cohorts and the definitions.

    Example:
        >>> import attribution as at
        >>> import pandas as pd
        >>> leads = pd.DataFrame({"lead_id": ["L1"], "created_at": ["2026-01-05"]})
        >>> touches = pd.DataFrame(
        ...     {"lead_id": ["L1"], "time": ["2026-01-06T09:00Z"], "team": ["sales"]})
        >>> at.funnel(leads, touches).frame("month")[["month", "touched"]].values[0]
        array(['2026-01', 1], dtype=object)
    """

    definitions: Mapping[str, str]
    leads: cohorts.Handed
    found: tuple[Issue, ...]
    ending: str

    @property
    def issues(self) -> pd.DataFrame:
        """Return what was found: code, severity, table, column, rows, what, remedy."""
        return issue_table(self.found)

    def frame(self, by: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Return one row a cell of leads; one row of all leads unless ``by`` is given.

        Columns: those of ``by``; int64 counts of leads (leads, handed_over, accepted,
        rejected, recycled, touched, observed_1d, untouched_1d, … _7d, became_deal,
        won if it is known, skipped); float64 rates (of the leads handed over; of
        untouched leads, of those observed for so long), NaN where there are none;
        float64 hours_q1, hours_median, hours_q3 to the first sales touch of the leads
        touched; float64 revenue_<currency> in major units, each won deal once, at its
        first lead; immature: bool, some of its leads are of a young cohort. Rows in
        label order.

        Args:
            by: ``"month"`` (of the hand-over), ``"source"`` (or ``"channel"``, the
                same), ``"owner"``, ``"team"``, ``"reason"``, or several of them.

        Raises:
            InputError: P09: ``by`` is no such column.
        """
        cells = cohorts.cells_of(self.leads.columns, _names(by))
        return data_frame(cohorts.table_of(self.leads, cells))

    def reasons(self, by: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Return why leads were rejected: those of ``by``, reason, rejected, share.

        ``rejected`` is int64, ``share`` float64 of the cell's rejected leads. Rows by
        cell, the most frequent reason first; mail addresses in reasons are hidden.

        Raises:
            InputError: P09: ``by`` is no column, or is ``"reason"``.
        """
        return data_frame(cohorts.reasons_of(self.leads, _names(by)))

    def __repr__(self) -> str:
        """Return totals, cohorts and definitions as text, ending with law 6's line."""
        return text_of(self.leads, self.definitions, self.ending)

    def _repr_html_(self) -> str:
        return webpage_of(self.leads, self.definitions, self.ending)


def _names(by: Any) -> tuple[str, ...]:
    if by is None:
        return ()
    if isinstance(by, list | tuple):
        return tuple(by)
    return (by,)


def funnel(
    leads: object,
    touches: object,
    *,
    deals: object | None = None,
    columns: Mapping[str, Any] | None = None,
    outcomes: Mapping[str | None, str] | None = None,
    teams: Mapping[str, str] | Collection[str] | None = None,
    sales: str | Collection[str] = ("sales",),
    handover: str | None = None,
    maturity: str | dt.timedelta = "90d",
    currency: str | None = None,
    decimals: int | None = None,
    rounding: Rounding | None = None,
    as_of: str | dt.date | np.datetime64 | None = None,
    tz: str = "UTC",
    days: Collection[str] = (),
) -> Funnel:
    """Return what became of the leads that marketing handed over to sales.

    A touch is linked by its lead_id, else by its contact_id, its deal_id, its
    account_id: the first that leads to a lead, and then to every lead of it. A date
    known by its day alone is the end of that day, such a touch is at noon; a touch on
    the day of a hand-over is not before it where one of the two has no time of day.

    Args:
        leads: One row a lead: lead_id and created_at; further contact_id, account_id,
            team, source, owner, mql_at, accepted_at, rejected_at, reason, sql_at,
            deal_id, and outcome or won.
        touches: One row a touch: time, team (or ``teams=`` and channel), and lead_id,
            contact_id, deal_id or account_id.
        deals: One row a deal: deal_id and outcome or won; further amount, currency and
            closed_at. It says which leads were won, and for how much.
        columns: Our names → theirs, flat or per table.
        outcomes: Their outcomes → won, lost or open; None stands for all others.
        teams: Channel → team, or the names of further teams.
        sales: The teams whose touches answer a lead.
        handover: ``"mql_at"`` or ``"created_at"``: what hands a lead over. Unless
            given, mql_at if any lead has one, else created_at.
        maturity: How long after its month a cohort is still young.
        currency: The currency of deals that name none.
        decimals: 0 to 9, instead of ISO 4217's.
        rounding: ``"half_even"`` or ``"half_up"``, where amounts have more decimals.
        as_of: The instant at which the data is seen; the latest one unless given.
        tz: The time zone of naive times, days and months.
        days: Time columns that hold days.

    Raises:
        InputError: Everything that is wrong, at once.

    Example:
        >>> import attribution as at
        >>> import pandas as pd
        >>> leads = pd.DataFrame(
        ...     {"lead_id": ["L1", "L2"], "created_at": ["2026-01-05T09:00Z"] * 2})
        >>> touches = pd.DataFrame(
        ...     {"lead_id": ["L1"], "time": ["2026-01-05T12:00Z"], "team": ["sales"]})
        >>> found = at.funnel(leads, touches, as_of="2026-01-31").frame()
        >>> found[["handed_over", "touched", "untouched_7d"]].values.tolist()
        [[2, 1, 1]]
    """
    findings = Findings()
    options = read_options(
        findings.issues, outcomes=outcomes, teams=teams, sales=sales,
        handover=handover, maturity=maturity, currency=currency,
        reading=Reading(rounding, decimals, allow_negative=False), as_of=as_of, tz=tz,
        days=days,
    )  # fmt: skip
    frames = {"leads": leads, "touches": touches}
    if deals is not None:
        frames["deals"] = deals
    sources = read_sources(frames, columns, (), findings, FUNNEL)
    return _funnel(read_tables(sources, options, findings), options, findings)


def _funnel(tables: Tables, options: Options, findings: Findings) -> Funnel:
    as_of = instant_of(tables, options.as_of, findings)
    leads = lead_table.seen_at(tables.leads, as_of, findings)
    deals = tables.deals
    if deals is not None:
        deals = closing_table.seen_at(deals, as_of, findings)
    by = handover.chosen(leads, options.handover)
    handed = leads.stages[by]
    lead_table.check_order(leads, handed, options.tz, findings)
    touches = tables.touches
    rows = reached(touches.ids, leads.ids, ~tables.lost & (touches.time <= as_of))
    check_linked(tables, rows, as_of, findings)
    response = responses(touches, leads.ids, handed, rows, options.tz)
    outcome = handover.outcomes_of(leads, deals, tables.deal_ids, findings)
    table = handover.handed_over(
        leads, handed, response, outcome,
        tz=options.tz, as_of=as_of, maturity=options.maturity,
    )  # fmt: skip
    handover.check(leads, handed, response, table, findings)
    return Funnel(
        definitions_of(by, options, as_of, leads, deals_given=deals is not None),
        table,
        tuple(findings.issues),
        handover.ending(table, response.recorded, outcome),
    )
