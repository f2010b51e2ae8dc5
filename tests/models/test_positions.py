"""Positions and milestones: the library against plain fractions, deal by deal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import oracles
import oracles_of_rules as plain
import pytest
import strategies
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import DAY, Deal, Options, Touch
from oracles_of_rules import Stages
from strategies import START, Tables

import attribution as at
from attribution.models import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

    from attribution.journeys.journeys import Journeys

QUICK, SLOW = 25, 1000
"""Tables of a few deals, each under every model below: about 60 ms a table."""

DATED = ("lead", "sql", "opportunity")
LOOKBACK = 300 * DAY

W = {"first": 0.3, "lead": 0.3, "opportunity": 0.3}
FULL = dict.fromkeys(("first", "lead", "opportunity", "closed"), 0.225)
OWN = {"first": 0.1, "lead": 0.2, "sql": 0.15, "created": 0.05, "last": 0.25}
HOLDERS = {"lead": ("marketing",), "opportunity": ("call", "email"), "middle": ("ad",)}
SALES = {"first": ("sales",), "last": ("sales",)}
HALF_LIVES = {"sales": "3d", "ad": "1d", "*": "10d"}


@dataclass(frozen=True)
class Case:
    """One deal as the plain reference sees it; ``days``: its dates that are days."""

    touches: Sequence[Touch]
    deal: Deal
    days: frozenset[str]
    end: int

    @property
    def times(self) -> list[int]:
        return [touch.time for touch in self.touches]

    @property
    def channels(self) -> list[str]:
        return [touch.channel for touch in self.touches]


def positioned(*given: Any) -> Callable[[Case], list[Fraction]]:
    return lambda case: plain.position(case.times, *given)


def staged(*given: Any, **more: Any) -> Callable[[Case], list[Fraction]]:
    model = Stages(*given, **more)
    return lambda case: plain.milestone(case.touches, case.deal, model, [*case.days])


M = at.models
RATIONAL: dict[str, Callable[[Case], list[Fraction]]] = {
    M.Position(first=0.4, middle=0.2, last=0.4).label: positioned(0.4, 0.2, 0.4),
    M.Position(first=30, middle=20, last=50).label: positioned(30, 20, 50),
    M.Position(first=0, middle=0, last=1).label: positioned(0, 0, 1),
    M.Position(first=0, middle=1, last=0).label: positioned(0, 1, 0),
    M.UShaped(convention="adobe").label: positioned(0.4, 0.2, 0.4),
    M.UShaped(convention="posthog").label: positioned(0.4, 0.2, 0.4, "posthog"),
    M.UShaped(convention="hubspot").label: staged(
        {"first": 0.4, "lead": 0.4}, 0.2, cut=False
    ),
    M.UShaped(convention="marketo").label: staged({"first": 0.5, "lead": 0.5}),
    M.JShaped().label: positioned(0.2, 0.2, 0.6),
    M.InverseJ().label: positioned(0.6, 0.2, 0.2),
    M.WShaped().label: staged(W, 0.1),
    M.WShaped(convention="marketo").label: staged(W, 0.1, marketo=True),
    M.WShaped(holders=HOLDERS).label: staged(W, 0.1, HOLDERS),
    M.FullPath().label: staged(FULL, 0.1),
    M.FullPath(convention="marketo").label: staged(FULL, 0.1, marketo=True),
    M.Milestone(shares={**OWN, "middle": 0.25}).label: staged(OWN, 0.25),
    M.Milestone(shares={**OWN, "middle": 0.25}, convention="marketo").label: staged(
        OWN, 0.25, marketo=True
    ),
    M.Milestone(shares={"lead": 0.5, "sql": 0.5}).label: staged(
        {"lead": 0.5, "sql": 0.5}
    ),
    M.Milestone(shares={"lead": 60, "middle": 40}).label: staged({"lead": 60}, 40),
    M.Milestone(shares={"first": 0.5, "last": 0.5}, holders=SALES).label: staged(
        {"first": 0.5, "last": 0.5}, 0, SALES
    ),
    M.Custom(positions=[0.5, 0.2]).label: lambda one: plain.from_the_front(
        len(one.touches), [0.5, 0.2]
    ),
    M.Custom(positions=[0, 0, 60]).label: lambda one: plain.from_the_front(
        len(one.touches), [0, 0, 60]
    ),
    M.Custom(channels={"ad": 3, "call": 0.5, "*": 1}).label: lambda one: (
        plain.by_channel(one.channels, {"ad": 3, "call": 0.5, "*": 1})
    ),
    M.Custom(channels={"ad": 3, "call": 0.5}).label: lambda one: plain.by_channel(
        one.channels, {"ad": 3, "call": 0.5}
    ),
    M.LastTouch(skip=("ad", "email")).label: lambda one: plain.last_but(
        one.channels, ["ad", "email"]
    ),
    M.TimeDecay(convention="mta").label: lambda one: plain.decay_of_ranks(
        len(one.touches)
    ),
}
for convention in ("hubspot", "marketo", "dp6", "posthog"):
    RATIONAL[
        M.Position(first=0.3, middle=0.2, last=0.5, convention=convention).label
    ] = positioned(0.3, 0.2, 0.5, convention)

# Written as decimals sevenths are multiples of one of them, and so small integers.
SEVENTHS = (1 / 7, 2 / 7, 4 / 7)
UNEVEN = {"first": 1 / 7, "lead": 2 / 7, "opportunity": 3 / 7, "middle": 1 / 7}
STAGES = {name: share for name, share in UNEVEN.items() if name != "middle"}
RATIONAL |= {
    M.Position(first=1 / 7, middle=2 / 7, last=4 / 7).label: positioned(*SEVENTHS),
    M.Position(first=1 / 7, middle=2 / 7, last=4 / 7, convention="posthog").label: (
        positioned(*SEVENTHS, "posthog")
    ),
    M.Milestone(shares=UNEVEN).label: staged(STAGES, 1 / 7),
    M.Milestone(shares=UNEVEN, convention="marketo").label: staged(
        STAGES, 1 / 7, marketo=True
    ),
}

# Shares of so many decimals are handed on as floating point.
FINE = {"first": 0.1234567, "middle": 0.2345678, "last": 0.6419755}
FINE_STAGES = {"first": 0.1234567, "lead": 0.2345678, "opportunity": 0.3419755}

DECAYS: dict[str, Callable[[Case], list[Fraction]]] = {
    M.Position(**FINE).label: positioned(*FINE.values()),
    M.Milestone(shares={**FINE_STAGES, "middle": 0.3}).label: staged(FINE_STAGES, 0.3),
    M.TimeDecay(half_life=HALF_LIVES).label: lambda one: plain.decay_of_each(
        one.touches, one.end, {"sales": 3 * DAY, "ad": DAY, "*": 10 * DAY}
    ),
    M.TimeDecay(half_life={"marketing": "2d"}).label: lambda one: plain.decay_of_each(
        one.touches, one.end, {"marketing": 2 * DAY}
    ),
    M.TimeDecay(convention="dp6").label: lambda one: plain.decay_of_weeks(
        one.touches, one.end
    ),
    M.TimeDecay(convention="dp6", half_life="1d").label: lambda one: (
        plain.decay_of_weeks(one.touches, one.end, DAY)
    ),
    M.TimeDecay(convention="posthog").label: lambda one: plain.decay_of_window(
        one.touches, LOOKBACK
    ),
    M.TimeDecay(convention="rank").label: lambda one: plain.decay_of_halves(
        len(one.touches)
    ),
}


# ------------------------------------------------------------------ random journeys


def on_day(instant: int | None, *, end: bool) -> int | None:
    """Return the first or last microsecond of the day of an instant."""
    if instant is None:
        return None
    return instant // DAY * DAY + (DAY - 1 if end else 0)


@st.composite
def dated_deals(draw: st.DrawFn, days: frozenset[str]) -> tuple[Deal, ...]:
    """Deals with any of their dates missing and in any order, some known by the day."""
    names = strategies.DEAL_IDS[: draw(st.integers(1, 4))]
    stage = st.one_of(st.none(), strategies.instants())
    found = []
    for name in names:
        dates = {one: draw(stage) for one in DATED}
        ends = {k: on_day(v, end=True) if k in days else v for k, v in dates.items()}
        closed, created = START + 150 * DAY, draw(stage)
        outcome = draw(st.sampled_from(["won", "won", "lost", "open"]))
        found.append(
            Deal(
                name,
                amount=abs(draw(strategies.amounts())),
                outcome=outcome,
                closed_at=on_day(closed, end=True) if "closed" in days else closed,
                created_at=on_day(created, end=False) if "created" in days else created,
                milestones={k: v for k, v in ends.items() if v is not None},
            )
        )
    return tuple(found)


@st.composite
def staged_tables(draw: st.DrawFn) -> tuple[Tables, frozenset[str]]:
    """Tables of deals with milestones, and which of the dates are days."""
    choices = st.sampled_from((*DATED, "created", "closed"))
    days = draw(st.frozensets(choices))
    deals = draw(dated_deals(days))
    names = [deal.deal_id for deal in deals]
    touch = strategies.touches_with(
        draw(strategies.touch_ids()), deals=names, linked_by_deal_only=True
    )
    found = draw(st.lists(touch, max_size=16))
    return Tables(strategies.unrepeated(found), deals), days


def built(tables: Tables, days: frozenset[str], **options: Any) -> Journeys:
    """Return the library's journeys, the columns of ``days`` as days."""
    touches, deals, _ = tables.frames()
    for name in days:
        column = deals[f"{name}_at"]
        deals[f"{name}_at"] = [one and one[:10] for one in strategies.present(column)]
    given = {"start": "all", "lookback": "300d", **options}
    return at.build_journeys(touches, deals, **given)


