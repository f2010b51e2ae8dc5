"""Sampled values: exact where dividends stop at pairs, honest elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from games.games_at_hand import is_zero, members
from hypothesis import given
from hypothesis import strategies as st

from attribution import games as of
from attribution.errors import InputError
from attribution.games import sampling

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats

N = 10
TABLE = np.random.default_rng(11).random(1 << N) * members(N).sum(axis=1)


def by_table(coalition: of.Coalition) -> float:
    return float(TABLE[coalition])


def pairwise(n: int, seed: int) -> tuple[Floats, Floats]:
    """Return the dividends of singles and pairs, symmetric, of a game."""
    rng = np.random.default_rng(seed)
    pairs = np.triu(rng.normal(size=(n, n)), 1)
    return rng.normal(size=n), pairs + pairs.T


@given(st.integers(1, 40), st.integers(0, 2**32), st.integers(0, 5))
def test_games_whose_dividends_stop_at_pairs_are_exact(
    n: int, seed: int, more: int
) -> None:
    singles, pairs = pairwise(n, seed)

    def worths(held: Floats) -> Floats:
        one = held.astype(np.float64)
        worth: Floats = 3.0 + one @ singles + ((one @ pairs) * one).sum(axis=1) / 2
        return worth

    found = of.sample_shapley(
        worths, n, budget=2 * n + more, seed=seed, vectorized=True
    )
    expected = singles + pairs.sum(axis=1) / 2
    np.testing.assert_allclose(found.values, expected, rtol=0, atol=1e-12 * n * n)


def test_the_estimate_lies_within_its_errors() -> None:
    exact = of.shapley(TABLE)
    misses = []
    for seed in range(30):
        values, errors = of.sample_shapley(by_table, N, budget=400, seed=seed)
        misses.append((values - exact) / errors)
    spread = np.array(misses).std()
    assert 0.8 < spread < 1.3
    assert np.abs(np.array(misses).mean(axis=0)).max() < 1.0


def test_a_larger_budget_brings_the_estimate_nearer() -> None:
    exact = of.shapley(TABLE)
    few = of.sample_shapley(by_table, N, budget=100, seed=3)
    many = of.sample_shapley(by_table, N, budget=10_000, seed=3)
    assert np.abs(many.values - exact).max() < np.abs(few.values - exact).max() / 3
    assert many.standard_errors.max() < few.standard_errors.max() / 5


@pytest.mark.parametrize("budget", [20, 37, 38, 55, 200])
def test_no_more_coalitions_are_asked_for_than_the_budget(budget: int) -> None:
    asked: list[Any] = []

    def value(coalition: frozenset[int]) -> float:
        asked.append(coalition)
        return float(len(coalition))

    of.sample_shapley(value, N, budget=budget, seed=1)
    assert budget - 2 * (N - 1) < len(asked) <= budget
    assert asked[:2] == [frozenset(), frozenset(range(N))]


def test_the_values_add_up_and_a_null_player_gets_exactly_zero() -> None:
    def value(coalition: frozenset[int]) -> float:
        return 0.1 + by_table(of.Coalition(one - 1 for one in coalition if one > 0))

    values, errors = of.sample_shapley(value, N + 1, budget=500, seed=1)
    assert values.sum() == pytest.approx(TABLE[-1] - TABLE[0], rel=1e-12)
    assert is_zero(values[0])
    assert is_zero(errors[0])


def test_one_seed_gives_the_same_bytes_in_any_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sampled() -> of.Sample:
        return of.sample_shapley(by_table, N, budget=300, seed=[5, 6])

    whole = sampled()
    monkeypatch.setattr(sampling, "BLOCK", 4 * N * N)
    parts = sampled()
    assert whole.values.tobytes() == parts.values.tobytes()
    assert whole.standard_errors.tobytes() == parts.standard_errors.tobytes()
    other = of.sample_shapley(by_table, N, budget=300, seed=7)
    assert other.values.tobytes() != whole.values.tobytes()


def test_many_at_once_give_the_same_bytes_as_one_by_one() -> None:
    def worths(held: Floats) -> Floats:
        worth: Floats = TABLE[held @ (1 << np.arange(N))]
        return worth

    one = of.sample_shapley(by_table, N, budget=200, seed=9)
    many = of.sample_shapley(worths, N, budget=200, seed=9, vectorized=True)
    assert one.values.tobytes() == many.values.tobytes()


def test_the_error_of_a_single_pair_of_orders_is_unknown() -> None:
    _, errors = of.sample_shapley(by_table, N, budget=2 * N, seed=1)
    assert np.isnan(errors).all()


def test_a_single_player_gets_all_without_error() -> None:
    values, errors = of.sample_shapley(
        lambda s: 2.0 + 3.0 * len(s), 1, budget=2, seed=1
    )
    assert values.tolist() == [3.0]
    assert errors.tolist() == [0.0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"n": 0}, "G07"),
        ({"n": 2.5}, "G07"),
        ({"budget": 100.0}, "G07"),
        ({"budget": 2 * N - 1}, "G07"),
        ({"seed": None}, "G07"),
        ({"seed": -1}, "G07"),
        ({"seed": "a"}, "G07"),
        ({"value": lambda _: None}, "G08"),
        ({"value": lambda _: "a"}, "G08"),
        ({"value": lambda _: float("nan")}, "G08"),
        ({"value": lambda _: [1.0, 2.0]}, "G08"),
        ({"value": lambda _: 1.0, "vectorized": True}, "G08"),
    ],
)
def test_what_cannot_be_sampled_is_refused(change: dict[str, Any], code: str) -> None:
    sound: dict[str, Any] = {"value": by_table, "n": N, "budget": 100, "seed": 1}
    given_ = sound | change
    value, n = given_.pop("value"), given_.pop("n")
    with pytest.raises(InputError, match=code):
        of.sample_shapley(value, n, **given_)
