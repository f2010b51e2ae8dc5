"""Replicates of models that are fitted on sums over journeys, block by block.

Two passes over the deals: one adds up what the draws hold of each feature, and one,
once every draw is solved, divides the won deals. Nothing larger than a block of deals
and draws is held, so that both stay in the caches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.analysis.replicates import NO_WEIGHT, table_of
from attribution.arrays import draws
from attribution.arrays.cores import cores, on_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.analysis.replicates import Sample
    from attribution.arrays.ragged import Array, Bools, Floats, Ints
    from attribution.doors.progress import Reporter
    from attribution.models.base import Summed

DEALS: Final = 2048
"""Journeys of a block."""

DRAWS: Final = 128
"""The most draws of a block, a multiple of :data:`attribution.arrays.draws.LANES`."""


class Pairs(NamedTuple):
    """The (player, cell) of each won touch: int64 ``place`` among those that occur.

    ``player`` (the last is none) and ``cell``: int64, (pairs,).
    """

    place: Ints
    player: Ints
    cell: Ints


def of_sums(sample: Sample, model: Summed, report: Reporter) -> tuple[Floats, Bools]:
    """Return a model's sums, float64 (rows, draws), and that all draws are fitted.

    Credit is not rounded deal by deal.
    """
    pairs = _pairs(sample, model.player)
    each = -(-sample.draws // cores())
    step = min(DRAWS, -(-each // draws.LANES) * draws.LANES)
    parts = [
        (first, min(first + step, sample.draws))
        for first in range(0, sample.draws, step)
    ]

    def one(part: tuple[int, int]) -> Floats:
        effects = model.solve(_summed(sample, model, part))
        nobody = np.zeros((1, effects.shape[1]))
        found = _credited(sample, pairs, np.append(effects, nobody, axis=0), part)
        report.step(part[1] - part[0])
        return found

    sums = np.concatenate(list(on_threads(one, parts)), axis=1)
    return sums, np.ones(sample.draws, np.bool_)


def _pairs(sample: Sample, player: Ints) -> Pairs:
    """Return the pairs of the won touches."""
    won = sample.journeys.span("won")
    cell = sample.cells.of_block(won.start, won.stop)
    many, none = max(len(sample.cells), 1), int(player.max(initial=-1)) + 1
    known, place = np.unique(
        np.where(player < 0, none, player) * many + cell, return_inverse=True
    )
    return Pairs(place, *np.divmod(known, many))


def _blocks(stop: int) -> Iterator[tuple[int, int]]:
    for first in range(0, stop, DEALS):
        yield first, min(first + DEALS, stop)


def _summed(sample: Sample, model: Summed, part: tuple[int, int]) -> Floats:
    """Return the sums of some draws, float64 (sums, draws): whole numbers."""
    total = np.zeros((model.size, part[1] - part[0]))
    for span in _blocks(len(model.offsets) - 1):
        own = _rows(model.feature, model.offsets, span, model.size)
        total += own.T @ sample.weights(span, part, dtype=np.float64)
    return total


def _rows(column: Array, offsets: Ints, span: tuple[int, int], count: int) -> Any:
    """Return a one at each column of some journeys, sparse (journeys, columns)."""
    from scipy import sparse

    first, last = span
    cut = offsets[first : last + 1]
    own = column[cut[0] : cut[-1]]
    return sparse.csr_matrix(
        (np.ones(len(own)), own, cut - cut[0]), (last - first, count)
    )


def _credited(
    sample: Sample, pairs: Pairs, effects: Floats, part: tuple[int, int]
) -> Floats:
    """Return the sums of some draws, float64 (rows, draws)."""
    journeys = sample.valued
    won = journeys.span("won").stop
    reason = np.where(journeys.reason < 0, NO_WEIGHT, journeys.reason)[:won]
    row = sample.reason_row(journeys.currency[:won], reason)
    value = journeys.amount[:won] / journeys.count[:won]
    player = pairs.player[pairs.place]
    paid = np.zeros((len(pairs.player), effects.shape[1]))
    lost = np.zeros((sample.rows, effects.shape[1]))
    for span in _blocks(won):
        here = slice(*span)
        part_of = sample.weights(span, part, dtype=np.float64)
        part_of *= value[here, None]
        whole = _rows(player, journeys.offsets, span, len(effects)) @ effects
        none = np.flatnonzero((whole <= 0).any(axis=1))
        if none.size:
            left = np.where(whole[none] > 0, 0.0, part_of[none])
            place = (row[here][none], np.arange(len(none)))
            ones = np.ones(len(none))
            lost += table_of(ones, place, (sample.rows, len(none))) @ left
            whole[none] = np.where(whole[none] > 0, whole[none], np.inf)
        part_of /= whole
        own = _rows(pairs.place, journeys.offsets, span, len(paid))
        paid += own.T @ part_of
    paid *= effects[pairs.player]
    every = np.arange(len(paid))
    by_cell = table_of(
        np.ones(len(paid)), (pairs.cell, every), (sample.rows, len(paid))
    )
    return np.asarray(lost + by_cell @ paid)
