"""The main job: from raw pandas tables to credit by channel under four models."""

from __future__ import annotations

import statistics
import time
from typing import Any

import attribution as at
from benchmarks.memory import Peak
from benchmarks.tables import random_tables

MODELS = ["first_touch", "last_touch", "linear", "time_decay"]


def run(*, full: bool) -> dict[str, Any]:
    """Return times and peak memory of 10^6 touches over 2·10^5 deals (full: ×5)."""
    scale = 5 if full else 1
    touches, deals = random_tables(1_000_000 * scale, 200_000 * scale, seed=1)
    tables = int(touches.memory_usage(deep=True).sum())
    tables += int(deals.memory_usage(deep=True).sum())
    _warm_up()
    with Peak() as peak:
        begun = time.perf_counter()
        journeys = at.build_journeys(touches, deals)
        built = time.perf_counter()
        credits = at.attribute(journeys, MODELS)
        credits.by("channel")
        done = time.perf_counter()
    return {
        "touches": len(touches),
        "deals": len(deals),
        "input_bytes": tables,
        "peak_extra_bytes": peak.bytes,
        "peak_over_input": round((peak.bytes + tables) / tables, 3),
        "build_seconds": round(built - begun, 3),
        "four_models_seconds": round(done - built, 3),
        "model_seconds": {model: _median(credits, model) for model in MODELS},
    }


def _warm_up() -> None:
    touches, deals = random_tables(1000, 200, seed=2)
    at.attribute(at.build_journeys(touches, deals), MODELS).by("channel")


def _median(credits: at.Credits, model: str) -> float:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        credits.by("channel", model=model)
        times.append(time.perf_counter() - begun)
    return round(statistics.median(times), 4)
