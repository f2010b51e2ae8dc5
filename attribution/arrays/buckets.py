"""Segments of one length side by side: a row for each place, a column for each segment.

What is done inside each segment is then done row by row, without a loop over segments
and without columns as long as the touches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.arrays.ragged import Array, Bools, Ints

EACH: Final = 8
"""Up to this many touches every length has a bucket of its own."""

STEPS: Final = 1
"""Longer ones are cut into 2^STEPS lengths between powers of two."""

LONGEST: Final = 1 << 15
"""Below this many touches lengths are sorted as short integers, by counting."""

SMALL: Final = 4096
"""Up to so many places all segments are one bucket: calls would cost more."""


class Bucket(NamedTuple):
    """Segments of one length, or of nearly one.

    ``segments``: int64, (columns,); ``touches``: int64, (places, columns), the last
    touch again where a segment has no more; ``absent``: bool, (places, columns), where
    that is so; None where it nowhere is.
    """

    segments: Ints
    touches: Ints
    absent: Bools | None

    def of(self, values: Array) -> Array:
        """Return the values of the touches, 0 where there is none."""
        found: Array = values.take(self.touches)
        if self.absent is not None:
            found[self.absent] = 0
        return found

    def put(self, values: Array, column: Array) -> None:
        """Write the values to their touches in a column."""
        if self.absent is None:
            column[self.touches] = values
        else:
            present = ~self.absent
            column[self.touches[present]] = values[present]


def buckets(offsets: Ints) -> Iterator[Bucket]:
    """Yield the segments that have touches in buckets, the short ones first.

    Args:
        offsets: int64, (segments + 1,), from 0.

    Example:
        >>> [one.touches.T.tolist() for one in buckets(np.array([0, 2, 2, 4]))]
        [[[0, 1], [2, 3]]]
    """
    sizes = offsets[1:] - offsets[:-1]
    widths = _widths(sizes)
    order = np.argsort(widths, kind="stable")
    ordered = widths[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for segments in np.split(order, cuts):
        if not len(segments) or not widths[segments[0]]:
            continue
        own, width = sizes[segments], int(widths[segments[0]])
        places = np.arange(width)[:, None]
        touches = offsets[segments] + places
        absent = None
        if own.min() < width:
            absent = places >= own
            np.minimum(touches, offsets[segments + 1] - 1, out=touches)
        yield Bucket(segments, touches, absent)


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
