"""Texts of times, by the million: ISO 8601 of any offset, numbers of a known unit."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import clock
from attribution.arrays.clock import MISSING
from attribution.arrays.codes import texts as as_texts
from attribution.doors.frames.stamps import wall_clock
from attribution.doors.frames.times import localized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Array, Bools, Ints

BLOCK: Final = 1 << 15
"""Texts read at a time, so that what is made of them stays in the cache."""

WIDTH: Final = 40
DAY_LENGTH: Final = 10
SECONDS_END: Final = 19
"""Where the fraction or the zone of a time begins."""

PLACES: Final = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))
"""Where year, month, day, hour, minute and second stand."""

MARKS: Final = ((4, b"-"), (7, b"-"), (13, b":"), (16, b":"))
MONTHS, DATES, HOURS, SIXTY = 12, 31, 24, 60
ZONES: Final = {"+01": 3, " UTC": 4, "+0100": 5, "+01:00": 6}
"""How zones are written, and how long they are."""

EPOCHS: Final = {"s": clock.SECOND, "ms": 1_000, "us": 1}
SHORT_HOUR: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d)(:.*)?")
NO_SECONDS: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d)((?:[Zz+-].*)?| UTC)")
COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)")
NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


class Parsed(NamedTuple):
    """What texts of times say, (texts,) each.

    ``at``: int64 microseconds UTC (of a day its midnight), MISSING where at fault;
    ``day``: bool, which are days; ``faults``: code → bool, only those that occur.
    """

    at: Ints
    day: Bools
    faults: Mapping[str, Bools]


def instants_of(
    texts: Array, *, epoch: str = "", tz: str = "UTC", day: bool = False
) -> Parsed:
    """Return texts of times as instants and days.

    Args:
        texts: An object array of text, or bytes of ASCII.
        epoch: The unit of texts that are whole numbers: ``s``, ``ms``, ``us``; "" if
            numbers are no times.
        tz: The zone of times that name no offset.
        day: Take every time to its day as it is written.

    Example:
        >>> found = instants_of(np.array(["1970-01-01T01:00:00+0100"], object))
        >>> found.at.tolist(), found.faults
        ([0], {})
    """
    blocks = [
        _block(texts[first : first + BLOCK], epoch, tz, day=day)
        for first in range(0, max(len(texts), 1), BLOCK)
    ]
    sizes = [len(one.at) for one in blocks]
    codes = dict.fromkeys(code for one in blocks for code in one.faults)
    return Parsed(
        np.concatenate([one.at for one in blocks]),
        np.concatenate([one.day for one in blocks]),
        {
            code: np.concatenate(
                [
                    one.faults.get(code, np.zeros(size, np.bool_))
                    for one, size in zip(blocks, sizes, strict=True)
                ]
            )
            for code in codes
        },
    )


def _block(texts: Array, epoch: str, tz: str, *, day: bool) -> Parsed:
    wall = wall_clock(texts) if len(texts) > 1 and tz == "UTC" and not day else None
    if wall is not None:
        one = bytes(texts[0])
        shift = _shift(one[DAY_LENGTH : DAY_LENGTH + 1], one[SECONDS_END:])
        at = wall if shift is None else wall + shift
        if shift is not None and at.min() >= 0 and at.max() < clock.END_OF_TIME:
            return Parsed(at, np.zeros(len(at), np.bool_), {})
    chars, lengths = _characters(texts)
    shape = _shaped(chars, lengths)
    odd = np.flatnonzero(~shape)
    number = np.zeros(len(texts), np.bool_)
    at = np.full(len(texts), MISSING)
    if odd.size:
        texts = as_texts(texts)
        plain = texts[odd].tolist()
        number[odd] = [NUMBER.fullmatch(one.strip()) is not None for one in plain]
        again = [_repaired(one, day=day) for one in plain]
        chars[:, odd], lengths[odd] = _characters(np.array(again, object))
        shape[odd] = _shaped(chars[:, odd], lengths[odd])
        if epoch:
            _numbers(at, odd[number[odd] & ~shape[odd]], texts, EPOCHS[epoch])
    whole = shape & (lengths == DAY_LENGTH)
    if shape.all():
        at = _read(chars, lengths, tz)
    else:
        good = np.flatnonzero(shape)
        at[good] = _read(chars[:, good], lengths[good], tz)
    if day:
        at, whole = _days(at, chars, shape), np.ones(len(texts), np.bool_)
    return _judged(at, whole, shape, number, epoch=epoch)


@lru_cache(64)
def _shift(mark: bytes, rest: bytes) -> int | None:
    """Return the instant of a clock's midnight beside that of UTC, in microseconds.

    None where ``mark``, between day and time, or ``rest``, after the second, is wrong.
    """
    text = b"1970-01-03" + mark + b"00:00:00" + rest
    found = _block(np.array([text]), "", "UTC", day=False)
    return None if found.faults else int(found.at[0]) - 2 * clock.DAY


def _characters(texts: Array) -> tuple[Array, Ints]:
    """Return texts as (40, texts) bytes, and their lengths; others than ASCII are 0."""
    try:
        wide = texts.astype("S")
    except UnicodeEncodeError:
        wide = np.array([one if one.isascii() else "" for one in texts]).astype("S")
    if wide.dtype.itemsize > WIDTH:
        wide = np.array([one if len(one) <= WIDTH else b"" for one in wide], "S")
    chars = np.zeros((WIDTH, len(texts)), np.uint8)
    own = wide.view(np.uint8).reshape(len(texts), wide.itemsize)
    chars[: wide.itemsize] = own.T
    return chars, np.strings.str_len(wide)


def _shaped(chars: Array, lengths: Ints) -> Bools:
    """Return which are days or times down to the second."""
    head = chars[:SECONDS_END]
    digits = (head >= ord("0")) & (head <= ord("9"))
    dated = lengths >= DAY_LENGTH
    for at, mark in MARKS[:2]:
        dated &= chars[at] == mark[0]
    for first, end in PLACES[:3]:
        dated &= digits[first:end].all(0)
    timed = lengths >= SECONDS_END
    for at, mark in MARKS[2:]:
        timed &= chars[at] == mark[0]
    for first, end in PLACES[3:]:
        timed &= digits[first:end].all(0)
    timed &= (chars[DAY_LENGTH] == ord("T")) | (chars[DAY_LENGTH] == ord(" "))
    found: Bools = dated & (timed | (lengths == DAY_LENGTH))
    return found


def _repaired(text: str, *, day: bool) -> str:
    """Return a time of an hour of one digit, or without seconds, written in full."""
    text = text.strip()
    if found := SHORT_HOUR.fullmatch(text):
        text = f"{found[1]} 0{found[2]}{found[3] or ':00'}"
    if found := NO_SECONDS.fullmatch(text):
        return f"{found[1]}:00{found[2]}"
    if day and (found := COMPACT.fullmatch(text)):
        return f"{found[1]}-{found[2]}-{found[3]}"
    return text


def _numbers(at: Ints, rows: Ints, texts: Array, unit: int) -> None:
    whole = [float(one) if "." in one else int(one) for one in texts[rows].tolist()]
    bound = clock.END_OF_TIME // unit
    at[rows] = [int(one * unit) if 0 <= one < bound else MISSING for one in whole]


def _value(chars: Array, first: int, end: int) -> Ints:
    found = np.zeros(chars.shape[1], np.int64)
    for place in range(first, end):
        found *= 10
        found += chars[place] - ord("0")
    return found


def _read(chars: Array, lengths: Ints, tz: str) -> Ints:
    """Return shaped texts as instants, MISSING where no clock shows them."""
    year, month, date, hour, minute, second = (
        _value(chars, first, end) for first, end in PLACES
    )
    timed = lengths > DAY_LENGTH
    hour, minute, second = (np.where(timed, x, 0) for x in (hour, minute, second))
    sane = (month >= 1) & (month <= MONTHS) & (date >= 1) & (date <= DATES)
    sane &= (hour < HOURS) & (minute < SIXTY) & (second < SIXTY)
    months = np.where(sane, (year - 1970) * 12 + month - 1, 0).view("M8[M]")
    days = months.astype("M8[D]") + np.where(sane, date - 1, 0)
    sane &= days.astype("M8[M]") == months
    seconds = days.astype(np.int64) * 86_400 + hour * 3_600 + minute * 60 + second
    tail, own, clocked = _tails(chars, lengths, timed)
    fraction, end = _fraction(tail, own)
    offset, zoned, known = _offset(tail, own, np.where(clocked, end, own))
    wall = seconds * clock.SECOND + np.where(timed, fraction, 0)
    at = wall - offset * clock.SECOND
    naive = np.flatnonzero(timed & ~zoned)
    if tz != "UTC" and naive.size:
        at[naive] = localized(wall[naive], tz)[0]
    return np.where(sane & known, at, MISSING)


def _tails(chars: Array, lengths: Ints, timed: Bools) -> tuple[Array, Ints, Bools]:
    """Return what ends the texts; where all end alike, of the first text alone."""
    alike = len(lengths) and (lengths == lengths[0]).all()
    rest = chars[SECONDS_END : lengths[0]] if alike else chars
    if alike and (rest == rest[:, :1]).all():
        return chars[:, :1], lengths[:1], timed[:1]
    return chars, lengths, timed


def _fraction(chars: Array, lengths: Ints) -> tuple[Ints, Ints]:
    """Return the microseconds after the second, and where they end."""
    count = chars.shape[1]
    value, end = np.zeros(count, np.int64), np.full(count, SECONDS_END)
    inside = chars[SECONDS_END] == ord(".")
    end += inside
    unit = 100_000
    for place in range(SECONDS_END + 1, min(int(lengths.max(initial=0)), WIDTH)):
        own = chars[place]
        inside = inside & (own >= ord("0")) & (own <= ord("9"))
        if not inside.any():
            break
        value += np.where(inside, (own - ord("0")).astype(np.int64) * unit, 0)
        end += inside
        unit //= 10
    return value, end


def _offset(chars: Array, lengths: Ints, end: Ints) -> tuple[Ints, Bools, Bools]:
    """Return the seconds east of UTC, which texts name them, and which end well."""
    left = lengths - end
    flat, rows = chars.reshape(-1), np.arange(chars.shape[1])

    def at(step: int) -> Array:
        place = np.minimum(end + step, WIDTH - 1)
        found: Array = flat[place * chars.shape[1] + rows]
        return found

    zulu = (left == 1) & ((at(0) == ord("Z")) | (at(0) == ord("z")))
    utc = left == ZONES[" UTC"]
    for step, letter in enumerate(b" UTC"):
        utc &= at(step) == letter
    zulu |= utc
    sign = np.where(at(0) == ord("+"), 1, np.where(at(0) == ord("-"), -1, 0))
    colon = (left == ZONES["+01:00"]) & (at(3) == ord(":"))
    signed = (sign != 0) & ((left == ZONES["+01"]) | (left == ZONES["+0100"]) | colon)
    digits = [
        at(1),
        at(2),
        np.where(colon, at(4), at(3)),
        np.where(colon, at(5), at(4)),
    ]
    short = left == ZONES["+01"]
    hours, minutes = (
        (digits[one].astype(np.int64) - ord("0")) * 10 + digits[one + 1] - ord("0")
        for one in (0, 2)
    )
    seconds = sign * (hours * 3_600 + np.where(short, 0, minutes) * 60)
    proper = (hours >= 0) & (hours < HOURS)
    proper &= short | ((minutes >= 0) & (minutes < SIXTY))
    signed &= proper
    return np.where(signed, seconds, 0), zulu | signed, zulu | signed | (left == 0)


def _days(at: Ints, chars: Array, shape: Bools) -> Ints:
    """Return the midnight of each time's day, as it is written where it is text."""
    found = np.where(at == MISSING, MISSING, at // clock.DAY * clock.DAY)
    good = np.flatnonzero(shape & (at != MISSING))
    lengths = np.full(len(good), DAY_LENGTH)
    found[good] = _read(chars[:, good], lengths, "UTC")
    return found


def _judged(
    at: Ints, whole: Bools, shape: Bools, number: Bools, *, epoch: str
) -> Parsed:
    outside = (at != MISSING) & ((at < 0) | (at >= clock.END_OF_TIME))
    lost = at == MISSING
    numbers = number & ~shape
    faults = {
        "T09": lost & numbers & (not epoch),
        "T10": lost & ~numbers,
        "T11": outside | (lost & numbers & bool(epoch)),
    }
    found = {code: rows for code, rows in faults.items() if rows.any()}
    return Parsed(np.where(outside, MISSING, at), whole, found)
