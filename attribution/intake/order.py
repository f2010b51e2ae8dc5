"""The one order of touches: never that of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.arrays import codes, ordering

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Ints
    from attribution.intake.links import Pairs
    from attribution.intake.touches import Touches
    from attribution.journeys.words import Labelled


def order_pairs(
    pairs: Pairs, deals: int, time: Ints, touches: Touches
) -> ordering.Ordered:
    """Return the order of journeys: deal, time, touch id, then every other column."""

    def ties(chosen: Ints) -> list[Array]:
        return tie_keys(touches, pairs.row[chosen], pairs.link[chosen])

    return ordering.ordered(pairs.deal, deals, time, ties)


def tie_keys(touches: Touches, rows: Ints, link: Array) -> list[Array]:
    """Return the keys that order touches of one instant, the first counts most.

    Touch id, the labels, link, whether it is a process step, cost.
    """
    keys: list[Array] = [column.codes[rows] for column in touches.columns.values()]
    keys += [link, touches.process[rows]]
    if touches.cost is not None:
        keys.append(touches.cost[rows])
    if touches.touch_id is not None:
        keys.insert(0, _id_ranks(touches.touch_id, rows))
    return keys


def _id_ranks(touch_id: Labelled, rows: Ints) -> Ints:
    """Return ranks of the rows' ids in label order; absent ids come last."""
    own = touch_id.codes[rows]
    rank = np.full(len(rows), np.iinfo(np.int64).max)
    names = touch_id.labels[own[own >= 0]]
    rank[own >= 0] = np.unique(codes.packed(names), return_inverse=True)[1]
    return rank
