"""Times that are all written in one way, read eight characters at a time.

Eight characters are one integer, and what is done to it is done to each of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import clock
from attribution.arrays.words import BYTES

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Bools, Ints

WIDTH: Final = 19
"""How long ``2026-03-31T12:00:00`` is."""

MARK: Final = 10
FIELDS: Final = ("date", "day", "time")
FORMATS: Final = ("<u8", "<u2", "<u8")
PLACES: Final = (0, 8, 11)
FIRST, YEARS = 1970, 230
MONTHS, DATES, HOURS, SIXTY = 12, 31, 24, 60
BYTE: Final = 0xFF
HIGH: Final = 0x80
"""The bit that a byte of ASCII lacks."""

TO_TEN, TO_ONE = HIGH - 10, HIGH - 1
"""What gives that bit to values of ten and more, of one and more."""


def wall_clock(texts: Array) -> Ints | None:
    """Return what a clock shows in texts as ``2026-03-31T12:00:00.000+0000``.

    Args:
        texts: Bytes of one width, all of it used.

    Returns:
        int64 microseconds since 1970; None where texts differ in more than the digits
        of their time, are shorter, or one names no time of the years 1970 to 2199.

    Example:
        >>> wall_clock(np.array([b"1970-01-01T00:01:00Z"]))
        array([60000000])
        >>> wall_clock(np.array([b"1970-02-30T00:01:00Z"])) is None
        True
    """
    if texts.dtype.kind != "S" or texts.itemsize < WIDTH or not _alike(texts):
        return None
    fields: Any = {"names": FIELDS, "formats": FORMATS, "offsets": PLACES}
    fields["itemsize"] = texts.itemsize
    parts = texts.view(np.dtype(fields))
    date, wrong = _pairs(parts["date"], b"0000-00-")
    day, odd_day = _pairs(parts["day"], b"00")
    time, odd_time = _pairs(parts["time"], b"00:00:00")
    year = (date & BYTE) * 100 + ((date >> 16) & BYTE) - FIRST
    month, of_month = ((date >> 40) & BYTE) - 1, (day & BYTE) - 1
    hour, minute = time & BYTE, (time >> 24) & BYTE
    second = (time >> 48) & BYTE
    wrong |= odd_day | odd_time | (year >= YEARS) | (month >= MONTHS)
    wrong |= (of_month >= DATES) | (hour >= HOURS) | (minute >= SIXTY)
    if (wrong | (second >= SIXTY)).any():
        return None
    midnight = _calendar()[((year * MONTHS + month) * DATES + of_month).view(np.int64)]
    if midnight.min() < 0:
        return None
    seconds = (hour * SIXTY + minute) * SIXTY + second
    found: Ints = midnight + seconds.view(np.int64) * clock.SECOND
    return found


def _alike(texts: Array) -> bool:
    """Return whether what parts day and time, and what follows, is the same in all."""
    if not len(texts):
        return False
    chars = np.ascontiguousarray(texts).view(np.uint8)
    width, last = texts.itemsize, texts.itemsize - BYTES
    words = (*range(WIDTH, last, BYTES), last) if last >= WIDTH else ()
    single = (MARK, *(() if words else range(WIDTH, width)))
    return all(
        (column == column[0]).all()
        for kind, places in (("<u8", words), ("u1", single))
        for column in (np.ndarray(len(texts), kind, chars, at, width) for at in places)
    )


def _pairs(words: Array, pattern: bytes) -> tuple[Array, Bools]:
    """Return the numbers of two digits that begin at each character, and which are odd.

    Args:
        words: Unsigned integers of as many bytes as ``pattern``, little-endian.
        pattern: ``0`` where a digit is to be, else the character itself.
    """
    nearly = bytes(TO_TEN if one == ord("0") else TO_ONE for one in pattern)
    digits = words.astype(np.uint64) ^ int.from_bytes(pattern, "little")
    beyond = (digits + int.from_bytes(nearly, "little")) | digits
    high = int.from_bytes(bytes([HIGH] * len(pattern)), "little")
    return digits * 10 + (digits >> 8), (beyond & high) != 0


@cache
def _calendar() -> Ints:
    """Return the midnights of months of 31 dates each, -1 where there is no such."""
    months = np.arange(YEARS * MONTHS + 1).astype("M8[M]").astype("M8[D]")
    begins = months.astype(np.int64)
    dates = np.arange(DATES)
    there = dates < np.diff(begins)[:, None]
    found = np.where(there, (begins[:-1, None] + dates) * clock.DAY, -1)
    return found.reshape(-1)
