"""The table of deals as columns, one deal once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import clock, ordering, ragged
from attribution.arrays.clock import MISSING
from attribution.intake.checks import amounts, labels, times
from attribution.intake.checks.outcomes import read_outcomes
from attribution.intake.links import places
from attribution.journeys.words import AGAIN, MILESTONES, OPEN, WON, Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.columns import Source
    from attribution.intake.checks.findings import Findings
    from attribution.intake.checks.times import TimeReader
    from attribution.intake.options import Options


IDS = frozenset({"deal_id", "account_id"})
"""Columns that were read before, as codes."""


@dataclass(frozen=True)
class Deals:
    """Deals as columns, (deals,) each; ``id`` holds the shared code of its deal id.

    ``day_close`` and ``day_milestones`` say which dates were days, ``created`` among
    them; the rest is as in ``Journeys``.
    """

    id: Array
    row: Ints
    amount: Ints
    currency: Labelled
    decimals: tuple[int, ...]
    outcome: NDArray[np.int8]
    closed_at: Ints
    day_close: Bools
    created_at: Ints
    milestones: Mapping[str, Ints]
    day_milestones: Mapping[str, Bools]
    at_opportunity: Ints | None
    account: Array
    columns: Mapping[str, Labelled]

    def __len__(self) -> int:
        """Return the number of deals."""
        return len(self.id)

    def take(self, rows: Array) -> Deals:
        """Return the deals of ``rows``, in that order."""
        plain = (
            "id", "row", "amount", "outcome", "closed_at", "day_close", "created_at",
            "account",
        )  # fmt: skip
        taken: dict[str, Any] = {
            name: ragged.take(getattr(self, name), rows) for name in plain
        }
        return replace(
            self,
            **taken,
            currency=self.currency.take(rows),
            milestones={k: ragged.take(at, rows) for k, at in self.milestones.items()},
            day_milestones={
                k: ragged.take(on, rows) for k, on in self.day_milestones.items()
            },
            at_opportunity=(
                None if self.at_opportunity is None else self.at_opportunity[rows]
            ),
            columns={k: column.take(rows) for k, column in self.columns.items()},
        )


def columns_of(source: Source) -> list[str]:
    """Return the columns that :func:`read_deals` reads, the ids aside."""
    return [name for name in source.names if name not in IDS]


def read_deals(
    source: Source,
    ids: Array,
    account: Array,
    options: Options,
    clocks: TimeReader,
    findings: Findings,
) -> Deals:
    """Return the deals with whatever is wrong with them added to ``findings``."""
    source = source.read_ahead(columns_of(source))
    outcome = read_outcomes(source, options.outcomes, findings)
    closed = clocks.read(source, "closed_at")
    again = [name for name in AGAIN if source.has(f"{name}_at")]
    stages = {name: clocks.read(source, f"{name}_at") for name in (*MILESTONES, *again)}
    created = clocks.read(source, "created_at")
    findings.error(
        "I01", ("deals", "deal_id"), "is missing or empty.", "Give every deal an id.",
        rows=(ids < 0) & (not findings.faulty(("deals", "deal_id"))),
    )  # fmt: skip
    faults = np.zeros(source.rows, np.bool_)
    for rows in closed.faults.values():
        faults |= rows
    faults |= not source.has("closed_at")
    times.check_closes(outcome != OPEN, closed.present | faults, findings)
    currency, decimals, amount, at_opportunity = _money(
        source, outcome, options, findings
    )
    tz = options.tz
    found = Deals(
        id=ids,
        row=np.arange(source.rows),
        amount=amount,
        currency=currency,
        decimals=decimals,
        outcome=outcome,
        closed_at=times.at_end(closed, tz),
        day_close=clock.known(closed.days),
        created_at=times.at_start(created, tz),
        milestones={name: times.at_end(at, tz) for name, at in stages.items()},
        day_milestones={
            name: clock.known(at.days)
            for name, at in {**stages, "created": created}.items()
        },
        at_opportunity=at_opportunity,
        account=account,
        columns=_further(source, findings),
    )
    if options.sharing == "open":
        _check_created(source, found.created_at, findings)
    return found


def _check_created(source: Source, created: Ints, findings: Findings) -> None:
    where = ("deals", "created_at")
    remedy = 'Give created_at, or use sharing="each".'
    if not source.has("created_at"):
        findings.error("S01", where, 'is needed by sharing="open".', remedy)
    else:
        findings.error(
            "S01", where, 'is missing and needed by sharing="open".', remedy,
            rows=created == MISSING,
        )  # fmt: skip


def _money(
    source: Source, outcome: Array, options: Options, findings: Findings
) -> tuple[Labelled, tuple[int, ...], Ints, Ints | None]:
    column = source.column("currency") if source.has("currency") else None
    currency = amounts.read_currencies(column, source.rows, options.currency, findings)
    decimals = amounts.decimals_of(currency.labels, options.decimals)
    places = np.array([*decimals, 9], np.int64)[currency.codes]
    how = amounts.Reading(options.rounding, options.decimals, options.allow_negative)
    where = ("deals", "amount")
    amount, absent = amounts.read_amounts(
        source.column("amount"), where, places, how, findings
    )
    findings.error(
        "M01", where, "is missing on a won deal.", "Give it, or 0.",
        rows=absent & (outcome == WON) & source.has("amount"),
    )  # fmt: skip
    findings.add(
        "M01", "warning", where, "is missing on a lost or open deal and counts as 0.",
        rows=absent & (outcome != WON) & source.has("amount"),
    )  # fmt: skip
    amounts.check_totals(amount, currency, findings)
    at_opportunity = None
    if source.has("amount_at_opportunity"):
        at_opportunity, none = amounts.read_amounts(
            source.column("amount_at_opportunity"), ("deals", "amount_at_opportunity"),
            places, how, findings,
        )  # fmt: skip
        at_opportunity[none] = MISSING
    return currency, decimals, amount, at_opportunity


def _further(source: Source, findings: Findings) -> dict[str, Labelled]:
    """Return the deals' further columns, to group by; S12 where one cannot be."""
    taken = {
        "deal_id", "amount", "outcome", "won", "closed_at", "currency", "account_id",
        "created_at", "amount_at_opportunity",
        *(f"{name}_at" for name in (*MILESTONES, *AGAIN)),
    }  # fmt: skip
    names = {ours: theirs for ours, theirs in source.names.items() if ours not in taken}
    names |= {name: name for name in source.further() if name not in names}
    for ours in ("outcome", "won"):
        theirs = source.names.get(ours, ours)
        if theirs not in {*names, ours}:
            names[theirs] = theirs
    found = {}
    for ours, theirs in names.items():
        column = source.table.column(theirs)
        text = labels.as_text(column)
        if text is None and column.kind in {"nested", "mixed"}:
            findings.add(
                "S12", "note", ("deals", ours),
                f"holds {column.detail} values: left out.",
                "Convert it to text to group by it.", count=source.rows,
            )  # fmt: skip
            continue
        if text is None:
            text = labels.read_labels(column, ("deals", ours), findings, missing=None)
        found[ours] = labels.ordered(text)
    return found


