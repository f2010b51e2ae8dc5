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

TOUCHES, DEALS = 4_000_000, 20_000
CAP = 300 << 20
"""Bytes of address space beyond what the process has when it begins."""

WIDE = 512 << 20
"""The same, for a table of many columns."""

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
    elif way == "suggested":
        try:
            at.open_journeys(touches, deals, max_memory=int(cap), block=10**9)
        except at.InputError as error:
            remedy = error.issues[0].remedy
        block = int(remedy.split("block=")[1].split()[0])
        journeys = at.open_journeys(touches, deals, max_memory=int(cap), block=block)
        assert journeys.block_count > 1
    else:
        journeys = at.build_journeys(read_table(touches), read_table(deals))
    frame = at.attribute(journeys, "linear", threads=1).by("channel", minor=True)
    print(json.dumps(frame.to_dict("list")))
except MemoryError:
    print("MemoryError")
"""


def written(folder: Path, touches: int, *, wide: bool) -> tuple[Path, Path]:
    """Write Parquet files of touches, of 5 or 11 columns, and deals."""
    rng = np.random.default_rng(1)
    closed = pd.Timestamp("2026-01-01", tz="UTC")
    own = rng.integers(0, DEALS, touches)
    channel = rng.integers(0, 8, touches)
    age = pd.to_timedelta(rng.integers(1, 90 * 86_400, touches), unit="s")
    frame = pd.DataFrame(
        {
            "touch_id": [f"T{at:017d}" for at in rng.permutation(touches).tolist()],
            "deal_id": [f"D{at:017d}" for at in own.tolist()],
            "time": closed - age,
            "channel": np.array([f"channel {at}" for at in range(8)])[channel],
            "team": np.where(channel < 4, "marketing", "sales"),
        }
    )
    if wide:
        people = rng.integers(0, 5 * DEALS, touches)
        frame = frame.assign(
            contact_id=[f"C{at:017d}" for at in people.tolist()],
            account_id=[f"A{at:017d}" for at in own.tolist()],
            campaign=[f"campaign {at}" for at in (people % 200).tolist()],
            rep=[f"rep {at}" for at in (people % 50).tolist()],
            cost=rng.integers(0, 1000, touches) / 100,
            process=channel == 0,
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
    frame.to_parquet(paths[0], row_group_size=1 << 16)
    deals.to_parquet(paths[1])
    return paths


def under_the_cap(way: str, paths: tuple[Path, Path], cap: int) -> str:
    command = [sys.executable, "-c", PROGRAM, way, *map(str, paths), str(cap)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or [done.stderr])[-1]


def in_one_piece(paths: tuple[Path, Path]) -> dict[str, list[object]]:
    journeys = at.build_journeys(*map(read_table, paths))
    found: dict[str, list[object]] = (
        at.attribute(journeys, "linear").by("channel", minor=True).to_dict("list")
    )
    return found


@pytest.mark.slow
def test_F09_blocks_stay_under_a_cap_that_one_piece_passes(tmp_path: Path) -> None:
    paths = written(tmp_path, TOUCHES, wide=False)
    assert under_the_cap("one piece", paths, CAP) == "MemoryError"
    assert json.loads(under_the_cap("blocks", paths, CAP)) == in_one_piece(paths)


@pytest.mark.slow
def test_F09_the_block_that_a_refusal_names_stays_under_the_cap(tmp_path: Path) -> None:
    paths = written(tmp_path, TOUCHES // 10, wide=True)
    assert json.loads(under_the_cap("suggested", paths, WIDE)) == in_one_piece(paths)
