"""A few touches divided in plain Python get what arrays give, to the unit."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
import strategies
from hypothesis import example, given
from hypothesis import strategies as st

from attribution.arrays import money, plain, ragged

Deals = list[tuple[int, list[float]]] | list[tuple[int, list[int]]]


def both(deals: Deals, kind: type[np.generic]) -> tuple[list[int], list[int]]:
    """Return the credits of some deals by plain Python and by arrays."""
    offsets = ragged.offsets_of(np.array([len(own) for _, own in deals], np.int64))
    amounts = np.array([amount for amount, _ in deals], np.int64)
    weights = np.array([one for _, own in deals for one in own], kind)
    found = []
    for few in (10**9, -1):
        with patch.object(plain, "FEW", few):
            found.append(money.allocate(amounts, offsets, weights).tolist())
    return found[0], found[1]


small = st.one_of(
    strategies.amounts(2**28 - 1),
    st.sampled_from([0, 1, -1, 2**28 - 1]),
)
shares: st.SearchStrategy[list[float]] = st.one_of(
    strategies.float_weights(), st.sampled_from([[], [0.0, 0.0]])
)
parts = st.lists(
    st.one_of(st.integers(0, 3), st.integers(0, 2**31), st.integers(0, 2**57)),
    max_size=20,
)


@given(st.lists(st.tuples(small, shares), max_size=6))
def test_shares_are_divided_alike(deals: list[tuple[int, list[float]]]) -> None:
    plain, arrays = both(deals, np.float64)
    assert plain == arrays


@given(st.lists(st.tuples(strategies.amounts(), parts), max_size=6))
@example([(10**15, [2**57 - 1, 2**57, 1, 0])])
def test_parts_are_divided_alike(deals: list[tuple[int, list[int]]]) -> None:
    plain, arrays = both(deals, np.int64)
    assert plain == arrays


@pytest.mark.parametrize("error", [1e-9, -1e-9, 0.9e-9])
@given(st.lists(st.tuples(small, strategies.float_weights()), min_size=1, max_size=4))
def test_shares_that_miss_the_sum_of_1_are_divided_alike(
    error: float, deals: list[tuple[int, list[float]]]
) -> None:
    off = [(amount, [one * (1 + error) for one in own]) for amount, own in deals]
    plain, arrays = both(off, np.float64)
    assert plain == arrays


def test_shares_of_another_sum_are_divided_by_their_sum() -> None:
    assert both([(10, [0.5, 0.25])], np.float64) == ([7, 3], [7, 3])


@given(st.lists(st.lists(st.integers(-1, 3), max_size=9), max_size=6))
def test_equal_parts_of_few_touches_are_those_of_arrays(
    segments: list[list[int]],
) -> None:
    offsets = ragged.offsets_of(np.array([len(own) for own in segments], np.int64))
    labels = np.array([one for own in segments for one in own], np.int64)
    expected = ragged.equal_parts(*ragged.distinct(labels, offsets, 4), offsets)
    found = ragged.split_equally(labels, offsets, 4)
    assert found.dtype == expected.dtype == np.int64
    assert found.tolist() == expected.tolist()
