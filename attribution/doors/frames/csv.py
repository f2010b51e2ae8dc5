"""CSV as pandas frames: every cell is text on the way in, exact on the way out."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from numbers import Number
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from attribution.doors.frames import arrow
from attribution.doors.guards import Block, CheckedCsv
from attribution.errors import InputError, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from io import BufferedIOBase

    import pandas as pd

BLOCK = 1 << 16
"""Rows written at a time."""

PARSED, THREADS, AHEAD = 1 << 23, 2, 4
"""Bytes parsed at a time if they are not plain, on how many threads, blocks waiting."""

NOTHING: Mapping[str, int] = MappingProxyType({})

Found = TypeVar("Found")

_FORMULA = re.compile(r"[=+\-@\t\r]")
_QUOTED = re.compile('[",\r\n\ufeff]')
_MICRO, _NANO = 1_000, 1_000_000_000


def parse_csv(source: BufferedIOBase, labels: Sequence[str]) -> pd.DataFrame:
    r"""Return a CSV stream as a frame of text columns; an empty cell is missing.

    Ids such as ``007`` and ``1E5`` and labels such as ``NA`` stay the text they are.

    Args:
        source: UTF-8 bytes that have been checked, the header line included, as
            :class:`attribution.doors.guards.CheckedCsv` gives them.
        labels: The column names, in place of the header's.

    Raises:
        InputError: S09, the parser refuses the bytes.

    Example:
        >>> import io
        >>> parse_csv(io.BytesIO(b"id,team\n007,NA\n"), ["id", "team"]).to_dict("list")
        {'id': ['007'], 'team': ['NA']}
    """
    import pandas as pd

    if arrow_reads():
        return _by_arrow(source, labels)
    with reading():
        return pd.read_csv(source, **as_text(labels))


def arrow_reads() -> bool:
    """Return whether Arrow parses CSV: where it is there and pandas has its texts."""
    import pandas as pd

    return pd.__version__ >= "3" and arrow.installed()


def as_text(labels: Sequence[str]) -> dict[str, Any]:
    """Return how pandas reads a checked CSV stream: every cell is text.

    Example:
        >>> as_text(["id"])["names"]
        ['id']
    """
    return {
        "header": 0,
        "names": list(labels),
        "index_col": False,
        "dtype": str,
        "na_values": [""],
        "keep_default_na": False,
        "skip_blank_lines": False,
        "encoding": "utf-8",
        "engine": "c",
    }


@contextmanager
def reading() -> Iterator[None]:
    """Turn what pandas refuses of a CSV stream into S09.

    Example:
        >>> with reading():
        ...     pass
    """
    import pandas as pd

    try:
        yield
    except pd.errors.ParserError as error:
        raise _refused("csv") from error


def _refused(table: str) -> InputError:
    """Return the error of bytes that a parser refuses; it quotes none of them."""
    what = "is not CSV: the parser refuses its bytes."
    return refuse("S09", what, "Save the table as CSV again.", where=table)


def _by_arrow(source: BufferedIOBase, labels: Sequence[str]) -> pd.DataFrame:
    """Return the frame of a stream; blocks are parsed while later ones are checked."""
    import pyarrow as pa

    return _frame_of(pa.concat_tables(_arrow_tables(source, len(labels))), labels)


def arrow_frames(
    source: BufferedIOBase, labels: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Return a checked stream as frames, one block after another, as Arrow parses it.

    Raises:
        InputError: S09, the parser refuses the bytes.
    """
    for table in _arrow_tables(source, len(labels)):
        yield _frame_of(table, labels)


def _frame_of(whole: Any, labels: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            label: pd.array(column, dtype="str")
            for label, column in zip(labels, whole.columns, strict=True)
        }
    )


def _arrow_tables(source: BufferedIOBase, columns: int) -> Iterator[Any]:
    """Yield the Arrow tables of a stream, an empty one first."""
    names = list(map(str, range(columns)))
    yield arrow_table(Block(",".join(names).encode() + b"\n"), names)
    yield from in_order(source, partial(arrow_table, names=names))


