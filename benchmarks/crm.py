"""A Salesforce export of 10^6 activities of ten columns, from its files to touches."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import attribution as at
from attribution.intake.crm.ids import salesforce_ids

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = 3.0
"""Importing takes at most so many times what pandas takes to read the same CSV."""

DEALS, ACCOUNTS, PEOPLE, OWNERS = 20_000, 10_000, 60_000, 200


def run(*, full: bool) -> dict[str, Any]:
    """Return seconds of both, their ratio in this run, and the rows.

    Seconds of the processor, of all threads, say more where a machine is busy. pandas
    reads the file twice: with types guessed, and every column as text, which is what
    keeps ids and amounts as they are.
    """
    rows = 5_000_000 if full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, rows)
        file = folder / "Task.csv"
        works: tuple[Callable[[], object], ...] = (
            lambda: at.crm.salesforce(folder),
            lambda: pd.read_csv(file),
            lambda: pd.read_csv(file, dtype=str),
        )
        found = at.crm.salesforce(folder)
        times = np.array([[_seconds(work) for work in works] for _ in range(5)])
    (ours, guessed, text), (ours_cpu, guessed_cpu, _) = np.median(times, axis=0).T
    return {
        "rows": rows,
        "touches": len(found.touches),
        "import_seconds": round(ours, 3),
        "pandas_seconds": round(guessed, 3),
        "pandas_text_seconds": round(text, 3),
        "import_over_pandas": round(ours / guessed, 2),
        "import_over_pandas_text": round(ours / text, 2),
        "import_cpu_seconds": round(ours_cpu, 3),
        "pandas_cpu_seconds": round(guessed_cpu, 3),
        "import_over_pandas_cpu": round(ours_cpu / guessed_cpu, 2),
        "target": TARGET,
    }


def _write(folder: Path, rows: int) -> None:
    """Write an export of tasks, and the opportunities that they name."""
    rng = np.random.default_rng(1)
    deals, accounts, people, owners = (
        _ids(prefix, count)
        for prefix, count in (
            ("006", DEALS), ("001", ACCOUNTS), ("003", PEOPLE), ("005", OWNERS),
        )
    )  # fmt: skip
    start = np.datetime64("2024-01-01", "s")
    stamps = start + rng.integers(0, 365 * 86_400, (2, rows))
    created, completed = (np.datetime_as_string(one).astype(object) for one in stamps)
    subjects = np.array([f"Call number {n}" for n in range(10_000)], object)
    pd.DataFrame(
        {
            "Id": _ids("00T", rows),
            "WhoId": people[rng.integers(0, PEOPLE, rows)],
            "WhatId": deals[rng.integers(0, DEALS, rows)],
            "AccountId": accounts[rng.integers(0, ACCOUNTS, rows)],
            "OwnerId": owners[rng.integers(0, OWNERS, rows)],
            "Subject": subjects[rng.integers(0, len(subjects), rows)],
            "TaskSubtype": rng.choice(["Call", "Email", "Task"], rows),
            "IsClosed": np.where(rng.random(rows) < 0.9, "true", "false"),
            "CompletedDateTime": completed + ".000+0000",
            "CreatedDate": created + ".000+0000",
        }
    ).to_csv(folder / "Task.csv", index=False)
    pd.DataFrame(
        {
            "Id": deals,
            "AccountId": accounts[rng.integers(0, ACCOUNTS, DEALS)],
            "Amount": rng.integers(1, 100_000, DEALS),
            "StageName": "Closed Won",
            "CloseDate": "2025-01-01",
            "IsClosed": "true",
            "IsWon": "true",
        }
    ).to_csv(folder / "Opportunity.csv", index=False)


def _ids(prefix: str, count: int) -> Any:
    return salesforce_ids(np.array([f"{prefix}Ec{n:010d}" for n in range(count)]))


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of the clock and of the processor."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - used
