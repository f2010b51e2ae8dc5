"""The yardstick: loops over touches, compiled by numba, on one thread.

Each reads the columns of journeys and gives revenue and wins by channel; the two sums
stand side by side, so that a touch meets one cache line.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.measuring import peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys

HALF_LIFE = 7 * 86_400 * 1_000_000
LONGEST = 4096
"""Touches of a journey whose weights the decay loop keeps; longer ones it meets not."""


def linear(journeys: Journeys) -> Floats:
    """Return revenue in minor units and wins by channel, float64 (channels, 2)."""
    won = len(journeys.amount[journeys.span("won")])
    channel = journeys.touch["channel"]
    loop = _compiled("linear")
    found: Floats = loop(
        journeys.offsets[: won + 1], channel.codes, journeys.amount, len(channel.labels)
    )
    return found


def time_decay(journeys: Journeys) -> Floats:
    """Return the same under time decay with a half-life of a week."""
    won = len(journeys.amount[journeys.span("won")])
    channel = journeys.touch["channel"]
    loop = _compiled("time_decay")
    found: Floats = loop(
        journeys.offsets[: won + 1],
        channel.codes,
        journeys.amount,
        journeys.time,
        len(channel.labels),
    )
    return found


@cache
def _compiled(name: str) -> Callable[..., Any]:
    loops: dict[str, Callable[..., Any]] = {
        "linear": linear_loop,
        "time_decay": decay_loop,
    }
    compiled: Callable[..., Any] = peer("numba").njit(loops[name])
    return compiled


def linear_loop(offsets: Ints, codes: Array, amount: Ints, count: int) -> Floats:
    """Return the sums of linear; numba compiles this function as it stands."""
    sums = np.zeros((count, 2))
    for deal in range(len(offsets) - 1):
        first, last = offsets[deal], offsets[deal + 1]
        if first == last:
            continue
        win = 1.0 / (last - first)
        revenue = amount[deal] * win
        for touch in range(first, last):
            sums[codes[touch], 0] += revenue
            sums[codes[touch], 1] += win
    return sums


def decay_loop(
    offsets: Ints, codes: Array, amount: Ints, time: Ints, count: int
) -> Floats:
    """Return the sums of time decay; numba compiles this function as it stands."""
    sums = np.zeros((count, 2))
    weights = np.empty(LONGEST)
    rate = math.log(2.0) / HALF_LIFE
    for deal in range(len(offsets) - 1):
        first, last = offsets[deal], offsets[deal + 1]
        whole = 0.0
        for touch in range(first, last):
            weight = math.exp((time[touch] - time[last - 1]) * rate)
            weights[touch - first] = weight
            whole += weight
        for touch in range(first, last):
            win = weights[touch - first] / whole
            sums[codes[touch], 0] += amount[deal] * win
            sums[codes[touch], 1] += win
    return sums
