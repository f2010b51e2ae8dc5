"""Times that are missing, of no zone, no times at all, or out of order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from bad_input.catalogue import (
    built,
    check_fault,
    deals,
    instants,
    only,
    refused,
    set_aside,
    told,
    touches,
)

import attribution as at

CLOSE = "2026-02-01T10:00:00Z"
NAIVE_CLOSES = pd.Series(pd.to_datetime(["2026-02-01T10:00", "2026-02-02T10:00", None]))


def objects(*values: object) -> pd.Series[Any]:
    return pd.Series(values, dtype=object)


def many(count: int, missing: int) -> pd.DataFrame:
    """Return so many touches of d1, the last of them without a time."""
    minutes = pd.to_timedelta(np.arange(count), unit="min")
    time = pd.Series(pd.Timestamp("2026-01-01T10:00:00Z") + minutes)
    return pd.DataFrame({"time": time.mask(time.index >= count - missing)}).assign(
        channel="ad", team="sales", deal_id="d1"
    )


def test_T01_up_to_5_percent_of_touches_without_a_time_are_set_aside() -> None:
    journeys = built(many(40, missing=2))
    assert told(journeys) == [("T01", "set aside", "touches", "time", 2)]
    assert set_aside(journeys) == [("touches", 38, "T01"), ("touches", 39, "T01")]


def test_T01_more_touches_without_a_time_are_an_error() -> None:
    error = refused(many(39, missing=2))
    fault = check_fault(error, "T01", ("touches", "time"), rows=[37, 38])
    assert "5.1 %" in fault.what


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_T02_a_closed_deal_without_a_close_is_an_error(outcome: str) -> None:
    table = deals(outcome=["open", outcome, outcome])
    table["closed_at"] = instants(None, None, CLOSE)
    check_fault(refused(None, table), "T02", ("deals", "closed_at"), rows=[1])


def test_T03_naive_and_aware_columns_are_named() -> None:
    naive = pd.to_datetime(["2026-01-01T10:00"] * 3)
    fault = only(refused(touches(time=naive)))
    assert fault.code == "T03"
    assert "touches.time" in fault.column + fault.what
    assert "deals.closed_at" in fault.column + fault.what


@pytest.mark.parametrize("kind", ["text", "objects"])
def test_T03_naive_and_aware_times_in_one_column_are_an_error(kind: str) -> None:
    texts = ["2026-01-01T10:00:00", "2026-01-01T11:00:00Z", "2026-01-01T12:00:00"]
    values = objects(*texts)
    if kind == "objects":
        values = objects(*map(dt.datetime.fromisoformat, texts))
    fault = only(refused(touches(time=values)))
    assert fault.code == "T03"
    assert "time" in fault.column


def test_T04_naive_times_are_taken_as_utc_and_reported() -> None:
    naive = pd.Series(pd.to_datetime(["2026-01-01T10:00"] * 2 + ["2026-01-02T10:00"]))
    journeys = built(touches(time=naive), deals(closed_at=NAIVE_CLOSES))
    [(code, severity, _, column, _), *rest] = told(journeys)
    assert (code, severity) == ("T04", "warning")
    assert "touches.time" in column
    assert "deals.closed_at" in column
    assert [one[0] for one in rest] == ["T12"]
    assert journeys.to_frame()["time"][0] == pd.Timestamp("2026-01-01T10:00:00Z")


def test_T04_naive_times_of_a_named_zone_are_not_reported() -> None:
    naive = pd.to_datetime(["2026-01-01T10:00", "2026-01-01T11:00", "2026-01-02T10:00"])
    journeys = built(
        touches(time=naive), deals(closed_at=NAIVE_CLOSES), tz="Europe/Berlin"
    )
    assert told(journeys) == []
    assert journeys.to_frame()["time"][0] == pd.Timestamp("2026-01-01T09:00:00Z")


@pytest.mark.parametrize("as_text", [False, True])
def test_T05_hours_that_a_clock_change_skips_or_repeats_are_errors(
    *, as_text: bool
) -> None:
    texts = ["2025-03-30T02:30:00", "2026-01-01T10:00:00", "2025-10-26T02:30:00"]
    time = texts if as_text else pd.to_datetime(texts)
    book = deals(closed_at=NAIVE_CLOSES)
    error = refused(touches(time=time), book, tz="Europe/Berlin")
    check_fault(error, "T05", ("touches", "time"), rows=[0, 2])


@pytest.mark.parametrize("tz", ["Mars/Base", "", None, 7, "../UTC"])
def test_T05_an_unknown_zone_is_an_error(tz: Any) -> None:
    error = refused(tz=tz)
    assert {one.code for one in error.issues} == {"T05"}
    assert "Europe/Berlin" in error.issues[0].remedy


def test_T06_a_touch_after_the_anchor_is_never_credited() -> None:
    time = instants("2026-02-01T10:00:00.000001Z", CLOSE, "2026-01-03T10:00:00Z")
    journeys = built(touches(time=time))
    assert told(journeys) == [("T06", "set aside", "touches", "time", 1)]
    assert set_aside(journeys) == [("touches", 0, "T06")]
    assert at.attribute(journeys, "linear").lines()["touch_id"].tolist() == ["t2"]


def test_T07_touches_at_the_anchor_and_at_the_edge_are_inside() -> None:
    time = instants(CLOSE, "2026-01-02T10:00:00Z", "2026-01-03T10:00:00Z")
    journeys = built(touches(time=time), lookback="30d")
    assert told(journeys) == []
    assert at.attribute(journeys, "linear").lines()["touch_id"].tolist() == ["t2", "t1"]


def test_T08_a_deal_closed_after_as_of_is_open() -> None:
    journeys = built(as_of="2026-02-02T09:59:59Z")
    assert told(journeys) == [("T08", "note", "deals", "closed_at", 1)]
    assert journeys.found[0].rows == (1,)
    assert journeys.deals()["outcome"].tolist() == ["won", "open", "open"]


def test_T08_a_milestone_after_as_of_is_not_reached() -> None:
    reached = instants("2026-01-02T10:00:00Z", None, "2026-03-01T00:00:01Z")
    journeys = built(None, deals(opportunity_at=reached))
    assert told(journeys) == [("T08", "note", "deals", "opportunity_at", 1)]
    assert journeys.deals()["opportunity_at"].isna().tolist() == [False, True, True]


NUMBERS: dict[str, Any] = {
    "epoch seconds": [1_767_225_600, 1_767_225_601, 1_767_225_602],
    "excel serials": [46_000.5, 46_001.0, 46_002.0],
    "booleans": [True, False, True],
    "text": ["1767225600", "46000.5", "1"],
}


@pytest.mark.parametrize("kind", list(NUMBERS))
def test_T09_numbers_are_no_times(kind: str) -> None:
    error = refused(touches(time=NUMBERS[kind]))
    check_fault(error, "T09", ("touches", "time"), rows=[0, 1, 2])


@pytest.mark.parametrize("column", ["closed_at", "created_at", "opportunity_at"])
def test_T09_numbers_in_any_column_of_times_are_named(column: str) -> None:
    error = refused(None, deals(**{column: [46_000, 46_001, 46_002]}))
    check_fault(error, "T09", ("deals", column), rows=[0, 1, 2])


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2026",
        "2026-13-01",
        "2026-01-01T25:00:00Z",
        "1 Jan 2026",
        "2026-02-30",
        "",
    ],
)
def test_T10_text_that_is_no_iso_time_is_an_error(text: str) -> None:
    fine = "2026-01-02T10:00:00Z"
    error = refused(touches(time=[fine, text, fine]))
    fault = check_fault(error, "T10", ("touches", "time"), rows=[1])
    assert "2026-03-31T12:00:00Z" in fault.remedy


@pytest.mark.parametrize("as_of", ["yesterday", 17, "1969-12-31", "2200-01-01", pd.NaT])
def test_T10_as_of_is_an_instant(as_of: object) -> None:
    fault = only(refused(as_of=as_of))
    assert fault.code == "T10"
    assert "as_of" in fault.what


OUTSIDE: dict[str, Any] = {
    "text": ["1969-12-31T23:59:59Z", "2026-01-01T10:00:00Z", "2200-01-01T00:00:00Z"],
    "days": ["1969-12-31", "2026-01-01", "2200-01-01"],
    "stamps": pd.Series(
        np.array(["1500-01-01T03", "2026-01-01T10", "2300-01-01T04"], "datetime64[s]")
    ).dt.tz_localize("UTC"),
    "objects": [
        dt.datetime(1, 1, 1, 3, tzinfo=dt.UTC),
        dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC),
        dt.datetime(9999, 1, 1, 3, tzinfo=dt.UTC),
    ],
}


@pytest.mark.parametrize("kind", list(OUTSIDE))
def test_T11_years_outside_1970_to_2199_are_errors(kind: str) -> None:
    error = refused(touches(time=OUTSIDE[kind]))
    check_fault(error, "T11", ("touches", "time"), rows=[0, 2])


@pytest.mark.parametrize("seconds", [253_402_300_799, 2**53, 2**60])
def test_T11_seconds_beyond_microseconds_do_not_wrap_around(seconds: int) -> None:
    arrow = pa.Table.from_pandas(touches(), preserve_index=False)
    stamps = pa.array([1_767_261_600, seconds, seconds], pa.timestamp("s", "UTC"))
    place = arrow.column_names.index("time")
    error = refused(arrow.set_column(place, "time", stamps))
    check_fault(error, "T11", ("touches", "time"), rows=[1, 2])


def test_T11_the_first_and_the_last_instant_are_inside() -> None:
    time = instants("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", CLOSE)
    late = instants("2199-12-31T23:59:59Z", CLOSE, None)
    journeys = built(touches(time=time), deals(closed_at=late), as_of="2199-12-31")
    assert told(journeys) == []


def test_T12_equal_times_are_counted() -> None:
    journeys = built(touches(time=instants(*["2026-01-01T10:00:00Z"] * 3)))
    assert told(journeys) == [("T12", "note", "touches", "time", 1)]


def test_T13_a_close_before_the_creation_is_reported() -> None:
    created = instants("2026-02-01T10:00:01Z", "2026-02-02T10:00:00Z", CLOSE)
    journeys = built(None, deals(created_at=created))
    assert told(journeys) == [("T13", "warning", "deals", "closed_at", 1)]
    assert journeys.found[0].rows == (0,)


def test_T13_milestones_out_of_order_are_reported() -> None:
    table = deals(
        mql_at=instants("2026-01-09T10:00:00Z", None, None),
        opportunity_at=instants("2026-01-08T10:00:00Z", "2026-02-03T10:00:00Z", None),
    )
    assert told(built(None, table)) == [
        ("T13", "warning", "deals", "opportunity_at", 1),
        ("T13", "warning", "deals", "closed_at", 1),
    ]


@pytest.mark.parametrize("tz", ["UTC", "Asia/Tokyo"])
def test_T14_midnights_are_reported_and_stay_midnights(tz: str) -> None:
    time = pd.Series(pd.date_range("2026-01-01", periods=3, tz=tz))
    journeys = built(touches(time=time), tz=tz)
    assert told(journeys) == [("T14", "warning", "touches", "time", 3)]
    assert "days=('time',)" in journeys.issues["remedy"][0]
    assert journeys.to_frame()["time"].tolist() == time.tolist()
    assert told(built(touches(time=time), tz=tz, days=["time"])) == []


def test_T15_without_as_of_the_latest_instant_is_taken() -> None:
    journeys = built(as_of=None)
    assert told(journeys) == [("T15", "note", "", "as_of", 1)]
    assert "2026-02-02T10:00:00Z" in journeys.issues["what"][0]


DAYS = ["2026-01-01", "2026-01-01", "2026-01-03"]


@pytest.mark.parametrize(
    "time", [DAYS, [dt.date.fromisoformat(day) for day in DAYS], pl.Series(DAYS)]
)
def test_T16_deals_whose_first_or_last_touch_a_day_decided_are_counted(
    time: Any,
) -> None:
    table = touches(time=list(time))
    journeys = built(table)
    assert ("T16", "note", "deals", "", 1) in told(journeys)
    noon = pd.Timestamp("2026-01-01T12:00:00Z")
    assert journeys.to_frame()["time"][0] == noon


@pytest.mark.parametrize(
    ("lead", "count"),
    [
        ("2026-01-02", 1),
        ("2026-01-01", 1),
        ("2025-12-30", 0),
        ("2026-01-04", 0),
        ("2026-01-02T10:00:00Z", 0),
    ],
)
def test_T16_deals_whose_milestone_touch_a_day_may_decide_are_counted(
    lead: str, count: int
) -> None:
    # Their touches are of 1 and 2 January, 10 o'clock.
    found = told(built(None, deals(lead_at=[lead, None, None])))
    assert found == [("T16", "note", "deals", "", 1)] * count


def test_T16_a_touch_known_by_its_day_may_hold_a_milestone() -> None:
    rows = touches(time=["2026-01-01", "2026-01-03", "2026-01-05"])
    table = deals(lead_at=instants("2026-01-03T10:00:00Z", None, None))
    assert told(built(rows, table)) == [("T16", "note", "deals", "", 1)]
    late = deals(lead_at=instants("2026-01-08T10:00:00Z", None, None))
    assert told(built(rows, late)) == []


def test_T16_days_that_decide_nothing_are_not_reported() -> None:
    journeys = built(touches(time=["2026-01-01", "2026-01-02", "2026-01-03"]))
    assert told(journeys) == []


def test_T17_a_touch_after_as_of_is_set_aside() -> None:
    journeys = built(as_of="2026-01-02T10:00:00Z")
    assert ("T17", "set aside", "touches", "time", 1) in told(journeys)
    assert set_aside(journeys) == [("touches", 2, "T17")]


@pytest.mark.parametrize("zone", [None, dt.UTC])
def test_days_and_instants_in_one_column_keep_their_hours(
    zone: dt.tzinfo | None,
) -> None:
    # A datetime is a date to Python: read as one, it would lose its time of day.
    moment = dt.datetime(2026, 1, 2, 9, 30, tzinfo=zone)
    table = touches(time=objects(dt.date(2026, 1, 1), moment, dt.date(2026, 1, 3)))
    closes = NAIVE_CLOSES if zone is None else NAIVE_CLOSES.dt.tz_localize("UTC")
    shown = built(table, deals(closed_at=closes)).to_frame()["time"].tolist()
    assert pd.Timestamp("2026-01-02T09:30:00Z") in shown
