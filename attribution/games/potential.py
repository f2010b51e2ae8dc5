"""The potential of games: one table that values the game of every coalition at once.

What a player adds to a coalition's potential is his Shapley value in the game of that
coalition. The potential is the sum of the dividends inside, each over its size. An
entry depends on its own sub-coalitions alone, and is added up in the same order in
every table: it has the same bytes in the table of a game as in that of any part of it.

Source: Hart and Mas-Colell (1989), Potential, value, and consistency, Econometrica 57.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.games.transforms import transform_in_place

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Floats

BLOCK: Final = 1 << 15
"""How many worths of small games are worked on at once, games beside one another."""

SMALL: Final = 10
"""Players up to which games stand beside one another."""


def potential_in_place(table: Floats, n: int) -> None:
    """Turn the worths of games into potentials.

    Args:
        table: float64, (games * 2**n,), C order; the empty coalitions are worth 0.
            Changed in place.
        n: How many players, up to 24.

    Example:
        >>> table = np.array([0.0, 60.0, 30.0, 120.0])
        >>> potential_in_place(table, 2)
        >>> table[3] - table[[2, 1]]
        array([75., 45.])
    """
    transform_in_place(table, n, np.subtract)
    rows = table.reshape(-1, 1 << n)
    rows /= _sizes(n)
    transform_in_place(table, n, np.add)


def values_by_potential(tables: Floats) -> Floats:
    """Return the Shapley values of small games, float64 (games, n).

    As :func:`attribution.games.shapley`, but for rounding, and with the bytes that a
    table of potentials of a larger game gives.

    Args:
        tables: float64, (games, 2**n), not changed; the empty coalitions are worth 0.

    Example:
        >>> values_by_potential(np.array([[0.0, 60.0, 30.0, 120.0]]))
        array([[75., 45.]])
    """
    games, size = tables.shape
    n = size.bit_length() - 1
    without = size - 1 - (1 << np.arange(n))
    found = np.empty((games, n))
    step = max(BLOCK >> n, 1) if n <= SMALL else 1
    for first in range(0, games, step):
        block = tables[first : first + step].T.copy()
        if n <= SMALL:
            potential_beside(block, n)
        else:
            potential_in_place(block[:, 0], n)
        found[first : first + step] = (block[-1] - block[without]).T
    return found


def potential_beside(block: Floats, n: int) -> None:
    """Turn the worths of games that stand beside one another into potentials.

    Args:
        block: float64, (2**n, games), C order; the empty coalitions are worth 0.
            Changed in place.
        n: How many players.

    Example:
        >>> block = np.array([[0.0], [60.0], [30.0], [120.0]])
        >>> potential_beside(block, 2)
        >>> block[3] - block[[2, 1], 0]
        array([75., 45.])
    """
    every = [block.reshape(-1, 2, block.shape[1] << bit) for bit in range(n)]
    for pairs in every:
        pairs[:, 1] -= pairs[:, 0]
    block /= _sizes(n)[:, None]
    for pairs in every:
        pairs[:, 1] += pairs[:, 0]


def _sizes(n: int) -> Array:
    """Return the size of each coalition of ``n`` players, 1 for the empty one."""
    sizes = np.bitwise_count(np.arange(1 << n, dtype=np.uint32))
    return np.maximum(sizes, 1)
