"""Bare synthetic journeys of any size from a seed, and the raw tables behind them.

Nothing causes anything here: channels are drawn by popularity alone, so that the cost
of the library is measured and nothing else. ``at.simulate`` is the one with causes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from attribution.arrays import clock, ragged
from attribution.journeys.journeys import Journeys
from attribution.journeys.words import LOST, WON, Labelled

if TYPE_CHECKING:
    import pandas as pd

    from attribution.arrays.ragged import Array, Ints

Ids = Literal["text", "integer"]

TABLE = 1 << 16
"""Places of the table by which channels are drawn: shares are multiples of 2^-16."""

LONGEST = 1_000
"""Touches of the longest journey."""

SPREAD = 1.0
"""Standard deviation of the log length: 1 in 100 journeys is six times the mean."""

GAP = 3 * 86_400
"""Mean seconds between two touches."""

PREFIX, DIGITS = "006Ec", 13
"""Text ids have 18 characters, as Salesforce's."""

BLOCK = 1 << 20
"""Ids written at a time."""


def lengths_of(count: int, mean: float, rng: np.random.Generator) -> Ints:
    """Return the touches of each journey: lognormal, one at least."""
    drawn = rng.lognormal(np.log(mean) - SPREAD**2 / 2, SPREAD, count)
    return np.clip(np.rint(drawn), 1, LONGEST).astype(np.int64)


def channel_codes(touches: int, channels: int, rng: np.random.Generator) -> Array:
    """Return int32 codes, the k-th most popular channel in proportion to 1 / k."""
    weight = 1 / np.arange(1, channels + 1)
    edges = np.rint(np.cumsum(weight) / weight.sum() * TABLE).astype(np.int64)
    popular = rng.permutation(channels).astype(np.int32)
    places = rng.integers(0, TABLE, touches, np.uint16)
    return popular[np.repeat(np.arange(channels), np.diff(edges, prepend=0))][places]


def journeys(
    count: int,
    *,
    seed: int,
    touches: float = 5.0,
    channels: int = 12,
    won: float = 1.0,
) -> Journeys:
    """Return ``count`` journeys, a share of them ``won``, the rest lost.

    Lengths are heavy-tailed with mean ``touches``; half of the channels are of
    marketing, half of sales; ids are integers. Columns that hold one label everywhere
    take no memory.
    """
    rng = np.random.default_rng(seed)
    offsets = ragged.offsets_of(lengths_of(count, touches, rng))
    total = int(offsets[-1])
    closed = _closes(count, rng)
    channel = channel_codes(total, channels, rng)
    names = [f"channel {number:03}" for number in range(channels)]
    same = np.broadcast_to(np.int32(0), total)
    nothing = np.broadcast_to(np.int64(clock.MISSING), count)
    outcome = np.where(np.arange(count) < round(won * count), WON, LOST)
    return Journeys(
        offsets=offsets,
        time=_times(offsets, closed, rng),
        touch={
            "team": Labelled(channel % 2, np.array(["marketing", "sales"], object)),
            "channel": Labelled(channel, np.array(names, object)),
            **{
                name: Labelled(same, np.array(["(none)"], object))
                for name in ("campaign", "rep", "contact")
            },
            "link": Labelled(same, np.array(["deal"], object)),
        },
        process=np.broadcast_to(np.False_, total),
        day=np.broadcast_to(np.False_, total),
        touch_id=None,
        cost=None,
        row=np.arange(total),
        amount=np.rint(rng.lognormal(13, 1, count)).astype(np.int64),
        currency=np.zeros(count, np.int16),
        currencies=("EUR",),
        decimals=(2,),
        outcome=outcome.astype(np.int8),
        start=nothing,
        end=closed,
        closed_at=closed,
        created_at=nothing,
        milestones={},
        milestone_days={},
        amount_at_opportunity=None,
        deal_id=np.arange(count),
        deal={},
        count=np.broadcast_to(np.int64(1), count),
        reason=np.broadcast_to(np.int8(-1), count),
        options={"tz": "UTC", "anchor": "closed", "as_of": int(closed.max(initial=0))},
    )


def _closes(count: int, rng: np.random.Generator) -> Ints:
    """Return closes within the year 2025, on whole seconds."""
    first = clock.instant_of("2025-01-01T00:00:00Z", "first", "UTC")
    return first + rng.integers(0, 365 * 86_400, count) * clock.SECOND


def _times(offsets: Ints, closed: Ints, rng: np.random.Generator) -> Ints:
    """Return the times of touches, back from each close, a second apart at least."""
    elapsed = np.cumsum(
        rng.integers(1, 2 * GAP, int(offsets[-1]), np.int32), dtype=np.int64
    )
    ends = elapsed[offsets[1:] - 1] + rng.integers(0, 2 * GAP, len(closed))
    elapsed -= ragged.spread(ends, offsets)
    elapsed *= clock.SECOND
    elapsed += ragged.spread(closed, offsets)
    return elapsed


def text_ids(numbers: Ints) -> Array:
    """Return ids of 18 characters as an object array, in the order of the numbers."""
    found = np.empty(len(numbers), object)
    for first in range(0, len(numbers), BLOCK):
        own = numbers[first : first + BLOCK].astype(f"U{DIGITS}")
        padded = np.strings.add(PREFIX, np.strings.zfill(own, DIGITS))
        found[first : first + BLOCK] = padded.astype(object)
    return found


def tables(
    source: Journeys, *, seed: int, ids: Ids = "text"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the touches and deals of bare journeys as raw tables, rows unsorted.

    Text ids have 18 characters, and labels are text; with integer ids labels are
    categorical.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    order = rng.permutation(source.touch_count)
    deal = ragged.segments_of(source.offsets)[order]
    deals = rng.permutation(len(source))
    names = text_ids(source.deal_id) if ids == "text" else source.deal_id
    columns = {
        name: pd.Categorical.from_codes(column.codes[order], column.labels)
        if ids == "integer"
        else column.labels[column.codes[order]]
        for name, column in source.touch.items()
        if name in {"team", "channel"}
    }
    return pd.DataFrame(
        {"deal_id": names[deal], "time": _stamps(source.time, order), **columns}
    ), pd.DataFrame(
        {
            "deal_id": names[deals],
            "amount": (source.amount / 100)[deals],
            "currency": "EUR",
            "outcome": np.where(source.outcome == WON, "won", "lost")[deals],
            "closed_at": _stamps(source.closed_at, deals),
        }
    )


def _stamps(at: Ints | None, order: Ints) -> pd.DatetimeIndex:
    import pandas as pd

    times = np.zeros(len(order), np.int64) if at is None else at
    return pd.DatetimeIndex(times[order].view("datetime64[us]")).tz_localize("UTC")
