"""Texts of times as instants, compared with datetime, and back."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.arrays.clock import DAY, MISSING
from attribution.doors.frames.iso import instants_of
from attribution.doors.frames.stamps import wall_clock
from attribution.intake.crm.ids import salesforce_ids
from attribution.intake.crm.moments import Moments, written

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.datetimes(
    dt.datetime(1970, 1, 2), dt.datetime(2199, 12, 30),
    timezones=st.integers(-14 * 60, 14 * 60).map(
        lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))
    ),
)  # fmt: skip
DAYS = st.one_of(
    st.dates(dt.date(1968, 1, 1), dt.date(2201, 12, 31)).map(str),
    st.sampled_from(["2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31"]),
)
CLOCKS = st.one_of(
    st.times().map(lambda one: one.isoformat("seconds")),
    st.sampled_from(["24:00:00", "23:60:00", "12:00:60", "1a:00:00"]),
)


def read(*texts: str, **how: object) -> list[int]:
    found = instants_of(np.array(texts, object), **how)  # type: ignore[arg-type]
    assert found.faults == {}
    return [int(one) for one in found.at]


def micro(moment: dt.datetime) -> int:
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


@given(
    st.lists(DAYS, min_size=1, max_size=4),
    st.sampled_from(["T", " ", "x"]),
    st.lists(CLOCKS, min_size=2, max_size=4),
    st.sampled_from(["", "Z", ".000+0000", ".5Z", "-05:30", "?"]),
    st.sampled_from(["", "", "-", ":", "/", "0"]),
)
def test_times_written_alike_are_read_as_each_is_alone(
    days: list[str], sep: str, clocks: list[str], tail: str, odd: str
) -> None:
    texts = [f"{day}{sep}{one}{tail}" for day in days for one in clocks]
    if odd:
        texts[-1] = texts[-1][:4] + odd + texts[-1][5:]
    together = instants_of(np.array(texts, "S"))
    alone = [instants_of(np.array([one], object)) for one in texts]
    assert together.at.tolist() == [one.at[0] for one in alone]
    for code in ("T09", "T10", "T11"):
        none = np.zeros(len(texts), np.bool_)
        wrong = together.faults.get(code, none).tolist()
        assert wrong == [code in one.faults for one in alone]


def test_times_written_alike_are_read_together() -> None:
    texts = np.array([b"2024-02-29T23:59:59.5+0100", b"1970-01-01T00:00:00.5+0100"])
    wall = wall_clock(texts)
    assert wall is not None
    assert wall.tolist() == [read("2024-02-29T23:59:59Z")[0], 0]
    assert wall_clock(texts.astype("S19")) is not None
    assert wall_clock(np.array([b"2023-02-29T23:59:59"])) is None
    assert wall_clock(texts[:0]) is None


@given(st.lists(MOMENTS, min_size=1, max_size=9), st.sampled_from(["T", " "]))
def test_every_offset_is_read_as_datetime_reads_it(
    moments: list[dt.datetime], sep: str
) -> None:
    expected = [micro(one) for one in moments]
    assert read(*(one.isoformat(sep) for one in moments)) == expected
    assert read(*(one.strftime(f"%Y-%m-%d{sep}%H:%M:%S.%f%z") for one in moments)) == (
        expected
    )


@pytest.mark.slow
@given(st.lists(MOMENTS, min_size=1, max_size=9))
def test_what_is_written_is_read_again(moments: list[dt.datetime]) -> None:
    at = np.array([micro(one) for one in moments])
    column = written(Moments(at, np.zeros(len(at), np.bool_)))
    texts = [
        str(one) if isinstance(one, str) else one.decode() for one in column.labels
    ]
    assert read(*texts) == at.tolist()
    days = written(Moments(at // DAY * DAY, np.ones(len(at), np.bool_)))
    assert [one.decode() for one in days.labels] == [
        one.astimezone(dt.UTC).date().isoformat() for one in moments
    ]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-01-23T02:35:01.000+0000", "2024-01-23T02:35:01Z"),
        ("2019-04-04 18:47:01", "2019-04-04T18:47:01Z"),
        ("2019-04-04 18:47:01 UTC", "2019-04-04T18:47:01Z"),
        ("2021-01-07 6:49:18", "2021-01-07T06:49:18Z"),
        ("2024-01-10T09:15:30.234Z", "2024-01-10T09:15:30.234000+00:00"),
        ("2021-09-16T10:02:20.479210-04:00", "2021-09-16T14:02:20.479210Z"),
        ("2024-01-01T10:00+02:00", "2024-01-01T08:00:00Z"),
        ("2024-01-01T10:00:00+02", "2024-01-01T08:00:00Z"),
        ("2013-09-26T06:56:35+0000", "2013-09-26T06:56:35Z"),
        (" 2013-09-26T06:56:35Z ", "2013-09-26T06:56:35Z"),
        ("2024-01-01T10:00:00.1234567899Z", "2024-01-01T10:00:00.123456Z"),
    ],
)
def test_the_forms_of_all_systems_are_read(text: str, same: str) -> None:
    assert read(text) == read(same)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("1704878130", "s"), ("1704878130000", "ms"), ("1704878130000000", "us")],
)
def test_numbers_are_times_where_their_unit_is_known(text: str, unit: str) -> None:
    assert read(text, epoch=unit) == read("2024-01-10T09:15:30Z")
    found = instants_of(np.array([text], object))
    assert [*found.faults] == ["T09"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("03/04/2026", "T10"), ("2024-02-30", "T10"), ("2024-13-01", "T10"),
        ("2024-01-01T25:00:00Z", "T10"), ("2024-01-01T10:61:00Z", "T10"),
        ("2024-01-01T10:00:00+25:00", "T10"), ("2024-01-01T10:00:00foo", "T10"),
        ("é", "T10"), ("2024-01-01T10:00:00" + "0" * 60, "T10"),
        ("2024-01-01 10:00:00 UXX", "T10"), ("2024-01-01 10:00:00 UTX", "T10"),
        ("1969-12-31", "T11"), ("2200-01-01T00:00:00Z", "T11"),
    ],
)  # fmt: skip
def test_what_is_no_time_is_a_fault_of_its_row_alone(text: str, code: str) -> None:
    found = instants_of(np.array(["2024-01-01", text], object))
    assert {name: rows.tolist() for name, rows in found.faults.items()} == {
        code: [False, True]
    }
    assert found.at.tolist()[1] == MISSING


def test_a_number_beyond_time_is_a_fault_too() -> None:
    found = instants_of(np.array(["99999999999999"], object), epoch="ms")
    assert [*found.faults] == ["T11"]


def test_naive_times_are_read_in_their_zone() -> None:
    berlin = read("2024-07-01 12:00:00", "2024-07-01T12:00:00Z", tz="Europe/Berlin")
    assert berlin == read("2024-07-01T10:00:00Z", "2024-07-01T12:00:00Z")


def test_a_column_of_days_holds_the_day_as_it_is_written() -> None:
    texts = ["2024-07-01T23:30:00-09:00", "2024-07-02", "20240703", "1704878130000"]
    found = instants_of(np.array(texts, object), epoch="ms", day=True)
    assert found.day.all()
    assert found.at.tolist() == read(
        "2024-07-01", "2024-07-02", "2024-07-03", "2024-01-10"
    )


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("003Ec00000Cz310", "003Ec00000Cz310IAB"),
        ("003Ec00000Cz310IAB", "003Ec00000Cz310IAB"),
        ("003Ec00000Cz310AAA", "003Ec00000Cz310IAB"),
        ("78HpxISq4/eSw+ycDPqSwA==", "78HpxISq4/eSw+ycDPqSwA=="),
        ("003Ec00000Cz3-0", "003Ec00000Cz3-0"),
        ("short", "short"),
        ("", ""),
        ("ünïcode", "ünïcode"),
    ],
)
def test_an_id_gets_the_suffix_of_its_capitals_and_other_texts_none(
    text: str, whole: str
) -> None:
    assert salesforce_ids(np.array([text], object)).tolist() == [whole]
    if text.isascii() and text:
        assert salesforce_ids(np.array([text.encode()])).astype(str).tolist() == [whole]
