"""Totals by channel from journeys: beside a compiled loop, and exact beside floats."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attribution as at
from benchmarks import synthetic
from benchmarks.measuring import Measured, Row, at_most, guarded, side_by_side
from benchmarks.peers import compiled
from benchmarks.peers.results import apart

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.arrays.ragged import Floats
    from attribution.journeys.journeys import Journeys
    from benchmarks.measuring import Size

LOOPS: dict[str, Callable[[Journeys], Floats]] = {
    "linear": compiled.linear,
    "time_decay": compiled.time_decay,
}
WORDS = {"linear": "linear", "time_decay": "time decay"}


def _journeys(size: Size) -> Journeys:
    return synthetic.journeys(10_000_000 if size == "full" else 1_000_000, seed=1)


def _beside_loop(model: str, size: Size) -> Measured:
    journeys = _journeys(size)
    credits = at.attribute(journeys, model)
    loop = guarded("the compiled loop", partial(LOOPS[model], journeys))
    credits.by("channel", exact=False)
    loop()
    sides = side_by_side(
        {"attribution": lambda: credits.by("channel", exact=False), "loop": loop}
    )
    ours, theirs = (one.value for one in sides.values())
    labels = journeys.labels["channel"]
    difference = max(
        apart(
            dict(zip(ours["channel"], ours["revenue"] * 100, strict=True)),
            dict(zip(labels, theirs[:, 0], strict=True)),
        ),
        apart(
            dict(zip(ours["channel"], ours["wins"], strict=True)),
            dict(zip(labels, theirs[:, 1], strict=True)),
        ),
    )
    return Measured(sides, difference=difference, sizes=_sizes(journeys))


def _beside_floats(model: str, size: Size) -> Measured:
    journeys = _journeys(size)
    credits = at.attribute(journeys, model)
    sides = side_by_side(
        {
            "exact": lambda: credits.by("channel"),
            "floats": lambda: credits.by("channel", exact=False),
        }
    )
    exact, floats = (
        dict(zip(one.value["channel"], one.value["wins"], strict=True))
        for one in sides.values()
    )
    return Measured(sides, difference=apart(exact, floats), sizes=_sizes(journeys))


def _sizes(journeys: Journeys) -> dict[str, int]:
    return {"journeys": len(journeys)}


ROWS = [
    *(
        Row(
            f'`by("channel", exact=False)`, {WORDS[model]}, {{journeys}} journeys',
            "a loop compiled by numba, one thread, over the same won journeys",
            at_most(1.2),
            partial(_beside_loop, model),
            needs=("numba",),
            note="Revenue and wins, the parsing and the frame included; which deals "
            "touch a channel is known from an earlier table.",
        )
        for model in LOOPS
    ),
    *(
        Row(
            f"exact totals, {WORDS[model]}, {{journeys}} journeys",
            "the same with `exact=False`",
            at_most(4),
            partial(_beside_floats, model),
        )
        for model in LOOPS
    ),
]
