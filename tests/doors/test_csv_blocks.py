"""CSV in blocks: plain lines, whose cells the parser counts, among checked ones."""

from __future__ import annotations

import io

import pytest

from attribution.doors.files import Limits
from attribution.doors.frames.csv import parse_csv
from attribution.doors.guards import CheckedCsv
from attribution.errors import InputError


def test_blocks_are_tables_of_whole_records_that_make_up_the_stream() -> None:
    body = 'a,b\n1,2\n"x\ny",3\r\n\n\ufeff4,5\n6,7'.encode()
    for cut in (1, 5, 100):
        pieces = (body[at : at + cut] for at in range(0, len(body), cut))
        blocks = list(CheckedCsv(pieces, "t.csv", Limits()).blocks(1))
        tables = [b"0,1\n" * (one.place is not None) + one.body for one in blocks]
        assert {table[:4] for table in tables} == {b"0,1\n"}
        whole = b"".join(table[4:] for table in tables)
        assert whole.startswith('1,2\n"x\ny",3\r\n\ufeff4,5\n6,7'.encode())
        frames = [
            parse_csv(io.BytesIO(table), ["a", "b"]).to_numpy().tolist()
            for table in tables
        ]
        assert [row for one in frames for row in one] == [
            ["1", "2"], ["x\ny", "3"], ["\ufeff4", "5"], ["6", "7"],
        ]  # fmt: skip


def test_the_first_fault_of_a_stream_is_told_whoever_finds_it() -> None:
    for rest, line in (([b"1,2,3\n", b"4,\0\n"], 3), ([b"1,\0\n", b"2\n"], 3)):
        pieces = [b"a,b\n1,2\n", *rest]
        checked = CheckedCsv(pieces, "t.csv", Limits())
        with pytest.raises(InputError, match=f"line {line} "):
            parse_csv(checked, checked.labels)


def test_plain_and_quoted_pieces_make_one_table_and_one_count_of_rows() -> None:
    pieces = [
        b"a,b\n1,2\n", b'"3",4\n', b"5,6\n", b"\n7,8\n", "\ufeff9,\n".encode(), b"0",
    ]  # fmt: skip
    checked = CheckedCsv([*pieces, b",1\n"], "t.csv", Limits(rows=6))
    frame = parse_csv(checked, checked.labels)
    assert "".join(frame.fillna("_").sum(axis=1)) == "12345678\ufeff9_01"
    checked = CheckedCsv([*pieces, b",1\n2\n"], "t.csv", Limits())
    with pytest.raises(InputError, match="line 9 has only 1 cells") as caught:
        parse_csv(checked, checked.labels)
    assert caught.value.issues[0].rows == (6,)
    checked = CheckedCsv([*pieces, b",1\n"], "t.csv", Limits(rows=5))
    with pytest.raises(InputError, match="more than 5 rows"):
        parse_csv(checked, checked.labels)
