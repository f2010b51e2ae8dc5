"""Shapley values of large games, estimated from orders and their reverses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from attribution.arrays.ragged import Array, Bools, Floats
from attribution.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

BLOCK = 1 << 22
"""How many members (coalition, player) are laid out at once: 4 MiB."""


class Sample(NamedTuple):
    """An estimate of a Shapley value.

    ``values``: float64, (n,), in the unit of the worths; ``standard_errors``:
    float64, (n,), of the means; NaN after a single pair of orders.
    """

    values: Floats
    standard_errors: Floats


class Coalition(frozenset[int]):
    """The players of a coalition; as an index, its bit mask.

    Example:
        >>> [0.0, 60.0, 30.0, 120.0][Coalition({0, 1})]
        120.0
    """

    def __index__(self) -> int:
        return sum(1 << player for player in self)


def sample_shapley(
    value: Callable[[Any], ArrayLike],
    n: int,
    *,
    budget: int,
    seed: int | Sequence[int],
    vectorized: bool = False,
) -> Sample:
    """Return the Shapley value of a large game, estimated, with standard errors.

    Each random order is played forwards and backwards, which cancels the even part of
    the game (Castro, Gómez and Tejada 2009; Mitchell et al. 2022): the estimate is
    unbiased, and exact when no dividend joins over two players. The values add up to
    ``v(N) - v(empty)``; a null player gets exactly 0.

    Args:
        value: Gives the worth of a :class:`Coalition`, a frozenset of players ``0``
            to ``n - 1`` that can also index a value table. With ``vectorized`` it is
            handed many, bool, (coalitions, n), and gives their worths, (coalitions,).
        n: How many players.
        budget: How many coalitions ``value`` may be asked for, at least ``2 * n``: 2,
            and ``2 * (n - 1)`` for each pair of orders.
        seed: The same integer, or integers, give the same bytes.
        vectorized: Whether ``value`` takes many coalitions at once.

    Returns:
        Values and standard errors, float64, (n,).

    Raises:
        InputError: ``n``, ``budget`` or ``seed`` do not allow one pair of orders
            (G08), or ``value`` gives what is not one finite number for each
            coalition (G09).

    Example:
        >>> sample = sample_shapley(lambda s: len(s) ** 2, 30, budget=60, seed=1)
        >>> sample.values[:3]
        array([30., 30., 30.])
    """
    pairs = _pairs(n, budget)
    rng = _generator(seed)
    ask = _asking(value, vectorized=vectorized)
    empty, whole = ask(np.array([[False], [True]]).repeat(n, axis=1))
    step = max(1, BLOCK // (n * n))
    estimates = np.empty((pairs, n))
    for start in range(0, pairs, step):
        count = min(step, pairs - start)
        places = rng.permuted(np.tile(np.arange(n), (count, 1)), axis=1)
        estimates[start : start + count] = _estimates(ask, places, empty, whole)
    return Sample(estimates.mean(axis=0), _standard_errors(estimates))


def _pairs(n: int, budget: int) -> int:
    """Return how many pairs of orders the budget pays for."""
    if n < 1:
        raise refuse("G08", f"is {n}.", "Give at least one player.", where="n")
    if budget < 2 * n:
        what = f"is {budget}, too few coalitions for one pair of orders."
        raise refuse("G08", what, f"Give at least {2 * n}.", where="budget")
    return (budget - 2) // (2 * n - 2) if n > 1 else 1


def _generator(seed: int | Sequence[int]) -> np.random.Generator:
    remedy = "Give an integer of 0 or more, so that the sample can be repeated."
    if seed is None:
        raise refuse("G08", "is None.", remedy, where="seed")
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise refuse("G08", f"is {seed!r}.", remedy, where="seed") from error


def _asking(
    value: Callable[[Any], ArrayLike], *, vectorized: bool
) -> Callable[[Bools], Floats]:
    """Return what gives the worths, (coalitions,), of bool (coalitions, n)."""

    def one_by_one(members: Bools) -> list[Any]:
        return [value(Coalition(np.flatnonzero(row).tolist())) for row in members]

    def checked(members: Bools) -> Floats:
        given = value(members) if vectorized else one_by_one(members)
        try:
            worths = np.asarray(given, np.float64)
        except (TypeError, ValueError) as error:
            raise _not_worths("what is no number") from error
        if worths.shape != (len(members),):
            raise _not_worths(f"shape {worths.shape} for {len(members)} coalitions")
        if not np.isfinite(worths).all():
            raise _not_worths("a NaN or infinite worth")
        return worths

    return checked


def _not_worths(what: str) -> Exception:
    remedy = "Return one finite number for each coalition."
    return refuse("G09", f"gives {what}.", remedy, where="value")


def _estimates(
    ask: Callable[[Bools], Floats], places: Array, empty: float, whole: float
) -> Floats:
    """Return what each player adds, the mean over an order and its reverse.

    Args:
        ask: Gives the worths of coalitions.
        places: int64, (orders, n): the place of each player in the order.
        empty: The worth of the empty coalition.
        whole: The worth of all players together.

    Returns:
        float64, (orders, n).
    """
    orders, n = places.shape
    first = places[:, None, :] < np.arange(1, n)[:, None]
    worths = np.empty((2, orders, n + 1))
    worths[:, :, 0] = [[empty], [whole]]
    worths[:, :, -1] = [[whole], [empty]]
    worths[0, :, 1:-1] = ask(first.reshape(-1, n)).reshape(orders, n - 1)
    worths[1, :, 1:-1] = ask(~first.reshape(-1, n)).reshape(orders, n - 1)
    forwards, backwards = np.diff(worths, axis=2)
    return np.take_along_axis((forwards - backwards) / 2, places, axis=1)


def _standard_errors(estimates: Floats) -> Floats:
    """Return the standard errors of the means over pairs, (n,)."""
    pairs, n = estimates.shape
    if n == 1:
        return np.zeros(1)
    if pairs == 1:
        return np.full(n, np.nan)
    return estimates.std(axis=0, ddof=1) / np.sqrt(pairs)
