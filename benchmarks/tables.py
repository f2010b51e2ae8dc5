"""Random touches and deals of any size, from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

CHANNELS = np.array(
    [
        "paid search", "webinar", "event", "email", "content", "social",
        "call", "mail", "meeting", "demo", "proposal", "contract",
    ],
    object,
)  # fmt: skip
MARKETING = 6
"""The first channels are marketing's, the rest sales'."""


def random_tables(
    touches: int, deals: int, *, seed: int, won: float = 0.3
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return unsorted touches and their deals, with text ids of 18 characters."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"006Ec{number:013d}" for number in range(deals)], object)
    start = np.datetime64("2025-01-01", "us")
    closed = start + rng.integers(100 * 86_400, 365 * 86_400, deals).astype("m8[s]")
    own = rng.integers(0, deals, touches)
    channel = rng.integers(0, len(CHANNELS), touches)
    numbers = rng.permutation(touches)
    return (
        pd.DataFrame(
            {
                "touch_id": np.array(
                    [f"00T{number:015d}" for number in numbers], object
                ),
                "deal_id": ids[own],
                "time": closed[own]
                - rng.integers(0, 90 * 86_400, touches).astype("m8[s]"),
                "channel": CHANNELS[channel],
                "team": np.where(channel < MARKETING, "marketing", "sales"),
            }
        ),
        pd.DataFrame(
            {
                "deal_id": ids,
                "amount": np.round(rng.lognormal(10, 1, deals), 2),
                "outcome": np.where(rng.random(deals) < won, "won", "lost"),
                "closed_at": closed,
                "currency": "EUR",
            }
        ),
    )
