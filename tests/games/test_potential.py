"""One table of potentials holds the Shapley values of the games of all coalitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from games.games_at_hand import games, is_zero, with_null_player
from hypothesis import given
from hypothesis import strategies as st

from attribution import games as of
from attribution.games.potential import potential_in_place, values_by_potential

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats, Ints


def tables(count: int, n: int) -> Floats:
    """Return games of ``n`` players whose empty coalition is worth 0."""
    v = np.random.default_rng(n).random((count, 1 << n))
    v[:, 0] = 0
    return v


def parts_of(mask: int) -> Ints:
    """Return the sub-coalitions of a coalition, in the order of its own bits."""
    found = np.zeros(1, np.int64)
    for bit in range(mask.bit_length()):
        if mask >> bit & 1:
            found = np.concatenate([found, found | 1 << bit])
    return found


@pytest.mark.parametrize("n", [1, 2, 5, 9, 10, 11, 12])
def test_differences_of_potentials_are_shapley_values(n: int) -> None:
    v = tables(7, n)
    np.testing.assert_allclose(values_by_potential(v), of.shapley(v), atol=1e-13)


@given(games(least=1, most=6), st.data())
def test_a_null_player_gets_exactly_nothing(v: Floats, data: st.DataObject) -> None:
    player = data.draw(st.integers(0, len(v).bit_length() - 1))
    game = with_null_player(v - v[0], player)
    assert is_zero(values_by_potential(game[None])[:, player])


@pytest.mark.parametrize("mask", [0b1, 0b1010, 0b110111101011, 0b111111111111])
def test_a_coalition_has_the_same_bytes_in_its_own_table_and_in_a_larger(
    mask: int,
) -> None:
    whole = tables(1, 12)[0]
    alone = values_by_potential(whole[parts_of(mask)][None])[0]
    potential_in_place(whole, 12)
    bits = np.flatnonzero(mask >> np.arange(12) & 1)
    assert (whole[mask] - whole[mask - (1 << bits)]).tobytes() == alone.tobytes()
