"""Deals by team under several definitions, as columns of exact sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import clock, codes, money, ordering, ragged
from attribution.journeys import tables
from attribution.journeys.holders import holder, reached, stamp
from attribution.journeys.words import NONE, Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of

DECLARED: Final = "declared_source"
DEFINITIONS: Final = (DECLARED, "first_touch", "lead", "opportunity")
TEAMS: Final = ("marketing", "sales")
TOTAL: Final = "total"


@dataclass(frozen=True, eq=False)
class Deals:
    """The deals of one outcome, and the team of each under each definition.

    ``span``: which journeys; ``source``: int64, (definitions, deals), positions in
    ``labels``; ``none``: the position of "(none)".
    """

    journeys: Journeys
    span: slice
    source: Ints
    labels: Array
    none: int

    @property
    def amount(self) -> Ints:
        """Return the money, int64 minor units, (deals,)."""
        return self.journeys.amount[self.span]

    @property
    def count(self) -> Ints:
        """Return how many deals each row stands for, int64, (deals,)."""
        return self.journeys.count[self.span]

    @property
    def currency(self) -> Ints:
        """Return the currency codes, int64, (deals,)."""
        return self.journeys.currency[self.span].astype(np.int64)


def deals_of(journeys: Journeys, teams: Mapping[str, str], of: Of) -> Deals:
    """Return the deals ``of`` an outcome with the team that each came from."""
    span = journeys.span(of)
    team = journeys.touch["team"]
    filled = journeys.offsets[:-1] < journeys.offsets[1:]
    touches = (
        np.where(filled, journeys.offsets[:-1], -1),
        holder(journeys, "lead"),
        holder(journeys, "opportunity"),
    )
    held = [(np.append(team.codes, -1)[at][span], team.labels) for at in touches]
    declared = _declared(journeys, team, teams)
    columns = [(declared.codes[span], declared.labels), *held]
    nobody = (np.zeros(1, np.int32), np.array([NONE], object))
    found, labels = codes.joined([*columns, nobody])
    none = int(found[-1])
    source = np.where(found < 0, none, found)[:-1].astype(np.int64)
    return Deals(journeys, span, source.reshape(len(DEFINITIONS), -1), labels, none)


def _declared(journeys: Journeys, team: Labelled, teams: Mapping[str, str]) -> Labelled:
    """Return each deal's declared source, as a team where it is one without case."""
    nothing = Labelled(np.full(len(journeys), -1, np.int32), np.array([], object))
    column = journeys.deal.get(DECLARED, nothing)
    known = {one.casefold(): one for one in (*TEAMS, *team.labels.tolist())} | dict(
        teams
    )
    named = [
        known.get(label.strip().casefold(), label.strip() or NONE)
        for label in codes.texts(column.labels).tolist()
    ]
    labels, table = np.unique(np.array([*named, NONE], object), return_inverse=True)
    return Labelled(np.append(table[:-1], -1)[column.codes].astype(np.int32), labels)


def definitions_of(journeys: Journeys) -> dict[str, str]:
    """Return what each definition means in these journeys."""
    told = {
        DECLARED: "the source that the deal itself names",
        "first_touch": "the team of the first touch that counts",
    }
    if DECLARED not in journeys.deal:
        told[DECLARED] = "the deals have no column declared_source"
    for name in DEFINITIONS[2:]:
        at, _ = stamp(journeys, name)
        told[name] = (
            f"the team of the last touch that counts up to {name}_at and an hour, or a "
            "day where either is known by its day alone"
            if (at != clock.MISSING).any()
            else f"no deal has a date in {name}_at"
        )
    return told


def _sums(deals: Deals, cell: Ints, chosen: Ints, size: int) -> tuple[Ints, Ints]:
    """Return money and deals of each cell, int64 (size,), over ``chosen`` deals."""
    revenue = codes.sum_by(cell, deals.amount[chosen], size)
    return revenue, codes.sum_by(cell, deals.count[chosen], size)


def _shares(deals: Deals, revenue: Ints, count: Ints, currency: Ints) -> Floats:
    """Return the share of the currency's total, of its deals where no money is."""
    every = np.arange(len(deals.amount))
    size = len(deals.journeys.currencies)
    total, number = _sums(deals, deals.currency, every, size)
    some = codes.sum_by(deals.currency, (deals.amount != 0).astype(np.int64), size) > 0
    value = np.where(some[currency], revenue, count)
    whole = np.where(some, total, number)[currency]
    found: Floats = np.full(len(value), np.nan)
    np.divide(value, whole, out=found, where=whole != 0)
    return found


def money_column(
    deals: Deals, name: str, revenue: Ints, currency: Ints, *, minor: bool
) -> tuple[str, Array]:
    """Return a column of money and its name: major units, or minor ones as integers."""
    if minor:
        return f"{name}_minor", revenue
    return name, tables.major(deals.journeys, revenue, currency)


def money_texts(deals: Deals, minor: Ints, currency: Array) -> list[str]:
    """Return minor units as text of their currency."""
    journeys = deals.journeys
    decimals = dict(zip(journeys.currencies, journeys.decimals, strict=True))
    return [
        money.text(units, decimals[name])
        for units, name in zip(minor.tolist(), currency.tolist(), strict=True)
    ]


def _named(deals: Deals, currency: Ints) -> Array:
    return np.array(deals.journeys.currencies, object)[currency]


