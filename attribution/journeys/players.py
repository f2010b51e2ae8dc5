"""The players that learned models reason about: labels of touches, joined by levels.

A player is a label of one column, or of several levels (team, channel) joined; as a
key it is its labels' text, in which the characters that keys are joined by are escaped.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import codes
from attribution.errors import nearest, refuse

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Labelled

LEVEL: Final = "\x1f"
"""Stands between the levels of a player in a key."""

PLAYER: Final = "\x1e"
"""Stands between players in a key."""

ESCAPE: Final = "\x1a"
"""Stands before a digit for a separator inside a label."""

PIECE: Final = 1 << 16
"""Touches that are worked on at a time: columns that the caches hold."""

COUNTED: Final = 20
"""Up to 2^20 possible players are found by counting, more by sorting."""


class Players(NamedTuple):
    """The player of every touch: int64 ``code``, -1 for none, and their ``labels``."""

    code: Ints
    labels: Array


def players_of(
    journeys: Journeys, levels: Sequence[str], *, process: bool, spare: int = 0
) -> Players:
    """Return the player of each touch; process steps are none unless ``process``.

    Players that no touch has are left out, unless up to ``spare`` are possible in all:
    finding them takes longer than numbering touches.

    Raises:
        InputError: P09: the journeys have no such column.
    """
    columns = []
    for name in levels:
        if name not in journeys.touch:
            what = f"there is no column {name!r} to take players from."
            remedy = (
                f"{nearest(name, journeys.touch)} Give keep={name!r} when building."
            )
            raise refuse("P09", what, remedy.strip())
        columns.append(journeys.touch[name])
    if len(columns) == 1:
        found = columns[0].codes.astype(np.int64)
        labels = escaped(columns[0].labels)
    else:
        found, labels = _joined(columns, spare)
    if not process and journeys.process.any():
        found = np.where(journeys.process, -1, found)
    return Players(found, labels)


def _joined(columns: Sequence[Labelled], spare: int) -> tuple[Ints, Array]:
    """Return one player a combination of labels that occurs, in label order."""
    sizes = [len(column.labels) for column in columns]
    cells = np.empty(len(columns[0].codes), np.int64)
    pieces = [slice(at, at + PIECE) for at in range(0, len(cells), PIECE)]
    for part in pieces:
        own = [column.codes[part] for column in columns]
        cells[part] = codes.combined(own, sizes)[0]
    count = math.prod(sizes)
    known = np.arange(count)
    if count > 1 << COUNTED:
        known, cells = np.unique(cells, return_inverse=True)
    elif count > spare:
        known = _number(cells, pieces, count)
    parts = codes.separated(known, sizes)
    labels: Array = escaped(columns[0].labels)[parts[0]]
    for column, codes_of in zip(columns[1:], parts[1:], strict=True):
        labels = labels + LEVEL + escaped(column.labels)[codes_of]
    return cells, labels


def _number(cells: Ints, pieces: Sequence[slice], count: int) -> Ints:
    """Return the cells that occur, sorted; number them, in place, as they stand."""
    seen = np.zeros(count, np.bool_)
    for part in pieces:
        seen[cells[part]] = True
    known = np.flatnonzero(seen)
    if len(known) < count:
        place = np.zeros(count, np.int64)
        place[known] = np.arange(len(known))
        for part in pieces:
            place.take(cells[part], mode="wrap", out=cells[part])
    return known


def escaped(labels: Array) -> Array:
    """Return labels without the characters that keys are joined by."""
    if not any(mark in "".join(labels) for mark in (ESCAPE, LEVEL, PLAYER)):
        return labels
    marks = {ESCAPE: f"{ESCAPE}0", LEVEL: f"{ESCAPE}1", PLAYER: f"{ESCAPE}2"}
    table = str.maketrans(marks)
    return np.array([label.translate(table) for label in labels], object)


def plain(label: str) -> str:
    """Return the label that :func:`escaped` wrote.

    Example:
        >>> plain(escaped(np.array(["a" + LEVEL], object))[0]) == "a" + LEVEL
        True
    """
    for mark, code in ((PLAYER, "2"), (LEVEL, "1"), (ESCAPE, "0")):
        label = label.replace(f"{ESCAPE}{code}", mark)
    return label


def parsed(text: str) -> list[str]:
    """Return the labels of the players in a coalition's text.

    Example:
        >>> parsed("a" + PLAYER + "b")
        ['a', 'b']
    """
    return text.split(PLAYER) if text else []


def shown(text: str, twice: Collection[str] | None = None) -> str:
    """Return a coalition's or player's text as people read it.

    Args:
        text: Labels joined by levels and players.
        twice: For players of a flat game, the labels of the last level that stand
            under several branches; the others are shown without their branch.

    Example:
        >>> shown("sales" + LEVEL + "call" + PLAYER + "sales" + LEVEL + "demo")
        'sales / call + sales / demo'
        >>> shown("sales" + LEVEL + "call" + PLAYER + "sales" + LEVEL + "demo", ())
        'call + demo'
    """
    players = [[plain(x) for x in one.split(LEVEL)] for one in parsed(text)]
    if twice is not None:
        players = [one if one[-1] in twice else one[-1:] for one in players]
    return " + ".join(" / ".join(one) for one in players)


def ambiguous(labels: Collection[str], depth: int) -> set[str] | None:
    """Return the last labels that stand under several branches; None with levels.

    Example:
        >>> ambiguous(["a" + LEVEL + "x", "b" + LEVEL + "x", "b" + LEVEL + "y"], 1)
        {'x'}
    """
    if depth > 1:
        return None
    last = Counter(plain(label.split(LEVEL)[-1]) for label in set(labels))
    return {one for one, times in last.items() if times > 1}
