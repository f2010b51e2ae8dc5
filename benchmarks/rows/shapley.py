"""Learned credit at scale, fit and credit, beside exact time decay."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attribution as at
from benchmarks import synthetic
from benchmarks.measuring import Measured, Row, at_most, side_by_side

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys
    from benchmarks.measuring import Size

CHANNELS = 20
WON = 0.3


def _measure(model: str, size: Size) -> Measured:
    count = 1_000_000 if size == "full" else 200_000
    journeys = synthetic.journeys(count, seed=5, channels=CHANNELS, won=WON)
    sides = side_by_side(
        {one: partial(fit_and_credit, journeys, one) for one in (model, "time_decay")},
        repeats=5,
    )
    return Measured(sides, sizes={"deals": count, "channels": CHANNELS})


def fit_and_credit(journeys: Journeys, model: str) -> object:
    """Return credit by channel; nothing is fitted before."""
    return at.attribute(journeys, model).by("channel")


ROWS = [
    Row(
        f"`{model}`, fit and credit, {{deals}} deals, {{channels}} channels",
        "exact `time_decay`",
        at_most(bound),
        partial(_measure, model),
        note="30 % of the deals are won; time decay has nothing to fit.",
    )
    for model, bound in (("shapley:worth=win_rate", 10), ("shapley", 3))
]
