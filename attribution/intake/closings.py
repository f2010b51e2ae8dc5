"""What became of deals and how much it was: all that a funnel needs of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from attribution.arrays.clock import MISSING
from attribution.intake.checks import amounts, times
from attribution.intake.checks.outcomes import read_outcomes
from attribution.intake.leads import check_named
from attribution.journeys.words import OPEN, WON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Ints
    from attribution.intake.checks.columns import Source
    from attribution.intake.checks.findings import Findings
    from attribution.intake.checks.times import TimeReader
    from attribution.journeys.words import Labelled


@dataclass(frozen=True)
class Closings:
    """Deals as columns, (deals,) each.

    ``id``: the shared code of the deal's id; ``amount``: int64 minor units, 0 where
    none is given; ``closed_at``: int64 instants, MISSING where there is none.
    """

    id: Array
    outcome: NDArray[np.int8]
    closed_at: Ints
    amount: Ints
    currency: Labelled
    decimals: tuple[int, ...]

    def place(self, count: int) -> Ints:
        """Return the position of each deal code, -1 where the table lacks it."""
        place = np.full(count + 1, -1, np.int64)
        place[self.id[::-1]] = np.arange(len(self.id))[::-1]
        place[-1] = -1
        return place


def read_closings(
    source: Source,
    ids: Array,
    outcomes: Mapping[str | None, str],
    money: tuple[str | None, amounts.Reading],
    clocks: TimeReader,
    findings: Findings,
) -> Closings:
    """Return the deals with whatever is wrong with them added to ``findings``.

    Args:
        source: The user's table of deals.
        ids: int32, (rows,), the shared codes of its deal_id.
        outcomes: Their outcomes → ours.
        money: The currency of deals that name none, and how amounts are read.
        clocks: Reads closed_at.
        findings: Where the issues go.
    """
    default, how = money
    outcome = read_outcomes(source, outcomes, findings)
    closed = times.at_end(clocks.read(source, "closed_at"), clocks.tz)
    check_named(("deals", "deal_id"), ids, findings)
    column = source.column("currency") if source.has("currency") else None
    currency = amounts.read_currencies(column, source.rows, default, findings)
    decimals = amounts.decimals_of(currency.labels, how.decimals)
    places = np.array([*decimals, amounts.MOST_DECIMALS], np.int64)[currency.codes]
    amount, absent = amounts.read_amounts(
        source.column("amount"), ("deals", "amount"), places, how, findings
    )
    if source.has("amount"):
        findings.error(
            "M01", ("deals", "amount"), "is missing on a won deal.", "Give it, or 0.",
            rows=absent & (outcome == WON),
        )  # fmt: skip
    amounts.check_totals(amount, currency, findings)
    found = Closings(ids, outcome, closed, amount, currency, decimals)
    _check_repeats(found, findings)
    return found


def _check_repeats(deals: Closings, findings: Findings) -> None:
    """Add I03 and I04: a deal that stands twice, in rows that are equal or differ."""
    order = np.lexsort((np.arange(len(deals.id)), deals.id))
    again = np.zeros(len(order), np.bool_)
    again[1:] = (np.diff(deals.id[order]) == 0) & (deals.id[order][1:] >= 0)
    same = again.copy()
    for column in (deals.outcome, deals.closed_at, deals.amount, deals.currency.codes):
        same[1:] &= np.diff(column[order]) == 0
    findings.error(
        "I04", ("deals", "deal_id"), "stands twice with different values.",
        "Keep one row a deal: a join has doubled the money.",
        rows=np.sort(order[again & ~same]),
    )  # fmt: skip
    findings.add(
        "I03", "set aside", ("deals", "deal_id"), "stands twice with equal values.",
        "One row is kept.", rows=np.sort(order[same]),
    )  # fmt: skip


def seen_at(deals: Closings, as_of: int, findings: Findings) -> Closings:
    """Return the deals as seen at ``as_of``: what closes later is open."""
    later = (deals.outcome != OPEN) & (deals.closed_at > as_of)
    findings.add(
        "T08", "note", ("deals", "closed_at"), "lies after as_of: the deal is open.",
        rows=later,
    )  # fmt: skip
    outcome = np.where(later, OPEN, deals.outcome).astype(np.int8)
    return replace(deals, outcome=outcome)


def latest(deals: Closings) -> int:
    """Return the latest close of the deals but for expected ones, or MISSING."""
    closes = np.where(deals.outcome == OPEN, MISSING, deals.closed_at)
    return int(closes.max(initial=MISSING))
