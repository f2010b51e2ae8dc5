"""The slow, plain reference of what becomes of the rows of three tables.

Written from the definitions, by another hand than the library, as in ``oracles``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from oracles import DAY, NAMING, NEXT_DEAL, Built, Deal, Options, Touch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
Row = tuple[int, Touch, list[Deal]]
"""A linked row: its number, its touch and the deals that it reaches."""

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
    linked: dict[int, tuple[str, list[Deal]]] = {}
    for row, touch in enumerate(touches):
        if touch.touch_id is not None and touch in touches[:row]:
            aside[row] = ("J04", touch.deal_id if touch.deal_id in journeys else None)
            continue
        way, reached = link(touch, seen, committee, options.links)
        if reached:
            linked[row] = (way, reached)
        else:
            aside[row] = ("J01" if names_something(touch) else "I02", None)
    apart = rows_apart(touches, linked, seen, options)
    for row, (way, reached) in linked.items():
        bars: list[tuple[int, str, str]] = []
        for deal in reached:
            touch = touches[row]
            times[row, deal.deal_id] = time_of(touch, deal)
            rule = bar(
                touch, way, deal, reached, seen, ends, options, as_of, apart.get(row)
            )
            met[deal.deal_id].add(rule)
            if rule == COUNTS:
                journeys[deal.deal_id].append(row)
            bars.append((ORDER.index(rule), CODES[rule], deal.deal_id))
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
    ways = {row: way for row, (way, _) in linked.items()}
    return Built(journeys, outcomes, reasons, aside, times, ends, ways)


COUNTS = "counts"
CODES = {
    COUNTS: "",
    "after as_of": "T17",
    "excluded": "E05",
    "in a burst": "E06",
    "not the first that day": "E07",
    "no anchor": "E04",
    "not open": "E03",
    "after the anchor": "T06",
    "no milestone": "E08",
    "before its milestone": "E09",
    "after its milestone": "E10",
    "before the lookback": "E01",
    "before the start": "E02",
}
"""Why a linked touch does not count, in the order in which the rules apply."""
ORDER = tuple(CODES)
REASONS = {
    "after as_of": "after the anchor",
    "excluded": "excluded",
    "in a burst": "repeated touch",
    "not the first that day": "repeated touch",
    "no milestone": "no milestone",
    "before its milestone": "outside the window",
    "after its milestone": "outside the window",
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
    apart: str | None,
) -> str:
    """Return the first rule that keeps a touch out of a deal it reached."""
    time, end = time_of(touch, deal), ends[deal.deal_id]
    if time > as_of:
        return "after as_of"
    if apart or end is None:
        return apart or "no anchor"
    if options.sharing == "open" and way not in NAMING:
        taking = open_deals(touch, reached, as_of)
        if deal.deal_id not in taking:
            return "not open"
    if time > end:
        return "after the anchor"
    missed = past_milestone(touch, time, deal, options)
    if missed:
        return missed
    lookback = lookback_of(options, touch)
    if lookback is not None and time < end - lookback:
        return "before the lookback"
    if before_start(time, way, deal, end, deals, options.start):
        return "before the start"
    return COUNTS


def lookback_of(options: Options, touch: Touch) -> int | None:
    """Return how far before the anchor the touch counts, None without limit."""
    if not isinstance(options.lookback, Mapping):
        return options.lookback
    found: int | None = of_kind(options.lookback, touch)
    return found


def of_kind(values: Mapping[str, Any], touch: Touch) -> Any:
    """Return a touch's value: its channel's, else its team's, else that of others."""
    for key in (touch.channel, touch.team, "*"):
        if key in values:
            return values[key]
    return None


def past_milestone(touch: Touch, time: int, deal: Deal, options: Options) -> str:
    """Return the rule of after= or before= that the touch falls to, or ""."""
    since, until = of_kind(options.after, touch), of_kind(options.before, touch)
    if any(name and name not in deal.milestones for name in (since, until)):
        return "no milestone"
    if since and time < deal.milestones[since]:
        return "before its milestone"
    if until and time > deal.milestones[until]:
        return "after its milestone"
    return ""


def rows_apart(
    touches: Sequence[Touch],
    linked: Mapping[int, tuple[str, list[Deal]]],
    deals: Sequence[Deal],
    options: Options,
) -> dict[int, str]:
    """Return the rows that are no touch of their own, and why.

    Left out by name; then those too soon after the one before; then, of what is
    left, all but the first of a kind, person or account and day.
    """
    apart = {
        row: "excluded"
        for row in linked
        if any(getattr(touches[row], k) in own for k, own in options.exclude.items())
    }
    where = {deal.deal_id: place for place, deal in enumerate(deals)}

    def place(row: int) -> tuple[object, ...]:
        way, reached = linked[row]
        first = min(where[deal.deal_id] for deal in reached)
        return (*in_journey(touches[row], touches[row].time), way, first)

    def left() -> list[Row]:
        rows = sorted((row for row in linked if row not in apart), key=place)
        return [(row, touches[row], linked[row][1]) for row in rows]

    apart |= dict.fromkeys(bursts(left(), options.dedupe), "in a burst")
    apart |= dict.fromkeys(of_one_day(left(), options.unit), "not the first that day")
    return apart


def bursts(rows: Sequence[Row], gap: int | None) -> list[int]:
    """Return the rows at most ``gap`` after the one before of their kind and person."""
    found: list[int] = []
    last: dict[object, int] = {}
    for row, touch, reached in rows:
        who: object = touch.contact_id, None
        if touch.contact_id is None:
            who = None, account_of(touch, reached)
        key = (kind_of(touch), who)
        if who == (None, None) or gap is None:
            continue
        if key in last and touch.time - last[key] <= gap:
            found.append(row)
        last[key] = touch.time
    return found


def of_one_day(rows: Sequence[Row], unit: str) -> list[int]:
    """Return all but the first row of a kind, person or account and day."""
    found: list[int] = []
    taken: set[object] = set()
    for row, touch, reached in rows:
        who = touch.contact_id
        if unit == "account_day":
            who = account_of(touch, reached)
        key = (kind_of(touch), who, touch.time // DAY)
        if unit == "row" or who is None:
            continue
        if key in taken:
            found.append(row)
        taken.add(key)
    return found


def kind_of(touch: Touch) -> tuple[str, str, str]:
    """Return team, channel and campaign."""
    return (touch.team, touch.channel, touch.campaign)


def account_of(touch: Touch, reached: Sequence[Deal]) -> str | None:
    """Return the account of a touch: its own, its person's, that of all its deals."""
    accounts = {deal.account_id for deal in reached}
    of_deals = accounts.pop() if len(accounts) == 1 else None
    return touch.account_id or touch.person_account_id or of_deals


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
