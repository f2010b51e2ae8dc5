"""Time per touch from small data to large."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attribution as at
from benchmarks import synthetic
from benchmarks.measuring import Measured, Row, at_most, seconds_of, side_by_side
from benchmarks.table import duration

if TYPE_CHECKING:
    from benchmarks.measuring import Size, Timing

TOUCHES = (100_000, 1_000_000, 10_000_000)
LARGEST = 50_000_000
MEAN = 5
"""Touches of a journey."""


def _measure(model: str, size: Size) -> Measured:
    chosen = (*TOUCHES, LARGEST) if size == "full" else TOUCHES
    each: dict[str, float] = {}
    sides: dict[str, Timing] = {}
    for touches in chosen:
        journeys = synthetic.journeys(touches // MEAN, seed=10, touches=MEAN)
        credits = at.attribute(journeys, model)
        credits.by("channel")
        name = f"{touches:,} touches"
        sides |= side_by_side({name: partial(credits.by, "channel")}, repeats=5)
        each[name] = sides[name].median / journeys.touch_count * 1e9
    one = partial(at.attribute(synthetic.journeys(1, seed=10), model).by, "channel")
    least, most = (f"{chosen[at]:,} touches" for at in (0, -1))
    limit = (
        f"the table of a single journey takes {duration(seconds_of(one))}, which is "
        f"part of the {duration(sides[least].median)} of {least}; and long blocks are "
        f"worked on by {sides[most].cores:.1f} processors at {most}, short ones by "
        f"{sides[least].cores:.1f}."
    )
    return Measured(
        sides,
        measured=max(each.values()) / min(each.values()),
        figures={"ns_per_touch": {name: round(one, 1) for name, one in each.items()}},
        sizes={"least": chosen[0], "most": chosen[-1]},
        limit=limit,
    )


ROWS = [
    Row(
        f"exact {words}, {{least}} to {{most}} touches: most time per touch over least",
        "itself",
        at_most(1.5),
        partial(_measure, model),
    )
    for model, words in (("linear", "linear"), ("time_decay", "time decay"))
]
