"""A CSV file as a table whose columns are coded block by block, with no frame between.

What a worker makes of a block is the bytes of its cells; a column is joined from its
blocks, and compared only if that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays.words import BYTES, Index, Rows, joined
from attribution.doors.frames import arrow
from attribution.doors.frames.cells import Cells, of_lines, of_texts
from attribution.doors.frames.columns import Column
from attribution.doors.frames.csv import arrow_table, in_order
from attribution.doors.frames.ids import as_texts
from attribution.doors.frames.native import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array
    from attribution.doors.frames.native import Wide
    from attribution.doors.guards import Block, CheckedCsv

    Codes = NDArray[np.int32]
    Part = Cells | Any


@dataclass(frozen=True)
class CodedTable(Table):
    """A table of texts whose columns are the cells of blocks, where they were wanted.

    ``parts``: column → its :class:`~attribution.doors.frames.cells.Cells`, one a block;
    those of a block in which one is too wide are Arrow's texts.
    """

    parts: dict[str, list[Part]] = field(default_factory=dict)

    def column(self, column: str) -> Column:
        """Return the column of that name as codes of texts."""
        found = self.ahead.get(column)
        return found if isinstance(found, Column) else _column(self.parts[column])

    def fixed(self, column: str) -> Wide | None:
        """Return a column of ASCII texts of one width as codes and bytes, else None."""
        if column in self.ahead:
            found = self.ahead[column]
            return None if isinstance(found, Column) else found
        return _fixed(self.parts[column], self.every_row)


def read_coded(
    source: CheckedCsv, name: str, wanted: Callable[[tuple[str, ...]], Collection[str]]
) -> CodedTable:
    r"""Return the columns that are wanted of a checked CSV stream; pyarrow is needed.

    Args:
        source: The stream.
        name: The table's name.
        wanted: Gives of the column names those whose cells are asked for.

    Raises:
        InputError: What is wrong with the stream, the first fault of it.

    Example:
        >>> from attribution.doors.guards import CheckedCsv
        >>> from attribution.doors.streams import Limits
        >>> stream = CheckedCsv([b"a,b\nx,1\nx,\n"], "a.csv", Limits())
        >>> table = read_coded(stream, "deals", lambda labels: labels)
        >>> table.column("b").values.tolist(), table.fixed("a")[1].tolist()
        ([0, -1], [b'x', b'x'])
    """
    asked = wanted(source.labels)
    columns = [at for at, label in enumerate(source.labels) if label in asked]
    work = partial(_parts, columns=columns, count=len(source.labels))
    rows, parts = 0, [list[Any]() for _ in columns]
    for count, found in in_order(source, work):
        rows += count
        for own, part in zip(parts, found, strict=True):
            own.append(part)
    names = (source.labels[at] for at in columns)
    known = dict(zip(names, parts, strict=True))
    return CodedTable(name, source.labels, rows, None, parts=known)


def _parts(
    block: Block, columns: Sequence[int], count: int
) -> tuple[int, Sequence[Part]]:
    """Return how many rows a block has, and its part of each of the columns.

    Raises:
        ValueError: A record has more cells than ``count``, or fewer.
    """
    if block.place is not None:
        found = of_lines(block.body, block.lines, columns, count)
        if found is not None:
            return block.lines, found
    table = arrow_table(block, list(map(str, range(count))))
    texts = [arrow.in_one(table.column(at)) for at in columns]
    return len(table), [of_texts(one) or one for one in texts]


def _fixed(parts: Sequence[Part], every: Codes) -> Wide | None:
    widths = {part.width if isinstance(part, Cells) else -1 for part in parts} - {0}
    if len(widths) != 1 or -1 in widths:
        return None
    whole = np.empty(len(every), f"S{widths.pop()}")
    _fill(whole, parts)
    if not any(part.gaps for part in parts):
        return every, whole
    there = whole != b""
    return np.where(there, np.cumsum(there) - 1, -1).astype(np.int32), whole[there]


def _fill(whole: Array, parts: Sequence[Cells]) -> None:
    place = 0
    for part in parts:
        whole[place : place + len(part.texts)] = part.texts
        place += len(part.texts)


def _column(parts: Sequence[Part]) -> Column:
    if all(isinstance(part, Cells) for part in parts):
        codes, labels = _by_words(parts)
    else:
        codes, labels = arrow.encoded(_as_arrow(parts))
        labels = np.asarray(labels, object)
    empty = np.flatnonzero(labels == "")
    if len(empty):
        number = np.arange(len(labels), dtype=np.int32)
        number[empty[0] + 1 :] -= 1
        number[empty] = -1
        codes = np.append(number, np.int32(-1))[codes]
        labels = np.delete(labels, empty)
    return Column("text", codes, codes < 0, labels)


def _as_arrow(parts: Sequence[Part]) -> Any:
    import pyarrow as pa

    return pa.chunked_array(
        [
            arrow.from_packed(np.ascontiguousarray(part.texts))
            if isinstance(part, Cells)
            else part
            for part in parts
        ],
        pa.large_string(),
    )


def _by_words(parts: Sequence[Cells]) -> tuple[Codes, Array]:
    """Return codes of texts in order of appearance, and the labels."""
    index, codes = Index(), [np.zeros(0, np.int32)]
    width = max((part.texts.itemsize for part in parts), default=1)
    count = -(-width // BYTES)
    for rows in _batches(parts, index, count):
        codes.append(index.codes(rows)[0])
    labels = as_texts(joined(index.words)) if len(index) else np.array([], object)
    return np.concatenate(codes), labels


def _batches(parts: Sequence[Cells], index: Index, count: int) -> Iterator[Rows]:
    """Yield the rows of blocks, of several together where few of them are met before.

    An index looks at each row once for each time that it grew.
    """
    waiting: list[Array] = []
    rows = 0
    for place, part in enumerate(parts, 1):
        waiting.append(_words(part.texts, count))
        rows += len(part.texts)
        if rows >= len(index) or place == len(parts):
            yield _rows(np.concatenate(waiting))
            waiting, rows = [], 0


def _words(texts: Array, count: int) -> NDArray[np.uint64]:
    """Return texts as so many words each, (texts, count)."""
    wide = np.ascontiguousarray(texts.astype(f"S{count * BYTES}", copy=False))
    return wide.view(np.uint64).reshape(len(texts), count)


def _rows(words: NDArray[np.uint64]) -> Rows:
    def some(first: int, stop: int) -> list[NDArray[np.uint64]]:
        return [np.ascontiguousarray(word) for word in words[first:stop].T]

    return Rows(len(words), some)
