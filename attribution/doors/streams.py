"""Bytes of a file as checked chunks: its kind, its expansion, its encoding."""

from __future__ import annotations

import codecs
import gzip
import os
import stat
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from attribution.doors.markup import escape_text
from attribution.errors import InputError, issue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedIOBase, BufferedReader
    from pathlib import Path

CHUNK = 1 << 21
"""Bytes read at a time."""

FLOOR = 1 << 20
"""Bytes that a ``.gz`` may always expand to, however small it is."""

AS_CSV = "Save it as CSV (UTF-8)."

_MAGIC = {
    b"PK\x03\x04": "a zip archive, as .xlsx is",
    b"PK\x05\x06": "a zip archive, as .xlsx is",
    b"PK\x07\x08": "a zip archive, as .xlsx is",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"ARROW1\0\0": "an Arrow IPC file",
    b"\xff\xff\xff\xff": "an Arrow IPC stream",
    b"FEA1": "a Feather file",
    b"PAR1": "a Parquet file",
    **{bytes([0x80, protocol]): "a pickle" for protocol in range(2, 6)},
}

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAD = 4


@dataclass(frozen=True)
class Limits:
    """How large a table may be; more is an error before more is read.

    ``rows`` and ``columns`` of the table; ``field``: characters of one cell or column
    name; ``expansion``: how many times its own size a ``.gz`` may expand to.

    Example:
        >>> Limits(rows=1_000).expansion
        100
    """

    rows: int = 200_000_000
    columns: int = 2_000
    field: int = 1_000_000
    expansion: int = 100


LIMITS = Limits()
"""The limits unless others are given."""


def fault(
    code: str,
    table: str,
    what: str,
    remedy: str,
    *,
    column: str = "",
    row: int | None = None,
) -> InputError:
    """Return the InputError of one fault of a file, to be raised.

    Args:
        code: Its row in the catalogue.
        table: The file's name, escaped.
        what: The sentence that says what is wrong.
        remedy: The sentence that says what to do.
        column: The column at fault, as it was found.
        row: The position of the row at fault (0 is the first), where it is known.

    Example:
        >>> str(fault("S09", "a.csv", "is empty.", "Save it again."))
        '[S09] a.csv: is empty. Save it again.'
    """
    rows = None if row is None else [row]
    where = (table, escape_text(column))
    return InputError([issue(code, "error", where, what, remedy=remedy, rows=rows)])


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file for reading.

    Raises:
        InputError: F05, it is not there, is not a file, or may not be read.

    Example:
        >>> from pathlib import Path
        >>> with opened(Path("folder")) as handle:  # doctest: +ELLIPSIS
        ...     pass
        Traceback (most recent call last):
        attribution.errors.InputError: [F05] folder: cannot be read: No such file...
    """
    name = escape_text(path.name)
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
        handle = path.open("rb") if regular else None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        what = f"cannot be read: {reason}."
        raise fault("F05", name, what, "Name a file that can be read.") from error
    if handle is None:
        raise fault("F05", name, "is a folder or a device.", "Name a file.")
    with handle:
        yield handle


def kind_of(head: bytes) -> str:
    """Return what a file that begins with ``head`` is, "" where no kind is known.

    Example:
        >>> kind_of(b"PAR1...")
        'a Parquet file'
    """
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")


def chunks(
    handle: BufferedIOBase, table: str, limits: Limits, *, packed: bool
) -> Iterator[bytes]:
    """Return the text bytes of an opened file in chunks, unpacked from gzip if so.

    Raises:
        InputError: F04 the gzip is broken or expands too far; F05 the bytes are those
            of a zip archive, workbook, pickle, Arrow or Parquet file.

    Example:
        >>> import io
        >>> list(chunks(io.BytesIO(b"a,b"), "a.csv", Limits(), packed=False))
        [b'a,b']
    """
    plain = iter(partial(_lines, handle), b"")
    source = _unpacked(handle, table, limits) if packed else plain
    first = next(source, b"")
    kind = kind_of(first)
    if kind:
        what = f"is {kind}, whatever its name says: CSV, JSON and Parquet are read."
        raise fault("F05", table, what, AS_CSV)
    return chain([first], source)


def _lines(handle: BufferedIOBase) -> bytes:
    """Return the next chunk, with the rest of its last line so that none is cut."""
    chunk = handle.read(CHUNK)
    return chunk if chunk.endswith(b"\n") else chunk + handle.readline(CHUNK)


def _unpacked(handle: BufferedIOBase, table: str, limits: Limits) -> Iterator[bytes]:
    size = os.fstat(handle.fileno()).st_size
    bound = max(FLOOR, limits.expansion * size)
    total = 0
    with gzip.GzipFile(fileobj=handle) as archive:
        while chunk := _next_of(archive, table):
            total += len(chunk)
            if total > bound:
                what = f"expands to more than {limits.expansion} times its size."
                raise fault("F04", table, what, "Unpack it, look at it, then read it.")
            yield chunk


def _next_of(archive: gzip.GzipFile, table: str) -> bytes:
    try:
        return archive.read(CHUNK)
    except (EOFError, OSError, zlib.error) as error:
        what = "is not gzip, or is damaged or cut short."
        raise fault("F04", table, what, "Fetch or pack it again.") from error


def _not_utf8(table: str, offset: int, found: str) -> InputError:
    what = f"is not UTF-8: {found} at byte offset {offset}."
    return fault("S10", table, what, 'Save it as "CSV UTF-8" or with encoding UTF-8.')


def utf8(source: Iterable[bytes], table: str) -> Iterator[bytes]:
    r"""Return the chunks of ``source`` as checked UTF-8, without its byte-order mark.

    Raises:
        InputError: S10, with the offset of the first byte at fault.

    Example:
        >>> list(utf8([b"\xef\xbb\xbfteam,", b"amount"], "a.csv"))
        [b'team,', b'amount']
    """
    rest, head = iter(source), b""
    for chunk in rest:
        head += chunk
        if len(head) >= _HEAD:
            break
    zeros = [at for at, byte in enumerate(head[:_HEAD]) if not byte]
    if head.startswith(_UTF16) or zeros in ([0, 2], [1, 3]):
        raise _not_utf8(table, 0, "UTF-16 begins")
    body = head.removeprefix(codecs.BOM_UTF8)
    offset = len(head) - len(body)
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in chain(filter(None, chain([body], rest)), [b""]):
        kept = len(decoder.getstate()[0])
        if not kept and chunk.isascii():
            offset += len(chunk)
            if chunk:
                yield chunk
            continue
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            place = offset - kept + error.start
            found = f"byte 0x{error.object[error.start]:02x}"
            raise _not_utf8(table, place, found) from error
        offset += len(chunk)
        if chunk:
            yield chunk
