"""Processes, chunk by chunk, until enough of them became deals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.analysis.simulation.draws import CHUNK, MOST_PEOPLE, draws_of
from attribution.analysis.simulation.mechanism import Happened, Processes, happen
from attribution.analysis.simulation.weeks import OPPORTUNITY, Beginning
from attribution.arrays.clock import MISSING
from attribution.errors import refuse

if TYPE_CHECKING:
    from attribution.analysis.simulation.settings import Settings
    from attribution.arrays.ragged import Floats, Ints

PATIENCE: Final = 200
"""More processes than this for each that became a deal: the knobs are to blame."""


class World(NamedTuple):
    """Processes until the last deal asked for, their touches and their people.

    ``deal``: int64 (n,), the number of the process's deal, -1 for none; ``people``:
    int64 (n,), the size of its committee; ``kept``: float64 (n, 12), who stays in the
    table of contacts.
    """

    processes: Processes
    touches: Happened
    deal: Ints
    people: Ints
    kept: Floats


def world_of(settings: Settings, seed: int, deals: int) -> World:
    """Return processes, chunk by chunk, until ``deals`` of them became deals.

    Raises:
        InputError: P04: under these knobs hardly any process becomes a deal.
    """
    parts: list[tuple[Processes, Happened, Ints, Floats]] = []
    found, chunk = 0, 0
    while not parts or found < deals:
        draws = draws_of(settings, seed, chunk)
        processes, touches = happen(settings, draws)
        touches = touches._replace(process=touches.process + chunk * CHUNK)
        people = 1 + np.minimum(draws.people, MOST_PEOPLE - 1)
        parts.append((processes, touches, people, draws.roles))
        found += int((processes.reached[OPPORTUNITY] != MISSING).sum())
        chunk += 1
        if chunk * CHUNK > CHUNK + PATIENCE * found:
            what = f"of {chunk * CHUNK} processes {found} became a deal."
            raise refuse("P04", what, "Raise advance, or span and weeks.")
    return _cut(parts, deals)


def _cut(parts: list[tuple[Processes, Happened, Ints, Floats]], deals: int) -> World:
    """Return the chunks as one, up to the process of the last deal."""
    every = _joined([part[0] for part in parts])
    is_deal = every.reached[OPPORTUNITY] != MISSING
    number = np.cumsum(is_deal)
    n = int(np.searchsorted(number, deals)) + 1 if deals else 0
    own = slice(n)
    touches = Happened(
        *(
            np.concatenate(columns)
            for columns in zip(*(p[1] for p in parts), strict=True)
        )
    )
    kept = np.flatnonzero(touches.process < n)
    return World(
        _joined([every], own),
        touches.take(kept),
        np.where(is_deal, number - 1, -1)[own],
        np.concatenate([part[2] for part in parts])[own],
        np.concatenate([part[3] for part in parts])[own],
    )


def _joined(parts: list[Processes], own: slice = slice(None)) -> Processes:
    """Return processes one after another, the last axis being theirs."""
    beginnings = zip(*(part.beginning for part in parts), strict=True)
    begun = Beginning(*(np.concatenate(columns)[own] for columns in beginnings))
    rest = zip(*(part[1:] for part in parts), strict=True)
    columns = (np.concatenate(column, axis=-1)[..., own] for column in rest)
    return Processes(begun, *columns)
