"""Arithmetic on segments: journey ``i`` owns ``offsets[i]:offsets[i + 1]`` of a column.

Empty segments give 0. This is the only room that calls ``reduceat``, which returns
the element itself for an empty segment and looks at no other segment's values.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.arrays import plain

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Array = NDArray[Any]


EXACT_PARTS = 256
"""Touches of a segment up to which the parts of :func:`equal_parts` are exact.

Their sum is then below 2^56, whatever the labels.
"""

MANY = 1 << 10
"""From so many segments on a running sum is quicker than a step for each."""

WORD = 8
"""Bytes of a value that is spread as one word."""

BITS = 63
"""Labels that fit the bits of one int64."""

POWERS = np.append(np.int64(1) << np.arange(BITS), 0)
"""The bit of each label, and that of label -1: none."""


def offsets_of(counts: Array) -> Ints:
    """Return the int64 offsets, (segments + 1,), of segments of these ``counts``.

    Example:
        >>> offsets_of(np.array([2, 0, 3]))
        array([0, 2, 2, 5])
    """
    offsets = np.zeros(len(counts) + 1, np.int64)
    counts.cumsum(out=offsets[1:])
    return offsets


def index_type(rows: int) -> type[np.int32 | np.int64]:
    """Return the type of integers that positions in so many rows need.

    Example:
        >>> index_type(1_000)
        <class 'numpy.int32'>
    """
    return np.int32 if rows < np.iinfo(np.int32).max else np.int64


def reduce(
    ufunc: np.ufunc, values: Array, offsets: Ints, *, empty: object = 0
) -> Array:
    """Return ``ufunc`` reduced over each segment, (segments,), of the values' dtype.

    Args:
        ufunc: ``np.add``, ``np.maximum``, ``np.bitwise_or`` or another of two inputs.
        values: (touches,), the column.
        offsets: int64, (segments + 1,).
        empty: What an empty segment gives.

    Example:
        >>> reduce(np.maximum, np.array([3, 1, 2]), np.array([0, 2, 2, 3]))
        array([3, 0, 2])
    """
    filled = offsets[1:] > offsets[:-1]
    dtype = np.int64 if values.dtype == np.bool_ and ufunc is np.add else values.dtype
    used = values[offsets[0] : offsets[-1]]
    starts = offsets[:-1] - offsets[0]
    if np.count_nonzero(filled) == len(filled):
        return np.asarray(ufunc.reduceat(used, starts, dtype=dtype))
    result = np.full(len(starts), empty, dtype)
    if used.size:
        result[filled] = ufunc.reduceat(used, starts[filled], dtype=dtype)
    return result


def sums(values: Array, offsets: Ints) -> Array:
    """Return the sum of each segment, (segments,); booleans are counted as int64.

    Example:
        >>> sums(np.array([True, True, False]), np.array([0, 2, 2, 3]))
        array([2, 0, 0])
    """
    if values.dtype.kind == "f" or len(offsets) < MANY:
        return reduce(np.add, values, offsets)
    dtype = np.int64 if values.dtype == np.bool_ else values.dtype
    used = values[offsets[0] : offsets[-1]]
    running = np.zeros(len(used) + 1, dtype)
    used.cumsum(dtype=dtype, out=running[1:])
    upto = running.take(offsets - offsets[0])
    return np.asarray(upto[1:] - upto[:-1])


def rough_sums(values: Floats, offsets: Ints) -> Floats:
    """Return the float64 sum of each segment, added touch after touch.

    In half the time of :func:`sums`, which adds long segments in pairs: the last bits
    can differ.

    Args:
        values: float64, (touches,).
        offsets: int64, (segments + 1,), from 0.

    Example:
        >>> rough_sums(np.array([0.5, 2.0, 3.0]), np.array([0, 1, 1, 3]))
        array([0.5, 0. , 5. ])
    """
    if len(offsets) < MANY:
        return sums(values, offsets)
    from scipy import sparse

    width = index_type(len(values))
    whole = (values, np.zeros(len(values), width), offsets.astype(width))
    table = sparse.csr_matrix(whole, shape=(len(offsets) - 1, 1))
    return np.asarray(table @ np.ones(1))


def spread(per_segment: Array, offsets: Ints) -> Array:
    """Return each segment's value once for each of its touches, (touches,).

    Example:
        >>> spread(np.array([7, 8, 9]), np.array([0, 2, 2, 3]))
        array([7, 7, 9])
    """
    sizes = offsets[1:] - offsets[:-1]
    dtype = per_segment.dtype
    if len(offsets) < MANY or dtype.itemsize != WORD or dtype.kind not in "iuf":
        return per_segment.repeat(sizes)
    return _stepped(per_segment.view(np.int64), sizes, offsets).view(dtype)


def _stepped(words: Ints, sizes: Ints, offsets: Ints) -> Ints:
    """Return words spread as a running sum of the steps between them.

    A sum that passes int64 wraps around and back, so that any bits are kept.
    """
    starts = offsets[:-1] - offsets[0]
    if np.count_nonzero(sizes) < len(sizes):
        words, starts = words[sizes > 0], starts[sizes > 0]
    found = np.zeros(offsets[-1] - offsets[0], np.int64)
    found[starts[1:]] = words[1:] - words[:-1]
    found[:1] = words[:1]
    return found.cumsum(out=found)


def cut(offsets: Ints, many: Ints) -> Ints:
    """Return the offsets of twice the segments: the first ``many`` touches, the rest.

    Args:
        offsets: int64, (segments + 1,).
        many: int64, (segments,), at most as many as the segment has.

    Example:
        >>> cut(np.array([0, 2, 5]), np.array([2, 1]))
        array([0, 2, 2, 3, 5])
    """
    found = np.empty(2 * len(offsets) - 1, np.int64)
    found[::2] = offsets
    np.add(offsets[:-1], many, out=found[1::2])
    return found


def in_turn(first: Array, second: Array) -> Array:
    """Return a value of one column, then one of the other, (2 · segments,).

    Example:
        >>> in_turn(np.array([1, 2]), np.array([7, 8]))
        array([1, 7, 2, 8])
    """
    found = np.empty(2 * len(first), first.dtype)
    found[::2], found[1::2] = first, second
    return found


def lasts(values: Array, offsets: Ints) -> Array:
    """Return the last value of each segment, (segments,), 0 for an empty one.

    Example:
        >>> lasts(np.array([3, 1, 2]), np.array([0, 2, 2, 3]))
        array([1, 0, 2])
    """
    found = np.zeros(len(offsets) - 1, values.dtype)
    filled = np.flatnonzero(offsets[1:] > offsets[:-1])
    found[filled] = values[offsets[1:][filled] - 1]
    return found


def constant(values: Array) -> bool:
    """Return whether a column is one value broadcast over all touches.

    Example:
        >>> constant(np.broadcast_to(np.int64(1), 3)), constant(np.ones(3))
        (True, False)
    """
    return len(values) > 0 and values.strides == (0,)


def take(values: Array, rows: Any) -> Array:
    """Return these rows of a column; a constant column stays constant.

    Args:
        values: The column.
        rows: Positions, or a slice.

    Example:
        >>> column = np.broadcast_to(np.int64(7), 3)
        >>> constant(take(column, np.array([2, 0])))
        True
    """
    if constant(values) and not isinstance(rows, slice):
        return np.broadcast_to(values[0], len(rows))
    taken: Array = values[rows]
    return taken


def positions(offsets: Ints) -> Ints:
    """Return each touch's place in its segment, counted from 0; int64, (touches,).

    Example:
        >>> positions(np.array([0, 2, 2, 5]))
        array([0, 1, 0, 1, 2])
    """
    return np.arange(offsets[-1] - offsets[0]) - spread(
        offsets[:-1] - offsets[0], offsets
    )


def segments_of(offsets: Ints) -> Ints:
    """Return the number of each touch's segment; int64, (touches,).

    Example:
        >>> segments_of(np.array([0, 2, 2, 3]))
        array([0, 0, 2])
    """
    return spread(np.arange(len(offsets) - 1), offsets)


def first_where(chosen: Bools, offsets: Ints) -> Ints:
    """Return the first chosen touch of each segment, int64 (segments,), -1 for none.

    Example:
        >>> first_where(np.array([True, True, False]), np.array([0, 2, 2, 3]))
        array([ 0, -1, -1])
    """
    none = len(chosen)
    places = np.where(chosen, np.arange(none), none)
    first: Ints = reduce(np.minimum, places, offsets, empty=none)
    return np.where(first < none, first, -1)


def last_where(chosen: Bools, offsets: Ints) -> Ints:
    """Return the last chosen touch of each segment, int64 (segments,), -1 for none.

    Example:
        >>> last_where(np.array([True, True, False]), np.array([0, 2, 2, 3]))
        array([ 1, -1, -1])
    """
    places = np.where(chosen, np.arange(len(chosen)), -1)
    last: Ints = reduce(np.maximum, places, offsets, empty=-1)
    return last


def gather(offsets: Ints, chosen: Array) -> tuple[Ints, Ints]:
    """Return the touches of the ``chosen`` segments, in their order, and new offsets.

    Args:
        offsets: int64, (segments + 1,).
        chosen: Segment numbers, any order, repeats allowed.

    Returns:
        Positions of the touches (int64) and the offsets of the chosen segments.

    Example:
        >>> gather(np.array([0, 2, 2, 5]), np.array([2, 0]))
        (array([2, 3, 4, 0, 1]), array([0, 3, 5]))
    """
    starts = offsets[:-1][chosen]
    shortened = offsets_of(offsets[1:][chosen] - starts)
    return positions(shortened) + spread(starts, shortened), shortened


def distinct(labels: Array, offsets: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the distinct labels of each segment as pairs: each touch's, and offsets.

    The pairs (segment, label) stand by segment and label; up to 63 labels they are
    counted in bit masks, beyond sorted.

    Args:
        labels: (touches,), codes in ``0 .. count - 1``, -1 for none.
        offsets: int64, (segments + 1,).
        count: How many labels there are.

    Returns:
        int64, (touches,): the pair of each touch, -1 for none; int64, (segments + 1,):
        the pairs of segment i are ``offsets[i]:offsets[i + 1]``.

    Example:
        >>> distinct(np.array([2, 0, 2, 0]), np.array([0, 3, 4]), 3)
        (array([1, 0, 1, 2]), array([0, 2, 3]))
    """
    present = labels >= 0
    if count <= BITS:
        segment, bits = segments_of(offsets), bits_of(labels)
        masks = reduce(np.bitwise_or, bits, offsets)
        cut = offsets_of(np.bitwise_count(masks))
        bits -= 1
        bits &= masks.take(segment, mode="clip")
        place = cut.take(segment, mode="clip")
        place += np.bitwise_count(bits)
    else:
        keys = segments_of(offsets) * count + labels
        unique, own = np.unique(keys[present], return_inverse=True)
        cut = offsets_of(np.bincount(unique // count, minlength=len(offsets) - 1))
        place = np.zeros(len(labels), np.int64)
        place[present] = own
    if np.count_nonzero(present) < len(present):
        place[~present] = -1
    return place, cut


def split_equally(labels: Array, offsets: Ints, count: int) -> Ints:
    """Return the :func:`equal_parts` of the :func:`distinct` labels, touch by touch.

    A few touches are counted in plain Python: calls of numpy cost more.

    Example:
        >>> split_equally(np.array([7, 2, 7]), np.array([0, 3]), 8)
        array([1, 2, 1])
    """
    if not plain.is_few(len(labels), len(offsets) - 1):
        return equal_parts(*distinct(labels, offsets, count), offsets)
    given, parts = labels.tolist(), list[int]()
    for first, last in pairwise(offsets.tolist()):
        parts += plain.equal_parts(given[first:last])
    return np.array(parts, np.int64)


def equal_parts(place: Ints, cut: Ints, offsets: Ints) -> Ints:
    """Return integer parts that give each pair of a segment as much, touch by touch.

    The pairs are those of :func:`distinct`; a pair's part is divided equally over its
    touches. Parts are exact: the least common multiple of how often pairs stand in
    the segment, over how often this one does. Beyond 256 touches they are shares on a
    grid of 2^-60.

    Args:
        place: int64, (touches,), the pair of each touch, -1 for none.
        cut: int64, (segments + 1,), offsets of the pairs.
        offsets: int64, (segments + 1,), offsets of the touches.

    Example:
        >>> equal_parts(np.array([0, 1, 0]), np.array([0, 2]), np.array([0, 3]))
        array([1, 2, 1])
    """
    absent = np.flatnonzero(place < 0)
    times = np.bincount(place[place >= 0] if absent.size else place)
    if not len(times):
        return np.zeros(len(place), np.int64)
    each = times.take(place, mode="wrap")
    long = np.flatnonzero(offsets[1:] - offsets[:-1] > EXACT_PARTS)
    counted = times
    if long.size:
        counted = times.copy()
        counted[gather(cut, long)[0]] = 1
    parts = spread(reduce(np.lcm, counted, cut, empty=1), offsets)
    parts //= each
    if long.size:
        touches, own = gather(offsets - offsets[0], long)
        pairs = spread(np.maximum(cut[1:] - cut[:-1], 1)[long], own)
        parts[touches] = np.rint(2.0**60 / (each[touches] * pairs))
    parts[absent] = 0
    return parts


def bits_of(labels: Array) -> Ints:
    """Return 2^label of each label as int64, 0 for label -1; labels are below 63.

    Example:
        >>> bits_of(np.array([0, 3, -1]))
        array([1, 8, 0])
    """
    return POWERS.take(labels, mode="wrap")