def without_repeats(deals: Deals, findings: Findings) -> tuple[Deals, Ints]:
    """Return each deal once, and the rows that repeat one (I03).

    Rows of one id that differ in any column are an error (I04): a join has doubled
    the money.
    """
    known = deals.id[deals.id >= 0]
    if np.bincount(known, minlength=1).max() <= 1:
        return deals, np.array([], np.int64)
    order = np.lexsort((deals.row, deals.id))
    again = np.zeros(len(order), np.bool_)
    again[1:] = (np.diff(deals.id[order]) == 0) & (deals.id[order][1:] >= 0)
    same = np.ones(len(order), np.bool_)
    for column in _compared(deals):
        values = column[order]
        same[1:] &= values[1:] == values[:-1]
    findings.error(
        "I04", ("deals", "deal_id"), "stands twice with different values.",
        "Keep one row a deal: a join has doubled the money.",
        rows=np.sort(deals.row[order[again & ~same]]),
    )  # fmt: skip
    repeats = np.sort(order[again])
    findings.add(
        "I03", "set aside", ("deals", "deal_id"), "stands twice with equal values.",
        "One row is kept.", rows=np.sort(deals.row[order[again & same]]),
    )  # fmt: skip
    kept = np.ones(len(order), np.bool_)
    kept[repeats] = False
    return deals.take(np.flatnonzero(kept)), deals.row[repeats]


def _compared(deals: Deals) -> list[Array]:
    columns: list[Array] = [
        deals.amount, deals.currency.codes, deals.outcome, deals.closed_at,
        deals.created_at, deals.account, *deals.milestones.values(),
    ]  # fmt: skip
    if deals.at_opportunity is not None:
        columns.append(deals.at_opportunity)
    return [*columns, *(column.codes for column in deals.columns.values())]


def check_order(deals: Deals, id_labels: Array, findings: Findings) -> None:
    """Add T13, which names the deals whose dates are out of order."""
    closes = np.where(deals.outcome == OPEN, MISSING, deals.closed_at)
    dates = times.Dates(deals.row, deals.id, id_labels, deals.created_at, closes)
    times.check_order(dates, deals.milestones, findings)


def seen_at(deals: Deals, as_of: int, findings: Findings) -> Deals:
    """Return the deals as seen at ``as_of``: what closes or comes later has not."""
    later = (deals.outcome != OPEN) & (deals.closed_at > as_of)
    findings.add(
        "T08", "note", ("deals", "closed_at"), "lies after as_of: the deal is open.",
        rows=deals.row[later],
    )  # fmt: skip
    milestones = {}
    for name, at in deals.milestones.items():
        late = at > as_of
        findings.add(
            "T08", "note", ("deals", f"{name}_at"),
            "lies after as_of: not reached yet.",
            rows=deals.row[late],
        )  # fmt: skip
        milestones[name] = np.where(late, MISSING, at) if late.any() else at
    outcome = np.where(later, OPEN, deals.outcome).astype(np.int8)
    return replace(deals, outcome=outcome, milestones=milestones)


def in_journey_order(deals: Deals, id_order: Ints) -> Deals:
    """Return the deals won, lost, open, and by deal id inside each.

    Args:
        deals: The deals.
        id_order: The order of the labels of deal ids.
    """
    by_id = places(deals, len(id_order))[id_order]
    by_id = by_id[by_id >= 0]
    order, _ = ordering.grouped(WON - deals.outcome[by_id], WON - OPEN + 1)
    return deals.take(by_id[order])


def latest(deals: Deals) -> int:
    """Return the latest instant of the deals but for expected closes, or MISSING."""
    closes = np.where(deals.outcome == OPEN, MISSING, deals.closed_at)
    columns = [closes, deals.created_at, *deals.milestones.values()]
    return int(max((at.max(initial=MISSING) for at in columns), default=MISSING))
