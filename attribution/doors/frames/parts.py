"""Raw columns in parts: some of their rows, several parts as one, ids by number."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import codes
from attribution.doors.frames import csv
from attribution.doors.frames.columns import Column, factorized

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedIOBase

    from attribution.arrays.ragged import Array, Bools, Ints


def taken(column: Column, rows: Ints) -> Column:
    """Return these rows of a column, its labels cut down to those in use.

    Example:
        >>> from attribution.doors.frames.columns import from_objects
        >>> column = from_objects(np.array(["a", "b"], object))
        >>> taken(column, np.array([1])).text_labels().tolist()
        ['b']
    """
    values, missing = column.values[rows], column.missing[rows]
    if column.kind != "text":
        return replace(column, values=values, missing=missing)
    own, labels = codes.used(values, column.text_labels())
    return replace(column, values=own, missing=missing, labels=labels)


def joined(parts: Sequence[Column]) -> Column:
    """Return the parts of one column, one after another; empty ones are of any kind.

    Numbers of several kinds become decimals, exactly.

    Example:
        >>> from attribution.doors.frames.columns import from_objects
        >>> a, b = (from_objects(np.array([one], object)) for one in ("x", None))
        >>> joined([a, b]).values.tolist()
        [0, -1]
    """
    missing = np.concatenate([np.zeros(0, np.bool_), *(one.missing for one in parts)])
    kinds = {one.kind for one in parts if not one.missing.all()}
    if len(kinds) > 1:
        parts = [_as_decimal(one) if one.kind in kinds else one for one in parts]
    filled = [one for one in parts if not one.missing.all()]
    first = next((one for one in (*filled, *parts) if one.kind != "empty"), None)
    if first is None:
        return Column("empty", np.zeros(len(missing), np.int64), missing)
    if first.kind == "text":
        values, labels = _joined_text(parts)
        return replace(first, values=values, missing=missing, labels=labels)
    nothing = np.zeros(0, first.values.dtype)
    own = [
        one.values if one.kind == first.kind else np.zeros(len(one), nothing.dtype)
        for one in parts
    ]
    return replace(first, values=np.concatenate(own), missing=missing)


def _as_decimal(column: Column) -> Column:
    exact = np.zeros(len(column), object)
    known = np.flatnonzero(~column.missing)
    exact[known] = [Decimal(str(one)) for one in column.values[known].tolist()]
    return Column("decimal", exact, column.missing)


def _joined_text(parts: Sequence[Column]) -> tuple[Array, Array]:
    labels = [one.text_labels() for one in parts]
    table, shared = factorized(np.concatenate(labels))
    starts = np.cumsum([0, *(len(one) for one in labels)])
    table = np.append(table, -1)
    places = [
        np.where(one.missing, -1, one.values.astype(np.int64) + start)
        for one, start in zip(parts, starts[:-1], strict=True)
    ]
    return table[np.concatenate(places)].astype(np.int32), shared


class Known:
    """Distinct ids, text or integers, and the place of each.

    Example:
        >>> from attribution.doors.frames.columns import from_objects
        >>> known = Known(np.array(["x", "y"], object))
        >>> known.places(from_objects(np.array(["y", "z", None], object))).tolist()
        [1, -1, -1]
    """

    def __init__(self, labels: Array) -> None:
        """Hold the ids."""
        import pandas as pd

        self._kind = "text" if labels.dtype == object else "integer"
        self._index = pd.Index(labels, dtype=labels.dtype)

    def places(self, column: Column) -> Ints:
        """Return the place of each row's id, int64 (rows,), -1 if it is none of these.

        A column of another kind has none of them.
        """
        if column.kind != self._kind:
            return np.full(len(column), -1)
        distinct = column.text_labels() if column.kind == "text" else column.values
        found = self._index.get_indexer(distinct).astype(np.int64)
        if column.kind == "text":
            return np.append(found, -1)[column.values]
        return np.where(column.missing, -1, found)


def hashed(column: Column) -> tuple[Array, Bools]:
    """Return a hash of each row's id, uint64 (rows,), and which rows have an id.

    Equal ids have equal hashes in every part; an empty text is no id.
    """
    import pandas as pd

    there: Bools = ~column.missing
    if column.kind == "text":
        labels = column.text_labels()
        named = np.append(labels != "", False)
        own = pd.util.hash_array(labels, categorize=False)
        return np.append(own, np.uint64(0))[column.values], there & named[column.values]
    if column.kind == "integer":
        return pd.util.hash_array(column.values), there
    return np.zeros(len(column), np.uint64), np.zeros(len(column), np.bool_)


def slices(frame: Any, rows: int) -> Iterator[Any]:
    """Return a frame in slices of so many rows; at least one, however short."""
    import narwhals.stable.v2 as nw

    native = nw.from_native(frame, eager_only=True)
    for first in range(0, max(len(native), 1), rows):
        yield native[first : first + rows].to_native()


def csv_parts(
    source: BufferedIOBase, labels: Sequence[str], rows: int, chosen: Sequence[str]
) -> Iterator[Any]:
    r"""Return a checked CSV stream as frames of text of at most so many rows.

    One at least, however short.

    Args:
        source: The stream, as for :func:`attribution.doors.frames.csv.parse_csv`.
        labels: All its columns.
        rows: How many rows at a time.
        chosen: The columns to keep.

    Raises:
        InputError: S09, the parser refuses the bytes.

    Example:
        >>> import io
        >>> source = io.BytesIO(b"id,team\n007,NA\n8,b\n")
        >>> [len(one) for one in csv_parts(source, ["id", "team"], 1, ["id"])]
        [1, 1]
    """
    empty = True
    for part in _frames(source, labels, rows):
        for first in range(0, len(part), rows):
            empty = False
            yield part.iloc[first : first + rows][list(chosen)]
    if empty:
        yield without_rows(chosen)


def _frames(source: BufferedIOBase, labels: Sequence[str], rows: int) -> Iterator[Any]:
    """Return a stream as frames, each of a block that Arrow parses, or of ``rows``."""
    import pandas as pd

    if csv.arrow_reads():
        yield from csv.arrow_frames(source, labels)
        return
    how = csv.as_text(labels)
    with csv.reading(), pd.read_csv(source, **how, chunksize=rows) as parts:
        yield from parts


def without_rows(names: Sequence[str]) -> Any:
    """Return a frame of these columns that has no row.

    Example:
        >>> without_rows(["a"]).shape
        (0, 1)
    """
    import pandas as pd

    return pd.DataFrame(np.empty((0, len(names)), object), columns=list(names))
