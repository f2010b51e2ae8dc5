"""The weeks of a chunk of processes, one after another: who is touched, who moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.analysis.simulation.settings import STAGES
from attribution.arrays.clock import DAY, HOUR, MISSING, SECOND
from attribution.journeys.words import LOST, OPEN, WON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.analysis.simulation.draws import Draws
    from attribution.analysis.simulation.settings import Settings
    from attribution.arrays.ragged import Bools, Floats, Ints

WEEK: Final = 7 * DAY
MOST_TOUCHES: Final = 3.0
"""More touches of a channel than this, not yet forgotten, have no further effect."""

PRESENT: Final = 0.5
"""A team is present while a touch of it is remembered by at least this much."""

LEAD, MQL, SAL, OPPORTUNITY = range(len(STAGES))
OVER: Final = len(STAGES)


class Beginning(NamedTuple):
    """How n processes begin, (n,) each.

    ``start``: int64 instant of the first touch; ``source``: int64, its channel;
    ``outbound``: bool, sales began it; ``rep``: int64, who owns it.
    """

    start: Ints
    source: Ints
    outbound: Bools
    rep: Ints


class Course(NamedTuple):
    """How n processes went in w weeks, under c channels.

    ``fired``: bool (w, c, n), the touches; ``caused``: bool (w, n), a marketing touch
    brought a call about; ``reached``: int64 (4, n), when each stage was; ``rejected``,
    ``closed_at``: int64 (n,), MISSING where not; ``outcome``: int8 (n,).
    """

    fired: Bools
    caused: Bools
    reached: Ints
    rejected: Ints
    closed_at: Ints
    outcome: NDArray[np.int8]


class Forces(NamedTuple):
    """What moves processes, the same in each week.

    ``rates``: float64 (c, n) touches a week before engagement; ``first``: int64 (c, 1),
    the first stage of each channel; ``marketing``, ``sales``: bool (c,); ``effect``:
    float64 (c,); ``pull``: float64 (5, n), the log-odds of advancing in each stage;
    ``leak``: float64 (5, n), the chance of being lost.
    """

    rates: Floats
    first: Ints
    marketing: Bools
    sales: Bools
    effect: Floats
    pull: Floats
    leak: Floats


def whole_seconds(length: Floats) -> Ints:
    """Return lengths of time in microseconds, cut to whole seconds.

    Example:
        >>> whole_seconds(np.array([1_999_999.5])).tolist()
        [1000000]
    """
    return (length // SECOND).astype(np.int64) * SECOND


def course_of(settings: Settings, draws: Draws, beginning: Beginning) -> Course:
    """Return how the processes of a chunk went."""
    forces = _forces(settings, draws, beginning)
    n, weeks = len(beginning.start), settings.weeks
    horizon = np.minimum((settings.as_of - beginning.start) // WEEK, weeks)
    course = _unbegun(settings, draws, beginning)
    stage = np.where(beginning.outbound, SAL, LEAD)
    memory = np.zeros((len(settings.channels), n))
    for week in range(weeks):
        live = (stage < OVER) & (week < horizon)
        course.fired[week], course.caused[week] = _fire(
            settings, draws, forces, week, np.where(live, stage, -1), memory
        )
        if week == 0:
            course.fired[0, beginning.source, np.arange(n)] = True
            course.caused[0, beginning.outbound] = False
        memory = settings.carry * memory + course.fired[week]
        moved, lost = _move(settings, draws, forces, week, stage, memory)
        days = draws.stage[week, 2].astype(np.float64) * DAY
        at = beginning.start + (week + 1) * WEEK - SECOND - whole_seconds(days)
        stage = _recorded(settings, draws, course, stage, moved & live, lost & live, at)
    return course


def _forces(settings: Settings, draws: Draws, beginning: Beginning) -> Forces:
    channels, u = settings.channels, draws.buyer
    sales = np.array([one.team == "sales" for one in channels])
    drive = np.where(sales, settings.intent_sales, settings.intent_marketing)
    rate = np.array([one.rate for one in channels])
    skills = (np.arange(settings.reps) + 0.5) / settings.reps * 2 - 1
    skill = settings.skill * skills[beginning.rep]
    stages = np.arange(OVER + 1)[:, None]
    advance = np.append(settings.advance, 0.0)[:, None]
    loss = np.append(settings.loss, 0.0)[:, None]
    return Forces(
        rates=rate[:, None] * np.exp(drive[:, None] * u),
        first=np.array([[STAGES.index(one.stage)] for one in channels]),
        marketing=~sales,
        sales=sales,
        effect=np.array([one.effect for one in channels]),
        pull=advance + settings.intent * u + skill * (stages >= SAL),
        leak=loss * np.exp(-settings.intent * u),
    )


def _unbegun(settings: Settings, draws: Draws, beginning: Beginning) -> Course:
    """Return the course before its first week: leads, and those of sales accepted."""
    n, shape = len(beginning.start), (settings.weeks, len(settings.channels))
    created = beginning.start + whole_seconds(draws.begin[3] * HOUR)
    reached = np.full((OVER, n), MISSING)
    reached[LEAD] = created
    reached[SAL] = np.where(beginning.outbound, created, MISSING)
    return Course(
        fired=np.zeros((*shape, n), np.bool_),
        caused=np.zeros((settings.weeks, n), np.bool_),
        reached=reached,
        rejected=np.full(n, MISSING),
        closed_at=np.full(n, MISSING),
        outcome=np.full(n, OPEN, np.int8),
    )


def _fire(
    settings: Settings,
    draws: Draws,
    forces: Forces,
    week: int,
    stage: Ints,
    memory: Floats,
) -> tuple[Bools, Bools]:
    """Return the touches of a week, and which processes got a call that was caused.

    A marketing touch of the week brings a call about with probability ``follow_up``,
    from the stage mql on, where sales had not called anyway.
    """
    engaged = np.minimum(memory[forces.marketing].sum(0), MOST_TOUCHES)
    push = np.where(forces.sales[:, None], np.exp(settings.engagement * engaged), 1.0)
    usable = (stage >= 0) & (stage >= forces.first)
    fired = (draws.fire[week] < forces.rates * push) & usable
    call = int(np.argmax(forces.sales))
    caused = fired[forces.marketing].any(0) & (stage >= MQL) & ~fired[call]
    caused &= draws.follow[week, 0] < settings.follow_up
    fired[call] |= caused
    return fired, caused


def _move(
    settings: Settings,
    draws: Draws,
    forces: Forces,
    week: int,
    stage: Ints,
    memory: Floats,
) -> tuple[Bools, Bools]:
    """Return which processes advance at the end of a week, and which are lost."""
    own = np.arange(len(stage))
    both = (memory[forces.marketing].max(0) > PRESENT) & (
        memory[forces.sales].max(0) > PRESENT
    )
    odds = forces.pull[stage, own] + settings.synergy * both
    odds += (forces.effect[:, None] * np.minimum(memory, MOST_TOUCHES)).sum(0)
    moved = draws.stage[week, 0] < 1 / (1 + np.exp(-odds))
    lost = ~moved & (draws.stage[week, 1] < forces.leak[stage, own])
    return moved, lost


def _recorded(
    settings: Settings,
    draws: Draws,
    course: Course,
    stage: Ints,
    moved: Bools,
    lost: Bools,
    at: Ints,
) -> Ints:
    """Return the stages after a week; what happened is written into the course.

    A lead refused by sales (lost at the stage mql) stays there with probability
    ``recycled``, once.
    """
    refused = lost & (stage == MQL)
    back = refused & (course.rejected == MISSING) & (draws.rep[1] < settings.recycled)
    course.rejected[refused] = at[refused]
    over = (lost & ~back) | (moved & (stage == OPPORTUNITY))
    course.closed_at[over] = at[over]
    course.outcome[over] = np.where(moved[over], WON, LOST)
    after = np.where(over, OVER, stage + moved)
    onward = np.flatnonzero(moved & ~over)
    course.reached[after[onward], onward] = at[onward]
    return after
