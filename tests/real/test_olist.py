"""Olist's marketing funnel: leads, closed deals and what their sellers sold."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pytest

import attribution as at
from attribution.doors.files import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

REVENUE = 67_685_148
LATE = "organic_search"
LATE_AMOUNT = 2_290
"""The one deal that was won before the lead's first contact, in centavos."""


class Export(NamedTuple):
    leads: Any
    closed: Any
    items: Any


class Case(NamedTuple):
    tz: str
    total: Callable[[Iterable[str]], Decimal | float]


CASES = {
    "local times, exact sums": Case(
        "America/Sao_Paulo", lambda prices: sum(map(Decimal, prices), Decimal())
    ),
    "times as UTC, sums of floats": Case(
        "UTC", lambda prices: sum(map(float, prices), 0.0)
    ),
}


@pytest.fixture(scope="module")
def export(shared: Path) -> Export:
    folder = shared / "data" / "olist"
    return Export(
        read_table(folder / "olist_marketing_qualified_leads_dataset.csv"),
        read_table(folder / "olist_closed_deals_dataset.csv"),
        read_table(folder / "won_seller_order_items.csv"),
    )


@pytest.fixture(scope="module")
def touches(export: Export) -> Any:
    leads, closed = export.leads, export.closed
    contact = pd.DataFrame(
        {
            "mql_id": leads["mql_id"],
            "when": leads["first_contact_date"],
            "team": "marketing",
            "channel": leads["origin"].fillna("unknown"),
        }
    )
    sales = [
        pd.DataFrame(
            {
                "mql_id": closed["mql_id"],
                "when": closed["won_date"],
                "team": "sales",
                "channel": role,
                "rep": closed[f"{role}_id"],
            }
        )
        for role in ("sdr", "sr")
    ]
    return pd.concat([contact, *sales], ignore_index=True)


def build(export: Export, touches: Any, case: Case) -> at.Journeys:
    prices: dict[str, list[str]] = {}
    items = export.items
    for seller, price in zip(items["seller_id"], items["price"], strict=True):
        prices.setdefault(seller, []).append(price)
    totals = {seller: case.total(own) for seller, own in prices.items()}
    amounts = [
        totals.get(seller, case.total([])) for seller in export.closed["seller_id"]
    ]
    deals = export.closed.assign(amount=pd.Series(amounts, dtype=object), outcome="won")
    return at.build_journeys(
        touches,
        deals,
        columns={
            "touches": {"deal_id": "mql_id", "time": "when"},
            "deals": {"deal_id": "mql_id", "closed_at": "won_date"},
        },
        currency="BRL",
        tz=case.tz,
    )


@pytest.fixture(scope="module", params=list(CASES.values()), ids=list(CASES))
def journeys(export: Export, touches: Any, request: pytest.FixtureRequest) -> Any:
    return build(export, touches, request.param)


@pytest.fixture(scope="module")
def credits(journeys: at.Journeys, rules: list[str]) -> at.Credits:
    return at.attribute(journeys, rules)


