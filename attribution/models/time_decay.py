"""Time decay: the nearer the anchor, the more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import BeforeValidator

from attribution.arrays import clock, ragged
from attribution.models.base import Model, Params

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats
    from attribution.journeys.journeys import Journeys


def _canonical(value: object) -> str:
    return clock.duration_text(clock.duration(value, "half_life"))


class TimeDecay(Model):
    """Weights halve with every ``half_life`` before the anchor.

    A touch of age a has the weight 2^(-a / half_life), normalised in the deal; 7 days
    as in Adobe Analytics and Google Ads. Only differences of age matter, so that ages
    count from the last touch: safe for any age, and moving the anchor changes nothing.

    Example:
        >>> TimeDecay(half_life="2w").label
        'time_decay:half_life=14d'
    """

    needs: ClassVar[frozenset[str]] = frozenset({"time"})

    half_life: Annotated[str, BeforeValidator(_canonical)] = "7d"

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats:
        """Return 2^(-age / half_life), normalised in each journey."""
        del params
        offsets, time = journeys.offsets, journeys.time
        if time is None:
            raise NotImplementedError
        latest = ragged.reduce(np.maximum, time, offsets)
        age = ragged.spread(latest, offsets) - time
        weights = clock.half_lives(age, clock.duration(self.half_life, "half_life"))
        weights /= ragged.spread(ragged.sums(weights, offsets), offsets)
        return weights

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule, and the age by which half of the credit is reached."""
        half_life = clock.duration(self.half_life, "half_life")
        words = clock.duration_words(half_life)
        rule = f"A touch {words} earlier than another takes half as much."
        if journey.time is None or not journey.touch_count:
            return (rule,)
        weights = self.weigh(journey, params)[::-1]
        place = int(np.searchsorted(np.cumsum(weights), 0.5 - 1e-12))
        end = int(journey.end[0])
        age = end - int(journey.time[::-1][place])
        days = f"{age / clock.DAY:.1f}".removesuffix(".0")
        half = f"Half of the credit is reached at an age of {days} days."
        return (rule, half)
