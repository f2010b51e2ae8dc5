"""Money as integer minor units: exact reading and exact division.

Amounts are int64 minor units from the door on, good to ±10^15. Division is by largest
remainder (Hamilton's method): the parts sum to the amount, and each is within one
unit of its quota.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from attribution.arrays import plain, quotas, ragged
from attribution.arrays.buckets import Buckets
from attribution.arrays.plain import GRID, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Floats, Ints

Rounding = Literal["half_even", "half_up"]

LIMIT: Final = 10**15
"""The largest amount, in minor units, that is divided exactly."""

SHORT_WORD: Final = 31
"""Bits of a short key to sort."""

PAIRWISE: Final = 8
"""Up to this many remainders each is compared with each; more are sorted."""

COARSE: Final = 2.0**43
"""Above this many units a float's shortest decimal is read as text to be rounded."""

NOISE: Final = 1e-6
"""A float this near to a unit, in units, stands for it."""

BLOCK: Final = 1 << 14
"""Amounts read at a time: what is made of them stays in the processor's cache."""

OK, ABSENT, UNBOUNDED, TOO_LARGE, TOO_FINE, NOT_A_NUMBER = range(6)
"""What reading an amount found, one int8 code for each."""

LARGEST: Final = 24
"""Decimals of more digits than this before the point are beyond any amount."""


def from_integers(values: Ints, decimals: Ints) -> tuple[Ints, NDArray[np.int8]]:
    """Return whole major units as minor units, and what was found.

    Args:
        values: int64, major units.
        decimals: int64, of each row's currency.

    Returns:
        int64 minor units (0 where at fault) and int8 findings.

    Example:
        >>> from_integers(np.array([12]), np.array([2]))[0]
        array([1200])
    """
    factor = 10**decimals
    most = LIMIT // factor
    beyond = (values > most) | (values < -most)
    fault = np.where(beyond, TOO_LARGE, OK).astype(np.int8)
    return np.where(fault == OK, values, 0) * factor, fault


def from_floats(
    values: Floats, decimals: Ints, rounding: Rounding | None = None
) -> tuple[Ints, NDArray[np.int8]]:
    """Return float major units as minor units, by the shortest decimal of each.

    Float noise (what float64 cannot resolve, or below 10^-6 of a unit) is taken to
    the unit it stands for; more decimals than the currency has are
    :data:`TOO_FINE` unless ``rounding`` says how to round them.

    Example:
        >>> from_floats(np.array([1.15, 0.1 + 0.2, 1.005]), np.array([2, 2, 2]))
        (array([115,  30,   0]), array([0, 0, 4], dtype=int8))
    """
    units, fault = np.zeros(len(values), np.int64), np.zeros(len(values), np.int8)
    for first in range(0, len(values), BLOCK):
        rows = slice(first, first + BLOCK)
        units[rows], fault[rows] = _from_floats(values[rows], decimals[rows], rounding)
    return units, fault


def _from_floats(
    values: Floats, decimals: Ints, rounding: Rounding | None
) -> tuple[Ints, NDArray[np.int8]]:
    fault = np.zeros(len(values), np.int8)
    fault[np.isnan(values)] = ABSENT
    factor = (10.0 ** np.arange(decimals.max() + 1))[decimals]
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.abs(values) * factor
        fault[scaled > LIMIT + 0.5] = TOO_LARGE
        fault[scaled >= 2.0**63] = UNBOUNDED
    usable = fault == OK
    scaled = np.where(usable, scaled, 0.0)
    plain = np.where(usable, np.abs(values), 0.0)
    units = np.rint(scaled)
    noise = np.maximum(NOISE, np.spacing(scaled))
    whole = (np.abs(scaled - units) <= noise) | (units / factor == plain)
    if rounding is None:
        fault[~whole] = TOO_FINE
    else:
        below = np.floor(scaled)
        half = ((2 * below + 1) / (2 * factor) == plain) & ~whole
        odd = below % 2 == 1
        up = half & (odd if rounding == "half_even" else True)
        units = np.where(half, below + up, units)
        coarse = np.flatnonzero(usable & (scaled > COARSE))
        texts = [Decimal(repr(value)) for value in plain[coarse].tolist()]
        units[coarse] = from_decimals(texts, decimals[coarse], rounding)[0]
    return np.copysign(np.where(fault == OK, units, 0), values).astype(np.int64), fault


def from_decimals(
    values: Sequence[Decimal | None],
    decimals: Ints,
    rounding: Rounding | None = None,
) -> tuple[Ints, NDArray[np.int8]]:
    """Return exact decimals of major units as minor units, and what was found.

    Example:
        >>> from_decimals([Decimal("1.15"), None], np.array([2, 2]))
        (array([115,   0]), array([0, 1], dtype=int8))
    """
    found = [
        _from_decimal(value, places, rounding)
        for value, places in zip(values, decimals.tolist(), strict=True)
    ]
    units, faults = zip(*found, strict=True) if found else ((), ())
    return np.array(units, np.int64), np.array(faults, np.int8)


