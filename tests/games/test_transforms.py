"""Dividends and worths turn into each other, whatever the size of the table."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from games import oracles_of_games as plain
from games.games_at_hand import check, fractions, games, is_zero, with_null_player
from hypothesis import given
from hypothesis import strategies as st

from attribution import games as of
from attribution.errors import InputError
from attribution.games.tables import BLOCK

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats


@given(games(least=0))
def test_dividends_are_the_alternating_sums(v: Floats) -> None:
    check(of.dividends(v), plain.dividends(fractions(v)), v)


@given(games(least=1, most=6), st.data())
def test_coalitions_with_a_null_player_have_no_dividend(
    v: Floats, data: st.DataObject
) -> None:
    n = len(v).bit_length()
    player = data.draw(st.integers(0, n - 1))
    found = of.dividends(with_null_player(v, player))
    assert is_zero(found[np.arange(len(found)) >> player & 1 == 1])


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 16, 17, 18])
def test_worths_come_back_from_their_dividends(n: int) -> None:
    v = np.random.default_rng(n).integers(-9, 9, 1 << n).astype(np.float64)
    np.testing.assert_array_equal(of.from_dividends(of.dividends(v)), v)


def test_a_table_beyond_a_block_is_transformed_like_a_small_one() -> None:
    v = np.random.default_rng(3).integers(-9, 9, 2 * BLOCK).astype(np.float64)
    expected = v.copy()
    for bit in range(18):
        pairs = expected.reshape(-1, 2, 1 << bit)
        pairs[:, 1] -= pairs[:, 0].copy()
    np.testing.assert_array_equal(of.dividends(v), expected)


@pytest.mark.parametrize("transform", [of.dividends, of.from_dividends])
@pytest.mark.parametrize("n", [0, 2, 5, 10])
def test_games_in_a_batch_are_transformed_as_alone(transform: Any, n: int) -> None:
    v = np.random.default_rng(5).normal(size=(2, 151, 1 << n))
    found = transform(v)
    assert found.shape == v.shape
    for place in [(0, 0), (0, 127), (0, 128), (1, 150)]:
        assert found[place].tobytes() == transform(v[place]).tobytes()


def test_a_game_of_twenty_players_takes_one_table_more() -> None:
    v = np.ones(1 << 20)
    tracemalloc.start()
    of.dividends(v)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * v.nbytes


def test_the_table_given_is_not_changed_and_may_be_of_any_kind() -> None:
    v = np.array([0.0, 60.0, 30.0, 120.0])
    v.setflags(write=False)
    expected = [0.0, 60.0, 30.0, 30.0]
    assert of.dividends(v).tolist() == expected
    assert of.dividends(np.array([0, 60, 30, 120], np.int32)).tolist() == expected
    assert of.dividends(np.repeat(v, 2)[::2]).tolist() == expected
    assert of.dividends(np.array([False, True])).tolist() == [0.0, 1.0]
    assert of.dividends(np.empty((0, 4))).shape == (0, 4)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (1.0, "G01"),
        ([], "G01"),
        ([0.0, 1.0, 2.0], "G01"),
        (np.empty((4, 0)), "G01"),
        ([[0.0, 1.0], [0.0]], "G01"),
        (["a", "b"], "G02"),
        ([0.0, 1j], "G02"),
        ([None, 1.0], "G02"),
        ([0.0, np.nan], "G02"),
        ([0.0, np.inf], "G02"),
        ([-np.inf, 0.0], "G02"),
        ([0.0, 1e300], "G02"),
        (np.broadcast_to(0.0, 1 << 25), "G03"),
    ],
)
@pytest.mark.parametrize("function", [of.dividends, of.from_dividends, of.shapley])
def test_what_is_no_value_table_is_refused(
    function: Any, table: Any, code: str
) -> None:
    with pytest.raises(InputError) as caught:
        function(table)
    assert [one.code for one in caught.value.issues] == [code]
    assert caught.value.issues[0].remedy
