"""Shapley at scale: fit and credit beside exact time decay, in the same run."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable

CHANNELS = 20
REPEATS = 5


def paths(deals: int, *, seed: int, channels: int = CHANNELS) -> at.Journeys:
    """Return journeys, 30 % won, lengths geometric of mean 5, with dates."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    lengths = np.minimum(rng.geometric(0.2, deals), 60)
    deal = np.repeat(np.arange(deals), lengths)
    weight = 1 / np.arange(1, channels + 1)
    channel = rng.choice(channels, len(deal), p=weight / weight.sum())
    start = np.datetime64("2025-01-01", "us")
    closed = start + rng.integers(100 * 86_400, 365 * 86_400, deals).astype("m8[s]")
    back = rng.integers(0, 90 * 86_400, len(deal)).astype("m8[s]")
    touches = pd.DataFrame(
        {
            "deal_id": deal,
            "time": closed[deal] - back,
            "channel": pd.Categorical.from_codes(
                channel, [f"channel {number:02}" for number in range(channels)]
            ),
            "team": pd.Categorical.from_codes(channel % 2, ["marketing", "sales"]),
        }
    )
    outcome = np.where(rng.random(deals) < 0.3, "won", "lost")
    amount = rng.integers(1, 10**6, deals)
    table = pd.DataFrame(
        {
            "deal_id": np.arange(deals),
            "amount": amount,
            "outcome": outcome,
            "closed_at": closed,
        }
    )
    return at.build_journeys(touches, table, currency="EUR")


def run(*, full: bool) -> dict[str, Any]:
    """Return seconds and ratios at 10^6 deals (quick: 2·10^5)."""
    journeys = paths(1_000_000 if full else 200_000, seed=1)
    work: dict[str, Callable[[], object]] = {
        "time_decay": lambda: _by(journeys, "time_decay"),
        "shapley": lambda: _by(journeys, "shapley"),
        "shapley:worth=win_rate": lambda: _by(journeys, "shapley:worth=win_rate"),
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    for task in work.values():
        task()
    for _ in range(REPEATS):
        for name, task in work.items():
            begun = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(each) for name, each in times.items()}
    decay = medians["time_decay"]
    return {
        "deals": len(journeys),
        "touches": journeys.touch_count,
        "seconds": {name: round(one, 3) for name, one in medians.items()},
        "ratio_to_time_decay": {
            name: round(one / decay, 2) for name, one in medians.items()
        },
    }


def _by(journeys: at.Journeys, model: str) -> object:
    """Fit, if there is anything to fit, and credit by channel."""
    return at.attribute(journeys, model).by("channel")
