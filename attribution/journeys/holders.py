"""Which touch holds a milestone: the last one that counts, up to it and its grace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import clock, ragged

if TYPE_CHECKING:
    from attribution.arrays.ragged import Bools, Ints
    from attribution.journeys.journeys import Journeys

GRACE: Final = clock.HOUR
"""A form and the lead that it makes are stamped by two systems."""


def stamp(journeys: Journeys, milestone: str) -> tuple[Ints, Bools]:
    """Return when each deal reached a milestone, and whether only the day is known.

    int64 instants, (journeys,), ``clock.MISSING`` where it did not; bool, (journeys,).
    """
    missing = np.full(len(journeys), clock.MISSING)
    nothing = np.zeros(len(journeys), np.bool_)
    at = journeys.milestones.get(milestone, missing)
    return at, journeys.milestone_days.get(milestone, nothing)


def reached(journeys: Journeys, at: Ints, on_day: Bools) -> Bools:
    """Return the touches at or before an instant of their deal and its grace.

    One hour; a day where the touch or the instant is known by its day alone. No touch
    where the instant is missing, or touches have no time.

    Args:
        journeys: With t touches of j deals.
        at: int64, (j,), ``clock.MISSING`` where there is none.
        on_day: bool, (j,): the instant is the end of a day.

    Returns:
        bool, (t,).
    """
    if journeys.time is None:
        return np.zeros(journeys.touch_count, np.bool_)
    offsets = journeys.offsets
    there = at != clock.MISSING
    last = np.where(there, at, 0) + np.where(on_day, clock.DAY, GRACE)
    found: Bools = journeys.time <= ragged.spread(last, offsets)
    if journeys.day.any():
        later = ragged.spread(np.where(there, at, 0) + clock.DAY, offsets)
        found |= journeys.day & (journeys.time <= later)
    found &= ragged.spread(there, offsets)
    return found


def holder(journeys: Journeys, milestone: str) -> Ints:
    """Return the touch that holds a milestone of each deal, -1 for none.

    int64, (journeys,), places of touches: the last that reached it, in journey order.

    Example:
        >>> import attribution as at
        >>> holder(at.journeys_from_paths(["a > b"], wins=[1]), "lead").tolist()
        [-1]
    """
    chosen = reached(journeys, *stamp(journeys, milestone))
    return ragged.last_where(chosen, journeys.offsets)
