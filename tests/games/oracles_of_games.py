"""Values of games from their definitions, in fractions: all orders, all coalitions.

Written apart from the library: no numpy, no dividends, nothing imported from it.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations, product
from math import factorial, prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Worths = list[Fraction]


def orders(
    players: Sequence[int], levels: Sequence[Sequence[Any]] = ()
) -> Iterator[tuple[int, ...]]:
    """Yield the orders that keep the players of each branch together."""
    if not levels:
        yield from permutations(players)
        return
    branches: dict[Any, list[int]] = {}
    for player in players:
        branches.setdefault(levels[0][player], []).append(player)
    for order in permutations(branches.values()):
        for parts in product(*(list(orders(part, levels[1:])) for part in order)):
            yield tuple(player for part in parts for player in part)


def mean_over_orders(v: Worths, found: Iterable[tuple[int, ...]]) -> Worths:
    """Return what each player adds to those before him, the mean over the orders."""
    whole = 1
    for worth in v:
        whole = max(whole, worth.denominator)
    scaled = [int(worth * whole) for worth in v]  # denominators are powers of two
    sums = [0] * (len(v).bit_length() - 1)
    count = 0
    for order in found:
        count += 1
        mask = 0
        for player in order:
            sums[player] += scaled[mask | 1 << player] - scaled[mask]
            mask |= 1 << player
    return [Fraction(one, count * whole) for one in sums]


def shapley(v: Worths) -> Worths:
    """Return the Shapley value: the mean over all orders."""
    return mean_over_orders(v, orders(range(len(v).bit_length() - 1)))


def winter(v: Worths, levels: Sequence[Sequence[Any]]) -> Worths:
    """Return the Winter value: the mean over the orders that keep branches whole."""
    return mean_over_orders(v, orders(range(len(v).bit_length() - 1), levels))


def weighted_shapley(v: Worths, weights: Sequence[Fraction]) -> Worths:
    """Return the mean over orders drawn from the last place to the first by weight."""
    n = len(weights)
    sums = [Fraction(0)] * n
    for order in permutations(range(n)):
        heads = [sum(weights[one] for one in order[: place + 1]) for place in range(n)]
        chance = prod(
            (weights[one] / head for one, head in zip(order, heads, strict=True)),
            start=Fraction(1),
        )
        mask = 0
        for player in order:
            sums[player] += chance * (v[mask | 1 << player] - v[mask])
            mask |= 1 << player
    return sums


def coalitions(players: Iterable[int]) -> Iterator[int]:
    """Yield the mask of each coalition of these players."""
    members = list(players)
    for size in range(len(members) + 1):
        for chosen in combinations(members, size):
            yield sum(1 << player for player in chosen)


def banzhaf(v: Worths) -> Worths:
    """Return the sum of what each player adds, over all coalitions without him."""
    n = len(v).bit_length() - 1
    return [
        sum(
            (
                v[mask | 1 << player] - v[mask]
                for mask in coalitions(set(range(n)) - {player})
            ),
            Fraction(0),
        )
        for player in range(n)
    ]


def owen_banzhaf(v: Worths, unions: Sequence[Any]) -> Worths:
    """Return the mean of what each player adds to whole unions and to fellows."""
    n = len(unions)
    values = []
    for player in range(n):
        others = sorted({str(one) for one in unions} - {str(unions[player])})
        fellows = [
            one for one in range(n) if unions[one] == unions[player] and one != player
        ]
        gains = [
            v[mask | inner | 1 << player] - v[mask | inner]
            for size in range(len(others) + 1)
            for chosen in combinations(others, size)
            for mask in [sum(1 << i for i in range(n) if str(unions[i]) in chosen)]
            for inner in coalitions(fellows)
        ]
        values.append(sum(gains, Fraction(0)) / len(gains))
    return values


def together(v: Worths, one: int, other: int, mask: int) -> Fraction:
    """Return what two players add to a coalition together, beyond one by one."""
    first, second = 1 << one, 1 << other
    return v[mask | first | second] - v[mask | first] - v[mask | second] + v[mask]


def shapley_interaction(v: Worths, one: int, other: int) -> Fraction:
    """Return the mean over orders in which the pair stands as one player."""
    n = len(v).bit_length() - 1
    rest = [player for player in range(n) if player not in {one, other}]
    total = Fraction(0)
    for order in permutations([*rest, n]):
        before = order[: order.index(n)]
        total += together(v, one, other, sum(1 << player for player in before))
    return total / factorial(n - 1)


def shapley_taylor(v: Worths, one: int, other: int) -> Fraction:
    """Return the mean over orders, the coalition being those before both."""
    n = len(v).bit_length() - 1
    total = Fraction(0)
    for order in permutations(range(n)):
        first = min(order.index(one), order.index(other))
        total += together(v, one, other, sum(1 << i for i in order[:first]))
    return total / factorial(n)


def dividends(v: Worths) -> Worths:
    """Return the alternating sums over the parts of each coalition."""
    n = len(v).bit_length() - 1
    found = []
    for mask in range(len(v)):
        members = [player for player in range(n) if mask >> player & 1]
        signed = (
            (-1) ** (len(members) - part.bit_count()) * v[part]
            for part in coalitions(members)
        )
        found.append(sum(signed, Fraction(0)))
    return found


def quotient(v: Sequence[Any], branches: Sequence[Sequence[int]]) -> list[Any]:
    """Return the game between branches: the worth of each union of them."""
    return [
        v[
            sum(
                1 << player
                for place, branch in enumerate(branches)
                if mask >> place & 1
                for player in branch
            )
        ]
        for mask in range(1 << len(branches))
    ]
