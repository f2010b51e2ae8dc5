"""Ids of several columns over one set of codes: beside Python's own comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import attribution as at
from attribution.arrays import codes
from attribution.doors.frames import arrow, ids
from attribution.doors.frames.ids import together
from attribution.doors.frames.native import Table, read_table
from attribution.intake.checks import columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.doors.frames.columns import Column
    from attribution.doors.frames.ids import Texts

COLUMNS: dict[str, tuple[list[Any], ...]] = {
    "of one width": (["006-a1", "006-a2", "006-a1"], ["006-a2", "006-b1"]),
    "of a word and more": (["0123456789", "0123456788"], ["0123456788"] * 3),
    "of any width": (["d-1", "d-10", "d-100", "d-1"], ["d-10", "", "x" * 17]),
    "of any letters": (["é", "ab", "日本", "é"], ["日本", "e\u0301"]),
    "missing": ([None, "a", None, ""], ["b", None, "a"]),
    "all missing": ([None, None], [None]),
    "none at all": ([], ["a"]),
    "with NUL": (["a", "a\0", "b"], ["a\0", "a"]),
    "long": (["x" * 70, "y"], ["y", "x" * 71, "x" * 70]),
    "integers": ([3, 5, 3], [5, 4]),
    "integers far apart": ([3, -(2**62), 2**62], [2**62, 4]),
    "integers with missing ones": ([3, None, 3], [None, 4, 3]),
}  # fmt: skip

FORMS: dict[str, Any] = {
    "pandas": pd.DataFrame,
    "objects": lambda given: pd.DataFrame(given, dtype=object),
    "Arrow": pa.table,
    "Arrow chunks": lambda given: pa.concat_tables(
        [pa.table(given).slice(0, 1), pa.table(given).slice(1)]
    ),
    "Polars": pl.DataFrame,
}


def columns_of(given: list[Any], form: str, *, raw: bool) -> Any:
    """Return the values as a column of that kind of frame."""
    table = read_table(FORMS[form]({"id": given}), "deals")
    return table.ids("id") if raw else table.column("id")


def shown(columns: list[Column | Texts]) -> list[list[Any]]:
    """Return each row's label, which is the same if labels are packed as bytes."""
    found, labels = together(columns)
    assert len(set(labels.tolist())) == len(labels)
    again, packed = together(columns, packed=True)
    assert ids.as_texts(packed).tolist() == labels.tolist()
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one, other)
    return [[labels[one] if one >= 0 else None for one in own] for own in found]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", COLUMNS)
def test_rows_keep_their_ids(name: str, form: str) -> None:
    whole = name.startswith("integers")
    for raw in (True, False):
        columns = [columns_of(given, form, raw=raw) for given in COLUMNS[name]]
        if whole and any(one.kind not in {"integer", "empty"} for one in columns):
            continue
        assert shown(columns) == list(map(list, COLUMNS[name]))


def test_a_piece_of_a_table_is_read_from_its_own_place() -> None:
    cells = pa.chunked_array([["zz", "a", None], ["bb", "a"]]).slice(1, 3)
    column = read_table(pa.table({"id": cells}), "deals").ids("id")
    assert shown([column, column]) == [["a", None, "bb"]] * 2


def test_texts_that_arrow_cannot_hold_are_compared_by_pandas() -> None:
    half = columns_of(["\ud800", "a"], "objects", raw=True)
    assert shown([half, half]) == [["\ud800", "a"]] * 2


def test_words_and_labels_give_the_same_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    given = [[f"d-{one}" for one in rng.integers(0, 30, size)] for size in (80, 20)]
    columns = [columns_of(one, "Arrow", raw=True) for one in given]
    first = shown(columns)
    monkeypatch.setattr(ids, "WIDEST", 1)
    assert first == shown(columns) == given


@pytest.mark.parametrize(
    ("labels", "distinct"),
    [
        (["006-a1", "006-b1"], True), (["006-a1", "006-A1"], False),
        (["0123456789a", "0123456789A", "x"], False), (["@", "`", "[", "{"], True),
        (["a b", "c"], False), (["é", "a"], False), (["a", "b\0"], False),
        (["x" * 70, "y"], True), ([], True),
        ([f"d{one:04}" for one in range(1500)], True),
        ([*(f"d{one:04}" for one in range(1500)), "D0007"], False),
    ],
)  # fmt: skip
def test_ids_are_distinct_in_any_case_or_nothing_is_said(
    labels: list[str], *, distinct: bool
) -> None:
    given = np.array(labels, object)
    assert ids.distinct_in_any_case(given) == distinct


@pytest.mark.slow
def test_columns_read_ahead_are_those_read_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = at.sample()
    first = at.build_journeys(tables[0], tables[1], contacts=tables[2])
    monkeypatch.setattr(columns, "MANY", 0)
    again = at.build_journeys(tables[0], tables[1], contacts=tables[2])
    pd.testing.assert_frame_equal(first.to_frame(), again.to_frame())
    pd.testing.assert_frame_equal(first.issues, again.issues)


def test_a_column_that_stands_in_place_of_the_tables_is_not_read_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(columns, "MANY", 0)
    column = columns_of(["a"], "pandas", raw=False)
    source = columns.Source(Table("touches", (), 1, None), {"rep": ""}, {"rep": column})
    assert source.read_ahead(["rep", "team"]).column("rep") is column


@pytest.mark.parametrize("given", [["ab", "cd"], ["ab", "c"], ["a\0", "bc"], [], [""]])
def test_labels_of_one_width_are_packed_as_others_are(given: list[str]) -> None:
    column = columns_of(given, "Arrow", raw=False)
    assert codes.texts(column.compact_labels()).tolist() == given


def categories(
    indices: Sequence[int | None], labels: Sequence[str | None]
) -> pa.DictionaryArray:
    """Return codes of a byte and their labels as Arrow's."""
    cells = pa.array(indices, pa.int8())
    return pa.DictionaryArray.from_arrays(cells, pa.array(labels, pa.string()))


MANY = [f"l{place:03}" for place in range(100)]


@pytest.mark.parametrize(
    "chunks",
    [
        [categories([1, 0, None], ["a", None])],
        [categories([0], [None]), categories([0, 1], ["b", "b"])],
        [categories([1, None], MANY), categories([99, 0], [f"{one}!" for one in MANY])],
        [categories([], []), categories([2, 0], ["a", "unused", "é"]).slice(1)],
        [],
    ],
)
def test_categories_of_arrow_are_the_texts_that_they_stand_for(
    chunks: list[pa.DictionaryArray],
) -> None:
    cells = pa.chunked_array(chunks, pa.dictionary(pa.int8(), pa.string()))
    table = read_table(pa.table({"id": cells}), "deals")
    column = table.column("id")
    labels = [*column.text_labels().tolist(), None]
    assert [labels[code] for code in column.values] == cells.to_pylist()
    assert len(set(labels)) == len(labels)
    assert shown([table.ids("id")]) == [cells.to_pylist()]


def test_ids_are_shared_without_arrow_as_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[list[Any]] = [["006-b", None, "006-a"], ["006-a", "x"]]
    monkeypatch.setattr(arrow, "installed", lambda: False)
    assert shown([columns_of(one, "pandas", raw=True) for one in given]) == given
