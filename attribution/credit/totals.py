"""Totals of credit by cell: one pass over blocks of journeys for all models."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attribution.arrays import codes, ragged
from attribution.arrays.cores import cores
from attribution.credit import allocate
from attribution.credit.cells import spans
from attribution.doors.progress import reporter
from attribution.journeys.words import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attribution.arrays.ragged import Array, Bools, Floats, Ints
    from attribution.credit.cells import Cells
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of
    from attribution.models.fitted import Fitted

NO_WEIGHT = REASONS.index("no weight")


@dataclass(frozen=True, eq=False)
class Totals:
    """The totals of one model.

    ``revenue``: int64 minor units (float64 where not exact) and ``wins``: int64 in
    2^-32 deal (float64 deals where not exact), (cells,) each. ``lost``: int64,
    (groups, reasons, 3): revenue, wins and deals of unattributed deals by currency
    and period.
    """

    revenue: Array
    wins: Array
    lost: Ints

    def __add__(self, other: Totals) -> Totals:
        """Return the sum."""
        return Totals(
            self.revenue + other.revenue, self.wins + other.wins, self.lost + other.lost
        )


def totals_of(
    journeys: Journeys,
    models: Sequence[Fitted],
    cells: Cells,
    of: Of,
    *,
    exact: bool,
    threads: int | None,
    progress: bool | Callable[[int, int], None] | None,
) -> list[Totals]:
    """Return the totals of each model over the journeys ``of`` an outcome."""
    groups = _Groups.of(cells)
    blocks = spans(journeys, of)
    zero = np.zeros(len(cells), np.int64 if exact else np.float64)
    empty = Totals(zero, zero, np.zeros((groups.count, len(REASONS), 3), np.int64))

    def one(span: tuple[int, int]) -> list[Totals]:
        block = journeys.block(*span)
        place = cells.of_block(*span)
        group = groups.code[span[0] : span[1]]
        return [
            _totals(fitted, block, place, len(cells), group, groups.count, exact=exact)
            for fitted in models
        ]

    found = [empty for _ in models]
    with reporter(progress, len(blocks), label="credit") as report:
        for part in _each(one, blocks, threads):
            found = [total + more for total, more in zip(found, part, strict=True)]
            report.step()
    return found


def _each(
    work: Callable[[tuple[int, int]], list[Totals]],
    blocks: Sequence[tuple[int, int]],
    threads: int | None,
) -> Iterable[list[Totals]]:
    workers = min(threads or cores(), len(blocks))
    if workers <= 1:
        yield from map(work, blocks)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(work, blocks)


@dataclass(frozen=True)
class _Groups:
    """The combination of currency and period of each deal."""

    code: Ints
    count: int

    @classmethod
    def of(cls, cells: Cells) -> _Groups:
        chosen = [column for column in cells.columns if column.name in _GROUPS]
        columns = [column.codes for column in chosen]
        return cls(*codes.combined(columns, [len(one.labels) for one in chosen]))


_GROUPS = ("currency", "period")


def _totals(
    fitted: Fitted,
    block: Journeys,
    place: Ints,
    count: int,
    group: Ints,
    groups: int,
    *,
    exact: bool,
) -> Totals:
    sole = allocate.sole_of(fitted, block)
    if sole is not None:
        taken = np.flatnonzero(sole >= 0)
        own, deals = place[sole[taken]], block.count[taken]
        revenue: Array = codes.sum_by(own, block.amount[taken], count)
        wins: Array = codes.sum_by(own, deals, count)
        wins = wins * allocate.WIN_UNITS if exact else wins.astype(np.float64)
        revenue = revenue if exact else revenue.astype(np.float64)
        return Totals(revenue, wins, _unattributed(block, sole >= 0, group, groups))
    weights = allocate.weights_of(fitted, block)
    if exact and ragged.constant(weights) and weights[0] > 0:
        revenue, wins = allocate.equal_totals(block, place, count)
    elif exact:
        revenue = codes.sum_by(place, allocate.credits_of(block, weights), count)
        wins = codes.sum_by(place, allocate.wins_of(block, weights), count)
    else:
        revenue, wins = _products(block, weights, place, count)
    weighted = allocate.has_weight(block, weights)
    return Totals(revenue, wins, _unattributed(block, weighted, group, groups))


def _products(block: Journeys, weights: Array, place: Ints, count: int) -> list[Floats]:
    """Return float totals of revenue and wins straight from the weights."""
    each: Floats = np.ones(len(block))
    if weights.dtype == np.int64:
        each = 1.0 / np.maximum(allocate.sums_of(block, weights), 1)
    values = weights.astype(np.float64)
    columns = [block.amount * each, block.count * each]
    return codes.products_by(place, block.offsets, values, columns, count)


def _unattributed(block: Journeys, weighted: Bools, group: Ints, groups: int) -> Ints:
    reason = block.reason.astype(np.int64)
    reason[(reason < 0) & ~weighted] = NO_WEIGHT
    lost = np.flatnonzero(reason >= 0)
    place = group[lost] * len(REASONS) + reason[lost]
    count = block.count[lost]
    size = groups * len(REASONS)
    sums = [
        codes.sum_by(place, block.amount[lost], size),
        codes.sum_by(place, count, size) * allocate.WIN_UNITS,
        codes.sum_by(place, count, size),
    ]
    return np.stack(sums, axis=-1).reshape(groups, len(REASONS), 3)
