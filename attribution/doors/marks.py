"""Where cells and records end in a chunk of CSV bytes, found by numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Bools, Ints

    Bytes = NDArray[np.uint8]

QUOTE, COMMA, LF, CR = b'",\n\r'
_EDGES = np.array([QUOTE, COMMA, LF, CR], np.uint8)
_UTF8_LEAD, _UTF8_MORE = 0xC0, 0x80


@dataclass(frozen=True)
class Place:
    """Where a reader stands between two chunks.

    ``lines``: line ends seen; ``line``: the line on which the open record began;
    ``rows``: records seen, the header left out; ``cells``: cells of the open record
    that have ended; ``plain``, ``quotes``: characters and quotes of the open cell;
    ``inside``: within quotes; ``last``: the last byte.

    Example:
        >>> Place().line
        1
    """

    lines: int = 0
    line: int = 1
    rows: int = -1
    cells: int = 0
    plain: int = 0
    quotes: int = 0
    inside: bool = False
    last: int = LF

    @property
    def between(self) -> bool:
        """Return whether the header is over and no record is open."""
        open_cell = self.cells or self.plain or self.quotes or self.inside
        return self.rows >= 0 and not open_cell

    def beyond(self, records: int) -> Place:
        """Return the place after so many records of one line each, ended by LF.

        Example:
            >>> Place(rows=0).beyond(2)
            Place(lines=2, line=3, rows=2, cells=0, plain=0, quotes=0, inside=False, \
last=10)
        """
        lines = self.lines + records
        return Place(lines=lines, line=lines + 1, rows=self.rows + records)


@dataclass(frozen=True)
class Chunk:
    r"""A chunk with the cells and records that end in it, as positions of its bytes.

    ``place``: where it begins. ``starts``, ``ends``: int64, (cells,), a cell is
    ``body[start:end]``; ``after``: int64, (cells,), where the next cell starts.
    ``closing``: int64, (records,), the position in ``ends`` of each record's last
    cell; ``blank``: bool, (records,), the records to be left out. ``inside``: whether
    the chunk ends in quotes.

    Example:
        >>> chunk = Chunk.of(b"a,b\n1,2\n", Place(), columns=2)
        >>> chunk.ends.tolist(), chunk.closing.tolist()
        ([1, 3, 5, 7], [1, 3])
    """

    body: bytes
    place: Place
    starts: Ints
    ends: Ints
    after: Ints
    closing: Ints
    blank: Bools
    inside: bool

    @classmethod
    def of(cls, body: bytes, place: Place, *, columns: int) -> Chunk:
        """Return ``body``, not empty and not cut within a CR LF, with its marks.

        Args:
            body: The bytes.
            place: Where they begin.
            columns: How many the table has; in a table of one, no record is blank.
        """
        raw = np.frombuffer(body, np.uint8)
        marks: Bools = (raw == COMMA) | (raw == LF) | (raw == CR)
        inside = place.inside
        if inside or b'"' in body:
            within = np.logical_xor.accumulate(raw == QUOTE) ^ inside
            marks &= ~within
            inside = bool(within[-1])
        ends = np.flatnonzero(marks)
        kinds = raw[ends]
        second = (kinds == LF) & (ends > 0) & (raw[ends - 1] == CR)
        ends, kinds = ends[~second], kinds[~second]
        follower = raw[np.minimum(ends + 1, len(raw) - 1)]
        after = ends + 1 + ((kinds == CR) & (follower == LF))
        starts = np.append(0, after)[: len(ends)]
        closing = np.flatnonzero(kinds != COMMA)
        blank = (np.diff(closing, prepend=-1) == 1) & (ends == starts)[closing]
        if len(blank) and (place.cells or place.plain or place.quotes):
            blank[0] = False
        blank &= columns > 1
        return cls(body, place, starts, ends, after, closing, blank, inside)

    @property
    def raw(self) -> Bytes:
        """Return the bytes as uint8, (bytes,)."""
        return np.frombuffer(self.body, np.uint8)

    @property
    def rest(self) -> int:
        """Return where the open cell starts."""
        return int(self.after[-1]) if len(self.after) else 0

    def cells(self) -> Ints:
        """Return how many cells each record has, (records + 1,).

        The last is the open record's, of the cells that have ended.
        """
        closed = np.append(self.closing, len(self.ends) - 1)
        count = np.diff(closed, prepend=-1)
        count[0] += self.place.cells
        return count

    def record_at(self, at: int) -> tuple[int, int]:
        """Return the line on which the record that holds byte ``at`` begins, its row.

        Rows count from 0; the header is row -1.
        """
        edges = self.after[self.closing]
        before = int(np.searchsorted(edges, at, "right"))
        if not before:
            return self.place.line, self.place.rows
        lines = self.place.lines + line_ends(self.body[: int(edges[before - 1])])
        return lines + 1, self.place.rows + int((~self.blank[:before]).sum())

    def stray_quote(self) -> int:
        """Return the first byte that quoting does not allow, or -1.

        A quote opens at a cell's beginning only, and one that closes is followed by a
        comma, a line end, or (doubled) a quote.
        """
        raw, place = self.raw, self.place
        if place.last == QUOTE and not place.inside and raw[0] not in _EDGES:
            return 0
        quotes = np.flatnonzero(raw == QUOTE)
        if not len(quotes):
            return -1
        opens = (np.arange(len(quotes)) + place.inside) % 2 == 0
        before = np.where(quotes > 0, raw[quotes - 1], place.last)
        after = np.append(raw, QUOTE)[quotes + 1]
        bad = ~np.isin(np.where(opens, before, after), _EDGES)
        return int(quotes[bad][0]) if bad.any() else -1

    def longer(self, limit: int) -> int:
        """Return where the first cell of more than ``limit`` characters is, or -1."""
        ends = np.append(self.ends, len(self.body))
        starts = np.append(self.starts, self.rest)
        most = ends - starts
        most[0] += self.place.plain + self.place.quotes
        for at in np.flatnonzero(most > limit).tolist():
            plain, quotes = measured(self.raw[starts[at] : ends[at]])
            if at == 0:
                plain, quotes = plain + self.place.plain, quotes + self.place.quotes
            if plain + max(quotes // 2 - 1, 0) > limit:
                return int(starts[at])
        return -1

    def end(self) -> Place:
        """Return the place at which the chunk ends."""
        plain, quotes = measured(self.raw[self.rest :])
        if not len(self.ends):
            plain, quotes = plain + self.place.plain, quotes + self.place.quotes
        line, rows = self.record_at(len(self.body))
        return Place(
            lines=self.place.lines + line_ends(self.body),
            line=line,
            rows=rows,
            cells=int(self.cells()[-1]),
            plain=plain,
            quotes=quotes,
            inside=self.inside,
            last=self.body[-1],
        )

    def without_blanks(self) -> bytes:
        """Return the bytes without the blank records."""
        if not self.blank.any():
            return self.body
        keep = np.ones(len(self.body), np.bool_)
        gone = self.closing[self.blank]
        keep[self.ends[gone]] = False
        keep[self.after[gone] - 1] = False
        return self.raw[keep].tobytes()


def line_ends(body: bytes) -> int:
    r"""Return how many lines end in ``body``: LF, CR, or both.

    Example:
        >>> line_ends(b"a\r\nb\rc\n")
        3
    """
    ends = int(np.count_nonzero(np.frombuffer(body, np.uint8) == LF))
    if b"\r" in body:
        ends += body.count(b"\r") - body.count(b"\r\n")
    return ends


def measured(cell: Bytes) -> tuple[int, int]:
    """Return the number of characters but quotes, and of quotes, of UTF-8 bytes.

    Example:
        >>> measured(np.frombuffer('"é"'.encode(), np.uint8))
        (1, 2)
    """
    quotes = int((cell == QUOTE).sum())
    return int(((cell & _UTF8_LEAD) != _UTF8_MORE).sum()) - quotes, quotes


def whole_lines(source: Iterable[bytes]) -> Iterator[bytes]:
    r"""Return the chunks cut after their last LF, never between a CR and its LF.

    Example:
        >>> list(whole_lines([b"a\nb", b"c\nd", b"e"]))
        [b'a\n', b'bc\n', b'de']
    """
    held = b""
    for chunk in source:
        full = held + chunk if held else chunk
        end = full.rfind(b"\n") + 1 or len(full.removesuffix(b"\r"))
        if end:
            yield full[:end]
        held = full[end:]
    if held:
        yield held


def plain_lines(body: bytes, columns: int, longest: int) -> int:
    r"""Return how many lines a chunk is, -1 if they are not whole plain lines.

    Plain are lines without quotes, CR and NUL, none of more than ``longest`` bytes,
    ended by LF; none is blank but in a table of one column. Their cells are not
    counted.

    Example:
        >>> plain_lines(b"1,2\n3\n", 2, 9), plain_lines(b"1,2\n\n", 2, 9)
        (2, -1)
    """
    if not body.endswith(b"\n") or any(mark in body for mark in (b'"', b"\r", b"\0")):
        return -1
    if not _within(body, longest):
        return -1
    ends = np.flatnonzero(np.frombuffer(body, np.uint8) == LF)
    blank = ends[0] == 0 or (np.diff(ends) == 1).any()
    return -1 if blank and columns > 1 else len(ends)


def _within(body: bytes, longest: int) -> bool:
    """Return whether no line is of more than ``longest`` bytes."""
    at = 0
    while len(body) - at > longest:
        end = body.rfind(b"\n", at, at + longest)
        if end < 0:
            return False
        at = end + 1
    return True


def plain_records(body: bytes, columns: int, longest: int) -> int:
    r"""Return how many records plain lines are, -1 if one has not ``columns`` cells.

    Example:
        >>> plain_records(b"1,2\n3,4\n", 2, 9), plain_records(b"1,2\n3\n", 2, 9)
        (2, -1)
    """
    count = plain_lines(body, columns, longest)
    if count < 0:
        return -1
    raw = np.frombuffer(body, np.uint8)
    ends = np.flatnonzero((raw == LF) | (raw == COMMA))
    if len(ends) != count * columns:
        return -1
    return count if (raw[ends[columns - 1 :: columns]] == LF).all() else -1
