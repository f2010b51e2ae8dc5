"""JSON records: no digit is lost, and what is at fault is refused with its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from attribution.doors.files import Limits, read_table, write_table
from attribution.errors import InputError, Issue

if TYPE_CHECKING:
    from pathlib import Path


def fault(path: Path, limits: Limits | None = None) -> Issue:
    """Return the one fault for which a file is refused."""
    with pytest.raises(InputError) as caught:
        read_table(path, limits=limits or Limits())
    (only,) = caught.value.issues
    assert only.table == path.name
    assert only.remedy.endswith(".")
    return only


def saved(path: Path, content: bytes) -> Path:
    """Write bytes plainly; return the path."""
    path.write_bytes(content)
    return path


def test_json_and_jsonl_hold_the_same_records(tmp_path: Path) -> None:
    records = '{"id": "007", "n": 1.10}', '{"n": 12345678901234567890.5, "x": null}'
    array = saved(
        tmp_path / "a.json", f"\ufeff [{records[0]},\n{records[1]}]\n".encode()
    )
    lines = saved(tmp_path / "a.ndjson", "\n\n".join(records).encode())
    frame = read_table(array)
    assert frame.equals(read_table(lines))
    assert list(map(str, frame["n"])) == ["1.10", "12345678901234567890.5"]
    assert frame["id"].isna().tolist() == [False, True]
    assert frame["x"].isna().all()


@pytest.mark.parametrize(
    ("cells", "dtype", "kept"),
    [
        ("1, -2", "int64", ["1", "-2"]),
        ("1, null", "Int64", ["1", "<NA>"]),
        (f"1, {10**25}", "object", ["1", str(10**25)]),
        ("1, 2.50", "object", ["1", "2.50"]),
        ("1e3, null", "object", ["1E+3", "None"]),
        ("true, false", "bool", ["True", "False"]),
        ("true, null", "object", ["True", "None"]),
        ('1, "1"', "object", ["1", "1"]),
        ("null, null", "object", ["None", "None"]),
    ],
)
def test_json_cells_keep_their_kind_and_digits(
    tmp_path: Path, cells: str, dtype: str, kept: list[str]
) -> None:
    body = ",".join(f'{{"a": {cell}}}' for cell in cells.split(", "))
    column = read_table(saved(tmp_path / "a.json", f"[{body}]".encode()))["a"]
    assert str(column.dtype) == dtype
    assert list(map(str, column)) == kept


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ('{"a": 1, "a": 1}', "S02"),
        ('{"a": [1]}', "S08"),
        ('{"a": {"b": 1}}', "S08"),
        ("[1]", "S08"),
        ("1", "S08"),
        ('{"a": }', "S09"),
        ('{"a": 1', "S09"),
        ('{"a": "\0"}', "S09"),
        ('{"a": 1} x', "S09"),
        ('{"a": "\\ud800"}', "S10"),
        ('{"\\ud800": 1}', "S10"),
        ('{"a": "xxxxxxxxxx"}', "S11"),
        ('{"a": 1, "b": 2, "c": 3, "d": 4}', "S11"),
        ('{"a": 1}\n,\n{"b": 1}\n,\n{"c": 1}\n,\n{"d": 4}', "S11"),
        ('{"a": NaN}', "W01"),
        ('{"a": -Infinity}', "W01"),
        ('{"a": 1e400}', "W01"),
        ('{"a": 1e99999999999999999999}', "W01"),
        ('{"a": ' + "7" * 5000 + "}", "W01"),
        ('{"a": 0.' + "7" * 5000 + "}", "W01"),
        ('{"a": ' + "[" * 100_000, "W01"),
        ('{"a": ' * 100_000, "W01"),
    ],
)
def test_json_at_fault_is_refused_with_its_line(
    tmp_path: Path, record: str, code: str
) -> None:
    limits = Limits(columns=3, field=9)
    array = f'[{{"a": "\\ud83d\\ude00"}},\n\n{record}]'.encode()
    lines = f'{{"a": "é"}}\n\n{record}'.replace("\n,\n", "\n").encode()
    for name, body in (("a.json", array), ("a.jsonl", lines)):
        found = fault(saved(tmp_path / name, body), limits)
        assert found.code == code
        assert found.what.startswith("line 3 ") or code == "S11"


@pytest.mark.parametrize(
    "body", ["", "{}", '{"rows": []}', "[", "[{}", "[{},]", "[{} {}]", "[] []", '"a"']
)
def test_S09_json_that_is_no_array_of_records_is_refused(
    tmp_path: Path, body: str
) -> None:
    assert fault(saved(tmp_path / "a.json", body.encode())).code in {"S08", "S09"}


def test_S02_a_key_twice_is_named(tmp_path: Path) -> None:
    found = fault(saved(tmp_path / "a.jsonl", b'{"b": 1, "a": 2, "a": 3}'))
    assert found.what == "line 1 names column a twice."


def test_S09_a_record_on_two_lines_is_not_one_a_line(tmp_path: Path) -> None:
    found = fault(saved(tmp_path / "a.jsonl", b'{"a":\n1}'))
    assert (found.code, found.remedy) == ("S09", "Write one record a line.")


def test_S10_json_that_is_not_UTF_8_is_refused_at_its_byte(tmp_path: Path) -> None:
    found = fault(saved(tmp_path / "a.json", b'[{"a": "caf\xe9"}]'))
    assert (found.code, "byte offset 11" in found.what) == ("S10", True)


def test_S11_more_records_than_the_limit_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.json", b'[{"a": 1},{"a": 2}]')
    assert len(read_table(path, limits=Limits(rows=2))) == 2
    assert fault(path, Limits(rows=1)).code == "S11"


def test_S11_a_record_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attribution.doors.records.RECORD", 100)
    monkeypatch.setattr("attribution.doors.streams.CHUNK", 64)
    path = saved(tmp_path / "a.json", b'[{"a": "' + b"x" * 1000)
    assert "too long" in fault(path, Limits(field=50)).what


def test_records_beyond_one_block_and_chunk_are_read_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attribution.doors.records.BLOCK", 3)
    monkeypatch.setattr("attribution.doors.streams.CHUNK", 7)
    rows = [{"a": at, **({"b": "é\n"} if at > 4 else {})} for at in range(10)]
    path = saved(tmp_path / "a.json", json.dumps(rows, indent=1).encode())
    frame = read_table(path)
    assert frame["a"].tolist() == list(range(10))
    assert frame["b"].isna().tolist() == [True] * 5 + [False] * 5
    assert read_table(saved(path, b" [ ] ")).shape == (0, 0)


def test_json_has_null_for_missing_and_integers_for_integers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"f": [1.5, None], "i": [1, 2**62], "b": [True, False]})
    frame["n"] = pd.array([None, 3], "Int64")
    frame["t"] = pd.to_datetime([None, "2026-03-01"])
    write_table(frame, tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text() == (
        '[\n{"f":1.5,"i":1,"b":true,"n":null,"t":null},\n'
        '{"f":null,"i":4611686018427387904,"b":false,"n":3,"t":"2026-03-01T00:00:00Z"}\n]\n'
    )


def test_decimals_are_json_numbers_only_where_no_digit_is_lost(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jsonl", b'{"a":1.10}\n{"a":0.12345678901234567890}\n')
    write_table(read_table(path), path)
    assert path.read_text() == '{"a":1.1}\n{"a":"0.12345678901234567890"}\n'


def test_objects_are_json_texts(tmp_path: Path) -> None:
    day = pd.Timestamp("2026-03-01").date()
    frame = pd.DataFrame({"a": [day, pd.Timedelta(0), "é"]}, dtype=object)
    body = write_table(frame, tmp_path / "a.jsonl").read_text()
    assert body == '{"a":"2026-03-01"}\n{"a":"0 days 00:00:00"}\n{"a":"é"}\n'


def test_json_beyond_one_block_is_one_array(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attribution.doors.frames.records.BLOCK", 2)
    for count in (0, 2, 5):
        path = write_table(pd.DataFrame({"a": range(count)}), tmp_path / "a.json")
        assert json.loads(path.read_text()) == [{"a": at} for at in range(count)]


@pytest.mark.parametrize(
    ("cell", "code"), [(float("inf"), "M02"), (float("-inf"), "M02"), ("\udc00", "S10")]
)
def test_what_json_cannot_hold_is_refused(
    tmp_path: Path, cell: object, code: str
) -> None:
    with pytest.raises(InputError) as caught:
        write_table(pd.DataFrame({"a": [cell]}, dtype=object), tmp_path / "a.json")
    assert caught.value.issues[0].code == code
    assert list(tmp_path.iterdir()) == []
