"""The rows of one object as columns of texts, and operations on such columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from attribution.arrays import ragged
from attribution.arrays.codes import texts as as_text
from attribution.arrays.codes import used
from attribution.doors.frames.wide import found_in, one_coding
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.crm.descriptions import Object


@dataclass(frozen=True)
class Rows:
    """The rows of an object that are still there, as columns by our names.

    ``position``: int64, where each stands in its table; ``count``: how many the table
    has; ``aside``: rule → how many rows it took, in the order in which they were asked;
    ``bulk``: nearly all of its rows were created on one day.
    """

    object: Object
    columns: Mapping[str, Labelled]
    position: Ints
    count: int
    aside: Mapping[str, int]
    bulk: bool = False

    def __len__(self) -> int:
        """Return how many rows are still there."""
        return len(self.position)

    def has(self, name: str) -> bool:
        """Return whether the table has our column."""
        return name in self.columns

    def column(self, name: str) -> Labelled:
        """Return our column, an empty one where the table has none."""
        return self.columns.get(name) or nothing(len(self))

    def take(self, chosen: Array) -> Rows:
        """Return these of the rows."""
        codes = {id(one.codes): one.codes for one in self.columns.values()}
        taken = {key: ragged.take(one, chosen) for key, one in codes.items()}
        columns = {
            name: Labelled(taken[id(one.codes)], one.labels)
            for name, one in self.columns.items()
        }
        return replace(self, columns=columns, position=self.position[chosen])

    def with_columns(self, columns: Mapping[str, Labelled]) -> Rows:
        """Return the rows with these columns in place of, or beside, theirs."""
        return replace(self, columns={**self.columns, **columns})

    def without(self, taken: Bools, rule: str) -> Rows:
        """Return the rows that a rule does not take, its count noted."""
        aside = {**self.aside, rule: int(taken.sum())}
        left = self.take(np.flatnonzero(~taken)) if taken.any() else self
        return replace(left, aside=aside)


def nothing(rows: int) -> Labelled:
    """Return a column of missing cells; it takes no memory."""
    codes = np.broadcast_to(np.int32(-1), rows)
    return Labelled(codes, np.array([], object))


def constant(label: object, rows: int) -> Labelled:
    """Return a column of one label; it takes no memory."""
    codes = np.broadcast_to(np.int32(0), rows)
    return Labelled(codes, np.array([label], object))


def of_labels(found: Labelled, labels: Array) -> Labelled:
    """Return a column with other labels in place of its own, None for missing."""
    gone = np.fromiter((label is None for label in labels), np.bool_, len(labels))
    codes = np.where(np.append(gone, False)[found.codes], -1, found.codes)
    return Labelled(codes.astype(np.int32), np.where(gone, "", labels))


def only(found: Labelled, kept: Bools) -> Labelled:
    """Return a column with the labels that are not ``kept`` (labels,) missing."""
    if kept.all():
        return found
    if not kept.any():
        return nothing(len(found.codes))
    codes = np.where(np.append(kept, False)[found.codes], found.codes, -1)
    return Labelled(codes.astype(np.int32), found.labels)


def first_of(columns: Sequence[Labelled]) -> Labelled:
    """Return, row by row, the first of the columns that has a cell there.

    Example:
        >>> a = Labelled(np.array([0, -1]), np.array(["x"], object))
        >>> b = Labelled(np.array([0, 0]), np.array(["y"], object))
        >>> texts(first_of([a, b])).tolist()
        ['x', 'y']
    """
    filled = [one for one in columns if len(one.labels)] or columns[:1]
    found = filled[0]
    for other in filled[1:]:
        absent = found.codes < 0
        if not absent.any():
            continue
        if absent.all():
            found = other
            continue
        moved = np.where(other.codes < 0, -1, other.codes + len(found.labels))
        codes = np.where(absent, moved, found.codes).astype(np.int32)
        found = Labelled(codes, _together([found.labels, other.labels]))
    return found


def stacked(columns: Iterable[Labelled]) -> Labelled:
    """Return columns one below another."""
    parts = list(columns)
    filled = [one for one in parts if len(one.codes)]
    if len(filled) == 1:
        return filled[0]
    starts = np.cumsum([0, *(len(one.labels) for one in parts)])
    codes = [
        np.where(one.codes < 0, -1, one.codes + start)
        for one, start in zip(parts, starts, strict=False)
    ]
    empty = np.array([], np.int32)
    labels = _together([one.labels for one in parts])
    return Labelled(np.concatenate([empty, *codes]).astype(np.int32), labels)


def _together(labels: Sequence[Array]) -> Array:
    """Return labels one after another; bytes stay bytes if all are of one width."""
    some = [one for one in labels if len(one)] or [np.array([], object)]
    if len({one.dtype for one in some}) > 1:
        some = [as_text(one) for one in some]
    return np.concatenate(some) if len(some) > 1 else some[0]


def texts(found: Labelled) -> Array:
    """Return a column as an object array, None where missing."""
    return np.append(as_text(found.labels), np.array([None], object))[found.codes]


def shared(columns: Sequence[Labelled]) -> tuple[list[Array], int]:
    """Return the codes of columns over the labels that they share, and their number."""
    own, count = one_coding([one.labels for one in columns])
    codes = [
        np.append(part, -1)[one.codes] for part, one in zip(own, columns, strict=True)
    ]
    return codes, count


def places(keys: Labelled, table: Labelled) -> Ints:
    """Return for each row of ``keys`` the first row of ``table`` of that label, or -1.

    Example:
        >>> a = Labelled(np.array([0, 1]), np.array(["x", "z"], object))
        >>> b = Labelled(np.array([0, 0]), np.array(["x"], object))
        >>> places(a, b).tolist()
        [0, -1]
    """
    if not len(table.labels) or not (keys.codes >= 0).any():
        return np.full(len(keys.codes), -1, np.int64)
    first = np.full(len(table.labels) + 1, -1, np.int64)
    there = np.flatnonzero(table.codes >= 0)[::-1]
    first[found_in(table.labels, table.labels)[table.codes[there]]] = there
    own: Ints = first[np.append(found_in(keys.labels, table.labels), -1)[keys.codes]]
    return own


def at_places(found: Labelled, place: Ints) -> Labelled:
    """Return the cells at ``place``, missing where it is -1."""
    codes = np.append(found.codes, np.int32(-1))[place]
    return Labelled(codes.astype(np.int32), found.labels)


def among(keys: Labelled, table: Labelled) -> Bools:
    """Return which rows of ``keys`` have a label that ``table`` has too."""
    _, labels = used(table.codes, table.labels)
    if not len(labels) or not (keys.codes >= 0).any():
        return np.zeros(len(keys.codes), np.bool_)
    return np.append(found_in(keys.labels, labels) >= 0, False)[keys.codes]
