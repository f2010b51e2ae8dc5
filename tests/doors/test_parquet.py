"""Parquet: what is damaged or hostile is refused, what is whole keeps its digits."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from attribution.doors.files import Limits, read_table, write_table
from attribution.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

DAYS = [dt.date(2026, 3, 1), None]
TABLE = pa.table(
    {
        "deal_id": ["007", "é"],
        "n": pa.array([2**60 + 1, None]),
        "amount": pa.array([Decimal("1.10"), None]),
        "day": pa.array(DAYS),
        "time": pa.array([1, None], pa.timestamp("us", "UTC")),
        "team": pa.array(["sales", None]).dictionary_encode(),
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a whole Parquet file."""
    target = tmp_path / "a.parquet"
    pq.write_table(TABLE, target)
    return target


def code_of(path: Path, limits: Limits | None = None) -> str:
    """Return the code of the one fault for which a file is refused."""
    with pytest.raises(InputError) as caught:
        read_table(path, limits=limits or Limits())
    (only,) = caught.value.issues
    return only.code


def test_nothing_passes_through_a_float(path: Path) -> None:
    frame = read_table(path)
    assert frame["deal_id"].tolist() == ["007", "é"]
    assert frame["n"].tolist() == [2**60 + 1, None]
    assert frame["amount"].tolist() == [Decimal("1.10"), None]
    assert frame["day"].tolist() == DAYS
    assert frame["time"][0] == pd.Timestamp(1, unit="us", tz="UTC")
    assert frame["team"].dtype == "category"


def test_what_is_written_is_read_the_same_each_time(path: Path) -> None:
    frame = read_table(path)
    again = write_table(frame, path.with_suffix(".pq"))
    first = again.read_bytes()
    assert read_table(again).equals(frame)
    assert write_table(frame, again).read_bytes() == first


def test_S02_column_names_twice_are_refused(path: Path) -> None:
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), path)
    assert code_of(path) == "S02"


def test_S08_a_column_of_several_kinds_is_not_written(path: Path) -> None:
    frame = pd.DataFrame({"a": [1, "x@example.com"]}, dtype=object)
    before = path.read_bytes()
    with pytest.raises(InputError, match="S08") as caught:
        write_table(frame, path)
    assert "example.com" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "limits", [Limits(rows=1), Limits(columns=5), Limits(field=2)], ids=repr
)
def test_S11_more_than_the_limits_is_refused(path: Path, limits: Limits) -> None:
    assert code_of(path, limits) == "S11"


@pytest.mark.parametrize("keep", [0, 3, 4, 8, 40, -1, -8, -200])
def test_F06_truncated_parquet_is_refused(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    assert code_of(path) == "F06"


def test_F06_bytes_changed_anywhere_are_refused_or_harmless(path: Path) -> None:
    whole = path.read_bytes()
    codes = set()
    for at in range(4, len(whole), len(whole) // 150):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            read_table(path)
        except InputError as error:
            codes.add(error.issues[0].code)
    assert codes == {"F06"}


def test_F06_text_that_is_not_UTF_8_is_refused(path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([b"\xff"]).view(pa.string())}), path)
    assert code_of(path) == "F06"


def test_F05_another_kind_of_file_is_refused(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + bytes(99))
    assert code_of(path) == "F05"


def test_F05_without_pyarrow_the_extra_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = read_table(path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for call in (lambda: read_table(path), lambda: write_table(frame, path)):
        with pytest.raises(InputError, match=r"revenue-attribution\[arrow\]"):
            call()