def _from_decimal(
    value: Decimal | None, places: int, rounding: Rounding | None
) -> tuple[int, int]:
    if value is None or value.is_nan():
        return 0, ABSENT
    if value.is_zero():
        return 0, OK
    if value.is_infinite() or value.adjusted() > LARGEST:
        return 0, UNBOUNDED
    if value.adjusted() < -LARGEST:
        return 0, OK if rounding else TOO_FINE
    context = Context(prec=len(value.as_tuple().digits) + 2 * LARGEST)
    scaled = value.scaleb(places, context=context)
    way = ROUND_HALF_UP if rounding == "half_up" else ROUND_HALF_EVEN
    units = scaled.to_integral_value(rounding=way)
    if units != scaled and rounding is None:
        return 0, TOO_FINE
    return (int(units), OK) if abs(units) <= LIMIT else (0, TOO_LARGE)


def to_major(minor: Ints, decimals: int) -> Floats:
    """Return minor units as float64 major units, each the nearest to the exact value.

    Example:
        >>> to_major(np.array([115]), 2)
        array([1.15])
    """
    if not len(minor) or int(np.abs(minor).max()) < 2**53:
        return np.asarray(minor / 10**decimals, np.float64)
    factor = 10**decimals
    return np.array([int(units) / factor for units in minor], np.float64)


def text(minor: int, decimals: int) -> str:
    """Return an amount as exact text with separators between thousands.

    Example:
        >>> text(-123456, 2), text(5, 0)
        ('-1,234.56', '5')
    """
    whole, part = divmod(abs(minor), 10**decimals)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{part:0{decimals}}" if decimals else "")


def allocate(amounts: Ints, offsets: Ints, weights: Floats | Ints) -> Ints:
    """Return each amount divided over its segment's weights, to the unit.

    Largest remainder: the parts of a segment sum to its amount, each is within one
    unit of its quota, a zero weight gets zero, equal weights differ by at most one
    unit, and a negative amount is divided as the exact negative of the positive one.
    Remainders equal on a grid of 2^-20 unit are ties; a tie goes to the earlier touch.
    A segment whose weights are all zero gets zeros.

    Args:
        amounts: int64, (segments,), within ±10^15.
        offsets: int64, (segments + 1,).
        weights: (touches,), >= 0: float64 that sum to 1 in a segment (within 1e-9), or
            int64 parts whose sum in a segment is below 2^62.

    Returns:
        int64, (touches,).

    Example:
        >>> offsets, parts = np.array([0, 3, 5]), np.array([1, 1, 1, 7, 3])
        >>> allocate(np.array([100, -5]), offsets, parts)
        array([34, 33, 33, -4, -1])
    """
    own, parts = offsets - offsets[0], weights.dtype != np.float64
    few = plain.is_few(len(weights), len(amounts))
    if few and (parts or bool((np.abs(amounts) < SMALL).all())):
        return _few(amounts, own, weights)
    if parts and ragged.constant(weights) and weights[0] > 0:
        return _equally(amounts, own)
    laid, credits = Buckets.of(own), np.zeros(len(weights), np.int64)
    laid.put(divided(amounts, laid.take(weights), laid), credits)
    return credits


def divided(amounts: Ints, weights: Floats | Ints, laid: Buckets) -> Ints:
    """Return what :func:`allocate` does, of segments laid in buckets.

    Args:
        amounts: int64, (segments,), of all of them in their own order.
        weights: (places,), 0 where a segment has no touch.
        laid: The buckets.

    Returns:
        int64, (places,).

    Example:
        >>> laid = Buckets.of(np.array([0, 3, 5]))
        >>> divided(np.array([100, -5]), laid.take(np.array([1, 1, 1, 7, 3])), laid)
        array([34, -4, 33, -1, 33,  0])
    """
    own = amounts[laid.segments]
    size = np.abs(own)
    if weights.dtype == np.float64:
        units = _by_shares(size, weights.astype(np.float64, copy=False), laid)
    else:
        units = np.empty(len(weights), np.int64)
        for bucket in laid.each:
            parts = bucket.table(weights).astype(np.int64, copy=False)
            bucket.table(units)[:] = by_parts(size[bucket.columns], parts)
    if own.min(initial=0) < 0:
        units = laid.times(units, np.sign(own))
    return units


def _few(amounts: Ints, offsets: Ints, weights: Floats | Ints) -> Ints:
    """Return what :func:`allocate` does, segment by segment in plain Python."""
    given, cuts = weights.tolist(), offsets.tolist()
    divide = plain.by_shares if weights.dtype == np.float64 else plain.by_parts
    credits: list[int] = []
    for amount, (first, last) in zip(amounts.tolist(), pairwise(cuts), strict=True):
        own = divide(abs(amount), given[first:last])
        credits += own if amount >= 0 else [-credit for credit in own]
    return np.array(credits, np.int64)


