"""Shapley credit deal by deal, beside what other libraries call Shapley."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution import games
from benchmarks import measuring, synthetic
from benchmarks.measuring import Measured, Row, at_least, guarded, side_by_side
from benchmarks.peers import libraries, paths
from benchmarks.peers.results import apart
from benchmarks.rows.shapley import fit_and_credit
from benchmarks.table import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from attribution.journeys.journeys import Journeys
    from benchmarks.measuring import Size, Target

CHANNELS = 12
WON = 0.3
TEN_TIMES = at_least(10)
TOTAL, RATE = "shapley", "shapley:worth=win_rate"


@cache
def _journeys(size: Size) -> Journeys:
    del size
    return synthetic.journeys(100_000, seed=6, channels=CHANNELS, won=WON)


@cache
def _paths(size: Size) -> pd.DataFrame:
    return paths.with_hours(_journeys(size))


def _measure(
    size: Size,
    model: str,
    name: str,
    theirs: Callable[[], Any],
    difference: Callable[[pd.DataFrame, Any], float] | None = None,
) -> Measured:
    journeys = _journeys(size)
    tasks = {
        "attribution": partial(fit_and_credit, journeys, model),
        name: guarded(name, theirs),
    }
    sides = side_by_side(tasks, repeats=3)
    decay = measuring.seconds_of(partial(fit_and_credit, journeys, "time_decay"))
    ours, other = (one.value for one in sides.values())
    return Measured(
        sides,
        difference=difference and difference(ours, other),
        sizes={"journeys": len(journeys), "channels": CHANNELS},
        limit=f"exact time decay, which has no game to solve, takes {duration(decay)}.",
    )


def _beside_mam(size: Size) -> Measured:
    name = "marketing-attribution-models"
    model = guarded(name, partial(libraries.mam, _paths(size)))()
    return _measure(size, RATE, name, partial(libraries.mam_shapley, model))


def _beside_do(size: Size) -> Measured:
    work = partial(libraries.do_shapley, _paths(size))
    return _measure(size, RATE, "do-attribution", work, _own_game_apart)


def _beside_mta(size: Size) -> Measured:
    work = partial(libraries.mta_shapley, _paths(size))
    return _measure(size, TOTAL, "mta", work, _wins_apart)


def _beside_simplified(size: Size) -> Measured:
    journeys = _journeys(size)
    won = paths.lists_of(journeys.select(journeys.outcome == 1))
    work = partial(libraries.simplified_shapley, won)
    return _measure(size, TOTAL, "shapley-attribution", work, _wins_apart)


def _wins_apart(ours: pd.DataFrame, theirs: Mapping[str, float]) -> float:
    return apart(dict(zip(ours["channel"], ours["wins"], strict=True)), theirs)


def _own_game_apart(ours: pd.DataFrame, theirs: Mapping[str, Any]) -> float:
    """Return how far do-attribution is from our exact values of its own game."""
    del ours
    values: dict[str, float] = theirs["shapley_values"]
    place = {channel: 1 << at for at, channel in enumerate(values)}
    table = np.zeros(1 << len(place))
    for coalition, wins in theirs["value_function"].items():
        table[sum(place[channel] for channel in coalition)] += wins
    exact = dict(zip(values, games.shapley(table).tolist(), strict=True))
    largest = max(abs(value) for value in values.values())
    return apart(exact, values, floor=largest)


def _row(
    against: str,
    module: str,
    measure: Callable[[Size], Measured],
    note: str,
    *,
    target: Target | None = TEN_TIMES,
) -> Row:
    return Row(
        "Shapley credit of each deal, {channels} channels, {journeys} journeys",
        against,
        target,
        measure,
        needs=(module,),
        note=note,
    )


ROWS = [
    _row(
        "marketing-attribution-models, cut to 4 channels a journey",
        "mam",
        _beside_mam,
        f"Ours is `{RATE}` without a cut. Theirs looks at no more than "
        f"{libraries.MAM_CAP} channels of a journey, so that results are not compared.",
    ),
    _row(
        "do-attribution, totals only",
        "do_attribution",
        _beside_do,
        f"Ours is `{RATE}`. Theirs is of the wins of exactly a set of channels, which "
        "need not be shares; it is compared with our exact values of that same game.",
    ),
    _row(
        "mta, totals only",
        "mta",
        _beside_mta,
        f"Ours is `{TOTAL}`, which is the same game.",
    ),
    _row(
        "shapley-attribution's simplified model, lists of the won journeys",
        "shapley_attribution",
        _beside_simplified,
        f"Ours is `{TOTAL}`, the same game, and credits each touch of each deal; "
        "theirs sums the wins of each set of channels. Shown, without a target.",
        target=None,
    ),
]
