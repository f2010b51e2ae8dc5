"""Replicates of models that learn: fitted anew on the weighted counts of each draw.

Journeys that a model cannot tell apart are one row that stands for all of them, so
that a fit and its weights cost what the kinds of journeys cost, not the journeys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.analysis.replicates import (
    NO_WEIGHT,
    Entries,
    Weighted,
    parts,
    table_of,
)
from attribution.analysis.sums import of_sums
from attribution.arrays import draws, money, ragged
from attribution.arrays.cores import on_threads
from attribution.credit import allocate
from attribution.errors import InputError
from attribution.journeys.words import WON
from attribution.models.base import Alike
from attribution.models.fitted import fit

if TYPE_CHECKING:
    from attribution.analysis.replicates import Sample
    from attribution.arrays.ragged import Bools, Floats, Ints
    from attribution.doors.progress import Reporter
    from attribution.journeys.journeys import Journeys
    from attribution.models.base import Model

MOST_KEYS: Final = 1 << 62
"""Possible kinds up to which no column of keys is numbered anew."""


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kinds of journeys that a model sees, and their credit by cell.

    ``journeys``: one of each kind, in journey order; ``order``: int64, (all journeys,),
    kind after kind, won ones first: so weights stand, and ``kind``, that of each;
    ``pair``: int64, the (kind, slot) of each touch of the won kinds, -1 for none.
    Credit has a row for each (pair, cell), ``of_pair`` and ``of_cell``; it divides
    ``value``, the value by won kind, or ``shares``, that by row, where the touches of a
    pair are in several cells. ``deals``: the deals by kind.
    """

    journeys: Journeys
    order: Ints
    kind: Ints
    pair: Ints
    of_pair: Ints
    of_cell: Ints
    of_kind: Ints
    deals: Weighted
    value: Weighted
    shares: Weighted | None


def kinds_of(sample: Sample, model: Model) -> Kinds:
    """Return the kinds of journeys: of one outcome, currency, reason and state."""
    journeys = sample.journeys
    seen = model.alike(journeys)
    if seen is None:
        whole = np.arange(len(journeys), dtype=np.int64)
        seen = Alike(whole, ragged.positions(journeys.offsets))
    first, kind = _kinds(journeys, seen.state)
    won, kinds = journeys.span("won").stop, int((journeys.outcome[first] == WON).sum())
    offsets = journeys.offsets[: won + 1]
    own, _ = ragged.gather(offsets, first[:kinds])
    slot, slots = seen.slot[: offsets[-1]], int(seen.slot.max(initial=-1)) + 1
    keys = np.where(slot < 0, -1, kind[ragged.segments_of(offsets)] * slots + slot)
    known = np.unique(keys[own])
    known = known[known >= 0]
    pair = np.where(keys < 0, -1, np.searchsorted(known, keys))
    shares, of_pair, of_cell = _shares(sample, pair, len(known))
    order = np.argsort(kind, kind="stable")
    kind, count, every = kind[order], journeys.count[order], np.arange(len(order))
    value = Entries(kind[:won], every[:won], sample.valued.amount[order[:won]])
    if shares is not None:
        rank = np.empty(len(order), np.int64)
        rank[order] = every
        shares = shares._replace(journey=rank[shares.journey])
    return Kinds(
        journeys.taken(first),
        order,
        kind,
        pair[own],
        of_pair,
        of_cell,
        known[of_pair] // max(slots, 1),
        Weighted(Entries(kind, every, count), count, len(first)),
        Weighted(value, count[:won], kinds),
        shares and Weighted(shares, count[:won], len(of_cell)),
    )


def _kinds(journeys: Journeys, state: Ints) -> tuple[Ints, Ints]:
    """Return the first journey of each kind, in order, and each journey's kind."""
    key, most = np.zeros(len(journeys), np.int64), 1
    columns = (
        WON - journeys.outcome,
        journeys.currency,
        journeys.reason + 1,
        state + 1,
    )
    for column in columns:
        size = int(column.max(initial=0)) + 1
        if most * size > MOST_KEYS:
            key = np.unique(key, return_inverse=True)[1]
            most = len(key)
        key = key * size + column
        most *= size
    _, first, kind = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return first[order], rank[kind]


def _shares(
    sample: Sample, pair: Ints, pairs: int
) -> tuple[Entries | None, Ints, Ints]:
    """Return each won deal's value by (pair, cell) were the pair to take all of it.

    The value is divided equally over the touches of the pair, to the unit. None where
    all of them are in one cell, and for each row its pair and its cell.
    """
    journeys = sample.valued
    won = journeys.span("won")
    offsets = journeys.offsets[: won.stop + 1]
    cell = sample.cells.of_block(won.start, won.stop)
    sole = np.zeros(pairs + 1, np.int64)
    sole[pair] = cell
    if np.array_equal(sole[pair[pair >= 0]], cell[pair >= 0]):
        return None, np.arange(pairs), sole[:-1]
    deal = ragged.segments_of(offsets)
    own = np.flatnonzero(pair >= 0)
    own = own[np.lexsort((own, pair[own], deal[own]))]
    opens = np.ones(len(own), np.bool_)
    opens[1:] = (np.diff(pair[own]) != 0) | (np.diff(deal[own]) != 0)
    starts = np.append(np.flatnonzero(opens), len(own))
    value = journeys.amount[deal[own[opens]]]
    credit = money.allocate(value, starts, np.ones(len(own), np.int64))
    keys = pair[own] * max(len(sample.cells), 1) + cell[own]
    known, row = np.unique(keys, return_inverse=True)
    of_pair, of_cell = np.divmod(known, max(len(sample.cells), 1))
    return Entries(row, deal[own], credit), of_pair, of_cell


