"""Interactions of pairs of players: what they add together, beyond one by one."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Literal

import numpy as np

from attribution.errors import nearest, refuse
from attribution.games.marginals import folded, weighted_marginals
from attribution.games.tables import per_game, read_tables

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from attribution.arrays.ragged import Floats

KINDS = ("shapley", "shapley_taylor")


def interactions(
    v: ArrayLike, kind: Literal["shapley", "shapley_taylor"] = "shapley"
) -> Floats:
    """Return what each pair of players adds together, beyond one by one.

    Off the diagonal stands a mean of ``v(S + ij) - v(S + i) - v(S + j) + v(S)`` over
    the coalitions ``S`` without the two; on it the dividend ``v({i}) - v(empty)``.
    With ``d`` the dividends:

    - ``"shapley"``: the Shapley interaction index, the sum over ``T`` with ``i`` and
      ``j`` of ``d(T) / (|T| - 1)`` (Grabisch and Roubens 1999). It does not add up.
    - ``"shapley_taylor"``: the Shapley–Taylor index of order 2, the sum of
      ``d(T) / (|T| * (|T| - 1) / 2)``: each dividend of two or more players is shared
      equally by their pairs (Sundararajan, Dhamdhere and Agarwal 2020). The diagonal
      and the entries *above* it add up to ``v(N) - v(empty)``; the matrix is
      symmetric, so a pair's whole part stands at ``[i, j]`` and again at ``[j, i]``.

    Args:
        v: (..., 2**n) worths.
        kind: Which index.

    Returns:
        float64, (..., n, n), symmetric, in the unit of ``v``. The row and the column
        of a null player are exactly 0.

    Raises:
        InputError: ``v`` is no value table (G01, G02), has over 24 players (G03), or
            ``kind`` is not one of the two (G06).

    Example:
        >>> interactions([0, 60, 30, 120], kind="shapley_taylor")
        array([[60., 30.],
               [30., 30.]])
    """
    if kind not in KINDS:
        what = f"is {kind!r}, which is no interaction index."
        choices = " or ".join(repr(one) for one in KINDS)
        hint = nearest(kind, KINDS) if isinstance(kind, str) else ""
        raise refuse("G06", what, f"{hint} Choose {choices}.".strip(), where="kind")
    tables = read_tables(v)
    n = tables.n
    if kind == "shapley":
        by_size = [1 / ((n - 1) * comb(n - 2, size)) for size in range(n - 1)]
    else:
        by_size = [2 / (n * comb(n - 1, size)) for size in range(n - 1)]
    weights = np.array(by_size)
    return per_game(tables, lambda game: _matrix(game, weights), (n, n))


def _matrix(game: Floats, weights: Floats) -> Floats:
    """Return the matrices of games, (2**n, games), by the weight of a size."""
    count, games = game.shape
    n = count.bit_length() - 1
    result = np.empty((n, n, games))
    worths = game[None, None]
    for player in reversed(range(n)):
        half = 1 << player
        gains = worths[0, :, half:] - worths[0, :, :half]
        below = weighted_marginals(gains, weights)
        result[player, :player] = result[:player, player] = below
        result[player, player] = game[half] - game[0]
        worths = folded(worths)
    return result
