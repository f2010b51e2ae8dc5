"""Synthetic business between companies: what holds of its mechanism and its tables."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import attribution as at
from attribution.analysis.simulation import records
from attribution.analysis.simulation.draws import CHUNK, draws_of
from attribution.analysis.simulation.mechanism import happen
from attribution.analysis.simulation.settings import (
    CHANNELS,
    Channel,
    Segment,
    Settings,
)
from attribution.analysis.simulation.weeks import MQL, OPPORTUNITY, SAL, WEEK
from attribution.analysis.simulation.world import world_of
from attribution.arrays.clock import DAY, MISSING

TABLES = ("touches", "deals", "leads", "contacts")
STAGES = ("lead_at", "mql_at", "sal_at", "opportunity_at", "closed_at")
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "simulation.md"


@pytest.fixture(scope="module")
def simulation() -> at.Simulation:
    return at.simulate(2_000, seed=5)


@pytest.fixture(scope="module")
def few() -> at.Simulation:
    return at.simulate(400, seed=5)


@pytest.fixture(scope="module")
def complete() -> at.Simulation:
    """Everything is tracked, logged in time, and linked."""
    return at.simulate(
        2_000, seed=5, missing_marketing=0, missing_sales=0, late=0, role_dropout=0
    )


def chunk(**knobs: Any) -> tuple[Settings, Any, Any]:
    settings = Settings(**knobs)
    return settings, *happen(settings, draws_of(settings, 3, 0))


def near(found: float, share: float, count: int) -> bool:
    """Whether a share found among ``count`` lies within five standard errors."""
    return abs(found - share) < 5 * math.sqrt(share * (1 - share) / count) + 1e-12


# ------------------------------------------------------------------ the same bytes


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    one, again, other = (at.simulate(500, seed=seed) for seed in (5, 5, 6))
    for name in TABLES:
        first, second, third = (getattr(each, name) for each in (one, again, other))
        assert second.to_csv() == first.to_csv()
        assert list(second.dtypes) == list(first.dtypes)
        assert third.to_csv() != first.to_csv()


@pytest.mark.slow
def test_more_deals_leave_those_already_there_as_they_are(
    few: at.Simulation,
) -> None:
    fewer = at.simulate(150, seed=5)
    assert len(fewer.deals) == 150
    for name in TABLES:
        part = getattr(fewer, name)
        whole = getattr(few, name).iloc[: len(part)]
        pd.testing.assert_frame_equal(part, whole)


@pytest.mark.slow
def test_deals_go_on_beyond_a_chunk_of_processes() -> None:
    simulation = at.simulate(6_000, seed=5)
    assert len(simulation.leads) > CHUNK
    assert len(simulation.deals) == len(simulation.journeys) == 6_000
    assert simulation.deals["deal_id"].is_unique
    assert simulation.leads["contact_id"].is_unique
    assert simulation.touches["touch_id"].is_unique


@pytest.mark.slow
@pytest.mark.parametrize(
    ("knobs", "touched"),
    [
        ({"amount": 5.0, "amount_spread": 0.1, "amount_intent": 0.0}, {"deals"}),
        ({"segments": (Segment("all", 1.0, 2.0),)}, {"deals"}),
        ({"currency": "JPY"}, {"deals"}),
        ({"role_dropout": 1.0}, {"contacts"}),
        ({"committee": 5.0}, {"contacts", "touches"}),
        ({"campaigns": 7}, {"touches"}),
        ({"missing_sales": 0.9}, {"touches"}),
        ({"late": 0.9}, {"touches"}),
        ({"late_days": 50.0}, {"touches"}),
        ({"lost_proposals": 0.0}, {"touches"}),
    ],
)
def test_a_knob_of_one_part_leaves_the_tables_of_others_as_they_are(
    few: at.Simulation, knobs: dict[str, Any], touched: set[str]
) -> None:
    other = at.simulate(400, seed=5, **knobs)
    changed = {
        name for name in TABLES if not getattr(few, name).equals(getattr(other, name))
    }
    assert changed == touched


@pytest.mark.slow
def test_what_is_lost_or_late_of_sales_leaves_marketings_touches_alone(
    few: at.Simulation,
) -> None:
    other = at.simulate(400, seed=5, missing_sales=0.7, late=0.5, late_days=30.0)

    def marketing(one: at.Simulation) -> pd.DataFrame:
        own = one.touches[one.touches["team"] == "marketing"]
        return own.drop(columns="touch_id").reset_index(drop=True)

    pd.testing.assert_frame_equal(marketing(few), marketing(other))


# ---------------------------------------------------------------------- the knobs


def test_every_knob_is_a_keyword_of_simulate_with_the_same_default() -> None:
    given = inspect.signature(at.simulate).parameters
    knobs = {one.name: one.default for one in dataclasses.fields(Settings)}
    assert list(given) == ["deals", "seed", *knobs]
    assert {name: given[name].default for name in knobs} == knobs


def test_every_knob_is_documented_with_its_default() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = inspect.getdoc(at.simulate) or ""
    for knob in dataclasses.fields(Settings):
        assert f"{knob.name}: " in told
        if knob.name not in {"channels", "segments"}:
            default = str(knob.default).strip("()")
            assert f"| `{knob.name}` | {default} |" in page, knob.name
    for channel in CHANNELS:
        row = f"| {channel.name} | {channel.team} | {channel.rate} | {channel.effect} |"
        assert row in page


@pytest.mark.slow
def test_shares_are_those_of_the_knobs() -> None:
    _, processes, _ = chunk(
        outbound=0.4, segments=(Segment("s", 0.7, 1.0), Segment("l", 0.3, 3.0)), reps=4
    )
    n = len(processes.segment)
    assert near(processes.beginning.outbound.mean(), 0.4, n)
    assert near((processes.segment == 1).mean(), 0.3, n)
    for rep in range(4):
        assert near((processes.beginning.rep == rep).mean(), 0.25, n)


@pytest.mark.slow
def test_what_nobody_tracked_or_logged_is_missing_in_its_share(
    complete: at.Simulation,
) -> None:
    holes = at.simulate(2_000, seed=5, missing_marketing=0.3, missing_sales=0.6, late=0)
    every = complete.touches["team"].value_counts()
    left = holes.touches["team"].value_counts()
    for team, share in (("marketing", 0.7), ("sales", 0.4)):
        assert near(left[team] / every[team], share, int(every[team]))


@pytest.mark.slow
def test_a_touch_of_sales_logged_late_bears_a_later_time() -> None:
    settings = Settings(missing_marketing=0, missing_sales=0, late=0.0)
    world = world_of(settings, 5, 500)
    long = dataclasses.replace(settings, span=900)  # nothing is logged after the end
    late = dataclasses.replace(long, late=0.4, late_days=4.0)
    known, logged = (
        pd.DataFrame(records.touch_columns(one, world)) for one in (long, late)
    )
    delay = (logged["time"] - known["time"]) / pd.Timedelta(days=1)
    sales = known["team"] == "sales"
    assert (delay[~sales] == 0).all()
    assert (delay >= 0).all()
    own = delay[sales & (delay > 0)]
    assert near(len(own) / sales.sum(), 0.4, int(sales.sum()))
    assert abs(own.mean() - 4) < 5 * 4 / math.sqrt(len(own))


@pytest.mark.slow
def test_amounts_are_lognormal_around_the_median_of_the_knob() -> None:
    one = (Segment("all", 1.0, 1.0),)
    _, processes, _ = chunk(
        segments=one, amount=500.0, amount_spread=0.4, amount_intent=0.0
    )
    log = np.log(processes.amount / 100)
    assert abs(np.median(log) - math.log(500)) < 0.03
    assert abs(log.std() - 0.4) < 0.02
    _, tilted, _ = chunk(segments=one, amount_spread=0.0, amount_intent=0.5)
    hot = draws_of(Settings(), 3, 0).buyer > 0
    assert tilted.amount[hot].min() > tilted.amount[~hot].max()
    assert np.all(at.simulate(50, currency="JPY").deals["amount"] % 1 == 0)


@pytest.mark.slow
def test_the_log_odds_of_advancing_and_the_losses_decide_who_wins() -> None:
    def won(**knobs: Any) -> float:
        outcome = at.simulate(1_000, seed=2, **knobs).deals["outcome"]
        return float((outcome == "won").mean())

    base = won()
    assert won(advance=(-2.2, -1.3, -2.0, -2.0)) > base + 0.1
    assert won(loss=(0.06, 0.07, 0.05, 0.5)) < base - 0.1
    assert won(synergy=2.0) > base
    assert won(skill=0.0) != base


# ------------------------------------------------------------------- the mechanism


@pytest.mark.slow
def test_stages_come_in_their_order_and_sales_own_leads_skip_one(
    simulation: at.Simulation,
) -> None:
    deals = simulation.deals
    outbound = deals["declared_source"] == "outbound"
    assert outbound.any()
    assert deals.loc[outbound, "mql_at"].isna().all()
    assert deals.loc[~outbound, "mql_at"].notna().all()
    dated = deals[list(STAGES)].ffill(axis=1)
    for earlier, later in itertools.pairwise(STAGES):
        assert (dated[earlier] <= dated[later]).all()
    assert (deals["created_at"] == deals["opportunity_at"]).all()


@pytest.mark.slow
def test_won_lost_and_open_deals_are_told_apart_by_the_end_of_the_data(
    simulation: at.Simulation,
) -> None:
    end = pd.Timestamp(simulation.as_of)
    outcome = simulation.deals["outcome"]
    assert set(outcome) == {"won", "lost", "open"}
    assert (simulation.deals.loc[outcome != "open", "closed_at"] <= end).all()
    expected = simulation.deals.loc[outcome == "open", "closed_at"]
    assert (expected < end).any()
    assert (expected > end).any()


@pytest.mark.slow
def test_touches_lie_within_their_process_and_before_its_end() -> None:
    settings, processes, touches = chunk()
    own = touches.process
    assert (touches.time >= processes.beginning.start[own]).all()
    over = processes.outcome[own] >= 0
    assert (touches.time[over] < processes.closed_at[own][over]).all()
    assert (touches.time <= settings.as_of).all()
    order = np.lexsort((touches.channel, touches.time, own))
    assert (order == np.arange(len(own))).all()


@pytest.mark.slow
def test_every_process_begins_with_the_touch_that_is_its_source() -> None:
    _, processes, touches = chunk()
    first = np.flatnonzero(np.diff(touches.process, prepend=-1))
    assert len(first) == len(processes.amount)
    assert (touches.time[first] == processes.beginning.start).all()
    assert (touches.channel[first] == processes.beginning.source).all()


@pytest.mark.slow
def test_a_channel_is_used_from_its_stage_on() -> None:
    settings, processes, touches = chunk(outbound=0.0)
    for code, channel in enumerate(settings.channels):
        stage = {"mql": MQL, "sal": SAL}.get(channel.stage, 0)
        own = touches.channel == code
        reached = processes.reached[stage][touches.process[own]]
        assert (reached != MISSING).all() or stage == 0
        assert (touches.time[own] >= reached).all() or stage == 0


@pytest.mark.slow
def test_a_marketing_touch_brings_about_a_call_in_the_same_week() -> None:
    channels = (
        Channel("ads", "marketing", 0.3, 0.1),
        Channel("call", "sales", 0.0, 0.1, "mql"),
    )
    for follow_up in (0.0, 0.6, 1.0):
        _, processes, touches = chunk(
            channels=channels, outbound=0.0, follow_up=follow_up,
            intent_marketing=0.0, lost_proposals=0.0,
        )  # fmt: skip
        calls = touches.channel == 1
        assert touches.caused[calls].all()
        assert not touches.caused[~calls].any()
        week = (touches.time - processes.beginning.start[touches.process]) // WEEK
        key = touches.process * 1000 + week
        ads = touches.channel == 0
        first = dict(zip(key[ads][::-1], touches.time[ads][::-1], strict=True))
        for cell, time in zip(key[calls], touches.time[calls], strict=True):
            assert first[cell] <= time
        late = week >= 1
        began = processes.beginning.start[touches.process] + week * WEEK
        mql = processes.reached[MQL][touches.process]
        able = ads & late & (mql != MISSING) & (mql < began)
        share = np.isin(key[able], key[calls]).mean()
        assert near(share, follow_up, int(able.sum()))


@pytest.mark.slow
def test_sales_works_harder_where_the_buyer_is_engaged_or_hot() -> None:
    def sales(**knobs: Any) -> tuple[int, float]:
        """Return sales' touches, and their excess on buyers of high intent."""
        settings, _, touches = chunk(
            follow_up=0.0, intent=0.0, carry=0.9, synergy=0.0, skill=0.0,
            channels=tuple(one._replace(effect=0.0) for one in CHANNELS), **knobs,
        )  # fmt: skip
        weekly = touches.channel < len(settings.channels)
        own = weekly & (touches.channel >= 5)
        hot = draws_of(settings, 3, 0).buyer > 0
        count = np.bincount(touches.process[own], minlength=CHUNK)
        return int(own.sum()), float(count[hot].mean() / count[~hot].mean())

    cold, even = sales(engagement=0.0, intent_sales=0.0, intent_marketing=0.0)
    engaged, _ = sales(engagement=0.5, intent_sales=0.0, intent_marketing=0.0)
    _, targeted = sales(engagement=0.0, intent_sales=0.6, intent_marketing=0.0)
    assert engaged > 1.1 * cold
    assert 0.9 < even < 1.1
    assert targeted > 1.4


