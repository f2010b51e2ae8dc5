"""Labels and their codes: a column of labels is int32 codes and the labels beside.

Labels stand in label order: text by its UTF-8 bytes, integers by value. Code -1 is
"no label".
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import ragged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csc_matrix

    from attribution.arrays.ragged import Array, Floats, Ints

EXACT = 2**53
"""Integers below this are exact in float64."""

BYTE = 127
"""Labels whose codes fit a byte."""

WIDEST = 1024
"""Labels that may have more bytes than this are not packed."""

LIMB = 26
"""Bits of the low limb when a sum of integers may pass :data:`EXACT`."""

SHORT = 1 << 13
"""Up to this many values are counted by numpy, longer ones by a sparse product."""

WORD = 8
"""Bytes of a machine word."""

SOME = 1 << 14
"""In so many rows most columns show all their labels."""

MOST_KEPT = 1 << 19
"""Up to this many ones are kept: 16 MiB in all, with the shorter columns of them."""


def label_order(labels: Array) -> Ints:
    """Return the order that sorts ``labels``: text by UTF-8 bytes, integers by value.

    Example:
        >>> label_order(np.array(["é", "b", "a"], dtype=object))
        array([2, 1, 0])
    """
    wide = packed(labels)
    if len(wide) <= SHORT or wide.dtype.kind not in "Siu":
        return np.argsort(wide, kind="stable")
    if wide.dtype.kind != "S":
        return _order(wide)
    words = _words(wide)
    return _order(words[0]) if len(words) == 1 else np.lexsort(words[::-1])


def _order(values: Array) -> Ints:
    """Return the stable order of integers; quicker where no two of them are equal."""
    if (values[1:] > values[:-1]).all():
        return np.arange(len(values))
    order = np.argsort(values)
    found = values[order]
    twice = (found[1:] == found[:-1]).any()
    return np.argsort(values, kind="stable") if twice else order


def _words(wide: Array) -> list[NDArray[np.uint64]]:
    """Return words that sort as the texts do, without what all begin with."""
    whole = wide if wide.itemsize >= WORD else wide.astype(f"S{WORD}")
    whole = np.ascontiguousarray(whole)

    def word(start: int) -> NDArray[np.uint64]:
        big = np.ndarray(whole.shape, ">u8", whole, start, whole.strides)
        return big.astype(np.uint64)

    last, start = whole.itemsize - WORD, 0
    while start < last:
        first = word(start)
        unlike = int(np.bitwise_or.reduce(first ^ first[0]))
        if unlike:
            start += WORD - -(-unlike.bit_length() // 8)
            break
        start += WORD
    return [*map(word, range(min(start, last), last, WORD)), word(last)]


def packed(labels: Array) -> Array:
    r"""Return text as bytes of one width, to hold and sort: (labels,) of dtype ``S``.

    Sorted they stand in UTF-8 order. Labels that are no text, hold a NUL character or
    more than 256 characters are returned as they are.

    Example:
        >>> packed(np.array(["é", "b"], dtype=object))
        array([b'\xc3\xa9', b'b'], dtype='|S2')
    """
    if labels.dtype != object:
        return labels
    # numpy's own StringDType is not used: its argsort crashes (2.4.6).
    listed = labels.tolist()
    whole, longest = "".join(listed), max(map(len, listed), default=0)
    if "\0" in whole or longest * 4 > WIDEST:
        return labels
    if whole.isascii():
        alike = len(whole) == longest * len(labels) > 0
        if alike:
            return np.frombuffer(whole.encode(), f"S{longest}")
        return labels.astype("S")
    return np.array([label.encode("utf-8", "surrogatepass") for label in labels])


def texts(labels: Array) -> Array:
    """Return labels as an object array of text; the inverse of :func:`packed`.

    Example:
        >>> texts(np.array([b"b"])).tolist()
        ['b']
    """
    if labels.dtype.kind != "S":
        return labels.astype(object)
    if len(labels) and labels.tobytes().isascii():
        return labels.astype(f"U{labels.itemsize}").astype(object)
    return np.strings.decode(labels, "utf-8", "surrogatepass").astype(object)


def in_label_order(codes: Array, labels: Array) -> tuple[NDArray[np.int32], Array]:
    """Return int32 codes and labels in label order, unused labels left out.

    Args:
        codes: (rows,), positions in ``labels`` or -1.
        labels: Distinct labels in any order.

    Example:
        >>> codes, labels = in_label_order(
        ...     np.array([1, 0, -1]), np.array(["b", "a", "unused"], dtype=object))
        >>> codes.tolist(), labels.tolist()
        ([0, 1, -1], ['a', 'b'])
    """
    codes, labels = used(codes, labels)
    order = label_order(labels)
    if (order[1:] > order[:-1]).all():
        return codes, labels
    table = np.full(len(labels) + 1, -1, np.int32)
    table[order] = np.arange(len(order), dtype=np.int32)
    return table[codes], labels[order]


def narrow(codes: Array, count: int) -> Array:
    """Return codes below ``count`` (or -1) as int8 where that holds them.

    A constant column, which takes no memory, stays as it is.

    Example:
        >>> narrow(np.array([2, -1], np.int32), 3).dtype
        dtype('int8')
    """
    if count > BYTE or ragged.constant(codes):
        return codes
    return codes.astype(np.int8)


def take(codes: Array, rows: Any, count: int) -> Array:
    """Return the codes of these rows as int32; a constant column stays constant.

    Codes of few labels are fetched as bytes: four times as many of them fit the cache.

    Args:
        codes: int32, or int8 as :func:`narrow` gives them, below ``count`` or -1.
        rows: Positions, or a slice.
        count: How many labels there are.

    Example:
        >>> take(np.array([2, 0], np.int32), np.array([1, 1]), 3)
        array([0, 0], dtype=int32)
    """
    if not isinstance(rows, slice) and len(rows) > SHORT:
        codes = narrow(codes, count)
    taken = ragged.take(codes, rows)
    return taken if ragged.constant(taken) else taken.astype(np.int32, copy=False)


def used(codes: Array, labels: Array) -> tuple[NDArray[np.int32], Array]:
    """Return int32 codes and labels, unused labels left out, the rest in their order.

    Example:
        >>> codes, labels = used(np.array([2, -1]), np.array(["a", "b", "c"], object))
        >>> codes.tolist(), labels.tolist()
        ([0, -1], ['c'])
    """
    if ragged.constant(codes) and codes[0] >= 0:
        return np.broadcast_to(np.int32(0), len(codes)), labels[codes[0] :][:1]
    seen = np.zeros(len(labels) + 1, np.bool_)
    seen[codes[:SOME]] = True
    if not seen[:-1].all():
        seen[codes[SOME:]] = True
    if seen[:-1].all():
        return codes.astype(np.int32, copy=False), labels
    kept = np.flatnonzero(seen[:-1])
    table = np.full(len(labels) + 1, -1, np.int32)
    table[kept] = np.arange(len(kept), dtype=np.int32)
    return table[codes], labels[kept]


def joined(
    columns: Sequence[tuple[Array, Array]],
) -> tuple[NDArray[np.int32], Array]:
    """Return one column of codes and labels from several, one after another.

    Equal labels of different columns become one.

    Example:
        >>> a = (np.array([0, 1]), np.array(["x", "z"], dtype=object))
        >>> b = (np.array([0, 0]), np.array(["y"], dtype=object))
        >>> joined([a, b])[0].tolist()
        [0, 2, 1, 1]
    """
    labels = np.concatenate([column[1] for column in columns])
    _, first, place = np.unique(packed(labels), return_index=True, return_inverse=True)
    starts = np.cumsum([0, *(len(column[1]) for column in columns)])
    table = np.append(place, -1)
    codes = [
        np.where(column[0] < 0, -1, table[column[0] + start])
        for column, start in zip(columns, starts[:-1], strict=True)
    ]
    return used(np.concatenate(codes), labels[first])


def combined(columns: Sequence[Array], sizes: Sequence[int]) -> tuple[Ints, int]:
    """Return one code for each row's combination of codes, and how many there can be.

    The first column counts most: ``code = (c0 * sizes[1] + c1) * sizes[2] + c2``.

    Example:
        >>> combined([np.array([1, 0]), np.array([2, 1])], [2, 3])
        (array([5, 1]), 6)
    """
    cells = columns[0].astype(np.int64)
    for column, size in zip(columns[1:], sizes[1:], strict=True):
        cells *= size
        cells += column
    return cells, math.prod(sizes)


def separated(cells: Ints, sizes: Sequence[int]) -> list[Ints]:
    """Return the codes that :func:`combined` made ``cells`` of, one array a column.

    Example:
        >>> separated(np.array([5, 1]), [2, 3])
        [array([1, 0]), array([2, 1])]
    """
    columns: list[Ints] = []
    for size in reversed(sizes[1:]):
        cells, code = np.divmod(cells, size)
        columns.append(code)
    return [cells, *reversed(columns)]


def sum_by(cells: Array, values: Ints, count: int) -> Ints:
    """Return the exact int64 sums of integers by cell, (count,).

    A sparse product adds them as they are, in one pass. For few values
    ``np.bincount`` is quicker; it adds in float64, which is exact below 2^53, so that
    values whose sum may pass that are added in two limbs.

    Example:
        >>> sum_by(np.array([0, 1, 0]), np.array([2**60, 1, 3]), 2).tolist()
        [1152921504606846979, 1]
    """
    if len(cells) > SHORT:
        return _sums(cells, values.astype(np.int64, copy=False), count)
    bound = float(np.abs(values.astype(np.float64)).sum())
    if bound < EXACT:
        return np.bincount(cells, values, count).astype(np.int64)
    high = np.bincount(cells, values >> LIMB, count).astype(np.int64)
    low = np.bincount(cells, values & ((1 << LIMB) - 1), count).astype(np.int64)
    return (high << LIMB) + low


def _sums(cells: Array, values: Array, count: int) -> Array:
    whole = np.array([0, len(cells)])
    column = _columns(values, cells, whole, count)
    return np.asarray(column @ np.ones(1, values.dtype))


def _columns(values: Array, cells: Array, offsets: Ints, count: int) -> csc_matrix:
    """Return the sparse table of ``count`` rows that has a column for each segment.

    The arrays are set, not given: scipy copies those that are views of much longer
    ones, as blocks of journeys are. It does not look at their bounds, either.

    Raises:
        IndexError: A cell is none of the table's.
    """
    from scipy import sparse

    width = ragged.index_type(len(cells))
    rows = cells.astype(width, copy=False)
    # Below 0 is as large as can be without a sign.
    if len(rows) and int(rows.view(f"u{rows.itemsize}").max()) >= count:
        message = f"a cell is none of {count}"
        raise IndexError(message)
    table = sparse.csc_matrix((count, len(offsets) - 1), dtype=values.dtype)
    table.data, table.indices = values, rows
    table.indptr = offsets.astype(width, copy=False)
    return table


def products_by(
    cells: Array, offsets: Ints, values: Array | None, column: Array, count: int
) -> Array:
    """Return by cell the sums of ``values`` times their segment's in a column.

    A complex column is two in one pass over the touches: a complex number times a real
    one is each of its parts times it.

    Args:
        cells: (touches,), below ``count``.
        offsets: int64, (segments + 1,), from 0.
        values: Real, (touches,); None where every one is 1.
        column: complex128 or int64, (segments,).
        count: How many cells there are.

    Returns:
        (count,), of the column's dtype.

    Example:
        >>> column = np.array([5 + 1j, 7 + 1j])
        >>> products_by(np.array([0, 0, 1]), np.array([0, 1, 3]), None, column, 2)
        array([12.+2.j,  7.+1.j])
    """
    if values is not None:
        factors = values.astype(column.dtype)
    elif column.dtype == np.complex128:
        factors = _ones(len(cells))
    else:
        factors = np.ones(len(cells), column.dtype)
    return np.asarray(_columns(factors, cells, offsets, count) @ column)


def _ones(size: int) -> NDArray[np.complex128]:
    if size > MOST_KEPT:
        return np.ones(size, np.complex128)
    return _kept_ones(1 << max(size - 1, 0).bit_length())[:size]


@cache
def _kept_ones(size: int) -> NDArray[np.complex128]:
    """Return ones, kept from block to block: making them takes as long as a sum."""
    ones = np.ones(size, np.complex128)
    ones.flags.writeable = False
    return ones


def float_sum_by(cells: Array, values: Floats, count: int) -> Floats:
    """Return the float64 sums of ``values`` by cell, (count,), added in row order.

    Example:
        >>> float_sum_by(np.array([0, 1, 0]), np.array([.5, 1, .25]), 2).tolist()
        [0.75, 1.0]
    """
    sums: Floats = np.bincount(cells, values, count).astype(np.float64, copy=False)
    return sums
