"""The door of the simulation: knobs in, tables and journeys out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from attribution.analysis.simulation import records
from attribution.analysis.simulation.mechanism import STEPS
from attribution.analysis.simulation.settings import (
    CHANNELS,
    SEGMENTS,
    Channel,
    Segment,
    Settings,
    kinds,
)
from attribution.analysis.simulation.world import world_of
from attribution.arrays import clock
from attribution.doors.frames.output import data_frame
from attribution.errors import refuse
from attribution.intake.build import build_journeys

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from attribution.analysis.simulation.world import World
    from attribution.journeys.journeys import Journeys


MOST_DEALS: Final = 10**7
"""Deals of one simulation: beyond, ids would need more digits."""


@dataclass(frozen=True, eq=False, repr=False)
class Simulation:
    """Synthetic tables, from :func:`attribution.simulate`: pandas frames, made lazily.

    ``settings``: the knobs; ``seed``: what the random numbers began with.

    Example:
        >>> import attribution as at
        >>> simulation = at.simulate(50, seed=3)
        >>> len(simulation.deals), len(simulation.journeys)
        (50, 50)
    """

    settings: Settings
    seed: int
    world: World

    @property
    def as_of(self) -> str:
        """Return the instant at which the data is seen, as ISO 8601 text."""
        return clock.iso(self.settings.as_of)

    @cached_property
    def touches(self) -> pd.DataFrame:
        """Return the touches of all processes, also those that became no deal.

        Columns: touch_id (int64), time, team, channel, campaign (marketing), rep
        (sales), contact_id, account_id (sales), deal_id (sales, from the opportunity
        on). The channels proposal and contract are process steps.
        """
        return data_frame(records.touch_columns(self.settings, self.world))

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Return the deals, won, lost and open.

        Columns: deal_id, account_id, amount (float64 major units), currency, outcome,
        created_at, lead_at, mql_at, sal_at, opportunity_at, closed_at (of an open deal
        the expected close), owner, segment, declared_source, deal_type.
        """
        return data_frame(records.deal_columns(self.settings, self.world))

    @cached_property
    def leads(self) -> pd.DataFrame:
        """Return one lead a process, with the columns that ``at.funnel`` reads."""
        return data_frame(records.lead_columns(self.settings, self.world))

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """Return the buying committees: deal_id, contact_id, role."""
        return data_frame(records.contact_columns(self.settings, self.world))

    @cached_property
    def journeys(self) -> Journeys:
        """Return the journeys that ``at.build_journeys`` makes of these tables."""
        return build_journeys(
            self.touches, self.deals,
            contacts=self.contacts, as_of=self.as_of, process=STEPS,
        )  # fmt: skip

    def __repr__(self) -> str:
        """Return what was made, in one line."""
        outcome = self.deals["outcome"].value_counts()
        told = ", ".join(
            f"{outcome.get(one, 0):,} {one}" for one in ("won", "lost", "open")
        )
        return (
            f"Simulation(seed={self.seed}): {len(self.deals):,} deals ({told}) of "
            f"{len(self.leads):,} leads, {len(self.touches):,} touches, as of "
            f"{self.as_of}; made up, not observed."
        )


