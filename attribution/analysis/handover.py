"""From leads, touches and deals to what became of each lead handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.analysis.cohorts import Handed, hours_between, months, waits
from attribution.analysis.response import NEVER
from attribution.arrays.clock import MISSING
from attribution.journeys.tables import coverage_words
from attribution.journeys.words import WON

if TYPE_CHECKING:
    from attribution.analysis.response import Response
    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.closings import Closings
    from attribution.intake.leads import Leads, Stamp


class Outcome(NamedTuple):
    """What became of each lead, (leads,) each.

    ``became``: bool, it names a deal or is won; ``won``: bool, None where nobody
    knows; ``deal``: the code of its deal, -1 for none; ``amount``: int64 minor units
    of its won deal, ``currency`` the code of it in ``currencies``.
    """

    became: Bools
    won: Bools | None
    deal: Array
    amount: Ints
    currency: Array
    currencies: tuple[str, ...]
    decimals: tuple[int, ...]


def chosen(leads: Leads, asked: str | None) -> str:
    """Return the column that hands leads over: the one asked for, else mql_at if any.

    A lead without that date is not handed over.
    """
    if asked is not None:
        return asked
    return "mql_at" if leads.stages["mql_at"].present.any() else "created_at"


def outcomes_of(
    leads: Leads, deals: Closings | None, deal_ids: int, findings: Findings
) -> Outcome:
    """Return what became of leads: by the table of deals, else by their own outcome.

    H02 is added where a lead names a deal that the table lacks.
    """
    named = leads.ids["deal_id"]
    own = None if leads.outcome is None else leads.outcome == WON
    nothing = np.zeros(len(leads), np.int64)
    if deals is None:
        became = (named >= 0) | (False if own is None else own)
        return Outcome(became, own, named, nothing, nothing, (), ())
    place = deals.place(deal_ids)[named]
    known = place >= 0
    findings.add(
        "H02", "warning", ("leads", "deal_id"), "names a deal that deals lacks.",
        "Such leads became a deal; without an outcome of their own they are not won.",
        rows=leads.row[(named >= 0) & ~known],
    )  # fmt: skip
    won = np.zeros(len(leads), np.bool_) if own is None else own.copy()
    won[known] = deals.outcome[place[known]] == WON
    amount, currency = nothing.copy(), nothing.copy()
    amount[known] = deals.amount[place[known]]
    currency[known] = deals.currency.codes[place[known]]
    names = tuple(map(str, deals.currency.labels))
    if not deals.amount.any():
        names = ()
    return Outcome(
        (named >= 0) | won, won, named, np.where(won, amount, 0), currency, names,
        deals.decimals,
    )  # fmt: skip


def handed_over(
    leads: Leads,
    handed: Stamp,
    response: Response,
    outcome: Outcome,
    *,
    tz: str,
    as_of: int,
    maturity: int,
) -> Handed:
    """Return the columns that a funnel is counted from."""
    there = handed.present
    stages = leads.stages
    accepted, rejected = stages["accepted_at"], stages["rejected_at"]
    again = handed.after(rejected, tz)
    again |= accepted.after(rejected, tz) | stages["sql_at"].after(rejected, tz)
    reached = accepted.present | rejected.present | stages["sql_at"].present
    answered = there & (response.first != NEVER)
    dated = {
        "accepted": ("accepted_at", accepted.present),
        "rejected": ("rejected_at", rejected.present),
        "recycled": ("rejected_at", again),
    }
    known = {
        name: there & own for name, (by, own) in dated.items() if by in leads.known
    }
    flags = {
        "handed_over": there,
        **known,
        "touched": answered,
        **waits(handed.at, response.first, as_of),
        "became_deal": there & outcome.became,
        **({} if outcome.won is None else {"won": there & outcome.won}),
        "skipped": ~there & (reached | outcome.became),
    }
    month, young = months(handed.at, tz, as_of=as_of, maturity=maturity)
    labels = leads.labels
    return Handed(
        flags=flags,
        hours=hours_between(handed.at, response.first, answered),
        columns={
            "month": month,
            "source": labels["source"],
            "channel": labels["source"],
            "owner": labels["owner"],
            "team": labels["team"],
            "reason": labels["reason"],
        },
        immature=young & there,
        revenue=np.where(_first_of_deal(leads, handed, outcome), outcome.amount, 0),
        currency=outcome.currency,
        currencies=outcome.currencies,
        decimals=outcome.decimals,
    )


def _first_of_deal(leads: Leads, handed: Stamp, outcome: Outcome) -> Bools:
    """Return which lead is the first handed over of each deal; its money stands there.

    Of leads handed over at one instant the first by id.
    """
    first = np.zeros(len(leads), np.bool_)
    own = np.flatnonzero(handed.present & (outcome.deal >= 0))
    order = own[np.lexsort((leads.rank[own], handed.at[own], outcome.deal[own]))]
    begins = np.diff(outcome.deal[order], prepend=-1) != 0
    first[order[begins]] = True
    return first


def check(
    leads: Leads,
    handed: Stamp,
    response: Response,
    table: Handed,
    findings: Findings,
) -> None:
    """Add H03 and T16: stages without a hand-over, waits that a day decided."""
    findings.add(
        "H03", "note", ("leads", ""),
        "were accepted, rejected, made SQL or a deal without being handed over.",
        "They are counted as skipped and in no other stage.",
        rows=leads.row[table.flags["skipped"]],
    )  # fmt: skip
    findings.add(
        "H04", "warning", ("leads", "created_at"),
        "is missing where it hands the lead over.",
        "Such leads are not handed over.",
        rows=leads.row[(handed is leads.stages["created_at"]) & ~handed.present],
    )  # fmt: skip
    findings.add(
        "T16", "note", ("leads", ""), "have a first sales touch that a day decided.",
        "Without a time of day a touch on the day of the hand-over stands at it.",
        rows=leads.row[response.by_day & (handed.at != MISSING)],
    )  # fmt: skip


def ending(table: Handed, recorded: Bools, outcome: Outcome) -> str:
    """Return law 6's line: how much of what was won had no recorded touch.

    In money, each deal once; in leads where no amount is known.
    """
    won = table.flags.get("won", np.zeros(len(recorded), np.bool_))
    own = np.flatnonzero(won)
    deal = np.where(outcome.deal[own] >= 0, outcome.deal[own], -1 - np.arange(len(own)))
    _, group = np.unique(deal, return_inverse=True)
    size = int(group.max(initial=-1)) + 1
    touched = np.zeros(size, np.bool_)
    touched[group[recorded[own]]] = True
    amount = np.zeros(size, np.int64)
    amount[group] = outcome.amount[own]
    currency = np.zeros(size, np.int64)
    currency[group] = outcome.currency[own]
    return coverage_words(
        np.abs(amount), ~touched, np.ones(size, np.int64), currency, outcome.currencies
    )
