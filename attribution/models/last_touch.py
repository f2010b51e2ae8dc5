"""Last touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.models.base import Model, Params

if TYPE_CHECKING:
    from attribution.arrays.ragged import Ints
    from attribution.journeys.journeys import Journeys


class LastTouch(Model):
    """The latest touch takes the whole deal: who closed it.

    Example:
        >>> LastTouch().label
        'last_touch'
    """

    def weigh(self, journeys: Journeys, params: Params | None) -> Ints:
        """Return 1 for the last touch of each journey, else 0."""
        del params
        parts = np.zeros(journeys.touch_count, np.int64)
        filled = journeys.offsets[1:] > journeys.offsets[:-1]
        parts[journeys.offsets[1:][filled] - 1] = 1
        return parts

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule in one sentence."""
        del journey, params
        return ("The latest touch takes the whole deal.",)
