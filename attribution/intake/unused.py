"""Rows that reach no deal at all: no time, a repeat, no link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.intake.assembly import seen_of
from attribution.intake.links import COLUMNS
from attribution.journeys.words import SetAside

if TYPE_CHECKING:
    from attribution.arrays.ragged import Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.links import Pairs
    from attribution.intake.touches import Touches

TOUCH_ASIDE: Final = (
    ("T01", "has no time."),
    ("J04", "repeats a row with the same touch id."),
    ("I02", "names no deal, contact or account."),
    ("J01", "leads to no deal."),
)
LOST, REPEATED, NAMELESS, LEADS_NOWHERE = range(4)


def unused_touches(
    touches: Touches, place: Ints, again: Bools, pairs: Pairs, findings: Findings
) -> SetAside:
    """Return the touches that reach no deal; I02 and J01 are added to ``findings``.

    Args:
        touches: The touches.
        place: int64, the position of each deal id's deal, -1 last.
        again: bool, (rows,), rows that repeat another.
        pairs: The rows that lead to a deal, and which.
        findings: Where the issues go.
    """
    rows = np.zeros(0, np.int64)
    if len(pairs.row) != len(touches) or not pairs.whole():
        unused = np.ones(len(touches), np.bool_)
        unused[pairs.row] = False
        rows = np.flatnonzero(unused)
    named = np.zeros(len(rows), np.bool_)
    for own in touches.ids.values():
        named |= own[rows] >= 0
    code = np.where(named, LEADS_NOWHERE, NAMELESS).astype(np.int8)
    code[again[rows]] = REPEATED
    code[touches.lost[rows]] = LOST
    findings.add(
        "I02", "set aside", ("touches", "deal_id"),
        "is missing and no other link is given.",
        f"Give one of {', '.join(COLUMNS.values())}.", rows=rows[code == NAMELESS],
    )  # fmt: skip
    findings.add(
        "J01", "set aside", ("touches", ""), "lead to no deal.",
        "People without a deal have touches too; check the ids if there are many.",
        rows=rows[code == LEADS_NOWHERE],
    )  # fmt: skip
    deal = place[touches.ids["deal"][rows]]
    deal[code == LEADS_NOWHERE] = -1
    names, sentences = zip(*TOUCH_ASIDE, strict=True)
    return SetAside(
        "touches", rows, code, deal, np.ones(len(rows), np.bool_),
        names, sentences, seen_of(touches, rows, touches.time[rows]),
    )  # fmt: skip


def whole_rows(table: str, rows: Ints, code: str, sentence: str) -> SetAside:
    """Return rows of a table that are set aside for one reason and reach no deal."""
    count = len(rows)
    return SetAside(
        table, rows, np.zeros(count, np.int8), np.full(count, -1),
        np.ones(count, np.bool_), (code,), (sentence,),
    )  # fmt: skip


def rows_beside(repeated: Ints, strays: Ints) -> tuple[SetAside, ...]:
    """Return the rows of deals and contacts set aside, empty parts left out."""
    twice = whole_rows("deals", repeated, "I03", "repeats a deal.")
    stray = whole_rows("contacts", strays, "J10", "names no deal, or no contact.")
    return tuple(part for part in (twice, stray) if len(part.rows))
