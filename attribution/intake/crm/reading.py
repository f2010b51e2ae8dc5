"""A table of a system as the rows of its object: our columns, less what rules take."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.codes import texts
from attribution.doors.frames.texts import (
    READABLE,
    items,
    matching,
    text_codes,
    values_of,
)
from attribution.doors.markup import escape_text
from attribution.errors import nearest
from attribution.intake.crm import moments
from attribution.intake.crm.descriptions import (
    DELETED,
    folded,
    key,
)
from attribution.intake.crm.rows import Rows, first_of, nothing, of_labels, only
from attribution.intake.crm.rules import DELETION, folded_matching, ruled
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.doors.frames.native import Table
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import Object, System

ENTERED: Final = "entered:"
"""What our columns begin with that hold when a deal entered the stage of that name."""

INSIDE: Final = "#"
"""What parts the name of a column of JSON texts from the key that is read."""

GONE: Final = {
    "is_deleted": ("IsDeleted", "_fivetran_deleted", "archived"),
    "deleted_at": ("_sdc_deleted_at", "_ab_cdc_deleted_at"),
    "active": ("_fivetran_active",),
}
"""What says that a row is deleted; in a history, inactive rows are the past."""

LISTED: Final = r"[\[\]{};,]"
"""What a cell holds that is a list of ids."""

PADDED: Final = r"^\s|\s$"
"""What a cell holds that has spaces around it."""

WORDS: Final = frozenset(
    {
        "campaign_name", "campaign_type", "channel", "declared_source", "deal_type",
        "name", "owner_name", "reason", "role", "source", "subtype", "type", "campaign",
        "rep", "team", "currency",
    }
)  # fmt: skip
"""Our columns of labels, in which a word may stand for nothing."""


def read_rows(
    table: Table,
    own: Object,
    system: System,
    switched: Mapping[str, bool],
    findings: Findings,
) -> Rows:
    """Return the rows of an object that no rule takes; what a rule took is told.

    Args:
        table: The table of the object.
        own: The object.
        system: The system it is of.
        switched: Rule → whether it is on; those not named are.
        findings: Where it goes what is wrong: S01, S08, I06; each rule's count.
    """
    names = _names(table.columns, own, system)
    _check_needed(names, table, own, findings)
    compared, passed = _ways(names, own, system)
    table = table.read_ahead(compared, passed)
    columns = {
        ours: first_of([_text(table, one, ours, own, system, findings) for one in some])
        for ours, some in names.items()
        if some
    }
    rows = Rows(own, columns, np.arange(table.rows), table.rows, {})
    if switched.get(DELETED, True):
        rows = ruled(rows, DELETION, findings)
    if rows.has(own.created):
        bulk = moments.one_day(rows.column(own.created), system.clock)
        rows = replace(rows, bulk=bulk)
    for rule in own.rules:
        if switched.get(rule.name, True):
            rows = ruled(rows, rule, findings)
    return rows


def columns_read(
    labels: Sequence[str], name: str, system: System
) -> tuple[set[str], set[str]]:
    """Return of a table's columns those whose cells are compared, and passed on.

    Args:
        labels: The names of its columns.
        name: The object whose table it is.
        system: The system.
    """
    compared, passed = set[str](), set[str]()
    for own in system.objects:
        if (own.table or own.name) == name:
            names = _names(labels, own, system)
            first, second = _ways(names, own, system)
            theirs = (one for some in names.values() for one in some if INSIDE in one)
            compared |= {*first, *(one.partition(INSIDE)[0] for one in theirs)}
            passed |= {*second}
    return compared, passed


def _names(labels: Sequence[str], own: Object, system: System) -> dict[str, list[str]]:
    """Return ours → theirs, those of them that are among the labels of a table."""
    prefixes = "|".join(map(re.escape, system.prefixes)) or "(?!)"
    present: dict[str, str] = {}
    for name in labels:
        present.setdefault(key(re.sub(f"^(?:{prefixes})", "", name)), name)
    wanted = {**own.columns, **GONE}
    if own.part == "history":
        wanted.pop("active")
    found = {
        ours: [where for one in some if (where := _present(one, present))]
        for ours, some in wanted.items()
    }
    for before in map(key, own.entered):
        stages = {one: name for one, name in present.items() if one.startswith(before)}
        for one, name in stages.items():
            found.setdefault(f"{ENTERED}{one.removeprefix(before)}", []).append(name)
    return found


def _passed_on(ours: str, own: Object, system: System) -> bool:
    """Return whether the cells of our column mostly differ, or only name other rows.

    Such cells are not compared, where they are of one width.
    """
    if ours in own.lists or ours in own.words or (system.void and ours in own.ids):
        return False
    ids = own.ids if own.part == "touches" else ()
    return ours in {"id", own.created, *own.times, *ids}


def _ways(
    names: Mapping[str, list[str]], own: Object, system: System
) -> tuple[list[str], list[str]]:
    """Return theirs of the columns whose cells are compared, and of those passed on."""
    found: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for ours, theirs in names.items():
        plain = (one for one in theirs if INSIDE not in one)
        found[_passed_on(ours, own, system)].update(dict.fromkeys(plain))
    return list(found[False]), [one for one in found[True] if one not in found[False]]


def _present(name: str, present: Mapping[str, str]) -> str:
    """Return theirs as the table has it, with the key of JSON texts that is asked."""
    column, mark, inside = name.partition(INSIDE)
    found = present.get(key(column))
    return f"{found}{mark}{inside}" if found else ""


def _check_needed(
    names: Mapping[str, list[str]], table: Table, own: Object, findings: Findings
) -> None:
    for choice in own.needed:
        ours = choice.split("|")
        if not any(names.get(one) for one in ours):
            theirs = [own.columns[one][0] for one in ours]
            what = "is a needed column and missing."
            guess = nearest(theirs[0], table.columns) or "Export it too."
            findings.error("S01", (own.name, " or ".join(theirs)), what, guess)


def _text(
    table: Table,
    name: str,
    ours: str,
    own: Object,
    system: System,
    findings: Findings,
) -> Labelled:
    """Return a column of theirs as texts: ids in their one form, no words for none."""
    theirs, _, inside = name.partition(INSIDE)
    where = (own.name, theirs)
    wide = None
    if not inside and _passed_on(ours, own, system):
        wide = table.fixed(theirs)
    found = Labelled(*wide) if wide else _as_text(table, where, ours, own, findings)
    if inside:
        found = of_labels(found, values_of(found.labels, inside))
    if system.void:
        kept = [label not in system.void for label in texts(found.labels)]
        found = only(found, np.array(kept, np.bool_))
    if ours in own.lists:
        return _first_items(found, where, findings)
    if ours in WORDS:
        found = only(found, ~folded_matching(found.labels, system.missing))
    if ours in own.words:
        return _renamed(found, own.words[ours], where, findings)
    return found


def _as_text(
    table: Table, where: tuple[str, str], ours: str, own: Object, findings: Findings
) -> Labelled:
    """Return a column of any kind as texts; S08, I06 are added where it cannot be."""
    column = table.column(where[1])
    if column.kind == "nested" and ours in (*own.lists, "contact_list"):
        column = table.listed(where[1])
    if column.kind not in READABLE:
        rows = np.array([max(column.row, 0)])
        what = f"holds {column.detail or column.kind} values, which are not read."
        findings.error("S08", where, what, "Give text or numbers.", rows=rows)
        return nothing(table.rows)
    if column.kind == "float" and ours in own.ids:
        what = "holds ids as floats, read as whole numbers."
        remedy = "Read the table with every column as text."
        findings.add("I06", "warning", where, what, remedy, rows=~column.missing)
    return Labelled(*text_codes(column))


def _renamed(
    found: Labelled,
    words: Mapping[str, str],
    where: tuple[str, str],
    findings: Findings,
) -> Labelled:
    """Return labels in the words that are given for theirs; others are told (C08)."""
    given = [words.get(folded(label)) for label in found.labels]
    unknown = np.fromiter((one is None for one in given), np.bool_, len(given))
    rows = np.append(unknown, False)[found.codes]
    names = sorted(set(found.labels[np.unique(found.codes[rows])].tolist()))
    findings.add(
        "C08", "note", where,
        f"holds words that are not mapped: {', '.join(map(escape_text, names[:9]))}"
        f"{', …' if names[9:] else ''}.", "They stay as they are.", rows=rows,
    )  # fmt: skip
    labels = [own or old for own, old in zip(given, found.labels, strict=True)]
    return Labelled(found.codes, np.array(labels, object))


def _first_items(
    found: Labelled, where: tuple[str, str], findings: Findings
) -> Labelled:
    """Return the first id of each cell; those that hold several are told (C06)."""
    listed, padded = (
        np.flatnonzero(matching(found.labels, one)) for one in (LISTED, PADDED)
    )
    if not listed.size and not padded.size:
        return found
    labels = found.labels.astype(object)
    labels[padded] = [one.strip() for one in labels[padded]]
    place, item = items(labels[listed])
    _, first, count = np.unique(place, return_index=True, return_counts=True)
    labels[listed] = None
    labels[listed[place[first]]] = item[first]
    several = np.zeros(len(labels) + 1, np.bool_)
    several[listed[place[first[count > 1]]]] = True
    findings.add(
        "C06", "note", where, "holds several ids: the first is taken.",
        rows=several[found.codes],
    )  # fmt: skip
    return of_labels(found, labels)
