"""Journeys as the texts and tables that other libraries take."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from attribution.journeys.words import WON

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

HOUR = 3_600 * 1_000_000


def lists_of(journeys: Journeys) -> list[list[str]]:
    """Return the channels of each journey in order."""
    channel = journeys.touch["channel"]
    names = channel.labels[channel.codes].tolist()
    cuts = journeys.offsets.tolist()
    return [names[first:last] for first, last in pairwise(cuts)]


def texts(journeys: Journeys) -> pd.DataFrame:
    """Return one row a journey: its path as text, and how it came out."""
    won = journeys.outcome == WON
    return pd.DataFrame(
        {
            "path": [" > ".join(path) for path in lists_of(journeys)],
            "total_conversions": won.astype(np.int64),
            "total_conversion_value": np.where(won, journeys.amount / 100, 0.0),
            "total_null": (~won).astype(np.int64),
        }
    )


def with_hours(journeys: Journeys) -> pd.DataFrame:
    """Return the same with the hours of each touch before the close, as text."""
    if journeys.time is None:
        raise ValueError("the journeys hold no times")
    closed = np.repeat(journeys.closed_at, np.diff(journeys.offsets))
    hours = ((closed - journeys.time) / HOUR).astype(str).tolist()
    cuts = journeys.offsets.tolist()
    frame = texts(journeys)
    frame["hours"] = [" > ".join(hours[first:last]) for first, last in pairwise(cuts)]
    frame["journey_id"] = journeys.deal_id.astype(str)
    return frame