@pytest.fixture(scope="module")
def by_origin(expected: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = expected["olist.first_touch_revenue"]["by_origin"]
    return {row["origin"]: row for row in rows}


def column_by_channel(frame: Any, name: str) -> dict[str, Any]:
    return dict(zip(frame["channel"], frame[name].tolist(), strict=True))


def late_deal(journeys: at.Journeys) -> str:
    aside = journeys.set_aside()
    (deal,) = aside.loc[aside["code"] == "T06", "deal"]
    return str(deal)


def test_the_funnel_is_read_whole(
    journeys: at.Journeys, touches: Any, expected: dict[str, Any]
) -> None:
    totals = expected["olist.first_touch_revenue"]["totals"]
    assert len(journeys) == totals["closed_deals"]
    assert len(touches) == totals["mqls"] + 2 * totals["closed_deals"]
    assert int(journeys.amount.sum()) == REVENUE == round(100 * totals["revenue"])
    assert int((journeys.amount > 0).sum()) == totals["active_sellers"]


def test_first_touch_revenue_is_the_published_one_but_for_the_late_contact(
    credits: at.Credits, by_origin: dict[str, dict[str, Any]]
) -> None:
    cents = {origin: round(100 * row["revenue"]) for origin, row in by_origin.items()}
    cents[LATE] -= LATE_AMOUNT
    frame = credits.by("channel", model="first_touch", minor=True)
    found = column_by_channel(frame, "revenue_minor")
    assert found == {**cents, "sdr": LATE_AMOUNT, "sr": 0}
    major = column_by_channel(credits.by("channel", model="first_touch"), "revenue")
    assert major == {channel: value / 100 for channel, value in found.items()}


def test_first_touch_wins_are_the_closed_deals_of_each_origin(
    credits: at.Credits, by_origin: dict[str, dict[str, Any]]
) -> None:
    closed = {origin: row["closed_deals"] for origin, row in by_origin.items()}
    closed[LATE] -= 1
    frame = credits.by("channel", model="first_touch")
    assert column_by_channel(frame, "wins") == {**closed, "sdr": 1, "sr": 0}
    assert column_by_channel(frame, "deals") == {**closed, "sdr": 842, "sr": 842}


def test_the_lines_with_money_are_the_active_sellers_of_each_origin(
    credits: at.Credits, by_origin: dict[str, dict[str, Any]]
) -> None:
    lines = credits.lines(model="first_touch")
    found = Counter(lines.loc[lines["credit_minor"] > 0, "channel"])
    active = {origin: row["active_sellers"] for origin, row in by_origin.items()}
    active[LATE] -= 1
    assert found == Counter({**active, "sdr": 1})


def test_the_contact_after_the_win_is_set_aside_and_its_money_goes_to_sales(
    journeys: at.Journeys, credits: at.Credits
) -> None:
    deal = late_deal(journeys)
    frame = credits.deal(deal, model="first_touch").frame()
    (why,) = frame["set_aside"].dropna()
    assert why == "lies after the anchor."
    paid = frame[frame["credit_minor"] > 0]
    assert paid[["team", "channel", "credit_minor"]].values.tolist() == [
        ["sales", "sdr", LATE_AMOUNT]
    ]
    assert LATE in repr(credits.deal(deal))


def test_every_row_is_used_or_set_aside_once(
    journeys: at.Journeys, touches: Any
) -> None:
    aside = journeys.set_aside()
    assert Counter(aside["code"]) == {"J01": 8_000 - 842, "T06": 1}
    rows = sorted([*aside["row"], *journeys.row])
    assert rows == list(range(len(touches)))


@pytest.mark.parametrize(
    "dims", [("team",), ("channel",), ("rep",), ("team", "channel"), ("lead_type",)]
)
def test_every_rule_divides_the_revenue_to_the_centavo(
    credits: at.Credits, rules: list[str], dims: tuple[str, ...]
) -> None:
    frame = credits.by(*dims, minor=True)
    totals = frame.groupby("model")["revenue_minor"].sum().to_dict()
    assert totals == dict.fromkeys(rules, REVENUE)
    wins = frame.groupby("model")["wins"].sum().to_dict()
    assert wins == pytest.approx(dict.fromkeys(rules, 842), abs=1e-6)
    assert not frame[dims[0]].str.startswith("(unattributed").any()


def test_periods_and_the_pipeline_add_up_too(
    credits: at.Credits, rules: list[str]
) -> None:
    for period in ("month", "quarter"):
        frame = credits.by("channel", minor=True, of="pipeline", period=period)
        totals = frame.groupby("model")["revenue_minor"].sum().to_dict()
        assert totals == dict.fromkeys(rules, REVENUE)
        assert "(none)" not in set(frame["period"])


def test_the_credits_of_each_deal_sum_to_its_amount(
    journeys: at.Journeys, credits: at.Credits, rules: list[str]
) -> None:
    lines = credits.lines()
    amounts = dict(
        zip(journeys.deal_id.tolist(), journeys.amount.tolist(), strict=True)
    )
    for rule in rules:
        own = lines[lines["model"] == rule]
        assert own.groupby("deal_id")["credit_minor"].sum().to_dict() == amounts
        weights = own.groupby("deal_id")["weight"].sum()
        assert weights.tolist() == pytest.approx([1.0] * 842, abs=1e-9)


def test_naive_times_are_reported_only_where_they_are_taken_as_utc(
    journeys: at.Journeys,
) -> None:
    codes = set(journeys.issues["code"])
    assert ("T04" in codes) == (journeys.tz == "UTC")
    assert codes - {"T04"} == {"J01", "T06", "T12", "T15", "T16"}


def test_a_blank_origin_stands_apart_from_unknown(export: Export, touches: Any) -> None:
    origin = export.leads["origin"]
    blank = origin.isna()
    assert (int(blank.sum()), int((origin == "unknown").sum())) == (60, 1_099)
    as_exported = touches.copy()
    as_exported.loc[blank.index[blank], "channel"] = None
    journeys = build(export, as_exported, CASES["times as UTC, sums of floats"])
    frame = at.attribute(journeys, "first_touch").by("channel", minor=True)
    found = column_by_channel(frame, "revenue_minor")
    assert found["(none)"] > 0
    assert found["(none)"] + found["unknown"] == 21_498_530