def equal_units(amounts: Ints, sizes: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the division of each amount over equal weights, without spreading it.

    Args:
        amounts: int64, (segments,), within ±10^15.
        sizes: int64, (segments,), the touches of each, from 1 on.

    Returns:
        int64, (segments,) each: the units of every touch; the unit that some take
        more: 1, -1 of negative amounts, or 0; and how many of the first take it.

    Example:
        >>> equal_units(np.array([-5]), np.array([3]))
        (array([-1]), array([-1]), array([2]))
    """
    # Of integers below 2^53 no quotient that is none rounds up to an integer.
    units = (amounts / sizes).astype(np.int64)
    rest = amounts - units * sizes
    return units, np.sign(rest), np.abs(rest)


def _equally(amounts: Ints, offsets: Ints) -> Ints:
    sizes = np.maximum(offsets[1:] - offsets[:-1], 1)
    units, more, many = equal_units(amounts, sizes)
    both = ragged.in_turn(units + more, units)
    return np.asarray(ragged.spread(both, ragged.cut(offsets, many)), np.int64)


def by_parts(amounts: Ints, parts: Ints) -> Ints:
    """Return amounts >= 0 divided by the integer parts below each.

    Parts of large sums are first rid of what they have in common with the sum.

    Args:
        amounts: int64, (segments,).
        parts: int64, (places, segments).

    Example:
        >>> by_parts(np.array([100, 5]), np.array([[1, 7], [1, 3], [1, 0]])).T
        array([[34, 33, 33],
               [ 4,  1,  0]])
    """
    sums = parts.sum(0)
    large = np.flatnonzero(sums >= quotas.MOST)
    divisor = np.maximum(sums, 1)
    divisor[large] = 1
    units, on_grid = quotas.of_parts(amounts, parts, divisor)
    if large.size:
        common = np.gcd(parts[:, large], sums[large])
        own, divisor = parts[:, large] // common, sums[large] // common
        exact = quotas.of_parts(amounts[large], own, divisor)
        units[:, large], on_grid[:, large] = exact
        large = large[divisor.max(0) >= quotas.MOST]
    left = np.where(sums > 0, amounts - units.sum(0), 0)
    if np.count_nonzero(left):
        units += largest(on_grid, left)
    for column in large.tolist():
        own = parts[:, column].tolist()
        units[:, column] = plain.by_parts(int(amounts[column]), own)
    return units


def _by_shares(amounts: Ints, shares: Floats, laid: Buckets) -> Ints:
    """Return amounts >= 0 divided by the shares of each, (places,).

    Exact fractions are taken where shares miss the sum of 1 by more than the amount
    can bear.
    """
    units, remainder = quotas.of_shares(amounts, shares, laid)
    left, all_well = amounts - laid.sums(units), True
    chosen = np.empty(len(shares), np.bool_)
    for bucket in laid.each:
        own = left[bucket.columns]
        all_well &= bool(own.min() >= 0 and own.max() <= bucket.places)
        bucket.table(chosen)[:] = largest(bucket.table(remainder), own)
    units += chosen
    chosen &= remainder == 0
    if not all_well or chosen.any():
        for bucket in laid.each:
            table, own = bucket.table(units), amounts[bucket.columns]
            _mend(table, own, bucket.table(shares), bucket.table(chosen))
    return units


def _mend(units: Ints, amounts: Ints, shares: Floats, strange: Bools) -> None:
    """Divide anew the columns with a strange place, or another sum than the amount."""
    anew = strange.any(0) | (units.sum(0) != amounts)
    units[:, anew] = 0
    for column in np.flatnonzero(anew & (shares.max(0) > 0)).tolist():
        exact = [Fraction(share) for share in shares[:, column].tolist()]
        units[:, column] = plain.by_fractions(int(amounts[column]), exact)


def largest(remainder: Array, count: Ints) -> Bools:
    """Return which are the ``count`` largest remainders of each column.

    Of equal remainders the upper counts as the larger.

    Args:
        remainder: Integers from 0 to 2^20, (places, segments).
        count: int64, (segments,): none below 1, all from the number of places on.

    Example:
        >>> largest(np.array([[1], [3], [1]]), np.array([2])).T
        array([[ True,  True, False]])
    """
    places = len(remainder)
    bits = places.bit_length()
    short = bits + GRID < SHORT_WORD
    keys: Array = remainder.astype(np.int32 if short else np.int64)
    keys <<= bits
    keys += np.arange(places)[::-1, None].astype(keys.dtype)
    if places <= PAIRWISE:
        larger = (keys[:, None] < keys).view(np.uint8)
        found: Bools = np.add.reduce(larger, 1, dtype=np.uint8) < count
        return found
    place = places - count
    least = np.sort(keys, axis=0)[place.clip(0, places - 1), np.arange(len(place))]
    least[place >= places] = np.iinfo(keys.dtype).max
    return np.asarray(keys >= least)
