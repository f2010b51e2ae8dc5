"""Columns of any kind as codes of texts, and texts looked at by the million."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays.codes import texts
from attribution.arrays.cores import side_by_side
from attribution.doors.frames import arrow
from attribution.doors.frames.columns import factorized
from attribution.doors.frames.wide import of_one_width, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.doors.frames.columns import Column

EXACT = 2**53
"""Whole floats below this are the integers they show."""

READABLE = frozenset(
    {"empty", "text", "integer", "float", "boolean", "decimal", "instant", "day"}
)
"""Kinds of columns that can be read as texts."""

ITEM = r"""[^\[\](){}\s,;"'](?:[^\[\](){},;"']*[^\[\](){}\s,;"'])?"""
"""A part of a text that is a list, without the signs and spaces around it."""


def text_codes(column: Column) -> tuple[NDArray[np.int32], Array]:
    """Return a column as int32 codes (-1 missing or blank) and an array of texts.

    Integers, whole floats below 2^53 and decimals are plain decimal numbers, booleans
    ``true`` and ``false``, times ISO 8601, in UTC with ``Z`` if the column is aware,
    else as the clock on the wall shows them.

    Args:
        column: Of one of the kinds :data:`READABLE`.

    Example:
        >>> from attribution.doors.frames.columns import from_objects
        >>> codes, labels = text_codes(from_objects(np.array([1.0, None], object)))
        >>> codes.tolist(), labels.tolist()
        ([0, -1], ['1'])
    """
    if column.kind == "empty":
        return np.full(len(column), -1, np.int32), np.array([], object)
    if column.kind == "text":
        codes, labels = column.values.astype(np.int32), column.text_labels()
    else:
        own, values = factorized(column.values)
        codes = np.where(column.missing, -1, own).astype(np.int32)
        labels = _written(values, column.kind, aware=column.aware)
    blank = matching(labels, r"^\s*$")
    if blank.any():
        codes = np.where(np.append(blank, False)[codes], -1, codes).astype(np.int32)
    return codes, labels


def _written(values: Array, kind: str, *, aware: bool) -> Array:
    if kind in {"instant", "day"}:
        unit = "us" if kind == "instant" else "D"
        texts = np.datetime_as_string(
            values.astype(np.int64).view(f"datetime64[{unit}]")
        )
        ends = np.strings.add(texts, "Z") if aware else texts
        return ends.astype(object)
    return np.fromiter(map(_plain, values.tolist()), object, len(values))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < EXACT
        return str(int(value)) if whole else f"{Decimal(repr(value)):f}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def matching(labels: Array, pattern: str, *, cased: bool = False) -> Bools:
    r"""Return which texts hold the regular expression, in any case unless ``cased``.

    Example:
        >>> matching(np.array(["Quote sent", "Call"], object), r"\bquote\b").tolist()
        [True, False]
    """
    if labels.dtype == object and arrow.installed():
        import pyarrow as pa
        import pyarrow.compute as pc

        whole = pa.array(labels, pa.large_string())
        ignore = {"ignore_case": not cased}
        passed = pc.match_substring_regex(whole, pattern, **ignore).fill_null(False)
        return np.asarray(passed.to_numpy(zero_copy_only=False), np.bool_)
    compiled = re.compile(pattern, 0 if cased else re.IGNORECASE)
    found = (compiled.search(one) is not None for one in texts(labels))
    return np.fromiter(found, np.bool_, len(labels))


def items(labels: Array) -> tuple[Ints, Array]:
    """Return the parts of texts that are lists: the place of each one's text, and it.

    Lists are JSON, or parts between ``;`` or ``,``; spaces around a part are no part
    of it.

    Example:
        >>> place, part = items(np.array(['["1", "2"]', "3; Deal 4"], object))
        >>> place.tolist(), part.tolist()
        ([0, 0, 1, 1], ['1', '2', '3', 'Deal 4'])
    """
    parts = _strings(labels).str.findall(ITEM).explode().dropna()
    return parts.index.to_numpy(np.int64), parts.to_numpy(object)


def values_of(labels: Array, name: str) -> Array:
    """Return the value of a key in texts of flat JSON, None where they have none.

    Example:
        >>> values_of(np.array(['{"Success": true}', "{}"], object), "Success").tolist()
        ['true', None]
    """
    pattern = rf'"{re.escape(name)}"\s*:\s*(?:"([^"]*)"|([^\s",}}\]]+))'
    parts = _strings(labels).str.extract(pattern)
    found = parts[0].fillna(parts[1]).astype(object)
    there: Array = found.where(found.notna(), None).to_numpy(object)
    return there


def text_frame(columns: Mapping[str, tuple[Array, Array]]) -> pd.DataFrame:
    """Return a pandas frame of columns given as codes and labels; missing where -1.

    Texts have pandas' text dtype, flags (none of them missing) bool; a column of
    other objects stays of objects.

    Example:
        >>> codes, labels = np.array([0, -1]), np.array(["a"], object)
        >>> text_frame({"x": (codes, labels)})["x"].isna().tolist()
        [False, True]
    """
    import pandas as pd

    rows = max((len(codes) for codes, _ in columns.values()), default=0)
    works = [partial(_spread, *column) for column in columns.values()]
    found = side_by_side(works, rows)
    return pd.DataFrame(dict(zip(columns, found, strict=True)))


def _spread(codes: Array, labels: Array) -> Any:
    if len(labels) and isinstance(labels[0], bool):
        return labels.astype(np.bool_)[codes]
    if len(labels) and not isinstance(labels[0], str | bytes):
        return np.append(labels, np.array([None], object))[codes]
    import pandas as pd

    if pd.__version__ >= "3" and arrow.installed():
        if not (codes >= 0).any():
            labels, codes = np.zeros(1, "S1"), np.broadcast_to(np.int32(-1), len(codes))
        wide = of_one_width(labels)
        if wide is not None:
            return pd.array(spread(wide, codes), dtype="str")
    return _strings(labels).array.take(codes, allow_fill=True)


def _strings(labels: Array) -> pd.Series[Any]:
    import pandas as pd

    typed = pd.__version__ >= "3"
    return pd.Series(texts(labels), dtype="str" if typed else object)
