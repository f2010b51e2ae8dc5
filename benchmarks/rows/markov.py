"""Markov of order 1: exact, beside a simulation and beside time decay."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

import attribution as at
from attribution.journeys.words import WON
from benchmarks import synthetic
from benchmarks.measuring import Measured, Row, at_least, at_most, guarded, side_by_side
from benchmarks.peers import libraries, paths
from benchmarks.peers.results import apart
from benchmarks.rows.shapley import fit_and_credit

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats
    from attribution.journeys.journeys import Journeys
    from benchmarks.measuring import Size

CHANNELS = 12
NAME = "ChannelAttribution"


def _journeys(size: Size) -> Journeys:
    count = 1_000_000 if size == "full" else 200_000
    return synthetic.journeys(count, seed=7, channels=CHANNELS, won=0.3)


def _beside_simulation(size: Size) -> Measured:
    journeys = _journeys(size)
    theirs = partial(libraries.simulated_markov, paths.texts(journeys))
    tasks = {"attribution": partial(_wins, journeys), NAME: guarded(NAME, theirs)}
    sides = side_by_side(tasks, repeats=5)
    exact = _by_elimination(journeys)
    ours, simulated = (apart(one.value, exact) for one in sides.values())
    return Measured(
        sides,
        difference=ours,
        sizes={"journeys": len(journeys), "channels": CHANNELS},
        figures={"error_of_the_simulation": float(f"{simulated:.2g}")},
    )


def _wins(journeys: Journeys) -> dict[str, float]:
    """Return the wins of each channel by its removal effect, fitted anew."""
    table = at.fit(journeys, "markov").table()
    return dict(zip(table["player"], table["wins"], strict=True))


def _by_elimination(journeys: Journeys) -> dict[str, float]:
    """Return the same by solving the chain again without each channel in turn."""
    chain = _chain(journeys)
    base = _win_rate(chain)
    effects = np.array(
        [1 - _win_rate(chain, channel) / base for channel in range(CHANNELS)]
    )
    wins = effects / effects.sum() * np.count_nonzero(journeys.outcome == WON)
    return dict(zip(journeys.labels["channel"], wins.tolist(), strict=True))


def _chain(journeys: Journeys) -> Floats:
    """Return the chance of each step, a row for each channel and the start.

    The columns are the channels, the start (never) and a win; the rest to 1 is lost.
    """
    codes = journeys.codes("channel").astype(np.int64)
    start, win, lost = CHANNELS, CHANNELS + 1, CHANNELS + 2
    before = np.concatenate([[start], codes[:-1]])
    before[journeys.offsets[:-1]] = start
    last = codes[journeys.offsets[1:] - 1]
    ends = np.where(journeys.outcome == WON, win, lost)
    moves = np.zeros((CHANNELS + 1, CHANNELS + 3))
    np.add.at(moves, (before, codes), 1)
    np.add.at(moves, (last, ends), 1)
    chain: Floats = (moves / moves.sum(axis=1, keepdims=True))[:, : CHANNELS + 2]
    return chain


def _win_rate(chain: Floats, removed: int | None = None) -> float:
    steps = chain[:, :-1].copy()
    if removed is not None:
        steps[:, removed] = 0
    return float(np.linalg.solve(np.eye(CHANNELS + 1) - steps, chain[:, -1])[CHANNELS])


def _beside_time_decay(size: Size) -> Measured:
    journeys = _journeys(size)
    models = ("markov", "time_decay")
    sides = side_by_side(
        {one: partial(fit_and_credit, journeys, one) for one in models}, repeats=5
    )
    orders = {
        f"order {order}": partial(at.fit, journeys, f"markov:order={order}")
        for order in (1, 2, 3, 4)
    }
    fits = side_by_side(orders, repeats=1)
    seconds = {name: one.record()["seconds"] for name, one in fits.items()}
    sizes = {"journeys": len(journeys), "channels": CHANNELS}
    return Measured(sides, sizes=sizes, figures={"seconds_to_fit": seconds})


ROWS = [
    Row(
        "Markov of order 1, exact, {journeys} journeys, {channels} channels",
        "ChannelAttribution's simulation, a text for each journey",
        at_least(30),
        _beside_simulation,
        needs=("ChannelAttribution",),
        note="Our results are compared with the chain solved again without each "
        "channel in turn; the simulation runs until its own test of convergence holds.",
    ),
    Row(
        "`markov`, fit and credit, {journeys} journeys, {channels} channels",
        "exact `time_decay`",
        at_most(3),
        _beside_time_decay,
    ),
]
