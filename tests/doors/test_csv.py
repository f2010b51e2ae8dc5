"""CSV in and out: what is refused, with its line; what survives a round trip."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attribution.doors.files import Limits, read_table
from attribution.doors.frames.csv import BLOCK, csv_bytes, parse_csv
from attribution.doors.guards import HEADER, CheckedCsv
from attribution.doors.marks import Chunk, Place, plain_records
from attribution.doors.streams import utf8
from attribution.errors import InputError, Issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LABEL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ROUGH = st.text(st.sampled_from('ab,"\n\ré \ufeff\t'), max_size=16)


def read(content: str | bytes, limits: Limits | None = None, cut: int = 1 << 20) -> str:
    """Return what CSV bytes hold, read in pieces of ``cut`` bytes, as a list's text."""
    body = content.encode() if isinstance(content, str) else content
    pieces = (body[at : at + cut] for at in range(0, len(body), cut))
    checked = CheckedCsv(utf8(pieces, "t.csv"), "t.csv", limits or Limits())
    frame = parse_csv(checked, checked.labels)
    return repr([list(frame.columns), *frame.fillna("").to_numpy().tolist()])


def fault(content: str | bytes, limits: Limits | None = None, cut: int = 7) -> Issue:
    """Return the one fault of CSV bytes; the same one however they are cut."""
    faults = []
    for size in (cut, 1, 1 << 20):
        with pytest.raises(InputError) as caught:
            read(content, limits, size)
        faults.append(caught.value.issues)
    assert faults[0] == faults[1] == faults[2]
    (only,) = faults[0]
    assert only.table == "t.csv"
    assert only.remedy.endswith(".")
    return only


def test_I10_ids_that_look_like_numbers_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("deal_id,amount\n007,1E5\n1.0,0x10\n")
    frame = read_table(path)
    assert frame["deal_id"].tolist() == ["007", "1.0"]
    assert frame["amount"].tolist() == ["1E5", "0x10"]


def test_L02_labels_that_look_missing_are_labels(tmp_path: Path) -> None:
    path = tmp_path / "touches.csv"
    path.write_text('channel,x\nNA,\nNone,""\nnull,1\nnan,N/A\n')
    frame = read_table(path)
    assert frame["channel"].tolist() == ["NA", "None", "null", "nan"]
    assert frame["x"].isna().tolist() == [True, True, False, False]


def test_S02_column_names_twice_are_refused_not_renamed() -> None:
    found = fault("a,b,a,b\n1,2,3,4\n")
    assert (found.code, found.column) == ("S02", "a")
    assert "twice: a, b" in found.what


def test_S09_a_short_row_is_refused_with_its_line() -> None:
    found = fault("a,b\n1,2\n3\n")
    assert (found.code, found.rows) == ("S09", (1,))
    assert found.what == "line 3 has only 1 cells, the header has 2."


def test_S09_a_long_row_is_refused_with_its_line() -> None:
    found = fault('a,b\r\n"1\r\n1",2\r\n\r\n3,4,5\r\n')
    assert (found.code, found.rows) == ("S09", (1,))
    assert found.what == "line 5 has more than 2 cells, the header has 2."


def test_S09_a_row_without_end_is_refused_before_it_is_read() -> None:
    endless = iter([b"a,b\n1,2\n", b"," * 100, b"never read"])
    checked = CheckedCsv(endless, "t.csv", Limits())
    with pytest.raises(InputError, match="line 3 has more than 2"):
        parse_csv(checked, checked.labels)
    assert next(endless) == b"never read"


def test_S09_a_NUL_byte_is_refused_with_its_line() -> None:
    found = fault("a,b\n1,2\n3,\0\n")
    assert (found.code, found.what) == ("S09", "line 3 holds a NUL byte.")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', 3),
        ('a,"b\n1,2\n', 1),
        ('a,b\n1,"2\n3,"4"\n', 2),
        ('a,b\n1,2" wide\n', 2),
        ('a,b\n1,"2"wide\n', 2),
        ('a,b\n1, "2"\n', 2),
    ],
)
def test_S09_a_quote_amiss_is_refused_with_its_line(content: str, line: int) -> None:
    found = fault(content)
    assert found.code == "S09"
    assert found.what.startswith(f"line {line} has a quote")


