"""Tables too large for memory, read in batches: CSV, Parquet, DuckDB, and frames."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attribution.doors import parquet
from attribution.doors.files import ending_of
from attribution.doors.frames import parts
from attribution.doors.frames.native import read_table
from attribution.doors.guards import CheckedCsv
from attribution.doors.markup import escape_text
from attribution.doors.streams import LIMITS, chunks, fault, opened, utf8
from attribution.errors import InputError, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BATCH: Final = 1 << 18
"""Rows that are read at a time, unless a block is smaller."""

LARGE: Final = replace(LIMITS, rows=1 << 40)
"""The limits of tables that memory need not hold."""

Identity = tuple[int, ...] | None

ARROW: Final = "Install the extra: pip install 'revenue-attribution[arrow]'."


@dataclass(frozen=True)
class Stream:
    """A table that is read once, in batches.

    ``head``: a frame of its columns without rows. ``batches``, given the columns to
    read and the rows of a batch, gives frames, each with how many of ``total`` units
    (rows, or bytes of CSV) were read by then.
    """

    head: Any
    total: int
    batches: Callable[[Sequence[str], int], Iterator[tuple[Any, int]]]


def stream_of(source: object, table: str) -> Stream:
    """Return a source of touches as a stream: a path, a DuckDB relation, or a frame.

    Raises:
        InputError: S05, S09, S10, F04 to F06: it is no such table; while batches are
            read: F11, it changed meanwhile.

    Example:
        >>> import pandas as pd
        >>> stream = stream_of(pd.DataFrame({"a": [1, 2, 3]}), "touches")
        >>> [len(frame) for frame, _ in stream.batches(["a"], 2)]
        [2, 1]
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        ending = ending_of(path)
        if ending in {".csv", ".csv.gz"}:
            return _csv(path, packed=ending == ".csv.gz")
        if ending in {".parquet", ".pq"}:
            return _parquet(path)
        what = "is JSON, which is not read in batches."
        remedy = "Save it as Parquet or CSV, or read it whole: at.build_journeys."
        raise fault("F05", escape_text(path.name), what, remedy)
    if is_relation(source):
        return _relation(source, table)
    frame = read_table(source, table).frame
    return Stream(frame.head(0).to_native(), len(frame), _slices(frame))


def is_relation(source: object) -> bool:
    """Return whether a source is a relation of DuckDB."""
    kind = type(source)
    return "duckdb" in kind.__module__.split(".")[0] and hasattr(source, "aggregate")


def _slices(frame: Any) -> Callable[[Sequence[str], int], Iterator[tuple[Any, int]]]:
    def batches(names: Sequence[str], rows: int) -> Iterator[tuple[Any, int]]:
        done = 0
        for part in parts.slices(frame.select(list(names)).to_native(), rows):
            done += len(part)
            yield part, done

    return batches


# ------------------------------------------------------------------------- files


@contextmanager
def unchanged(path: Path, before: Identity) -> Iterator[None]:
    """Raise F11 if the file is not as it was ``before``, at the end at the latest.

    What a reader complains of in a file that changed is told as the change.
    """
    try:
        yield
    except InputError as error:
        if _identity(path) == before:
            raise
        raise changed(escape_text(path.name)) from error
    if _identity(path) != before:
        raise changed(escape_text(path.name))


def _identity(path: Path) -> Identity:
    """Return what tells a file from another and from itself at another time."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev


def changed(table: str) -> InputError:
    """Return F11, to be raised: the source changed while it was read.

    Example:
        >>> print(changed("touches"))  # doctest: +ELLIPSIS
        [F11] touches: changed while it was read. ...
    """
    remedy = "Read a copy, or wait until nobody writes to it."
    return fault("F11", table, "changed while it was read.", remedy)


def _csv(path: Path, *, packed: bool) -> Stream:
    table, seen = escape_text(path.name), _identity(path)
    with opened(path) as handle:
        labels = _checked_csv(handle, table, packed=packed).labels
        size = os.fstat(handle.fileno()).st_size

    def batches(names: Sequence[str], rows: int) -> Iterator[tuple[Any, int]]:
        with unchanged(path, seen), opened(path) as handle:
            checked = _checked_csv(handle, table, packed=packed)
            if checked.labels != labels:
                raise changed(table)
            for part in parts.csv_parts(checked, labels, rows, names):
                yield part, min(handle.tell(), size)

    return Stream(parts.without_rows(labels), size, batches)


def _checked_csv(handle: Any, table: str, *, packed: bool) -> CheckedCsv:
    source = utf8(chunks(handle, table, LARGE, packed=packed), table)
    return CheckedCsv(source, table, LARGE)


def _parquet(path: Path) -> Stream:
    table, seen = escape_text(path.name), _identity(path)
    with opened(path) as handle:
        head, total = parquet.head_of(handle, table, LARGE)

    def batches(names: Sequence[str], rows: int) -> Iterator[tuple[Any, int]]:
        done = 0
        with unchanged(path, seen), opened(path) as handle:
            for part in parquet.read_batches(handle, table, LARGE, names, rows):
                done += len(part)
                yield part, min(done, total)

    return Stream(head, total, batches)


# ------------------------------------------------------------------------ DuckDB


def _relation(relation: Any, table: str) -> Stream:
    """Return a relation as a stream; F11 where it holds other rows at the end.

    DuckDB sums a hash of each row before and after: whatever their order.
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        what = "is a relation of DuckDB, which is read through pyarrow."
        raise refuse("F05", what, ARROW, where=table) from error
    total, _ = _state(relation)

    def batches(names: Sequence[str], rows: int) -> Iterator[tuple[Any, int]]:
        done = 0
        chosen = relation.select(*(_quoted(name) for name in names))
        before = _state(chosen)
        for batch in _reader(chosen, rows):
            done += batch.num_rows
            yield parquet.pandas_of(pa.Table.from_batches([batch])), min(done, total)
        if done != total or _state(chosen) != before:
            raise changed(table)
        if not done:
            yield parts.without_rows(names), 0

    return Stream(parts.without_rows(relation.columns), total, batches)


def _state(relation: Any) -> tuple[int, int]:
    """Return the number of rows and the sum of their hashes."""
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in relation.columns)
    found = relation.aggregate(f"count(*), sum(hash({names}))").fetchall()[0]
    return int(found[0]), int(found[1] or 0)


def _quoted(name: str) -> Any:
    from duckdb import ColumnExpression

    return ColumnExpression(name)


def _reader(relation: Any, rows: int) -> Any:
    """Return the relation's batches; older versions of DuckDB have another name."""
    read = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
    return read(rows)
