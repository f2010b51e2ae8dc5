"""Instants, days and durations against ``datetime`` and ``zoneinfo``."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attribution import InputError
from attribution.arrays import clock
from attribution.arrays.clock import DAY, END_OF_TIME, HOUR, MISSING, SECOND

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
ZONES = (
    "UTC",
    "Etc/UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",  # clocks jumped at midnight
    "America/Havana",  # and went back over midnight
    "Asia/Kathmandu",  # +05:45
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # without 2011-12-30
)
LAST_DAY = END_OF_TIME // DAY - 1
EXP2_ERROR = 1e-15
"""A few units in the last place of float64: the library divides, then calls exp2."""
SMALLEST = Decimal("5e-324")
"""The least float64 above 0."""


def local(instant: int, tz: str) -> dt.datetime:
    """Return an instant as ``zoneinfo`` shows it."""
    return (EPOCH + instant * MICROSECOND).astimezone(ZoneInfo(tz))


def day_number(instant: int, tz: str) -> int:
    """Return the day of an instant in ``tz``, counted from 1970-01-01."""
    return (local(instant, tz).date() - EPOCH.date()).days


zones = st.sampled_from(ZONES)
days = st.one_of(st.integers(0, LAST_DAY), st.integers(14_000, 22_000))
near_midnight = st.builds(
    lambda day, part: day * DAY + part,
    days,
    st.sampled_from([0, 1, -1, 2 * HOUR, 3 * HOUR - 1, 3 * HOUR, 4 * HOUR, 22 * HOUR]),
)
instants = st.one_of(st.integers(0, END_OF_TIME - 1), near_midnight)

# ------------------------------------------------------------------ lengths of time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("180d", 180 * DAY),
        ("12w", 84 * DAY),
        ("1 week", 7 * DAY),
        ("2 Weeks", 14 * DAY),
        ("1 day", DAY),
        (" 30 Days ", 30 * DAY),
        ("36h", 36 * HOUR),
        ("1 hour", HOUR),
        ("1.5hours", 90 * 60 * SECOND),
        ("90m", 90 * 60 * SECOND),
        ("90min", 90 * 60 * SECOND),
        ("5mins", 300 * SECOND),
        ("1 minute", 60 * SECOND),
        ("2 minutes", 120 * SECOND),
        ("0.000001s", 1),
        ("1sec", SECOND),
        ("1 second", SECOND),
        ("2seconds", 2 * SECOND),
    ],
)
def test_duration_reads_a_number_and_a_unit(text: str, expected: int) -> None:
    assert clock.duration(text, "lookback") == expected


@given(st.integers(1, END_OF_TIME - 1))
@example(1)
@example(SECOND // 2)
@example(END_OF_TIME - 1)
@example(7_000_000_000_000_001)
def test_the_text_of_a_duration_reads_back(length: int) -> None:
    assert clock.duration(clock.duration_text(length), "half_life") == length


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (7 * DAY, "7d"),
        (36 * HOUR, "36h"),
        (90 * 60 * SECOND, "90m"),
        (45 * SECOND, "45s"),
        (SECOND // 2, "0.5s"),
        (1, "0.000001s"),
    ],
)
def test_the_text_of_a_duration_is_the_shortest_in_its_unit(
    length: int, text: str
) -> None:
    assert clock.duration_text(length) == text


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (7 * DAY, "7 days"),
        (DAY, "1 day"),
        (HOUR, "1 hour"),
        (90 * 60 * SECOND, "90 minutes"),
        (60 * SECOND, "1 minute"),
        (SECOND, "1 second"),
        (11 * SECOND, "11 seconds"),
    ],
)
def test_a_duration_in_words_has_its_number_and_unit(length: int, words: str) -> None:
    assert clock.duration_words(length) == words


@given(st.integers(1, END_OF_TIME - 1))
def test_duration_takes_deltas_to_the_microsecond(length: int) -> None:
    delta = length * MICROSECOND
    assert clock.duration(delta, "lookback") == length
    assert clock.duration(np.timedelta64(length, "us"), "lookback") == length
    assert clock.duration(pd.Timedelta(delta), "lookback") == length


def test_duration_takes_numpy_deltas_of_any_unit() -> None:
    assert clock.duration(np.timedelta64(180, "D"), "lookback") == 180 * DAY
    assert clock.duration(np.timedelta64(2, "W"), "lookback") == 14 * DAY


@pytest.mark.parametrize(
    "value",
    [
        "", "180", "d", "-3d", "0d", "0.0000001s", "3 parsecs", "1e3d", "1d 2h",
        "9999999w", "9" * 400 + "d", None, 5, 1.5, True, object(),
        dt.timedelta(0), dt.timedelta(days=-1), dt.timedelta.max,
        np.timedelta64("NaT", "us"), pd.NaT,
    ],
)  # fmt: skip
def test_what_is_no_positive_length_of_time_is_p01(value: object) -> None:
    with pytest.raises(InputError) as caught:
        clock.duration(value, "lookback")
    assert [one.code for one in caught.value.issues] == ["P01"]
    assert "lookback=" in str(caught.value)


# --------------------------------------------------------------------------- days


@given(days, zones)
@example((dt.date(2018, 11, 4) - EPOCH.date()).days, "America/Sao_Paulo")
@example((dt.date(2018, 2, 18) - EPOCH.date()).days, "America/Sao_Paulo")
@example((dt.date(2026, 3, 29) - EPOCH.date()).days, "Europe/Berlin")
@example((dt.date(2026, 10, 25) - EPOCH.date()).days, "Europe/Berlin")
@example((dt.date(2011, 12, 29) - EPOCH.date()).days, "Pacific/Apia")
def test_a_day_starts_with_its_first_instant_and_ends_with_its_last(
    day: int, tz: str
) -> None:
    start = int(clock.day_start(np.array([day]), tz)[0])
    end = int(clock.day_end(np.array([day]), tz)[0])
    skipped = (
        tz == "Pacific/Apia" and day == (dt.date(2011, 12, 30) - EPOCH.date()).days
    )
    if skipped:
        assert end < start
        return
    assert day_number(start, tz) == day_number(end, tz) == day
    assert day_number(start - 1, tz) < day < day_number(end + 1, tz)


@given(days, zones)
@example((dt.date(2026, 3, 29) - EPOCH.date()).days, "Europe/Berlin")
@example((dt.date(2018, 11, 4) - EPOCH.date()).days, "America/Sao_Paulo")
def test_noon_is_twelve_on_the_clocks_of_its_day(day: int, tz: str) -> None:
    noon = local(int(clock.day_noon(np.array([day]), tz)[0]), tz)
    skipped = tz == "Pacific/Apia" and noon.date() == dt.date(2011, 12, 31)
    assert noon.time() == dt.time(12)
    assert (noon.date() - EPOCH.date()).days == day or skipped


@given(st.lists(days, max_size=6), zones)
def test_many_days_at_once_are_each_day_alone(several: list[int], tz: str) -> None:
    given_days = np.array(several, np.int64)
    given_days.flags.writeable = False
    for of_days in (clock.day_start, clock.day_noon, clock.day_end):
        found = of_days(given_days, tz)
        alone = [int(of_days(np.array([day]), tz)[0]) for day in several]
        assert found.dtype == np.int64
        assert found.tolist() == alone


@given(st.lists(instants, max_size=4), zones)
@example([int((dt.datetime(2018, 11, 4, 3, tzinfo=dt.UTC) - EPOCH) / MICROSECOND)],
         "America/Sao_Paulo")  # fmt: skip
@example([int((dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC) - EPOCH) / MICROSECOND)],
         "Pacific/Apia")  # fmt: skip
def test_the_day_of_an_instant_is_the_one_that_zoneinfo_shows(
    several: list[int], tz: str
) -> None:
    # A wide span of days costs a table of all of them: each instant is asked alone.
    for instant in several:
        found = clock.day_of(np.array([instant]), tz)
        assert found.dtype == np.int64
        assert found.tolist() == [day_number(instant, tz)]


@given(st.integers(14_000, 22_000), st.lists(st.integers(0, 40 * DAY)), zones)
def test_days_of_many_instants_are_each_day_alone(
    first: int, parts: list[int], tz: str
) -> None:
    several = [first * DAY + part for part in parts]
    found = clock.day_of(np.array(several, np.int64), tz)
    assert found.tolist() == [day_number(instant, tz) for instant in several]


def test_a_day_that_the_clocks_entered_twice_owns_only_its_instants() -> None:
    # St. John's went back from 00:01 to 23:01 of the day before, until 2011.
    instant = dt.datetime(2010, 11, 7, 3, 0, tzinfo=dt.UTC)
    assert str(instant.astimezone(ZoneInfo("America/St_Johns")))[:16] == (
        "2010-11-06 23:30"
    )
    there = int((instant - EPOCH) / MICROSECOND)
    found = clock.day_of(np.array([there]), "America/St_Johns")
    assert found.tolist() == [day_number(there, "America/St_Johns")]


@given(days, st.sampled_from([0, 1, -1, HOUR, 12 * HOUR]), zones)
@example((dt.date(2018, 11, 4) - EPOCH.date()).days, 3 * HOUR, "America/Sao_Paulo")
def test_midnights_are_the_first_instants_of_days_in_utc_or_in_the_zone(
    day: int, part: int, tz: str
) -> None:
    instant = day * DAY + part
    expected = instant % DAY == 0 or day_number(instant - 1, tz) < day_number(
        instant, tz
    )
    assert clock.is_midnight(np.array([instant]), tz).tolist() == [expected]


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "../etc/passwd", None, 5, ["UTC"]]
)
def test_an_unknown_time_zone_is_t05(name: str) -> None:
    with pytest.raises(InputError) as caught:
        clock.zone(name)
    assert [one.code for one in caught.value.issues] == ["T05"]


def test_a_known_time_zone_is_that_of_zoneinfo() -> None:
    assert clock.zone("Asia/Kathmandu") == ZoneInfo("Asia/Kathmandu")


# ------------------------------------------------------------------------- periods


@given(
    st.lists(st.one_of(st.just(MISSING), st.integers(0, 22_000 * DAY)), max_size=5),
    st.sampled_from(["Europe/Berlin", "UTC", "America/Sao_Paulo"]),
    st.sampled_from(["month", "quarter"]),
)
def test_periods_are_those_of_the_local_calendar_in_order(
    several: list[int], tz: str, period: str
) -> None:
    def name(instant: int) -> str:
        if instant == MISSING:
            return "(none)"
        date = local(instant, tz)
        if period == "quarter":
            return f"{date.year}-Q{(date.month + 2) // 3}"
        return f"{date.year}-{date.month:02}"

    codes, labels = clock.period_of(np.array(several, np.int64), tz, period)
    assert codes.dtype == np.int64
    assert [labels[code] for code in codes] == [name(one) for one in several]
    used = {name(one) for one in several} - {"(none)"}
    assert labels == ["(none)", *sorted(used)]


# ------------------------------------------------------------------- single instants


@given(st.integers(0, END_OF_TIME - 1), zones)
def test_instant_of_reads_iso_text_datetimes_and_numpy_alike(
    instant: int, tz: str
) -> None:
    moment = EPOCH + instant * MICROSECOND
    given_values = [
        moment.isoformat(),
        moment.isoformat().replace("+00:00", "Z"),
        moment,
        moment.astimezone(ZoneInfo("Asia/Kathmandu")),
        pd.Timestamp(moment),
    ]
    found = [clock.instant_of(value, "as_of", tz) for value in given_values]
    assert found == [instant] * len(given_values)
    assert clock.instant_of(np.datetime64(instant, "us"), "as_of", "UTC") == instant


def test_a_naive_time_is_read_in_the_zone() -> None:
    naive = dt.datetime.fromisoformat("2026-07-01T12:00")
    expected = int((dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC) - EPOCH) / MICROSECOND)
    for value in (naive, naive.isoformat(), np.datetime64(naive)):
        assert clock.instant_of(value, "as_of", "Europe/Berlin") == expected


@given(st.integers(0, LAST_DAY - 1), zones)
def test_a_day_is_taken_to_its_end_in_the_zone(day: int, tz: str) -> None:
    date = EPOCH.date() + dt.timedelta(days=day)
    end = int(clock.day_end(np.array([day]), tz)[0])
    assert clock.instant_of(date, "as_of", tz) == end
    assert clock.instant_of(date.isoformat(), "as_of", tz) == end


def test_a_numpy_day_is_taken_to_its_end_like_any_other_day() -> None:
    end = clock.instant_of(dt.date(2026, 3, 31), "as_of", "UTC")
    assert clock.instant_of(np.datetime64("2026-03-31"), "as_of", "UTC") == end


@pytest.mark.parametrize(
    "value",
    [
        "", "yesterday", "2026-13-01", "2026-02-30", "03/04/2026", "1969-12-30",
        "2200-01-01", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59",
        dt.date.max, dt.date.min,
        dt.datetime.max.replace(tzinfo=dt.UTC), dt.datetime.min.replace(tzinfo=dt.UTC),
        None, 5, 1.5e9, True, np.datetime64("NaT", "us"),
        np.datetime64(2**62, "us"), pd.NaT,
    ],
)  # fmt: skip
@pytest.mark.parametrize("tz", ["UTC", "Europe/Berlin", "America/Sao_Paulo"])
def test_what_is_no_instant_of_1970_to_2199_is_t10(value: object, tz: str) -> None:
    with pytest.raises(InputError) as caught:
        clock.instant_of(value, "as_of", tz)
    assert [one.code for one in caught.value.issues] == ["T10"]


@given(st.integers(0, END_OF_TIME - 1))
def test_iso_text_names_the_same_instant_in_utc(instant: int) -> None:
    text = clock.iso(instant)
    assert text.endswith("Z")
    assert clock.instant_of(text, "as_of", "Europe/Berlin") == instant


def test_iso_text_has_no_useless_fraction_and_is_empty_where_missing() -> None:
    assert clock.iso(90 * SECOND) == "1970-01-01T00:01:30Z"
    assert clock.iso(SECOND // 2) == "1970-01-01T00:00:00.500000Z"
    assert clock.iso(MISSING) == ""


@given(instants, zones)
def test_local_text_is_the_wall_clock_of_the_zone_to_the_minute(
    instant: int, tz: str
) -> None:
    assert clock.local_text(instant, tz) == f"{local(instant, tz):%Y-%m-%d %H:%M}"


def test_local_text_is_empty_where_the_instant_is_missing() -> None:
    assert clock.local_text(MISSING, "Europe/Berlin") == ""


# ----------------------------------------------------------------------- half-lives


@given(
    st.lists(st.integers(0, 400 * DAY), min_size=1, max_size=5),
    st.integers(HOUR, 4000 * DAY),
)
def test_half_lives_are_powers_of_one_half(ages: list[int], half_life: int) -> None:
    found = clock.half_lives(np.array(ages, np.int64), half_life)
    assert found.dtype == np.float64
    with localcontext() as context:
        context.prec = 40
        exact = [Decimal(2) ** (-Decimal(age) / half_life) for age in ages]
    for one, expected in zip(found.tolist(), exact, strict=True):
        error = Decimal(EXP2_ERROR * (1 + max(ages) / half_life))
        assert abs(Decimal(one) - expected) <= error * expected + SMALLEST


def test_half_lives_of_any_age_are_numbers() -> None:
    ages = np.array([0, 1, 3650 * DAY, END_OF_TIME])
    assert clock.half_lives(ages, HOUR).tolist() == pytest.approx([1, 1, 0, 0])
    assert clock.half_lives(ages, 1).tolist() == [1.0, 0.5, 0.0, 0.0]
