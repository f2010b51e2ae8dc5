"""What it takes to make data up: bare journeys, and business with causes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import attribution as at
from benchmarks import synthetic
from benchmarks.memory import Peak

if TYPE_CHECKING:
    from collections.abc import Callable


def run(*, full: bool) -> dict[str, Any]:
    """Return the cost of 10^6 bare journeys and of 10^4 deals (full: ten times)."""
    scale = 10 if full else 1
    return {
        "journeys": _measured(_bare, 1_000_000 * scale),
        "simulate": _measured(_business, 10_000 * scale),
    }


def _measured(work: Callable[[int], int], size: int) -> dict[str, Any]:
    with Peak() as peak:
        begun = time.perf_counter()
        touches = work(size)
        seconds = time.perf_counter() - begun
    return {
        "size": size,
        "touches": touches,
        "seconds": round(seconds, 2),
        "peak_bytes": peak.bytes,
    }


def _bare(size: int) -> int:
    return synthetic.journeys(size, seed=1, channels=200).touch_count


def _business(size: int) -> int:
    """Return the touches; the tables of deals, leads and contacts are made too."""
    found = at.simulate(size, seed=1)
    tables = (found.touches, found.deals, found.leads, found.contacts)
    return len(tables[0])
