"""Linear: equal shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from attribution.arrays import codes, ragged
from attribution.models.base import Model, Params

if TYPE_CHECKING:
    from attribution.arrays.ragged import Ints
    from attribution.journeys.journeys import Journeys


LEAF = ("team", "channel")
"""A channel is a kind of touch inside a team: ``email`` of both teams is two."""


class Linear(Model):
    """Every touch takes an equal share, or every channel (``per="channel"``).

    Under ``per="channel"`` a channel's share is divided equally over its touches;
    a channel that both teams have counts once for each.

    Example:
        >>> Linear(per="channel").label
        'linear:per=channel'
    """

    per: Literal["touch", "channel"] = "touch"

    def weigh(self, journeys: Journeys, params: Params | None) -> Ints:
        """Return equal parts, or each channel's share over its touches."""
        del params
        if self.per == "touch":
            return np.broadcast_to(np.int64(1), journeys.touch_count)
        columns = [journeys.touch[name] for name in LEAF]
        sizes = [len(column.labels) for column in columns]
        leaf, count = codes.combined([column.codes for column in columns], sizes)
        return ragged.split_equally(leaf, journeys.offsets, count)

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule in one sentence, with this deal's numbers."""
        del params
        count = journey.touch_count
        if self.per == "touch":
            return (f"Each of {count} touches takes an equal share.",)
        channels = len(set(zip(*(journey.codes(name) for name in LEAF), strict=True)))
        rule = (
            f"Each of {channels} channels takes an equal share, "
            "divided equally over its touches."
        )
        return (rule,)
