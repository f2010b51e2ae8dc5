"""Parquet, read with distrust and written by pyarrow."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attribution.doors.markup import escape_text
from attribution.doors.streams import AS_CSV, fault, kind_of
from attribution.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedIOBase
    from types import ModuleType

    import pandas as pd

    from attribution.doors.streams import Limits

_MAGIC = b"PAR1"
_DAMAGED = "Fetch it again."


def _pyarrow(table: str) -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        what = "is Parquet, which needs pyarrow."
        remedy = "Install the extra: pip install 'revenue-attribution[arrow]'."
        raise fault("F05", table, what, remedy) from error
    return pa, pq


def read_parquet(handle: BufferedIOBase, table: str, limits: Limits) -> pd.DataFrame:
    """Return a Parquet file as a frame.

    Integers with missing cells are Python integers, days ``datetime.date`` and decimals
    ``Decimal`` in object columns: nothing passes through a float.

    Raises:
        InputError: F05 another kind of file, or pyarrow is missing; F06 damaged or
            hostile; S02 column names twice; S11 beyond the limits.

    Example:
        >>> import io
        >>> from attribution.doors.streams import Limits
        >>> read_parquet(io.BytesIO(b"id"), "a.parquet", Limits())
        Traceback (most recent call last):
        attribution.errors.InputError: [F06] a.parquet: is not Parquet. Fetch it again.
    """
    with _opened(handle, table, limits) as file:
        found = file.read()
        _check(found, table, limits)
        return pandas_of(found)


@contextmanager
def _opened(handle: BufferedIOBase, table: str, limits: Limits) -> Iterator[Any]:
    """Open a Parquet file; whatever pyarrow raises inside is told as F06."""
    head = handle.read(8)
    handle.seek(0)
    if not head.startswith(_MAGIC):
        kind = kind_of(head)
        if kind:
            raise fault("F05", table, f"is {kind}, whatever its name says.", AS_CSV)
        raise fault("F06", table, "is not Parquet.", _DAMAGED)
    pa, pq = _pyarrow(table)
    try:
        with pq.ParquetFile(handle) as file:
            _check_shape(file, table, limits)
            yield file
    except (InputError, MemoryError):
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError) as error:
        what = "is damaged Parquet, or of a kind that is not read."
        raise fault("F06", table, what, _DAMAGED) from error


def head_of(handle: BufferedIOBase, table: str, limits: Limits) -> tuple[Any, int]:
    """Return a frame of a Parquet file's columns without rows, and how many it has.

    Raises:
        InputError: As :func:`read_parquet`.
    """
    with _opened(handle, table, limits) as file:
        return file.schema_arrow.empty_table().to_pandas(), file.metadata.num_rows


def read_batches(
    handle: BufferedIOBase,
    table: str,
    limits: Limits,
    names: Sequence[str],
    rows: int,
) -> Iterator[pd.DataFrame]:
    """Return a Parquet file as frames of at most ``rows`` rows, at least one.

    Args:
        handle: The file.
        table: Its name, for messages.
        limits: How large it may be.
        names: The columns to read.
        rows: How many rows at a time.

    Raises:
        InputError: As :func:`read_parquet`.
    """
    with _opened(handle, table, limits) as file:
        batches = file.iter_batches(batch_size=rows, columns=list(names))
        while True:
            found = next(batches, None)
            if found is None:
                break
            part = type(file.schema_arrow.empty_table()).from_batches([found])
            _check(part, table, limits)
            yield pandas_of(part)
        if not file.metadata.num_rows:
            yield pandas_of(file.schema_arrow.empty_table().select(list(names)))


def pandas_of(found: Any) -> pd.DataFrame:
    """Return an Arrow table as pandas; nothing passes through a float."""
    return found.to_pandas(integer_object_nulls=True, ignore_metadata=True)


def _check(found: Any, table: str, limits: Limits) -> None:
    found.validate(full=True)
    _check_fields(found, table, limits)


def _check_shape(file: Any, table: str, limits: Limits) -> None:
    names = list(file.schema_arrow.names)
    if len(names) > limits.columns or file.metadata.num_rows > limits.rows:
        what = (
            f"has {file.metadata.num_rows} rows and {len(names)} columns, the limits "
            f"are {limits.rows} and {limits.columns}."
        )
        raise fault("S11", table, what, "Read what is needed, or raise the Limits.")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        what = f"has columns twice: {', '.join(map(escape_text, twice))}."
        raise fault("S02", table, what, "Rename or drop one of each.", column=twice[0])


def _check_fields(found: Any, table: str, limits: Limits) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in found.schema.names:
        column = found.column(name)
        text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        longest = pc.max(pc.utf8_length(column)).as_py() if text else 0
        if (longest or 0) > limits.field:
            what = f"has a cell of more than {limits.field} characters."
            remedy = "Shorten it, or raise Limits.field."
            raise fault("S11", table, what, remedy, column=name)


def write_parquet(frame: pd.DataFrame, handle: BufferedIOBase, table: str) -> None:
    """Write a frame, without its index, as Parquet.

    Raises:
        InputError: F05 pyarrow is missing; S08 a column of several kinds of cells.

    Example:
        >>> import io, pandas as pd
        >>> target = io.BytesIO()
        >>> write_parquet(pd.DataFrame({"a": [1]}), target, "a.parquet")
        >>> target.getvalue()[:4]
        b'PAR1'
    """
    pa, pq = _pyarrow(table)
    try:
        found = pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException as error:
        what = "has a column that cannot be Parquet."
        remedy = "Give each column cells of one kind."
        raise fault("S08", table, what, remedy) from error
    pq.write_table(found.replace_schema_metadata(None), handle)
