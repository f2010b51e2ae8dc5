"""From weights and credits to the parts of a response."""

from __future__ import annotations

from collections import deque
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from attribution.credit.ledger import sentences_of
from attribution.journeys.words import OUTCOMES, REASONS
from attribution.service.labels import twins
from attribution.service.laying import WHY
from attribution.service.schema import SplitAside, SplitCredit, SplitNote, SplitResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Floats, Ints
    from attribution.models.fitted import Fitted
    from attribution.service.laying import Laid
    from attribution.service.schema import SplitDeal, SplitRequest, SplitTouch

WORDS: Final = cast(
    "dict[int, Literal['won', 'lost', 'open']]",
    {code: word for word, code in OUTCOMES.items()},
)


def results_of(
    laid: Laid,
    weights: Floats,
    credits: Ints,
    sentences: Sequence[tuple[str, ...]] | None,
) -> list[SplitResult]:
    """Return the split of each deal, in the order of the request.

    Args:
        laid: The request's journeys.
        weights: float64, (touches,), each touch's share of its deal.
        credits: int64, (touches,), minor units.
        sentences: Of each journey's ledger, None if not asked for.
    """
    parts, shares = laid.parts, weights.tolist()
    lines = credits_made(
        row=parts.row,
        touch_id=[touch.touch_id for touch in parts.touches],
        weight=shares,
        credit_minor=credits.tolist(),
    )
    found: list[Any] = [None] * len(laid.places)
    for journey, (place, deal) in enumerate(zip(laid.places, parts.deals, strict=True)):
        own = slice(parts.cuts[journey], parts.cuts[journey + 1])
        why = _why(parts.reason[journey], shares[own])
        aside = parts.aside.get(journey, ())
        found[place] = SplitResult(
            deal_id=deal.deal_id,
            outcome=WORDS[deal.outcome_at(parts.as_of)],
            amount_minor=deal.amount_minor,
            currency=deal.currency,
            touches=tuple(lines[own]),
            unattributed_minor=0 if why is None else deal.amount_minor,
            unattributed=why,
            set_aside=tuple([_aside(deal.touches, *one) for one in aside]),
            sentences=() if sentences is None else sentences[journey],
        )
    return found


def _why(reason: int, shares: Sequence[float]) -> str | None:
    """Return why no touch can take a deal, None where one can."""
    if reason >= 0:
        return REASONS[reason]
    return None if any(shares) else "no weight"


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


def _aside(touches: Sequence[SplitTouch], row: int, code: str) -> SplitAside:
    why = f"It {WHY[code][1]}"
    return SplitAside(row=row, touch_id=touches[row].touch_id, code=code, why=why)


def explained(fitted: Fitted, laid: Laid, weights: Floats) -> list[tuple[str, ...]]:
    """Return the sentences of each journey's ledger."""
    cuts = laid.parts.cuts
    return [
        sentences_of(
            fitted,
            laid.journeys.block(journey, journey + 1),
            weighted=bool(weights[cuts[journey] : cuts[journey + 1]].any()),
        )
        for journey in range(len(laid.places))
    ]


def notes_of(request: SplitRequest, as_of: int) -> tuple[SplitNote, ...]:
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
    return tuple(
        [
            SplitNote(code=code, what=what, count=count)
            for code, what, count in notes
            if count
        ]
    )


def _closes_after(deal: SplitDeal, as_of: int) -> bool:
    return (
        deal.outcome != "open" and deal.closed_at is not None and deal.closed_at > as_of
    )


def _reached_after(deal: SplitDeal, as_of: int) -> int:
    *milestones, _ = deal.dates()
    return sum(at is not None and at > as_of for at in milestones)
