"""What it takes to make data up: bare journeys, and business with causes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attribution as at
from benchmarks import synthetic
from benchmarks.measuring import Measured, Row, side_by_side

if TYPE_CHECKING:
    from benchmarks.measuring import Size


def _bare(size: Size) -> Measured:
    count = 10_000_000 if size == "full" else 1_000_000
    return _once(partial(synthetic.journeys, count, seed=1, channels=200), count)


def _business(size: Size) -> Measured:
    count = 100_000 if size == "full" else 10_000
    return _once(partial(_simulated, count), count)


def _simulated(count: int) -> int:
    """Return the number of touches; every table is made."""
    found = at.simulate(count, seed=1)
    tables = (found.touches, found.deals, found.leads, found.contacts)
    return len(tables[0])


def _once(work: object, count: int) -> Measured:
    sides = side_by_side({"attribution": work}, repeats=1)
    return Measured(sides, sizes={"count": count})


ROWS = [
    Row("`benchmarks.synthetic`: {count} bare journeys", "", None, _bare),
    Row("`at.simulate`: {count} deals, every table", "", None, _business),
]
