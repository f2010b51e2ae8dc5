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

from attribution.arrays import plain, ragged
from attribution.arrays.plain import GRID, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Floats, Ints

Rounding = Literal["half_even", "half_up"]

LIMIT: Final = 10**15
"""The largest amount, in minor units, that is divided exactly."""

SMALL_PARTS: Final = 2**31
"""Integer parts that sum to less than this are divided in int64."""

WORD: Final = 63
"""Bits of a key to sort."""

COARSE: Final = 2.0**43
"""Above this many units a float's shortest decimal is read as text to be rounded."""

NOISE: Final = 1e-6
"""A float this near to a unit, in units, stands for it."""

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
    fault = np.zeros(len(values), np.int8)
    fault[np.isnan(values)] = ABSENT
    factor = 10.0**decimals
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
    size = np.abs(amounts)
    few = plain.is_few(len(weights), len(amounts))
    if few and (weights.dtype != np.float64 or _all_small(size)):
        return _few(amounts, offsets, weights)
    if weights.dtype == np.float64:
        shares: Floats = weights.astype(np.float64, copy=False)
        total = size
        if not weights.min(initial=1.0) > 0 or (np.diff(offsets) == 0).any():
            total = np.where(ragged.sums(weights, offsets) > 0, size, 0)
        credits = _from_shares(total, offsets, shares)
    else:
        credits = _from_parts(size, offsets, weights.astype(np.int64, copy=False))
    if (amounts < 0).any():
        credits *= ragged.spread(np.sign(amounts), offsets)
    return credits


def _all_small(amounts: Ints) -> bool:
    return bool((amounts < SMALL).all())


def _few(amounts: Ints, offsets: Ints, weights: Floats | Ints) -> Ints:
    """Return what :func:`allocate` does, segment by segment in plain Python."""
    given, cuts = weights.tolist(), (offsets - offsets[0]).tolist()
    divide = plain.by_shares if weights.dtype == np.float64 else plain.by_parts
    credits: list[int] = []
    for amount, (first, last) in zip(amounts.tolist(), pairwise(cuts), strict=True):
        own = divide(abs(amount), given[first:last])
        credits += own if amount >= 0 else [-credit for credit in own]
    return np.array(credits, np.int64)


def _from_parts(amounts: Ints, offsets: Ints, parts: Ints) -> Ints:
    if ragged.constant(parts) and parts[0] > 0:
        return _equally(amounts, offsets)
    sums = ragged.sums(parts, offsets)
    large = np.flatnonzero(sums >= SMALL_PARTS)
    if large.size:
        return _from_large_parts(amounts, offsets, parts, large)
    whole, rest = np.divmod(amounts, np.maximum(sums, 1))
    rest[sums == 0] = 0
    credits = ragged.spread(whole, offsets) * parts
    if not rest.any():
        return credits
    divisor = ragged.spread(np.maximum(sums, 1), offsets)
    units, remainder = np.divmod(ragged.spread(rest, offsets) * parts, divisor)
    credits += units
    left = rest - ragged.sums(units, offsets)
    on_grid, rest_of = np.divmod(remainder << GRID, divisor)
    on_grid += 2 * rest_of + (on_grid & 1) > divisor
    credits[_next_units(on_grid, left, offsets)] += 1
    return credits


def equal_units(amounts: Ints, offsets: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the division of each amount over equal weights, without spreading it.

    Args:
        amounts: int64, (segments,), within ±10^15.
        offsets: int64, (segments + 1,).

    Returns:
        int64, (segments,) each: the units of every touch; the unit that some take
        more: 1, -1 of negative amounts, or 0; and how many of the first take it.

    Example:
        >>> equal_units(np.array([-5]), np.array([0, 3]))
        (array([-1]), array([-1]), array([2]))
    """
    sizes = np.maximum(offsets[1:] - offsets[:-1], 1)
    # Of integers below 2^53 no quotient that is none rounds up to an integer.
    units = (amounts / sizes).astype(np.int64)
    rest = amounts - units * sizes
    return units, np.sign(rest), np.abs(rest)


def _equally(amounts: Ints, offsets: Ints) -> Ints:
    units, more, many = equal_units(amounts, offsets)
    both = ragged.in_turn(units + more, units)
    return np.asarray(ragged.spread(both, ragged.cut(offsets, many)), np.int64)


def _from_large_parts(amounts: Ints, offsets: Ints, parts: Ints, large: Ints) -> Ints:
    """Return the same where the parts of some segments sum to 2^31 or more."""
    ones, rest = parts.copy(), amounts.copy()
    ones[ragged.gather(offsets - offsets[0], large)[0]] = 1
    rest[large] = 0
    credits = _from_parts(rest, offsets, ones)
    for segment in large.tolist():
        here = np.arange(offsets[segment], offsets[segment + 1]) - offsets[0]
        here = here[parts[here] > 0]
        credits[here] = plain.by_parts(int(amounts[segment]), parts[here].tolist())
    return credits


def _from_shares(amounts: Ints, offsets: Ints, shares: Floats) -> Ints:
    spread = ragged.spread(amounts, offsets)
    quotas = _quotas if _all_small(amounts) else _long_quotas
    units, remainder = quotas(spread, shares)
    left = amounts - ragged.sums(units, offsets)
    strange = (left < 0) | (left > np.diff(offsets))
    next_units = _next_units(remainder, left, offsets)
    unearned = next_units[remainder[next_units] == 0]
    if unearned.size:
        segments = np.searchsorted(offsets - offsets[0], unearned, side="right") - 1
        strange[segments] = True
    units[next_units] += 1
    for segment in np.flatnonzero(strange).tolist():
        own = slice(offsets[segment] - offsets[0], offsets[segment + 1] - offsets[0])
        exact = [Fraction(share) for share in shares[own].tolist()]
        units[own] = plain.by_fractions(int(amounts[segment]), exact)
    return units


def _quotas(amounts: Ints, shares: Floats) -> tuple[Ints, Ints]:
    """Return whole units and remainders in 2^-20 unit, for amounts below 2^28."""
    quota = amounts * shares
    quota *= 1 << GRID
    on_grid = np.rint(quota, out=quota).astype(np.int64)
    return on_grid >> GRID, on_grid & ((1 << GRID) - 1)


def _long_quotas(amounts: Ints, shares: Floats) -> tuple[Ints, Ints]:
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


def _next_units(remainder: Ints, left: Ints, offsets: Ints) -> Ints:
    """Return the touches of the ``left`` largest remainders of each segment.

    Of equal remainders the earlier touch counts as the larger. Remainders are from 0
    to 2^20, so that segment, remainder and place fit one int64 to sort.
    """
    segment = ragged.segments_of(offsets)
    starts = (offsets[:-1] - offsets[0])[segment]
    place = np.arange(len(remainder)) - starts
    low = int(place.max(initial=0)).bit_length()
    high = low + GRID + 1
    if len(offsets).bit_length() + high <= WORD:
        keys = segment + 1
        keys <<= high
        keys -= remainder << low
        keys += place
        keys.sort()
        keys &= (1 << low) - 1
    else:
        keys = place[np.lexsort((-remainder, segment))]
    chosen = np.flatnonzero(place < left[segment])
    return np.asarray(starts[chosen] + keys[chosen], np.int64)
