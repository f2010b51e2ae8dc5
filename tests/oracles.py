"""The slow, plain reference: the laws of the design in ints and ``Fraction``.

Written from the definitions, by another hand than the library: no numpy, one loop
for one rule, and nothing imported from ``attribution``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

DAY = 86_400_000_000
GRID = 2**20
"""Remainders are told apart on a grid of 2^-20 unit (design law 6.1)."""
NEXT_DEAL = 90 * DAY
NAMING = ("deal", "lead")
"""Links that name one deal."""
MILESTONES = ("lead", "mql", "sal", "sql", "opportunity")


def remainder_on_grid(quota: Fraction) -> int:
    """Return the fractional part of a quota as a whole number of grid steps."""
    return round((quota - floor(quota)) * GRID)


def allocate(
    amount: int, weights: Sequence[Fraction | float], *, whole: object = 1
) -> list[int]:
    """Return ``amount`` divided by largest remainder, a weight being its share.

    ``whole`` is what the weights sum to: 1, or the sum of integer parts.
    """
    if not any(weights):
        return [0] * len(weights)
    if amount < 0:
        return [-credit for credit in allocate(-amount, weights, whole=whole)]
    total = Fraction(whole)  # type: ignore[call-overload]
    quotas = [amount * Fraction(weight) / total for weight in weights]
    credits = [floor(quota) for quota in quotas]
    takers = [place for place, weight in enumerate(weights) if weight]
    takers.sort(key=lambda place: (-remainder_on_grid(quotas[place]), place))
    left = amount - sum(credits)
    if not 0 <= left <= len(takers):
        raise ValueError("the weights do not sum to 1 closely enough")
    for place in takers[:left]:
        credits[place] += 1
    return credits


@dataclass(frozen=True)
class Touch:
    """One row of touches; ``time`` in microseconds UTC, ``day_only`` at a noon."""

    time: int
    channel: str = "a"
    team: str = "sales"
    campaign: str = "(none)"
    rep: str = "(none)"
    contact_id: str | None = None
    touch_id: str | int | None = None
    deal_id: str | None = None
    account_id: str | None = None
    lead_deal_id: str | None = None
    person_account_id: str | None = None
    day_only: bool = False


@dataclass(frozen=True)
class Deal:
    """One row of deals; ``amount`` in minor units, instants in microseconds UTC."""

    deal_id: str
    amount: int = 100
    outcome: str = "won"
    closed_at: int | None = None
    created_at: int | None = None
    currency: str = "EUR"
    account_id: str | None = None
    milestones: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """The options of ``build`` that decide which touches count; times in UTC."""

    anchor: str = "closed"
    as_of: int | None = None
    lookback: int | None = None
    start: str = "previous_won"
    sharing: str = "each"
    links: tuple[str, ...] = ("deal", "contact", "lead", "person_account", "account")


class Built(NamedTuple):
    """What became of the rows.

    ``journeys``: deal id → rows in order; ``outcomes`` as seen at ``as_of``;
    ``reasons``: why a deal has no touch; ``aside``: row → (code, a deal or None);
    ``times``: (row, deal id) → where the touch stands; ``ends``: the anchors; ``ways``:
    linked row → the link that led to its deals.
    """

    journeys: dict[str, list[int]]
    outcomes: dict[str, str]
    reasons: dict[str, str]
    aside: dict[int, tuple[str, str | None]]
    times: dict[tuple[int, str], int]
    ends: dict[str, int | None]
    ways: dict[int, str]


# --------------------------------------------------------------------- the rules


def first_touch(touches: Sequence[Touch]) -> list[Fraction]:
    """Return 1 for the first touch."""
    return [Fraction(place == 0) for place in range(len(touches))]


def last_touch(touches: Sequence[Touch]) -> list[Fraction]:
    """Return 1 for the last touch."""
    return [Fraction(place == len(touches) - 1) for place in range(len(touches))]


def linear(touches: Sequence[Touch]) -> list[Fraction]:
    """Return equal shares."""
    return [Fraction(1, len(touches)) for _ in touches]


def linear_per_channel(touches: Sequence[Touch]) -> list[Fraction]:
    """Return equal shares of the (team, channel) leaves, equal inside each."""
    leaves = [(touch.team, touch.channel) for touch in touches]
    return [Fraction(1, len(set(leaves)) * leaves.count(leaf)) for leaf in leaves]


def time_decay(
    touches: Sequence[Touch], anchor: int, half_life: int = 7 * DAY
) -> list[Fraction]:
    """Return 2^(-age / half_life), normalised, good to 50 digits."""
    with localcontext() as context:
        context.prec, context.Emin = 60, -(10**12)
        half_lives = [
            Decimal(touch.time - anchor) / Decimal(half_life) for touch in touches
        ]
        strengths = [Decimal(2) ** (age - max(half_lives)) for age in half_lives]
        whole = sum(strengths)
        return [Fraction(strength / whole) for strength in strengths]


RATIONAL_RULES: Mapping[str, Callable[[Sequence[Touch]], list[Fraction]]] = {
    "first_touch": first_touch,
    "last_touch": last_touch,
    "linear": linear,
    "linear:per=channel": linear_per_channel,
}


# ------------------------------------------------------------ the order of touches


def in_journey(touch: Touch, time: int) -> tuple[object, ...]:
    """Return the key by which touches stand in a journey, row order left out.

    Time; touch id, text by its UTF-8 bytes and integers by value, absent last; then
    the labels of team, channel, campaign, rep and contact by their UTF-8 bytes.
    """
    name = touch.touch_id
    shown = name if isinstance(name, int) else (name or "").encode()
    contact = "(none)" if touch.contact_id is None else touch.contact_id
    labels = (touch.team, touch.channel, touch.campaign, touch.rep, contact)
    return (time, name is None, shown, *(label.encode() for label in labels))


# ------------------------------------------------------- from tables to journeys


def build(
    touches: Sequence[Touch],
    deals: Sequence[Deal],
    contacts: Iterable[tuple[str, str]] = (),
    options: Options | None = None,
) -> Built:
    """Return which touches count in which deal, and why the others do not."""
    options = options or Options()
    as_of = latest(touches, deals) if options.as_of is None else options.as_of
    seen = [as_seen(deal, as_of) for deal in deals]
    rank = {"won": 0, "lost": 1, "open": 2}
    seen.sort(key=lambda deal: (rank[deal.outcome], deal.deal_id.encode()))
    ends = {deal.deal_id: anchor_of(deal, options.anchor, as_of) for deal in seen}
    committee = list(contacts)
    journeys: dict[str, list[int]] = {deal.deal_id: [] for deal in seen}
    met: dict[str, set[str]] = {deal.deal_id: set() for deal in seen}
    aside: dict[int, tuple[str, str | None]] = {}
    times: dict[tuple[int, str], int] = {}
    ways: dict[int, str] = {}
    for row, touch in enumerate(touches):
        if touch.touch_id is not None and touch in touches[:row]:
            aside[row] = ("J04", touch.deal_id if touch.deal_id in journeys else None)
            continue
        way, reached = link(touch, seen, committee, options.links)
        bars: list[tuple[int, str, str]] = []
        for deal in reached:
            times[row, deal.deal_id] = time_of(touch, deal)
            rule = bar(touch, way, deal, reached, seen, ends, options, as_of)
            met[deal.deal_id].add(rule)
            if rule == COUNTS:
                journeys[deal.deal_id].append(row)
            bars.append((ORDER.index(rule), CODES[rule], deal.deal_id))
        if not bars:
            aside[row] = ("J01" if names_something(touch) else "I02", None)
            continue
        ways[row] = way
        if min(bars)[0] != ORDER.index(COUNTS):
            first = min(bars, key=lambda one: one[0])
            aside[row] = (first[1], first[2])
    for deal_id, rows in journeys.items():
        rows.sort(
            key=lambda row, deal_id=deal_id: in_journey(  # type: ignore[misc]
                touches[row], times[row, deal_id]
            )
        )
    reasons = {
        deal_id: reason_of(ends[deal_id], met[deal_id])
        for deal_id, rows in journeys.items()
        if not rows
    }
    outcomes = {deal.deal_id: deal.outcome for deal in seen}
    return Built(journeys, outcomes, reasons, aside, times, ends, ways)


COUNTS = "counts"
CODES = {
    COUNTS: "",
    "after as_of": "T17",
    "no anchor": "E04",
    "not open": "E03",
    "after the anchor": "T06",
    "before the lookback": "E01",
    "before the start": "E02",
}
"""Why a linked touch does not count, in the order in which the rules apply."""
ORDER = tuple(CODES)
REASONS = {
    "after as_of": "after the anchor",
    "no anchor": "no anchor",
    "not open": "outside the window",
    "after the anchor": "after the anchor",
    "before the lookback": "outside the window",
    "before the start": "outside the window",
}


def latest(touches: Sequence[Touch], deals: Sequence[Deal]) -> int:
    """Return the latest instant in the tables, expected closes aside."""
    instants = [touch.time for touch in touches]
    for deal in deals:
        instants += deal.milestones.values()
        instants += [] if deal.created_at is None else [deal.created_at]
        if deal.outcome != "open" and deal.closed_at is not None:
            instants.append(deal.closed_at)
    return max(instants, default=0)


def as_seen(deal: Deal, as_of: int) -> Deal:
    """Return the deal as it stood at ``as_of``: closed later is open."""
    late = deal.closed_at is not None and deal.closed_at > as_of
    return Deal(
        deal_id=deal.deal_id,
        amount=deal.amount,
        outcome="open" if late else deal.outcome,
        closed_at=deal.closed_at,
        created_at=deal.created_at,
        currency=deal.currency,
        account_id=deal.account_id,
        milestones={k: at for k, at in deal.milestones.items() if at <= as_of},
    )


def anchor_of(deal: Deal, anchor: str, as_of: int) -> int | None:
    """Return the instant at which the journey ends, None without the anchor."""
    if anchor != "closed":
        return deal.milestones.get(anchor)
    return as_of if deal.outcome == "open" else deal.closed_at


def names_something(touch: Touch) -> bool:
    """Return whether the touch names a deal, a person or an account."""
    named = (touch.deal_id, touch.contact_id, touch.account_id)
    return any((*named, touch.lead_deal_id, touch.person_account_id))


def link(
    touch: Touch,
    deals: Sequence[Deal],
    contacts: Sequence[tuple[str, str]],
    links: Iterable[str],
) -> tuple[str, list[Deal]]:
    """Return the way to the deals and the deals: the first way that leads to one."""
    of_contact = {deal_id for deal_id, person in contacts if person == touch.contact_id}
    ways = {
        "deal": [deal for deal in deals if deal.deal_id == touch.deal_id],
        "contact": [deal for deal in deals if deal.deal_id in of_contact],
        "lead": [deal for deal in deals if deal.deal_id == touch.lead_deal_id],
        "person_account": of_account(touch.person_account_id, deals),
        "account": of_account(touch.account_id, deals),
    }
    led = ((way, found) for way, found in ways.items() if way in links and found)
    return next(led, ("", []))


def of_account(account: str | None, deals: Sequence[Deal]) -> list[Deal]:
    """Return the deals of an account, none of no account."""
    return [deal for deal in deals if account and deal.account_id == account]


def time_of(touch: Touch, deal: Deal) -> int:
    """Return the instant of a touch: a day's noon, or an earlier close on that day."""
    if not touch.day_only or deal.outcome == "open" or deal.closed_at is None:
        return touch.time
    same_day = touch.time // DAY == deal.closed_at // DAY
    return min(touch.time, deal.closed_at) if same_day else touch.time


