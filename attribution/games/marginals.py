"""What players add to coalitions, summed with weights that see only a size.

A value that weighs a coalition by its size alone needs no table of dividends: all
coalitions of one size that agree on some players can be added up first. Sums of whole
numbers stay exact, and a null player meets two equal sums, so that he gets exactly 0.
"""

from __future__ import annotations

import numpy as np

from attribution.arrays.ragged import Floats

GROUP = 4
"""How many players are taken at once; each group costs about one pass."""


def weighted_marginals(worths: Floats, weights: Floats) -> Floats:
    """Return each player's weighted sum of marginal contributions.

    ``sum over S without i of weights[size of S] * (v(S + i) - v(S))``.

    Args:
        worths: float64, (sizes, 2**m, games), not changed: worths summed over the
            coalitions of other players of size 0, 1, …; (1, 2**n, games) is a game.
        weights: float64, (sizes + m - 1,), by the size of ``S``.

    Returns:
        float64, (m, games).

    Example:
        >>> game = np.array([0.0, 60.0, 30.0, 120.0]).reshape(1, 4, 1)
        >>> weighted_marginals(game, np.array([0.5, 0.5])).ravel()
        array([75., 45.])
    """
    sizes, count, games = worths.shape
    left = count.bit_length() - 1
    result = np.empty((left, games))
    while left:
        group = min(GROUP, left)
        left -= group
        apart = worths.reshape(sizes << group, 1, 1 << left, games)
        by_size = _folded(apart, left).reshape(sizes, 1 << group, left + 1, games)
        result[left : left + group] = _of_group(by_size, weights)
        if left:
            worths = _folded(worths[None], group)[0]
            sizes = len(worths)
    return result


def folded(worths: Floats) -> Floats:
    """Return ``worths`` with the highest player moved into the sizes.

    Args:
        worths: float64, (rows, sizes, 2**m, games).

    Returns:
        float64, (rows, sizes + 1, 2**(m - 1), games): a view when ``sizes`` is 1.

    Example:
        >>> folded(np.arange(4.0).reshape(1, 1, 4, 1)).reshape(2, 2)
        array([[0., 1.],
               [2., 3.]])
    """
    rows, sizes, count, games = worths.shape
    half = count // 2
    if sizes == 1:
        return worths.reshape(rows, 2, half, games)
    without, held = worths[:, :, :half], worths[:, :, half:]
    result = np.empty((rows, sizes + 1, half, games))
    result[:, 0] = without[:, 0]
    np.add(without[:, 1:], held[:, :-1], out=result[:, 1:-1])
    result[:, -1] = held[:, -1]
    return result


def _folded(worths: Floats, players: int) -> Floats:
    for _ in range(players):
        worths = folded(worths)
    return worths


def _of_group(by_size: Floats, weights: Floats) -> Floats:
    """Return the sums of one group's players, (group, games).

    Args:
        by_size: float64, (sizes before, 2**group, sizes after, games).
        weights: By size.
    """
    before, count, after, games = by_size.shape
    others = np.bitwise_count(np.arange(count // 2))
    size = np.add.outer(np.add.outer(np.arange(before), others), np.arange(after))
    weight = weights[size].reshape(-1, 1)
    result = np.empty((count.bit_length() - 1, games))
    for player in range(len(result)):
        pairs = by_size.reshape(before, -1, 2, 1 << player, after, games)
        gains = (pairs[:, :, 1] - pairs[:, :, 0]).reshape(-1, games)
        gains *= weight
        result[player] = total(gains)
    return result


def total(terms: Floats) -> Floats:
    """Return the sum over the first axis, added in halves; ``terms`` is used up.

    The order of additions does not depend on the other axes, as numpy's own does.

    Example:
        >>> total(np.array([[1.0], [2.0], [4.0]]))
        array([7.])
    """
    count = len(terms)
    while count > 1:
        half = count // 2
        terms[:half] += terms[count - half : count]
        count -= half
    return terms[0]
