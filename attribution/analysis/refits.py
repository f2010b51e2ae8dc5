"""Replicates of models that learn: fitted anew on the weighted counts of each draw.

Journeys that a model cannot tell apart are one row that stands for all of them, so
that a fit and its weights cost what the kinds of journeys cost, not the journeys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.analysis.replicates import NO_WEIGHT, Entries, parts
from attribution.analysis.replicates import weighted as sums_of
from attribution.arrays import codes, money, ragged
from attribution.credit import allocate
from attribution.errors import InputError
from attribution.journeys.words import WON
from attribution.models.base import Alike
from attribution.models.fitted import fit

if TYPE_CHECKING:
    from attribution.analysis.replicates import Sample
    from attribution.arrays.ragged import Bools, Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.models.base import Model


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kinds of journeys that a model sees, and their credit by cell.

    ``journeys``: one of each kind, in journey order; ``kind``: int64, (all journeys,);
    ``pair``: int64, the (kind, slot) of each touch of the won kinds, -1 for none;
    ``shares``: the value by (pair, cell) and journey, ``of_pair`` and ``of_cell`` of
    each of its rows.
    """

    journeys: Journeys
    kind: Ints
    pair: Ints
    shares: Entries
    of_pair: Ints
    of_cell: Ints


def kinds_of(sample: Sample, model: Model) -> Kinds:
    """Return the kinds of journeys: of one outcome, currency, reason and state."""
    journeys = sample.journeys
    seen = model.alike(journeys)
    if seen is None:
        whole = np.arange(len(journeys), dtype=np.int64)
        seen = Alike(whole, ragged.positions(journeys.offsets))
    first, kind = _kinds(journeys, seen.state)
    own, _ = ragged.gather(journeys.offsets, first)
    won = int(np.count_nonzero(journeys.outcome[first] == WON))
    touches = int(np.diff(journeys.offsets)[first[:won]].sum())
    slots = int(seen.slot.max(initial=-1)) + 1
    segment = kind[ragged.segments_of(journeys.offsets)]
    keys = np.where(seen.slot < 0, -1, segment * slots + seen.slot)
    known = np.unique(keys[own[:touches]])
    known = known[known >= 0]
    last = int(journeys.offsets[journeys.span("won").stop])
    place = np.where(keys < 0, -1, np.searchsorted(known, keys))
    shares, of_pair, of_cell = _shares(sample, place[:last])
    return Kinds(
        journeys.taken(first), kind, place[own[:touches]], shares, of_pair, of_cell
    )


def _kinds(journeys: Journeys, state: Ints) -> tuple[Ints, Ints]:
    """Return the first journey of each kind, in order, and each journey's kind."""
    key = np.zeros(len(journeys), np.int64)
    columns = (
        WON - journeys.outcome,
        journeys.currency,
        journeys.reason + 1,
        state + 1,
    )
    for column in columns:
        size = int(column.max(initial=0)) + 1
        key = np.unique(key * size + column, return_inverse=True)[1]
    _, first, kind = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return first[order], rank[kind]


def _shares(sample: Sample, pair: Ints) -> tuple[Entries, Ints, Ints]:
    """Return each won deal's value by (pair, cell) were the pair to take all of it.

    The value is divided equally over the touches of the pair, to the unit.
    """
    journeys = sample.valued
    won = journeys.span("won")
    offsets = journeys.offsets[: won.stop + 1]
    cell = sample.cells.of_block(won.start, won.stop)
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


class Drawn(NamedTuple):
    """Kinds in some draws, int64 (kinds, draws) each: deals, money, value; and shares.

    ``shares``: int64, (rows of shares, draws).
    """

    deals: Ints
    paid: Ints
    value: Ints
    shares: Ints


def of_learned(sample: Sample, model: Model) -> tuple[Floats, Bools]:
    """Return a model's sums, float64 (rows, draws), and which draws could be fitted.

    Credit is not rounded deal by deal. A draw that the model refuses has zeros.
    """
    kinds = kinds_of(sample, model)
    found = np.zeros((sample.rows, sample.draws))
    fits = np.zeros(sample.draws, np.bool_)
    rows = max(len(sample.journeys), len(kinds.of_cell))
    for part in parts(sample.draws, rows):
        drawn = _drawn(sample, kinds, part)
        # One after another: a fit holds the interpreter's lock too often for threads.
        for at in range(part[1] - part[0]):
            column = Drawn(*(each[:, at] for each in drawn))
            sums = _refitted(sample, model, kinds, column)
            fits[part[0] + at] = sums is not None
            if sums is not None:
                found[:, part[0] + at] = sums
    return found, fits


def _drawn(sample: Sample, kinds: Kinds, part: tuple[int, int]) -> Drawn:
    journeys = sample.journeys
    weights = sample.weights((0, len(journeys)), part)
    every = np.arange(len(journeys))

    def by_kind(value: Ints) -> Ints:
        entries = Entries(kinds.kind, every, value)
        return sums_of(entries, weights, journeys.count, len(kinds.journeys))

    paid = by_kind(journeys.amount)
    return Drawn(
        by_kind(journeys.count),
        paid,
        paid if sample.moneyed.all() else by_kind(sample.valued.amount),
        sums_of(kinds.shares, weights, journeys.count, len(kinds.of_cell)),
    )


def _refitted(
    sample: Sample, model: Model, kinds: Kinds, drawn: Drawn
) -> Floats | None:
    """Return the sums of one draw, None where the model refuses it."""
    chosen = np.flatnonzero(drawn.deals)
    part = replace(
        kinds.journeys.taken(chosen),
        count=drawn.deals[chosen],
        amount=drawn.paid[chosen],
    )
    won = part.block(0, part.span("won").stop)
    if not len(won):
        return np.zeros(sample.rows)
    try:
        weights = allocate.weights_of(fit(part, model), won)
    except InputError:
        return None
    kind = chosen[: len(won)]
    own, _ = ragged.gather(kinds.journeys.offsets, kind)
    pair, share = kinds.pair[own], allocate.shares_of(won, weights)
    size = int(kinds.pair.max(initial=-1)) + 1
    taken = np.bincount(pair[pair >= 0], share[pair >= 0], size)
    credit = np.asarray(taken[kinds.of_pair] * drawn.shares, np.float64)
    sums = codes.float_sum_by(kinds.of_cell, credit, sample.rows)
    lost = np.flatnonzero(~allocate.has_weight(won, weights))
    reason = np.where(won.reason < 0, NO_WEIGHT, won.reason)[lost]
    row = sample.reason_row(won.currency[lost], reason)
    value = drawn.value[kind[lost]].astype(np.float64)
    return sums + codes.float_sum_by(row, value, sample.rows)
