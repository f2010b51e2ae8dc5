"""The rules that keep a linked touch out of a deal, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import codes, ragged
from attribution.intake.checks.findings import Tally
from attribution.journeys.words import WON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array
    from attribution.intake.checks.findings import Findings
    from attribution.intake.deals import Deals
    from attribution.intake.links import Pairs
    from attribution.intake.touches import Touches
    from attribution.journeys.words import Labelled


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
    counts = np.zeros(len(RULES), np.int64)
    if not ragged.constant(first) or first[0]:
        counts = np.bincount(first, minlength=len(RULES))
    nothing = np.zeros(0, np.int64)
    for at, rule in enumerate(RULES[1:], start=1):
        rows = reaching = nothing
        if counts[at]:
            rows = np.flatnonzero(first == at)
            reaching = np.unique(pairs.deal[first[pairs.row] == at])
        reached = won_money(deals, reaching)
        findings.add(
            rule.code, "set aside", ("touches", "time"), rule.sentence,
            rows=rows, tally=Tally(by_team(team, rows), reached),
        )  # fmt: skip


def by_team(team: Labelled, rows: Array) -> dict[str, int]:
    """Return how many of ``rows`` each team has, in label order.

    Example:
        >>> from attribution.journeys.words import Labelled
        >>> team = Labelled(np.array([1, 1]), np.array(["marketing", "sales"], object))
        >>> by_team(team, np.array([True, True]))
        {'marketing': 0, 'sales': 2}
    """
    counts = np.bincount(team.codes[rows], minlength=len(team.labels))
    return dict(zip(team.labels.tolist(), counts.tolist(), strict=True))


def won_money(deals: Deals, some: NDArray[np.int64]) -> dict[tuple[str, int], int]:
    """Return the won minor units of ``some`` deals by currency and its decimals."""
    won = some[deals.outcome[some] == WON]
    labels = deals.currency.labels.tolist()
    sums = codes.sum_by(deals.currency.codes[won], deals.amount[won], len(labels))
    units = zip(labels, deals.decimals, strict=True)
    return dict(zip(units, sums.tolist(), strict=True))
