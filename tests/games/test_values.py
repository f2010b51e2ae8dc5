"""Shapley, weighted Shapley and Banzhaf values: their axioms, and brute force."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from games import oracles_of_games as plain
from games.games_at_hand import (
    check,
    fractions,
    games,
    is_zero,
    relabelled,
    vote,
    with_null_player,
)
from hypothesis import given
from hypothesis import strategies as st

from attribution import games as of
from attribution.errors import InputError

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats


def weights_for(n: int) -> list[int]:
    return [1 + (3 * player) % 5 for player in range(n)]


VALUES: dict[str, Any] = {
    "shapley": of.shapley,
    "weighted": lambda v: of.weighted_shapley(
        v, weights_for(np.shape(v)[-1].bit_length() - 1)
    ),
    "banzhaf": of.banzhaf,
}
EFFICIENT = ["shapley", "weighted"]


@given(games())
def test_the_shapley_value_is_the_mean_over_all_orders(v: Floats) -> None:
    check(of.shapley(v), plain.shapley(fractions(v)), v)


@given(games(most=5))
def test_the_weighted_value_is_the_mean_over_weighted_orders(v: Floats) -> None:
    n = len(v).bit_length() - 1
    expected = plain.weighted_shapley(
        fractions(v), [Fraction(one) for one in weights_for(n)]
    )
    check(VALUES["weighted"](v), expected, v)


@given(games())
def test_the_banzhaf_value_sums_what_a_player_adds(v: Floats) -> None:
    check(of.banzhaf(v), plain.banzhaf(fractions(v)), v * len(v))


@given(games(), st.sampled_from(EFFICIENT))
def test_values_add_up_to_the_worth_of_all(v: Floats, name: str) -> None:
    check(VALUES[name](v).sum(), v[-1] - v[0], v)


@given(games(least=1, most=7), st.sampled_from(sorted(VALUES)), st.data())
def test_a_null_player_gets_exactly_zero(
    v: Floats, name: str, data: st.DataObject
) -> None:
    player = data.draw(st.integers(0, len(v).bit_length() - 1))
    assert is_zero(VALUES[name](with_null_player(v, player))[player])


@given(games())
def test_players_who_add_the_same_get_the_same(v: Floats) -> None:
    swapped = relabelled(v, [1, 0, *range(2, len(v).bit_length() - 1)])
    for value in (of.shapley, of.banzhaf):
        found = value(v + swapped)
        check(found[0], found[1], v * len(v))


@given(games(), st.sampled_from(sorted(VALUES)))
def test_the_value_of_a_sum_of_games_is_the_sum_of_values(v: Floats, name: str) -> None:
    other = np.cos(np.arange(len(v)))
    value = VALUES[name]
    check(value(v + other), value(v) + value(other), (np.abs(v) + 1) * len(v))


@given(games(), st.randoms(use_true_random=False))
def test_other_numbers_for_the_players_change_no_value(v: Floats, random: Any) -> None:
    order = list(range(len(v).bit_length() - 1))
    random.shuffle(order)
    for value in (of.shapley, of.banzhaf):
        check(value(relabelled(v, order)), value(v)[order], v * len(v))


@given(games())
def test_equal_weights_give_the_shapley_value(v: Floats) -> None:
    n = len(v).bit_length() - 1
    check(of.weighted_shapley(v, np.full(n, 0.3)), of.shapley(v), v)


@pytest.mark.parametrize("name", sorted(VALUES))
@pytest.mark.parametrize("n", [0, 1, 4, 5, 9, 10])
def test_games_in_a_batch_get_the_same_bytes_as_alone(name: str, n: int) -> None:
    v = np.random.default_rng(n).normal(size=(2, 300, 1 << n))
    found = VALUES[name](v)
    assert found.shape == (2, 300, n)
    for place in [(0, 0), (0, 255), (0, 256), (1, 299)]:
        assert found[place].tobytes() == VALUES[name](v[place]).tobytes()


def test_whole_numbers_that_divide_give_whole_values() -> None:
    v = 360360.0 * np.random.default_rng(1).integers(0, 99, 1 << 13)
    expected = Fraction(int(v[-1] - v[0]))
    found = [Fraction(one) for one in of.shapley(v).tolist()]
    assert sum(found, Fraction(0)) == expected


def test_the_empty_coalition_may_have_a_worth() -> None:
    assert of.shapley([10.0, 70.0, 40.0, 130.0]).tolist() == [75.0, 45.0]
    assert of.shapley([7.0]).shape == (0,)
    assert of.shapley([7.0, 9.0]).tolist() == [2.0]


@pytest.mark.parametrize("n", [12, 20])
def test_the_airport_game_is_shared_section_by_section(n: int) -> None:
    costs = np.arange(1, n + 1) ** 2
    v = np.zeros(1)
    for cost in costs:  # in ascending order: the last who joins sets the cost
        v = np.concatenate([v, np.full(len(v), float(cost))])
    steps = np.diff(costs, prepend=0) / np.arange(n, 0, -1)
    np.testing.assert_allclose(of.shapley(v), np.cumsum(steps), rtol=1e-13)


@pytest.mark.slow
def test_a_game_of_24_players_is_exact() -> None:
    n = 24
    size = np.bitwise_count(np.arange(1 << n)).astype(np.float64)
    found = of.shapley(size**2)
    np.testing.assert_allclose(found, np.full(n, float(n)), rtol=1e-13)


@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_game_of_twenty_players_takes_little_memory(name: str) -> None:
    v = np.ones(1 << 20)
    tracemalloc.start()
    VALUES[name](v)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3.5 * v.nbytes


def test_the_table_given_is_not_changed() -> None:
    v = np.random.default_rng(2).normal(size=(3, 32))
    before = v.copy()
    v.setflags(write=False)
    for value in VALUES.values():
        value(v)
        value(v[0])
    np.testing.assert_array_equal(v, before)


@given(games(most=6))
def test_the_normalised_banzhaf_value_adds_up(v: Floats) -> None:
    rising = np.maximum.accumulate(np.abs(v))  # so that its values do not cancel
    found = of.banzhaf(rising, normalized=True)
    check(found.sum(), rising[-1] - rising[0], rising)


def test_the_normalised_banzhaf_value_counts_swings() -> None:
    game = vote(np.array([50, 49, 1, 0]))
    found = of.banzhaf(game, normalized=True)
    np.testing.assert_allclose(found, [0.6, 0.2, 0.2, 0.0], rtol=1e-15)
    assert is_zero(found[3])


def test_a_game_in_which_nobody_adds_anything_is_normalised_to_zeros() -> None:
    found = of.banzhaf([[3.0, 3.0, 3.0, 3.0], [0.0, 1.0, 0.0, 1.0]], normalized=True)
    assert found.tolist() == [[0.0, 0.0], [1.0, 0.0]]
    assert is_zero(of.banzhaf([2.0, 1.0, 2.0, 1.0], normalized=True)[1])


def test_banzhaf_values_that_cancel_are_refused() -> None:
    with pytest.raises(InputError, match="G06"):
        of.banzhaf([0.0, 1.0, -1.0, 0.0], normalized=True)


@pytest.mark.parametrize(
    "weights",
    [
        [1.0],
        [[1.0, 2.0]],
        [1.0, 0.0],
        [1.0, -1.0],
        [1.0, np.nan],
        [1.0, np.inf],
        [1.0, 1e-250],
        ["a", "b"],
    ],
)
def test_weights_other_than_one_positive_number_a_player_are_refused(
    weights: Any,
) -> None:
    with pytest.raises(InputError, match="G05"):
        of.weighted_shapley([0.0, 1.0, 1.0, 3.0], weights)
