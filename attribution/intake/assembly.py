"""Linked and eligible touches as journeys in the one order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import clock, ordering, ragged
from attribution.arrays.clock import MISSING
from attribution.arrays.cores import side_by_side
from attribution.intake.checks.labels import ordered
from attribution.intake.links import LINKS, NAMING, Pairs
from attribution.intake.order import order_pairs
from attribution.intake.rules import COUNTS, RULES
from attribution.journeys.journeys import Journeys
from attribution.journeys.words import OPEN, REASONS, Labelled, Seen, SetAside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.deals import Deals
    from attribution.intake.eligibility import Windows
    from attribution.intake.touches import Touches

LONG: Final = 10_000
"""A journey of more touches is reported (J06) …"""
TOO_LONG: Final = 1_000_000
"""… and one of more than these is an error."""

NO_ANCHOR, NOT_LINKED = REASONS.index("no anchor"), REASONS.index("no touch linked")
SEVERAL = REASONS.index("several reasons")


def _taken(column: Labelled | None, rows: Ints) -> Labelled | None:
    return None if column is None else column.take(rows)


def assemble(
    touches: Touches,
    deals: Deals,
    pairs: Pairs,
    time: Ints,
    rule: NDArray[np.int8],
    windows: Windows,
    ids: tuple[Array, Array],
    contacts: NDArray[np.int32] | None,
    record: dict[str, object],
) -> Journeys:
    """Return the journeys of the pairs whose ``rule`` lets them count.

    ``ids``: the id of each deal, and the labels of accounts.
    """
    if np.count_nonzero(rule):
        kept = np.flatnonzero(rule == COUNTS)
        counted, time = pairs.take(kept), time[kept]
    else:
        counted = pairs
    order, offsets, time = order_pairs(counted, len(deals), time, touches)
    rows = counted.rows(order)
    deal_ids, account_labels = ids
    account = np.array([str(one) for one in account_labels], object)
    taken = _columns(touches, rows)
    columns = taken.pop("touch")
    names = [*list(columns)[:5], "link", *list(columns)[5:]]
    columns["link"] = Labelled(
        _widened(ragged.take(counted.link, order)), np.array(LINKS, object)
    )
    return Journeys(
        offsets=offsets,
        time=time,
        touch={name: columns[name] for name in names},
        **taken,
        row=rows,
        amount=deals.amount,
        currency=deals.currency.codes.astype(np.int16),
        currencies=tuple(deals.currency.labels.tolist()),
        decimals=deals.decimals,
        outcome=deals.outcome,
        start=windows.start,
        end=windows.end,
        closed_at=deals.closed_at,
        created_at=deals.created_at,
        milestones=deals.milestones,
        milestone_days={**deals.day_milestones, "closed": deals.day_close},
        amount_at_opportunity=deals.at_opportunity,
        deal_id=deal_ids,
        deal={"account": ordered(Labelled(deals.account, account)), **deals.columns},
        count=np.broadcast_to(np.int64(1), len(deals)),
        reason=_reasons(pairs.deal, rule, offsets, windows.end),
        contacts=contacts,
        options=record,
    ).trimmed()


def _columns(touches: Touches, rows: Ints) -> dict[str, Any]:
    """Return the columns of these rows, by their names in journeys."""
    works: dict[str, Any] = {
        f"touch.{name}": partial(column.take, rows)
        for name, column in touches.columns.items()
    }
    works["process"] = partial(ragged.take, touches.process, rows)
    works["day"] = lambda: clock.known(ragged.take(touches.day, rows))
    works["touch_id"] = partial(_taken, touches.touch_id, rows)
    works["cost"] = lambda: None if touches.cost is None else touches.cost[rows]
    taken = side_by_side(list(works.values()), len(rows))
    found = dict(zip(works, taken, strict=True))
    names = list(touches.columns)
    return {"touch": {name: found.pop(f"touch.{name}") for name in names}, **found}


def _widened(link: NDArray[np.int8]) -> NDArray[np.int32]:
    if ragged.constant(link):
        return np.broadcast_to(np.int32(link[0]), len(link))
    return link.astype(np.int32)


def _reasons(
    deal: Ints, rule: NDArray[np.int8], offsets: Ints, end: Ints
) -> NDArray[np.int8]:
    """Return why each deal has no touch, -1 where it has one.

    Args:
        deal: The deal of each linked pair.
        rule: The rule that bars each pair, 0 where it counts.
        offsets: Of the journeys: those that have touches.
        end: The anchor of each deal.
    """
    reason = np.full(len(end), -1, np.int8)
    without = offsets[1:] == offsets[:-1]
    deals = np.flatnonzero(without)
    if not deals.size:
        return reason
    reason_of = [REASONS.index(reason) if reason else 0 for _, reason, _ in RULES]
    bits = np.array([1 << reason for reason in reason_of], np.int64)
    own = np.flatnonzero(without[deal])
    place = np.cumsum(without) - 1
    order, cut = ordering.grouped(place[deal[own]], len(deals))
    met = ragged.reduce(np.bitwise_or, bits[rule[own[order]]], cut)
    single = (met & (met - 1)) == 0
    only = np.log2(np.maximum(met, 1)).astype(np.int8)
    why = np.where(single, only, SEVERAL).astype(np.int8)
    why[cut[1:] == cut[:-1]] = NOT_LINKED
    why[end[deals] == MISSING] = NO_ANCHOR
    reason[deals] = why
    return reason


def barred_rows(
    pairs: Pairs, time: Ints, rule: NDArray[np.int8], touches: Touches
) -> tuple[SetAside, NDArray[np.int8]]:
    """Return the pairs that do not count, and each row's first rule (0: it is used).

    A row that counts in no deal is set aside once, under the first rule that bars it
    in any of the deals it reached.
    """
    barred = np.flatnonzero(rule)
    worst = np.broadcast_to(np.int8(COUNTS), len(touches))
    if barred.size:
        worst = np.full(len(touches), len(RULES), np.int8)
        np.minimum.at(worst, pairs.row, rule)
        worst[worst == len(RULES)] = COUNTS
    row, code = pairs.row[barred].astype(np.int64), rule[barred]
    names = ("", *(f"{code}" for code, _, _ in RULES[1:]))
    told = worst[row] == code
    first = np.zeros(len(row), np.bool_)
    place = np.flatnonzero(told)
    first[place[np.unique(row[place], return_index=True)[1]]] = True
    sentences = tuple(sentence for _, _, sentence in RULES)
    deal = pairs.deal[barred].astype(np.int64)
    seen = seen_of(touches, row, time[barred])
    part = SetAside("touches", row, code, deal, first, names, sentences, seen)
    return part, worst


def seen_of(touches: Touches, rows: Ints, time: Ints) -> Seen:
    """Return what is shown of touches that do not count."""
    labels = {name: column.take(rows) for name, column in touches.columns.items()}
    return Seen(time, _taken(touches.touch_id, rows), labels)


def check_journeys(journeys: Journeys, rows: Ints, findings: Findings) -> None:
    """Add what is known once journeys stand: J03, J04, J06, T12."""
    sizes = np.diff(journeys.offsets)
    where = ("touches", "")
    deals = ("deals", "deal_id")
    findings.error(
        "J06", deals, "has a journey of more than 1,000,000 touches.",
        "Check the links: an account or contact may be a catch-all.",
        rows=rows[sizes > TOO_LONG],
    )  # fmt: skip
    findings.add(
        "J06", "warning", deals, "has a journey of more than 10,000 touches.",
        "Check the links: an account or contact may be a catch-all.",
        rows=rows[(sizes > LONG) & (sizes <= TOO_LONG)],
    )  # fmt: skip
    twice = np.zeros(0, np.int64)
    if not NAMING.issuperset(journeys.touch["link"].labels):
        row = np.sort(journeys.row)
        twice = np.unique(row[1:][np.diff(row) == 0])
    findings.add(
        "J03", "warning", where, "count in several deals of one account or contact.",
        'sharing="open" counts each in the deals open at its time.', rows=twice,
    )  # fmt: skip
    _check_ties(journeys, findings)


def _check_ties(journeys: Journeys, findings: Findings) -> None:
    if journeys.time is None:
        return
    place = np.flatnonzero(journeys.time[1:] == journeys.time[:-1])
    after = np.searchsorted(journeys.offsets, place + 1)
    place = place[journeys.offsets[after] != place + 1]
    where = ("touches", "time")
    findings.add(
        "T12", "note", where, "is equal for touches of one journey.",
        "They stand in the order of touch id and labels.", rows=journeys.row[place + 1],
    )  # fmt: skip
    for column in journeys.touch.values():
        place = place[column.codes[place] == column.codes[place + 1]]
    if journeys.touch_id is not None:
        absent = journeys.touch_id.codes < 0
        place = place[absent[place] & absent[place + 1]]
    findings.add(
        "J04", "warning", ("touches", ""),
        "repeat a touch exactly and have no touch id.",
        "They are kept; give touches an id to have repeats set aside.",
        rows=journeys.row[place + 1],
    )  # fmt: skip


def check_days(
    journeys: Journeys, day: Ints, day_ends: Bools, rows: Ints, findings: Findings
) -> None:
    """Add T16: deals whose first, last or milestone touch was decided by a day.

    That is so where the first (or last) touch shares its day with another one and
    one of them has no time of day, or where the last lies on the day of an anchor
    that is a day.
    """
    days = (day_ends, clock.known(day), *journeys.milestone_days.values())
    if journeys.time is None or not any(one.any() for one in days):
        return
    on_day = journeys.day
    own = clock.day_of(journeys.time, journeys.tz)
    offsets = journeys.offsets
    filled = np.flatnonzero(np.diff(offsets) > 0)
    decided = _beside_milestones(journeys, journeys.time)
    for places in (offsets[:-1][filled], offsets[1:][filled] - 1):
        edge = np.zeros(len(journeys), np.int64)
        edge[filled] = own[places]
        same = own == ragged.spread(edge, offsets)
        several = ragged.sums(same, offsets) > 1
        decided |= several & (ragged.sums(same & on_day, offsets) > 0)
    last = edge[filled]
    decided[filled] |= day_ends[filled] & (
        clock.day_of(journeys.end[filled], journeys.tz) == last
    )
    findings.add(
        "T16", "note", ("deals", ""),
        "have a first, last or milestone touch that a day decided.",
        "A day-only touch stands at noon, a day-only close at the end of its day.",
        rows=rows[decided],
    )  # fmt: skip


def _beside_milestones(journeys: Journeys, time: Ints) -> Bools:
    """Return the deals with a touch within a day of a milestone, one of them a day."""
    decided = np.zeros(len(journeys), np.bool_)
    for name, at in journeys.milestones.items():
        on_day = ragged.spread(journeys.milestone_days[name], journeys.offsets)
        if not (on_day.any() or journeys.day.any()):
            continue
        grace = clock.DAY * (at != MISSING)
        near = time > ragged.spread(at - grace, journeys.offsets)
        near &= time <= ragged.spread(at + grace, journeys.offsets)
        decided |= ragged.sums(near & (on_day | journeys.day), journeys.offsets) > 0
    return decided


def day_anchors(deals: Deals, anchor: str) -> Bools:
    """Return which deals' anchors are days; an open deal's is ``as_of``."""
    if anchor == "closed":
        on_day: Bools = deals.day_close & (deals.outcome != OPEN)
        return on_day
    return deals.day_milestones[anchor]
