"""The guard of CSV: it hands on only bytes that it has checked, chunk by chunk.

A table of any size is checked in bounded memory, before the parser can rename, pad or
drop anything.
"""

from __future__ import annotations

import codecs
import io
from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.doors.marks import (
    Chunk,
    Place,
    line_ends,
    plain_lines,
    plain_records,
    whole_lines,
)
from attribution.doors.markup import escape_text
from attribution.doors.streams import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Never

    from attribution.doors.streams import Limits

HEADER = 1 << 22
"""Bytes within which the header line must end."""

_QUOTING = 'Write a cell that holds a quote in quotes, with each quote doubled: "".'


class Block(NamedTuple):
    """Whole records of a table, ``body``.

    ``place``: where they begin, if they are plain lines whose cells are still to be
    counted; None if they are checked wholly, and then the header is before them.
    """

    body: bytes
    place: Place | None = None


class CheckedCsv(io.BufferedIOBase):
    r"""A CSV stream, of checked bytes only; ``labels`` are its column names.

    Reading raises the InputError of what it comes upon: S02 column names twice; S09
    rows with too few or too many cells, NUL bytes, quotes amiss; S11 too many rows or
    columns, too long a cell. Blank lines are left out, but in a table of one column
    each is a row. The header holds numbers in place of the names: pandas takes a
    byte-order mark out of names, and out of the first cell if the header ends in CR.

    Example:
        >>> from attribution.doors.streams import Limits
        >>> stream = CheckedCsv([b"a,b\n\n1,2\n"], "deals.csv", Limits())
        >>> stream.labels, stream.read()
        (('a', 'b'), b'0,1\n1,2\n')
    """

    def __init__(self, source: Iterable[bytes], table: str, limits: Limits) -> None:
        self._table, self._limits = table, limits
        self._place = Place()
        self._source = whole_lines(source)
        header, rest = self._header()
        chunk = Chunk.of(header, self._place, columns=0)
        self._columns = len(chunk.ends)
        self._checked(header)
        self.labels = self._labels(chunk)
        self._ready = ",".join(map(str, range(self._columns))).encode() + b"\n"
        self._unchecked = chain(filter(None, [rest]), self._source)
        self._blocks = self._body()

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to ``size`` checked bytes, all of them if it is negative."""
        if size is None or size < 0:
            return b"".join(iter(self.read1, b""))
        return self.read1(size)

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` checked bytes of one chunk, none at the end."""
        while not self._ready:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._ready = block
        cut = len(self._ready) if size < 0 else size
        found, self._ready = self._ready[:cut], self._ready[cut:]
        return found

    def blocks(self, size: int) -> Iterator[Block]:
        r"""Return the table as blocks for a parser that counts cells itself.

        Plain lines come as they are read, without the header; all else is checked
        wholly, in blocks of about ``size`` bytes that begin with it.

        Example:
            >>> from attribution.doors.streams import Limits
            >>> stream = CheckedCsv([b'a\n1\n', b'"2"\n'], "deals.csv", Limits())
            >>> [block.body for block in stream.blocks(1)]
            [b'1\n', b'0\n"2"\n']
        """
        header, held = self.read1(), bytearray()
        for block in self._unchecked:
            before = self._place
            lines = self._plain(block, plain_lines)
            if lines:
                if held:
                    yield Block(header + held)
                    held.clear()
                self._place = before.beyond(lines)
                yield Block(block, before)
                continue
            held += self._checked(block)
            if self._place.between and len(held) > size:
                yield Block(header + held)
                held.clear()
        held += self._last()
        if held:
            yield Block(header + held)

    def recheck(self, block: Block) -> None:
        """Raise what is wrong with the cells of a block, if they are not counted yet.

        Reading cannot go on after it.
        """
        if block.place is not None:
            self._place = block.place
            self._checked(block.body)

    def _header(self) -> tuple[bytes, bytes]:
        """Return the header record with its line end, and what was read beyond it."""
        found = b""
        for block in self._source:
            full = found + block
            found = full.lstrip(b"\r\n")
            lines = self._place.lines + line_ends(full[: len(full) - len(found)])
            self._place = replace(self._place, lines=lines, line=lines + 1)
            if not found:
                continue
            chunk = Chunk.of(found, self._place, columns=0)
            if len(chunk.closing):
                end = int(chunk.after[chunk.closing[0]])
                return found[:end], found[end:]
            if len(found) > HEADER:
                raise self._too_large(f"a header line of more than {HEADER} bytes")
        if not found:
            raise fault("S09", self._table, "is empty.", "A header line comes first.")
        if found.count(b'"') % 2:
            self._unclosed()
        return found + b"\n", b""

    def _labels(self, header: Chunk) -> tuple[str, ...]:
        if self._columns > self._limits.columns:
            what = f"{self._columns} columns, the limit is {self._limits.columns}"
            raise self._too_large(what)
        cells = [
            header.body[start:end].decode()
            for start, end in zip(header.starts, header.ends, strict=True)
        ]
        labels = tuple(
            cell[1:-1].replace('""', '"') if cell.startswith('"') else cell
            for cell in cells
        )
        twice = [label for label, count in Counter(labels).items() if count > 1]
        if twice:
            what = f"has columns twice: {', '.join(map(escape_text, twice))}."
            remedy = "Rename or drop one of each."
            raise fault("S02", self._table, what, remedy, column=twice[0])
        return labels

    def _body(self) -> Iterator[bytes]:
        for block in self._unchecked:
            yield self._checked(block)
        yield self._last()

    def _last(self) -> bytes:
        """Return the line end that the last record lacks."""
        place = self._place
        if place.inside:
            self._unclosed()
        if place.cells or place.plain or place.quotes:
            return self._checked(b"\n")
        return b""

    def _plain(self, block: bytes, count: Callable[[bytes, int, int], int]) -> int:
        """Return how many plain lines a block is by ``count``, 0 if it is not."""
        if not self._place.between or block.startswith(codecs.BOM_UTF8):
            return 0
        lines = count(block, self._columns, self._limits.field)
        return lines if 0 < lines <= self._limits.rows - self._place.rows else 0

    def _checked(self, block: bytes) -> bytes:
        """Return the block without its blank lines, and move the place beyond it."""
        lines = self._plain(block, plain_records)
        if lines:
            self._place = self._place.beyond(lines)
            return block
        chunk = Chunk.of(block, self._place, columns=self._columns)
        zero, stray = block.find(b"\0"), chunk.stray_quote()
        if zero >= 0:
            line = self._place.lines + line_ends(block[:zero]) + 1
            what = f"line {line} holds a NUL byte."
            raise fault("S09", self._table, what, "Save the table as CSV again.")
        if stray >= 0:
            what = "has a quote within a cell, or one never closed."
            self._fail(chunk, stray, what, _QUOTING)
        long = chunk.longer(self._limits.field)
        if long >= 0:
            what = f"has a cell of more than {self._limits.field} characters."
            remedy = "Shorten it, close its quote, or raise Limits.field."
            self._fail(chunk, long, what, remedy, code="S11")
        self._check_counts(chunk)
        self._place = chunk.end()
        if self._place.rows > self._limits.rows:
            raise self._too_large(f"more than {self._limits.rows} rows")
        return chunk.without_blanks()

    def _check_counts(self, chunk: Chunk) -> None:
        cells = chunk.cells()
        wrong = (cells[:-1] != self._columns) & ~chunk.blank
        bad = np.flatnonzero(np.append(wrong, cells[-1] >= self._columns))
        if not len(bad):
            return
        record = int(bad[0])
        at = int(chunk.after[chunk.closing[record - 1]]) if record else 0
        found, known = int(cells[record]), self._columns
        amount = f"more than {known}" if found >= known else f"only {found}"
        what = f"has {amount} cells, the header has {known}."
        self._fail(chunk, at, what, "Save the table again, every row with every cell.")

    def _fail(
        self, chunk: Chunk, at: int, what: str, remedy: str, *, code: str = "S09"
    ) -> Never:
        line, row = chunk.record_at(at)
        known = row if row >= 0 else None
        raise fault(code, self._table, f"line {line} {what}", remedy, row=known)

    def _unclosed(self) -> Never:
        row = self._place.rows if self._place.rows >= 0 else None
        what = f"line {self._place.line} has a quote never closed."
        raise fault("S09", self._table, what, _QUOTING, row=row)

    def _too_large(self, what: str) -> Exception:
        remedy = "Read what is needed of it, or raise the Limits."
        return fault("S11", self._table, f"has {what}.", remedy)
