"""Labels and codes against sorted lists and dictionaries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest
import strategies
from hypothesis import example, given
from hypothesis import strategies as st

from attribution.arrays import codes, ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

INT64 = st.integers(-(2**63), 2**63 - 1)
FLOAT_SUM_ERROR = 1e-12
"""Up to 30 additions of float64, each good to 2^-53 of the largest partial sum."""


def read_only(column: NDArray[Any]) -> NDArray[Any]:
    column.flags.writeable = False
    return column


@given(st.lists(strategies.labels(), unique=True, max_size=12))
def test_text_labels_stand_by_their_utf8_bytes(labels: list[str]) -> None:
    order = codes.label_order(read_only(strategies.objects(labels)))
    assert [labels[at] for at in order] == sorted(labels, key=str.encode)


@given(st.lists(INT64, unique=True, max_size=12))
def test_integer_labels_stand_by_their_value(labels: list[int]) -> None:
    order = codes.label_order(read_only(np.array(labels, np.int64)))
    assert [labels[at] for at in order] == sorted(labels)


MANY: list[list[Any]] = [
    [f"{start}{one:06}{end}" for one in (77, 3, 500_000, 42, 7)]
    for start in ("", "006Ec", "006Ec0000000")
    for end in ("", "AAQ", "-and-a-long-end")
]
MANY += [
    ["b", "a", "ab"], ["é", "z", "日本", "a"], ["ba", "ab"], ["x" * 9, "x" * 8],
    [5, 2**62, -3], [1, 2, 3], ["b", "a", "b", "a"], [3, 1, 3],
]  # fmt: skip


@pytest.mark.parametrize("labels", MANY)
def test_many_labels_are_sorted_as_words_as_few_are(
    monkeypatch: pytest.MonkeyPatch, labels: list[Any]
) -> None:
    many = np.array(labels, object if isinstance(labels[0], str) else np.int64)
    few = codes.label_order(many).tolist()
    monkeypatch.setattr(codes, "SHORT", 1)
    assert codes.label_order(read_only(many)).tolist() == few


def test_a_label_that_shows_late_is_not_taken_for_unused() -> None:
    late = np.zeros(codes.SOME + 2, np.int32)
    late[-1] = 2
    found, labels = codes.used(late, np.array(["a", "b", "c"], object))
    assert labels.tolist() == ["a", "c"]
    assert found[-1] == 1


@given(st.lists(strategies.labels(), unique=True, max_size=12))
@example(["a\0", "a", "b"])
@example(["é" * 300, "z"])
@example(["\udc80", "z", "\U0001f600"])
@example([])
def test_packed_text_keeps_its_order_and_comes_back(labels: list[str]) -> None:
    manylabels = read_only(strategies.objects(labels))
    found = codes.packed(manylabels)
    assert codes.texts(found).tolist() == labels
    order = np.argsort(found, kind="stable").tolist()
    assert order == sorted(range(len(labels)), key=labels.__getitem__)


def test_text_of_one_width_is_packed_and_other_labels_stay_as_they_are() -> None:
    assert codes.packed(strategies.objects(["b", "é"])).dtype == "S2"
    assert codes.packed(strategies.objects(["x" * 256])).dtype == "S256"
    numbers = np.array([3, 1])
    for kept in (strategies.objects(["a\0"]), strategies.objects(["x" * 257]), numbers):
        assert codes.packed(kept) is kept
    assert codes.texts(numbers).tolist() == [3, 1]


@st.composite
def columns(draw: st.DrawFn) -> tuple[list[str | None], list[str]]:
    """Rows of labels, some missing, and all labels, some unused, in any order."""
    known = draw(st.lists(strategies.labels(), unique=True, max_size=8))
    row = st.sampled_from([None, *known])
    return draw(st.lists(row, max_size=15)), known


def coded(rows: list[str | None], labels: list[str]) -> NDArray[np.int64]:
    """Return each row's place in the labels, -1 for a missing one."""
    found = [-1 if row is None else labels.index(row) for row in rows]
    return read_only(np.array(found, np.int64))


def decoded(column: NDArray[Any], labels: NDArray[Any]) -> list[str | None]:
    """Return the label of each row."""
    return [None if code < 0 else labels[code] for code in column.tolist()]


@given(columns())
def test_in_label_order_every_row_keeps_its_label_and_unused_ones_go(
    column: tuple[list[str | None], list[str]],
) -> None:
    rows, known = column
    found, labels = codes.in_label_order(
        coded(rows, known), read_only(strategies.objects(known))
    )
    assert found.dtype == np.int32
    assert decoded(found, labels) == rows
    assert labels.tolist() == sorted({one for one in rows if one}, key=str.encode)


@given(columns())
def test_used_labels_keep_their_order_and_unused_ones_go(
    column: tuple[list[str | None], list[str]],
) -> None:
    rows, known = column
    found, labels = codes.used(coded(rows, known), read_only(strategies.objects(known)))
    assert found.dtype == np.int32
    assert decoded(found, labels) == rows
    assert labels.tolist() == [one for one in known if one in rows]


@given(st.lists(columns(), min_size=1, max_size=4))
def test_joined_columns_are_one_column_with_each_label_once(
    parts: list[tuple[list[str | None], list[str]]],
) -> None:
    found, labels = codes.joined(
        [(coded(*part), read_only(strategies.objects(part[1]))) for part in parts]
    )
    rows = [row for part in parts for row in part[0]]
    assert found.dtype == np.int32
    assert decoded(found, labels) == rows
    assert labels.tolist() == sorted({one for one in rows if one}, key=str.encode)


