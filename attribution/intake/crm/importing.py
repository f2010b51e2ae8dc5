"""From the tables of a system to touches, deals, contacts, leads and issues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.doors.frames.texts import text_frame
from attribution.doors.markup import escape_text
from attribution.errors import nearest, refuse
from attribution.intake.checks.findings import Findings
from attribution.intake.crm import moments
from attribution.intake.crm.deals import read_deals
from attribution.intake.crm.descriptions import Object
from attribution.intake.crm.imported import Count, Imported
from attribution.intake.crm.joining import joined
from attribution.intake.crm.leads import read_leads
from attribution.intake.crm.milestones import read_milestones
from attribution.intake.crm.people import Export
from attribution.intake.crm.reading import read_rows
from attribution.intake.crm.rows import Rows
from attribution.intake.crm.sources import GIVE, find_tables
from attribution.intake.crm.touches import counted_ways, read_touches
from attribution.journeys.tables import issue_table

if TYPE_CHECKING:
    from attribution.intake.crm.descriptions import System
    from attribution.journeys.words import Labelled

ORDER: Final = (
    "deal_id", "amount", "currency", "outcome", "closed_at", "account_id", "created_at",
    "lead_at", "mql_at", "sal_at", "sql_at", "opportunity_at", "amount_at_opportunity",
    "declared_source", "deal_type", "owner", "stage",
)  # fmt: skip
NO_DEALS: Final = Object("no deals", "deals", table="none")
"""What stands for the deals where a mapping reads none."""

ALWAYS: Final = frozenset({"deal_id", "amount", "outcome", "closed_at", "account_id"})


def import_tables(
    source: object,
    system: System,
    others: tuple[System, ...],
    rules: Mapping[str, bool] | None,
) -> Imported:
    """Return what the tables of a system hold.

    Args:
        source: A folder or a dict of frames by object.
        system: What the objects are.
        others: The systems that it may be instead.
        rules: Rule → whether it is on, for those that are not as they are by default.

    Raises:
        InputError: P03 an unknown rule; whatever is wrong with the tables, at once.
    """
    switched = check_rules(rules, system)
    findings = Findings()
    tables, files = find_tables(source, system, others, findings)
    read: dict[str, Rows] = {}
    for own in system.objects:
        table = tables.get(own.table or own.name)
        if table is not None:
            read[own.name] = read_rows(table, own, system, switched, findings)
    if not read:
        names = ", ".join(escape_text(own.name) for own in system.objects)
        raise refuse("C02", f"none of {names} is there.", GIVE, where="source")
    tables.clear()  # the memory of the files' texts, of which no more is read
    findings.stop_if_wrong()
    if not any(own.part == "deals" for own in (one.object for one in read.values())):
        read[NO_DEALS.name] = Rows(NO_DEALS, {}, np.arange(0), 0, {})
    export = joined(Export(read), system, findings)
    return _imported(export, system, switched, files, findings)


def check_rules(rules: Mapping[str, bool] | None, system: System) -> dict[str, bool]:
    """Return the rules that are switched.

    Raises:
        InputError: P03 an unknown rule, with the nearest name; P04 no mapping of names
            to booleans.
    """
    if rules is None:
        return {}
    shape = 'Give {"task.closed": False}, or None.'
    if not isinstance(rules, Mapping):
        raise refuse("P04", f"rules is a {type(rules).__name__}.", shape, where="rules")
    known = system.rule_names()
    for name, on in rules.items():
        if name not in known:
            remedy = nearest(str(name), known) or f"The rules are {', '.join(known)}."
            raise refuse("P03", f"there is no rule {name!r}.", remedy, where="rules")
        if not isinstance(on, bool | np.bool_):
            what = f"rule {name} is neither True nor False."
            raise refuse("P04", what, shape, where="rules")
    return {name: bool(on) for name, on in rules.items()}


def _imported(
    export: Export,
    system: System,
    switched: Mapping[str, bool],
    files: Mapping[str, str],
    findings: Findings,
) -> Imported:
    touches, kept = read_touches(export, system, switched, findings)
    _tell_lacking(export, touches, system, findings)
    leads, lead_times = read_leads(export, system, findings)
    deals, times = read_deals(export, system, findings)
    stages, at_opportunity = read_milestones(
        export, deals, times["created_at"], lead_times, system, switched, findings
    )
    findings.stop_if_wrong()
    written = {name: moments.written(one) for name, one in (times | stages).items()}
    deals |= {**written, "amount_at_opportunity": at_opportunity}
    contacts = {
        name: export.column("roles", name) for name in ("deal_id", "contact_id", "role")
    }
    return Imported(
        text_frame(touches),
        text_frame(_known(deals)),
        text_frame(contacts),
        text_frame(leads),
        issue_table(findings.issues),
        system.title,
        tuple(
            _count(rows, kept.get(name, rows))
            for name, rows in export.rows.items()
            if not rows.object.table
        ),
        counted_ways(touches, export),
        files,
    )


def _tell_lacking(
    export: Export,
    touches: Mapping[str, Labelled],
    system: System,
    findings: Findings,
) -> None:
    """Say which optional objects are not there, and for how many touches it counts.

    One history of stages stands for another.
    """
    replaced = "history" if export.of("history") else ""
    for own in system.objects:
        if own.lacking and own.name not in export.rows and own.part != replaced:
            concerned = touches[own.serves].codes >= 0 if own.serves else np.zeros(0)
            findings.add(
                "C02", "note", (own.name, ""),
                f"is not there: for want of it {own.lacking}.", "Export it too.",
                count=int(concerned.sum()),
            )  # fmt: skip


def _known(deals: Mapping[str, Labelled]) -> dict[str, Labelled]:
    """Return the columns that at least one deal has, and those that are needed."""
    return {
        name: deals[name]
        for name in ORDER
        if name in deals and (name in ALWAYS or (deals[name].codes >= 0).any())
    }


def _count(before: Rows, after: Rows) -> Count:
    own = before.object
    return Count(own.name, own.part, before.count, len(after), after.aside)
