"""Exact division of one amount in plain Python.

For a few touches calls of numpy cost more than the arithmetic; and exact fractions
stand in where int64 and float64 do not reach. Remainders are compared on the grid of
:mod:`attribution.arrays.money`, so that the parts are the same there and here.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

GRID: Final = 20
"""Remainders are compared on a grid of 2^-20 unit."""

SMALL: Final = 2**28
"""Below this many units a quota in float64 is good to the grid."""

FEW: Final = 64
"""Up to this many touches, and segments, are divided in plain Python: calls of numpy
cost more than the arithmetic, and a service splits one deal at a time."""


def is_few(touches: int, segments: int) -> bool:
    """Return whether plain Python divides them: many empty segments are not few.

    Example:
        >>> is_few(10, 1), is_few(10, 65_536)
        (True, False)
    """
    return touches <= FEW and segments <= FEW


def equal_parts(labels: Sequence[int]) -> list[int]:
    """Return integer parts that give each label as much, equal over its touches.

    A label of -1 gets nothing.

    Example:
        >>> equal_parts([7, 2, 7, -1])
        [1, 2, 1, 0]
    """
    times = Counter(label for label in labels if label >= 0)
    whole = math.lcm(*times.values())
    part = {label: whole // many for label, many in times.items()}
    return [part.get(label, 0) for label in labels]


def by_parts(amount: int, parts: Sequence[int]) -> list[int]:
    """Return one amount divided by integer parts; zeros where all of them are 0.

    Example:
        >>> by_parts(100, [1, 1, 1])
        [34, 33, 33]
    """
    total, count = sum(parts), len(parts)
    if not total:
        return [0] * count
    if parts.count(parts[0]) == count:
        unit, left = divmod(amount, count)
        return [unit + 1] * left + [unit] * (count - left)
    quotas = [divmod(amount * part, total) for part in parts]
    units = [unit for unit, _ in quotas]
    grid = []
    for _, remainder in quotas:
        point, rest = divmod(remainder << GRID, total)
        grid.append(point + (2 * rest + (point & 1) > total))
    for place in _first(grid, amount - sum(units)):
        units[place] += 1
    return units


def by_shares(amount: int, shares: Sequence[float]) -> list[int]:
    """Return one amount below 2^28 divided by shares of sum 1, or all zero.

    Example:
        >>> by_shares(5, [0.5, 0.25, 0.25])
        [3, 1, 1]
    """
    if not any(shares):
        return [0] * len(shares)
    grid = [round(amount * share * 2.0**GRID) for share in shares]
    units = [point >> GRID for point in grid]
    rest = [point & ((1 << GRID) - 1) for point in grid]
    left = amount - sum(units)
    chosen = _first(rest, left)
    if len(chosen) != left or not all(rest[place] for place in chosen):
        return by_fractions(amount, [Fraction(one) for one in shares])
    for place in chosen:
        units[place] += 1
    return units


def _first(remainders: Sequence[int], count: int) -> list[int]:
    """Return the places of the ``count`` largest remainders, the earlier of equals."""
    order = sorted(range(len(remainders)), key=remainders.__getitem__, reverse=True)
    return order[: max(count, 0)]


def by_fractions(amount: int, exact: Sequence[Fraction]) -> list[int]:
    """Return the division of one amount by exact fractions of any sum.

    Only where shares miss the sum of 1 by more than the amount can bear.

    Example:
        >>> by_fractions(10, [Fraction(2), Fraction(1)])
        [7, 3]
    """
    total = sum(exact)
    quotas = [amount * share / total for share in exact]
    units = [quota.numerator // quota.denominator for quota in quotas]
    grid = [
        -round((quota - unit) * 2**GRID)
        for quota, unit in zip(quotas, units, strict=True)
    ]
    order = sorted(
        range(len(units)), key=lambda place: (exact[place] == 0, grid[place])
    )
    for place in order[: amount - sum(units)]:
        units[place] += 1
    return units
