"""Interactions of pairs, by their definitions over orders."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from games import oracles_of_games as plain
from games.games_at_hand import check, fractions, games, is_zero, with_null_player
from hypothesis import given
from hypothesis import strategies as st

from attribution import games as of
from attribution.errors import InputError

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats

KINDS: list[Any] = ["shapley", "shapley_taylor"]


@given(games(most=5), st.sampled_from(KINDS))
def test_a_pair_has_the_mean_over_orders_of_what_the_two_add(
    v: Floats, kind: Any
) -> None:
    by_orders = {
        "shapley": plain.shapley_interaction,
        "shapley_taylor": plain.shapley_taylor,
    }[kind]
    worths = fractions(v)
    found = of.interactions(v, kind)
    for one, other in combinations(range(len(found)), 2):
        check(found[one, other], by_orders(worths, one, other), v)


@given(games(), st.sampled_from(KINDS))
def test_the_matrix_is_symmetric_with_single_dividends_on_its_diagonal(
    v: Floats, kind: Any
) -> None:
    found = of.interactions(v, kind=kind)
    np.testing.assert_array_equal(found, found.T)
    singles = v[1 << np.arange(len(found))] - v[0]
    np.testing.assert_array_equal(np.diag(found), singles)


@given(games())
def test_the_upper_shapley_taylor_triangle_adds_up(v: Floats) -> None:
    found = of.interactions(v, kind="shapley_taylor")
    check(np.triu(found).sum(), v[-1] - v[0], v * len(v))


@given(games())
def test_both_agree_with_the_dividends(v: Floats) -> None:
    d = of.dividends(v)
    n = len(v).bit_length() - 1
    scale = np.abs(d) * len(d)
    size = np.bitwise_count(np.arange(len(d))).astype(np.float64)
    for kind, share in (
        ("shapley", size - 1),
        ("shapley_taylor", size * (size - 1) / 2),
    ):
        found = of.interactions(v, kind=kind)  # type: ignore[arg-type]
        for one, other in combinations(range(n), 2):
            both = (1 << one) | (1 << other)
            held = np.arange(len(d)) & both == both
            check(found[one, other], (d[held] / share[held]).sum(), scale)


@given(games(least=1, most=6), st.sampled_from(KINDS), st.data())
def test_a_null_player_joins_nobody(v: Floats, kind: Any, data: st.DataObject) -> None:
    player = data.draw(st.integers(0, len(v).bit_length() - 1))
    found = of.interactions(with_null_player(v, player), kind=kind)
    assert is_zero(found[player])
    assert is_zero(found[:, player])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_games_in_a_batch_get_the_same_bytes_as_alone(kind: Any, n: int) -> None:
    v = np.random.default_rng(n).normal(size=(3, 700, 1 << n))
    found = of.interactions(v, kind)
    assert found.shape == (3, 700, n, n)
    for place in [(0, 0), (1, 323), (1, 324), (2, 699)]:
        assert found[place].tobytes() == of.interactions(v[place], kind).tobytes()


@pytest.mark.parametrize("kind", ["shapely", "", 3, None])
def test_another_kind_is_refused_with_the_choices(kind: Any) -> None:
    with pytest.raises(InputError, match=r"P04.*Choose 'shapley' or 'shapley_taylor'"):
        of.interactions([0.0, 1.0], kind=kind)
