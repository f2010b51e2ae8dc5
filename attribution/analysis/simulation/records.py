"""What is written down of what happened: touches, deals, leads, contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.analysis.simulation.mechanism import STEPS
from attribution.analysis.simulation.weeks import (
    LEAD,
    MQL,
    OPPORTUNITY,
    SAL,
    whole_seconds,
)
from attribution.arrays import money, ragged
from attribution.arrays.clock import DAY, MISSING, SECOND
from attribution.arrays.currencies import DECIMALS
from attribution.doors.frames.output import instants
from attribution.journeys.words import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.analysis.simulation.settings import Settings
    from attribution.analysis.simulation.world import World
    from attribution.arrays.ragged import Array, Bools, Floats, Ints

    Columns = dict[str, Any]

REASONS: Final = ("no budget", "no need", "not the buyer", "student or rival")
ROLES: Final = ("champion", "decision maker", "user", "finance", "technical buyer")


def numbered(prefix: str, numbers: Ints, digits: int = 7) -> Array:
    """Return ids as an object array of text: a letter and a number of fixed width.

    Example:
        >>> numbered("D", np.array([12]), 4).tolist()
        ['D0012']
    """
    if not len(numbers):
        return np.array([], object)
    plain = np.strings.zfill(numbers.astype(f"U{digits}"), digits)
    return np.strings.add(prefix, plain).astype(object)


def _labels(labels: list[str | None], code: Ints) -> Array:
    """Return the label of each code; the last label is that of code -1."""
    return np.array(labels, object)[code]


class _Fate(NamedTuple):
    """What becomes of touches in the tables, uniform in [0, 1) each, (t,)."""

    missing: Floats
    late: Floats
    delay: Floats
    campaign: Floats
    person: Floats


def _fates(record: NDArray[np.uint64]) -> _Fate:
    """Return the five numbers that one of 64 bits holds."""
    parts, used = [], 0
    for bits in (14, 12, 12, 12, 14):
        own = (record >> np.uint64(used)) & np.uint64((1 << bits) - 1)
        parts.append((own.astype(np.float64) + 0.5) / (1 << bits))
        used += bits
    return _Fate(*parts)


def contact_ids(world: World) -> tuple[Array, Ints]:
    """Return every person's id, and the offsets of the processes' committees."""
    offsets = ragged.offsets_of(world.people)
    process = numbered("C", ragged.segments_of(offsets))
    place = ragged.positions(offsets).astype("U")
    ids = np.strings.add(np.strings.add(process.astype("U"), "-"), place)
    return ids.astype(object), offsets


def touch_columns(settings: Settings, world: World) -> Columns:
    """Return the table of touches: what was tracked or logged by the end of the data.

    Marketing knows the person alone; sales the account too and, once it is there, the
    deal. A touch logged late bears the time at which it was logged.
    """
    teams = np.array([*(one.team == "sales" for one in settings.channels), True, True])
    fate = _fates(world.touches.record)
    sales = teams[world.touches.channel]
    share = np.where(sales, settings.missing_sales, settings.missing_marketing)
    delay = -np.log(fate.delay) * settings.late_days * DAY
    late = sales & (fate.late < settings.late)
    time = world.touches.time + whole_seconds(np.where(late, delay, 0))
    rows = np.flatnonzero((fate.missing >= share) & (time <= settings.as_of))
    touches, fate = world.touches.take(rows), _Fate(*(one[rows] for one in fate))
    time, sales = time[rows], sales[rows]
    process, names = touches.process, [one.name for one in settings.channels]
    opened = world.processes.reached[OPPORTUNITY][process]
    named = sales & (opened != MISSING) & (touches.time >= opened)
    people, offsets = contact_ids(world)
    person = offsets[process] + _person(world.people[process], fate.person)
    reps = world.processes.beginning.rep
    return {
        "touch_id": np.arange(len(rows)),
        "time": instants(time),
        "team": _labels(["marketing", "sales"], sales.astype(np.int64)),
        "channel": _labels([*names, *STEPS], touches.channel),
        "campaign": _campaigns(settings, touches.channel, sales, fate.campaign),
        "rep": _reps(settings, np.where(sales, reps[process], -1)),
        "contact_id": people[person],
        "account_id": _some(numbered("A", np.arange(len(world.deal))), process, sales),
        "deal_id": _some(
            numbered("D", np.arange(int(world.deal.max(initial=-1)) + 1)),
            world.deal[process], named,
        ),
    }  # fmt: skip


def _some(labels: Array, code: Ints, there: Bools) -> Array:
    """Return labels where they are there, else None."""
    return np.append(labels, [None])[np.where(there, code, -1)]


def _person(people: Ints, draw: Floats) -> Ints:
    """Return who was touched: the first person in half of the cases, else another."""
    rest = np.floor((2 * draw - 1) * (people - 1)).astype(np.int64)
    return np.where((rest < 0) | (people == 1), 0, 1 + rest)


def _campaigns(settings: Settings, channel: Ints, sales: Bools, draw: Floats) -> Array:
    """Return marketing's campaigns, a few in each channel; None for sales."""
    names = [
        f"{one.name} {number + 1}"
        for one in settings.channels
        for number in range(settings.campaigns)
    ]
    code = channel * settings.campaigns + (draw * settings.campaigns).astype(np.int64)
    return _labels([*names, None], np.where(sales, -1, code))