def sourced_rows(deals: Deals, *, minor: bool) -> dict[str, Array]:
    """Return one row a definition, currency and team that has a deal."""
    size = (len(deals.journeys.currencies), len(deals.labels))
    every = np.arange(len(deals.amount))
    parts = []
    for at, source in enumerate(deals.source):
        cell, count = codes.combined([deals.currency, source], size)
        revenue, number = _sums(deals, cell, every, count)
        kept = np.flatnonzero(number)
        currency, team = codes.separated(kept, size)
        order = np.lexsort((team, -revenue[kept], team == deals.none, currency))
        kept = kept[order]
        name = np.full(len(kept), at)
        parts.append((name, currency[order], team[order], revenue[kept], number[kept]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    definition, currency, team, revenue, number = columns
    shown, value = money_column(deals, "revenue", revenue, currency, minor=minor)
    return {
        "definition": np.array(DEFINITIONS, object)[definition],
        "team": deals.labels[team],
        shown: value,
        "currency": _named(deals, currency),
        "share": _shares(deals, revenue, number, currency),
        "deals": number,
    }


def side_by_side(deals: Deals) -> dict[str, list[str]]:
    """Return the definitions as columns of text, a row a team, totals below.

    Money, or deals in a currency without any.
    """
    rows = sourced_rows(deals, minor=True)
    columns = (rows[name] for name in ("definition", "currency", "team"))
    keys = list(zip(*columns, strict=True))
    value = dict(zip(keys, rows["revenue_minor"].tolist(), strict=True))
    number = dict(zip(keys, rows["deals"].tolist(), strict=True))
    found: dict[str, list[str]] = {
        name: [] for name in ("team", "currency", *DEFINITIONS)
    }
    for currency, decimals in zip(
        deals.journeys.currencies, deals.journeys.decimals, strict=True
    ):
        own = [key for key in keys if key[1] == currency]
        paid = any(value[key] for key in own)
        teams = sorted({key[2] for key in own}, key=lambda one: (one == NONE, one))
        for team in [*teams, None][: len(teams) + bool(teams)]:
            found["team"].append(TOTAL if team is None else team)
            found["currency"].append(currency)
            for name in DEFINITIONS:
                cells = [k for k in own if k[0] == name and team in (k[2], None)]
                sums = sum((value if paid else number)[key] for key in cells)
                found[name].append(
                    money.text(sums, decimals) if paid else f"{sums:,} deals"
                )
    return found


def influenced_rows(deals: Deals, *, minor: bool) -> dict[str, Array]:
    """Return one row a currency and team of the deals with a touch of the team."""
    journeys = deals.journeys
    offsets = journeys.offsets[deals.span.start : deals.span.stop + 1]
    touches = slice(int(offsets[0]), int(offsets[-1]))
    team = journeys.touch["team"]
    place, cut = ragged.distinct(team.codes[touches], offsets, len(team.labels))
    deal = ragged.segments_of(cut)
    met = np.zeros(len(deal), np.int64)
    met[place] = team.codes[touches]
    at, on_day = stamp(journeys, "opportunity")
    early = reached(journeys, at, on_day)[touches]
    dated = (at != clock.MISSING)[deals.span][deal]
    kinds = {
        "": np.ones(len(deal), np.bool_),
        "_before": np.bincount(place[early], minlength=len(deal)) > 0,
        "_after": dated & (np.bincount(place[~early], minlength=len(deal)) > 0),
        "_undated": ~dated,
    }
    size = (len(journeys.currencies), len(team.labels))
    cell, count = codes.combined([deals.currency[deal], met], size)
    sums = {
        kind: _sums(deals, cell[own], deal[own], count) for kind, own in kinds.items()
    }
    revenue, number = sums[""]
    kept = np.flatnonzero(number)
    currency, met = codes.separated(kept, size)
    order = np.lexsort((met, -revenue[kept], currency))
    kept, currency, met = kept[order], currency[order], met[order]
    columns: dict[str, Array] = {
        "team": team.labels[met], "currency": _named(deals, currency)
    }  # fmt: skip
    for kind, (paid, number) in sums.items():
        name, value = money_column(
            deals, "revenue" + kind, paid[kept], currency, minor=minor
        )
        columns |= {f"deals{kind}": number[kept], name: value}
        if not kind:
            share = _shares(deals, paid[kept], number[kept], currency)
            columns["share"] = share
    return columns


def _ids(deals: Deals, cell: Ints, size: int) -> Array:
    """Return the ids of each cell's deals, object (size,) of tuples."""
    rows, cut = ordering.grouped(cell, size)
    named = deals.journeys.deal_id[deals.span][rows].tolist()
    ids = np.empty(size, object)
    edges = cut.tolist()
    for at in range(size):
        ids[at] = tuple(named[edges[at] : edges[at + 1]])
    return ids


def cross_rows(deals: Deals, *, minor: bool) -> dict[str, Array]:
    """Return one row a currency, declared source and holder of the opportunity."""
    labels = len(deals.labels)
    size = (len(deals.journeys.currencies), labels, labels)
    pair = [deals.source[DEFINITIONS.index(name)] for name in (DECLARED, "opportunity")]
    cell, _ = codes.combined([deals.currency, *pair], size)
    known, own = np.unique(cell, return_inverse=True)
    revenue, number = _sums(deals, own, np.arange(len(own)), len(known))
    currency, declared, held = codes.separated(known, size)
    last = [part == deals.none for part in (held, declared)]
    order = np.lexsort((held, declared, *last, currency))
    ids = _ids(deals, own, len(known))
    name, value = money_column(
        deals, "revenue", revenue[order], currency[order], minor=minor
    )
    return {
        DECLARED: deals.labels[declared[order]],
        "opportunity": deals.labels[held[order]],
        name: value,
        "currency": _named(deals, currency[order]),
        "deals": number[order],
        "deal_ids": ids[order],
    }
