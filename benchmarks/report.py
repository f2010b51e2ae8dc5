"""The one-page report of many deals: seconds and bytes."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import attribution as at
from benchmarks.bootstrap import journeys_of

MODELS = ("linear", "first_touch", "last_touch")
LEARNED = (*MODELS, "shapley:worth=win_rate")


def run(*, full: bool) -> dict[str, Any]:
    """Return the figures at 10^5 deals (quick: 2·10^4)."""
    journeys = journeys_of(100_000 if full else 20_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        _report(journeys.select(journeys.deal_id == journeys.deal_id[0]), MODELS, path)
        return {
            "deals": len(journeys),
            "touches": journeys.touch_count,
            "rules": _report(journeys, MODELS, path),
            "with_shapley": _report(journeys, LEARNED, path),
        }


def _report(
    journeys: at.Journeys, models: tuple[str, ...], path: Path
) -> dict[str, Any]:
    begun = time.perf_counter()
    at.report(at.attribute(journeys, list(models)), path)
    seconds = time.perf_counter() - begun
    return {"models": len(models), "seconds": seconds, "bytes": path.stat().st_size}