@pytest.mark.slow
def test_refused_leads_come_back_in_their_share() -> None:
    for recycled in (0.0, 0.5, 1.0):
        _, processes, _ = chunk(recycled=recycled, loss=(0.0, 0.3, 0.0, 0.0), span=200)
        refused = processes.rejected != MISSING
        again = refused & (processes.reached[SAL] > processes.rejected)
        lost = refused & (processes.closed_at == processes.rejected)
        assert not (again & lost).any()
        assert (again.sum() == 0) == (recycled == 0.0)
        assert lost.sum() > 0
        assert (processes.reached[MQL][refused] < processes.rejected[refused]).all()


# ----------------------------------------------------------------------- the tables


@pytest.mark.slow
def test_process_steps_come_shortly_before_the_close(complete: at.Simulation) -> None:
    touches = complete.touches.merge(
        complete.deals[["deal_id", "outcome", "opportunity_at", "closed_at"]], "left"
    )
    steps = touches[touches["channel"].isin(["proposal", "contract"])]
    assert set(steps["outcome"]) == {"won", "lost"}
    assert (steps["time"] > steps["opportunity_at"]).all()
    assert (steps["time"] < steps["closed_at"]).all()
    assert (steps["closed_at"] - steps["time"] <= pd.Timedelta(days=14)).all()
    times = steps.pivot_table(
        values="time", index="deal_id", columns="channel", aggfunc="min"
    )
    outcome = complete.deals.set_index("deal_id")["outcome"]
    won = outcome.index[outcome == "won"]
    assert set(times.index[times["contract"].notna()]) == set(won)
    assert (times.loc[won, "proposal"] < times.loc[won, "contract"]).all()
    lost = outcome.index[outcome == "lost"]
    assert near(times.index.isin(lost).sum() / len(lost), 0.5, len(lost))


