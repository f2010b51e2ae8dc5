"""From weights and credits to the parts of a response."""

from __future__ import annotations

from collections import deque
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any, Final

from attribution.credit.ledger import sentences_of
from attribution.journeys.words import OUTCOMES, REASONS
from attribution.service.labels import twins
from attribution.service.laying import WHY
from attribution.service.schema import SplitCredit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Floats, Ints
    from attribution.models.fitted import Fitted
    from attribution.service.laying import Laid
    from attribution.service.schema import SplitDeal, SplitRequest, SplitTouch

WORDS: Final = {code: word for word, code in OUTCOMES.items()}

Values = dict[str, Any]


def results_of(
    request: SplitRequest, laid: Laid, weights: Floats, credits: Ints
) -> list[Values]:
    """Return the split of each deal, in the order of the request.

    Args:
        request: The request.
        laid: Its journeys.
        weights: float64, (touches,), each touch's share of its deal.
        credits: int64, (touches,), minor units.
    """
    journeys, parts, shares = laid.journeys, laid.parts, weights.tolist()
    lines = credits_made(
        row=[row for path in parts.paths for row in path.rows],
        touch_id=[touch.touch_id for touch in parts.touches],
        weight=shares,
        credit_minor=credits.tolist(),
    )
    spans = pairwise(journeys.offsets.tolist())
    found: list[Values] = [{}] * len(laid.places)
    for place, deal, path, span in zip(
        laid.places, parts.deals, parts.paths, spans, strict=True
    ):
        own = slice(*span)
        why = REASONS[path.reason] if path.reason >= 0 else None
        if path.rows and not any(shares[own]):
            why = "no weight"
        found[place] = {
            "deal_id": deal.deal_id,
            "outcome": WORDS[deal.outcome_at(parts.as_of)],
            "amount_minor": deal.amount_minor,
            "currency": deal.currency,
            "touches": lines[own],
            "unattributed_minor": 0 if why is None else deal.amount_minor,
            "unattributed": why,
            "set_aside": [_aside(deal.touches, *one) for one in path.aside],
        }
    return found


def credits_made(**columns: Sequence[Any]) -> list[SplitCredit]:
    """Return a credit for each row of these columns, one for each field.

    They are filled column by column, without the checks that a single one goes through:
    these values are our own, and a response holds a hundred thousand of them.

    Example:
        >>> credits_made(row=[0], touch_id=["t"], weight=[1.0], credit_minor=[9])
        [SplitCredit(row=0, touch_id='t', weight=1.0, credit_minor=9)]
    """
    count = len(columns["row"])
    made = list(map(object.__new__, repeat(SplitCredit, count)))
    for name, values in columns.items():
        deque(map(getattr(SplitCredit, name).__set__, made, values), maxlen=0)
    return made


def _aside(touches: Sequence[SplitTouch], row: int, code: str) -> Values:
    why = f"It {WHY[code][1]}"
    return {"row": row, "touch_id": touches[row].touch_id, "code": code, "why": why}


def explain(
    results: Sequence[Values], fitted: Fitted, laid: Laid, weights: Floats
) -> None:
    """Add the sentences of each deal's ledger to its result."""
    cuts = laid.journeys.offsets
    for journey, place in enumerate(laid.places):
        deal = laid.journeys.block(journey, journey + 1)
        weighted = bool(weights[cuts[journey] : cuts[journey + 1]].any())
        results[place]["sentences"] = sentences_of(fitted, deal, weighted=weighted)


def notes_of(request: SplitRequest, as_of: int) -> list[Values]:
    """Return what was found in sound input: codes T08 and L04 of the catalogue."""
    notes = []
    if request.options.as_of is not None:
        closes = sum(_closes_after(deal, as_of) for deal in request.deals)
        later = sum(_reached_after(deal, as_of) for deal in request.deals)
        notes += [
            ("T08", "closed_at lies after as_of: the deal is open.", closes),
            ("T08", "A milestone lies after as_of: not reached yet.", later),
        ]
    touches = [touch for deal in request.deals for touch in deal.touches]
    notes += [
        ("L04", f"{name} has labels equal after Unicode NFC, now one.", many)
        for name, many in twins(touches).items()
    ]
    return [
        {"code": code, "what": what, "count": count}
        for code, what, count in notes
        if count
    ]


def _closes_after(deal: SplitDeal, as_of: int) -> bool:
    return (
        deal.outcome != "open" and deal.closed_at is not None and deal.closed_at > as_of
    )


def _reached_after(deal: SplitDeal, as_of: int) -> int:
    *milestones, _ = deal.dates()
    return sum(at is not None and at > as_of for at in milestones)
