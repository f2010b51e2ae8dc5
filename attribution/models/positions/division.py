"""Parts of touches from the shares of positions: pure functions on arrays.

A position is held by one touch of a journey, or by none; the middle is shared by the
touches between. Shares are int64 in the proportion that is meant (or float64), so that
the parts of a deal are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.arrays import ragged

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Bools, Ints


def without_middle(
    shares: Array, middle: float, empty: Bools, *, evenly: bool
) -> Array:
    """Return the shares of positions by journey, where nothing lies between, too.

    Where the middle is empty its share goes to all positions evenly, or stays out so
    that :func:`divided` takes it to those held, in proportion. Positions without any
    share take an empty middle evenly too.

    Args:
        shares: (positions,).
        middle: The share of the touches between.
        empty: bool, (journeys,): nothing lies between.
        evenly: Whether positions take it evenly.

    Returns:
        (positions, journeys), of the shares' dtype.

    Example:
        >>> without_middle(np.array([6, 10]), 4, np.array([True]), evenly=True).tolist()
        [[16], [24]]
    """
    if not (evenly or not shares.any()):
        return np.repeat(shares[:, None], len(empty), 1)
    filled = shares * len(shares) + np.asarray(middle, shares.dtype)
    found: Array = np.where(empty, filled[:, None], shares[:, None])
    return found


def passed_on(shares: Array, held: Ints) -> Array:
    """Return the shares with those of positions nobody holds at the next one held.

    What no held position follows stays with the last, for :func:`divided`.

    Args:
        shares: (positions, journeys).
        held: int64, (positions, journeys): the touch that holds each, -1 for none.

    Example:
        >>> passed_on(np.array([[1], [2], [4]]), np.array([[-1], [0], [-1]])).tolist()
        [[0], [3], [4]]
    """
    found = np.zeros_like(shares)
    carried = np.zeros_like(shares[0])
    for place, holder in enumerate(held):
        carried = carried + shares[place]
        found[place] = np.where(holder >= 0, carried, 0)
        carried = np.where(holder >= 0, 0, carried)
    found[-1] += carried
    return found


def divided(
    shares: Array,
    middle: float,
    held: Ints,
    between: Bools,
    many: Ints,
    offsets: Ints,
) -> Array:
    """Return the part of each touch in its deal, (touches,).

    Shares of positions that nobody holds, and of an empty middle, go to those held in
    proportion; where none with a share is held, to the touches between.

    Args:
        shares: (positions, journeys), int64 or float64.
        middle: The share of the touches between.
        held: int64, (positions, journeys): the touch that holds each, -1 for none.
        between: bool, (touches,).
        many: int64, (journeys,): how many touches lie between.
        offsets: int64, (journeys + 1,).

    Example:
        >>> held, between = np.array([[0], [2]]), np.array([False, True, False])
        >>> many, offsets = np.array([1]), np.array([0, 3])
        >>> divided(np.array([[2], [2]]), 1, held, between, many, offsets)
        array([2, 1, 2])
    """
    there = held >= 0
    whole = kept = np.add.reduce(shares, 0)
    if np.count_nonzero(there) < there.size:
        kept = np.add.reduce(np.where(there, shares, 0), 0, dtype=shares.dtype)
    grown, common = whole, kept
    if shares.dtype == np.int64:
        shared = np.maximum(np.gcd(whole, kept), 1)
        grown, common = whole // shared, kept // shared
    if middle:
        grown = grown * np.maximum(many, 1)
        common = np.where(kept > 0, common * np.asarray(middle, shares.dtype), 1)
    parts = np.zeros(len(between), shares.dtype)
    if middle:
        parts[between] = ragged.spread(common, offsets)[between]
    for holder, own, share in zip(held, there, shares, strict=True):
        parts[holder[own]] += (share * grown)[own]
    return parts


def of_ends(shares: Array, middle: float, offsets: Ints, *, evenly: bool) -> Array:
    """Return parts where first and last touch alone hold positions, (touches,).

    What :func:`without_middle` and :func:`divided` give, in closed form: it depends on
    the number of touches alone.

    Args:
        shares: (2,), of the first and of the last touch.
        middle: The share of the touches between.
        offsets: int64, (journeys + 1,).
        evenly: Whether both take the share of an empty middle evenly.

    Example:
        >>> shares, offsets = np.array([2, 2]), np.array([0, 4, 6])
        >>> of_ends(shares, 1, offsets, evenly=False)
        array([4, 1, 1, 4, 2, 2])
    """
    sizes = offsets[1:] - offsets[:-1]
    if np.count_nonzero(sizes) < len(sizes):
        offsets = np.append(offsets[:-1][sizes > 0], offsets[-1])
        sizes = sizes[sizes > 0]
    two = shares * 2 + middle if evenly or not shares.any() else shares
    many = np.maximum(sizes - 2, 1) if middle else 1
    parts = np.full(offsets[-1], middle, shares.dtype)
    for place, share, own in zip(
        (offsets[:-1], offsets[1:] - 1), shares, two, strict=True
    ):
        parts[place] = np.where(sizes > len(shares), share * many, own)
    parts[offsets[:-1][sizes == 1]] = 1
    return parts


def tied(shares: Array, middle: float, time: Ints, offsets: Ints) -> Array:
    """Return parts where every touch at the first or last instant takes its share.

    PostHog's rule: of n touches each other one takes the middle's share over n - 2,
    and all is made to sum to 1; two touches take a half each.

    Args:
        shares: (2,), of the first and of the last touch.
        middle: The share of the touches between.
        time: int64, (touches,), non-decreasing in a journey.
        offsets: int64, (journeys + 1,).

    Example:
        >>> time, offsets = np.array([1, 1, 2, 3]), np.array([0, 4])
        >>> tied(np.array([2, 2]), 1, time, offsets)
        array([4, 4, 1, 4])
    """
    sizes = ragged.spread(np.diff(offsets), offsets)
    earliest = ragged.spread(ragged.reduce(np.minimum, time, offsets), offsets)
    latest = ragged.spread(ragged.reduce(np.maximum, time, offsets), offsets)
    one = np.ones((), shares.dtype)
    first, last = (share * np.maximum(sizes - 2, 1) for share in shares)
    other = np.where(time == latest, last, np.asarray(middle, shares.dtype))
    parts = np.where(time == earliest, first, other)
    parts = np.where(sizes <= len(shares), one, parts)
    nothing = ragged.spread(ragged.sums(parts, offsets) == 0, offsets)
    found: Array = np.where(nothing, one, parts)
    return found


def normalised(parts: Array, offsets: Ints) -> Array:
    """Return int64 parts as they are, float64 ones divided by their deal's sum.

    Example:
        >>> normalised(np.array([1.0, 3.0]), np.array([0, 2])).tolist()
        [0.25, 0.75]
    """
    if parts.dtype == np.int64:
        return parts
    sums = ragged.spread(ragged.sums(parts, offsets), offsets)
    found: Array = parts / np.where(sums > 0, sums, 1.0)
    return found
