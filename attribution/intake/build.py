"""From two tables (and the buying committee) to journeys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from attribution.arrays import clock
from attribution.arrays.clock import MISSING
from attribution.doors.frames.ids import as_texts
from attribution.errors import nearest
from attribution.intake import deals as deal_table
from attribution.intake import eligibility, kinds
from attribution.intake import touches as touch_table
from attribution.intake.checks.columns import Source, read_sources
from attribution.intake.checks.findings import Findings
from attribution.intake.checks.ids import check_lengths, check_lookalikes
from attribution.intake.links import COLUMNS, committee_sizes, of_interest, places
from attribution.intake.options import Options, Sharing, Start, Unit, read_options
from attribution.intake.reading import read_columns, read_tables
from attribution.intake.spelling import spelled_once
from attribution.intake.stages import Seen, journeys_of
from attribution.intake.unused import rows_beside

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    from attribution.arrays.money import Rounding
    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.deals import Deals
    from attribution.intake.touches import Touches
    from attribution.journeys.journeys import Journeys

    Length = str | dt.timedelta


def build_journeys(
    touches: object,
    deals: object,
    *,
    contacts: object | None = None,
    columns: Mapping[str, Any] | None = None,
    outcomes: Mapping[str | None, str] | None = None,
    teams: Mapping[str, str] | Collection[str] | None = None,
    keep: Collection[str] = (),
    currency: str | None = None,
    decimals: int | None = None,
    rounding: Rounding | None = None,
    anchor: str = "closed",
    as_of: str | dt.date | np.datetime64 | None = None,
    tz: str = "UTC",
    days: Collection[str] = (),
    lookback: Length | Mapping[str, Length | None] | None = None,
    start: Start = "previous_won",
    sharing: Sharing = "each",
    process: Collection[str] = (),
    allow_negative: bool = False,
    links: Collection[str] | None = None,
    ids: Literal["salesforce"] | None = None,
    unit: Unit = "row",
    dedupe: Length | None = None,
    after: str | Mapping[str, str] | None = None,
    before: str | Mapping[str, str] | None = None,
    exclude: Collection[str] | Mapping[str, Collection[str]] | None = None,
) -> Journeys:
    """Return the journeys of ``deals``: each deal with the touches that count for it.

    Every row of ``touches`` is used or set aside under one reason; every deal becomes
    a journey, with or without touches. See ``journeys.issues`` for what was found.

    Args:
        touches: One row a touch: time, channel, team (or ``teams=``) and a link:
            deal_id, contact_id, lead_deal_id (the deal that the person's lead became),
            person_account_id (the person's account) or account_id; further touch_id,
            campaign, rep, cost, process (true for a process step).
        deals: One row a deal: deal_id, amount, outcome (or won), closed_at; further
            currency, account_id, created_at, milestones (lead_at, mql_at, sal_at,
            sql_at, opportunity_at; lead_last_at and so on for the last entry of a
            stage entered again) and any column to group by.
        contacts: The buying committee: deal_id, contact_id, role.
        columns: Our names → theirs, flat or per table.
        outcomes: Their outcomes → won, lost or open; None stands for all others.
        teams: Channel → team, or the names of further teams.
        keep: Further columns of touches to carry along.
        currency: The currency of deals (and costs) that name none.
        decimals: 0 to 9, instead of ISO 4217's.
        rounding: ``"half_even"`` or ``"half_up"``, where amounts have more decimals.
        anchor: ``"closed"`` or a milestone: where journeys end.
        as_of: The instant at which the data is seen; the latest one unless given.
        tz: The time zone of naive times, days and periods.
        days: Time columns that hold days.
        lookback: How far before the anchor a touch counts, for example ``"180d"``; or
            by team or channel, ``{"marketing": "180d", "webinar": "365d"}``: a channel
            beats its team, ``"*"`` stands for all others, which else have no limit.
        start: ``"previous_won"`` leaves out rows linked by person or account at or
            before the account's previous won close; ``"previous_close"`` at any close;
            ``"opportunity"`` touches before the opportunity; ``"all"`` none.
        sharing: ``"each"``: a row counts in each deal it reaches; ``"open"``: in those
            open at its time, else the next one created within 90 days.
        process: Channels that are process steps, beside the column.
        allow_negative: Whether amounts may be negative (refunds).
        links: The links that may be taken, of ``"deal"``, ``"contact"``, ``"lead"``,
            ``"person_account"`` and ``"account"``; all unless given.
        ids: ``"salesforce"`` joins ids of 15 and 18 characters on the first 15.
        unit: ``"person_day"`` or ``"account_day"`` keeps one touch a team, channel,
            campaign and person or account and day in ``tz``, the first; the same for
            every team.
        dedupe: Sets a touch aside if the one before it of the same team, channel,
            campaign and contact (else account), kept or not, is at most that much
            earlier: ``"30min"``.
        after: The milestone before which touches do not count, by team or channel as
            in ``lookback``: ``{"sales": "opportunity"}``.
        before: The milestone after which they do not count.
        exclude: Channels to leave out, or labels by column:
            ``{"team": ["partner"], "campaign": ["spring"]}``.

    Raises:
        InputError: Everything that is wrong, at once.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> journeys = at.build_journeys(touches, deals, contacts=contacts)
        >>> len(journeys) == len(deals)
        True
    """
    findings = Findings()
    options = read_options(
        findings.issues,
        outcomes=outcomes, teams=teams, keep=keep, currency=currency, decimals=decimals,
        rounding=rounding, anchor=anchor, as_of=as_of, tz=tz, days=days,
        lookback=lookback, start=start, sharing=sharing, process=process,
        allow_negative=allow_negative, links=links, ids=ids, unit=unit,
        dedupe=dedupe, after=after, before=before, exclude=exclude,
    )  # fmt: skip
    frames = {"touches": touches, "deals": deals}
    if contacts is not None:
        frames["contacts"] = contacts
    sources = read_sources(frames, columns, options.keep, findings)
    if options.ids == "salesforce":
        sources = spelled_once(sources, findings)
    return _build(sources, options, findings)


def _build(
    sources: Mapping[str, Source], options: Options, findings: Findings
) -> Journeys:
    ahead, ids = read_columns(sources, options, findings)
    deals, touches = read_tables(ahead, ids, options, findings)
    own, shared = ids.own, ids.shared
    cost = touch_table.read_cost(ahead["touches"], deals.currency, options, findings)
    touches = replace(touches, cost=cost)
    del ahead
    deals, repeated = deal_table.without_repeats(deals, findings)
    check_names(touches, options, sources["touches"], findings)
    findings.stop_if_wrong()

    latest = int(touches.time.max(initial=MISSING))
    as_of = as_of_tables(latest, deals, options, findings)
    deal_table.check_order(deals, shared["deal_id"], findings)
    deals = deal_table.seen_at(deals, as_of, findings)
    deals = deal_table.in_journey_order(deals, ids.order)
    check_ids(own, shared, findings, distinct=ids.distinct)
    committee, strays = committee_of(own, shared["deal_id"], deals, findings)
    place = places(deals, len(shared["deal_id"]))
    sizes = committee_sizes(committee, place, len(deals)) if "contacts" in own else None
    window = eligibility.windows(deals, options, as_of)
    seen = Seen(deals, window, committee, sizes, as_of, ids.names)
    journeys = journeys_of(touches, seen, shared, options, findings)
    findings.stop_if_wrong()
    found = tuple(of_interest(findings.issues))
    aside = (*journeys.aside, *rows_beside(repeated, strays))
    return replace(journeys, found=found, aside=aside)


def check_names(
    touches: Touches, options: Options, source: Source, findings: Findings
) -> None:
    """Add P11: names in options that nothing in the touches bears."""
    channels = touches.columns["channel"].labels.tolist()
    for way, column in COLUMNS.items():
        if options.restricted and way in options.links and not source.has(column):
            findings.add(
                "P11", "warning", ("touches", column),
                f"is not there, and links= names {way!r}.", count=1,
            )  # fmt: skip
    for name in ("lookback", "after", "before"):
        kinds.check_names(
            name, getattr(options, name), ("team", "channel"), touches, findings
        )
    for column, labels in options.exclude.items():
        kinds.check_names("exclude", labels, (column,), touches, findings)
    for name, given in (("process", options.process), ("teams", options.teams)):
        for channel in sorted(set(given) - set(channels)):
            findings.add(
                "P11", "warning", ("touches", "channel"),
                f"{name}= names {channel!r}, which no touch has.",
                nearest(channel, channels), count=1,
            )  # fmt: skip
    if options.teams and source.has("team"):
        findings.add(
            "P11", "note", ("touches", "team"),
            "holds each touch's team; teams= is used where it is empty.", count=1,
        )  # fmt: skip


def as_of_tables(
    latest: int, deals: Deals, options: Options, findings: Findings
) -> int:
    """Return the instant at which the tables are seen; T15 where nobody named it.

    Args:
        latest: The latest touch, MISSING where there is none.
        deals: The deals.
        options: The user's options.
        findings: Where the issues go.
    """
    if options.as_of is not None:
        return options.as_of
    as_of = max(latest, deal_table.latest(deals), 0)
    findings.add(
        "T15", "note", ("", "as_of"), f"is {clock.iso(as_of)}, the latest instant.",
        "Give as_of= to see the data as it stood at another.", count=1,
    )  # fmt: skip
    return as_of


def check_ids(
    own: Mapping[str, Mapping[str, Array]],
    shared: Mapping[str, Array],
    findings: Findings,
    *,
    distinct: bool,
) -> None:
    """Add I07 and I08: ids of text that look alike, or have two lengths.

    Args:
        own: By table and name of the id, its codes.
        shared: The labels of each id.
        findings: Where the issues go.
        distinct: Whether deal ids differ by more than case.
    """
    for name, labels in shared.items():
        if labels.dtype.kind not in "OS" or not len(labels):
            continue
        codes = {table: columns.get(name) for table, columns in own.items()}
        deals = _named(codes.get("deals"), len(labels))
        known = deals | _named(codes.get("contacts"), len(labels))
        alike = name == "deal_id" and not distinct
        if not alike and (known.all() or not known.any()):
            continue
        texts, touches = as_texts(labels), _named(codes.get("touches"), len(labels))
        if alike:
            check_lookalikes(texts, deals, touches, findings)
        check_lengths(("touches", name), texts, known, touches, findings)


def _named(codes: Array | None, count: int) -> Bools:
    """Return which labels a column of codes names, bool (count,)."""
    found = np.zeros(count + 1, np.bool_)
    if codes is not None:
        found[codes] = True
    return found[:-1]


def committee_of(
    own: Mapping[str, Mapping[str, Array]],
    labels: Array,
    deals: Deals,
    findings: Findings,
) -> tuple[tuple[Array, Array], Ints]:
    """Return the committee's deal and contact codes, and the rows of no use (J10)."""
    nothing = np.array([], np.int64)
    if "contacts" not in own:
        return (nothing, nothing), nothing
    deal, person = own["contacts"]["deal_id"], own["contacts"]["contact_id"]
    known = np.zeros(len(labels) + 1, np.bool_)
    known[deals.id] = True
    usable = known[deal] & (person >= 0)
    findings.add(
        "J10", "set aside", ("contacts", ""),
        "name no deal of the table, or no contact.",
        rows=~usable,
    )  # fmt: skip
    return (deal[usable], person[usable]), np.flatnonzero(~usable)