@pytest.mark.parametrize("content", ["", "\ufeff", "\n\r\n\n"])
def test_S09_a_file_without_header_is_refused(content: str) -> None:
    assert fault(content).what == "is empty."


def test_S09_what_only_the_parser_finds_is_an_InputError_too() -> None:
    with pytest.raises(InputError, match="is not CSV"):
        parse_csv(io.BytesIO(b"a\n1,2,3\n1\n1,2,3,4,5\n"), ["a"])


@pytest.mark.parametrize(
    ("content", "offset"),
    [
        (b"a,b\ncaf\xe9,1\n", 7),
        (b"a,b\n1,\xe2\x82", 6),
        (b"\xef\xbb\xbfa\n\xff\n", 5),
        ("a,b\n".encode("utf-16"), 0),
        ("a,b\n".encode("utf-16-le"), 0),
        ("a,b\n".encode("utf-16-be"), 0),
    ],
)
def test_S10_other_encodings_are_refused_at_their_byte(
    content: bytes, offset: int
) -> None:
    found = fault(content)
    assert found.code == "S10"
    assert found.what.endswith(f"at byte offset {offset}.")
    assert "UTF-8" in found.remedy


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 99])
def test_S10_a_byte_order_mark_is_fine(cut: int) -> None:
    assert read("\ufeffa,b\n\ufeff1,é\n", cut=cut) == "[['a', 'b'], ['\\ufeff1', 'é']]"


def test_S11_more_rows_than_the_limit_are_refused() -> None:
    assert read("a\n1\n2\n", Limits(rows=2)) == "[['a'], ['1'], ['2']]"
    found = fault("a\n1\n2\n3\n", Limits(rows=2))
    assert (found.code, found.what) == ("S11", "has more than 2 rows.")


def test_S11_more_columns_than_the_limit_are_refused() -> None:
    assert read("a,b\n", Limits(columns=2)) == "[['a', 'b']]"
    found = fault("a,b,c\n", Limits(columns=2))
    assert (found.code, found.what) == ("S11", "has 3 columns, the limit is 2.")


@pytest.mark.parametrize("cell", ["ééééé", '"a,""b"', '"""é"""""', "12345"])
def test_S11_a_cell_is_measured_in_characters_without_its_quotes(cell: str) -> None:
    row = f"1,{cell}\r\n{cell},2\n"
    assert read(f"a,b\n{row}", Limits(field=5))
    found = fault(f"a,b\n{row}", Limits(field=len(next(csv.reader([cell]))[0]) - 1))
    assert (found.code, found.rows) == ("S11", (0,))
    assert found.what.startswith("line 2 has a cell of more than")


def test_S11_a_cell_without_end_is_refused_before_it_is_read() -> None:
    endless = iter([b"a,b\n1,2\n", b'3,"' + b"x" * 50, b"x" * 50, b"never read"])
    checked = CheckedCsv(endless, "t.csv", Limits(field=80))
    with pytest.raises(InputError, match="line 3 has a cell of more than 80"):
        parse_csv(checked, checked.labels)
    assert next(endless) == b"never read"


PLAIN = st.lists(st.sampled_from(["a,b\n", "é,\n", ",\n", "\ufeff1,2\n"]), max_size=9)


@given(PLAIN, st.sampled_from(["", "\n", "c", "c\n", '"\n",d\n', "c,d\r", "c,d,e\n"]))
def test_plain_lines_are_counted_as_cells_and_records_are(
    lines: list[str], last: str
) -> None:
    body = "".join([*lines, last]).encode()
    count = plain_records(body, 2, 100)
    if last or not lines:
        assert count == -1
    else:
        chunk = Chunk.of(body, Place(), columns=2)
        assert count == len(chunk.closing)
        assert Place(rows=0).beyond(count) == replace(chunk.end(), rows=count)


def test_a_line_longer_than_a_cell_may_be_is_not_called_plain() -> None:
    assert plain_records(b"a,b\n1,2\n", 2, 4) == 2
    assert plain_records(b"a,b\n1,23\n", 2, 4) == -1


