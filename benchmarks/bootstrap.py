"""Draws of other, similar deals beside one fit and one table, in the same run."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

import attribution as at
from benchmarks.tables import random_tables

if TYPE_CHECKING:
    from collections.abc import Callable

DRAWS = 200
REPEATS = 3
MODELS = ("linear", "time_decay", "shapley:worth=win_rate", "markov")
PER_ACCOUNT = 3
"""Deals of an account."""


def journeys_of(deals: int) -> at.Journeys:
    """Return journeys of five touches a deal, 12 channels, 30 % won, by account."""
    touches, table = random_tables(5 * deals, deals, seed=1)
    rng = np.random.default_rng(2)
    account = rng.integers(0, deals // PER_ACCOUNT, deals)
    names = np.array([f"001Ec{number:013d}" for number in account], object)
    return at.build_journeys(touches, table.assign(account_id=names), start="all")


def run(*, full: bool) -> dict[str, Any]:
    """Return seconds and ratios at 10^5 deals (quick: 2·10^4)."""
    journeys = journeys_of(100_000 if full else 20_000)
    return {
        "deals": len(journeys),
        "touches": journeys.touch_count,
        "draws": DRAWS,
        "models": {model: _of(journeys, model) for model in MODELS},
    }


def _of(journeys: at.Journeys, model: str) -> dict[str, Any]:
    def draw(unit: str) -> object:
        found = at.bootstrap(journeys, model, draws=DRAWS, unit=unit)
        return found.intervals(), found.swaps()

    work: dict[str, Callable[[], object]] = {
        "once": lambda: at.attribute(journeys, model).by("channel"),
        "deal": lambda: draw("deal"),
        "account": lambda: draw("account"),
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    work["once"]()
    for _ in range(REPEATS):
        for name, task in work.items():
            begun = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - begun)
    seconds = {name: statistics.median(each) for name, each in times.items()}
    return {
        "seconds": {name: round(one, 3) for name, one in seconds.items()},
        "ratio_to_once": {
            name: round(seconds[name] / seconds["once"], 1)
            for name in ("deal", "account")
        },
    }
