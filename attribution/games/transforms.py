"""The Möbius transform and its inverse, in place on many tables at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.games.tables import BLOCK, read_tables

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from attribution.arrays.ragged import Floats

LOW_BITS = 4


def dividends(v: ArrayLike) -> Floats:
    """Return the Harsanyi dividends of games: what a coalition adds to its parts.

    ``d(T)`` is the sum over ``S`` inside ``T`` of ``(-1)**(|T| - |S|) * v(S)``, so
    that ``v(S)`` is the sum of ``d(T)`` over ``T`` inside ``S`` (Harsanyi 1963; the
    fast transform: Kennes 1992). Coalitions with a null player get exactly 0.

    Args:
        v: (..., 2**n) worths.

    Returns:
        float64, (..., 2**n): ``d`` by bit mask; ``d[..., 0]`` is the worth of the
        empty coalition.

    Raises:
        InputError: ``v`` is no value table (G01, G02) or has over 24 players (G03).

    Example:
        >>> dividends([0.0, 60.0, 30.0, 120.0])
        array([ 0., 60., 30., 30.])
    """
    tables = read_tables(v)
    table = tables.worths.copy()
    transform_in_place(table.reshape(-1), tables.n, np.subtract)
    return table.reshape(*tables.leading, -1)


def from_dividends(d: ArrayLike) -> Floats:
    """Return the worths of games given by their dividends (the zeta transform).

    Args:
        d: (..., 2**n) dividends.

    Returns:
        float64, (..., 2**n): the inverse of :func:`dividends`.

    Raises:
        InputError: ``d`` is no table (G01, G02) or has over 24 players (G03).

    Example:
        >>> from_dividends([0.0, 60.0, 30.0, 30.0])
        array([  0.,  60.,  30., 120.])
    """
    tables = read_tables(d, where="d")
    table = tables.worths.copy()
    transform_in_place(table.reshape(-1), tables.n, np.add)
    return table.reshape(*tables.leading, -1)


def transform_in_place(table: Floats, n: int, step: np.ufunc) -> None:
    """Add to each entry with bit ``i`` its neighbour without it, bit after bit.

    Args:
        table: float64, (games * 2**n,), C order; changed in place.
        n: How many bits an index has.
        step: ``np.add`` (zeta) or ``np.subtract`` (Möbius).

    Example:
        >>> table = np.array([0.0, 60.0, 30.0, 120.0])
        >>> transform_in_place(table, 2, np.subtract)
        >>> table
        array([ 0., 60., 30., 30.])
    """
    near = min(n, BLOCK.bit_length() - 1)
    for start in range(0, table.size, BLOCK):
        block = table[start : start + BLOCK]
        _low_bits(block, min(n, LOW_BITS), step)
        for bit in range(LOW_BITS, near):
            _one_bit(block, bit, step)
    for bit in range(near, n):
        _one_bit(table, bit, step)


def _one_bit(table: Floats, bit: int, step: np.ufunc) -> None:
    pairs = table.reshape(-1, 2, 1 << bit)
    step(pairs[:, 1], pairs[:, 0], out=pairs[:, 1])


def _low_bits(block: Floats, bits: int, step: np.ufunc) -> None:
    """Transform the lowest ``bits`` of a block at once, rows turned into columns."""
    rows = block.reshape(-1, *(2,) * bits)
    turned = np.moveaxis(rows, 0, -1)
    columns = turned.copy(order="C")
    for bit in range(bits):
        with_bit, without = np.moveaxis(columns, bits - 1 - bit, 0)[::-1]
        step(with_bit, without, out=with_bit)
    np.copyto(turned, columns)
