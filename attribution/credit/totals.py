"""Totals of credit by cell: one pass over blocks of journeys for all models."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import codes, memory, ragged
from attribution.arrays.cores import on_threads
from attribution.credit import allocate
from attribution.doors.progress import reporter
from attribution.journeys.words import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.arrays.ragged import Array, Bools, Floats, Ints
    from attribution.credit.cells import Cells
    from attribution.journeys.journeys import Journeys
    from attribution.models.fitted import Fitted

MANY_BLOCKS: Final = 4
"""Fewer short blocks are done before threads that wait for one another gain anything;
so is any number of them where one touch takes each deal."""

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
    *,
    exact: bool,
    threads: int | None,
    progress: bool | Callable[[int, int], None] | None,
) -> list[Totals]:
    """Return the totals of each model over the journeys of the cells."""
    zero = np.zeros(len(cells), np.int64 if exact else np.float64)
    none = np.zeros((_Groups.of(cells, 0, 0).count, len(REASONS), 3), np.int64)

    def one(span: tuple[int, int]) -> list[Totals]:
        block, place = journeys.block(*span), cells.of_block(*span)
        groups = _Groups.of(cells, *span)
        return [
            _totals(fitted, block, place, len(cells), groups, exact=exact)
            for fitted in models
        ]

    memory.reuse()
    divided = any(map(allocate.divides, models))
    wide = exact and divided
    blocks = cells.spans(wide=wide)
    if threads is None:
        gains = wide or (divided and len(blocks) >= MANY_BLOCKS)
        threads = None if gains else 1
    found = [Totals(zero, zero, none) for _ in models]
    with reporter(progress, len(blocks), label="credit") as report:
        for part in on_threads(one, blocks, threads):
            found = [total + more for total, more in zip(found, part, strict=True)]
            report.step()
    return found


@dataclass(frozen=True)
class _Groups:
    """The combinations of currency and period: each deal's code, column by column."""

    columns: tuple[Array, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, cells: Cells, first: int, last: int) -> _Groups:
        chosen = [column for column in cells.columns if column.name in _GROUPS]
        columns = tuple(column.codes[first:last] for column in chosen)
        return cls(columns, tuple(len(column.labels) for column in chosen))

    @property
    def count(self) -> int:
        return math.prod(self.sizes)

    def code(self, deals: Ints) -> Ints:
        """Return the combination of some deals."""
        return codes.combined([one[deals] for one in self.columns], self.sizes)[0]


_GROUPS = ("currency", "period")


def _totals(
    fitted: Fitted,
    block: Journeys,
    place: Array,
    count: int,
    groups: _Groups,
    *,
    exact: bool,
) -> Totals:
    sole = allocate.sole_of(fitted, block)
    if sole is not None:
        weighted = sole >= 0
        revenue, wins = _of_sole(block, place, sole, weighted, count)
        if not exact:
            revenue, wins = revenue.astype(np.float64), wins / allocate.WIN_UNITS
    elif exact:
        weights = allocate.weights_of(fitted, block)
        weighted = allocate.has_weight(block, weights)
        revenue, wins = _exact(block, weights, place, count)
    else:
        factors, each, weighted = allocate.factors_of(fitted, block)
        column = _column(block, each)
        sums = codes.products_by(place, block.offsets, factors, column, count)
        revenue, wins = sums.real, sums.imag
    return Totals(revenue, wins, _unattributed(block, weighted, groups))


def _column(block: Journeys, each: Floats) -> Array:
    """Return money and number of deals times ``each``, complex128 (journeys,)."""
    column = np.empty(len(block), np.complex128)
    deals = block.count[0] if ragged.constant(block.count) else block.count
    np.multiply(block.amount, each, out=column.real)
    np.multiply(deals, each, out=column.imag)
    return column


def _of_sole(
    block: Journeys, place: Array, sole: Ints, weighted: Bools, count: int
) -> tuple[Array, Array]:
    """Return exact totals where one touch takes each whole deal, -1 for none."""
    amount, deals = block.amount, block.count
    if np.count_nonzero(weighted) < len(weighted):
        taken = np.flatnonzero(weighted)
        sole, amount, deals = sole[taken], amount[taken], deals[taken]
    own = place[sole]
    wins = codes.sum_by(own, deals, count) * allocate.WIN_UNITS
    return codes.sum_by(own, amount, count), wins


def _exact(
    block: Journeys, weights: Array, place: Array, count: int
) -> tuple[Array, Array]:
    """Return exact totals of weights, int64 (cells,) each."""
    if ragged.constant(weights) and weights[0] > 0:
        return allocate.equal_totals(block, place, count)
    return allocate.divided_totals(block, weights, place, count)


def _unattributed(block: Journeys, weighted: Bools, groups: _Groups) -> Ints:
    """Return revenue, wins and deals by group and reason, int64."""
    shape = (groups.count, len(REASONS), 3)
    if np.count_nonzero(weighted) == len(weighted):
        return np.zeros(shape, np.int64)
    lost = np.flatnonzero(~weighted | (block.reason >= 0))
    reason = block.reason[lost].astype(np.int64)
    reason[reason < 0] = NO_WEIGHT
    place = groups.code(lost) * len(REASONS) + reason
    count = codes.sum_by(place, block.count[lost], groups.count * len(REASONS))
    amount = codes.sum_by(place, block.amount[lost], len(count))
    sums = [amount, count * allocate.WIN_UNITS, count]
    return np.stack(sums, axis=-1).reshape(shape)
