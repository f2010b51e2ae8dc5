"""Cells: the combinations of labels that a table has a row for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import codes, ragged
from attribution.errors import nearest, refuse
from attribution.journeys.words import NONE, Labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of

BLOCK: Final = 65_536
"""Journeys that are weighed and divided at a time."""

DENSE: Final = 1 << 16
"""Up to this many possible cells a table holds all of them."""

PERIODS: Final = ("month", "quarter")
SYNONYMS: Final = {"contact_id": "contact", "account_id": "account"}


def spans(journeys: Journeys, of: Of) -> list[tuple[int, int]]:
    """Return the blocks of journeys ``of`` an outcome, first and last of each."""
    own = journeys.span(of)
    return [
        (first, min(first + BLOCK, own.stop))
        for first in range(own.start, own.stop, BLOCK)
    ]


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of some columns over some journeys.

    ``touch`` and ``deal`` are the columns' codes, of touches or of deals; ``known`` the
    sorted codes of cells that occur where not all possible ones are held. ``deals``:
    int64, (cells,), how many deals have a touch in the cell.
    """

    journeys: Journeys
    columns: tuple[tuple[str, bool, Array], ...]
    labels: tuple[Array, ...]
    known: Ints | None
    count: int
    deals: Ints
    of: Of

    def of_block(self, first: int, last: int) -> Ints:
        """Return the cell of each touch of journeys ``first:last``."""
        cells = _raw(self.journeys, self.columns, self.labels, first, last)
        return cells if self.known is None else np.searchsorted(self.known, cells)

    def codes(self) -> list[Ints]:
        """Return for each column its code in every cell."""
        every = np.arange(self.count) if self.known is None else self.known
        return codes.separated(every, [len(labels) for labels in self.labels])


def _raw(
    journeys: Journeys,
    columns: Sequence[tuple[str, bool, Array]],
    labels: Sequence[Array],
    first: int,
    last: int,
) -> Ints:
    offsets = journeys.offsets[first : last + 1]
    own = slice(int(offsets[0]), int(offsets[-1]))
    parts = [
        ragged.spread(column[first:last], offsets) if is_deal else column[own]
        for _, is_deal, column in columns
    ]
    return codes.combined(parts, [len(one) for one in labels])[0]


def column_of(journeys: Journeys, name: str) -> tuple[str, bool, Labelled]:
    """Return a column to group by: its name, whether it is of deals, its labels.

    Raises:
        InputError: P09: there is no such column, with the nearest name.
    """
    key = SYNONYMS.get(name, name)
    if key in journeys.touch:
        return name, False, journeys.touch[key]
    if key == "process":
        process = journeys.process.astype(np.int32)
        return name, False, Labelled(process, np.array(["false", "true"], object))
    if key in journeys.deal:
        column = journeys.deal[key]
        labels = np.append(column.labels, np.array([NONE], object))
        filled = np.where(column.codes < 0, len(column.labels), column.codes)
        found = Labelled(*codes.joined([(filled, labels)]))
        return name, True, found
    if key == "deal_id":
        labels = journeys.deal_id.astype(str).astype(object)
        codes_of = np.arange(len(journeys), dtype=np.int32)
        return name, True, Labelled(*codes.in_label_order(codes_of, labels))
    if key == "outcome":
        labels = np.array(["lost", "open", "won"], object)
        place = np.array([0, 2, 1], np.int32)[journeys.outcome]
        return name, True, Labelled(place, labels)
    present = [*journeys.touch, "process", "deal_id", "outcome", *journeys.deal]
    what = f"there is no column {name!r} to group by."
    remedy = f"{nearest(name, present)} Columns: {', '.join(present)}.".strip()
    raise refuse("P09", what, remedy)


def cells_of(
    journeys: Journeys, dims: tuple[str, ...], of: Of, period: str | None
) -> Cells:
    """Return the cells of currency, period and ``dims``, computed once."""
    key = ("cells", dims, of, period)
    if key not in journeys.memo:
        journeys.memo[key] = _cells(journeys, dims, of, period)
    cells: Cells = journeys.memo[key]
    return cells


def _cells(
    journeys: Journeys, dims: tuple[str, ...], of: Of, period: str | None
) -> Cells:
    found = [column_of(journeys, name) for name in dims]
    if period is not None:
        if period not in PERIODS:
            what = f"period={period!r} is none of {', '.join(PERIODS)}."
            raise refuse("P04", what, nearest(period, PERIODS))
        own, names = journeys.period(period)
        found.insert(0, ("period", True, Labelled(own, np.array(names, object))))  # type: ignore[arg-type]
    currency = Labelled(
        journeys.currency,  # type: ignore[arg-type]
        np.array(journeys.currencies, object),
    )
    found.insert(0, ("currency", True, currency))
    columns = tuple((name, is_deal, one.codes) for name, is_deal, one in found)
    labels = tuple(one.labels for _, _, one in found)
    blocks = list(_counted(journeys, columns, labels, of))
    possible = codes.combined(
        [np.zeros(1, np.int64)] * len(labels), [len(x) for x in labels]
    )
    if possible[1] <= DENSE:
        known, count = None, possible[1]
    else:
        known = np.unique(
            np.concatenate([cells for cells, _ in blocks] or [np.zeros(0, int)])
        )
        count = len(known)
    deals = np.zeros(count, np.int64)
    for cells, seen in blocks:
        place = cells if known is None else np.searchsorted(known, cells)
        deals[place] += seen
    return Cells(journeys, columns, labels, known, count, deals, of)


def _counted(
    journeys: Journeys,
    columns: Sequence[tuple[str, bool, Array]],
    labels: Sequence[Array],
    of: Of,
) -> Iterator[tuple[Ints, Ints]]:
    """Give for each block the cells that occur and how many deals touch them."""
    for first, last in spans(journeys, of):
        cells = _raw(journeys, columns, labels, first, last)
        deal = ragged.segments_of(journeys.offsets[first : last + 1])
        present, place = np.unique(cells, return_inverse=True)
        pairs = np.unique(place * (last - first) + deal)
        met, own = np.divmod(pairs, max(last - first, 1))
        count = journeys.count[first:last][own]
        yield present, codes.sum_by(met, count, len(present))