@pytest.mark.slow
def test_only_touches_logged_late_lie_after_the_close(
    complete: at.Simulation, simulation: at.Simulation
) -> None:
    assert "T06" not in set(complete.journeys.issues["code"])
    late = simulation.journeys.issues.set_index("code").loc["T06"]
    assert "marketing" not in late["what"]
    assert 0 < late["rows"] < 0.05 * len(simulation.touches)


def test_journeys_are_built_without_a_fault(
    simulation: at.Simulation, complete: at.Simulation
) -> None:
    for one in (simulation, complete):
        journeys = one.journeys
        assert len(journeys) == 2_000
        assert set(journeys.issues["severity"]) <= {"set aside", "note"}
        assert set(journeys.set_aside()["code"]) <= {"J01", "T06", "T17"}
        assert journeys.process.any()
    assert (np.diff(complete.journeys.offsets) > 0).all()
    assert (np.diff(simulation.journeys.offsets) > 0).mean() > 0.95


def test_with_all_recorded_each_touch_is_in_the_journey_of_its_process(
    complete: at.Simulation,
) -> None:
    frame = complete.journeys.to_frame()
    world = complete.world
    deal = world.deal[world.touches.process]
    assert len(frame) == (deal >= 0).sum()
    found = frame.sort_values("touch_id")
    own = np.flatnonzero(deal >= 0)
    assert found["touch_id"].tolist() == own.tolist()
    expected = records.numbered("D", deal[own])
    assert found["deal_id"].tolist() == expected.tolist()