def in_order(source: BufferedIOBase, work: Callable[[Block], Found]) -> Iterator[Found]:
    r"""Yield what ``work`` makes of the blocks of a stream, several at a time.

    Args:
        source: The stream: checked, or its bytes are one block.
        work: Raises ValueError if it refuses a block, such as for the number of its
            cells.

    Raises:
        InputError: The first fault of the stream; S09, ``work`` refuses a block.

    Example:
        >>> from attribution.doors.streams import Limits
        >>> stream = CheckedCsv([b"a\n1\n2\n"], "deals.csv", Limits())
        >>> list(in_order(stream, lambda block: block.body))
        [b'1\n2\n']
    """
    checked = source if isinstance(source, CheckedCsv) else None
    blocks = checked.blocks(PARSED) if checked else iter([Block(source.read())])
    waiting: deque[tuple[Block, Future[Found]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for one in _submitted(pool, work, blocks):
            waiting.append(one)
            if len(waiting) > AHEAD:
                yield _result(*waiting.popleft(), checked)
        while waiting:
            yield _result(*waiting.popleft(), checked)


def _submitted(
    pool: ThreadPoolExecutor, work: Callable[[Block], Found], blocks: Iterator[Block]
) -> Iterator[tuple[Block, Future[Found]]]:
    """Yield blocks and what is made of them; a fault of theirs comes in its turn."""
    try:
        for block in blocks:
            yield block, pool.submit(work, block)
    except InputError as error:
        failed: Future[Found] = Future()
        failed.set_exception(error)
        yield Block(b""), failed


def _result(block: Block, found: Future[Found], checked: CheckedCsv | None) -> Found:
    try:
        return found.result()
    except InputError:
        raise
    except ValueError as error:
        if checked:
            checked.recheck(block)
        raise _refused("csv") from error


def arrow_table(
    block: Block,
    names: list[str],
    own: list[str] | None = None,
    widths: Mapping[str, int] = NOTHING,
) -> Any:
    r"""Return a block as an Arrow table of texts.

    Args:
        block: The block.
        names: What its columns are to be called.
        own: Which of them are read; None for all.
        widths: Those whose cells are bytes of one width, and how many.

    Raises:
        ValueError: It is refused, such as for the number of its cells.

    Example:
        >>> arrow_table(Block(b"0\n1\n"), ["0"]).to_pydict()
        {'0': ['1']}
    """
    import pyarrow as pa
    from pyarrow import csv

    body = block.body
    return csv.read_csv(
        pa.py_buffer(body),
        csv.ReadOptions(
            use_threads=False,
            block_size=len(body),
            skip_rows=int(block.place is None),
            column_names=names,
        ),
        csv.ParseOptions(newlines_in_values=b'"' in body, ignore_empty_lines=False),
        csv.ConvertOptions(
            check_utf8=False,
            column_types={
                name: pa.binary(widths[name]) if name in widths else pa.large_string()
                for name in names
            },
            include_columns=own,
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


def csv_bytes(frame: pd.DataFrame, *, raw: bool = False) -> bytes:
    r"""Return a frame as CSV: UTF-8, LF, no index, missing cells empty.

    Floats are their shortest decimals, times ISO 8601 in UTC. Text cells and names
    that a spreadsheet would run (they begin with ``=``, ``+``, ``-``, ``@``, a tab or
    CR) get a ``'`` before; numbers are never touched.

    Args:
        frame: The table.
        raw: Leave texts as they are.

    Raises:
        InputError: S10, a text is not Unicode (half a surrogate pair).

    Example:
        >>> import pandas as pd
        >>> csv_bytes(pd.DataFrame({"label": ["=1+1", "a,b"], "x": [-1.5, 2]}))
        b'label,x\n\'=1+1,-1.5\n"a,b",2.0\n'
    """
    return b"".join(csv_blocks(frame, raw=raw))


def csv_blocks(frame: pd.DataFrame, *, raw: bool = False) -> Iterator[bytes]:
    r"""Return the bytes of :func:`csv_bytes` in blocks of 65,536 rows.

    Example:
        >>> import pandas as pd
        >>> list(csv_blocks(pd.DataFrame({"a": [1]})))
        [b'a\n', b'1\n']
    """
    alone = frame.shape[1] == 1
    header = [_quoted(_plain(label, raw=raw), alone=alone) for label in frame.columns]
    yield _encoded([",".join(header)])
    for start in range(0, len(frame), BLOCK):
        part = frame.iloc[start : start + BLOCK]
        columns = [
            [_quoted(text, alone=alone) for text in _texts(part.iloc[:, at], raw=raw)]
            for at in range(part.shape[1])
        ]
        yield _encoded([",".join(cells) for cells in zip(*columns, strict=True)])


def _encoded(lines: Sequence[str]) -> bytes:
    try:
        return "".join(f"{line}\n" for line in lines).encode()
    except UnicodeEncodeError as error:
        what = "a text holds half a surrogate pair, which is not Unicode."
        raise refuse("S10", what, "Replace that character.") from error


def _quoted(text: str, *, alone: bool) -> str:
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text if text or not alone else '""'


def _texts(column: pd.Series[Any], *, raw: bool) -> list[str]:
    dtype = column.dtype
    kind = dtype.kind if isinstance(dtype, np.dtype) else "O"
    if kind in "iub":
        return list(map(str, column.tolist()))
    if kind == "f":
        numbers = column.tolist() if dtype == np.float64 else column.to_numpy()
        return ["" if text == "nan" else text for text in map(str, numbers)]
    times = moments(column)
    if times is not None:
        return times
    cells = column.astype(object).tolist()
    return [
        "" if missing else _plain(cell, raw=raw)
        for cell, missing in zip(cells, column.isna().tolist(), strict=True)
    ]


def _plain(cell: object, *, raw: bool) -> str:
    """Return a cell that is not missing as text, made harmless unless ``raw``."""
    if not isinstance(cell, str):
        if isinstance(cell, dt.date):
            return iso_text(cell)
        if isinstance(cell, Number):
            return str(cell)
    text = str(cell)
    return f"'{text}" if not raw and _FORMULA.match(text) else text


def iso_text(time: dt.date) -> str:
    """Return a day as YYYY-MM-DD, a moment in UTC with microseconds if it has any.

    A moment without time zone is taken as UTC.

    Example:
        >>> iso_text(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)), iso_text(dt.date.max)
        ('2026-03-01T12:00:00Z', '9999-12-31')
    """
    if not isinstance(time, dt.datetime):
        return time.isoformat()
    utc = time if time.tzinfo is None else time.astimezone(dt.UTC)
    finest = "microseconds" if utc.microsecond else "seconds"
    return utc.replace(tzinfo=None).isoformat(timespec=finest) + "Z"


def moments(column: pd.Series[Any]) -> list[str] | None:
    """Return a column of times as ISO 8601 UTC texts, "" if missing; else None.

    Microseconds are written where a time has any, nanoseconds likewise.

    Example:
        >>> import pandas as pd
        >>> moments(pd.Series(pd.to_datetime(["2026-03-01", None])))
        ['2026-03-01T00:00:00Z', '']
    """
    import pandas as pd

    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        return None
    index = pd.DatetimeIndex(column)
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    stamps = index.to_numpy()
    seconds = stamps.astype("datetime64[s]")
    beyond = (stamps - seconds).astype("timedelta64[ns]").astype(np.int64)
    texts = np.datetime_as_string(seconds).tolist()
    return [
        "" if text == "NaT" else f"{text}{_fraction(nanos)}Z"
        for text, nanos in zip(texts, beyond.tolist(), strict=True)
    ]


def _fraction(nanos: int) -> str:
    if not nanos:
        return ""
    return f".{nanos:09d}" if nanos % _MICRO else f".{nanos // _MICRO:06d}"