def _reps(settings: Settings, code: Ints) -> Array:
    names: list[str | None] = [
        f"rep {number + 1:02}" for number in range(settings.reps)
    ]
    return _labels([*names, None], code)


def deal_columns(settings: Settings, world: World) -> Columns:
    """Return the table of deals: every process that became an opportunity."""
    own = np.flatnonzero(world.deal >= 0)
    processes = world.processes
    reached = processes.reached[:, own]
    outcome = np.array([*OUTCOMES], object)[np.argsort([*OUTCOMES.values()])]
    decimals = DECIMALS[settings.currency]
    return {
        "deal_id": numbered("D", world.deal[own]),
        "account_id": numbered("A", own),
        "amount": money.to_major(processes.amount[own], decimals),
        "currency": np.full(len(own), settings.currency, object),
        "outcome": outcome[processes.outcome[own] + 1],
        "created_at": instants(reached[OPPORTUNITY]),
        "lead_at": instants(reached[LEAD]),
        "mql_at": instants(reached[MQL]),
        "sal_at": instants(reached[SAL]),
        "opportunity_at": instants(reached[OPPORTUNITY]),
        "closed_at": instants(processes.closed_at[own]),
        "owner": _reps(settings, processes.beginning.rep[own]),
        "segment": _labels(
            [one.name for one in settings.segments], processes.segment[own]
        ),
        "declared_source": _sources(settings, processes.beginning.source[own]),
        "deal_type": np.full(len(own), "new business", object),
    }


def _sources(settings: Settings, channel: Ints) -> Array:
    """Return the first channel's name, "outbound" where sales began."""
    names = [
        "outbound" if one.team == "sales" else one.name for one in settings.channels
    ]
    return _labels([*names], channel)


def lead_columns(settings: Settings, world: World) -> Columns:
    """Return the table of leads: the first person of every process."""
    processes = world.processes
    reached, begun = processes.reached, processes.beginning
    people, offsets = contact_ids(world)
    refused = processes.rejected != MISSING
    why = processes.rejected // SECOND % len(REASONS)
    return {
        "lead_id": numbered("L", np.arange(len(world.deal))),
        "created_at": instants(reached[LEAD]),
        "contact_id": people[offsets[:-1]],
        "account_id": numbered("A", np.arange(len(world.deal))),
        "team": _labels(["marketing", "sales"], begun.outbound.astype(np.int64)),
        "source": _sources(settings, begun.source),
        "owner": _reps(settings, begun.rep),
        "mql_at": instants(reached[MQL]),
        "accepted_at": instants(reached[SAL]),
        "rejected_at": instants(processes.rejected),
        "reason": _labels([*REASONS, None], np.where(refused, why, -1)),
        "sql_at": instants(reached[OPPORTUNITY]),
        "deal_id": _some(
            numbered("D", np.maximum(world.deal, 0)), np.arange(len(world.deal)),
            world.deal >= 0,
        ),
    }  # fmt: skip


def contact_columns(settings: Settings, world: World) -> Columns:
    """Return the buying committees of deals, some of their people forgotten."""
    people, offsets = contact_ids(world)
    process, place = ragged.segments_of(offsets), ragged.positions(offsets)
    kept = (place == 0) | (world.kept[process, place] >= settings.role_dropout)
    rows = np.flatnonzero(kept & (world.deal[process] >= 0))
    return {
        "deal_id": numbered("D", world.deal[process[rows]]),
        "contact_id": people[rows],
        "role": _labels([*ROLES], place[rows] % len(ROLES)),
    }
