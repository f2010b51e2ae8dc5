"""Who stands behind a touch and a deal: contacts, leads, owners, roles, campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.intake.crm.rows import (
    Rows,
    at_places,
    first_of,
    nothing,
    only,
    places,
    shared,
    stacked,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import Part
    from attribution.journeys.words import Labelled


KEYS: Final = {"touches": "id", "deals": "deal_id", "people": "contact_id"}
"""Our columns by which tables of links name the rows of a part."""


@dataclass(frozen=True)
class Export:
    """The rows of every object that was given, by the object's name."""

    rows: Mapping[str, Rows]

    def of(self, part: Part) -> tuple[Rows, ...]:
        """Return the rows of the objects of a part, in the system's order."""
        return tuple(one for one in self.rows.values() if one.object.part == part)

    def column(self, part: Part, name: str) -> Labelled:
        """Return our column of all objects of a part, one below another."""
        return stacked(one.column(name) for one in self.of(part))

    def found(
        self, keys: Labelled, part: Part, name: str, values: Sequence[str]
    ) -> tuple[Labelled, ...]:
        """Return what the rows of a part say of ``keys``, which are in column name."""
        if not self.of(part):
            return tuple(nothing(len(keys.codes)) for _ in values)
        place = places(keys, self.column(part, name))
        return tuple(at_places(self.column(part, one), place) for one in values)


def owner_names(export: Export, rows: Rows) -> Labelled:
    """Return the name of each row's owner, its id where no name is known."""
    owner = rows.column("owner_id")
    (name,) = export.found(owner, "owners", "owner_id", ["name"])
    return first_of([name, rows.column("owner_name"), owner])


def with_links(export: Export, findings: Findings) -> Export:
    """Return the export with the ids that tables of links hold in their rows' columns.

    Of several links of a row the first stands; the others are told (C06).
    """
    found = dict(export.rows)
    for link in export.of("links"):
        for name, rows in export.rows.items():
            if rows.object.part == link.object.joins:
                found[name] = _linked(found[name], link, findings)
    return Export(found)


def _linked(rows: Rows, link: Rows, findings: Findings) -> Rows:
    (target,) = (one for one in link.object.columns if one not in {"from", "kind"})
    own = link.column("from")
    place = places(rows.column(KEYS[rows.object.part]), own)
    (code, other), _ = shared([own, link.column(target)])
    pairs = np.unique(
        np.column_stack([code, other])[(code >= 0) & (other >= 0)], axis=0
    )
    several = np.bincount(pairs[:, 0], minlength=1) > 1
    reached = place[place >= 0]
    more = np.append(several, [False])[np.minimum(code[reached], len(several))]
    if more.any():
        findings.add(
            "C06", "note", (rows.object.name, ""),
            f"has rows with several links in {link.object.name}: the first is taken.",
            count=int(more.sum()),
        )  # fmt: skip
    linked = first_of([rows.column(target), at_places(link.column(target), place)])
    return rows.with_columns({target: linked})


def split_ids(rows: Rows) -> Rows:
    """Return rows whose ids of several objects stand in the column of their own."""
    found: dict[str, Labelled] = {}
    for name, ways in rows.object.split.items():
        column = rows.column(name)
        for prefix, ours in ways.items():
            own = np.fromiter(
                (one.startswith(prefix) for one in column.labels),
                np.bool_,
                len(column.labels),
            )
            part = only(column, own)
            found[ours] = first_of([*filter(None, [found.get(ours)]), part])
    return rows.with_columns(
        {ours: first_of([own, rows.column(ours)]) for ours, own in found.items()}
    )
