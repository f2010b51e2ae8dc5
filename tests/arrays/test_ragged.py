"""Segment arithmetic against loops over lists."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from attribution.arrays import ragged

if TYPE_CHECKING:
    from collections.abc import Callable

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


REDUCTIONS: dict[str, tuple[np.ufunc, Callable[[list[int]], int], int]] = {
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


@given(strategies.segments(INTEGERS), st.sampled_from([np.int64, np.bool_, np.int32]))
def test_running_sums_of_many_segments_are_those_of_each(
    segments: list[list[int]], dtype: type
) -> None:
    small = [[one % 7 - 3 for one in own] for own in segments]
    values, offsets = flat(small, dtype), bounds(segments)
    expected = ragged.sums(values, offsets)
    with patch.object(ragged, "MANY", 0):
        found = ragged.sums(values, offsets)
        last = max(len(offsets) - 2, 0)
        some = ragged.sums(values, offsets[last:])
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()
    assert some.tolist() == expected[last:].tolist()


@given(strategies.segments(INTEGERS), st.data())
def test_many_values_are_spread_bit_by_bit(
    segments: list[list[int]], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(segments)))
    offsets = bounds(segments)[first:]
    count = len(offsets) - 1
    wide = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=count, max_size=count)
    words = np.array(data.draw(wide), np.int64)
    for own in (words, words.view(np.float64), words.astype(np.int32), words > 0):
        with patch.object(ragged, "MANY", 0):
            found = ragged.spread(own, offsets)
        assert found.dtype == own.dtype
        assert found.tobytes() == own.repeat(np.diff(offsets)).tobytes()


@given(strategies.segments(st.floats(-1e6, 1e6)))
def test_rough_sums_are_sums_but_for_the_last_bits(
    segments: list[list[float]],
) -> None:
    values, offsets = flat(segments, np.float64), bounds(segments)
    expected = [math.fsum(one) for one in segments]
    few = ragged.rough_sums(values, offsets)
    with patch.object(ragged, "MANY", 0):
        many = ragged.rough_sums(values, offsets)
    assert np.allclose(few, expected, rtol=0, atol=1e-8)
    assert np.allclose(many, expected, rtol=0, atol=1e-8)


@given(strategies.segments(INTEGERS), st.data())
def test_segments_are_cut_into_their_first_touches_and_the_rest(
    segments: list[list[int]], data: st.DataObject
) -> None:
    many = [data.draw(st.integers(0, len(one))) for one in segments]
    values = flat(segments).tolist()
    cut = ragged.cut(bounds(segments), np.array(many, np.int64)).tolist()
    found = [values[first:last] for first, last in pairwise(cut)]
    expected = [
        part
        for one, size in zip(segments, many, strict=True)
        for part in (one[:size], one[size:])
    ]
    assert found == expected


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


@given(strategies.segments(st.integers(-1, 70)), st.sampled_from([63, 71]))
def test_distinct_labels_of_a_segment_are_pairs_in_label_order(
    segments: list[list[int]], count: int
) -> None:
    kept = [[label if label < count else 0 for label in one] for one in segments]
    place, cut = ragged.distinct(flat(kept), bounds(kept), count)
    pairs = [
        (at, label) for at, one in enumerate(kept) for label in sorted({*one} - {-1})
    ]
    expected = [
        pairs.index((at, label)) if label >= 0 else -1
        for at, one in enumerate(kept)
        for label in one
    ]
    assert place.tolist() == expected
    assert np.diff(cut).tolist() == [len({*one} - {-1}) for one in kept]


@given(strategies.segments(st.integers(-1, 3)))
def test_equal_parts_give_each_pair_as_much(segments: list[list[int]]) -> None:
    place, cut = ragged.distinct(flat(segments), bounds(segments), 4)
    parts = ragged.equal_parts(place, cut, bounds(segments)).tolist()
    start = 0
    for one in segments:
        own = parts[start : start + len(one)]
        start += len(one)
        sums = {
            label: sum(part for part, at in zip(own, one, strict=True) if at == label)
            for label in {*one} - {-1}
        }
        assert len(set(sums.values())) <= 1
        assert all(part == 0 for part, at in zip(own, one, strict=True) if at < 0)


def test_equal_parts_of_long_segments_are_shares_on_a_fine_grid() -> None:
    labels = np.array([0] * 247 + [1] * 7 + [2, 3, 3])
    offsets = np.array([0, 257])
    place, cut = ragged.distinct(labels, offsets, 4)
    parts = ragged.equal_parts(place, cut, offsets)
    assert abs(parts[:247].sum() / parts.sum() - 0.25) < 1e-15
    assert len(set(parts[:247].tolist())) == 1


LABEL = st.integers(-1, 4)


def pairs_of(segments: list[list[int]]) -> list[tuple[int, int]]:
    """Return the distinct (segment, label) in order, label -1 left out."""
    return [
        (place, label)
        for place, segment in enumerate(segments)
        for label in sorted(set(segment) - {-1})
    ]


@pytest.mark.parametrize("scale", [1, 15, 16])
@given(segments=strategies.segments(LABEL))
def test_distinct_numbers_the_labels_of_each_segment(
    scale: int, segments: list[list[int]]
) -> None:
    # Label 4 is 62 or 63: the last of the bit masks and the first beyond them.
    top = {1: 4, 15: 62, 16: 63}[scale]
    named = [[top if one == 4 else one for one in segment] for segment in segments]
    labels = flat(named, np.int32)
    place, cut = ragged.distinct(labels, bounds(named), top + 1)
    pairs = pairs_of(named)
    assert place.dtype == cut.dtype == np.int64
    assert place.tolist() == [
        pairs.index((at, label)) if label >= 0 else -1
        for at, segment in enumerate(named)
        for label in segment
    ]
    assert np.diff(cut).tolist() == [len(set(one) - {-1}) for one in named]
    assert cut[0] == 0


def parts_of(segments: list[list[int]]) -> list[list[int]]:
    """Return the library's equal parts of labelled segments, a list a segment."""
    labels, offsets = flat(segments), bounds(segments)
    count = max((label for one in segments for label in one), default=0) + 1
    parts = ragged.equal_parts(*ragged.distinct(labels, offsets, count), offsets)
    assert parts.dtype == np.int64
    return [parts[a:b].tolist() for a, b in pairwise(offsets.tolist())]


