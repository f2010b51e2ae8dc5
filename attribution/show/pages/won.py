"""How much was won, how much of it has touches, and why not the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.analysis.coverage import WORDS, coverage
from attribution.arrays import codes
from attribution.journeys.words import REASONS
from attribution.show.pages.parts import Section, count, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Ints
    from attribution.journeys.journeys import Journeys
    from attribution.show.pages.parts import Study

WHY: Final = {
    "no anchor": "the deal never reached the milestone at which journeys end",
    "no touch linked": "no touch names the deal, its people or its company",
    "outside the window": "its touches lie before the time in which they count",
    "after the anchor": "its touches lie after the end of its journey",
    "excluded": "its touches were left out on request",
    "repeated touch": "its touches repeat others",
    "no milestone": "its touches lack the milestone between which they count",
    "several reasons": "its touches do not count, for different reasons",
    "no weight": "the model gives none of its touches a weight",
}
"""Why a deal has no touch that counts."""


def won(study: Study) -> Section:
    """Return what was won, what of it has touches that count, and the reasons."""
    title = "How much was won, and how much of it has touches"
    sums = _sums(study.journeys)
    lines, rows = [], []
    for name in study.currencies:
        own = sums[study.journeys.currencies.index(name)]
        (deals, money), touched = own.sum(0).tolist(), own[0].tolist()
        paid = f", {study.amount(money, name)} {name}" if money else ""
        part = touched[1] / money if money else touched[0] / deals
        lines.append(
            f"{count(deals, 'deal')} won{paid}; {share(part)} of that has a touch that "
            "counts, and only that can be divided."
        )
        rows += _rows(study, name, own)
    if not rows:
        return Section("won", title, ["Nothing is won."])
    names = ("won deals", "deals", "revenue", "currency", "share")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    table = study.table(columns, "Won deals with touches, and why the rest has none")
    met = {row[0] for row in rows}
    lines += [f"“{name}” means: {why}." for name, why in WHY.items() if name in met]
    return Section("won", title, lines, [table])


def _sums(journeys: Journeys) -> Ints:
    """Return won deals and minor units, int64 (currencies, 1 + reasons, 2).

    The first of a currency's rows is of deals with a touch that counts.
    """
    own = journeys.span("won")
    size = (len(journeys.currencies), 1 + len(REASONS))
    reason = journeys.reason[own].astype(np.int64) + 1
    currency = journeys.currency[own].astype(np.int64)
    place, cells = codes.combined([currency, reason], size)
    sums = [
        codes.sum_by(place, column[own], cells)
        for column in (journeys.count, journeys.amount)
    ]
    return np.stack(sums, axis=-1).reshape(*size, 2)


def _rows(study: Study, name: str, own: Ints) -> list[tuple[str, ...]]:
    """Return a currency's rows: all won deals, those with touches, each reason."""
    deals, money = own.sum(0).tolist()
    told = ["with a touch that counts", *REASONS]
    found = [("all", deals, money)]
    found += [
        (what, *figures)
        for what, figures in zip(told, own.tolist(), strict=True)
        if figures[0]
    ]
    return [
        (
            what,
            f"{many:,}",
            study.amount(paid, name),
            name,
            share(paid / money if money else many / deals),
        )
        for what, many, paid in found
    ]


def covered(study: Study) -> Section:
    """Return what the touches cover, and what was found while reading."""
    found = coverage(study.journeys)
    parts = [
        study.table(columns, title, words=_words(columns))
        for title, columns in found.parts().items()
    ]
    issues = study.journeys.found
    lines = [*found.notes()]
    if issues:
        columns = {
            "code": [one.code for one in issues],
            "where": [
                ".".join(filter(None, (one.table, one.column))) for one in issues
            ],
            "what": [f"{one.what} {one.remedy}".strip() for one in issues],
            "rows": [f"{one.count:,}" for one in issues],
        }
        parts.append(study.table(columns, "Found while reading", words=3))
    else:
        lines.append("Nothing was found wrong while reading.")
    return Section("coverage", "What the touches cover", lines, parts)


def _words(columns: Mapping[str, Sequence[str]]) -> int:
    """Return how many of the first columns hold words."""
    return next(
        (at for at, name in enumerate(columns) if name not in WORDS), len(columns)
    )
