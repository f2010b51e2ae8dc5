"""Games for the tests: drawn by hypothesis, or built with a known player."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Floats, Ints

NEAR = 1e-12
"""Relative to the largest worth: what an exact algorithm in float64 may lose."""


@st.composite
def games(draw: st.DrawFn, *, least: int = 2, most: int = 8) -> Floats:
    """Games of 2 to 8 players: whole numbers, floats, few coalitions, votes."""
    n = draw(st.integers(least, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = 1 << n
    kind = draw(st.sampled_from(["whole", "floats", "few", "vote"]))
    if kind == "whole":
        return rng.integers(-50, 50, size).astype(np.float64)
    if kind == "floats":
        return rng.normal(size=size) * 10.0 ** rng.integers(-3, 6)
    if kind == "few":
        return np.where(rng.random(size) < 0.2, rng.integers(1, 9, size) / 4, 0.0)
    return vote(rng.integers(1, 9, n))


def members(n: int) -> Ints:
    """Return who is in each coalition, 0 or 1, (2**n, n)."""
    return np.arange(1 << n)[:, None] >> np.arange(n) & 1


def vote(weights: Ints) -> Floats:
    """Return the game that coalitions with more than half of the weight win."""
    held = members(len(weights)) @ weights
    wins: Floats = (2 * held > weights.sum()).astype(np.float64)
    return wins


def labels(n: int) -> st.SearchStrategy[list[str]]:
    """Return a label for each of ``n`` players, some shared."""
    return st.lists(st.sampled_from("abcd"), min_size=n, max_size=n)


def fractions(v: Floats) -> list[Fraction]:
    """Return the worths as they are, in fractions."""
    return [Fraction(float(worth)) for worth in v]


def check(found: Floats, expected: Any, v: Floats) -> None:
    """Assert equality within what float64 may lose on worths as large as these."""
    wanted = np.array(expected, dtype=np.float64)
    scale = max(float(np.abs(v).max()), 1e-300)
    np.testing.assert_allclose(found, wanted, rtol=NEAR, atol=NEAR * scale)


def with_null_player(v: Floats, player: int) -> Floats:
    """Return the game with a further player, at this place, who adds nothing."""
    n = len(v).bit_length() - 1
    mask = np.arange(2 << n)
    low = mask & ((1 << player) - 1)
    wide: Floats = v[low | (mask >> (player + 1)) << player]
    return wide


def relabelled(v: Floats, order: Sequence[int]) -> Floats:
    """Return the game in which player ``i`` is the old player ``order[i]``."""
    n = len(order)
    old = members(n) @ (1 << np.array(order))
    moved: Floats = v[old]
    return moved


def is_zero(found: Floats) -> bool:
    """Return whether all is exactly 0.0, not -0.0."""
    return not np.any(found) and not np.signbit(found).any()
