"""Orders of rows: by group, and by group and time; equal whatever order they come in.

Groups are counted, not sorted: a sparse table turned over does it in one pass. Times
are sorted inside blocks of whole segments, as keys that carry segment, time and place
in one machine word.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import ragged
from attribution.arrays.cores import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints

    Words = NDArray[np.uint64]

SHORT: Final = 1 << 13
"""Up to so many rows are sorted, more are counted."""

BLOCK: Final = 1 << 14
"""Rows sorted by time in one go: their keys stay in the cache of a core."""

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
    order, offsets, _ = _counted(groups, count, np.zeros(len(groups), np.int8))
    return order.astype(np.int64), offsets


def _counted(groups: Array, count: int, values: Array) -> tuple[Array, Ints, Array]:
    """Return :func:`grouped` and a column in that order, which is moved with it."""
    if int(groups.min()) < 0 or int(groups.max()) >= count:
        message = f"a group is none of {count}"
        raise IndexError(message)
    from scipy import sparse

    rows = len(groups)
    width = ragged.index_type(rows)
    cells = groups.astype(width, copy=False)
    table = (values, cells, np.arange(rows + 1, dtype=width))
    turned = sparse.csc_matrix(table, shape=(count, rows)).tocsr()
    return turned.indices, turned.indptr.astype(np.int64), turned.data


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
    if len(segments) <= SHORT:
        rows, offsets = grouped(segments, count)
        instants = time[rows]
    else:
        rows, offsets, instants = _counted(segments, count, time)
    order, tied = np.empty(len(rows), np.int64), np.zeros(len(rows), np.bool_)

    def sort(block: slice) -> None:
        own = offsets[block]
        here = slice(int(own[0]), int(own[-1]))
        place, tied[here] = _in_time(instants[here], own - own[0])
        order[here], instants[here] = rows[here][place], instants[here][place]

    blocks = _blocks(offsets)
    if len(blocks) == 1:
        sort(blocks[0])
    else:
        with ThreadPoolExecutor(cores()) as pool:
            list(pool.map(sort, blocks))
    places = np.flatnonzero(tied)
    if places.size:
        unsure = order[places]
        keys = reversed(ties(unsure))
        sure = unsure[np.lexsort((*keys, time[unsure], segments[unsure]))]
        order[places], instants[places] = sure, time[sure]
    return Ordered(order, offsets, instants)


def _blocks(offsets: Ints) -> list[slice]:
    """Return the offsets of each block of segments, those around it included."""
    steps = np.arange(0, int(offsets[-1]), BLOCK)
    starts = np.unique(np.searchsorted(offsets, steps, side="right") - 1)
    edges = pairwise([*starts.tolist(), len(offsets) - 1])
    return [slice(first, last + 1) for first, last in edges]


def _in_time(time: Ints, offsets: Ints) -> tuple[Ints, Bools]:
    """Return the order of a block by segment and time, and which of it are in doubt.

    A key holds the number of the segment, the time since the block's first and the
    place, which makes it the only one of its kind. Where the three are wider than a
    word, the time loses its lowest bits: rows that share segment and time, or what is
    left of it, are in doubt.
    """
    places, segments = len(time), len(offsets) - 1
    low, width = (int(most - 1).bit_length() for most in (places, segments))
    since = (time - time.min()).view(np.uint64)
    room = int(since.max()).bit_length()
    cut = max(room + width + low - WORD, 0)
    keys: Words = since >> np.uint64(cut)
    number = np.arange(segments, dtype=np.uint64) << np.uint64(room - cut)
    keys |= ragged.spread(number, offsets)
    keys <<= np.uint64(low)
    keys |= np.arange(places, dtype=np.uint64)
    keys.sort()
    place = (keys & np.uint64((1 << low) - 1)).view(np.int64)
    keys >>= np.uint64(low)
    same = keys[1:] == keys[:-1]
    doubt = np.zeros(places, np.bool_)
    doubt[1:] = same
    doubt[:-1] |= same
    return place, doubt
