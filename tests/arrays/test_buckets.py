"""Buckets of segments against loops over lists."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from attribution.arrays import buckets

SIZES = st.lists(st.one_of(st.integers(0, 3), st.integers(0, 40)), max_size=12)


@given(SIZES, st.sampled_from([0, buckets.SMALL]), st.sampled_from([2, 1 << 15]))
def test_each_segment_with_touches_is_in_one_bucket_with_its_own_touches(
    sizes: list[int], small: int, longest: int
) -> None:
    offsets = strategies.offsets_of(sizes)
    values = np.arange(10, 10 + sum(sizes))
    found: dict[int, list[int]] = {}
    with (
        patch.object(buckets, "SMALL", small),
        patch.object(buckets, "LONGEST", longest),
    ):
        laid = buckets.Buckets.of(offsets)
        taken = laid.take(values)
        for one in laid.each:
            segments, own = laid.segments[one.columns].tolist(), one.table(taken)
            for segment, column in zip(segments, own.T.tolist(), strict=True):
                assert segment not in found
                assert not any(column[sizes[segment] :])
                found[segment] = column[: sizes[segment]]
    expected = {
        place: values[offsets[place] : offsets[place + 1]].tolist()
        for place, size in enumerate(sizes)
        if size
    }
    assert found == expected


@given(SIZES)
def test_what_is_put_stands_at_its_touches(sizes: list[int]) -> None:
    values = np.arange(1, 1 + sum(sizes))
    written = np.zeros(len(values), np.int64)
    with patch.object(buckets, "SMALL", 0):
        laid = buckets.Buckets.of(strategies.offsets_of(sizes))
        laid.put(laid.take(values), written)
    assert written.tolist() == values.tolist()


@pytest.mark.parametrize("size", [*range(1, 40), 1000, 100_000])
def test_no_segment_has_half_as_many_places_again_as_it_has_touches(size: int) -> None:
    with patch.object(buckets, "SMALL", 0):
        laid = buckets.Buckets.of(np.array([0, size]))
    assert size <= len(laid.touches) <= 1.5 * size
    assert len(laid.touches) == size + len(laid.absent)


@given(st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=1))
@pytest.mark.parametrize("byte", [buckets.BYTE, 0])
def test_the_first_largest_of_each_segment_is_found(
    byte: int, rows: list[list[int]]
) -> None:
    table = np.array(rows)
    offsets = strategies.offsets_of([len(rows)] * 3)
    with patch.object(buckets, "BYTE", byte), patch.object(buckets, "SMALL", 0):
        laid = buckets.Buckets.of(offsets)
        (one,) = laid.each
        values = laid.take(table.T.ravel())
        found = laid.touches[one.first_of(values, table.max(0))]
    first = [column.index(max(column)) for column in table.T.tolist()]
    assert (found - offsets[:-1]).tolist() == first
