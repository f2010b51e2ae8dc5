"""Last touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.arrays import ragged
from attribution.models.base import Model, Params

if TYPE_CHECKING:
    from attribution.arrays.ragged import Bools, Ints
    from attribution.journeys.journeys import Journeys


class LastTouch(Model):
    """The latest touch takes the whole deal: who closed it.

    Touches of the channels in ``skip`` take nothing unless the deal has no other:
    ``skip="Direct"`` is last non-direct, as in Google Analytics.

    Example:
        >>> LastTouch(skip="Direct").label
        'last_touch:skip=Direct'
    """

    skip: tuple[str, ...] = ()

    def sole_touch(self, journeys: Journeys, params: Params | None) -> Ints:
        """Return the last touch of each journey that is not skipped."""
        del params
        offsets = journeys.offsets
        last = np.where(offsets[1:] > offsets[:-1], offsets[1:] - 1, -1)
        if not self.skip:
            return last
        other = ragged.last_where(~self._skipped(journeys), offsets)
        return np.where(other >= 0, other, last)

    def _skipped(self, journeys: Journeys) -> Bools:
        column = journeys.touch["channel"]
        chosen = np.array([label in self.skip for label in column.labels], np.bool_)
        return chosen[column.codes]

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule in one sentence, and what it skipped here."""
        if not self.skip:
            return ("The latest touch takes the whole deal.",)
        names = " or ".join(self.skip)
        if self._skipped(journey).all():
            return (f"The latest touch takes the whole deal: all are {names}.",)
        rule = f"The latest touch that is not {names} takes the whole deal"
        after = journey.touch_count - 1 - int(self.sole_touch(journey, params)[0])
        return (f"{rule}; {after} later {'is' if after == 1 else 'are'} skipped.",)
