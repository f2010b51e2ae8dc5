"""Instants, days, windows and half-lives.

An instant is int64 microseconds since 1970-01-01 UTC, :data:`MISSING` where there is
none. A day is an int64 count of days since 1970-01-01 in some time zone.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from attribution.arrays import ragged
from attribution.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.arrays.ragged import Array, Bools, Ints

MISSING: Final = np.iinfo(np.int64).min
"""The instant that is not there; numpy's ``NaT`` has the same bits."""

SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR

FIRST_INSTANT: Final = 0
FIRST_YEAR, END_YEAR = 1970, 2200
END_OF_TIME: Final = 84_006 * DAY
"""2200-01-01; instants from 1970-01-01 on and before it are accepted."""

_UNITS: Final = {"w": 7 * DAY, "d": DAY, "h": HOUR, "m": 60 * SECOND, "s": SECOND}
_ALIASES: Final = {
    "week": "w", "weeks": "w", "day": "d", "days": "d", "hour": "h", "hours": "h",
    "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "sec": "s", "second": "s", "seconds": "s",
}  # fmt: skip
_DURATION: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)


def duration(value: object, name: str) -> int:
    """Return a length of time in microseconds, from ``"180d"``, ``"12w"`` or a delta.

    Units are w, d, h, m (or min) and s, and their words.

    Raises:
        InputError: P01: no unit, not a length of time, or not positive.

    Example:
        >>> duration("1.5h", "lookback") // SECOND
        5400
    """
    length: float | None = None
    if isinstance(value, np.timedelta64):
        unit = np.datetime_data(value.dtype)[0]
        value = None if unit == "generic" else value.astype("timedelta64[us]").item()
    if type(value).__name__ == "NaTType":
        value = None
    if isinstance(value, dt.timedelta):
        length = value // dt.timedelta(microseconds=1)
    elif isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        unit = found[2].lower()
        step = _UNITS.get(_ALIASES.get(unit, unit))
        length = None if step is None else float(found[1]) * step
    if length is None:
        what = f"{name}={value!r} is not a length of time."
    elif not 1 <= length < END_OF_TIME:
        what = f"{name}={value!r} is not positive, or longer than 230 years."
    else:
        return round(length)
    raise refuse("P01", what, 'Write a number and a unit, for example "180d" or "12w".')


def duration_text(microseconds: int) -> str:
    """Return the shortest text that :func:`duration` reads back, in d, h, m or s.

    Example:
        >>> duration_text(7 * DAY), duration_text(90 * 60 * SECOND)
        ('7d', '90m')
    """
    for unit in "dhms":
        if microseconds % _UNITS[unit] == 0:
            return f"{microseconds // _UNITS[unit]}{unit}"
    text = f"{microseconds // SECOND}.{microseconds % SECOND:06}"
    return text.rstrip("0") + "s"


def duration_words(microseconds: int) -> str:
    """Return a length of time in words.

    Example:
        >>> duration_words(7 * DAY), duration_words(HOUR)
        ('7 days', '1 hour')
    """
    names = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
    text = duration_text(microseconds)
    return f"{text[:-1]} {names[text[-1]]}{'' if text[:-1] == '1' else 's'}"


