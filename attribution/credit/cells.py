"""Cells: the combinations of labels that a table has a row for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np

from attribution.arrays import codes, ragged
from attribution.errors import nearest, refuse
from attribution.journeys.words import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of

BLOCK: Final = 65_536
"""The most journeys that are summed at a time: what is made of them stays in the
processor's caches …"""

WIDE: Final = 131_072
"""… and that are divided: threads hand each other the lock at every call of numpy, so
that calls must be long."""

LIMIT: Final = 1 << 62
"""Cell numbers stay below this."""

DENSE: Final = 1 << 16
"""Up to this many possible cells a table holds all of them."""

BYTE_VALUES: Final = 256
HAS_BIT: Final = np.arange(BYTE_VALUES)[:, None] >> np.arange(8) & 1
"""Which bits each value of a byte has."""

OWN: Final = frozenset(
    (
        "model", "period", "revenue", "revenue_minor", "currency", "share",
        "share_of_attributed", "wins", "deals",
    )
)  # fmt: skip
"""Columns of every table, which nothing is grouped by."""

PERIODS: Final = ("month", "quarter")
SYNONYMS: Final = {"contact_id": "contact", "account_id": "account"}


def _spans(journeys: Journeys, of: Of, most: int) -> list[tuple[int, int]]:
    """Return blocks of at most so many journeys ``of`` an outcome, about equally long.

    Returns:
        First and last journey of each.
    """
    own = journeys.span(of)
    size = own.stop - own.start
    count = -(-size // most)
    cuts = [own.start + size * at // count for at in range(count)]
    return list(pairwise([*cuts, own.stop]))


class Dimension(NamedTuple):
    """A column of a table: its name, whether it is of deals, codes and labels."""

    name: str
    is_deal: bool
    codes: Array
    labels: Array


class CellTable(Protocol):
    """What a table needs of cells: columns, how many deals each has, their codes."""

    @property
    def columns(self) -> tuple[Dimension, ...]:
        """Return the columns with their labels."""

    @property
    def deals(self) -> Ints:
        """Return how many deals have a touch in each cell, int64 (cells,)."""

    @property
    def of(self) -> Of:
        """Return the outcome of the deals."""

    def codes(self) -> dict[str, Ints]:
        """Return for each column its code in every cell that occurs."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of some columns over some journeys.

    A cell's number joins the codes of its columns, each int64; where that could pass
    int64, ``stages`` holds before a column the sorted numbers that occur so far, to
    count on from their places. ``known`` are the sorted numbers that occur, where not
    all possible cells are held. ``deals``: int64, (cells,), how many deals have a touch
    in the cell; ``example``: int64, (cells,), one such touch, -1 for none.
    """

    journeys: Journeys
    columns: tuple[Dimension, ...]
    stages: tuple[Ints | None, ...]
    known: Ints | None
    deals: Ints
    example: Ints
    of: Of

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self.deals)

    def spans(self, *, wide: bool = False) -> list[tuple[int, int]]:
        """Return blocks of journeys, first and last of each: wide ones to divide."""
        return _spans(self.journeys, self.of, WIDE if wide else BLOCK)

    def of_block(self, first: int, last: int) -> Ints:
        """Return the cell of each touch of journeys ``first:last``."""
        cells = _numbers(self.journeys, self.columns, self.stages, first, last)
        return cells if self.known is None else np.searchsorted(self.known, cells)

    def codes(self) -> dict[str, Ints]:
        """Return for each column its code in every cell that occurs, else -1."""
        occurs = np.flatnonzero(self.example >= 0)
        touch = self.example[occurs]
        deal = np.searchsorted(self.journeys.offsets, touch, side="right") - 1
        found = {}
        for column in self.columns:
            found[column.name] = np.full(len(self), -1)
            own = column.codes[deal if column.is_deal else touch]
            found[column.name][occurs] = own
        return found


def _numbers(
    journeys: Journeys,
    columns: Sequence[Dimension],
    stages: Sequence[Ints | None],
    first: int,
    last: int,
) -> Ints:
    """Return the cell numbers of a block's touches by the first of the columns."""
    offsets = journeys.offsets[first : last + 1]
    own = slice(int(offsets[0]), int(offsets[-1]))
    cells: Array = np.broadcast_to(np.int64(0), own.stop - own.start)
    alone = True
    for column, stage in zip(columns, stages, strict=False):
        if stage is not None:
            cells = np.searchsorted(stage, cells)
        if len(column.labels) == 1:
            continue
        codes_of = column.codes[first:last] if column.is_deal else column.codes[own]
        added = ragged.spread(codes_of, offsets) if column.is_deal else codes_of
        if alone:
            cells, alone = added, False
        else:
            cells = np.multiply(cells, len(column.labels), dtype=np.int64) + added
    return cells


def column_of(journeys: Journeys, name: str) -> Dimension:
    """Return a column to group by.

    Raises:
        InputError: P09: there is no such column, with the nearest name.
    """
    key = SYNONYMS.get(name, name)
    if key in journeys.touch:
        return Dimension(name, False, *journeys.touch[key])
    if key == "process":
        process = journeys.process.astype(np.int32)
        return Dimension(name, False, process, np.array(["false", "true"], object))
    if key in journeys.deal:
        column = journeys.deal[key]
        labels = np.append(column.labels, np.array([NONE], object))
        filled = np.where(column.codes < 0, len(column.labels), column.codes)
        return Dimension(name, True, *codes.joined([(filled, labels)]))
    if key == "deal_id":
        labels = journeys.deal_id.astype(str).astype(object)
        codes_of = np.arange(len(journeys), dtype=np.int32)
        return Dimension(name, True, *codes.in_label_order(codes_of, labels))
    if key == "outcome":
        labels = np.array(["lost", "open", "won"], object)
        place = np.array([0, 2, 1], np.int32)[journeys.outcome]
        return Dimension(name, True, place, labels)
    present = [*journeys.touch, "process", "deal_id", "outcome", *journeys.deal]
    what = f"there is no column {name!r} to group by."
    remedy = f"{nearest(name, present)} Columns: {', '.join(present)}.".strip()
    raise refuse("P09", what, remedy)


def check_dims(dims: Sequence[object]) -> None:
    """Raise P09 where ``dims`` are no distinct names of columns to group by."""
    if not all(isinstance(name, str) for name in dims):
        what = f"by{dims} was given something that is no column name."
        raise refuse("P09", what, 'Write by("team", "channel").')
    if not dims:
        remedy = 'For example by("team") or by("team", "channel").'
        raise refuse("P09", "by() was given no column.", remedy)
    if len(set(dims)) < len(dims):
        raise refuse("P09", f"by{dims} repeats a column.", "Name each once.")
    if taken := sorted(OWN & set(map(str, dims))):
        what = f"by() was given {', '.join(taken)}, a column of every table."
        raise refuse("P09", what, "Currency always is a column; use period= for time.")


def cells_of(
    journeys: Journeys, dims: tuple[str, ...], of: Of, period: str | None
) -> Cells:
    """Return the cells of currency, period and ``dims``, computed once."""
    if period is not None and (not isinstance(period, str) or period not in PERIODS):
        what = f"period={period!r} is none of {', '.join(PERIODS)}."
        raise refuse("P04", what, nearest(str(period), PERIODS))
    key = ("cells", dims, str(of), period)
    if key not in journeys.memo:
        journeys.memo[key] = _cells(journeys, dims, of, period)
    cells: Cells = journeys.memo[key]
    return cells


def _cells(
    journeys: Journeys, dims: tuple[str, ...], of: Of, period: str | None
) -> Cells:
    blocks = _spans(journeys, of, BLOCK)
    columns = _dimensions(journeys, dims, period)
    stages: list[Ints | None] = []
    possible = 1
    for at, column in enumerate(columns):
        stage = None
        if possible * len(column.labels) >= LIMIT:
            stage = _occurring(journeys, columns[:at], stages, blocks)
            possible = len(stage)
        stages.append(stage)
        possible *= max(len(column.labels), 1)
    known = None
    if possible > DENSE:
        known = _occurring(journeys, columns, stages, blocks)
        possible = len(known)
    deals = np.zeros(possible, np.int64)
    example = np.full(possible, -1, np.int64)
    for first, last in blocks:
        cells = _numbers(journeys, columns, stages, first, last)
        place = cells if known is None else np.searchsorted(known, cells)
        present, touched = _touched(journeys, place, first, last, possible)
        deals[present] += touched
        if (example[present[touched > 0]] < 0).any():
            example[place] = np.arange(journeys.offsets[first], journeys.offsets[last])
    return Cells(journeys, columns, tuple(stages), known, deals, example, of)


def _dimensions(
    journeys: Journeys, dims: tuple[str, ...], period: str | None
) -> tuple[Dimension, ...]:
    """Return the columns of a table: currency, period where asked for, ``dims``."""
    text = np.array(journeys.currencies, object)
    found = [Dimension("currency", True, journeys.currency, text)]
    if period is not None:
        own, names = journeys.period(period)
        found.append(Dimension("period", True, own, np.array(names, object)))
    return (*found, *(column_of(journeys, name) for name in dims))


def _occurring(
    journeys: Journeys,
    columns: Sequence[Dimension],
    stages: Sequence[Ints | None],
    blocks: Sequence[tuple[int, int]],
) -> Ints:
    """Return the sorted cell numbers that occur."""
    parts = [np.zeros(0, np.int64)]
    parts += [
        np.unique(_numbers(journeys, columns, stages, first, last))
        for first, last in blocks
    ]
    return np.unique(np.concatenate(parts))


def _by_bit(masks: Ints, many: Ints, count: int) -> Ints:
    """Return for each of ``count`` bits how ``many`` the masks that have it are."""
    octets = masks.astype("<i8", copy=False).view(np.uint8).reshape(-1, masks.itemsize)
    found = []
    for column in octets.T[: -(-count // 8)]:
        if ragged.constant(many):
            times = np.bincount(column, minlength=BYTE_VALUES) * many[0]
        else:
            times = codes.sum_by(column, many, BYTE_VALUES)
        found.append(times @ HAS_BIT)
    return np.concatenate(found)[:count]


def _touched(
    journeys: Journeys, place: Ints, first: int, last: int, count: int
) -> tuple[Ints, Ints]:
    """Return a block's cells and how many deals have a touch in each."""
    offsets = journeys.offsets[first : last + 1] - journeys.offsets[first]
    many = journeys.count[first:last]
    if count <= ragged.BITS:
        masks = ragged.reduce(np.bitwise_or, ragged.bits_of(place), offsets)
        return np.arange(count), _by_bit(masks, many, count)
    pairs = np.sort(ragged.segments_of(offsets) * count + place)
    pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])] if len(pairs) else pairs
    deal, cell = np.divmod(pairs, count)
    present, own = np.unique(cell, return_inverse=True)
    return present, codes.sum_by(own, many[deal], len(present))
