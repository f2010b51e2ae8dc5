"""Columns that are read without a frame are those of the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import attribution as at
from attribution.arrays.codes import texts
from attribution.doors import streams
from attribution.doors.files import read_columns, read_table
from attribution.doors.frames import csv, native
from attribution.doors.frames.texts import text_codes
from attribution.doors.frames.wide import found_in, spread

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not csv.arrow_reads(), reason="pyarrow is needed")

LINES = {
    "of one width": ["aa,x,001", "bb,,002", "aa,y,003"],
    "missing first": [",x,001", ",y,", "cc,x,003"],
    "of other widths later": ["aa,x,001"] * 4 + ["b,x,0001", ",long,1"],
    "quoted between": ["aa,x,001", '"b,b",x,002', '"cc",,"003"', "dd,z,004"],
    "spaces and letters": [" a,x,001", "bb,é,é01", "cc,ü,003"],
    "nothing": [",,"] * 3,
    "no rows": [],
}


def columns(table: native.Table, name: str) -> list[object]:
    """Return a column's texts, by either of the two ways."""
    codes, labels = table.fixed(name) or text_codes(table.column(name))
    return [*np.append(texts(labels), [None])[codes]]


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
@pytest.mark.parametrize("chunk", [9, 1 << 20])
def test_columns_are_those_of_the_frame(
    lines: list[str], chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "CHUNK", chunk)
    path = tmp_path / "tasks.csv"
    path.write_text("\n".join(["a,b,c", *lines, ""]), encoding="utf-8")
    expected = native.read_table(read_table(path), "tasks")
    found = read_columns(path, "tasks", lambda labels: ({"b"}, {"a", "c", *labels}))
    assert (found.columns, found.rows) == (expected.columns, expected.rows)
    for name in found.columns:
        assert columns(found, name) == columns(expected, name)


def test_a_line_of_other_cells_is_the_fault_of_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "CHUNK", 9)
    path = tmp_path / "tasks.csv"
    path.write_text("a,b\naa,1\nbb,2\ncc,3,\ndd\n", encoding="utf-8")
    with pytest.raises(at.InputError) as refused:
        read_columns(path, "tasks", lambda labels: ((), {*labels}))
    (issue,) = refused.value.issues
    assert (issue.code, [*issue.rows], "line 4" in issue.what) == ("S09", [2], True)


def test_columns_that_are_not_wanted_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    path.write_text("a,b\n1,x\n2,y\n", encoding="utf-8")
    table = read_columns(path, "tasks", lambda _: ((), ()))
    assert (table.columns, table.rows) == (("a", "b"), 2)


@pytest.mark.parametrize("chunk", [7, 1 << 21])
def test_chunks_of_a_file_end_with_a_line(
    chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "CHUNK", chunk)
    path = tmp_path / "tasks.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 9 + b"3,4")
    with path.open("rb") as handle:
        found = [*streams.chunks(handle, "a.csv", streams.LIMITS, packed=False)]
    assert b"".join(found) == path.read_bytes()
    assert all(one.endswith(b"\n") for one in found[:-1])


def test_texts_are_found_by_their_words_as_by_comparison() -> None:
    known = ["b", "é", "a text of many words", "b", ""]
    asked = ["", "c", "b", "a text of many words", "e", "é", "a text of many word"]
    found = found_in(np.array(asked, object), np.array(known, object))
    assert found.tolist() == [known.index(x) if x in known else -1 for x in asked]


def test_codes_that_are_all_the_same_are_spread_as_others_are() -> None:
    labels = np.array([b"ab", b"cd"])
    for code in (-1, 1):
        same = np.full(70_000, code, np.int32)
        constant = np.broadcast_to(np.int32(code), len(same))
        assert spread(labels, constant).equals(spread(labels, same))
