"""Segment arithmetic against loops over lists."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from attribution.arrays import ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

INTEGERS = st.integers(-(2**40), 2**40)


def flat(segments: list[list[Any]], dtype: object = np.int64) -> NDArray[Any]:
    """Return all values of the segments as one read-only column."""
    values = [value for segment in segments for value in segment]
    column = np.array(values, dtype)  # type: ignore[call-overload]
    column.flags.writeable = False
    return column  # type: ignore[no-any-return]


def bounds(segments: list[list[Any]]) -> NDArray[np.int64]:
    """Return the read-only offsets of the segments."""
    offsets = strategies.offsets_of([len(segment) for segment in segments])
    offsets.flags.writeable = False
    return offsets


@given(strategies.counts())
def test_offsets_are_running_totals_of_counts(counts: list[int]) -> None:
    offsets = ragged.offsets_of(np.array(counts, np.int32))
    assert offsets.dtype == np.int64
    assert offsets.tolist() == [sum(counts[:place]) for place in range(len(counts) + 1)]


@given(strategies.segments(INTEGERS))
def test_sums_are_those_of_each_segment_and_0_for_empty_ones(
    segments: list[list[int]],
) -> None:
    found = ragged.sums(flat(segments), bounds(segments))
    assert found.dtype == np.int64
    assert found.tolist() == [sum(segment) for segment in segments]


@given(strategies.segments(st.booleans()))
def test_sums_of_booleans_count_the_true_ones(segments: list[list[bool]]) -> None:
    found = ragged.sums(flat(segments, np.bool_), bounds(segments))
    assert found.dtype == np.int64
    assert found.tolist() == [segment.count(True) for segment in segments]


@given(strategies.segments(st.floats(-1e9, 1e9)))
def test_a_float_sum_has_the_same_bits_alone_and_among_other_segments(
    segments: list[list[float]],
) -> None:
    together = ragged.sums(flat(segments, np.float64), bounds(segments))
    alone = [
        ragged.sums(flat([segment], np.float64), bounds([segment]))
        for segment in segments
    ]
    assert together.tobytes() == b"".join(one.tobytes() for one in alone)


REDUCTIONS = {
    "maximum": (np.maximum, max, -1),
    "minimum": (np.minimum, min, 7),
    "bitwise_or": (np.bitwise_or, lambda values: int(np.bitwise_or.reduce(values)), 0),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@given(segments=strategies.segments(st.integers(0, 2**40)))
def test_reduce_looks_at_each_segment_alone_and_fills_empty_ones(
    name: str, segments: list[list[int]]
) -> None:
    ufunc, plain, empty = REDUCTIONS[name]
    found = ragged.reduce(ufunc, flat(segments), bounds(segments), empty=empty)
    assert found.tolist() == [plain(one) if one else empty for one in segments]


@given(strategies.segments(INTEGERS), st.data())
def test_reduce_of_a_slice_of_the_segments_is_the_slice_of_the_result(
    segments: list[list[int]], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(segments)))
    last = data.draw(st.integers(first, len(segments)))
    values, offsets = flat(segments), bounds(segments)
    found = ragged.sums(values, offsets[first : last + 1])
    assert found.tolist() == ragged.sums(values, offsets)[first:last].tolist()


@given(strategies.segments(INTEGERS))
def test_spread_repeats_the_value_of_a_segment_for_each_of_its_touches(
    segments: list[list[int]],
) -> None:
    own = np.arange(len(segments)) * 10
    expected = [10 * place for place, one in enumerate(segments) for _ in one]
    assert ragged.spread(own, bounds(segments)).tolist() == expected


@given(strategies.segments(INTEGERS))
def test_positions_count_from_0_in_each_segment(segments: list[list[int]]) -> None:
    expected = [place for one in segments for place in range(len(one))]
    assert ragged.positions(bounds(segments)).tolist() == expected
    assert ragged.positions(bounds(segments) + 3).tolist() == expected


@given(strategies.segments(INTEGERS))
def test_segments_of_names_the_segment_of_each_touch(
    segments: list[list[int]],
) -> None:
    expected = [place for place, one in enumerate(segments) for _ in one]
    assert ragged.segments_of(bounds(segments)).tolist() == expected


@given(strategies.segments(INTEGERS), st.lists(st.integers(0, 99), max_size=6))
def test_gather_gives_the_touches_of_the_chosen_segments_in_their_order(
    segments: list[list[int]], choices: list[int]
) -> None:
    chosen = [choice % len(segments) for choice in choices] if segments else []
    places, offsets = ragged.gather(bounds(segments), np.array(chosen, np.int64))
    values = flat(segments)[places].tolist()
    assert places.dtype == offsets.dtype == np.int64
    assert [values[a:b] for a, b in pairwise(offsets.tolist())] == [
        segments[one] for one in chosen
    ]


@given(st.lists(st.integers(0, 4), max_size=20), st.integers(5, 7))
def test_grouped_keeps_the_order_of_rows_inside_each_group(
    groups: list[int], count: int
) -> None:
    order, offsets = ragged.grouped(np.array(groups, np.int64), count)
    found = [order[a:b].tolist() for a, b in pairwise(offsets.tolist())]
    assert found == [
        [row for row, one in enumerate(groups) if one == group]
        for group in range(count)
    ]


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
    order = ragged.ordered(segment, time, lambda own: [first[own], second[own]])
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert [rows[row] for row in order] == sorted(rows)


def test_ordered_asks_for_ties_of_the_tied_rows_alone() -> None:
    asked: list[int] = []

    def ties(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        asked.extend(rows.tolist())
        return [-rows]

    time = np.array([5, 1, 5, 5])
    order = ragged.ordered(np.array([0, 0, 0, 1]), time, ties)
    assert order.tolist() == [1, 2, 0, 3]
    assert sorted(asked) == [0, 2]


@given(strategies.segments(st.integers(0, 3)))
def test_repeats_count_equal_labels_and_different_ones_of_each_segment(
    segments: list[list[int]],
) -> None:
    times, distinct = ragged.repeats(flat(segments), bounds(segments), 4)
    assert times.tolist() == [one.count(label) for one in segments for label in one]
    assert distinct.tolist() == [len(set(one)) for one in segments]


def test_repeats_of_no_touch_and_no_label_are_none() -> None:
    times, distinct = ragged.repeats(flat([[], []]), bounds([[], []]), 0)
    assert times.tolist() == []
    assert distinct.tolist() == [0, 0]
