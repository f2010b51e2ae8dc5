"""First touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.models.base import Model, Params

if TYPE_CHECKING:
    from attribution.arrays.ragged import Ints
    from attribution.journeys.journeys import Journeys


class FirstTouch(Model):
    """The earliest touch takes the whole deal: who opened it.

    Example:
        >>> FirstTouch().label
        'first_touch'
    """

    def sole_touch(self, journeys: Journeys, params: Params | None) -> Ints:
        """Return the first touch of each journey."""
        del params
        offsets = journeys.offsets
        return np.where(offsets[1:] > offsets[:-1], offsets[:-1], -1)

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule in one sentence."""
        del journey, params
        return ("The earliest touch takes the whole deal.",)
