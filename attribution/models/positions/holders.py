"""Who holds which position: the first and last touch, and those of milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import clock, ragged
from attribution.journeys import holders as dated
from attribution.journeys.holders import reached
from attribution.journeys.words import MILESTONES, OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Bools, Ints
    from attribution.journeys.journeys import Journeys

ENDS: Final = ("first", "last")
"""The positions that need no date."""

DATED: Final = (*MILESTONES[:-1], "created", MILESTONES[-1], "closed")
"""The positions with a date, in their order."""

STAGES: Final = ("first", *DATED, "last")
"""The positions that one touch holds, in their order."""

MIDDLE: Final = "middle"


def stamp(journeys: Journeys, stage: str, entry: str) -> tuple[Ints, Bools]:
    """Return when each deal reached a dated stage, and whether only the day is known.

    ``clock.MISSING`` where it did not; an open deal has not closed. Of a stage entered
    again the ``entry`` counts: ``"first"`` or ``"last"``.
    """
    nothing = np.zeros(len(journeys), np.bool_)
    days = journeys.milestone_days
    if stage == "closed":
        closed = np.where(journeys.outcome == OPEN, clock.MISSING, journeys.closed_at)
        return closed, days.get(stage, nothing)
    if stage == "created":
        return journeys.created_at, days.get(stage, nothing)
    at, on = dated.stamp(journeys, stage)
    again, on_again = dated.stamp(journeys, f"{stage}_last")
    moved = (again != clock.MISSING) & ((entry == "last") | (at == clock.MISSING))
    return np.where(moved, again, at), np.where(moved, on_again, on)


def able(journeys: Journeys, names: Sequence[str]) -> Bools:
    """Return the touches whose team or channel is among ``names``, (touches,)."""
    found = np.zeros(journeys.touch_count, np.bool_)
    for column in (journeys.touch["team"], journeys.touch["channel"]):
        chosen = np.array([label in names for label in column.labels], np.bool_)
        if chosen.any():
            found |= chosen[column.codes]
    return found


def held(
    journeys: Journeys,
    stages: Sequence[str],
    holders: Mapping[str, Sequence[str]],
    entry: str,
) -> Ints:
    """Return the touch that holds each stage: the last able one that reached it.

    Returns:
        int64, (stages, journeys): positions of touches, -1 where none holds it.
    """
    found = np.empty((len(stages), len(journeys)), np.int64)
    for place, stage in enumerate(stages):
        own = able(journeys, holders[stage]) if stage in holders else None
        found[place] = _holder(journeys, stage, own, entry)
    return found


def _holder(journeys: Journeys, stage: str, own: Bools | None, entry: str) -> Ints:
    offsets = journeys.offsets
    if stage in ENDS and own is None:
        end = offsets[:-1] if stage == "first" else offsets[1:] - 1
        return np.where(offsets[1:] > offsets[:-1], end, -1)
    if stage not in ENDS:
        before = reached(journeys, *stamp(journeys, stage, entry))
        own = before if own is None else own & before
    chosen = np.asarray(own, np.bool_)
    find = ragged.first_where if stage == "first" else ragged.last_where
    return find(chosen, offsets)
