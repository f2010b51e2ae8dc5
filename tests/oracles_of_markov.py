"""The slow, plain reference of the Markov removal effect, in ``Fraction``.

Written from the definition, before the library's own: a chain of tuples, a channel
taken out by ending each step into it in null, and Gaussian elimination.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

State = tuple[str, ...]
Equations = dict[State, dict[State | None, Fraction]]
"""For each state: where it goes next and how likely, and under None what it earns."""


class Path(NamedTuple):
    """One path: how often it was won and lost, and what its wins paid together."""

    steps: State
    wins: int
    losses: int
    revenue: int = 0


def equations(
    paths: Sequence[Path], order: int, removed: str | None, *, paid: bool
) -> Equations:
    """Return the chain of the last ``order`` steps, steps into ``removed`` left out."""
    out: Counter[State] = Counter()
    moves: Counter[tuple[State, State]] = Counter()
    earned: Counter[State] = Counter()
    for path in paths:
        times, steps = path.wins + path.losses, path.steps
        states = [steps[max(n - order, 0) : n] for n in range(len(steps) + 1)]
        for at, state in enumerate(states):
            out[state] += times
            if at < len(steps) and steps[at] != removed:
                moves[state, states[at + 1]] += times
        earned[states[-1]] += path.revenue if paid else path.wins
    found: Equations = {
        state: defaultdict(Fraction, {None: Fraction(earned[state], out[state])})
        for state in sorted(out, key=len)
        if out[state]
    }
    for (state, target), times in moves.items():
        if times:
            found[state][target] += Fraction(times, out[state])
    return found


def expected(rows: Equations) -> Fraction:
    """Return what a journey earns from the start, by eliminating all other states."""
    while len(rows) > 1:
        state, own = rows.popitem()
        stay = own.pop(state, Fraction(0))
        for row in rows.values():
            factor = row.pop(state, Fraction(0)) / (1 - stay)
            for target, one in own.items():
                row[target] += factor * one
    return rows[()][None]


def win_rate(paths: Sequence[Path], order: int = 1) -> Fraction:
    """Return how likely the chain is to end in a win."""
    return expected(equations(paths, order, None, paid=False))


def removal_effects(
    paths: Sequence[Path], order: int = 1, *, paid: bool = False
) -> dict[str, Fraction]:
    """Return what part of the wins (or of what they paid) is lost without a channel."""
    whole = expected(equations(paths, order, None, paid=paid))
    return {
        name: 1 - expected(equations(paths, order, name, paid=paid)) / whole
        for name in sorted({step for path in paths for step in path.steps})
    }