def of_learned(sample: Sample, model: Model, report: Reporter) -> tuple[Floats, Bools]:
    """Return a model's sums, float64 (rows, draws), and which draws could be fitted.

    Credit is not rounded deal by deal. A draw that the model refuses has zeros.
    """
    summed = model.summed(sample.journeys)
    if summed is not None:
        return of_sums(sample, summed, report)
    kinds = kinds_of(sample, model)
    keys, count = sample.keys[kinds.order], sample.journeys.count[kinds.order]

    def one(part: tuple[int, int]) -> tuple[Floats, Bools]:
        drawn = draws.weights(keys, count, sample.seed, *part)
        deals = kinds.deals.sums(drawn)
        weights, fits = _weights(sample, model, kinds, drawn, deals, report)
        return _credited(sample, kinds, drawn, weights) * fits, fits

    rows = max(len(sample.journeys), len(kinds.of_cell), len(kinds.pair))
    sums, fits = zip(*on_threads(one, parts(sample.draws, rows)), strict=True)
    return np.concatenate(sums, axis=1), np.concatenate(fits)


def _weights(
    sample: Sample,
    model: Model,
    kinds: Kinds,
    drawn: Ints,
    deals: Ints,
    report: Reporter,
) -> tuple[Floats, Bools]:
    """Return the weights of the won kinds' touches, (touches, draws), and the fits.

    A draw without won deals needs no fit; 0 where there is none.
    """
    touches, number = len(kinds.pair), deals.shape[1]
    won, lost = (deals[kinds.journeys.span(of)].sum(0) > 0 for of in ("won", "lost"))
    weights = model.replicate(kinds.journeys, deals)
    if weights is not None:
        report.step(number)
        fits = ~won | lost | ("lost" not in model.requires())
        weights *= won & fits
        return weights, fits
    weights, fits = np.zeros((touches, number)), np.ones(number, np.bool_)
    amount, count = (
        one[kinds.order] for one in (sample.journeys.amount, sample.journeys.count)
    )
    amounts = Entries(kinds.kind, np.arange(len(amount)), amount)
    paid = Weighted(amounts, count, len(kinds.journeys)).sums(drawn)
    for at in range(number):
        if won[at]:
            drawn_at = deals[:, at], paid[:, at], weights[:, at]
            fits[at] = _refitted(model, kinds, *drawn_at)
        report.step()
    return weights, fits


def _refitted(
    model: Model, kinds: Kinds, deals: Ints, paid: Ints, weights: Floats
) -> bool:
    """Write the weights of one draw; return whether the model can be fitted on it."""
    chosen = np.flatnonzero(deals)
    part = replace(
        kinds.journeys.taken(chosen), count=deals[chosen], amount=paid[chosen]
    )
    won = part.block(0, part.span("won").stop)
    try:
        own = allocate.weights_of(fit(part, model), won)
    except InputError:
        return False
    place, _ = ragged.gather(kinds.journeys.offsets, chosen[: len(won)])
    weights[place] = allocate.shares_of(won, own)
    return True


def _credited(sample: Sample, kinds: Kinds, drawn: Ints, weights: Floats) -> Floats:
    """Return the sums of some draws, float64 (rows, draws)."""
    drawn = drawn[: sample.journeys.span("won").stop]
    value = kinds.value.sums(drawn)
    shares = kinds.shares.sums(drawn) if kinds.shares else value[kinds.of_kind]
    won = kinds.journeys.block(0, kinds.journeys.span("won").stop)
    deal = ragged.segments_of(won.offsets)
    has = _summed(deal, weights, len(won)) > 0
    credit = _by_pair(kinds, weights) * shares
    left = np.where(has, 0, value).astype(np.float64)
    reason = np.where(won.reason < 0, NO_WEIGHT, won.reason)
    row = sample.reason_row(won.currency, reason)
    found = _summed(kinds.of_cell, credit, sample.rows)
    return found + _summed(row, left, sample.rows)


def _by_pair(kinds: Kinds, weights: Floats) -> Floats:
    """Return the weight that each row of ``shares`` is multiplied with."""
    every = np.arange(len(kinds.pair))
    if np.array_equal(kinds.pair, every) and np.array_equal(kinds.of_pair, every):
        return weights  # each touch is a pair of its own
    own = np.flatnonzero(kinds.pair >= 0)
    size = int(kinds.pair.max(initial=-1)) + 1
    taken = _summed(kinds.pair[own], weights[own], size)
    return np.asarray(taken[kinds.of_pair])


def _summed(row: Ints, values: Floats, rows: int) -> Floats:
    """Return the sums of rows of a table by group, added in order: (rows, draws)."""
    ones, every = np.ones(len(row)), np.arange(len(row))
    return np.asarray(table_of(ones, (row, every), (rows, len(row))) @ values)