def test_columns_belong_to_their_teams(simulation: at.Simulation) -> None:
    touches = simulation.touches
    sales = touches["team"] == "sales"
    assert touches["rep"].notna().equals(sales)
    assert touches["account_id"].notna().equals(sales)
    assert touches["campaign"].notna().equals(~sales)
    assert touches["contact_id"].notna().all()
    assert touches.loc[~sales, "deal_id"].isna().all()
    assert touches.loc[sales, "deal_id"].notna().any()
    assert set(touches["channel"]) == {
        *(one.name for one in CHANNELS), "proposal", "contract",
    }  # fmt: skip
    assert touches["campaign"].nunique() == 3 * 5
    assert touches["rep"].nunique() == 12


def test_times_are_whole_seconds_within_the_data(simulation: at.Simulation) -> None:
    times = simulation.touches["time"]
    assert times.min() >= pd.Timestamp("2025-01-06T00:00Z")
    assert times.max() <= pd.Timestamp(simulation.as_of)
    for column in (times, *(simulation.deals[name].dropna() for name in STAGES)):
        assert (column == column.dt.floor("s")).all()


def test_leads_fit_the_deals_and_the_funnel(simulation: at.Simulation) -> None:
    leads, deals = simulation.leads, simulation.deals
    assert set(leads["deal_id"].dropna()) == set(deals["deal_id"])
    assert leads["reason"].notna().equals(leads["rejected_at"].notna())
    assert set(leads["reason"].dropna()) == set(records.REASONS)
    found = at.funnel(leads, simulation.touches, deals=deals, as_of=simulation.as_of)
    assert set(found.issues["code"]) <= {"H03", "J01"}
    (row,) = found.frame().to_dict("records")
    outbound = leads["team"] == "sales"
    assert row["leads"] == len(leads)
    assert row["handed_over"] == leads["mql_at"].notna().sum()
    assert row["became_deal"] == (leads["deal_id"].notna() & ~outbound).sum()
    assert row["skipped"] == outbound.sum()
    assert row["recycled"] > 0


