"""A private folder for what memory does not hold, gone at the end or at the next run.

Arrays go to it as they are, text as UTF-8; nothing that is read back can run.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
import time
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.doors.frames.columns import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from io import BufferedReader, BufferedWriter

    from attribution.arrays.ragged import Array

PREFIX = "attribution-blocks-"
LOCK = "in-use"
PLAIN, JOINED, RAGGED = "plain", "joined", "ragged"
"""How an array is held: as it is, text with NUL between, or text beside its sizes."""

HEAD = 8
"""Bytes that tell how long the head of a record is."""

YOUNG = 60.0
"""Seconds in which a folder without a lock may be one that is just being made."""


class Scratch:
    """A folder that only this user may enter, removed by :meth:`close`.

    It is removed too when the object is no longer used and when Python ends. A folder
    that a killed process left is removed by the next one: its lock is free.

    Example:
        >>> scratch = Scratch()
        >>> scratch.folder.is_dir()
        True
        >>> scratch.close()
        >>> scratch.folder.exists()
        False
    """

    folder: Path

    def __init__(self) -> None:
        """Make the folder, in ``TMPDIR`` or the system's place for such."""
        place = Path(tempfile.gettempdir())
        _sweep(place)
        with telling_where(place):
            self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
            lock = (self.folder / LOCK).open("wb")
        _locked(lock)
        self._remove = weakref.finalize(self, _removed, self.folder, lock, os.getpid())

    def close(self) -> None:
        """Remove the folder and all in it."""
        self._remove()

    @property
    def closed(self) -> bool:
        """Return whether the folder is gone."""
        return not self._remove.alive

    @contextmanager
    def appending(self, name: str) -> Iterator[BufferedWriter]:
        """Open a file of the folder to add to its end.

        Raises:
            OSError: It cannot be written, or the disk is full; its text says where.
        """
        with telling_where(self.folder), (self.folder / name).open("ab") as handle:
            yield handle

    @contextmanager
    def reading(self, name: str) -> Iterator[BufferedReader]:
        """Open a file of the folder that was written before."""
        with (self.folder / name).open("rb") as handle:
            yield handle

    def records(self, name: str) -> Iterator[tuple[Any, list[Array]]]:
        """Return what :func:`write_record` has added to a file, if it is there."""
        if not (self.folder / name).exists():
            return
        with self.reading(name) as handle:
            while (record := read_record(handle)) is not None:
                yield record

    def array(self, name: str, kind: np.dtype[Any], size: int) -> Array:
        """Return a new array of ``size`` zeros that lies in a file of the folder.

        It stays good when the folder is closed. Objects and empty arrays are in memory.

        Raises:
            OSError: It cannot be written, or the disk is full; its text says where.
        """
        if kind.hasobject or not size:
            return np.zeros(size, kind)
        with telling_where(self.folder), (self.folder / name).open("w+b") as handle:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle.fileno(), 0, size * kind.itemsize)
            return np.asarray(np.memmap(handle, kind, "r+", shape=(size,)))

    def drop(self, name: str) -> None:
        """Remove a file of the folder if it is there."""
        (self.folder / name).unlink(missing_ok=True)


@contextmanager
def telling_where(folder: Path) -> Iterator[None]:
    """Add to an OSError which folder it was and how to name another.

    Example:
        >>> with telling_where(Path("there")):
        ...     raise OSError(28, "No space left on device")
        Traceback (most recent call last):
        OSError: [Errno 28] No space left on device (blocks go to a temporary folder; \
TMPDIR names another place): 'there'
    """
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error)
        hint = "blocks go to a temporary folder; TMPDIR names another place"
        number = error.errno or errno.EIO
        raise OSError(number, f"{what} ({hint})", str(folder)) from error


