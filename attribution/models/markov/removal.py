"""Removal effects of every player of a chain, exactly.

A player is removed by sending each step into it to null. What is lost is what comes
of the journeys that visit it: the chance that its first visit is in some state, times
what is earned from there. In the states that end in player c, K, the first visit is
``N[start, K] N[K, K]^-1`` with N = (1 - Q)^-1, so that one factorisation of 1 - Q
serves all players (the Woodbury form of the removal, its low-rank part eliminated).

Source: Anderl et al. (2016), Mapping the customer journey; the closed form from
Kemeny and Snell (1960), Finite Markov chains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.arrays import codes, ordering
from attribution.errors import InputError, refuse
from attribution.models.markov.moves import REMEDY

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats, Ints
    from attribution.models.markov.chain import Chain

FACTORED: Final = 1024
"""Chains of so many states, or of one state a player, are factored; others are run.

The factors of a chain of high order fill in, and each of its states takes a column.
"""

MOST_PLAYERS: Final = 5_000
"""Players of the largest chain."""

MOST_WORK: Final = 1 << 29
"""Products of one step of a chain that is run, for all players."""

MOST_STEPS: Final = 100_000
"""Steps after which a chain that still runs is given up."""

WIDTH: Final = 1 << 22
"""Numbers that are held at a time for the players of a chain that is run."""

REST: Final = 2.0**-64
"""A run ends when so little of what counts is still under way."""


class Effects(NamedTuple):
    """What journeys earn, and what part of it is lost without each player.

    ``earned``: float64, (1 + currencies,): wins, then money, on average;
    ``removed``: float64, (1 + currencies, players).
    """

    earned: Floats
    removed: Floats


def effects_of(chain: Chain) -> Effects:
    """Return the removal effects of every player on wins and on each currency.

    Raises:
        InputError: L06: too many players, or states to solve for.
    """
    _check_size(chain)
    many = len(chain.players)
    if not len(chain):
        nothing = np.zeros(chain.ends.shape[1])
        return Effects(nothing, np.zeros((len(nothing), many)))
    earned, first = factored(chain) if is_small(chain) else run(chain)
    own = chain.last >= 0
    removed = []
    for ends in earned.T:
        lost = codes.float_sum_by(chain.last[own], (first * ends)[own], many)
        whole = ends[0]
        removed.append(np.divide(lost, whole, out=np.zeros(many), where=whole != 0))
    removed[0] = np.minimum(removed[0], 1.0)
    return Effects(earned[0], np.array(removed))


def is_small(chain: Chain) -> bool:
    """Return whether a chain is factored, not run."""
    return len(chain) <= max(FACTORED, len(chain.players) + 1)


def _check_size(chain: Chain) -> None:
    players, states = len(chain.players), len(chain)
    work = chain.moves.nnz * players
    if players > MOST_PLAYERS or (not is_small(chain) and work > MOST_WORK):
        what = f"{players:,} players make a chain of {states:,} states, too many."
        raise refuse("L06", what, REMEDY, where="models.markov")


def factored(chain: Chain) -> tuple[Floats, Floats]:
    """Return what each state earns, (states, 1 + currencies), and first visits.

    First visits, (states,): the chance that the first visit to the player of a
    state's last step is in that state. By one sparse LU; columns of its inverse are
    made for one player at a time.
    """
    from scipy import sparse
    from scipy.sparse.linalg import splu

    size = len(chain)
    whole = splu((sparse.identity(size, format="csc") - chain.moves).tocsc())
    # One right side at a time: several go through BLAS, whose bits depend on threads.
    earned = np.stack([whole.solve(one) for one in chain.ends.T.copy()], axis=1)
    unit = np.zeros(size)
    unit[0] = 1.0
    visits = whole.solve(unit, trans="T")
    first = np.zeros(size)
    order, cut = ordering.grouped(chain.last[1:], len(chain.players))
    order += 1
    for player in np.flatnonzero(np.diff(cut)).tolist():
        own = order[cut[player] : cut[player + 1]]
        again = np.empty((len(own), len(own)))
        for place, state in enumerate(own.tolist()):
            unit[:] = 0.0
            unit[state] = 1.0
            again[:, place] = whole.solve(unit)[own]
        if len(own) == 1:
            first[own] = visits[own] / again[0]
        else:
            first[own] = splu(sparse.csc_matrix(again)).solve(visits[own], trans="T")
    return earned, np.maximum(first, 0.0)


def run(chain: Chain) -> tuple[Floats, Floats]:
    """Return the same by running the chain until nothing that counts is under way.

    Every number is a sum of products that are not negative; what is left under way
    bounds the error. So many players are run at a time as memory is bounded for.

    Raises:
        InputError: L06: the chain goes in circles for too long.
    """
    size, many = len(chain), len(chain.players)
    earned, first = _earned(chain), np.zeros(size)
    step = chain.moves.T.tocsr()
    width = max(WIDTH // size, 1)
    for begin in range(0, many, width):
        wide = min(width, many - begin)
        own = np.flatnonzero((chain.last >= begin) & (chain.last < begin + wide))
        under_way = np.zeros((size, wide))
        under_way[0] = 1.0
        cells = own, chain.last[own] - begin
        first[own] = _first_visits(step, under_way, cells, REST * earned[0, 0])
    return earned, first


def _earned(chain: Chain) -> Floats:
    """Return what each state earns: at once, after one step, after two and so on."""
    earned: Floats = chain.ends
    ahead = chain.ends
    for _ in range(MOST_STEPS):
        ahead = chain.moves @ ahead
        earned = earned + ahead
        if (ahead[:, 0] <= REST * earned[:, 0]).all():
            return earned
    raise _endless()


def _first_visits(
    step: Any, under_way: Floats, cells: tuple[Ints, Ints], rest: float
) -> Floats:
    """Return the chance to come first to a player in each of his states.

    Args:
        step: Sparse CSR: from where a journey is to where it goes.
        under_way: (states, players): journeys that have not met the player yet.
        cells: The states of these players and the players' columns.
        rest: The run ends when less than this is under way.
    """
    first: Floats = np.zeros(len(cells[0]))
    for _ in range(MOST_STEPS):
        under_way = step @ under_way
        first += under_way[cells]
        under_way[cells] = 0.0
        if under_way.sum(axis=0).max() <= rest:
            break
    else:
        raise _endless()
    return first


def _endless() -> InputError:
    what = f"the chain still runs after {MOST_STEPS:,} steps."
    return refuse("L06", what, REMEDY, where="models.markov")
