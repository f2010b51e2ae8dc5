"""Of a CSV file the columns that are wanted, with no frame of pandas between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.doors.frames import arrow
from attribution.doors.frames.csv import arrow_table, in_order
from attribution.doors.frames.native import Table
from attribution.doors.frames.wide import THREADS, fixed_width

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from attribution.doors.guards import Block, CheckedCsv

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
    number = {label: str(at) for at, label in enumerate(source.labels)}
    own = [number[one] for one in source.labels if one in passed or one in compared]
    alike = [one for one in source.labels if one in passed and one not in compared]
    read = partial(
        _read, names=[*number.values()], own=own, alike=[number[one] for one in alike]
    )
    blocks = list(in_order(source, read)) if own else []
    rows = sum(map(len, blocks))
    cells = {
        label: [arrow.in_one(one.column(at)) for one in blocks]
        for label, at in number.items()
        if at in own
    }
    every = np.arange(rows, dtype=np.int32)
    with ThreadPoolExecutor(THREADS) as pool:
        wide = pool.map(lambda label: fixed_width(cells[label], every), alike)
        ahead = {label: one for label, one in zip(alike, wide, strict=True) if one}
    texts = {
        label: pa.chunked_array(map(_as_texts, some), pa.large_string())
        for label, some in cells.items()
        if label not in ahead
    }
    frame = nw.from_native(pa.table(texts), eager_only=True)
    return Table(name, source.labels, rows, frame, ahead)


def _read(
    block: Block, names: list[str], own: list[str], alike: Sequence[str]
) -> Any:
    """Return some columns of a block as an Arrow table of texts.

    Of those that may be alike some are of fixed width, where they seem to be.
    """
    widths = _widths(block, list(map(int, alike))) if block.place else {}
    if widths:
        try:
            return arrow_table(block, names, own, widths)
        except ValueError:
            pass
    return arrow_table(block, names, own)


def _widths(block: Block, columns: Sequence[int]) -> dict[str, int]:
    """Return of some columns the width that all cells of the first lines have."""
    lines = block.body.split(b"\n", SAMPLE)[:-1]
    cells = [line.split(b",") for line in lines]
    if len(set(map(len, cells))) > 1:
        return {}
    found = {at: {len(line[at]) for line in cells} - {0} for at in columns}
    return {str(at): one.pop() for at, one in found.items() if len(one) == 1}


def _as_texts(cells: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_fixed_size_binary(cells.type):
        cells = cells.cast(pa.large_binary())
    return cells.cast(pa.large_string())
