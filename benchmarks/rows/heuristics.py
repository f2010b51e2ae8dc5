"""The simple rules, one by one, beside other libraries on the same journeys."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

import attribution as at
from benchmarks import synthetic
from benchmarks.measuring import (
    Measured,
    Row,
    at_least,
    guarded,
    seconds_of,
    side_by_side,
)
from benchmarks.peers import libraries, paths
from benchmarks.peers.results import apart
from benchmarks.table import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.arrays.ragged import Array
    from attribution.journeys.journeys import Journeys
    from benchmarks.measuring import Size, Timing

CHANNEL_ATTRIBUTION, MAM = "ChannelAttribution", "marketing-attribution-models"
TOGETHER = ("first_touch", "last_touch", "linear")
"""What ChannelAttribution computes in one call: a model is a third of it."""

RULES = (*TOGETHER, "time_decay")
CENTS = 1e-6
"""Ours are exact cents, the others' are floats."""


@cache
def _journeys(size: Size) -> Journeys:
    return synthetic.journeys(1_000_000 if size == "full" else 100_000, seed=2)


def _beside_channel_attribution(size: Size) -> Measured:
    journeys = _journeys(size)
    table = paths.texts(journeys)
    theirs = guarded(CHANNEL_ATTRIBUTION, partial(libraries.heuristics, table))
    sides = side_by_side({**_ours(journeys, TOGETHER), CHANNEL_ATTRIBUTION: theirs})
    whole = sides[CHANNEL_ATTRIBUTION]
    third, alone = whole.median / 3, seconds_of(partial(_products, journeys))
    limit = (
        f"the sums of revenue and of wins by channel, two sparse products of scipy and "
        f"nothing else, take {duration(alone)} on one core: {third / alone:.0f} times "
        f"faster than a third of theirs."
    )
    theirs_of = dict.fromkeys(TOGETHER, third)
    return _measured(journeys, sides, theirs_of, whole.value, limit)


def _beside_mam(size: Size) -> Measured:
    journeys = _journeys(size)
    table = paths.with_hours(journeys)
    model = guarded(MAM, partial(libraries.mam, table))()
    theirs = {
        f"{MAM}: {rule}": guarded(MAM, call)
        for rule, call in libraries.mam_rules(model).items()
    }
    sides = side_by_side({**_ours(journeys, RULES), **theirs})
    own = {rule: sides[f"{MAM}: {rule}"] for rule in RULES}
    theirs_of = {rule: one.median for rule, one in own.items()}
    alone = seconds_of(partial(_sums_of_first, journeys))
    limit = (
        f"their frame holds each journey's first and last channel, so that they sum a "
        f"column. numpy alone, from the journeys to sums of the first touches by "
        f"channel, takes {duration(alone)}: {theirs_of['first_touch'] / alone:.1f} "
        f"times faster than theirs, before a deal is checked or a frame is made."
    )
    values = {rule: one.value for rule, one in own.items()}
    return _measured(journeys, sides, theirs_of, values, limit)


def _sums_of_first(journeys: Journeys) -> tuple[Array, Array]:
    """Return revenue and deals by the channel of the first touch, and no more."""
    channel = journeys.codes("channel")[journeys.offsets[:-1]]
    return np.bincount(channel, journeys.amount), np.bincount(channel)


def _products(journeys: Journeys) -> Array:
    """Return revenue and wins by channel, both divided equally, and no more."""
    channel, sizes = journeys.touch["channel"], np.diff(journeys.offsets)
    shape = (len(channel.labels), len(journeys))
    parts = (np.ones(len(channel.codes)), channel.codes, journeys.offsets)
    table = sparse.csc_matrix(parts, shape)
    return np.stack([table @ (journeys.amount / sizes), table @ (1 / sizes)])


def _ours(journeys: Journeys, rules: tuple[str, ...]) -> dict[str, Callable[[], Any]]:
    return {rule: partial(at.attribute(journeys, rule).by, "channel") for rule in rules}


def _measured(
    journeys: Journeys,
    sides: dict[str, Timing],
    theirs: dict[str, float],
    revenue: dict[str, dict[str, float]],
    limit: str,
) -> Measured:
    """Return the least ratio of any model, and each of them."""
    ratios = {rule: theirs[rule] / sides[rule].median for rule in theirs}
    tables = {rule: sides[rule].value for rule in theirs}
    difference = max(
        apart(dict(zip(one["channel"], one["revenue"], strict=True)), revenue[rule])
        for rule, one in tables.items()
    )
    return Measured(
        sides,
        measured=min(ratios.values()),
        difference=difference,
        within=CENTS,
        sizes={"journeys": len(journeys)},
        figures={"times_faster": {rule: round(one, 1) for rule, one in ratios.items()}},
        limit=limit,
    )


ROWS = [
    Row(
        "first, last, linear, exact, {journeys} journeys in memory; the least of them",
        "ChannelAttribution's heuristics, a text for each journey",
        at_least(40),
        _beside_channel_attribution,
        needs=("ChannelAttribution",),
        note="ChannelAttribution computes all three in one call, of which a model is "
        "taken to be a third; it has no time decay.",
    ),
    Row(
        "first, last, linear, time decay, exact, {journeys} journeys in memory; "
        "the least of them",
        "marketing-attribution-models, its own frame of the journeys made before",
        at_least(10),
        _beside_mam,
        needs=("mam",),
    ),
]