@pytest.mark.slow
def test_committees_have_their_mean_size_and_lose_people_in_their_share(
    complete: at.Simulation,
) -> None:
    size = complete.contacts.groupby("deal_id").size()
    assert abs(size.mean() - 2.5) < 0.15
    holes = at.simulate(2_000, seed=5, role_dropout=0.4)
    further = len(complete.contacts) - 2_000
    assert near((len(holes.contacts) - 2_000) / further, 0.6, further)
    assert holes.contacts["deal_id"].nunique() == 2_000


def test_a_simulation_says_that_it_is_made_up(simulation: at.Simulation) -> None:
    assert repr(simulation).startswith("Simulation(seed=5): 2,000 deals (")
    assert repr(simulation).endswith("made up, not observed.")
    assert simulation.as_of == "2026-01-05T00:00:00Z"


def test_no_deals_at_all_are_empty_tables_of_the_same_columns(
    simulation: at.Simulation,
) -> None:
    empty = at.simulate(0)
    for name in TABLES:
        assert list(getattr(empty, name)) == list(getattr(simulation, name))
        assert len(getattr(empty, name)) == 0
    assert len(empty.journeys) == 0


# ------------------------------------------------------------------------ bad knobs


def test_P04_all_knobs_out_of_bounds_are_told_at_once() -> None:
    wrong: dict[str, Any] = {
        "begin": "soon", "span": 0, "weeks": 2.5, "channels": (), "segments": "big",
        "advance": (0.0, 1.0), "loss": (0.1, 0.1, 0.1, 1.5), "intent": math.nan,
        "follow_up": 1.5, "reps": True, "committee": 0.5, "amount": -1.0,
        "currency": "EURO", "late": "often", "missing_sales": -0.1,
    }  # fmt: skip
    with pytest.raises(at.InputError) as caught:
        at.simulate(10, **wrong)
    assert {(one.code, one.table) for one in caught.value.issues} == {
        ("P04", name) for name in wrong
    }
    assert all(one.remedy for one in caught.value.issues)


