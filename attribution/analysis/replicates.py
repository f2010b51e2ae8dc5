"""What other, similar deals would have credited: weighted sums of credit by cell.

Every journey has a weight in every draw. A rule credits a deal alike whatever else
closed, so that its sums are one product of credits and weights; a model that learns is
fitted anew on the weighted counts of each draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.arrays import draws, ragged
from attribution.arrays.cores import on_threads
from attribution.credit import allocate
from attribution.errors import refuse
from attribution.journeys.words import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.draws import Keys
    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.credit.cells import Cells
    from attribution.doors.progress import Reporter
    from attribution.journeys.journeys import Journeys
    from attribution.models.fitted import Fitted

BLOCK: Final = 4096
"""Journeys whose weights are held at a time."""

DEAL_UNITS: Final = 1 << 20
"""Units of one deal, in a currency without any money."""

MOST: Final = 2.0**59
"""Deals of one currency are worth less, so that no weighted sum passes int64."""

ACCOUNT: Final = np.uint64(0xA0761D6478BD642F)
"""Sets the key of an account apart from that of a deal of the same text."""

NO_WEIGHT: Final = REASONS.index("no weight")


@dataclass(frozen=True, eq=False)
class Sample:
    """Journeys with a value to divide, and the weights of their units in each draw.

    ``valued``: the journeys, their ``amount`` the value: minor units, or 2^-20 deal
    in a currency without won money; ``moneyed``: bool, (currencies,), which have any;
    ``keys``: uint64, (journeys,), equal for journeys of one unit.
    """

    journeys: Journeys
    valued: Journeys
    moneyed: Bools
    keys: Keys
    cells: Cells
    seed: int
    draws: int

    @property
    def rows(self) -> int:
        """Return how many sums there are: cells, then reasons of each currency."""
        return len(self.cells) + len(self.journeys.currencies) * len(REASONS)

    def reason_row(self, currency: Array, reason: Array) -> Ints:
        """Return the row of unattributed deals of a currency and a reason."""
        return len(self.cells) + currency.astype(np.int64) * len(REASONS) + reason

    def weights(
        self, span: tuple[int, int], part: tuple[int, int], *, dtype: Any = np.int64
    ) -> Array:
        """Return the weights of a span of journeys in a part of the draws."""
        here = slice(*span)
        return draws.weights(
            self.keys[here], self.journeys.count[here], self.seed, *part, dtype=dtype
        )


def sample_of(
    journeys: Journeys, cells: Cells, unit: str, seed: int, number: int
) -> Sample:
    """Return the sample of journeys by ``"account"`` or ``"deal"``.

    A deal without an account is its own unit.
    """
    keys = draws.keys_of(journeys.deal_id)
    if unit == "account" and "account" in journeys.deal:
        account, labels = journeys.deal["account"]
        own = np.append(draws.mixed(draws.keys_of(labels) ^ ACCOUNT), np.uint64(0))
        keys = np.where(account < 0, keys, own[account])
    won, currency = journeys.span("won"), journeys.currency
    paid = journeys.amount[won] != 0
    moneyed = np.bincount(currency[won], paid, len(journeys.currencies)) > 0
    value = np.where(moneyed[currency], journeys.amount, journeys.count * DEAL_UNITS)
    size = np.bincount(currency, np.abs(value.astype(np.float64)), 1)
    if (size >= MOST).any():
        what = (
            "are worth more than 2^59 minor units in one currency: sums may overflow."
        )
        raise refuse(
            "M08", what, "Give larger units, or fewer decimals=.", where="deals"
        )
    valued = replace(journeys, amount=value)
    return Sample(journeys, valued, moneyed, keys, cells, seed, number)


class Entries(NamedTuple):
    """Values by row of a table and journey, (entries,) each."""

    row: Ints
    journey: Ints
    value: Ints

    def where(self, chosen: Bools) -> Entries:
        """Return the entries of a mask."""
        return Entries(*(column[chosen] for column in self))


class Weighted:
    """Values by row and journey, to be weighted and summed in draw after draw.

    A value is that of all the deals that its journey stands for, ``counts``, of which
    a draw holds its weights.
    """

    def __init__(self, entries: Entries, counts: Ints, rows: int) -> None:
        """Hold the entries by row, those of single deals and of several apart."""
        many = counts[entries.journey] > 1
        self.several = entries.where(many) if many.any() else None
        plain = entries if self.several is None else entries.where(~many)
        self.table = table_of(
            plain.value, (plain.row, plain.journey), (rows, len(counts))
        )
        if self.several is not None:
            row, journey, value = self.several
            self.each = value / counts[journey]
            places, ones = np.arange(len(row)), np.ones(len(row), np.int64)
            self.parts = table_of(ones, (row, places), (rows, len(row)))

    def sums(self, weights: Ints) -> Ints:
        """Return the weighted sums of each row in each draw, int64 (rows, draws)."""
        total = self.table @ weights
        if self.several is not None:
            drawn = weights[self.several.journey] * self.each[:, None]
            total += self.parts @ np.rint(drawn).astype(np.int64)
        return np.asarray(total, np.int64)


def table_of(value: Array, place: tuple[Ints, Ints], shape: tuple[int, int]) -> Any:
    """Return values by (row, column) as a sparse table, values of one place added."""
    from scipy import sparse

    # Products of scipy's sparse tables and integers: compiled, exact, and without
    # BLAS, whose bits depend on threads (design law 3).
    return sparse.csr_matrix((value, place), shape)


def parts(number: int, rows: int, most: int = 1 << 22) -> list[tuple[int, int]]:
    """Return the draws in parts, so that ``rows`` of them take bounded memory.

    Example:
        >>> parts(10, 1 << 20)
        [(0, 4), (4, 8), (8, 10)]
    """
    step = max(most // max(rows, 1) // draws.LANES, 1) * draws.LANES
    return [(first, min(first + step, number)) for first in range(0, number, step)]


def spans_of(sample: Sample) -> list[tuple[int, int]]:
    """Return the blocks of won journeys, first and last of each."""
    stop = sample.journeys.span("won").stop
    return [(at, min(at + BLOCK, stop)) for at in range(0, stop, BLOCK)]


def of_rules(sample: Sample, models: Sequence[Fitted], report: Reporter) -> list[Ints]:
    """Return each model's sums, int64 (rows, draws): one pass over won journeys."""
    pieces = parts(sample.draws, BLOCK)
    found = [np.zeros((sample.rows, sample.draws), np.int64) for _ in models]

    def one(span: tuple[int, int]) -> list[list[Ints]]:
        block, place = sample.valued.block(*span), sample.cells.of_block(*span)
        credited = [
            Weighted(_credited(sample, model, block, place), block.count, sample.rows)
            for model in models
        ]
        drawn = (sample.weights(span, piece) for piece in pieces)
        return [[own.sums(weights) for own in credited] for weights in drawn]

    for block in on_threads(one, spans_of(sample)):
        for piece, sums in zip(pieces, block, strict=True):
            for total, more in zip(found, sums, strict=True):
                total[:, slice(*piece)] += more
        report.step()
    return found


def _credited(sample: Sample, model: Fitted, block: Journeys, place: Ints) -> Entries:
    """Return the credit of each touch of a block, and what no touch can take."""
    weights = allocate.weights_of(model, block)
    reason = np.where(block.reason < 0, NO_WEIGHT, block.reason)
    lost = np.flatnonzero(~allocate.has_weight(block, weights))
    return Entries(
        np.append(place, sample.reason_row(block.currency[lost], reason[lost])),
        np.append(ragged.segments_of(block.offsets), lost),
        np.append(allocate.credits_of(block, weights), block.amount[lost]),
    )