def _locked(lock: BufferedWriter) -> bool:
    """Return whether this process now holds the lock, as it does until it ends."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover  (Windows has no such locks)
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _removed(folder: Path, lock: BufferedWriter, process: int) -> None:
    lock.close()
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path) -> None:
    """Remove the folders whose process is gone."""
    for folder in place.glob(f"{PREFIX}*"):
        try:
            own = folder.stat().st_uid == os.getuid()
            if not own or time.time() - folder.stat().st_mtime < YOUNG:
                continue
            with (folder / LOCK).open("ab") as lock:
                if _locked(lock):
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def write_record(handle: BufferedWriter, facts: Any, arrays: Sequence[Array]) -> None:
    """Add JSON values and arrays to a file; arrays of objects hold text alone.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> write_record(file, {"a": 1}, [np.array(["é", ""], object)])
        >>> _ = file.seek(0)
        >>> read_record(file)
        ({'a': 1}, [array(['é', ''], dtype=object)])
    """
    forms: list[tuple[str, list[tuple[str, int]]]] = []
    parts: list[Array] = []
    for one in arrays:
        form, own = _encoded(one)
        forms.append((form, [(part.dtype.str, len(part)) for part in own]))
        parts += own
    head = json.dumps([facts, forms]).encode()
    handle.write(len(head).to_bytes(HEAD, "little"))
    handle.write(head)
    handle.writelines(np.ascontiguousarray(part).data for part in parts)


def read_record(handle: BufferedReader) -> tuple[Any, list[Array]] | None:
    """Return the next record of a file, None at its end."""
    size = handle.read(HEAD)
    if not size:
        return None
    facts, forms = json.loads(handle.read(int.from_bytes(size, "little")))
    found = []
    for form, parts in forms:
        own = [_read(handle, np.dtype(kind), count) for kind, count in parts]
        found.append(_decoded(form, own))
    return facts, found


def _read(handle: BufferedReader, kind: np.dtype[Any], count: int) -> Array:
    found = np.empty(count, kind)
    handle.readinto(found.view(np.uint8).data)
    return found


def _encoded(array: Array) -> tuple[str, tuple[Array, ...]]:
    """Return how an array is held, and the arrays that hold it.

    Text is one run of bytes: to split it is many times as fast as to decode each.
    """
    if array.dtype != object:
        return PLAIN, (array,)
    whole = "\0".join(array.tolist())
    if len(array) and whole.count("\0") == len(array) - 1:
        return JOINED, (_bytes_of(whole),)
    sizes = np.array([len(one) for one in array.tolist()], np.int64)
    return RAGGED, (sizes, _bytes_of("".join(array.tolist())))


def _bytes_of(text: str) -> Array:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def _text_of(content: Array) -> str:
    return content.tobytes().decode("utf-8", "surrogatepass")


def _decoded(form: str, parts: Sequence[Array]) -> Array:
    if form == PLAIN:
        return parts[0]
    if form == JOINED:
        return np.array(_text_of(parts[0]).split("\0"), object)
    ends, whole = np.cumsum(parts[0]).tolist(), _text_of(parts[1])
    found = np.empty(len(ends), object)
    found[:] = [whole[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return found


def write_columns(
    handle: BufferedWriter, columns: Mapping[str, Column], beside: Sequence[Array]
) -> None:
    """Add raw columns to a file, and further arrays before them."""
    facts, arrays = {}, list(beside)
    for name, column in columns.items():
        facts[name] = {
            "kind": column.kind, "aware": column.aware, "narrow": column.narrow
        }  # fmt: skip
        arrays += [column.missing, *_arrays_of(column)]
    write_record(handle, facts, arrays)


def _arrays_of(column: Column) -> tuple[Array, Array]:
    if column.kind == "decimal":
        texts = np.empty(len(column), object)
        values = column.values.tolist()
        texts[:] = ["" if value is None else str(value) for value in values]
        return texts, np.zeros(0)
    labels = column.text_labels() if column.kind == "text" else np.zeros(0)
    return column.values, labels


def columns_of(facts: Any, arrays: Sequence[Array]) -> dict[str, Column]:
    """Return the raw columns of a record that :func:`write_columns` has written."""
    from decimal import Decimal

    own, found = arrays[len(arrays) - 3 * len(facts) :], {}
    for at, (name, fact) in enumerate(facts.items()):
        missing, values, labels = own[3 * at : 3 * at + 3]
        if fact["kind"] == "decimal":
            exact = np.empty(len(values), object)
            exact[:] = [Decimal(one or 0) for one in values.tolist()]
            values = exact
        named = labels if fact["kind"] == "text" else None
        found[name] = Column(values=values, missing=missing, labels=named, **fact)
    return found
