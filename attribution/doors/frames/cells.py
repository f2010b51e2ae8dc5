"""The cells of a column, side by side as bytes: cut from plain lines or from texts."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from attribution.arrays.words import BYTES
from attribution.doors.frames.ids import END_OF_ASCII, WIDEST
from attribution.doors.marks import COMMA, LF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Ints

    Bytes = NDArray[np.uint8]

STEP = 1 << 17
"""Bytes looked at at a time, so that what is made of them stays in the cache."""

UNLIKE = -1


class Cells(NamedTuple):
    """The cells of one column of a block, in their order.

    ``texts``: dtype ``S``, (rows,), UTF-8 without NUL, empty where missing. ``gaps``:
    some are missing. ``width``: how many bytes each of the others has, if they are
    ASCII and none begins with a space; 0 if there are none, -1 if they are not so.
    """

    texts: Array
    gaps: bool
    width: int


class _Spans(NamedTuple):
    """Where the cells of a column stand: int64, (rows,), and the extreme lengths."""

    starts: Ints
    lengths: Ints
    least: int
    most: int

    @classmethod
    def of(cls, starts: Ints, ends: Ints) -> _Spans:
        lengths = ends - starts
        least, most = (int(lengths.min()), int(lengths.max())) if len(ends) else (0, 0)
        return cls(starts, lengths, least, most)

    @property
    def alike(self) -> bool:
        return self.least == self.most > 0


def of_lines(
    body: bytes, lines: int, columns: Sequence[int], count: int
) -> list[Cells] | None:
    r"""Return the cells of some columns of plain lines, None if one is too wide.

    Args:
        body: Lines without quotes, CR and NUL, each ended by LF.
        lines: How many they are.
        columns: The positions of those that are read, in order.
        count: How many cells each line is to have.

    Raises:
        ValueError: A line has more cells, or fewer.

    Example:
        >>> [one.texts.tolist() for one in of_lines(b"a,bc\nd,\n", 2, [0, 1], 2)]
        [[b'a', b'd'], [b'bc', b'']]
    """
    raw = np.frombuffer(body, np.uint8)
    ends = _separators(raw)
    if len(ends) != lines * count or (raw[ends[count - 1 :: count]] != LF).any():
        message = f"lines that have not {count} cells"
        raise ValueError(message)
    ends = np.ascontiguousarray(ends.reshape(lines, count).T)
    spans = [_Spans.of(_starts(ends, column), ends[column]) for column in columns]
    if any(one.most > WIDEST for one in spans):
        return None
    ascii_only, found = body.isascii(), list[Cells]()
    runs = [
        column - place if span.alike else None
        for place, (column, span) in enumerate(zip(columns, spans, strict=True))
    ]
    for run, some in groupby(zip(runs, spans, strict=True), lambda one: one[0]):
        own = [span for _, span in some]
        if run is None:
            found += [_filled(raw, span, ascii_only=ascii_only) for span in own]
        else:
            found += _beside(raw, own, ascii_only=ascii_only)
    return found


def of_texts(texts: Any) -> Cells | None:
    """Return an Arrow array of large strings as cells, None if one is too wide.

    Example:
        >>> import pyarrow as pa
        >>> of_texts(pa.array(["ab", None], pa.large_string()))
        Cells(texts=array([b'ab', b''], dtype='|S8'), gaps=True, width=2)
    """
    _, places, chars = texts.buffers()
    ends = np.zeros(1, np.int64)
    if len(texts):
        ends = np.frombuffer(places, np.int64)[texts.offset :][: len(texts) + 1]
    raw = np.frombuffer(chars or b"", np.uint8)[: ends[-1]]
    span = _Spans.of(ends[:-1], ends[1:])
    if span.most > WIDEST:
        return None
    return _filled(raw, span, ascii_only=raw.max(initial=0) < END_OF_ASCII)


def _separators(raw: Bytes) -> Ints:
    """Return where the commas and line ends are."""
    found = [np.zeros(0, np.int64)]
    for first in range(0, len(raw), STEP):
        own = raw[first : first + STEP]
        marks = own == COMMA
        marks |= own == LF
        found.append(np.flatnonzero(marks) + first)
    return np.concatenate(found)


def _starts(ends: Ints, column: int) -> Ints:
    """Return where the cells of a column begin, from the ends of all columns."""
    if column:
        return ends[column - 1] + 1
    return np.concatenate([np.zeros(1, np.int64), ends[-1, :-1] + 1])


def _beside(raw: Bytes, spans: Sequence[_Spans], *, ascii_only: bool) -> list[Cells]:
    """Return neighbouring columns of one width each: taken together, seen apart."""
    first, last = spans[0], spans[-1]
    offsets = [int(one.starts[0] - first.starts[0]) for one in spans]
    chars = _taken(raw, first.starts, offsets[-1] + last.most)
    found = []
    for offset, span in zip(offsets, spans, strict=True):
        own = chars[:, offset : offset + span.most]
        plain = ascii_only or own.max() < END_OF_ASCII
        plain = plain and own[:, 0].min() > ord(" ")
        texts = np.ascontiguousarray(own).view(f"S{span.most}")[:, 0]
        found.append(Cells(texts, gaps=False, width=span.most if plain else UNLIKE))
    return found


def _filled(raw: Bytes, span: _Spans, *, ascii_only: bool) -> Cells:
    """Return cells of any width, filled up with NUL to whole words."""
    count = -(-span.most // BYTES) or 1
    chars = _taken(raw, span.starts, count * BYTES)
    words = chars.view(np.uint64)
    if span.least < count * BYTES:
        words &= _masks(count).take(span.lengths, axis=0)
    texts = words.view(f"S{count * BYTES}")[:, 0]
    there = span.lengths > 0
    plain = (span.alike or (span.lengths[there] == span.most).all()) and (
        (ascii_only or chars.max(initial=0) < END_OF_ASCII)
        and (chars[there, 0] > ord(" ")).all()
    )
    return Cells(texts, gaps=span.least == 0, width=span.most if plain else UNLIKE)


def _taken(raw: Bytes, starts: Ints, size: int) -> Bytes:
    """Return so many bytes from each place on, (places, size), zeros beyond the end."""
    if len(starts) and int(starts[-1]) + size > len(raw):
        raw = np.concatenate([raw, np.zeros(size, np.uint8)])
    every = np.ndarray((max(len(raw) - size + 1, 0),), f"V{size}", raw, 0, (1,))
    return every[starts].view(np.uint8).reshape(len(starts), size)


@cache
def _masks(count: int) -> NDArray[np.uint64]:
    """Return what leaves of so many words the first bytes: (8 * count + 1, count)."""
    size = count * BYTES
    kept = np.tri(size + 1, size, -1, np.bool_)
    return (kept * np.uint8(255)).view(np.uint64)