def check_equal_parts(segment: list[int], parts: list[int]) -> None:
    """Assert that each label takes as much as the others, equal inside itself."""
    known = [label for label in segment if label >= 0]
    whole = sum(parts)
    for label, part in zip(segment, parts, strict=True):
        taking = len(set(known)) * known.count(label) if label >= 0 else 0
        share = Fraction(1, taking) if taking else Fraction(0)
        error = 0 if len(segment) <= 256 else len(segment)
        assert abs(part - whole * share) <= error
    assert 0 <= whole < 2**62


@given(st.lists(st.lists(LABEL, max_size=12), max_size=5))
def test_equal_parts_give_each_label_of_a_segment_as_much(
    segments: list[list[int]],
) -> None:
    for segment, parts in zip(segments, parts_of(segments), strict=True):
        check_equal_parts(segment, parts)


@pytest.mark.parametrize("count", [1, 64, 200, 256, 257])
def test_equal_parts_of_long_segments_are_exact_to_256_touches(count: int) -> None:
    primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41]
    labels = [label for label, times in enumerate(primes) for _ in range(times)]
    segments = [(labels * 2)[:count], [0, 1, 1], [], [-1, -1]]
    for segment, parts in zip(segments, parts_of(segments), strict=True):
        check_equal_parts(segment, parts)


def test_bits_of_labels_are_powers_of_two_and_none_for_no_label() -> None:
    labels = np.array([-1, *range(63)], np.int32)
    assert ragged.bits_of(labels).tolist() == [0, *(2**label for label in range(63))]