def simulate(
    deals: int = 10_000,
    *,
    seed: int = 1,
    begin: str = "2025-01-06",
    span: int = 52,
    weeks: int = 26,
    channels: Sequence[tuple[Any, ...]] = CHANNELS,
    segments: Sequence[tuple[Any, ...]] = SEGMENTS,
    advance: tuple[float, ...] = (-2.2, -1.3, -2.0, -4.6),
    loss: tuple[float, ...] = (0.06, 0.07, 0.05, 0.09),
    intent: float = 0.5,
    intent_marketing: float = 0.3,
    intent_sales: float = 0.4,
    engagement: float = 0.25,
    follow_up: float = 0.2,
    carry: float = 0.7,
    synergy: float = 0.3,
    outbound: float = 0.2,
    recycled: float = 0.3,
    reps: int = 12,
    skill: float = 0.2,
    campaigns: int = 3,
    committee: float = 2.5,
    amount: float = 20_000.0,
    amount_spread: float = 0.7,
    amount_intent: float = 0.2,
    currency: str = "EUR",
    lost_proposals: float = 0.5,
    missing_marketing: float = 0.1,
    missing_sales: float = 0.15,
    late: float = 0.05,
    late_days: float = 5.0,
    role_dropout: float = 0.15,
) -> Simulation:
    """Return synthetic touches, deals, leads and journeys of a seller to companies.

    Leads come in; week by week marketing and sales touch them, and they advance
    through the stages lead, mql, sal, opportunity to a close, or are lost. Processes
    begin until ``deals`` of them became opportunities. The same arguments give the same
    bytes; more deals leave those already there as they are, and a knob of one part
    does not move the random numbers of another.

    Args:
        deals: How many deals (opportunities) there are.
        seed: Where the random numbers begin, 0 to 2^63 - 1.
        begin: The day from which processes begin.
        span: Weeks from there to the end of the data, over which they begin.
        weeks: The longest that a process is followed; then it stays open.
        channels: Tuples (name, team, rate, effect, stage): touches a week, the effect
            on the log-odds of advancing, and the first stage it is used in, "lead"
            unless given.
        segments: Tuples (name, share, factor) of buyers: the factor of amounts.
        advance: Log-odds a week of advancing from lead, mql, sal, opportunity.
        loss: Chance a week of being lost in each of these stages.
        intent: How much the buyer's unseen intent moves advancing and being lost.
        intent_marketing: How much intent raises the rates of marketing's touches.
        intent_sales: How much it raises those of sales: effort goes to hot leads.
        engagement: How much each remembered marketing touch raises sales' rates.
        follow_up: Chance that a week's marketing touch brings about a call.
        carry: The share of a touch's memory that a week leaves.
        synergy: Added to the log-odds while touches of both teams are remembered.
        outbound: The share of processes that sales begins; they skip the stage mql.
        recycled: The share of refused leads that come back once.
        reps: How many salespeople there are.
        skill: The log-odds that the best rep adds, and the worst takes away.
        campaigns: How many campaigns each marketing channel has.
        committee: The mean number of people of a buyer.
        amount: The median amount of a deal whose segment has factor 1.
        amount_spread: The standard deviation of the log amount.
        amount_intent: How much intent raises the log amount.
        currency: The currency of amounts.
        lost_proposals: The share of lost deals that had a proposal; all won ones had.
        missing_marketing: The share of marketing touches that nobody tracked.
        missing_sales: The share of sales' touches that nobody logged.
        late: The share of sales' touches logged late, under the time of logging.
        late_days: How late, in the mean.
        role_dropout: The share of further people missing in the table of contacts.

    Raises:
        InputError: P04: an argument out of its bounds, all of them at once; knobs
            under which hardly any process becomes a deal.

    Example:
        >>> import attribution as at
        >>> simulation = at.simulate(200, seed=1)
        >>> sorted(simulation.deals["outcome"].unique())
        ['lost', 'open', 'won']
    """
    if type(deals) is not int or not 0 <= deals <= MOST_DEALS:
        remedy = f"Give a whole number of 0 to {MOST_DEALS}."
        raise refuse("P04", f"deals={deals!r} is no number of deals.", remedy)
    if type(seed) is not int or not 0 <= seed < 2**63:
        remedy = "Give a whole number of 0 to 2^63 - 1."
        raise refuse("P04", f"seed={seed!r} is no seed.", remedy)
    settings = Settings(
        begin=begin, span=span, weeks=weeks, channels=kinds(channels, Channel),
        segments=kinds(segments, Segment),
        advance=advance, loss=loss, intent=intent, intent_marketing=intent_marketing,
        intent_sales=intent_sales, engagement=engagement, follow_up=follow_up,
        carry=carry, synergy=synergy, outbound=outbound, recycled=recycled, reps=reps,
        skill=skill, campaigns=campaigns, committee=committee, amount=amount,
        amount_spread=amount_spread, amount_intent=amount_intent, currency=currency,
        lost_proposals=lost_proposals, missing_marketing=missing_marketing,
        missing_sales=missing_sales, late=late, late_days=late_days,
        role_dropout=role_dropout,
    )  # fmt: skip
    return Simulation(settings, seed, world_of(settings, seed, deals))
