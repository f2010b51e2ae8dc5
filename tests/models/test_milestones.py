"""Who holds a milestone: grace, days, limits, re-entry; and what is told of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from models.deals_at_hand import CLOSE, before, deal, path, weights

import attribution as at

HOUR = pd.Timedelta(hours=1)
TICK = pd.Timedelta(microseconds=1)
HALVES = at.models.Milestone(shares={"lead": 0.5, "last": 0.5})


def lead_holder(journeys: at.Journeys, **more: Any) -> int | None:
    """Return which touch holds the lead, counted from 0; None if there is none."""
    model = at.models.Milestone(shares={"lead": 1}, **more)
    shares = weights(journeys, model)
    return shares.index(1) if any(shares) else None


@pytest.mark.parametrize(
    ("lead", "holder"),
    [
        (before(1), 1),
        (before(1) - HOUR, 1),
        (before(1) - HOUR - TICK, 0),
        (before(2) - HOUR, 0),
        (before(2) - HOUR - TICK, None),
    ],
)
def test_a_holder_stands_at_or_before_the_milestone_and_an_hour(
    lead: pd.Timestamp, holder: int | None
) -> None:
    assert lead_holder(path(3, lead_at=lead)) == holder


@pytest.mark.parametrize(
    ("lead", "holder"), [("2026-05-30", 1), ("2026-05-29", 0), ("2026-05-28", None)]
)
def test_a_milestone_known_by_its_day_has_a_day_of_grace(
    lead: str, holder: int | None
) -> None:
    # Touches at noon of 30 and 31 May and 1 June; a day ends at midnight.
    assert lead_holder(path(3, lead_at=lead)) == holder


def test_a_touch_known_by_its_day_has_a_day_of_grace() -> None:
    lead = "2026-05-29T12:00:00Z"
    days = deal([("a", "2026-05-29"), ("b", "2026-05-30"), ("c", "2026-05-31")])
    assert not days.milestone_days["closed"].any()
    touches = [("a", "2026-05-29"), ("b", "2026-05-30"), ("c", "2026-05-31")]
    assert lead_holder(deal(touches, lead_at=lead)) == 1
    times = [(name, f"{day}T12:00:00Z") for name, day in touches]
    assert lead_holder(deal(times, lead_at=lead)) == 0


def test_a_deal_created_on_a_day_has_that_day() -> None:
    model = at.models.Milestone(shares={"created": 1})
    touches = [("a", "2026-05-29T23:00:00Z"), ("b", "2026-05-30T23:00:00Z")]
    assert weights(deal(touches, created_at="2026-05-29"), model) == [1, 0]
    instant = deal(touches, created_at="2026-05-29T21:59:59Z")
    assert weights(instant, model) == [0, 0]


def test_days_stay_known_in_parts_and_selections() -> None:
    lead = "2026-05-29T12:00:00Z"
    journeys = deal([("a", "2026-05-29"), ("b", "2026-05-30")], lead_at=lead)
    again = at.concat([journeys])
    for one in (again, journeys.select(journeys.deal_id == "d"), journeys.block(0, 1)):
        assert one.day.tolist() == [True, True]
        assert lead_holder(one) == 1
        assert set(one.milestone_days) == {
            "lead", "mql", "sal", "sql", "opportunity", "created", "closed",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "holder"),
    [
        ("sales", 2),
        (("call",), 0),
        (("call", "marketing"), 3),
        (("demo", "call"), 2),
        ("nobody", None),
    ],
)
def test_holders_are_teams_or_channels(names: Any, holder: int | None) -> None:
    touches = [("call", 4), ("mail", 3), ("demo", 2), ("ad", 1)]
    teams = {"call": "sales", "demo": "sales"}
    journeys = deal(touches, teams=teams, lead_at=CLOSE)
    assert lead_holder(journeys, holders={"lead": names}) == holder


def test_a_label_prints_the_holders() -> None:
    model = at.models.WShaped(holders={"opportunity": "sales", "lead": ("ad", "web")})
    assert model.label == "w_shaped:holders.lead=ad+web,holders.opportunity=sales"


def test_a_touch_after_the_opportunity_and_its_grace_takes_nothing() -> None:
    journeys = path(4, lead_at=before(3), opportunity_at=before(1) - HOUR)
    assert weights(journeys, "w_shaped") == [0.6, 0.1, 0.3, 0]
    assert "after that 0" in at.list_models()["w_shaped"].line


def test_a_touch_before_an_opportunity_that_others_may_hold_lies_between() -> None:
    touches = [("call", 4), ("mail", 3), ("ad", 2), ("ad", 1)]
    journeys = deal(touches, lead_at=before(4), opportunity_at=before(2))
    model = at.models.WShaped(holders={"opportunity": "mail"})
    assert weights(journeys, model) == [0.6, 0.3, 0.1, 0]


@pytest.mark.parametrize(
    ("dates", "shares"),
    [
        ({"opportunity_at": before(0)}, [0.45, 0.05, 0.05, 0.45]),
        ({"lead_at": before(2)}, [0.45, 0.45, 0.05, 0.05]),
    ],
)
def test_what_nobody_holds_goes_to_the_held_ones_in_proportion(
    dates: Any, shares: list[float]
) -> None:
    assert weights(path(4, **dates), "w_shaped") == pytest.approx(shares, abs=1e-15)


def test_no_holder_at_all_leaves_the_deal_to_those_between_or_to_nobody() -> None:
    journeys = path(2, lead_at=before(9))
    assert weights(journeys, "milestone:shares.lead=1") == [0, 0]
    frame = at.attribute(journeys, "milestone:shares.lead=1").by("team")
    assert frame["team"].iloc[-1] == "(unattributed: no weight)"
    assert frame["revenue"].tolist() == [0, 100]
    both = at.models.Milestone(shares={"lead": 0.4, "opportunity": 0.4, "middle": 0.2})
    assert weights(journeys, both) == [0.5, 0.5]


def test_a_stage_entered_again_counts_by_its_last_entry_or_its_first() -> None:
    journeys = path(3, lead_at=before(2), lead_last_at=before(1))
    assert lead_holder(journeys) == 1
    assert lead_holder(journeys, reentered="first") == 0
    assert journeys.deals()["lead_last_at"].tolist() == [before(1)]
    alone = path(3, lead_last_at=before(1), lead_at=pd.NaT)
    assert lead_holder(alone, reentered="first") == 1


def test_an_entry_after_as_of_is_not_there_yet() -> None:
    given = {"as_of": "2026-06-02T12:00:00Z"}
    late = CLOSE + pd.Timedelta(days=3)
    journeys = path(3, lead_at=before(2), lead_last_at=late, options=given)
    assert lead_holder(journeys) == 0


def test_an_open_deal_has_not_closed() -> None:
    touches = pd.DataFrame(
        {"deal_id": "d", "team": "sales", "channel": ["a", "b"],
         "time": [before(2), before(1)]}
    )  # fmt: skip
    deals = pd.DataFrame(
        {"deal_id": ["d"], "amount": [100], "outcome": ["open"],
         "closed_at": [CLOSE + pd.Timedelta(days=9)], "lead_at": [before(2)]}
    )  # fmt: skip
    journeys = at.build_journeys(touches, deals, currency="EUR")
    model = at.models.Milestone(shares={"first": 0.5, "closed": 0.5})
    lines = at.attribute(journeys, model).lines(of="open")
    assert lines["weight"].tolist() == [1, 0]


# ------------------------------------------------------------------- what is told


def told(journeys: at.Journeys, model: str) -> tuple[str, ...]:
    fitted = at.fit(journeys, model)
    return fitted.model.explain(journeys, fitted.params)


def test_a_ledger_says_who_holds_what_and_where_shares_went() -> None:
    touches = [("ad", 6), ("web", 5), ("call", 4), ("mail", 3), ("demo", 2), ("ad", 1)]
    journeys = deal(touches, lead_at=before(9), opportunity_at=before(3))
    assert told(journeys, "w_shaped") == (
        "First 30 %, lead 30 %, opportunity 30 %, the touches between 10 %.",
        (
            "Touch 1 (ad) holds first; touch 4 (mail) holds opportunity; "
            "touch 2 (web) and touch 3 (call) lie between."
        ),
        "No touch holds lead: 30 % go to the held positions in proportion.",
        "Touch 5 (demo) and touch 6 (ad) come after opportunity and take 0.",
    )
    assert told(journeys, "w_shaped:convention=marketo,holders.lead=call")[2:] == (
        "No touch holds lead: 30 % go to the holder of opportunity.",
        "Touch 5 (demo) and touch 6 (ad) come after opportunity and take 0.",
        "Only these may hold a position: lead: call.",
    )


def test_a_ledger_says_that_nothing_lies_between() -> None:
    journeys = path(2, lead_at=before(1), opportunity_at=before(0))
    assert told(journeys, "full_path")[2:] == (
        "No touch lies between: 10 % go to the positions in proportion.",
    )
    assert told(journeys, "full_path:convention=marketo")[2:] == (
        "No touch lies between: 10 % go to the positions evenly.",
    )
    assert told(journeys, "milestone:shares.sql=80,shares.middle=20")[2:] == (
        "No touch holds sql: 80 % go to the touches between.",
    )


def test_a_ledger_says_that_nobody_holds_anything() -> None:
    journeys = path(5, lead_at=before(9))
    said = told(journeys, "milestone:shares.lead=1")
    assert said[1:] == (
        "No touch holds a position.",
        "No touch holds lead: 100 % go to nobody.",
        "5 touches come after lead and take 0.",
    )


def test_deals_without_a_holder_are_counted_in_table_and_label() -> None:
    rows = pd.DataFrame(
        {"deal_id": ["d1", "d2", "d3"], "team": "sales", "channel": "call",
         "time": [before(1)] * 3}
    )  # fmt: skip
    deals = pd.DataFrame(
        {
            "deal_id": ["d1", "d2", "d3", "d4"],
            "amount": 1,
            "outcome": ["won", "won", "lost", "won"],
            "closed_at": CLOSE,
            "lead_at": [before(1), before(9), before(9), before(9)],
        }
    )
    journeys = at.build_journeys(rows, deals, currency="EUR")
    fitted = at.fit(journeys, "milestone:shares.first=0.5,shares.lead=0.5")
    assert fitted.table().to_dict("list") == {
        "position": ["first", "lead", "middle"],
        "deals": [3, 3, 3],
        "held": [3, 1, 0],
        "not_held": [0, 2, 3],
        "won": [2, 2, 2],
        "won_not_held": [0, 1, 2],
    }
    assert fitted.title == f"{fitted.label} [no holder: lead 1]"
    parts = [journeys.select(journeys.deal_id == name) for name in ("d1", "d2")]
    counts = [at.fit(part, fitted.model).counts for part in parts]
    assert counts[0] is not None
    assert counts[1] is not None
    assert fitted.model.solve(counts[0] + counts[1]) == fitted.params
    assert at.fit(parts[0], fitted.model).title == fitted.label


def test_a_rule_without_dates_counts_nothing() -> None:
    fitted = at.fit(path(3), "j_shaped")
    assert fitted.counts is None
    with pytest.raises(at.InputError, match="has no table"):
        fitted.table()


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("custom:positions=0.5", "order: 50 %; the other 2 share 50 % equally."),
        ("custom:positions=0.5+0.2+0.2", "50 %, 20 %, 20 %, made to sum to 100 %."),
        ("custom:positions=40+30+20+10", "with 3 touches these are made to sum"),
        ("custom:channels.t1=2,channels.t2=0.5", "t1 2, t2 0.5; a channel not named"),
        ("custom:table.3=0.5+0.25+0.25", "in order: 50 %, 25 %, 25 %."),
        ("u_shaped:convention=posthog", "two touches take a half each."),
        ("last_touch:skip=t3", "that is not t3 takes the whole deal; 1 later is"),
        ("last_touch:skip=t1+t2+t3", "all are t1 or t2 or t3."),
        ("time_decay:convention=dp6", "every whole 7 days of age."),
        ("time_decay:convention=mta", "3 touches weigh 1, 2, 3 … in their order."),
        ("time_decay:convention=rank", "3 touches weigh 1, 2, 4 … in their order."),
        ("time_decay:convention=posthog", "a quarter of the lookback."),
        ("time_decay:half_life.t1=3d", "t1 3 days, all others 7 days."),
    ],
)
def test_a_ledger_says_the_rule_with_this_deals_numbers(
    model: str, sentence: str
) -> None:
    journeys = path(3, options={"lookback": "40d"})
    assert any(sentence in one for one in told(journeys, model))


@pytest.mark.parametrize(
    ("model", "moves"),
    [
        ("time_decay", False),
        ("time_decay:convention=posthog", False),
        ("time_decay:convention=dp6", True),
        ("time_decay:half_life.sales=3d", True),
    ],
)
def test_a_ledger_warns_where_moving_the_close_moves_the_split(
    model: str, moves: bool
) -> None:
    journeys = path(3, options={"lookback": "40d"})
    text = repr(at.attribute(journeys, model).deal("d"))
    assert ("moves the split" in text) == moves
