"""Rank correlation, exact: ranks and pairs are counted in integers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Ints


def doubled_ranks(values: Array) -> Ints:
    """Return twice the rank of each value from 1 on, equal values sharing the mean.

    Example:
        >>> doubled_ranks(np.array([5.0, 1.0, 5.0]))
        array([5, 2, 5])
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((2 * last - count + 1)[place], np.int64)


def spearman(first: Array, second: Array) -> float:
    """Return Spearman's rank correlation, NaN where a side has one rank only.

    Source: Spearman (1904), The proof and measurement of association between two
    things.

    Example:
        >>> spearman(np.array([1, 2, 3]), np.array([10, 30, 20]))
        0.5
    """
    centre = len(first) + 1
    a, b = doubled_ranks(first) - centre, doubled_ranks(second) - centre
    size = math.sqrt(int((a * a).sum()) * int((b * b).sum()))
    return float(int((a * b).sum()) / size) if size else math.nan


def kendall(first: Array, second: Array) -> float:
    """Return Kendall's tau-b, NaN where a side has one rank only.

    Source: Kendall (1945), The treatment of ties in ranking problems.

    Example:
        >>> kendall(np.array([1, 2, 3]), np.array([10, 30, 20]))  # doctest: +ELLIPSIS
        0.333...
    """
    a, b = doubled_ranks(first), doubled_ranks(second)
    count = len(a)
    both = a * (2 * count + 1) + b
    pairs = count * (count - 1) // 2
    tied_a, tied_b, tied = (_tied(one) for one in (a, b, both))
    against = inversions(b[np.lexsort((b, a))])
    agreeing = pairs - tied_a - tied_b + tied - against
    size = math.sqrt((pairs - tied_a) * (pairs - tied_b))
    return (agreeing - against) / size if size else math.nan


def _tied(values: Ints) -> int:
    """Return how many pairs of equal values there are."""
    count = np.unique(values, return_counts=True)[1]
    return int((count * (count - 1) // 2).sum())


def inversions(values: Ints) -> int:
    """Return how many pairs of values >= 0 stand in the wrong order.

    Bit by bit from the highest: among values that agree so far, each that lacks the
    bit is in the wrong order with those before it that have it.

    Example:
        >>> inversions(np.array([2, 0, 1]))
        2
    """
    total = 0
    for bit in reversed(range(int(values.max(initial=0)).bit_length())):
        group, has = values >> (bit + 1), (values >> bit) & 1
        before = np.cumsum(has) - has
        before -= before[np.searchsorted(group, group)]
        total += int(before[has == 0].sum())
        values = values[np.argsort(values >> bit, kind="stable")]
    return total