def zone(name: str) -> ZoneInfo:
    """Return the time zone ``name``.

    Raises:
        InputError: T05: there is no zone of that name.

    Example:
        >>> zone("Europe/Berlin").key
        'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)  # kept by zoneinfo itself
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise refuse(
            "T05",
            f"tz={name!r} is not a time zone.",
            'Give a name of the IANA list, for example "Europe/Berlin".',
        ) from None


def _instant(moment: dt.datetime) -> int:
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (moment - epoch) // dt.timedelta(microseconds=1)


def _midnight(day: int, tz: str) -> int:
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    return _instant(dt.datetime(date.year, date.month, date.day, tzinfo=zone(tz)))


def _of_each_day(days: Ints, instant: Callable[[int], int]) -> Ints:
    unique, place = np.unique(days, return_inverse=True)
    return np.array([instant(int(day)) for day in unique], np.int64)[place]


def _local_day(instant: int, tz: str) -> int:
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=instant)
    return (moment.astimezone(zone(tz)).date() - dt.date(1970, 1, 1)).days


def day_start(days: Ints, tz: str) -> Ints:
    """Return the first instant of each day in ``tz``; ``days`` all present.

    Example:
        >>> int(day_start(np.array([0]), "Europe/Berlin")[0]) // HOUR
        -1
    """
    if tz == "UTC":
        return days * DAY
    return _of_each_day(days, lambda day: _midnight(day, tz))


def day_noon(days: Ints, tz: str) -> Ints:
    """Return noon of each day in ``tz``, where a day-only touch stands.

    Example:
        >>> int(day_noon(np.array([1]), "UTC")[0]) // HOUR
        36
    """
    if tz == "UTC":
        return days * DAY + DAY // 2

    def noon(day: int) -> int:
        date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
        moment = dt.datetime(date.year, date.month, date.day, 12, tzinfo=zone(tz))
        return _instant(moment)

    return _of_each_day(days, noon)


def day_end(days: Ints, tz: str) -> Ints:
    """Return the last microsecond of each day in ``tz``, where a day-only close stands.

    Example:
        >>> int(day_end(np.array([0]), "UTC")[0]) == DAY - 1
        True
    """
    return day_start(days + 1, tz) - 1


def known(at: Ints) -> Bools:
    """Return which times or days are not missing; a constant column stays constant.

    Example:
        >>> known(np.array([0, MISSING])).tolist()
        [True, False]
    """
    if ragged.constant(at):
        return np.broadcast_to(at[0] != MISSING, len(at))
    there: Bools = at != MISSING
    return there


def day_of(instants: Ints, tz: str) -> Ints:
    """Return the day in ``tz`` on which each instant lies; all instants present.

    Example:
        >>> day_of(np.array([23 * HOUR]), "Europe/Berlin").tolist()
        [1]
    """
    days = instants // DAY
    if tz == "UTC" or not len(days):
        return days
    first = int(days.min()) - 1
    edges = day_start(np.arange(first, int(days.max()) + 3), tz)
    place = np.searchsorted(edges, instants, side="right") - 1
    # Where clocks changed, a day's last hour can come after the next day began.
    odd = np.append(np.diff(edges) != DAY, [True])
    near = odd | np.append(odd[1:], [True]) | np.append([True], odd[:-1])
    found = first + place
    chosen = near[place]
    if chosen.any():
        found[chosen] = _of_each_day(instants[chosen], lambda at: _local_day(at, tz))
    return found


def period_of(instants: Ints, tz: str, period: str) -> tuple[Ints, list[str]]:
    """Return the month or quarter of each instant as codes and labels in order.

    Args:
        instants: int64, with :data:`MISSING` where there is none.
        tz: The time zone whose calendar counts.
        period: ``"month"`` (``2026-03``) or ``"quarter"`` (``2026-Q1``).

    Returns:
        int64 codes and labels; a missing instant is in ``"(none)"``, the first label.

    Example:
        >>> period_of(np.array([0, MISSING]), "UTC", "quarter")
        (array([1, 0]), ['(none)', '1970-Q1'])
    """
    codes = np.zeros(len(instants), np.int64)
    present = instants != MISSING
    days = day_of(instants[present], tz)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    step = 3 if period == "quarter" else 1
    unique, place = np.unique(months // step, return_inverse=True)
    codes[present] = place + 1
    years, parts = np.divmod(unique * step, 12)
    labels = [
        f"{1970 + year}-Q{part // 3 + 1}"
        if step > 1
        else f"{1970 + year}-{part + 1:02}"
        for year, part in zip(years.tolist(), parts.tolist(), strict=True)
    ]
    return codes, ["(none)", *labels]


def instant_of(value: object, name: str, tz: str) -> int:
    """Return one instant from ISO text, a date, a datetime or a numpy datetime.

    A day is taken to its end in ``tz``; a naive time is read in ``tz``.

    Raises:
        InputError: T10: it is none of these, or outside 1970 to 2200.

    Example:
        >>> instant_of("1970-01-01", "as_of", "UTC") == DAY - 1
        True
    """
    read: object = value
    if isinstance(value, np.datetime64):
        unit = "D" if np.datetime_data(value.dtype)[0] == "D" else "us"
        read = value.astype(f"datetime64[{unit}]").item()
    elif isinstance(value, str):
        read = _from_iso(value)
    instant = -1
    if isinstance(read, dt.date) and type(read).__name__ != "NaTType":
        instant = _of_date(read, tz)
    if FIRST_INSTANT <= instant < END_OF_TIME:
        return instant
    raise refuse(
        "T10",
        f"{name}={value!r} is not an instant between 1970 and 2200.",
        'Give ISO 8601 text, for example "2026-03-31" or "2026-03-31T12:00:00Z".',
    )


def _of_date(value: dt.date, tz: str) -> int:
    """Return a datetime's instant, or the end of a date's day; -1 beyond 1970-2200."""
    if not FIRST_YEAR - 1 <= value.year <= END_YEAR:
        return -1
    if isinstance(value, dt.datetime):
        return _instant(value if value.tzinfo else value.replace(tzinfo=zone(tz)))
    return int(day_end(np.array([(value - dt.date(1970, 1, 1)).days]), tz)[0])


def _from_iso(text: str) -> dt.date | str:
    try:
        if len(text) == len("2026-03-31"):
            return dt.date.fromisoformat(text)
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return text


def iso(instant: int) -> str:
    """Return an instant as ISO 8601 text in UTC, "" where missing.

    Example:
        >>> iso(90 * SECOND)
        '1970-01-01T00:01:30Z'
    """
    if instant == MISSING:
        return ""
    text = str(np.datetime64(instant, "us"))
    return text.removesuffix(".000000") + "Z"


def local_text(instant: int, tz: str) -> str:
    """Return an instant as date and time of day in ``tz``, "" where missing.

    Example:
        >>> local_text(0, "Europe/Berlin")
        '1970-01-01 01:00'
    """
    if instant == MISSING:
        return ""
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=instant)
    return f"{moment.astimezone(zone(tz)):%Y-%m-%d %H:%M}"


def half_lives(age: Ints, half_life: int) -> Array:
    """Return 2^(-age / half_life) as float64, for ages from the youngest on.

    Example:
        >>> half_lives(np.array([0, DAY]), DAY).tolist()
        [1.0, 0.5]
    """
    return np.exp2(age / -half_life)


def is_midnight(instants: Ints, tz: str) -> Bools:
    """Return which instants are the first of their day in UTC or in ``tz``.

    Example:
        >>> is_midnight(np.array([0, 1]), "UTC").tolist()
        [True, False]
    """
    midnight: Bools = (instants % DAY == 0) | (
        instants == day_start(day_of(instants, tz), tz)
    )
    return midnight
