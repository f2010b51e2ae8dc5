"""``returns``: credit beside what was spent, to the unit."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import oracles_of_analysis as oracles
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.errors import InputError

if TYPE_CHECKING:
    from attribution.credit.results import Credits

TOUCHES = """\
deal_id,time,team,channel,campaign,rep,cost,account_id
D1,2026-01-10T00:00:00Z,marketing,ad,spring,,10,
D1,2026-02-10T00:00:00Z,sales,call,,Ana,2.50,
D2,2026-03-10T00:00:00Z,marketing,ad,winter,,10,
L1,2026-03-11T00:00:00Z,sales,call,,Bo,2.50,
,2026-03-12T00:00:00Z,sales,demo,,Bo,7,A
"""
DEALS = """\
deal_id,amount,currency,outcome,closed_at,account_id
D1,100,EUR,won,2026-03-31T00:00:00Z,A
D2,60,EUR,won,2026-04-30T00:00:00Z,A
D3,5,EUR,won,2026-04-30T00:00:00Z,
L1,40,EUR,lost,2026-04-01T00:00:00Z,
"""
NO_TOUCH = "(unattributed: no touch linked)"


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str)


def made(models: Any = "first_touch", deals: str = DEALS, **options: Any) -> Credits:
    journeys = at.build_journeys(
        frame_of(TOUCHES), frame_of(deals), start="all", **options
    )
    return at.attribute(journeys, models)


def costs(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def rows(frame: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    picked = frame[list(names)].astype(object)
    picked = picked.where(picked.notna(), None)
    return list(picked.itertuples(index=False, name=None))


def test_credit_and_cost_meet_by_label_and_both_add_up() -> None:
    spent = costs(channel=["ad", "billboard", "ad"], cost=["20", "3.01", "0.5"])
    found = at.returns(made(), spent)
    assert list(found.columns) == [
        "model", "channel", "credited", "cost", "currency", "credited_per_cost",
        "break_even_increment", "sentence",
    ]  # fmt: skip
    names = ("channel", "credited", "cost", "credited_per_cost", "break_even_increment")
    assert rows(found, *names) == [
        ("ad", 160.0, 20.5, 160 / 20.5, 20.5 / 160),
        ("billboard", 0.0, 3.01, 0.0, None),
        ("call", 0.0, 0.0, None, None),
        ("demo", 0.0, 0.0, None, None),
        (NO_TOUCH, 5.0, 0.0, None, None),
    ]
    minor = at.returns(made(), spent, minor=True)
    assert minor[["credited_minor", "cost_minor"]].sum().tolist() == [16500, 2351]


def test_the_sentence_says_what_must_be_so_for_it_to_pay() -> None:
    spent = costs(channel=["ad", "call", "fair"], cost=[28.8, 1, 1])
    found = at.returns(made(), spent)
    told = dict(rows(found, "channel", "sentence"))
    assert told["ad"] == (
        "Pays if at least 18 % of its credit would not have come without it."
    )
    assert told["fair"] == "Has a cost and no credit: under this model it does not pay."
    assert told[NO_TOUCH] == "No touch can take it."
    assert told["demo"] == "Has no cost here."
    dear = at.returns(made(), costs(channel=["ad"], cost=[161]))
    assert dear["sentence"][0].startswith("Does not pay, even if none of its credit")


def test_a_percent_is_never_rounded_down() -> None:
    found = at.returns(made(), costs(channel=["ad"], cost=[28.81]))
    assert "18.1 %" in found["sentence"][0]


def test_the_margin_divides_what_must_be_earned() -> None:
    found = at.returns(made(), costs(channel=["ad"], cost=[16]), margin=0.2)
    assert found["break_even_increment"][0] == 16 / (16000 * 0.2) * 100


def test_every_model_has_its_rows() -> None:
    found = at.returns(
        made(["first_touch", "linear"]), costs(team=["Sales"], cost=[10]), minor=True
    )
    assert rows(found, "model", "team", "credited_minor", "cost_minor") == [
        ("first_touch", "marketing", 16000, 0),
        ("first_touch", "sales", 0, 1000),
        ("first_touch", NO_TOUCH, 500, 0),
        ("linear", "sales", 9666, 1000),
        ("linear", "marketing", 6334, 0),
        ("linear", NO_TOUCH, 500, 0),
    ]


def test_periods_are_those_of_the_close_and_of_the_costs() -> None:
    spent = costs(
        channel=["ad"] * 3, cost=[1, 2, 4], period=["2026-03", "2026-04-15", "2026-05"]
    )
    month = at.returns(made(), spent, period="month", minor=True)
    ads = month[month["channel"] == "ad"]
    assert rows(ads, "period", "credited_minor", "cost_minor") == [
        ("2026-03", 10000, 100),
        ("2026-04", 6000, 200),
        ("2026-05", 0, 400),
    ]
    quarter = at.returns(made(), spent, period="quarter", minor=True)
    ads = quarter[quarter["channel"] == "ad"]
    assert rows(ads, "period", "credited_minor", "cost_minor") == [
        ("2026-Q1", 10000, 100),
        ("2026-Q2", 6000, 600),
    ]
    whole = at.returns(made(), spent, minor=True)
    assert whole["cost_minor"].sum() == 700


@pytest.mark.parametrize(
    "period",
    [
        pd.to_datetime(["2026-03-31", None]),
        pd.to_datetime(["2026-03-31T23:30:00Z", None]),
        pd.Series(["2026-Q1", None]),
    ],
)
def test_a_period_can_be_a_day_an_instant_or_missing(period: Any) -> None:
    spent = costs(cost=[1, 2], period=period)
    found = at.returns(made(), spent, period="quarter", minor=True)
    assert rows(found, "period", "credited_minor", "cost_minor") == [
        ("(none)", 0, 200),
        ("2026-Q1", 10000, 100),
        ("2026-Q2", 6000, 0),
    ]


def test_a_period_can_be_a_date() -> None:
    spent = pl.DataFrame({"cost": [1], "period": [dt.date(2026, 3, 31)]})
    found = at.returns(made(), spent, period="month", minor=True)
    assert ("2026-03", 10000, 100) in rows(
        found, "period", "credited_minor", "cost_minor"
    )


def test_ties_of_conversion_go_to_the_first_label_in_any_order_of_rows() -> None:
    for order in ([0, 1], [1, 0]):
        spent = costs(channel=["x", "y"], cost=["0.01"] * 2, currency="USD")
        found = at.returns(made(), spent.iloc[order], rates={"USD": 0.5}, minor=True)
        told = dict(rows(found, "channel", "cost_minor"))
        assert (told["x"], told["y"]) == (1, 0)


def test_an_instant_lies_in_the_period_of_the_time_zone() -> None:
    spent = costs(cost=[1], period=pd.to_datetime(["2026-03-31T23:30:00Z"]))
    found = at.returns(made(tz="Europe/Berlin"), spent, period="month", minor=True)
    assert ("2026-04", 100) in rows(found, "period", "cost_minor")


def test_costs_of_touches_count_each_row_once_whatever_became_of_the_deal() -> None:
    found = at.returns(made(), "touches", minor=True)
    assert rows(found, "team", "channel", "cost_minor") == [
        ("marketing", "ad", 2000),
        ("sales", "demo", 700),
        ("sales", "call", 500),
        (NO_TOUCH, NO_TOUCH, 0),
    ]
    by_rep = at.returns(made(), "touches", by="rep", period="month", minor=True)
    told = [row for row in rows(by_rep, "period", "rep", "cost_minor") if row[2]]
    assert told == [
        ("2026-01", "(none)", 1000),
        ("2026-02", "Ana", 250),
        ("2026-03", "(none)", 1000),
        ("2026-03", "Bo", 950),
    ]


def test_touches_of_other_ids_are_other_touches() -> None:
    touches = frame_of(TOUCHES).assign(touch_id=["t1", "t2", "t3", "t4", "t5"])
    journeys = at.build_journeys(touches, frame_of(DEALS), start="all")
    found = at.returns(at.attribute(journeys, "linear"), "touches", minor=True)
    plain = at.returns(made("linear"), "touches", minor=True)
    pd.testing.assert_frame_equal(found, plain)


def test_costs_of_touches_stay_the_same_when_parts_are_joined() -> None:
    journeys = made(as_of="2026-06-01").journeys
    won = journeys.outcome == 1
    whole = at.concat([journeys.select(won), journeys.select(~won)])
    tables = [
        at.returns(at.attribute(one, "linear"), "touches") for one in (journeys, whole)
    ]
    pd.testing.assert_frame_equal(*tables)


def test_costs_in_another_currency_need_a_rate() -> None:
    spent = costs(channel=["ad", "ad"], cost=[10, 5], currency=["USD", "EUR"])
    found = at.returns(made(), spent, rates={"USD": 0.92}, minor=True)
    assert rows(found[:1], "cost_minor", "currency") == [(920 + 500, "EUR")]
    yen = costs(channel=["ad"], cost=[1000], currency=["JPY"])
    exact = at.returns(made(), yen, rates={"JPY": Decimal("0.0061")}, minor=True)
    assert exact["cost_minor"][0] == 610
    rates: Any = {"JPY": np.float32(0.0061)}
    single = at.returns(made(), yen, rates=rates, minor=True)
    assert single["cost_minor"][0] == 610
    third = at.returns(made(), yen, rates={"JPY": Fraction(1, 300)}, minor=True)
    assert third["cost_minor"][0] == 333


TWO = DEALS.replace("D2,60,EUR", "D2,60,USD")


def test_deals_in_two_currencies_meet_the_costs_in_their_own() -> None:
    spent = costs(channel=["ad", "ad"], cost=[10, 5], currency=["USD", "EUR"])
    found = at.returns(made(deals=TWO, currency="EUR"), spent)
    ads = found[found["channel"] == "ad"]
    assert rows(ads, "currency", "credited", "cost") == [
        ("EUR", 100.0, 5.0),
        ("USD", 60.0, 10.0),
    ]
    one = at.returns(
        made(deals=TWO, currency="EUR"), spent, currency="EUR", rates={"USD": 2}
    )
    assert set(one["currency"]) == {"EUR"}
    assert rows(one[:1], "channel", "cost") == [("ad", 25.0)]


@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=6),
    st.fractions(Fraction(1, 1000), 1000, max_denominator=1009),
)
def test_conversion_is_exact_and_divided_by_largest_remainder(
    minor: list[int], rate: Fraction
) -> None:
    labels = [f"c{at}" for at in range(len(minor))]
    spent = costs(
        channel=labels, cost=[Decimal(one).scaleb(-2) for one in minor], currency="USD"
    )
    found = at.returns(made(), spent, rates={"USD": rate}, minor=True)
    cells = dict(zip(labels, minor, strict=True))
    own = dict(rows(found[found["channel"].isin(labels)], "channel", "cost_minor"))
    assert own == oracles.converted(cells, rate)
    assert found["cost_minor"].sum() == round(sum(minor) * rate)


@pytest.mark.slow
@given(st.permutations(range(5)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    spent = costs(
        channel=["ad", "x", "ad", "y", "x"],
        cost=["1.01", "2.07", "3.33", "4", "5"],
        currency=["USD", "USD", "EUR", "USD", "EUR"],
    )
    plain = at.returns(made("linear"), spent, rates={"USD": 0.9137})
    moved = at.returns(made("linear"), spent.iloc[order], rates={"USD": 0.9137})
    pd.testing.assert_frame_equal(plain, moved)


def test_no_costs_and_no_deals_give_rows_of_the_other() -> None:
    credits = made()
    nothing = at.returns(credits, costs(channel=pd.Series([], dtype=str), cost=[]))
    assert nothing["cost"].sum() == 0
    assert nothing["credited"].sum() == 165.0
    none = credits.journeys.select(np.zeros(len(credits.journeys), bool))
    lonely = at.returns(at.attribute(none, "linear"), costs(channel=["ad"], cost=[1]))
    assert rows(lonely, "channel", "credited", "cost") == [("ad", 0.0, 1.0)]
    empty = at.build_journeys(frame_of(TOUCHES), frame_of(DEALS)[:0])
    assert at.returns(at.attribute(empty, "linear"), "touches").empty
    with pytest.raises(InputError, match="the deals in none"):
        at.returns(at.attribute(empty, "linear"), spent_in_euros())


def spent_in_euros() -> pd.DataFrame:
    return costs(channel=["ad"], cost=[1], currency=["EUR"])


def test_costs_without_a_currency_are_in_that_of_paths() -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
    found = at.returns(at.attribute(paths, "linear"), costs(channel=["a"], cost=[1]))
    assert rows(found[:1], "currency", "credited_per_cost") == [("XXX", 5.0)]
    with pytest.raises(InputError, match="has no column cost"):
        at.returns(at.attribute(paths, "linear"), "touches")


FAULTS: list[tuple[Any, dict[str, Any], str]] = [
    (costs(channel=["ad"]), {}, "S01"),
    (costs(cost=[1]), {}, "S01"),
    (costs(channel=["ad"], cost=[1]), {"period": "month"}, "S01"),
    (costs(channel=["ad"], cost=[1]), {"by": "campaign"}, "S01"),
    ([1], {}, "S05"),
    ("touch", {}, "S05"),
    (costs(channel=["ad"], cost=[-1]), {}, "M03"),
    (costs(channel=["ad"], cost=[None]), {}, "M01"),
    (costs(channel=["ad"], cost=[0.001]), {}, "M04"),
    (costs(channel=["ad"], cost=["1,000"]), {}, "M09"),
    (costs(channel=["ad"], cost=[1], currency=["Euro"]), {}, "M06"),
    (costs(channel=["ad"], cost=[1], period=["March"]), {"period": "month"}, "T10"),
    (costs(channel=["ad"], cost=[1], period=["2026-Q1"]), {"period": "month"}, "T10"),
    (costs(channel=["ad"], cost=[1]), {"period": "week"}, "P04"),
    (costs(channel=["ad"], cost=[1]), {"margin": 0}, "P04"),
    (costs(channel=["ad"], cost=[1]), {"margin": 1.5}, "P04"),
    (costs(channel=["ad"], cost=[1]), {"margin": float("nan")}, "P04"),
    (costs(channel=["ad"], cost=[1]), {"margin": True}, "P04"),
    (costs(channel=["ad"], cost=[1]), {"currency": "USD"}, "P04"),
    ("touches", {"by": "contact"}, "P09"),
    ("touches", {"by": "chanel"}, "P09"),
    (costs(contact=["x"], cost=[1]), {"by": "contact"}, "P09"),
    (
        costs(channel=["ad"], cost=[10**13], currency=["USD"]),
        {"rates": {"USD": 9}},
        "M08",
    ),
]


@pytest.mark.parametrize(("given", "options", "code"), FAULTS)
def test_what_it_cannot_read_is_an_error(
    given: Any, options: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as caught:
        at.returns(made(), given, **options)
    assert {one.code for one in caught.value.issues} == {code}


def test_all_faults_of_costs_are_told_at_once() -> None:
    spent = costs(channel=["ad", "x"], cost=[-1, None], currency=["?", "EUR"])
    with pytest.raises(InputError) as caught:
        at.returns(made(), spent)
    assert {one.code for one in caught.value.issues} == {"M01", "M03", "M06"}


def test_what_is_no_credits_is_an_error_of_kind() -> None:
    with pytest.raises(TypeError, match="not credits"):
        at.returns(made().journeys, costs(channel=["ad"], cost=[1]))  # type: ignore[arg-type]
