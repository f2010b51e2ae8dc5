"""The totals of journeys in blocks, as of one piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.arrays import codes
from attribution.credit.cells import Dimension, cells_of
from attribution.credit.totals import Totals, totals_of
from attribution.doors.progress import reporter
from attribution.journeys.words import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.credit.cells import Cells
    from attribution.journeys.blocks import JourneyBlocks
    from attribution.journeys.words import Of
    from attribution.models.fitted import Fitted


@dataclass(frozen=True, eq=False)
class MergedCells:
    """The cells of all blocks: what a table needs of :class:`Cells`.

    ``columns`` hold labels alone; ``place``: each column's code in every cell;
    ``deals``: int64, (cells,), how many deals have a touch in the cell.
    """

    columns: tuple[Dimension, ...]
    place: dict[str, Ints]
    deals: Ints
    of: Of

    def codes(self) -> dict[str, Ints]:
        """Return for each column its code in every cell."""
        return self.place


class _Part(NamedTuple):
    """The cells of one block that occur, and each model's totals over them."""

    columns: tuple[tuple[Ints, Array], ...]
    deals: Ints
    totals: tuple[Totals, ...]


def totals_over(
    blocks: JourneyBlocks,
    models: Sequence[Fitted],
    asked: tuple[tuple[str, ...], Of, str | None],
    *,
    exact: bool,
    threads: int | None,
    progress: bool | Callable[[int, int], None] | None,
) -> tuple[MergedCells, list[Totals]]:
    """Return the cells and each model's totals over all blocks, one block at a time.

    Args:
        blocks: The journeys.
        models: The fitted models.
        asked: The columns, the outcome and the period, as for ``credits.by``.
        exact: Whether totals are integers.
        threads: Worker threads inside a block.
        progress: As for :func:`attribution.attribute`; a step is a block.
    """
    dims, of, period = asked
    parts = []
    with reporter(progress, blocks.block_count, label="credit") as report:
        for block in blocks:
            cells = cells_of(block, dims, of, period)
            found = totals_of(
                block, models, cells, exact=exact, threads=threads, progress=None
            )
            parts.append(_part(cells, found))
            report.step()
    periods = None if period is None else blocks.outline.period(period)[1]
    return _merged(parts, cells.columns, of, periods)


def _part(cells: Cells, totals: Sequence[Totals]) -> _Part:
    keep = np.flatnonzero(cells.deals > 0)
    place = cells.codes()
    columns = [(place[one.name][keep], one.labels) for one in cells.columns]
    own = [Totals(one.revenue[keep], one.wins[keep], one.lost) for one in totals]
    return _Part(tuple(columns), cells.deals[keep], tuple(own))


def _merged(
    parts: Sequence[_Part],
    columns: Sequence[Dimension],
    of: Of,
    periods: Sequence[str] | None,
) -> tuple[MergedCells, list[Totals]]:
    whole = None if periods is None else np.array(periods, object)
    merged, place = [], {}
    for at, column in enumerate(columns):
        own = [part.columns[at] for part in parts]
        if column.name == "currency":
            found, labels = np.concatenate([one for one, _ in own]), column.labels
        elif column.name == "period" and whole is not None:
            found = np.concatenate([_among(whole, named)[one] for one, named in own])
            labels = whole
        else:
            found, labels = codes.joined(own)
        place[column.name] = found.astype(np.int64)
        merged.append(column._replace(codes=found, labels=labels))
    cell, first = _numbered(list(place.values()))
    count = len(first)
    deals = codes.sum_by(cell, np.concatenate([part.deals for part in parts]), count)
    cells = MergedCells(
        tuple(merged), {name: one[first] for name, one in place.items()}, deals, of
    )
    models = range(len(parts[0].totals))
    return cells, [_total(parts, at, cell, count, whole) for at in models]


def _among(whole: Array, named: Array) -> Ints:
    """Return where each of the labels stands among all."""
    place = {label: at for at, label in enumerate(whole.tolist())}
    return np.array([place[label] for label in named.tolist()], np.int64)


def _numbered(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return a number for each combination, (rows,), and a row of each."""
    cell = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        pairs = cell * (int(column.max(initial=0)) + 1) + column
        _, first, cell = np.unique(pairs, return_index=True, return_inverse=True)
    return cell, first


def _total(
    parts: Sequence[_Part], model: int, cell: Ints, count: int, periods: Array | None
) -> Totals:
    own = [part.totals[model] for part in parts]
    revenue = np.concatenate([one.revenue for one in own])
    wins = np.concatenate([one.wins for one in own])
    add = codes.sum_by if revenue.dtype == np.int64 else codes.float_sum_by
    lost = sum(_lost(part, model, periods) for part in parts)
    return Totals(add(cell, revenue, count), add(cell, wins, count), np.asarray(lost))


def _lost(part: _Part, model: int, periods: Array | None) -> Ints:
    """Return the block's unattributed deals by the groups of all blocks."""
    lost = part.totals[model].lost
    if periods is None:
        return lost
    currencies, named = len(part.columns[0][1]), part.columns[1][1]
    whole = np.zeros((currencies, len(periods), len(REASONS), 3), np.int64)
    by_period = lost.reshape(currencies, len(named), len(REASONS), 3)
    whole[:, _among(periods, named)] = by_period
    return whole.reshape(-1, len(REASONS), 3)
