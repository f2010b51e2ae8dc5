"""Of a CSV file the columns that are wanted, with no frame of pandas between."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.doors.frames import arrow
from attribution.doors.frames.csv import arrow_table, in_order
from attribution.doors.frames.native import Table
from attribution.doors.frames.wide import Beside, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from attribution.doors.frames.native import Wide
    from attribution.doors.guards import Block, CheckedCsv

    Codes = NDArray[np.int32]
    Ways = tuple[Collection[str], Collection[str]]

SAMPLE = 64
"""Lines of a block by which it is guessed which of its columns are of one width."""


def read_wanted(
    source: CheckedCsv, name: str, wanted: Callable[[Sequence[str]], Ways]
) -> Table:
    r"""Return the columns that are wanted of a checked CSV stream; pyarrow is needed.

    Args:
        source: The stream.
        name: The table's name.
        wanted: Gives of the column names those whose cells are compared, and those
            that are only passed on: where they are of one width, nothing compares them.

    Raises:
        InputError: The first fault of the stream.

    Example:
        >>> from attribution.doors.guards import CheckedCsv
        >>> from attribution.doors.streams import Limits
        >>> stream = CheckedCsv([b"a,b\nx1,1\nx2,\n"], "a.csv", Limits())
        >>> table = read_wanted(stream, "deals", lambda labels: ({"b"}, {"a"}))
        >>> table.column("b").values.tolist(), table.fixed("a")[1].tolist()
        ([0, -1], [b'x1', b'x2'])
    """
    import narwhals.stable.v2 as nw
    import pyarrow as pa

    compared, passed = wanted(source.labels)
    number = {
        label: str(at)
        for at, label in enumerate(source.labels)
        if label in compared or label in passed
    }
    cells = {one: _Cells(passed_on=one not in compared) for one in number}
    read = partial(
        _read,
        names=list(map(str, range(len(source.labels)))),
        own=list(number.values()) or ["0"],
        alike=[int(number[label]) for label, one in cells.items() if one.alike],
    )
    rows = 0
    for block in in_order(source, read):
        rows += len(block)
        for label, one in cells.items():
            one.add(arrow.in_one(block.column(number[label])))
    every = np.arange(rows, dtype=np.int32)
    ahead = {label: one.fixed(every) for label, one in cells.items() if one.alike}
    frame = pa.table({at: one.whole() for at, one in cells.items() if not one.alike})
    return Table(
        name, source.labels, rows, nw.from_native(frame, eager_only=True), ahead
    )


class _Cells:
    """The cells of a column as blocks come: bytes while they are alike, else texts.

    ``alike``: all of them are ASCII of one width, so far.
    """

    def __init__(self, *, passed_on: bool) -> None:
        self.alike = passed_on
        self.rows = 0
        self._bytes = Beside()
        self._texts: list[Any] = []

    def add(self, cells: Any) -> None:
        """Take in the cells of the next block, an Arrow array."""
        if self.alike and not self._bytes.add(cells):
            self._texts = self._as_texts()
            self.alike = False
        if not self.alike:
            self._texts.append(_as_texts(cells))
        self.rows += len(cells)

    def fixed(self, every: Codes) -> Wide:
        """Return the cells as codes, ``every`` if none is missing, and their bytes."""
        return self._bytes.fixed(every)

    def _as_texts(self) -> list[Any]:
        codes, labels = self.fixed(np.arange(self.rows, dtype=np.int32))
        if not len(labels):
            labels = np.zeros(1, "S1")
        chunks: list[Any] = spread(labels, codes).chunks if self.rows else []
        return chunks

    def whole(self) -> Any:
        """Return the cells as Arrow's texts, in chunks."""
        import pyarrow as pa

        return pa.chunked_array(self._texts, pa.large_string())


def _read(block: Block, names: list[str], own: list[str], alike: Sequence[int]) -> Any:
    """Return some columns of a block as an Arrow table of texts.

    Of those that may be alike some are of fixed width, where they seem to be.
    """
    widths = _widths(block, alike, len(names)) if block.place else {}
    if widths:
        try:
            return arrow_table(block, names, own, widths)
        except ValueError:
            pass
    return arrow_table(block, names, own)


def _widths(block: Block, columns: Sequence[int], count: int) -> dict[str, int]:
    """Return of some columns the width that all cells of the first lines have."""
    lines = block.body.split(b"\n", SAMPLE)[:-1]
    cells = [line.split(b",") for line in lines]
    if set(map(len, cells)) != {count}:
        return {}
    found = {at: {len(line[at]) for line in cells} - {0} for at in columns}
    return {str(at): one.pop() for at, one in found.items() if len(one) == 1}


def _as_texts(cells: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_fixed_size_binary(cells.type):
        cells = cells.cast(pa.large_binary())
    return cells.cast(pa.large_string())
