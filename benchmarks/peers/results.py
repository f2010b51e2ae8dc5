"""Results in one form, so that the sides of a row can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

Rules = dict[str, dict[str, tuple[float, float]]]
"""By rule and channel: revenue in major units, and wins."""


def rules_of(table: pd.DataFrame) -> Rules:
    """Return a table of ``credits.by("channel")`` as rules."""
    found: Rules = {}
    names = ("model", "channel", "revenue", "wins")
    columns = (table[name].tolist() for name in names)
    for model, channel, revenue, wins in zip(*columns, strict=True):
        found.setdefault(model, {})[channel] = (revenue, wins)
    return found


def apart(
    one: Mapping[str, float], other: Mapping[str, float], *, floor: float = 0.0
) -> float:
    """Return the largest relative difference of two results by channel.

    Differences are relative to the larger of the value and ``floor``; a channel that
    one of them lacks counts as 0 there.
    """
    keys = one.keys() | other.keys()
    pairs = np.array([[one.get(key, 0.0), other.get(key, 0.0)] for key in keys])
    if not len(pairs):
        return 0.0
    size = np.maximum(np.abs(pairs).max(axis=1), floor)
    return float(np.max(np.abs(pairs[:, 0] - pairs[:, 1]) / np.where(size, size, 1)))


def rules_apart(one: Rules, other: Rules) -> float:
    """Return the largest relative difference of any revenue or wins of the rules."""
    if one.keys() != other.keys():
        return np.inf
    return max(
        apart(
            {key: pair[at] for key, pair in one[rule].items()},
            {key: pair[at] for key, pair in other[rule].items()},
        )
        for rule in one
        for at in (0, 1)
    )