def bar(
    touch: Touch,
    way: str,
    deal: Deal,
    reached: Sequence[Deal],
    deals: Sequence[Deal],
    ends: Mapping[str, int | None],
    options: Options,
    as_of: int,
) -> str:
    """Return the first rule that keeps a touch out of a deal it reached."""
    time, end = time_of(touch, deal), ends[deal.deal_id]
    if time > as_of:
        return "after as_of"
    if end is None:
        return "no anchor"
    if options.sharing == "open" and way not in NAMING:
        taking = open_deals(touch, reached, as_of)
        if deal.deal_id not in taking:
            return "not open"
    if time > end:
        return "after the anchor"
    if options.lookback is not None and time < end - options.lookback:
        return "before the lookback"
    if before_start(time, way, deal, end, deals, options.start):
        return "before the start"
    return COUNTS


def open_deals(touch: Touch, reached: Sequence[Deal], as_of: int) -> set[str]:
    """Return the deals open at the touch, else the next one created within 90 days."""

    def is_open(deal: Deal) -> bool:
        last = as_of if deal.outcome == "open" else deal.closed_at
        return (
            deal.created_at is not None
            and last is not None
            and deal.created_at <= time_of(touch, deal) <= last
        )

    now = {deal.deal_id for deal in reached if is_open(deal)}
    later = [
        (deal.created_at, place, deal.deal_id)
        for place, deal in enumerate(reached)
        if deal.created_at is not None
        and 0 < deal.created_at - time_of(touch, deal) <= NEXT_DEAL
    ]
    return now or ({min(later)[2]} if later else set())


def before_start(
    time: int, way: str, deal: Deal, end: int, deals: Sequence[Deal], start: str
) -> bool:
    """Return whether the touch lies before the start of the deal's window.

    The previous close is the account's latest before the deal's own close and anchor.
    """
    if start == "opportunity":
        return time < deal.milestones.get("opportunity", time)
    if start == "all" or way in NAMING or deal.account_id is None:
        return False
    closing = {"won"} if start == "previous_won" else {"won", "lost"}
    if deal.outcome != "open" and deal.closed_at is not None:
        end = min(end, deal.closed_at)
    previous = [
        other.closed_at
        for other in deals
        if other.account_id == deal.account_id
        and other.outcome in closing
        and other.closed_at is not None
        and other.closed_at < end
    ]
    return bool(previous) and time <= max(previous)


def reason_of(end: int | None, met: set[str]) -> str:
    """Return why a deal has no touch, given the rules that its rows met."""
    if end is None:
        return "no anchor"
    if not met:
        return "no touch linked"
    reasons = {REASONS[rule] for rule in met}
    return reasons.pop() if len(reasons) == 1 else "several reasons"