CALL = Channel("call", "sales", 0.1, 0.1)
ADS = Channel("ads", "marketing", 0.1, 0.1)


@pytest.mark.parametrize(
    "knobs",
    [
        {"deals": -1},
        {"deals": 2.0},
        {"seed": -1},
        {"seed": None},
        {"begin": "2025-01-06T00:00:00Z"},
        {"begin": "2199-06-01"},
        {"channels": (CALL,)},
        {"channels": (CALL, ADS, ADS)},
        {"channels": (CALL, ADS._replace(rate=2.0))},
        {"channels": (CALL, ADS._replace(effect=math.inf))},
        {"channels": (CALL, ADS._replace(stage="won"))},
        {"channels": (CALL, ADS._replace(team="partner"))},
        {"channels": [CALL, ("ads", "marketing", 0.1)]},
        {"channels": [CALL, "ads"]},
        {"segments": (Segment("a", 0.5, 1.0),)},
        {"segments": (Segment("a", 1.0, -1.0),)},
        {"advance": [0.0] * 4},
        {"advance": (-50.0, -50.0, -50.0, 0.0), "outbound": 0.0},
    ],
)
def test_P04_a_knob_that_is_none_is_refused(knobs: dict[str, Any]) -> None:
    with pytest.raises(at.InputError) as caught:
        at.simulate(**{"deals": 300, **knobs})
    assert [one.code for one in caught.value.issues] == ["P04"]


@pytest.mark.slow
def test_channels_and_segments_may_be_plain_tuples() -> None:
    plain = at.simulate(
        60, channels=[tuple(one) for one in CHANNELS], segments=[("all", 1, 1)]
    )
    named = at.simulate(60, segments=(Segment("all", 1.0, 1.0),))
    assert plain.settings.channels == CHANNELS
    assert plain.deals.equals(named.deals)


def test_a_day_is_the_unit_of_the_begin() -> None:
    settings = Settings(begin="2024-02-29", span=2)
    assert settings.as_of - settings.start == 14 * DAY
    assert OPPORTUNITY == 3
