"""Markov at scale: fit and credit beside exact time decay, in the same run."""

from __future__ import annotations

import statistics
import time
from typing import Any

import attribution as at
from benchmarks.shapley import paths

CHANNELS = 12
REPEATS = 5
TARGET = 3.0
"""Fit and credit at order 1 in at most so many times exact time decay."""

MODELS = ["time_decay", *(f"markov:order={order}" for order in (1, 2, 3, 4))]


def run(*, full: bool) -> dict[str, Any]:
    """Return seconds and ratios at 10^6 deals (quick: 2·10^5) of 12 channels."""
    journeys = paths(1_000_000 if full else 200_000, seed=1, channels=CHANNELS)
    for model in MODELS[:2]:
        at.attribute(journeys, model).by("channel")
    fits: dict[str, list[float]] = {model: [] for model in MODELS}
    totals: dict[str, list[float]] = {model: [] for model in MODELS}
    for repeat in range(REPEATS):
        for model in MODELS[: None if repeat == 0 else 2]:
            begun = time.perf_counter()
            fitted = at.fit(journeys, model)
            learned = time.perf_counter()
            at.attribute(journeys, fitted).by("channel")
            fits[model].append(learned - begun)
            totals[model].append(time.perf_counter() - begun)
    seconds = {model: statistics.median(each) for model, each in totals.items()}
    ratio = seconds[MODELS[1]] / seconds["time_decay"]
    return {
        "deals": len(journeys),
        "touches": journeys.touch_count,
        "fit_seconds": {
            model: round(statistics.median(each), 3) for model, each in fits.items()
        },
        "fit_and_credit_seconds": {
            model: round(one, 3) for model, one in seconds.items()
        },
        "order_1_over_time_decay": round(ratio, 2),
        "target": TARGET,
    }