def test_joined_integer_labels_stay_integers() -> None:
    parts = [(np.array([0, 1]), np.array([9, 4])), (np.array([0]), np.array([4]))]
    found, labels = codes.joined(parts)
    assert labels.dtype == np.int64
    assert labels.tolist() == [4, 9]
    assert found.tolist() == [1, 0, 0]


@st.composite
def cells(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, ...]]]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    row = st.tuples(*(st.integers(0, size - 1) for size in sizes))
    return sizes, draw(st.lists(row, max_size=10))


@given(cells())
def test_combined_codes_count_in_mixed_radix_and_separate_again(
    manycells: tuple[list[int], list[tuple[int, ...]]],
) -> None:
    sizes, rows = manycells
    table = np.array(rows, np.int32).reshape(-1, len(sizes))
    single = [read_only(column.copy()) for column in table.T]
    found, count = codes.combined(single, sizes)
    expected = [
        sum(code * math.prod(sizes[at + 1 :]) for at, code in enumerate(row))
        for row in rows
    ]
    assert found.dtype == np.int64
    assert found.tolist() == expected
    assert count == math.prod(sizes)
    again = [column.tolist() for column in codes.separated(found, sizes)]
    assert again == table.T.tolist()


AMOUNTS = st.one_of(
    st.integers(-100, 100),
    st.integers(-(2**57), 2**57),
    st.sampled_from([2**53 - 1, 2**53, -(2**53), 2**26, -(2**26) - 1, -1]),
)


@example([(0, 2**53 - 1), (0, 1), (0, 1)])
@example([(0, -(2**53)), (0, -1)])
@given(st.lists(st.tuples(st.integers(0, 3), AMOUNTS), max_size=30))
def test_sums_by_cell_are_exact_integers(rows: list[tuple[int, int]]) -> None:
    cell = read_only(np.array([one for one, _ in rows], np.int64))
    value = read_only(np.array([one for _, one in rows], np.int64))
    found = codes.sum_by(cell, value, 5)
    assert found.dtype == np.int64
    assert found.tolist() == [
        sum(amount for one, amount in rows if one == place) for place in range(5)
    ]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-1e6, 1e6)), max_size=30))
def test_float_sums_by_cell_are_those_of_the_rows(
    rows: list[tuple[int, float]],
) -> None:
    found = codes.float_sum_by(
        np.array([one for one, _ in rows], np.int64),
        np.array([one for _, one in rows], np.float64),
        5,
    )
    exact = [math.fsum(one for at, one in rows if at == place) for place in range(5)]
    assert np.allclose(found, exact, rtol=0, atol=FLOAT_SUM_ERROR * 30e6)


@given(
    strategies.segments(st.integers(0, 4)),
    st.sampled_from([1, 2**30, 2**44]),
    st.sampled_from([codes.MOST_KEPT, 0]),
    st.data(),
)
def test_products_by_cell_are_those_of_the_touches(
    segments: list[list[int]], largest: int, kept: int, data: st.DataObject
) -> None:
    count = len(segments)
    numbers = st.lists(st.integers(-largest, largest), min_size=count, max_size=count)
    pair = data.draw(numbers), data.draw(numbers)
    first, second = (read_only(np.array(one, np.int64)) for one in pair)
    cells = np.array([cell for own in segments for cell in own], np.int32)
    offsets = strategies.offsets_of([len(own) for own in segments])
    with patch.object(codes, "MOST_KEPT", kept):
        both = codes.products_by(cells, offsets, None, first + 1j * second, 5)
    alone = [codes.products_by(cells, offsets, None, one, 5) for one in (first, second)]
    for sums, column in zip(alone, pair, strict=True):
        assert sums.dtype == np.int64
        assert sums.tolist() == [
            sum(
                value * own.count(cell)
                for own, value in zip(segments, column, strict=True)
            )
            for cell in range(5)
        ]
    assert (both == alone[0] + 1j * alone[1]).all()


def test_products_of_floats_are_values_times_their_segments() -> None:
    cells, offsets = np.array([0, 1, 0]), np.array([0, 2, 2, 3])
    values = read_only(np.array([0.5, 0.25, 2.0]))
    column = np.array([8.0 + 1j, 1.0 + 1j, 3.0 + 10j])
    found = codes.products_by(cells, offsets, values, column, 3)
    assert found.tolist() == [10.0 + 20.5j, 2.0 + 0.25j, 0.0]


@pytest.mark.parametrize("cell", [-1, 3])
def test_a_cell_outside_the_table_is_an_error_however_many_there_are(cell: int) -> None:
    cells = np.zeros(codes.SHORT + 1, np.int64)
    cells[-1] = cell
    ones = np.ones(len(cells), np.int64)
    with pytest.raises(IndexError, match="none of 3"):
        codes.sum_by(cells, ones, 3)
    offsets = np.array([0, len(cells)])
    with pytest.raises(IndexError, match="none of 3"):
        codes.products_by(cells, offsets, None, ones[:1], 3)


@pytest.mark.parametrize("width", [np.int32, np.int64])
def test_sums_of_more_touches_than_int32_counts_have_wide_indices(width: type) -> None:
    cells, offsets = np.arange(codes.SHORT + 1) % 3, np.array([0, 1, codes.SHORT + 1])
    with patch.object(ragged, "index_type", return_value=width) as chosen:
        sums = codes.sum_by(cells, cells, 3)
        products = codes.products_by(cells, offsets, None, np.array([5, 7]), 3)
    assert [call.args for call in chosen.call_args_list] == 2 * [(len(cells),)]
    assert sums.tolist() == [0, 2731, 5462]
    assert products.tolist() == [2730 * 7 + 5, 2731 * 7, 2731 * 7]
