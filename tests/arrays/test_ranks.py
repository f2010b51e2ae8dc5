"""Rank correlations, compared with every pair counted."""

from __future__ import annotations

import math

import numpy as np
import oracles_of_analysis as oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.arrays import ranks

PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0, 2.0]), st.floats(-3, 3, width=16)),
    max_size=12,
)


@given(PAIRS)
def test_rank_correlations_are_those_of_every_pair(
    pairs: list[tuple[float, float]],
) -> None:
    one, two = np.array(pairs).reshape(-1, 2).T
    sides = one.tolist(), two.tolist()
    plain = pytest.approx(oracles.spearman(*sides), nan_ok=True)
    assert ranks.spearman(one, two) == plain
    plain = pytest.approx(oracles.kendall(*sides), nan_ok=True)
    assert ranks.kendall(one, two) == plain


@given(st.lists(st.integers(0, 2**40), max_size=12))
def test_inversions_are_pairs_in_the_wrong_order(values: list[int]) -> None:
    plain = sum(values[i] > values[j] for j in range(len(values)) for i in range(j))
    assert ranks.inversions(np.array(values, np.int64)) == plain


def test_one_order_agrees_and_its_reverse_disagrees_exactly() -> None:
    up = np.arange(1000)
    for figure in (ranks.spearman, ranks.kendall):
        assert (figure(up, up), figure(up, up[::-1])) == (1.0, -1.0)
        assert math.isnan(figure(up, np.zeros(1000)))
