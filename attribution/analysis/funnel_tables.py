"""The tables of a funnel and its options, read and checked."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from attribution.analysis.response import Contacts
from attribution.arrays import clock
from attribution.arrays.clock import MISSING
from attribution.errors import Issue, issue
from attribution.intake import closings as closing_table
from attribution.intake import leads as lead_table
from attribution.intake.checks import ids, labels, times
from attribution.intake.checks.columns import missing
from attribution.intake.checks.times import TimeReader
from attribution.intake.leads import WAYS
from attribution.intake.options import checked, outcomes_of, teams_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Array, Bools
    from attribution.intake.checks.amounts import Reading
    from attribution.intake.checks.columns import Source
    from attribution.intake.checks.findings import Findings
    from attribution.intake.closings import Closings
    from attribution.intake.leads import Leads


class Options(NamedTuple):
    """What the user asked for; see :func:`funnel`."""

    handover: str | None
    sales: frozenset[str]
    teams: Mapping[str, str]
    declared: frozenset[str]
    outcomes: Mapping[str | None, str]
    currency: str | None
    reading: Reading
    maturity: int
    as_of: int | None
    tz: str
    days: tuple[str, ...]


class Tables(NamedTuple):
    """The tables as columns: ``lost``, bool, the touches without a time.

    ``deal_ids``: how many ids of deals there are.
    """

    leads: Leads
    touches: Contacts
    lost: Bools
    deals: Closings | None
    deal_ids: int


def read_options(faults: list[Issue], **given: Any) -> Options:
    """Return the options; what is wrong is added to ``faults`` (P01, P04, T05, T10)."""
    sales = given["sales"]
    sales = (sales,) if isinstance(sales, str) else sales
    if not isinstance(sales, Collection) or not sales:
        faults.append(
            issue("P04", "error", ("sales", ""), f"sales={sales!r} names no team.")
        )
        sales = ()
    chosen, rounding = given["handover"], given["reading"].rounding
    for name, value, choices in (
        ("handover", chosen, (None, "mql_at", "created_at")),
        ("rounding", rounding, (None, "half_even", "half_up")),
    ):
        if value not in choices:
            what = f"{name}={value!r} is none of {', '.join(map(repr, choices))}."
            faults.append(issue("P04", "error", (name, ""), what))
    known = len(faults)
    checked(faults, given["tz"], lambda tz, _: len(clock.zone(tz).key), "tz")
    tz = given["tz"] if len(faults) == known else "UTC"
    teams, declared = teams_of(given["teams"], faults)
    answering = frozenset(str(team).casefold() for team in sales)
    maturity = checked(faults, given["maturity"], clock.duration, "maturity")
    as_of = checked(
        faults, given["as_of"], lambda one, name: clock.instant_of(one, name, tz),
        "as_of",
    )  # fmt: skip
    outcomes = outcomes_of(given["outcomes"], faults)
    days = given["days"]
    days = (days,) if isinstance(days, str) else days
    if not isinstance(days, Collection):
        faults.append(
            issue("P04", "error", ("days", ""), f"days={days!r} names no columns.")
        )
        days = ()
    return Options(
        chosen, answering, teams, declared | answering, outcomes, given["currency"],
        given["reading"], maturity or clock.DAY, as_of, tz,
        tuple(map(str, days)),
    )  # fmt: skip


def read_tables(
    sources: Mapping[str, Source], options: Options, findings: Findings
) -> Tables:
    """Return the tables of a funnel; all that is wrong with them is raised at once.

    Raises:
        InputError: What was found so far, the options' faults too.
    """
    own, shared = _codes(sources, findings)
    clocks = TimeReader(options.tz, options.days, findings)
    leads = lead_table.read_leads(
        sources["leads"], own["leads"], shared["lead_id"], options.outcomes, clocks,
        findings,
    )  # fmt: skip
    touches, lost = _contacts(sources["touches"], own, options, clocks, findings)
    deals = None
    if "deals" in sources:
        deals = closing_table.read_closings(
            sources["deals"], own["deals"]["deal_id"], options.outcomes,
            (options.currency, options.reading), clocks, findings,
        )  # fmt: skip
    clocks.finish()
    findings.stop_if_wrong()
    return Tables(leads, touches, lost, deals, len(shared["deal_id"]))


def _codes(
    sources: Mapping[str, Source], findings: Findings
) -> tuple[dict[str, dict[str, Array]], dict[str, Array]]:
    """Return the shared codes of the id columns by table, and their labels by id."""
    if not any(all(one.has(way) for one in _linking(sources)) for way in WAYS):
        findings.error(
            "S01", ("leads", ""), "have none of the links of touches.",
            "Give both tables lead_id, contact_id, deal_id or account_id.",
        )  # fmt: skip
    found: dict[str, dict[str, Array]] = {
        name: {way: np.full(source.rows, -1, np.int32) for way in WAYS}
        for name, source in sources.items()
    }
    shared = {}
    for way in WAYS:
        holders = [name for name, source in sources.items() if source.has(way)]
        columns = [((name, way), sources[name].column(way)) for name in holders]
        own, shared[way] = ids.shared_ids(columns, findings)
        for name, codes in zip(holders, own, strict=True):
            found[name][way] = codes
    return found, shared


def _linking(sources: Mapping[str, Source]) -> tuple[Source, Source]:
    return sources["leads"], sources["touches"]


def _contacts(
    source: Source,
    own: Mapping[str, Mapping[str, Array]],
    options: Options,
    clocks: TimeReader,
    findings: Findings,
) -> tuple[Contacts, Bools]:
    """Return the touches, and which of them have no time (T01)."""
    read = clocks.read(source, "time")
    channel = labels.constant("(none)", source.rows)
    if source.has("channel") and options.teams:
        channel = labels.read_channel(source.column("channel"), findings)
    team = channel
    if source.has("team") or options.teams:
        team = labels.read_team(
            source.column("team") if source.has("team") else None,
            channel, options.teams, options.declared, findings,
        )  # fmt: skip
    else:
        missing(source, ("team",), findings)
    answers = np.array([*(one in options.sales for one in team.labels), False])
    lost = clocks.without_time(read, there=source.has("time"))
    time = times.at_noon(read, clocks.tz)
    touches = Contacts(time, read.days, own["touches"], answers[team.codes])
    return touches, lost


def instant_of(tables: Tables, asked: int | None, findings: Findings) -> int:
    """Return the instant at which the data is seen; T15 where it is the latest one."""
    if asked is not None:
        return asked
    touched = int(tables.touches.time.max(initial=MISSING))
    last = max(lead_table.latest(tables.leads), touched)
    if tables.deals is not None:
        last = max(last, closing_table.latest(tables.deals))
    as_of = max(last, 0)
    findings.add(
        "T15", "note", ("", "as_of"), f"is {clock.iso(as_of)}, the latest instant.",
        "Give as_of= to see the data as it stood at another.", count=1,
    )  # fmt: skip
    return as_of


def check_linked(
    tables: Tables, rows: Mapping[str, Array], as_of: int, findings: Findings
) -> None:
    """Add T17, I02 and J01: the touches that reach no lead, each under one reason."""
    touches, rest = tables.touches, ~tables.lost
    for own in rows.values():
        rest[own] = False
    later = rest & (touches.time > as_of)
    nameless = np.all([codes < 0 for codes in touches.ids.values()], axis=0)
    findings.add(
        "T17", "set aside", ("touches", "time"), "lies after as_of.", rows=later
    )
    findings.add(
        "I02", "set aside", ("touches", "lead_id"),
        "is missing and no other link is given.",
        "Give lead_id, contact_id, deal_id or account_id.",
        rows=rest & ~later & nameless,
    )  # fmt: skip
    findings.add(
        "J01", "set aside", ("touches", ""), "lead to no lead.",
        "People without a lead have touches too; check the ids if there are many.",
        rows=rest & ~later & ~nameless,
    )  # fmt: skip
