"""Memory beyond the columns that come in: journeys, and raw tables."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import attribution as at
from benchmarks import synthetic
from benchmarks.measuring import Measured, Row, Timing, at_most, side_by_side
from benchmarks.table import memory

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from attribution.journeys.journeys import Journeys
    from benchmarks.measuring import Size

MODELS = ["first_touch", "last_touch", "linear", "time_decay", "u_shaped"]
TABLES = (("team",), ("channel",), ("team", "channel"), ("campaign",))


def _tables(journeys: Journeys) -> None:
    credits = at.attribute(journeys, MODELS)
    for dims in TABLES:
        credits.by(*dims)


def _from_journeys(size: Size) -> Measured:
    journeys = _journeys(size)
    columns = sum(_bytes(column) for column in vars(journeys).values())
    sizes = {"journeys": len(journeys)}
    return _measured(lambda: _tables(journeys), columns, sizes)


def _from_tables(size: Size) -> Measured:
    touches, deals = synthetic.tables(_journeys(size), seed=9)
    columns = _frame_bytes(touches) + _frame_bytes(deals)

    def work() -> None:
        _tables(at.build_journeys(touches, deals))

    found = _measured(work, columns, {"touches": len(touches)})
    journeys = at.build_journeys(touches, deals)
    held = sum(_bytes(column) for column in vars(journeys).values())
    texts = sum(map(sys.getsizeof, journeys.deal_id.tolist()))
    limit = (
        f"the journeys that are built hold {memory(held)} in arrays and, as Python "
        f"texts, {memory(texts)} of deal ids; the rest are the touches as they were "
        f"read, held until the journeys stand."
    )
    return replace(found, limit=limit)


def _journeys(size: Size) -> Journeys:
    count = 5_000_000 if size == "full" else 1_000_000
    return synthetic.journeys(count, seed=8, won=0.3)


def _measured(
    work: Callable[[], None], columns: int, sizes: dict[str, int]
) -> Measured:
    timing: Timing = side_by_side({"attribution": work}, repeats=1)["attribution"]
    return Measured(
        {"attribution": timing},
        measured=timing.peak_bytes / columns,
        sizes=sizes,
        figures={"bytes_of_the_columns": columns},
    )


def _bytes(column: Any) -> int:
    """Return the bytes of what journeys hold: arrays, and mappings of them."""
    if isinstance(column, np.ndarray):
        held = column if column.base is None else np.empty(0)
        return column.nbytes if 0 not in column.strides else held.nbytes
    if isinstance(column, dict):
        return sum(_bytes(one) for one in column.values())
    if isinstance(column, tuple):
        return sum(_bytes(one) for one in column)
    return 0


def _frame_bytes(frame: pd.DataFrame) -> int:
    return int(frame.memory_usage(deep=True, index=False).sum())


ROWS = [
    Row(
        "memory at the peak, five models, four tables, {journeys} journeys",
        "the columns of the journeys",
        at_most(1),
        _from_journeys,
    ),
    Row(
        "memory at the peak, five models, four tables, from {touches} raw touches",
        "the columns of the raw tables",
        at_most(1),
        _from_tables,
        note="The journeys that are built are counted, too.",
    ),
]
