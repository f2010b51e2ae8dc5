"""Values of games whose players stand in unions, or in unions of unions."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.games.levels import Branch, tree_of
from attribution.games.marginals import total
from attribution.games.tables import per_game, read_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import ArrayLike

    from attribution.arrays.ragged import Floats, Ints


def owen(v: ArrayLike, unions: Iterable[Any]) -> Floats:
    """Return the Owen value: the Shapley value over orders that keep unions together.

    The values of a union add up to its Shapley value in the game of the unions (Owen
    1977). Equal to :func:`winter` with one level.

    Args:
        v: (..., 2**n) worths.
        unions: A label for each player; players of one label form a union.

    Returns:
        float64, (..., n), in the unit of ``v``; adds up to ``v(N) - v(empty)``, and
        a null player gets exactly 0.

    Raises:
        InputError: ``v`` is no value table (G01, G02), has over 24 players (G03), or
            ``unions`` is not a label for each player (G04).

    Example:
        >>> owen([0, 1, 1, 1, 2, 2, 2, 2], ["a", "a", "b"])
        array([0.25, 0.25, 1.5 ])
    """
    return _value(v, [unions], _shapley_weight, "unions")


def owen_banzhaf(v: ArrayLike, unions: Iterable[Any]) -> Floats:
    """Return the Banzhaf–Owen value: the mean of what a player adds, union by union.

    The mean of ``v(S + i) - v(S)`` over the coalitions ``S`` of whole other unions
    and of any fellows of ``i``'s own union (Owen 1981). It does not add up to
    ``v(N)``. With every player his own union it is :func:`banzhaf` over
    ``2**(n - 1)``.

    Args:
        v: (..., 2**n) worths.
        unions: A label for each player.

    Returns:
        float64, (..., n), in the unit of ``v``; a null player gets exactly 0.

    Raises:
        InputError: ``v`` is no value table (G01, G02), has over 24 players (G03), or
            ``unions`` is not a label for each player (G04).

    Example:
        >>> owen_banzhaf([0, 0, 0, 1, 0, 1, 0, 1], ["a", "b", "b"])
        array([0.5 , 0.25, 0.25])
    """
    return _value(v, [unions], _banzhaf_weight, "unions")


def winter(v: ArrayLike, levels: Iterable[Iterable[Any]]) -> Floats:
    """Return the Winter value: fair between the branches at every level.

    The mean of what a player adds, over the orders that keep every branch of every
    level together (Winter 1989). Summed over the branches of a level it is the Winter
    value of the game between them; at the coarsest level their Shapley value. A
    branch is what shares its labels at this and all coarser levels, so that a channel
    ``email`` of two teams is two branches. The player himself is the finest level.

    Args:
        v: (..., 2**n) worths.
        levels: Label arrays, coarsest first, each a label for each player; none gives
            :func:`shapley`.

    Returns:
        float64, (..., n), in the unit of ``v``; adds up to ``v(N) - v(empty)``, and
        a null player gets exactly 0.

    Raises:
        InputError: ``v`` is no value table (G01, G02), has over 24 players (G03), or
            a level is not a label for each player (G04).

    Example:
        >>> teams = ["marketing", "marketing", "sales"]
        >>> winter([0, 0, 0, 0, 0, 6, 6, 12], [teams])
        array([3., 3., 6.])
    """
    return _value(v, levels, _shapley_weight, "levels")


def _shapley_weight(size: int, others: int) -> float:
    """Return the chance that just ``size`` of the ``others`` come before one."""
    return 1 / ((others + 1) * comb(others, size))


def _banzhaf_weight(size: int, others: int) -> float:
    """Return the part of one coalition among all of the ``others``."""
    del size
    return 0.5**others


def _value(
    v: ArrayLike,
    levels: Iterable[Iterable[Any]],
    weight: Callable[[int, int], float],
    where: str,
) -> Floats:
    """Return the weighted mean of what a player adds to whole sibling branches."""
    tables = read_tables(v)
    root = tree_of(levels, tables.n, where=where)
    start = (root, np.zeros(1, np.int64), np.ones(1))

    def of_block(worths: Floats) -> Floats:
        result = np.empty((tables.n, worths.shape[1]))
        for player, masks, weights in _coalitions(*start, weight):
            gains = worths[masks | 1 << player]
            gains -= worths[masks]
            gains *= weights[:, None]
            result[player] = total(gains)
        return result

    return per_game(tables, of_block, (tables.n,))


def _coalitions(
    branch: Branch, masks: Ints, weights: Floats, weight: Callable[[int, int], float]
) -> Iterator[tuple[int, Ints, Floats]]:
    """Yield each player, the coalitions that can precede him, and their weights.

    ``masks`` and ``weights`` are those that can precede the whole ``branch``.
    """
    if len(branch.players) == 1:
        yield branch.players[0], masks, weights
        return
    others = len(branch.children) - 1
    by_size = np.array([weight(size, others) for size in range(others + 1)])
    parts = by_size[np.bitwise_count(np.arange(1 << max(others, 0)))]
    for child in branch.children:
        before = _unions([one.mask for one in branch.children if one is not child])
        yield from _coalitions(
            child,
            np.bitwise_or.outer(masks, before).ravel(),
            np.multiply.outer(weights, parts).ravel(),
            weight,
        )


def _unions(masks: list[int]) -> Ints:
    """Return the union of each subset of disjoint ``masks``, by the subset's mask."""
    unions = np.zeros(1, np.int64)
    for mask in masks:
        unions = np.concatenate([unions, unions | mask])
    return unions
