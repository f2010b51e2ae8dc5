"""Segments of one length side by side: a row for each place, a column for each segment.

What is done inside each segment is then done row by row, without a loop over segments.
The tables of all lengths are one column after another, so that what is done to each
value alone takes one call for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Ints

EACH: Final = 8
"""Up to this many touches every length has a bucket of its own."""

STEPS: Final = 1
"""Longer ones are cut into 2^STEPS lengths between powers of two."""

LONGEST: Final = 1 << 15
"""Below this many touches lengths are sorted as short integers, by counting."""

SMALL: Final = 4096
"""Up to so many places all segments are one bucket: calls would cost more."""

BYTE: Final = 255
"""Up to this many places one byte holds each."""


class Bucket(NamedTuple):
    """Segments of one length, or of nearly one, in columns laid bucket after bucket.

    ``places``: how many rows; ``columns``: its segments in a column of segments;
    ``rows``: its places in a column of places.
    """

    places: int
    columns: slice
    rows: slice

    def table(self, values: Array) -> Array:
        """Return its own of a column of places, (places, segments), not a copy."""
        return values[self.rows].reshape(self.places, -1)

    def first_of(self, values: Array, largest: Array) -> Ints:
        """Return where the first place of each segment is that holds its largest value.

        Args:
            values: A column of places, no NaN.
            largest: (its segments,), the largest value of each.

        Returns:
            int64, (its segments,), positions in a column of places.

        Example:
            >>> bucket = Bucket(3, slice(0, 2), slice(0, 6))
            >>> bucket.first_of(np.array([1, 7, 3, 7, 3, 2]), np.array([3, 7]))
            array([2, 1])
        """
        table, start = self.table(values), self.rows.start
        if self.places > BYTE:
            place = table.argmax(0)
        else:
            rank = (table == largest).view(np.uint8)
            rank *= np.arange(self.places, 0, -1, dtype=np.uint8)[:, None]
            place = self.places - rank.max(0).astype(np.int64)
        place *= len(place)
        place += np.arange(start, start + len(place))
        return np.asarray(place, np.int64)


@dataclass(frozen=True, eq=False)
class Buckets:
    """All segments that have touches, in buckets, the short ones first.

    ``segments``: int64, (segments,), which they are; ``touches``: int64, (places,),
    bucket after bucket and in each place after place, the last touch again where a
    segment has no more; ``absent``: int64, where in ``touches`` that is so.

    Example:
        >>> laid = Buckets.of(np.array([0, 2, 2, 4]))
        >>> [one.table(laid.touches).T.tolist() for one in laid.each]
        [[[0, 1], [2, 3]]]
    """

    segments: Ints
    touches: Ints
    absent: Ints
    each: tuple[Bucket, ...]

    @classmethod
    def of(cls, offsets: Ints) -> Buckets:
        """Return the buckets of segments of these offsets, int64, from 0."""
        widths = _widths(offsets[1:] - offsets[:-1])
        order = np.argsort(widths, kind="stable")
        segments = order[np.count_nonzero(widths == 0) :]
        places = widths[segments]
        cuts = np.flatnonzero(places[1:] != places[:-1]) + 1
        each, end = [], 0
        for first, last in pairwise([0, *cuts.tolist(), len(segments)]):
            if first < last:
                rows = int(places[first])
                begin, end = end, end + rows * (last - first)
                each.append(Bucket(rows, slice(first, last), slice(begin, end)))
        first_of, last_of = offsets[segments], offsets[1:][segments] - 1
        touches, absent = np.empty(end, np.int64), [np.zeros(0, np.int64)]
        for one in each:
            table, most = one.table(touches), last_of[one.columns]
            np.add(first_of[one.columns], np.arange(one.places)[:, None], out=table)
            if (table[-1] > most).any():
                absent.append(np.flatnonzero(table > most) + one.rows.start)
                np.minimum(table, most, out=table)
        return cls(segments, touches, np.concatenate(absent), tuple(each))

    def take(self, values: Array) -> Array:
        """Return a column of touches as one of places, 0 where there is no touch."""
        found: Array = values.take(self.touches)
        found[self.absent] = 0
        return found

    def times(self, values: Array, factor: Array) -> Array:
        """Return a column of places times a column of segments, (places,).

        Example:
            >>> laid = Buckets.of(np.array([0, 2, 4]))
            >>> laid.times(laid.take(np.array([1, 2, 3, 4])), np.array([1, 10]))
            array([ 1, 30,  2, 40])
        """
        found = np.empty(len(values), np.result_type(values, factor))
        for one in self.each:
            own, column = one.table(values), factor[one.columns]
            np.multiply(own, column, out=one.table(found))
        return found

    def sums(self, values: Array) -> Array:
        """Return the sum of each segment's places, (segments,).

        Example:
            >>> laid = Buckets.of(np.array([0, 2, 4]))
            >>> laid.sums(laid.take(np.array([1, 2, 3, 4])))
            array([3, 7])
        """
        found = np.empty(len(self.segments), values.dtype)
        for one in self.each:
            found[one.columns] = one.table(values).sum(0)
        return found

    def put(self, values: Array, column: Array) -> None:
        """Write a column of places to their touches in a column of touches."""
        if not len(self.absent):
            column[self.touches] = values
            return
        present = np.ones(len(self.touches), np.bool_)
        present[self.absent] = False
        column[self.touches[present]] = values[present]


def _widths(sizes: Ints) -> Array:
    """Return how many places each segment gets, 0 for an empty one."""
    most = int(sizes.max(initial=0))
    if most * len(sizes) <= SMALL:
        return np.where(sizes > 0, most, 0)
    found = sizes.astype(np.uint16 if most < LONGEST else np.int64)
    long = np.flatnonzero(sizes > EACH)
    exponent = np.frexp(sizes[long] - 1)[1]
    unit = 1 << (exponent - 1 - STEPS)
    found[long] = -(-sizes[long] // unit) * unit
    return found
