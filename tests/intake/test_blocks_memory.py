"""A source that one piece cannot hold is read in blocks under the same cap."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import attribution as at
from attribution.doors.files import read_table

if TYPE_CHECKING:
    from pathlib import Path

TOUCHES, DEALS = 1_500_000, 20_000
CAP = 380 << 20
"""Bytes of address space beyond what the process has when it begins."""

PROGRAM = """
import json, resource, sys
import attribution as at
from attribution.doors.files import read_table
import pandas, pyarrow.parquet, narwhals

at.attribute(at.open_journeys(*at.sample()[:2]), "linear").by("channel")
way, touches, deals, cap = sys.argv[1:]
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limit = taken + int(cap)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    if way == "blocks":
        journeys = at.open_journeys(touches, deals, max_memory=int(cap))
    else:
        journeys = at.build_journeys(read_table(touches), read_table(deals))
    frame = at.attribute(journeys, "linear", threads=1).by("channel", minor=True)
    print(json.dumps(frame.to_dict("list")))
except MemoryError:
    print("MemoryError")
"""


@pytest.fixture(name="paths", scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(1)
    closed = pd.Timestamp("2026-01-01", tz="UTC")
    own = rng.integers(0, DEALS, TOUCHES)
    channel = rng.integers(0, 8, TOUCHES)
    age = pd.to_timedelta(rng.integers(1, 90 * 86_400, TOUCHES), unit="s")
    touches = pd.DataFrame(
        {
            "touch_id": [f"T{at:017d}" for at in rng.permutation(TOUCHES).tolist()],
            "deal_id": [f"D{at:017d}" for at in own.tolist()],
            "time": closed - age,
            "channel": np.array([f"channel {at}" for at in range(8)])[channel],
            "team": np.where(channel < 4, "marketing", "sales"),
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": [f"D{at:017d}" for at in range(DEALS)],
            "amount": rng.integers(1, 10**6, DEALS),
            "outcome": np.where(rng.random(DEALS) < 0.5, "won", "lost"),
            "closed_at": closed,
            "currency": "EUR",
        }
    )
    paths = folder / "touches.parquet", folder / "deals.parquet"
    touches.to_parquet(paths[0], row_group_size=1 << 16)
    deals.to_parquet(paths[1])
    return paths


def under_the_cap(way: str, paths: tuple[Path, Path]) -> str:
    command = [sys.executable, "-c", PROGRAM, way, *map(str, paths), str(CAP)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or [done.stderr])[-1]


@pytest.mark.slow
def test_F09_blocks_stay_under_a_cap_that_one_piece_passes(
    paths: tuple[Path, Path],
) -> None:
    assert under_the_cap("one piece", paths) == "MemoryError"
    found = json.loads(under_the_cap("blocks", paths))
    journeys = at.build_journeys(*map(read_table, paths))
    expected = at.attribute(journeys, "linear").by("channel", minor=True)
    assert found == expected.to_dict("list")
