"""Weights by hash: a function of seed, draw and id, and Poisson."""

from __future__ import annotations

import numpy as np
import oracles_of_analysis as oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.arrays import draws

IDS = st.one_of(
    st.sampled_from(["", "a", "7", "é", "Ω" * 9, "006Ec0001", "x" * 8, "x" * 300]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)


@given(st.lists(IDS, max_size=6))
def test_a_key_is_that_of_the_text_whatever_stands_beside_it(texts: list[str]) -> None:
    found = draws.keys_of(np.array(texts, object)) if texts else np.array([])
    assert found.tolist() == [oracles.key_of(text) for text in texts]


def test_an_integer_has_the_key_of_its_text() -> None:
    found = draws.keys_of(np.array([0, 7, -12, 2**62]))
    assert found.tolist() == [oracles.key_of(str(one)) for one in (0, 7, -12, 2**62)]


def test_an_id_with_a_nul_has_a_key_of_its_own() -> None:
    found = draws.keys_of(np.array(["a\0b", "ab", "a\0b"], object))
    assert found[0] == found[2] != found[1]


def test_no_ids_have_no_keys() -> None:
    assert len(draws.keys_of(np.array([], object))) == 0


@given(
    st.lists(st.sampled_from(["a", "b", "D-10", "é"]), min_size=1, max_size=4),
    st.integers(0, 2**63 - 1),
    st.sampled_from([1, 1, 2, 30, 900]),
)
def test_weights_are_poisson_quantiles_of_a_hash(
    texts: list[str], seed: int, mean: int
) -> None:
    keys = draws.keys_of(np.array(texts, object))
    found = draws.weights(keys, np.full(len(texts), mean), seed, 0, 6)
    assert found.tolist() == [
        [oracles.weight(oracles.key_of(text), seed, draw, mean) for draw in range(6)]
        for text in texts
    ]


@pytest.mark.parametrize("cut", [4, 8, 12])
def test_draws_are_the_same_in_parts_and_rows_in_any_order(cut: int) -> None:
    keys, counts = draws.keys_of(np.arange(50)), np.tile([1, 5], 25)
    whole = draws.weights(keys, counts, 3, 0, 14)
    parts = [draws.weights(keys, counts, 3, *span) for span in ((0, cut), (cut, 14))]
    assert np.array_equal(np.hstack(parts), whole)
    assert np.array_equal(
        draws.weights(keys[::-1], counts[::-1], 3, 0, 14)[::-1], whole
    )


@pytest.mark.parametrize("mean", [1, 2, 7, 100, 40_000])
def test_a_table_has_the_mean_and_variance_of_poisson(mean: int) -> None:
    table = draws._table(mean)
    assert table.mean() == pytest.approx(mean, rel=1e-4)
    assert table.var() == pytest.approx(mean, rel=1e-3)


@pytest.mark.parametrize("mean", [1, 3, 500])
def test_levels_are_looked_up_as_they_are_compared(mean: int) -> None:
    least, edges = draws._edges(mean)
    levels = np.arange(draws.LEVELS)
    passed = (levels[:, None] >= edges).sum(axis=1)
    assert np.array_equal(draws._table(mean), least + passed)
    some = levels[::997].astype(np.uint16)
    assert np.array_equal(draws._quantiles(mean, some), draws._table(mean)[::997])
    keys = draws.keys_of(np.arange(99))
    whole, floats = (
        draws.weights(keys, np.full(99, mean), 5, 0, 6, dtype=dtype)
        for dtype in (np.int64, np.float64)
    )
    assert floats.dtype == np.float64
    assert np.array_equal(whole, floats)


def test_the_mean_weight_of_one_deal_is_exactly_one() -> None:
    assert draws._table(1).sum() == draws.LEVELS


def test_draws_and_seeds_are_independent_of_one_another() -> None:
    keys = draws.keys_of(np.arange(20_000))
    one = draws.weights(keys, np.ones(20_000, np.int64), 1, 0, 8)
    two = draws.weights(keys, np.ones(20_000, np.int64), 2, 0, 8)
    found = np.corrcoef(np.hstack([one, two]).T) - np.eye(16)
    assert np.abs(found).max() < 5 / np.sqrt(20_000)


def test_many_ids_of_one_count_have_the_weights_that_few_have() -> None:
    keys = draws.keys_of(np.arange(draws.LEVELS // 8 + 1))
    counts = np.full(len(keys), 3)
    many = draws.weights(keys, counts, 5, 0, 8)
    few = draws.weights(keys[-2:], counts[-2:], 5, 0, 8)
    assert many[-2:].tolist() == few.tolist()
