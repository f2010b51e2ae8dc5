"""What happens: processes that advance week by week, and the touches that move them.

Nothing here knows what is written down of it; ``records`` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.analysis.simulation.weeks import (
    OPPORTUNITY,
    WEEK,
    Beginning,
    course_of,
    whole_seconds,
)
from attribution.arrays.clock import DAY, HOUR, MISSING
from attribution.arrays.currencies import DECIMALS
from attribution.arrays.money import LIMIT
from attribution.journeys.words import OPEN, WON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.analysis.simulation.draws import Draws
    from attribution.analysis.simulation.settings import Settings
    from attribution.analysis.simulation.weeks import Course
    from attribution.arrays.ragged import Bools, Floats, Ints

STEPS: Final = ("proposal", "contract")
"""The process steps of sales, whose codes follow those of the channels."""

CONTRACT_DAYS, PROPOSAL_DAYS = (1.0, 4.0), (3.0, 10.0)
"""How long before the close a contract is sent, and before that the proposal."""


class Processes(NamedTuple):
    """What became of n processes, (n,) each.

    ``beginning``: how they began; ``segment``: int64 codes; ``reached``: int64 (4, n),
    when each stage was, MISSING if it was not; ``rejected``: int64, MISSING if not;
    ``closed_at``: int64, for an open deal its expected close; ``outcome``: int8;
    ``amount``: int64 minor units.
    """

    beginning: Beginning
    segment: Ints
    reached: Ints
    rejected: Ints
    closed_at: Ints
    outcome: NDArray[np.int8]
    amount: Ints


class Happened(NamedTuple):
    """Touches as they happened, (t,) each, by process and time.

    ``process``, ``channel`` (steps after the channels), ``time``: int64; ``caused``:
    bool, a marketing touch brought it about; ``record``: uint64, numbers for what
    becomes of it in the tables.
    """

    process: Ints
    channel: Ints
    time: Ints
    caused: Bools
    record: NDArray[np.uint64]

    def take(self, rows: Ints) -> Happened:
        """Return these touches."""
        return Happened(
            self.process[rows], self.channel[rows], self.time[rows],
            self.caused[rows], self.record[rows],
        )  # fmt: skip


def happen(settings: Settings, draws: Draws) -> tuple[Processes, Happened]:
    """Return the processes of a chunk and their touches.

    In each week a process lives in one stage. Marketing touches it by its rates and
    the buyer's intent u; sales by its own, by intent, and the more the more marketing
    engages the buyer. At the week's end it advances with the log-odds advance +
    intent · u + skill + Σ effect · min(remembered touches, 3) + synergy where both
    teams are present; else it is lost with probability loss · e^(-intent · u).
    """
    span = settings.span * WEEK - HOUR
    start = settings.start + whole_seconds(draws.begin[0] * span)
    outbound = draws.begin[1] < settings.outbound
    source = _sources(settings, draws.begin[2], outbound)
    rep = (draws.rep[0] * settings.reps).astype(np.int64)
    beginning = Beginning(start, source, outbound, rep)
    course = course_of(settings, draws, beginning)
    edges = np.cumsum([one.share for one in settings.segments])[:-1]
    segment = np.searchsorted(edges, draws.segment, "right")
    processes = Processes(
        beginning, segment, course.reached, course.rejected,
        _closes(course, draws), course.outcome, _amounts(settings, draws, segment),
    )  # fmt: skip
    return processes, _touches(settings, draws, processes, course)


def team_codes(settings: Settings, team: str) -> Ints:
    """Return the codes of a team's channels.

    Example:
        >>> from attribution.analysis.simulation.settings import Settings
        >>> team_codes(Settings(), "sales").tolist()
        [5, 6, 7, 8]
    """
    return np.flatnonzero([one.team == team for one in settings.channels])


def _sources(settings: Settings, draw: Floats, outbound: Bools) -> Ints:
    """Return the channels of first touches: of marketing by rate, or sales' first."""
    marketing = team_codes(settings, "marketing")
    rates = np.array([settings.channels[code].rate for code in marketing]) + 1e-12
    edges = np.cumsum(rates / rates.sum())[:-1]
    inbound = marketing[np.searchsorted(edges, draw, "right")]
    return np.where(outbound, team_codes(settings, "sales")[0], inbound)


def _closes(course: Course, draws: Draws) -> Ints:
    """Return the closes; of open deals the expected one, 30 to 90 days on."""
    opened = course.reached[OPPORTUNITY]
    ahead = whole_seconds((30 + 60 * draws.steps[4]) * DAY)
    waiting = (course.outcome == OPEN) & (opened != MISSING)
    return np.where(waiting, opened + ahead, course.closed_at)


def _amounts(settings: Settings, draws: Draws, segment: Ints) -> Ints:
    """Return lognormal amounts in minor units, at least one unit."""
    factor = np.array([one.factor for one in settings.segments])[segment]
    log = settings.amount_spread * draws.amount + settings.amount_intent * draws.buyer
    units = settings.amount * factor * np.exp(log) * 10 ** DECIMALS[settings.currency]
    minor: Ints = np.rint(np.clip(units, 1, LIMIT)).astype(np.int64)
    return minor


def _touches(
    settings: Settings, draws: Draws, processes: Processes, course: Course
) -> Happened:
    """Return the touches of the weeks and the process steps, by process and time.

    Touches lie in the first six days of a week, what moves a process in the last; a
    caused call comes after the first marketing touch of its week.
    """
    week, channel, process = np.nonzero(course.fired)
    moment = draws.moment.astype(np.float64)
    moment[0, processes.beginning.source, np.arange(len(processes.amount))] = 0.0
    call = int(team_codes(settings, "sales")[0])
    own = team_codes(settings, "marketing")
    first = np.where(course.fired[:, own], moment[:, own], 1.0).min(1)
    after = first + (1 - first) * draws.follow[:, 1]
    moment[:, call] = np.where(course.caused, after, moment[:, call])
    at = processes.beginning.start[process] + week * WEEK
    at += whole_seconds(moment[week, channel, process] * (6 * DAY))
    weekly = Happened(
        process, channel, at,
        course.caused[week, process] & (channel == call),
        draws.record[week, channel, process],
    )  # fmt: skip
    parts = zip(weekly, *_steps(settings, draws, processes), strict=True)
    joined = Happened(*(np.concatenate(columns) for columns in parts))
    return joined.take(np.lexsort((joined.channel, joined.time, joined.process)))


def _steps(
    settings: Settings, draws: Draws, processes: Processes
) -> tuple[Happened, Happened]:
    """Return the proposals and contracts of closed deals, before their closes."""
    opened, closed = processes.reached[OPPORTUNITY], processes.closed_at
    won = processes.outcome == WON
    over = (opened != MISSING) & (processes.outcome != OPEN)
    offered = over & (won | (draws.steps[0] < settings.lost_proposals))
    back = [
        low + (high - low) * draws.steps[1 + at]
        for at, (low, high) in enumerate((CONTRACT_DAYS, PROPOSAL_DAYS))
    ]
    room = np.where(over, closed - opened, 0)
    found = []
    for step, share, days, chosen in (
        (0, 0.9, back[0] + back[1], offered),
        (1, 0.4, back[0], won),
    ):
        rows = np.flatnonzero(chosen)
        before = whole_seconds(np.minimum(days * DAY, share * room)[rows])
        count = len(rows)
        code = np.full(count, len(settings.channels) + step)
        nothing = np.zeros(count, np.bool_)
        record = draws.step_record[step, rows]
        found.append(Happened(rows, code, closed[rows] - before, nothing, record))
    return found[0], found[1]
