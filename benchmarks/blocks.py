"""Sources larger than memory: time and peak memory in blocks and in one piece.

Each way runs in a process of its own, from the same Parquet files to credit by channel.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import attribution as at
from attribution.doors.files import read_table
from benchmarks.tables import random_tables

MODELS = ["linear", "time_decay"]
WAYS = ("one piece", "blocks")
BLOCK = 1 << 18
"""Touches of a block."""


def run(*, full: bool) -> dict[str, Any]:
    """Return both ways on 2·10^6 touches over 4·10^5 deals (full: ×10)."""
    scale = 10 if full else 1
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.parquet" for name in ("touches", "deals")]
        tables = random_tables(2_000_000 * scale, 400_000 * scale, seed=1)
        for frame, path in zip(tables, paths, strict=True):
            frame.to_parquet(path, row_group_size=1 << 18)
        del tables
        found: dict[str, Any] = {way: _measured(way, paths) for way in WAYS}
    one, blocks = (found[way] for way in WAYS)
    if one["credit"] != blocks["credit"]:
        raise AssertionError("blocks and one piece differ")
    for name in ("seconds", "processor_seconds", "peak_bytes"):
        found[f"{name}_ratio"] = round(blocks[name] / one[name], 3)
    return found


def _measured(way: str, paths: list[Path]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.blocks", way, *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _work(way: str, touches: str, deals: str) -> dict[str, Any]:
    begun = time.perf_counter()
    journeys: Any
    if way == "blocks":
        journeys = at.open_journeys(touches, deals, block=BLOCK)
    else:
        journeys = at.build_journeys(read_table(touches), read_table(deals))
    built = time.perf_counter()
    credit = at.attribute(journeys, MODELS).by("channel", minor=True)
    return {
        "touches": journeys.touch_count,
        "build_seconds": round(built - begun, 2),
        "seconds": round(time.perf_counter() - begun, 2),
        "processor_seconds": round(time.process_time(), 2),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "credit": credit["revenue_minor"].tolist(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_work(*sys.argv[1:])))
