"""What tables say of each other's rows: links, mails, people that were merged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.codes import label_order
from attribution.doors.frames.texts import items
from attribution.intake.crm.ids import has_short
from attribution.intake.crm.people import Export
from attribution.intake.crm.reading import ENTERED
from attribution.intake.crm.rows import (
    Rows,
    at_places,
    constant,
    first_of,
    places,
    shared,
    stacked,
)
from attribution.intake.crm.rules import set_aside
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import Object, Part, System

    Made = Callable[[Export, tuple[Object, ...]], list[Rows]]

KEYS: Final = {"touches": "id", "deals": "deal_id", "people": "contact_id"}
"""Our columns by which tables of links name the rows of a part."""

UNKEYED: Final = "no key"
"""The reason of contact roles that name no deal or no contact; no rule."""


def joined(export: Export, system: System, findings: Findings) -> Export:
    """Return the export with what its tables say of each other's rows.

    Ids of 15 and 18 characters get one form; links of other tables fill ids that are
    missing; contacts and stages that stand in the rows of deals become rows of their
    own; persons that were merged are one; a mail address becomes the contact that it is
    of; a lead without a deal gets the first of its contact.
    """
    export = _with_links(_one_form(export, system), findings)
    ways: tuple[tuple[Part, Made], ...]
    ways = (("roles", _listed_roles), ("history", _entered_stages))
    for part, made in ways:
        if not export.of(part):
            found = made(export, system.of(part))
            export = Export({**export.rows, **{one.object.name: one for one in found}})
    export = _keyed(_one_person(export), findings)
    return _lead_deals(_by_mail(export))


def _one_form(export: Export, system: System) -> Export:
    """Return the export with ids in one form, if some are of the short one."""
    columns = [
        rows.columns[name]
        for rows in export.rows.values()
        for name in rows.object.ids & rows.columns.keys()
    ]
    if system.canonical is None or not any(has_short(one.labels) for one in columns):
        return export
    found = {}
    for key, rows in export.rows.items():
        own = {
            name: rows.columns[name] for name in rows.object.ids & rows.columns.keys()
        }
        found[key] = rows.with_columns(
            {
                name: Labelled(one.codes, system.canonical(one.labels))
                for name, one in own.items()
            }
        )
    return Export(found)


def _with_links(export: Export, findings: Findings) -> Export:
    found = dict(export.rows)
    for link in export.of("links"):
        for name in link.object.joins:
            if name in found:
                found[name] = _linked(found[name], link, findings)
    return Export(found)


def _linked(rows: Rows, link: Rows, findings: Findings) -> Rows:
    """Return rows with the ids of a table of links; of several the smallest stands."""
    (target,) = (one for one in link.object.columns if one != "from")
    own, other_ids = _by_id(link.column("from"), link.column(target))
    place = places(rows.column(KEYS[rows.object.part]), own)
    (code, other), _ = shared([own, other_ids])
    pairs = np.unique(np.stack([code, other])[:, (code >= 0) & (other >= 0)], axis=1)
    several = np.append(np.bincount(pairs[0], minlength=len(code)) > 1, [False])
    more = several[np.append(code, -1)[place]] & (place >= 0)
    findings.add(
        "C06", "note", (rows.object.name, ""),
        f"has rows with several links in {link.object.name}: the smallest id is taken.",
        rows=rows.position[more],
    )  # fmt: skip
    linked = first_of([rows.column(target), at_places(other_ids, place)])
    return rows.with_columns({target: linked})


def _by_id(keys: Labelled, ids: Labelled) -> tuple[Labelled, Labelled]:
    """Return both columns in the order of ``ids``, whatever the order of the rows."""
    rank = np.empty(len(ids.labels) + 1, np.int64)
    rank[label_order(ids.labels)] = np.arange(len(ids.labels))
    rank[-1] = len(ids.labels)
    order = np.argsort(rank[ids.codes], kind="stable")
    return keys.take(order), ids.take(order)


def _made(own: Object, columns: dict[str, Labelled]) -> Rows:
    """Return rows that no table holds: none came in, so none are counted."""
    count = len(next(iter(columns.values())).codes)
    return Rows(replace(own, table=own.name), columns, np.arange(count), 0, {})


def _listed_roles(export: Export, objects: tuple[Object, ...]) -> list[Rows]:
    """Return the contacts that stand as a list in the rows of deals, as roles."""
    found = []
    for deals in export.of("deals"):
        if deals.has("contact_list"):
            lists = deals.column("contact_list")
            place, item = items(lists.labels)
            order = np.argsort(lists.codes, kind="stable")
            first = np.searchsorted(lists.codes[order], np.arange(len(lists.labels)))
            sizes = np.bincount(lists.codes[lists.codes >= 0], minlength=len(first))
            own = np.repeat(np.arange(len(item)), sizes[place])
            step = np.arange(len(own)) - np.repeat(
                np.cumsum(sizes[place]) - sizes[place], sizes[place]
            )
            row = order[first[place[own]] + step]
            columns = {
                "deal_id": deals.column("deal_id").take(row),
                "contact_id": Labelled(own.astype(np.int32), item),
            }
            found.append(_made(objects[0], columns))
    return found


def _entered_stages(export: Export, objects: tuple[Object, ...]) -> list[Rows]:
    """Return the stages that stand as columns in the rows of deals, as a history."""
    parts: list[dict[str, Labelled]] = []
    for deals in export.of("deals"):
        for name in (one for one in deals.columns if one.startswith(ENTERED)):
            time = deals.column(name)
            there = np.flatnonzero(time.codes >= 0)
            parts.append(
                {
                    "deal_id": deals.column("deal_id").take(there),
                    "stage": constant(name.removeprefix(ENTERED), len(there)),
                    "entered": time.take(there),
                }
            )
    if not parts:
        return []
    columns = {name: stacked(one[name] for one in parts) for name in parts[0]}
    return [_made(objects[0], columns)]


def _one_person(export: Export) -> Export:
    """Return the export with the ids of merged contacts as that of the one kept."""
    old, kept = [], []
    for people in export.of("people"):
        if people.has("merged"):
            merged = people.column("merged")
            place, item = items(merged.labels)
            row = np.full(len(merged.labels) + 1, -1, np.int64)
            row[merged.codes[::-1]] = np.arange(len(people))[::-1]
            old.append(Labelled(np.arange(len(item), dtype=np.int32), item))
            kept.append(people.column("contact_id").take(row[place]))
    if not old:
        return export
    before, after = stacked(old), stacked(kept)

    def one(rows: Rows) -> Rows:
        own = rows.column("contact_id")
        now = at_places(after, places(own, before))
        return rows.with_columns({"contact_id": first_of([now, own])})

    parts: tuple[Part, ...] = ("touches", "roles")
    changed = {
        rows.object.name: one(rows) for part in parts for rows in export.of(part)
    }
    return Export({**export.rows, **changed})


def _keyed(export: Export, findings: Findings) -> Export:
    """Return the export without contact roles that name no deal or no contact."""
    found = dict(export.rows)
    for rows in export.of("roles"):
        lost = rows.column("deal_id").codes < 0
        lost |= rows.column("contact_id").codes < 0
        what = "names no deal or no contact"
        found[rows.object.name] = set_aside(rows, lost, UNKEYED, what, findings)
    return Export(found)


def _by_mail(export: Export) -> Export:
    """Return the export with the contacts of mail addresses, which go no further."""
    found = dict(export.rows)
    known = _lower(export.column("people", "email"))
    people = export.column("people", "contact_id")
    for rows in export.of("touches"):
        if rows.has("email"):
            place = places(_lower(rows.column("email")), known)
            contact = first_of([rows.column("contact_id"), at_places(people, place)])
            found[rows.object.name] = rows.with_columns({"contact_id": contact})
    return Export(found)


def _lower(found: Labelled) -> Labelled:
    labels = np.array([one.strip().lower() for one in found.labels], object)
    return Labelled(found.codes, labels)


def _lead_deals(export: Export) -> Export:
    """Return the export with each lead's deal: its own, else its contact's, by id."""
    found = dict(export.rows)
    for rows in export.of("leads"):
        if "deal_id" not in rows.object.columns and export.of("roles"):
            people, deals = _by_id(
                export.column("roles", "contact_id"), export.column("roles", "deal_id")
            )
            deal = at_places(deals, places(rows.column("contact_id"), people))
            found[rows.object.name] = rows.with_columns({"deal_id": deal})
    return Export(found)