def cases(tables: Tables, days: frozenset[str]) -> dict[str, Case]:
    """Return each deal with touches as the plain reference builds it."""
    options = Options(start="all", lookback=LOOKBACK)
    found = tables.built_plainly(options)
    deals = {deal.deal_id: deal for deal in tables.deals}
    return {
        name: Case(
            [replace(tables.touches[row], time=found.times[row, name]) for row in rows],
            deals[name],
            days,
            found.ends[name] or 0,
        )
        for name, rows in found.journeys.items()
        if rows
    }


def check(drawn: tuple[Tables, frozenset[str]]) -> None:
    """Assert that every model divides every deal as the plain one does."""
    tables, days = drawn
    journeys = built(tables, days)
    expected = cases(tables, days)
    # Milestone models refuse journeys without any; tests of bad input hold that.
    dated = any(deal.milestones for deal in tables.deals)
    models = {
        name: shares_of
        for name, shares_of in {**RATIONAL, **DECAYS}.items()
        if dated or "milestones" not in registry.parse(name).requires()
    }
    lines = at.attribute(journeys, list(models)).lines(of="pipeline")
    for (label, name), own in lines.groupby(["model", "deal_id"]):
        case = expected[str(name)]
        shares = models[str(label)](case)
        weights = own["weight"].tolist()
        assert weights == pytest.approx([float(one) for one in shares], abs=1e-9)
        given_as = shares if label in RATIONAL else weights
        credits = oracles.allocate(case.deal.amount, given_as)
        assert own["credit_minor"].tolist() == credits, (label, case)
    assert lines["deal_id"].nunique() == len(expected)


def test_shares_of_many_decimals_are_floating_point_and_sevenths_are_not() -> None:
    journeys = at.journeys_from_paths(["a > b > c"], wins=[1])
    fine, sevenths = (M.Position(**FINE), M.Position(*SEVENTHS))
    assert fine.weigh(journeys, None).dtype == np.float64
    assert sevenths.weigh(journeys, None).tolist() == [1, 2, 4]


@given(staged_tables())
@examples(QUICK)
def test_every_model_divides_every_deal_as_fractions_do(
    drawn: tuple[Tables, frozenset[str]],
) -> None:
    check(drawn)


@pytest.mark.slow
@given(staged_tables())
@settings(max_examples=SLOW)
def test_1000_tables_are_divided_as_fractions_do(
    drawn: tuple[Tables, frozenset[str]],
) -> None:
    check(drawn)
