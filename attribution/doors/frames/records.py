"""Records of JSON as pandas frames: no digit of a number is lost either way."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.doors.frames.csv import BLOCK, iso_text, moments
from attribution.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

_TYPED_TEXT = 3
"""The first pandas with a text dtype by default; astype("str") was another before."""


def frame_of(columns: Mapping[str, list[Any]], rows: int) -> pd.DataFrame:
    """Return lists of JSON values, None where missing, as a frame.

    A column of texts has pandas' text dtype; one of integers int64, Int64 if some are
    missing, object if some are beyond int64; one that has other numbers, all Decimal;
    one of booleans bool; any other stays as it is, object.

    Example:
        >>> frame_of({"a": [1, None]}, 2).dtypes.tolist()
        [Int64Dtype()]
    """
    import pandas as pd

    series = {label: _series(cells) for label, cells in columns.items()}
    return pd.DataFrame(series, index=pd.RangeIndex(rows))


def _series(cells: list[Any]) -> pd.Series[Any]:
    import pandas as pd

    kinds = {type(cell) for cell in cells}
    some = kinds - {type(None)}
    if some == {str}:
        typed = int(pd.__version__.split(".")[0]) >= _TYPED_TEXT
        return pd.Series(cells, dtype="str" if typed else object)
    if some == {int} and all(_fits(cell) for cell in cells):
        return pd.Series(cells, dtype="int64" if kinds == some else "Int64")
    if some == {bool} and kinds == some:
        return pd.Series(cells, dtype="bool")
    if some == {int, Decimal}:
        cells = [Decimal(cell) if type(cell) is int else cell for cell in cells]
    return pd.Series(cells, dtype=object)


def _fits(cell: int | None) -> bool:
    return cell is None or _SMALLEST <= cell <= _LARGEST


def json_blocks(frame: pd.DataFrame, *, lines: bool) -> Iterator[bytes]:
    r"""Return a frame as JSON records, in blocks of bytes, one record a line.

    Missing cells are null, integers stay integers, times are ISO 8601 in UTC; a
    Decimal is a number if float64 holds it exactly as written, else its text.

    Args:
        frame: The table, each column of another name.
        lines: Without the brackets and commas of an array.

    Raises:
        InputError: M02 an infinite number; S10 half a surrogate pair.

    Example:
        >>> import pandas as pd
        >>> b"".join(json_blocks(pd.DataFrame({"a": [1.5, None]}), lines=True))
        b'{"a":1.5}\n{"a":null}\n'
    """
    between = "\n" if lines else ",\n"
    yield b"" if lines else b"[\n"
    for start in range(0, len(frame), BLOCK):
        part = frame.iloc[start : start + BLOCK]
        columns = [_cells(part.iloc[:, at]) for at in range(part.shape[1])]
        labels = [str(label) for label in frame.columns]
        records = (
            dict(zip(labels, row, strict=True)) for row in zip(*columns, strict=True)
        )
        last = "\n" if lines or start + BLOCK >= len(frame) else between
        yield _encoded(between.join(map(_ENCODER.encode, records)) + last)
    yield b"" if lines else b"]\n"


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        what = "a text holds half a surrogate pair, which is not Unicode."
        raise refuse("S10", what, "Replace that character.") from error


def _cells(column: pd.Series[Any]) -> list[object]:
    times = moments(column)
    if times is not None:
        return [time or None for time in times]
    missing = column.isna().tolist()
    cells = column.astype(object).tolist()
    return [
        None if no else _value(cell) for cell, no in zip(cells, missing, strict=True)
    ]


def _value(cell: object) -> object:
    """Return a cell that is not missing as a JSON value."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool | np.bool_):
        return bool(cell)
    if isinstance(cell, int | np.integer):
        return int(cell)
    if isinstance(cell, float | np.floating | Decimal):
        number = float(str(cell))
        if math.isinf(number):
            what = "a number is infinite or beyond float64."
            raise refuse("M02", what, "Leave that cell empty.")
        kept = not isinstance(cell, Decimal) or Decimal(repr(number)) == cell
        return number if kept else str(cell)
    return iso_text(cell) if isinstance(cell, dt.date) else str(cell)
