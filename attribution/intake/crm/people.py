"""Who stands behind a touch and a deal: contacts, leads, owners, roles, campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attribution.doors.frames.columns import factorized
from attribution.doors.frames.wide import beginning
from attribution.intake.crm.rows import (
    Rows,
    at_places,
    first_of,
    nothing,
    of_labels,
    only,
    places,
    stacked,
)
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.intake.crm.descriptions import Part


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
    name, first, last = export.found(
        owner, "owners", "owner_id", ["name", "first", "last"]
    )
    return first_of([name, _whole(first, last), rows.column("owner_name"), owner])


def _whole(first: Labelled, last: Labelled) -> Labelled:
    """Return first and last names as one, either of them where one is missing."""
    if not len(first.labels) and not len(last.labels):
        return last
    size = len(last.labels) + 1
    pair, kinds = factorized((first.codes.astype(np.int64) + 1) * size + last.codes + 1)
    firsts = np.append("", first.labels)[kinds // size]
    lasts = np.append("", last.labels)[kinds % size]
    whole = [
        f"{one} {two}".strip() or None for one, two in zip(firsts, lasts, strict=True)
    ]
    return of_labels(Labelled(pair, np.array(whole, object)), np.array(whole, object))


def split_ids(rows: Rows) -> Rows:
    """Return rows whose ids of several objects stand in the column of their own."""
    found: dict[str, Labelled] = {}
    for name, ways in rows.object.split.items():
        column = rows.column(name)
        for prefix, ours in ways.items():
            part = only(column, beginning(column.labels, prefix))
            found[ours] = first_of([*filter(None, [found.get(ours)]), part])
    return rows.with_columns(
        {ours: first_of([own, rows.column(ours)]) for ours, own in found.items()}
    )
