"""The order of rows against Python's own sort."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.arrays import cores, ordering

if TYPE_CHECKING:
    from numpy.typing import NDArray

YEAR = 365 * 86_400 * 1_000_000


def kept_apart(groups: list[int], count: int) -> list[list[int]]:
    """Return the rows of each group, found one by one."""
    rows: list[list[int]] = [[] for _ in range(count)]
    for row, group in enumerate(groups):
        rows[group].append(row)
    return rows


def apart(order: NDArray[np.int64], offsets: NDArray[np.int64]) -> list[list[int]]:
    """Return the rows of each group as lists."""
    return [order[a:b].tolist() for a, b in pairwise(offsets.tolist())]


@given(st.lists(st.integers(0, 4), max_size=20), st.integers(5, 7))
def test_grouped_keeps_the_order_of_rows_inside_each_group(
    groups: list[int], count: int
) -> None:
    found = ordering.grouped(np.array(groups, np.int64), count)
    assert apart(*found) == kept_apart(groups, count)


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64])
def test_many_rows_are_counted_as_few_are_sorted(dtype: type) -> None:
    drawn = np.random.default_rng(1).integers(0, 90, ordering.SHORT + 1)
    groups: NDArray[Any] = drawn.astype(dtype)
    found = ordering.grouped(groups, 100)
    assert apart(*found) == kept_apart(groups.tolist(), 100)
    assert [one.dtype for one in found] == [np.int64, np.int64]


@pytest.mark.parametrize("group", [-1, 3])
def test_a_group_out_of_bounds_is_refused(group: int) -> None:
    groups = np.zeros(ordering.SHORT + 1, np.int64)
    groups[7] = group
    with pytest.raises(IndexError, match="none of 3"):
        ordering.grouped(groups, 3)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)
    ),
    max_size=20,
)


@given(ROWS)
def test_ordered_sorts_by_segment_time_and_each_tie_in_turn(
    rows: list[tuple[int, int, int, int]],
) -> None:
    table = np.array(rows, np.int64).reshape(-1, 4)
    segment, time, first, second = table.T
    found = ordering.ordered(segment, 4, time, lambda own: [first[own], second[own]])
    assert sorted(found.rows.tolist()) == list(range(len(rows)))
    assert [rows[row] for row in found.rows] == sorted(rows)
    assert found.time.tolist() == [time for _, time, *_ in sorted(rows)]
    assert np.diff(found.offsets).tolist() == [
        segment.tolist().count(i) for i in range(4)
    ]


def test_ordered_asks_for_ties_of_the_tied_rows_alone() -> None:
    asked: list[int] = []

    def ties(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        asked.extend(rows.tolist())
        return [-rows]

    time = np.array([5, 1, 5, 5])
    found = ordering.ordered(np.array([0, 0, 0, 1]), 2, time, ties)
    assert found.rows.tolist() == [1, 2, 0, 3]
    assert sorted(asked) == [0, 2]


@pytest.mark.parametrize("word", [24, 64])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("spread", [3, YEAR, 1 << 62])
def test_parts_and_times_wider_than_a_word_change_nothing(
    word: int, threads: int, spread: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "WORD", word)
    monkeypatch.setattr(ordering, "MANY", 64)
    monkeypatch.setattr(ordering, "cores", lambda: threads)
    monkeypatch.setattr(cores, "BLOCK", 100)
    monkeypatch.setattr(cores, "MANY", 1)
    rng = np.random.default_rng(5)
    segment = np.append(rng.integers(1, 90, 1_000), np.full(200, 95))
    time = rng.integers(-spread, spread, 1_200)
    close = rng.permutation(1_200)[:300]
    time[close] = time[close[0]] + rng.integers(0, 2, 300)
    found = ordering.ordered(segment, 100, time, lambda own: [-own])
    rows = zip(segment.tolist(), time.tolist(), range(1_200), strict=True)
    expected = sorted(rows, key=lambda one: (one[0], one[1], -one[2]))
    assert found.rows.tolist() == [row for *_, row in expected]
    assert found.time.tolist() == [at for _, at, _ in expected]
