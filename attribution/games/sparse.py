"""Values from the dividends that were observed, without a table of coalitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.errors import refuse
from attribution.games.levels import Branch, labels_of, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import ArrayLike

    from attribution.arrays.ragged import Bools, Floats, Ints

MOST_PLAYERS = 63
"""An int64 mask has a bit for each of 63 players."""


def sparse_shapley(masks: ArrayLike, dividends: ArrayLike, *, n: int) -> Floats:
    """Return the Shapley value of the game with these dividends and no others.

    Each dividend is shared equally by the players of its coalition (Harsanyi 1963).
    The order of the rows changes no byte of the result.

    Args:
        masks: int64 or uint64, (rows,): coalitions, player ``i`` = bit ``i``; repeats
            add up, and what the empty one holds goes to nobody.
        dividends: (..., rows).
        n: How many players, up to 63.

    Returns:
        float64, (..., n), in the unit of ``dividends``.

    Raises:
        InputError: ``masks`` are not coalitions of ``n`` players (G12), or
            ``dividends`` not one finite number for each (G02).

    Example:
        >>> sparse_shapley([0b01, 0b11], [60.0, 30.0], n=2)
        array([75., 15.])
    """
    return _value(masks, dividends, tree_of([], _checked_count(n), where="n"))


def sparse_winter(
    masks: ArrayLike, dividends: ArrayLike, *, levels: Iterable[Iterable[Any]]
) -> Floats:
    """Return the Winter value of the game with these dividends and no others.

    Each dividend is shared equally, level by level, by the branches that its coalition
    meets (Winter 1989; Calvo, Lasaga and Winter 1996).

    Args:
        masks: int64 or uint64, (rows,): coalitions, as in :func:`sparse_shapley`.
        dividends: (..., rows).
        levels: Label arrays, coarsest first, each a label for each of up to 63
            players; at least one.

    Returns:
        float64, (..., players), in the unit of ``dividends``.

    Raises:
        InputError: ``masks`` are not coalitions of the players (G12), ``dividends``
            not one finite number for each (G02), or a level is not a label for each
            player (G04).

    Example:
        >>> sparse_winter([0b111], [12.0], levels=[["a", "a", "b"]])
        array([3., 3., 6.])
    """
    labels = labels_of(levels, None, where="levels")
    n = _checked_count(len(labels[0]))
    return _value(masks, dividends, tree_of(labels, n, where="levels"))


def _checked_count(n: int) -> int:
    if not 1 <= n <= MOST_PLAYERS:
        what = f"are {n} players; masks hold 1 to {MOST_PLAYERS}."
        remedy = "Number the players of one deal, or group them at a coarser level."
        raise refuse("G12", what, remedy, where="masks")
    return n


def _value(masks: ArrayLike, dividends: ArrayLike, root: Branch) -> Floats:
    n = len(root.players)
    coalitions = _checked_masks(masks, n)
    amounts, leading = _checked_dividends(dividends, len(coalitions))
    order = np.lexsort((*amounts, coalitions))
    result = np.empty((len(amounts), n))
    coalitions, amounts = coalitions[order], amounts[:, order]
    given = np.where(coalitions != 0, amounts, 0.0)
    for player, parts in _parts(root, coalitions, given):
        result[:, player] = parts.sum(axis=1)
    return result.reshape(*leading, n)


def _checked_masks(masks: ArrayLike, n: int) -> Ints:
    given = np.asarray(masks)
    remedy = f"Give int64 or uint64 masks below 2**{n}."
    if given.ndim != 1 or given.dtype.kind not in "iu" and given.size:
        raise refuse("G12", "are not one column of integers.", remedy, where="masks")
    if given.size and not (given.min() >= 0 and int(given.max()) < 1 << n):
        what = f"hold a coalition of others than the {n} players."
        raise refuse("G12", what, remedy, where="masks")
    return given.astype(np.int64)


def _checked_dividends(
    dividends: ArrayLike, rows: int
) -> tuple[Floats, tuple[int, ...]]:
    given = np.asarray(dividends)
    remedy = "Give one finite number for each mask."
    if given.shape[-1:] != (rows,) or given.dtype.kind not in "biuf":
        what = f"are not {rows} numbers, one for each mask."
        raise refuse("G02", what, remedy, where="dividends")
    if not np.isfinite(given).all():
        what = "hold a NaN or infinite number."
        raise refuse("G02", what, remedy, where="dividends")
    leading = given.shape[:-1]
    return given.astype(np.float64).reshape(int(np.prod(leading)), rows), leading


def _parts(branch: Branch, masks: Ints, parts: Floats) -> Iterator[tuple[int, Floats]]:
    """Yield each player and what he gets of every dividend, (games, rows)."""
    if len(branch.players) == 1:
        yield branch.players[0], parts
        return
    met = sum(_meets(masks, child).astype(np.int64) for child in branch.children)
    share = parts / np.maximum(met, 1)
    for child in branch.children:
        yield from _parts(child, masks, np.where(_meets(masks, child), share, 0.0))


def _meets(masks: Ints, branch: Branch) -> Bools:
    return (masks & branch.mask) != 0
