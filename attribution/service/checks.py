"""What no single field of a request can know: ids, currencies and dates that clash.

The same checks run on a sound request and on what is left of a faulty one, so that all
faults are told at once. A field that was at fault is None, and clashes with nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from attribution.arrays.currencies import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attribution.service.schema import SplitDeal, SplitRequest

Loc = tuple[str | int, ...]

MOST_FAULTS: Final = 1000
"""Faults of one request that are told one by one."""

TEAMS = frozenset({"marketing", "sales"})


class Fault(NamedTuple):
    """What is wrong, at ``loc`` in the request."""

    code: str
    loc: Loc
    msg: str


def listed(faults: Sequence[Fault]) -> list[Fault]:
    """Return the first 1,000 faults and how many more there are (W03).

    Example:
        >>> listed([Fault("W04", (), "x")] * 1002)[-1].msg
        '2 further faults are not listed.'
    """
    more = len(faults) - MOST_FAULTS
    if more <= 0:
        return list(faults)
    told = Fault("W03", (), f"{more:,} further faults are not listed.")
    return [*faults[:MOST_FAULTS], told]


def faults_of(request: SplitRequest) -> list[Fault]:
    """Return what clashes in a request, in the order of its deals.

    Codes I05, L07, M03, M05, M06, T02, T06 and W04 of the catalogue.
    """
    faults = _kinds(request)
    deal_ids = [deal.deal_id for deal in request.deals]
    faults += [
        Fault("W04", ("deals", place, "deal_id"), "is the id of an earlier deal.")
        for place in _again(deal_ids)
    ]
    teams = TEAMS | {team.casefold() for team in request.options.teams}
    for place, deal in enumerate(request.deals):
        at = ("deals", place)
        faults += _money(deal, at, allow_negative=request.options.allow_negative)
        faults += _labels(deal, at, teams)
    if request.options.strict:
        faults += _late(request)
    return faults


def _again(ids: Sequence[object]) -> list[int]:
    """Return the places of ids that stand earlier too."""
    if len({*ids}) == len(ids):
        return []
    seen: set[object] = set()
    again = []
    for place, name in enumerate(ids):
        if name is not None and name in seen:
            again.append(place)
        seen.add(name)
    return again


def _kinds(request: SplitRequest) -> list[Fault]:
    """Return I05 where ids of one family are text in places and numbers in others."""
    msg = "is a text in places and a number in others; write all of them one way."
    kinds: dict[str, set[type]] = {
        "deal_id": {type(deal.deal_id) for deal in request.deals},
        "touch_id": {
            type(touch.touch_id) for deal in request.deals for touch in deal.touches
        },
    }
    return [
        Fault("I05", ("deals", name), msg)
        for name, met in kinds.items()
        if met >= {str, int}
    ]


def _money(deal: SplitDeal, at: Loc, *, allow_negative: bool) -> Iterator[Fault]:
    """Give what is wrong with a deal's money and close."""
    if deal.currency is not None and deal.currency not in DECIMALS:
        yield Fault("M06", (*at, "currency"), "is no code of ISO 4217.")
    if not allow_negative and (deal.amount_minor or 0) < 0:
        msg = "is negative; say allow_negative if these are refunds."
        yield Fault("M03", (*at, "amount_minor"), msg)
    if deal.closed_at is None and deal.outcome in {"won", "lost"}:
        yield Fault("T02", (*at, "closed_at"), "is missing on a deal that is over.")


def _labels(deal: SplitDeal, at: Loc, teams: frozenset[str]) -> Iterator[Fault]:
    """Give what is wrong with a deal's touches: team, currency, id."""
    for row, touch in enumerate(deal.touches):
        team, currency = touch.team, touch.currency
        if team not in teams and team is not None and team.casefold() not in teams:
            msg = f"is none of {', '.join(sorted(teams))}; declare it in options.teams."
            yield Fault("L07", (*at, "touches", row, "team"), msg)
        if currency is not None and currency != (deal.currency or currency):
            msg = "is not the deal's; a deal has one currency."
            yield Fault("M05", (*at, "touches", row, "currency"), msg)
    for row in _again([touch.touch_id for touch in deal.touches]):
        msg = "is the id of an earlier touch of this deal."
        yield Fault("W04", (*at, "touches", row, "touch_id"), msg)


def _late(request: SplitRequest) -> Iterator[Fault]:
    """Give the touches after the anchor of their deal, where its outcome is known."""
    as_of = request.seen_at()
    for place, deal in enumerate(request.deals):
        if deal.outcome is None:
            continue
        end = deal.anchor_at(request.options.anchor, as_of)
        for row, touch in enumerate(deal.touches):
            if end is not None and touch.time is not None and touch.time > end:
                loc = ("deals", place, "touches", row, "time")
                yield Fault("T06", loc, "lies after the anchor.")
