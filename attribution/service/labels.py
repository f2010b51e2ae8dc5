"""The labels of touches as columns, and the order of touches of one instant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.journeys.words import NONE, TOUCH_LABELS, Labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.service.schema import SplitTouch

FIELDS: Final = {name: name for name in TOUCH_LABELS} | {"contact": "contact_id"}
"""The field of a touch that holds each column's label."""

READ: Final = {name: attrgetter(field) for name, field in FIELDS.items()}


class Columns(Mapping[str, Labelled]):
    """The label columns of touches; each is made when it is first asked for."""

    def __init__(self, touches: Sequence[SplitTouch]) -> None:
        """Hold the touches, in journey order."""
        self._touches = touches
        self._made: dict[str, Labelled] = {}

    def __getitem__(self, name: str) -> Labelled:
        """Return the codes of a column and its labels, in label order."""
        if name not in self._made:
            self._made[name] = _labelled(self._touches, name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a column."""
        return name in FIELDS

    def __iter__(self) -> Iterator[str]:
        """Give the names of the columns."""
        return iter(FIELDS)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(FIELDS)


def _labelled(touches: Sequence[SplitTouch], name: str) -> Labelled:
    if name == "link":
        count = len(touches)
        return Labelled(np.zeros(count, np.int32), np.array(["deal"][:count], object))
    given = list(map(READ[name], touches))
    formed = {label: label_of(label, name) for label in set(given)}
    known = sorted(set(formed.values()))  # code points stand in the order of UTF-8
    code = {label: place for place, label in enumerate(known)}
    place = {label: code[form] for label, form in formed.items()}
    found = np.array([place[label] for label in given], np.int32)
    return Labelled(found, np.array(known, object))


def label_of(label: str | None, name: str = "") -> str:
    """Return a label as it is compared: in Unicode NFC, a team without case.

    Example:
        >>> label_of("Sales", "team"), label_of(None, "rep")
        ('sales', '(none)')
    """
    if label is None:
        return NONE
    form = label if label.isascii() else unicodedata.normalize("NFC", label)
    return form.casefold() if name == "team" else form


def tie_key(touch: SplitTouch) -> tuple[object, ...]:
    """Return what orders touches of one instant: absent ids last, labels, step, cost.

    Text by code points, which is the order of its UTF-8 bytes.
    """
    name = touch.touch_id
    absent = name is None
    return (
        absent, 0 if absent else name, label_of(touch.team, "team"),
        *map(label_of, (touch.channel, touch.campaign, touch.rep, touch.contact_id)),
        touch.process, touch.cost_minor or 0,
    )  # fmt: skip


def twins(touches: Sequence[SplitTouch]) -> dict[str, int]:
    """Return the columns in which labels differ by Unicode form only, and how many."""
    given = {
        label
        for one in touches
        for label in (one.team, one.channel, one.campaign, one.rep, one.contact_id)
        if label is not None
    }
    if "".join(given).isascii():
        return {}
    found = {}
    for name in TOUCH_LABELS[:-1]:
        labels = set(filter(None, map(READ[name], touches)))
        many = len(labels) - len({unicodedata.normalize("NFC", one) for one in labels})
        if many:
            found[name] = many
    return found
