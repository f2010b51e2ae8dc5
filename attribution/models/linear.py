"""Linear: equal shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from attribution.arrays import ragged
from attribution.models.base import Model, Params

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats, Ints
    from attribution.journeys.journeys import Journeys


class Linear(Model):
    """Every touch takes an equal share, or every channel (``per="channel"``).

    Under ``per="channel"`` a channel's share is divided equally over its touches.

    Example:
        >>> Linear(per="channel").label
        'linear:per=channel'
    """

    per: Literal["touch", "channel"] = "touch"

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats | Ints:
        """Return equal parts, or each channel's share over its touches."""
        del params
        if self.per == "touch":
            return np.ones(journeys.touch_count, np.int64)
        column = journeys.touch["channel"]
        same, distinct = ragged.repeats(
            column.codes, journeys.offsets, len(column.labels)
        )
        shares: Floats = 1.0 / (same * ragged.spread(distinct, journeys.offsets))
        return shares

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule in one sentence, with this deal's numbers."""
        del params
        count = journey.touch_count
        if self.per == "touch":
            return (f"Each of {count} touches takes an equal share.",)
        channels = len(np.unique(journey.codes("channel")))
        rule = (
            f"Each of {channels} channels takes an equal share, "
            "divided equally over its touches."
        )
        return (rule,)
