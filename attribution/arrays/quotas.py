"""Quotas: what each place is due of an amount, in whole units and remainders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.plain import GRID, SMALL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.arrays.buckets import Buckets
    from attribution.arrays.ragged import Floats, Ints

    Parts = NDArray[np.int32]

MOST: Final = 2**31
"""Divisors of integer parts are below this."""

SHORT: Final = 2**26
"""Below this divisor float64 holds every product, so that its quotients are exact."""


def of_parts(amounts: Ints, parts: Ints, divisor: Ints) -> tuple[Ints, Ints]:
    """Return amounts times parts over a divisor, exactly.

    Args:
        amounts: int64, (segments,), from 0 on.
        parts: int64, (places, segments), at most the divisor.
        divisor: int64, (segments,) or (places, segments), from 1 to 2^31 - 1.

    Returns:
        int64, (places, segments) each: whole units, and remainders in 2^-20 unit, the
        nearest, of two as near the even one.

    Example:
        >>> of_parts(np.array([7]), np.array([[1], [1]]), np.array([2]))[1].T
        array([[524288, 524288]])
    """
    whole, rest = np.divmod(amounts, divisor)
    units = whole * parts
    if divisor.max() >= SHORT:
        further, remainder = np.divmod(rest * parts, divisor)
        on_grid, rest_of = np.divmod(remainder << GRID, divisor)
        on_grid += 2 * rest_of + (on_grid & 1) > divisor
        units += further
        return units, on_grid
    # Whole numbers below 2^53: quotients are floored, and rounded, as exact ones are.
    product, by = (rest * 1.0) * parts, divisor * 1.0
    quotient = np.floor(product / by)
    units += quotient.astype(np.int64)
    quotient *= by
    product -= quotient
    product /= by * 2.0**-GRID
    return units, np.rint(product, out=product).astype(np.int64)


def of_shares(amounts: Ints, shares: Floats, laid: Buckets) -> tuple[Ints, Parts]:
    """Return amounts times shares, to about 2^-20 unit.

    Args:
        amounts: int64, (segments,) as they are laid, from 0 to 10^15.
        shares: float64, (places,).
        laid: The buckets.

    Returns:
        (places,) each: whole units, int64, and remainders in 2^-20 unit, int32.

    Example:
        >>> from attribution.arrays.buckets import Buckets
        >>> laid = Buckets.of(np.array([0, 2]))
        >>> of_shares(np.array([5]), np.array([0.5, 0.5]), laid)
        (array([2, 2]), array([524288, 524288], dtype=int32))
    """
    quota = laid.times(shares, np.minimum(amounts, SMALL) * 2.0**GRID)
    units = np.rint(quota, out=quota).astype(np.int64)
    remainder = units.astype(np.int32) & ((1 << GRID) - 1)
    units >>= GRID
    if amounts.max(initial=0) >= SMALL:
        for bucket in laid.each:
            own = amounts[bucket.columns]
            large = np.flatnonzero(own >= SMALL)
            found = _long(own[large], bucket.table(shares)[:, large])
            bucket.table(units)[:, large] = found[0]
            bucket.table(remainder)[:, large] = found[1]
    return units, remainder


def _long(amounts: Ints, shares: Floats) -> tuple[Ints, Ints]:
    """Return the same for amounts to 2^50, with both factors cut into limbs.

    The share is ``first·2^-26 + second·2^-53 + rest·2^-53`` with integers of 26 and 27
    bits and a rest below 1, the amount ``high·2^26 + low``; every product of two
    integers is below 2^53, every fraction is kept to 2^-50.
    """
    high, low = amounts >> 26, amounts & ((1 << 26) - 1)
    scaled = shares * 2.0**26
    first = np.floor(scaled)
    scaled = (scaled - first) * 2.0**27
    second = np.floor(scaled)
    rest = scaled - second
    one, two = first.astype(np.int64), second.astype(np.int64)
    low_first, high_second = low * one, high * two
    units = high * one + (low_first >> 26) + (high_second >> 27)
    fraction = (low_first & ((1 << 26) - 1)) * 2.0**-26
    fraction += (high_second & ((1 << 27) - 1)) * 2.0**-27
    fraction += (low * two) * 2.0**-53
    fraction += amounts * (rest * 2.0**-53)
    on_grid = np.rint(fraction * 2.0**GRID).astype(np.int64)
    return units + (on_grid >> GRID), on_grid & ((1 << GRID) - 1)
