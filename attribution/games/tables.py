"""Value tables: read and checked once, then handed on in blocks of games."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from attribution.arrays.ragged import Array, Floats

MAX_PLAYERS = 24
"""A table of 24 players is 128 MiB; above, a value is sampled or sparse."""

LARGEST = 2.0**960
"""Worths are smaller than this, so that no sum of 2**24 of them overflows."""

BLOCK = 1 << 17
"""How many worths are worked on at once: a megabyte, which the caches hold."""


class Tables(NamedTuple):
    """Games of ``n`` players, checked.

    ``worths``: float64, (games, 2**n), C order, perhaps the caller's own memory;
    ``leading``: the shape of the games; ``n``: how many players.
    """

    worths: Floats
    leading: tuple[int, ...]
    n: int


def read_tables(v: ArrayLike, *, where: str = "v") -> Tables:
    """Return the value tables ``v``, (..., 2**n), checked and in one batch.

    Raises:
        InputError: The last axis is no power of two (G01), a worth is no finite
            number below 2**960 (G02), or there are over 24 players (G03).

    Example:
        >>> read_tables([[0, 1, 2, 5], [0, 1, 1, 1]]).n
        2
    """
    try:
        given = np.asarray(v)
    except ValueError as error:
        what = "is not one array: its rows differ in length."
        raise refuse("G01", what, "Give 2**n worths for each game.", where=where) from (
            error
        )
    n = _players(given, where)
    if given.dtype.kind not in "biuf":
        what = f"holds {given.dtype} values, not numbers."
        remedy = "Give float64; Fractions go to shapley_values."
        raise refuse("G02", what, remedy, where=where)
    worths = np.ascontiguousarray(given, np.float64).reshape(-1, 1 << n)
    with np.errstate(invalid="ignore"):
        lowest, highest = worths.min(initial=0.0), worths.max(initial=0.0)
    if not (lowest > -LARGEST and highest < LARGEST):
        what = "holds a worth that is NaN, infinite or beyond 2**960."
        remedy = "Give every coalition a finite worth."
        raise refuse("G02", what, remedy, where=where)
    return Tables(worths, given.shape[:-1], n)


def _players(given: Array, where: str) -> int:
    """Return the number of players of tables of this shape."""
    size = given.shape[-1] if given.ndim else 0
    if size < 1 or size & (size - 1):
        what = f"has {size} worths a game, which is no power of two."
        remedy = "Give 2**n of them: index = bit mask, player i = bit i."
        raise refuse("G01", what, remedy, where=where)
    n = size.bit_length() - 1
    check_players(n, where=where)
    return n


def check_players(n: int, *, where: str) -> None:
    """Return when a table of ``n`` players can be held.

    Raises:
        InputError: There are over 24 players (G03).

    Example:
        >>> check_players(24, where="players")
    """
    if n > MAX_PLAYERS:
        what = f"has {n} players; exact values go to {MAX_PLAYERS}."
        remedy = "Use sample_shapley, or sparse_shapley over observed dividends."
        raise refuse("G03", what, remedy, where=where)


def per_game(
    tables: Tables, compute: Callable[[Floats], Floats], shape: tuple[int, ...]
) -> Floats:
    """Return ``compute`` of every game; float64, (..., *shape).

    Games come in blocks, coalitions first and games last, so that every step runs
    along contiguous memory, and a game gets the same bytes alone as among others.

    Args:
        tables: The games.
        compute: Turns worths, (2**n, games), which it must not change, into its
            result, (*shape, games).
        shape: The shape of one game's result.

    Example:
        >>> per_game(read_tables([[0, 1], [2, 5]]), lambda worths: worths[1], ())
        array([1., 5.])
    """
    games, size = tables.worths.shape
    result = np.empty((games, *shape))
    step = max(1, BLOCK // size)
    for start in range(0, games, step):
        rows = slice(start, start + step)
        block = np.ascontiguousarray(tables.worths[rows].T)
        result[rows] = np.moveaxis(compute(block), -1, 0)
    return result.reshape(*tables.leading, *shape)
