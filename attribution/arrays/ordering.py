"""Orders of rows: by group, and by group and time; equal whatever order they come in.

Groups are counted, not sorted: a sparse table turned over does it in one pass. Where
there is a time, both are sorted as keys that carry group, time and place in one machine
word.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.arrays import ragged
from attribution.arrays.cores import MANY, cores, in_blocks, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Ints

    Words = NDArray[np.uint64]

SHORT: Final = 1 << 13
"""Up to so many rows are sorted, more are counted."""

WORD: Final = 64
"""Bits of a key."""


class Ordered(NamedTuple):
    """Rows in order: positions, the offsets of the segments, the times in order."""

    rows: Ints
    offsets: Ints
    time: Ints


def grouped(groups: Array, count: int) -> tuple[Ints, Ints]:
    """Return the rows ordered by group (stable) and the offsets of the groups.

    Args:
        groups: (rows,), the group of each row in ``0 .. count - 1``.
        count: How many groups there are.

    Returns:
        int64, (rows,): positions into the rows; int64, (count + 1,).

    Raises:
        IndexError: A group is none of them.

    Example:
        >>> grouped(np.array([1, 0, 1]), 3)
        (array([1, 0, 2]), array([0, 1, 3, 3]))
    """
    if len(groups) <= SHORT:
        order = np.argsort(groups, kind="stable")
        return order, ragged.offsets_of(np.bincount(groups, minlength=count))
    _check(groups, count)
    from scipy import sparse

    rows = len(groups)
    width = ragged.index_type(rows)
    cells = groups.astype(width, copy=False)
    table = (np.zeros(rows, np.int8), cells, np.arange(rows + 1, dtype=width))
    turned = sparse.csc_matrix(table, shape=(count, rows)).tocsr()
    return turned.indices.astype(np.int64), turned.indptr.astype(np.int64)


def _check(groups: Array, count: int) -> None:
    if int(groups.min()) < 0 or int(groups.max()) >= count:
        message = f"a group is none of {count}"
        raise IndexError(message)


def ordered(
    segments: Array,
    count: int,
    time: Ints,
    ties: Callable[[Array], Sequence[Array]],
) -> Ordered:
    """Return the rows ordered by segment, time and then the ``ties`` in turn.

    The further keys are made and compared only for rows that share segment and time,
    so that they cost nothing where times differ.

    Args:
        segments: (rows,), the segment of each row in ``0 .. count - 1``.
        count: How many segments there are.
        time: int64, (rows,).
        ties: Gives for some rows their further keys, the first counts most.

    Example:
        >>> name = np.array([2, 1, 9])
        >>> segments, time = np.array([0, 0, 0]), np.array([5, 5, 1])
        >>> ordered(segments, 1, time, lambda rows: [name[rows]]).rows
        array([2, 1, 0])
    """
    if not len(segments):
        nothing = np.zeros(0, np.int64)
        return Ordered(nothing, np.zeros(count + 1, np.int64), nothing)
    _check(segments, count)
    works: list[Callable[[], Any]] = [
        partial(_in_time, segments, time),
        partial(np.bincount, segments, minlength=count),
    ]
    (order, places), sizes = side_by_side(works, len(segments))
    if len(places):
        unsure = order[places]
        keys = reversed(ties(unsure))
        order[places] = unsure[np.lexsort((*keys, time[unsure], segments[unsure]))]
    instants = np.empty(len(order), np.int64)

    def fetch(here: slice) -> None:
        time.take(order[here], out=instants[here], mode="clip")

    in_blocks(fetch, len(order))
    return Ordered(order, ragged.offsets_of(sizes), instants)


def _in_time(segments: Array, time: Ints) -> tuple[Ints, Ints]:
    """Return the order of rows by segment and time, and the places of those that tie.

    A key holds the segment, the time and the row, which makes it the only one of its
    kind. Where the three are wider than a word, the time loses its lowest bits: rows
    that share segment and what is left are put in order by those bits alone.
    """
    rows, first = len(segments), time.min()
    low, width = (int(most).bit_length() for most in (rows - 1, segments.max()))
    room = (int(time.max()) - int(first)).bit_length()
    cut = max(room + width + low - WORD, 0)
    keys = np.empty(rows, np.uint64)

    def build(here: slice) -> None:
        own = keys[here]
        np.subtract(time[here], first, out=own.view(np.int64))
        own >>= np.uint64(cut)
        part = segments[here].astype(np.uint64)
        part <<= np.uint64(room - cut)
        own |= part
        own <<= np.uint64(low)
        own |= np.arange(here.start, here.stop, dtype=np.uint64)

    in_blocks(build, rows)
    _sort(keys)
    order, again = np.empty(rows, np.int64), np.empty(rows - 1, np.bool_)

    def split(here: slice) -> None:
        mask = np.uint64((1 << low) - 1)
        np.bitwise_and(keys[here], mask, out=order[here].view(np.uint64))
        own = keys[here.start : here.stop + 1] >> np.uint64(low)
        np.equal(own[1:], own[:-1], out=again[here.start :][: len(own) - 1])

    in_blocks(split, rows)
    places = _with_next(np.flatnonzero(again), rows)
    if cut and len(places):
        alike, own = keys[places] >> np.uint64(low), order[places]
        part = np.append(0, np.cumsum(alike[1:] != alike[:-1]))
        rest = (time[own] - first) & ((1 << cut) - 1)
        finer, tied = _in_time(part, rest)
        order[places] = own[finer]
        places = places[tied]
    return order, places


def _with_next(places: Ints, rows: int) -> Ints:
    """Return places that rise and those after them, each once."""
    if not len(places):
        return places
    found = np.zeros(rows, np.bool_)
    found[places] = True
    found[places + 1] = True
    return np.flatnonzero(found)


def _sort(keys: Words) -> None:
    """Sort keys in place: as many parts as there are processors, side by side."""
    parts = [keys]
    while len(keys) >= MANY and len(parts) < cores():
        halving = [partial(one.partition, len(one) // 2) for one in parts]
        side_by_side(halving, len(keys))
        parts = [half for one in parts for half in np.split(one, [len(one) // 2])]
    side_by_side([one.sort for one in parts], len(keys))
