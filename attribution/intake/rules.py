"""The rules that keep a linked touch out of a deal, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import codes, money
from attribution.journeys.words import WON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.intake.checks.findings import Findings
    from attribution.intake.deals import Deals
    from attribution.intake.links import Pairs
    from attribution.intake.touches import Touches


class Rule(NamedTuple):
    """A rule: its code, why a deal has no touch by it, what it says of a row."""

    code: str
    reason: str
    sentence: str


RULES: Final = (
    Rule("", "", ""),
    Rule("T17", "after the anchor", "lies after as_of."),
    Rule("E05", "excluded", "is left out by name (exclude=)."),
    Rule("E06", "repeated touch", "follows the touch before it too closely (dedupe=)."),
    Rule("E07", "repeated touch", "is not the first of its kind that day (unit=)."),
    Rule("E04", "no anchor", "reaches only deals without the anchor."),
    Rule(
        "E03", "outside the window",
        "reaches no deal that was open, nor one created next.",
    ),
    Rule("T06", "after the anchor", "lies after the anchor."),
    Rule("E08", "no milestone", "needs a milestone that is missing (after=, before=)."),
    Rule("E09", "outside the window", "lies before its milestone (after=)."),
    Rule("E10", "outside the window", "lies after its milestone (before=)."),
    Rule("E01", "outside the window", "lies before the lookback."),
    Rule("E02", "outside the window", "lies before the start of the deal (start=)."),
)  # fmt: skip
"""In the order in which they apply; the place of a rule is its number."""

COUNTS: Final = 0
(
    AFTER_AS_OF, EXCLUDED, BURST, SAME_DAY, NO_ANCHOR, NOT_OPEN, AFTER, NO_MILESTONE,
    TOO_EARLY, TOO_LATE, BEFORE_LOOKBACK, BEFORE_START,
) = range(1, len(RULES))  # fmt: skip


def check_rules(
    touches: Touches,
    pairs: Pairs,
    deals: Deals,
    first: NDArray[np.int8],
    findings: Findings,
) -> None:
    """Add how many rows each rule set aside, by team, and the won money they reached.

    Args:
        touches: The touches.
        pairs: The linked touches and deals.
        deals: The deals.
        first: int8, (touches,), the rule under which each row is set aside, or 0.
        findings: Where the issues go.
    """
    team = touches.columns["team"]
    for at, rule in enumerate(RULES[1:], start=1):
        rows = first == at
        if not rows.any():
            continue
        counts = np.bincount(team.codes[rows], minlength=len(team.labels))
        told = by_team(team.labels.tolist(), counts.tolist())
        reached = won_money(deals, np.unique(pairs.deal[rows[pairs.row]]))
        findings.add(
            rule.code, "set aside", ("touches", "time"),
            f"{rule.sentence[:-1]} ({told}; {reached}).", rows=rows,
        )  # fmt: skip


def by_team(labels: list[str], counts: list[int]) -> str:
    """Return counts by team as text, teams without any left out.

    Example:
        >>> by_team(["marketing", "sales"], [2, 0])
        'marketing 2'
    """
    pairs = zip(labels, counts, strict=True)
    return ", ".join(f"{label} {count:,}" for label, count in pairs if count)


def won_money(deals: Deals, some: NDArray[np.int64]) -> str:
    """Return the won money of ``some`` deals by currency as text."""
    won = some[deals.outcome[some] == WON]
    labels = deals.currency.labels.tolist()
    sums = codes.sum_by(deals.currency.codes[won], deals.amount[won], len(labels))
    told = [
        f"{money.text(amount, places)} {label}"
        for label, amount, places in zip(
            labels, sums.tolist(), deals.decimals, strict=True
        )
        if amount
    ]
    return f"reached {' and '.join(told)} won" if told else "reached no won money"
