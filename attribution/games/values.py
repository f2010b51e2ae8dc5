"""Values of a game without a structure: Shapley, weighted Shapley, Banzhaf."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

from attribution.errors import refuse
from attribution.games.marginals import total, weighted_marginals
from attribution.games.tables import Tables, per_game, read_tables
from attribution.games.transforms import transform_in_place

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from attribution.arrays.ragged import Floats

NOTHING = 1e-12
"""A sum below this part of its terms is what float64 leaves of a zero."""


def shapley(v: ArrayLike) -> Floats:
    """Return the Shapley value of games, exact to 24 players.

    What a player adds to those before him, averaged over all orders (Shapley 1953).
    The values of a game add up to ``v(N) - v(empty)``; a null player gets exactly 0.
    A game gets the same bytes alone as in a batch.

    Args:
        v: (..., 2**n) worths; index = bit mask, player ``i`` = bit ``i``.

    Returns:
        float64, (..., n), in the unit of ``v``.

    Raises:
        InputError: ``v`` is no value table (G01, G02) or has over 24 players (G03).

    Example:
        >>> shapley([0.0, 60.0, 30.0, 120.0])
        array([75., 45.])
    """
    tables = read_tables(v)
    n = tables.n
    weights = np.array([1 / (n * comb(n - 1, size)) for size in range(n)])
    return per_game(tables, lambda game: weighted_marginals(game[None], weights), (n,))


def weighted_shapley(v: ArrayLike, weights: ArrayLike) -> Floats:
    """Return the weighted Shapley value: dividends shared in proportion to weights.

    A dividend of ``T`` gives player ``i`` the part ``weights[i] / weights of T``
    (Shapley 1953; Kalai and Samet 1987). Equal weights give :func:`shapley`. Dividends
    are alternating sums of worths: each player costs about a bit of precision.

    Args:
        v: (..., 2**n) worths.
        weights: (n,), each above 0; only their ratios count.

    Returns:
        float64, (..., n), in the unit of ``v``; adds up to ``v(N) - v(empty)``.

    Raises:
        InputError: ``v`` is no value table (G01, G02), has over 24 players (G03), or
            ``weights`` are not one positive number for each player (G05).

    Example:
        >>> weighted_shapley([0.0, 60.0, 30.0, 120.0], [2, 1])
        array([80., 40.])
    """
    tables = read_tables(v)
    weight = _checked_weights(weights, tables.n)
    parts = tables.worths.copy()
    transform_in_place(parts.reshape(-1), tables.n, np.subtract)
    weight_of = np.zeros(1)
    for one in weight:
        weight_of = np.concatenate([weight_of, weight_of + one])
    parts[:, 1:] /= weight_of[1:]

    def shared(block: Floats) -> Floats:
        return _sums_with_each(block) * weight[:, None]

    return per_game(Tables(parts, tables.leading, tables.n), shared, (tables.n,))


def _checked_weights(weights: ArrayLike, n: int) -> Floats:
    """Return the weights of ``n`` players as parts of the largest."""
    given = np.asarray(weights)
    remedy = "Give each player one number above 0."
    if given.dtype.kind not in "iuf" or given.shape != (n,):
        what = f"are not {n} numbers."
        raise refuse("G05", what, remedy, where="weights")
    weight = given.astype(np.float64)
    if not (np.isfinite(weight) & (weight > 0)).all():
        what = "hold one that is not above 0 and finite."
        raise refuse("G05", what, remedy, where="weights")
    return weight / weight.max(initial=0.0)


def _sums_with_each(table: Floats) -> Floats:
    """Return for each player the sum over the coalitions that hold him, (n, games)."""
    count, games = table.shape
    n = count.bit_length() - 1
    result = np.empty((n, games))
    for player in reversed(range(n)):
        half = 1 << player
        result[player] = total(table[half:].copy())
        table = table[:half] + table[half:]
    return result


def banzhaf(v: ArrayLike, *, normalized: bool = False) -> Floats:
    """Return the raw Banzhaf value of games, or the one that adds up.

    The sum of what a player adds to each of the ``2**(n - 1)`` coalitions without
    him: in a voting game the number of his swings (Banzhaf 1965; Owen 1975). Divided
    by ``2**(n - 1)`` it is the mean, the scale of :func:`owen_banzhaf`.

    Args:
        v: (..., 2**n) worths.
        normalized: Scale each game's values so that they add up to
            ``v(N) - v(empty)``: in a voting game the normalised Banzhaf index.

    Returns:
        float64, (..., n). A null player gets exactly 0.

    Raises:
        InputError: ``v`` is no value table (G01, G02), has over 24 players (G03), or
            the values of a game cancel, so that no scale makes them add up (G07).

    Example:
        >>> banzhaf([0, 0, 0, 2, 0, 2, 3, 5])
        array([6., 8., 8.])
        >>> banzhaf([0, 0, 0, 1, 0, 1, 0, 1], normalized=True)
        array([0.6, 0.2, 0.2])
    """
    tables = read_tables(v)
    ones = np.ones(tables.n)
    raw = per_game(
        tables, lambda game: weighted_marginals(game[None], ones), (tables.n,)
    )
    return _scaled(raw, tables) if normalized else raw


def _scaled(raw: Floats, tables: Tables) -> Floats:
    """Return each game's values scaled to add up to its whole worth."""
    found = raw.sum(axis=-1)
    terms = np.abs(raw).sum(axis=-1)
    if ((np.abs(found) <= NOTHING * terms) & (terms > 0)).any():
        what = "has Banzhaf values that cancel: their sum is 0, but they are not."
        remedy = "Use normalized=False, or shapley, which adds up by itself."
        raise refuse("G07", what, remedy, where="v")
    whole = (tables.worths[:, -1] - tables.worths[:, 0]).reshape(tables.leading)
    scale = whole / np.where(terms > 0, found, 1.0)
    return raw * scale[..., None] + 0.0  # no -0.0