@given(st.lists(st.tuples(ROUGH, ROUGH), max_size=9))
def test_both_parsers_read_the_same(rows: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("a", "b"), *rows])
    body = text.getvalue().encode()
    fast = parse_csv(io.BytesIO(body), ["a", "b"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pyarrow", None)
        slow = parse_csv(io.BytesIO(body), ["a", "b"])
    assert fast.fillna("").to_numpy().tolist() == slow.fillna("").to_numpy().tolist()


def test_S11_a_header_without_end_is_refused() -> None:
    with pytest.raises(InputError, match=r"S11.*header line"):
        CheckedCsv([b"a" * HEADER, b"a", b"a"], "t.csv", Limits())


def test_blank_lines_are_rows_in_a_table_of_one_column_only() -> None:
    assert (
        read("\n\na,b\n\n1,2\r\n\r\n\r3,4\n\n")
        == "[['a', 'b'], ['1', '2'], ['3', '4']]"
    )
    assert read("a\n\n1\n  \n") == "[['a'], [''], ['1'], ['  ']]"


def test_a_header_alone_is_an_empty_table() -> None:
    for content in ("a,b", "a,b\n", "a,b\r", '"a",b\r\n'):
        assert read(content) == "[['a', 'b']]"


def test_the_last_line_needs_no_end() -> None:
    for content in ("a,b\n1,2", "a,b\n1,2\n", "a,b\r1,2\r", "a,b\n1,2\r\n"):
        assert read(content, cut=3) == "[['a', 'b'], ['1', '2']]"
    assert fault("a,b\n1,2\n3").what == "line 3 has only 1 cells, the header has 2."


def test_a_quoted_header_names_its_column() -> None:
    assert read('"a,""b""\n",\n') == "[['a,\"b\"\\n', '']]"


def test_the_stream_gives_all_that_is_asked_for() -> None:
    checked = CheckedCsv([b"a\n", b"1\n", b"2\n"], "t.csv", Limits())
    assert checked.readable()
    assert checked.read(3) == b"0\n"
    assert checked.read(None) == b"1\n2\n"
    assert checked.read() == b""


def plain(content: str) -> list[list[str]] | None:
    """Return the table in plain Python; None where it has no rectangle."""
    try:
        rows = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    except csv.Error:
        return None
    while rows and not rows[0]:
        rows.pop(0)
    if not rows or len(set(rows[0])) < len(rows[0]):
        return None
    count = len(rows[0])
    rows = [row or [""] for row in rows if row or count == 1]
    return rows if all(len(row) == count for row in rows) else None


@given(ROUGH, st.integers(1, 9))
@example("a\r\ufeff\r\r", 1)
@example('a,b\n"\r\n","""\n"\n', 3)
def test_a_table_read_is_that_of_the_standard_library(text: str, cut: int) -> None:
    wanted = plain(text.removeprefix("\ufeff"))
    try:
        found = read(text, cut=cut)
    except InputError as error:
        found = repr(wanted) if "quote" in str(error) else repr(None)
    assert found == repr(wanted)


@given(st.lists(st.tuples(LABEL, LABEL)), st.sampled_from(["b", "=b", "\ufeffa,", '"']))
@example([("\r", "\n"), ('"', ","), ("\ufeff", " "), ("-1", "\t")], "a")
def test_texts_survive_a_round_trip(rows: list[tuple[str, str]], name: str) -> None:
    frame = pd.DataFrame(rows, columns=[name, "other"])
    body = csv_bytes(frame, raw=True)
    expected = repr([[name, "other"], *map(list, rows)])
    assert read(body, cut=11) == expected
    spread = list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
    assert repr(spread) == expected


@given(st.lists(LABEL))
def test_a_column_alone_survives_a_round_trip(cells: list[str]) -> None:
    frame = pd.DataFrame({"": cells}, dtype=object)
    assert read(csv_bytes(frame, raw=True)) == repr([[""], *([one] for one in cells)])


@given(LABEL)
def test_F02_no_text_begins_a_formula(text: str) -> None:
    frame = pd.DataFrame([[text, 1]], columns=[text, text + "x"])
    header, row = csv.reader(
        io.StringIO(csv_bytes(frame).decode(), newline=""), strict=True
    )
    for cell in (header[0], row[0]):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert cell in {text, f"'{text}"}


def test_F02_texts_and_names_get_an_apostrophe_and_numbers_do_not() -> None:
    frame = pd.DataFrame(
        {"=name": ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "a=b"], "n": range(-3, 4)}
    )
    frame["f"] = [-1.5, -np.inf, np.nan, 1e300, 0.1, -0.0, 2.0]
    frame["mixed"] = [-1, Decimal("-1.10"), "-1", None, -0.5, np.int64(-3), True]
    assert csv_bytes(frame).decode().split("\n") == [
        "'=name,n,f,mixed",
        "'=1+1,-3,-1.5,-1",
        "'+1,-2,-inf,-1.10",
        "'-1,-1,,'-1",
        "'@x,0,1e+300,",
        "'\tx,1,0.1,-0.5",
        '"\'\rx",2,-0.0,-3',
        "a=b,3,2.0,True",
        "",
    ]
    assert csv_bytes(frame, raw=True).startswith(b"=name,n,f,mixed\n=1+1,-3,")


def test_floats_are_their_shortest_decimals() -> None:
    frame = pd.DataFrame({"a": [0.1 + 0.2, 1e22], "b": np.array([0.1, 2], np.float32)})
    assert csv_bytes(frame) == b"a,b\n0.30000000000000004,0.1\n1e+22,2.0\n"


def test_missing_cells_of_every_kind_are_empty() -> None:
    kinds = [pd.array([1, None], "Int64"), pd.array([True, None], "boolean")]
    frame = pd.DataFrame(
        {
            "i": kinds[0],
            "b": kinds[1],
            "f": [0.5, None],
            "s": ["x", None],
            "c": pd.Categorical(["x", None]),
            "t": pd.to_datetime(["2026-03-01", None]),
        }
    )
    assert (
        csv_bytes(frame) == b"i,b,f,s,c,t\n1,True,0.5,x,x,2026-03-01T00:00:00Z\n,,,,,\n"
    )
    assert csv_bytes(frame[["s"]]) == b's\nx\n""\n'


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_times_are_ISO_8601_in_UTC(unit: str) -> None:
    stamps = pd.to_datetime(["2026-03-01T01:00:00.00", "2026-03-01T01:00:00.25"])
    naive = pd.Series(stamps.as_unit(unit))
    aware = naive.dt.tz_localize("Europe/Paris")
    body = csv_bytes(pd.DataFrame({"n": naive, "a": aware}))
    assert body.decode().split("\n")[1:3] == [
        "2026-03-01T01:00:00Z,2026-03-01T00:00:00Z",
        "2026-03-01T01:00:00.250000Z,2026-03-01T00:00:00.250000Z",
    ]


def test_nanoseconds_and_days_and_moments_in_objects_are_written() -> None:
    fine = pd.DataFrame({"t": pd.to_datetime(["2026-03-01T00:00:00.000000001"])})
    assert csv_bytes(fine) == b"t\n2026-03-01T00:00:00.000000001Z\n"
    zone = dt.timezone(dt.timedelta(hours=2))
    moments = [dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 1, tzinfo=zone)]
    mixed = pd.DataFrame({"t": [*moments, dt.time(1)]}, dtype=object)
    assert csv_bytes(mixed) == b"t\n2026-03-01\n2026-02-28T23:00:00Z\n01:00:00\n"


def test_half_a_surrogate_pair_is_refused() -> None:
    frame = pd.DataFrame({"a": ["\ud800"]}, dtype=object)
    with pytest.raises(InputError, match=r"S10.*surrogate"):
        csv_bytes(frame)


def test_rows_beyond_one_block_are_written_in_order() -> None:
    frame = pd.DataFrame({"a": np.arange(BLOCK + 3)})
    lines: Iterator[bytes] = iter(csv_bytes(frame).split(b"\n")[1:-1])
    assert list(map(int, lines)) == list(range(BLOCK + 3))
