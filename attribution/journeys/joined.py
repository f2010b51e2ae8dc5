"""Sets of players as a key column: bit masks, whose texts are made when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import ragged
from attribution.journeys.players import LEVEL, PLAYER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attribution.arrays.ragged import Array, Ints

PIECE: Final = 10
"""Players whose sets have their texts in one table."""

COUNTED: Final = 20
"""Up to this many players every possible set is counted in a table."""

NAME: Final = "coalition"
"""The name of the column."""


class Joined(Mapping[str, "Array"]):
    r"""The keys of a table with one key, ``coalition``: players' labels joined.

    Rows stand in the order of their texts, each once.

    Attributes:
        labels: object, (players,), sorted texts, up to 63, each in some set.
        masks: int64, (rows,): the players of each set, the first is bit 0.

    Example:
        >>> Joined(["a", "b"], np.array([1, 3]))["coalition"].tolist()
        ['a', 'a\x1eb']
    """

    def __init__(self, labels: Sequence[str], masks: Ints) -> None:
        """Hold the labels and the masks."""
        self.labels = list(labels)
        self.masks = masks

    @cached_property
    def _texts(self) -> Array:
        return texts_of(self.masks, self.labels)

    def __getitem__(self, name: str) -> Array:
        """Return the texts, (rows,)."""
        if name != NAME:
            raise KeyError(name)
        return self._texts

    def __iter__(self) -> Iterator[str]:
        """Return the one name."""
        return iter((NAME,))

    def __len__(self) -> int:
        """Return 1: there is one column."""
        return 1


def are_told(labels: Sequence[str]) -> bool:
    r"""Return whether sets of these labels can be a :class:`Joined` column.

    There are up to 63, in order, and no character of theirs stands before those that
    join: so texts stand in the order of their lists of labels.

    Example:
        >>> are_told(["a", "b"]), are_told(["a", "a\tb"]), are_told(["b", "a"])
        (True, False, False)
    """
    if len(labels) > ragged.BITS or min("".join(labels), default=LEVEL) < LEVEL:
        return False
    return all(one < two for one, two in pairwise(labels))


def joined(labels: Sequence[str], masks: Ints) -> tuple[Joined, Ints]:
    """Return distinct masks as a column, and the order that it has them in.

    Example:
        >>> keys, order = joined(["a", "b", "c"], np.array([4, 5]))
        >>> keys.labels, keys.masks.tolist(), order.tolist()
        (['a', 'c'], [3, 2], [1, 0])
    """
    used = int(np.bitwise_or.reduce(masks, initial=0))
    kept = [place for place in range(len(labels)) if used >> place & 1]
    if len(kept) < len(labels):
        masks = _renumbered(masks, kept, range(len(kept)))
    order = text_order(masks, len(kept))
    return Joined([labels[place] for place in kept], masks[order]), order


def union(columns: Sequence[Joined]) -> tuple[Joined, Ints] | None:
    """Return the rows of several columns as one, and the place of each in it.

    None where they have too many players together.

    Example:
        >>> one, two = Joined(["a"], np.array([1])), Joined(["b"], np.array([0, 1]))
        >>> keys, place = union([one, two])
        >>> keys["coalition"].tolist(), place.tolist()
        (['', 'a', 'b'], [1, 0, 2])
    """
    labels = sorted(set().union(*(one.labels for one in columns)))
    if len(labels) > ragged.BITS:
        return None
    index = {label: place for place, label in enumerate(labels)}
    masks = [
        _renumbered(one.masks, range(len(to)), to)
        for one in columns
        for to in [[index[label] for label in one.labels]]
    ]
    known, place = distinct_masks(np.concatenate(masks), len(labels))
    keys, order = joined(labels, known)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return keys, rank[place]


def distinct_masks(masks: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the masks that occur, sorted, and the place of each given one.

    Example:
        >>> distinct_masks(np.array([5, 2, 5]), 3)
        (array([2, 5]), array([1, 0, 1]))
    """
    if count > COUNTED:
        return np.unique(masks, return_inverse=True)
    seen = np.zeros(1 << count, np.bool_)
    seen[masks] = True
    known = np.flatnonzero(seen)
    place = np.empty(1 << count, np.int64)
    place[known] = np.arange(len(known))
    return known, place[masks]


def _renumbered(masks: Ints, given: Sequence[int], to: Sequence[int]) -> Ints:
    """Return masks whose bits ``given`` are moved ``to`` others."""
    if list(given) == list(to):
        return masks
    moved = np.zeros_like(masks)
    for one, other in zip(given, to, strict=True):
        moved |= (masks >> one & 1) << other
    return moved


def members_of(masks: Ints) -> tuple[Ints, Ints]:
    """Return the bits of masks, flat and ascending, and their offsets.

    Example:
        >>> members_of(np.array([5, 2]))
        (array([0, 2, 1]), array([0, 2, 3]))
    """
    width = 32 if masks.max(initial=0) < 1 << 32 else 64
    words = masks.astype(f"<u{width // 8}").view(np.uint8)
    bits = np.flatnonzero(np.unpackbits(words, bitorder="little").view(np.bool_))
    bits %= width
    return bits, ragged.offsets_of(np.bitwise_count(masks))


def texts_of(masks: Ints, labels: Sequence[str]) -> Array:
    r"""Return the texts of masks, joined of the texts of ten players at a time.

    Example:
        >>> texts_of(np.array([0, 3]), ["a", "b"]).tolist()
        ['', 'a\x1eb']
    """
    texts = np.full(len(masks), "", object)
    for first in range(0, len(labels), PIECE):
        piece = np.array([""], object)
        for label in labels[first : first + PIECE]:
            piece = np.concatenate([piece, piece + (label + PLAYER)])
        texts += piece[(masks >> first) & (len(piece) - 1)]
    return np.array([text[:-1] for text in texts.tolist()], object)


def text_order(masks: Ints, count: int) -> Ints:
    """Return the order of masks in which their players' lists stand sorted.

    At the lowest bit in which two masks differ, the one that has it comes first,
    unless the other ends there: so masks are told by the gaps below their highest
    bit, lowest first, and then by how many bits they have.

    Example:
        >>> text_order(np.array([4, 2, 6, 0]), 3)
        array([3, 1, 2, 0])
    """
    gaps = np.zeros(len(masks), np.int64)
    for bit in range(count):
        above = masks >> bit
        gaps = gaps << 1 | ((above != 0) & (above & 1 == 0))
    return np.lexsort((np.bitwise_count(masks), gaps))
