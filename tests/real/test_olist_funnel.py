"""Olist's leads through the funnel: 8,000 handed over, 842 won."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import attribution as at
from attribution.doors.files import read_table

if TYPE_CHECKING:
    from pathlib import Path

LATE = 1
"""Deals that were won before the lead's first contact."""


@pytest.fixture(scope="module")
def tables(shared: Path) -> tuple[Any, Any, Any]:
    folder = shared / "data" / "olist"
    leads = read_table(folder / "olist_marketing_qualified_leads_dataset.csv")
    closed = read_table(folder / "olist_closed_deals_dataset.csv")
    leads = leads.merge(closed[["mql_id", "seller_id", "sr_id"]], "left", on="mql_id")
    touches = pd.DataFrame(
        {"lead_id": closed["mql_id"], "time": closed["won_date"], "team": "sales"}
    )
    return leads, touches, closed.assign(outcome="won")


@pytest.fixture(scope="module")
def funnel(tables: tuple[Any, Any, Any]) -> at.Funnel:
    leads, touches, closed = tables
    return at.funnel(
        leads,
        touches,
        deals=closed,
        columns={
            "leads": {
                "lead_id": "mql_id", "created_at": "first_contact_date",
                "source": "origin", "owner": "sr_id", "deal_id": "seller_id",
            },
            "deals": {"deal_id": "seller_id", "closed_at": "won_date"},
        },
        tz="America/Sao_Paulo",
    )  # fmt: skip


def test_eight_thousand_leads_are_handed_over_and_842_won(funnel: at.Funnel) -> None:
    (row,) = funnel.frame().to_dict("records")
    assert (row["leads"], row["handed_over"]) == (8_000, 8_000)
    assert (row["became_deal"], row["won"]) == (842, 842)
    assert row["touched"] == 842 - LATE
    assert row["won_rate"] == 842 / 8_000


@pytest.mark.parametrize("by", ["month", "source", "owner"])
def test_every_table_adds_up_to_the_whole(funnel: at.Funnel, by: str) -> None:
    frame = funnel.frame(by)
    assert (frame["handed_over"].sum(), frame["won"].sum()) == (8_000, 842)


def test_each_origin_has_the_leads_and_wins_of_the_export(
    funnel: at.Funnel, tables: tuple[Any, Any, Any]
) -> None:
    leads = tables[0]
    origin = leads["origin"].fillna("(none)")
    frame = funnel.frame("source").set_index("source")
    assert frame["leads"].to_dict() == Counter(origin)
    won = origin[leads["seller_id"].notna()]
    assert frame["won"].to_dict() == {**dict.fromkeys(origin, 0), **Counter(won)}


def test_cohorts_are_the_months_of_first_contact_none_of_them_young(
    funnel: at.Funnel, tables: tuple[Any, Any, Any]
) -> None:
    months = Counter(tables[0]["first_contact_date"].str[:7])
    frame = funnel.frame("month")
    assert dict(zip(frame["month"], frame["leads"], strict=True)) == months
    assert list(frame["month"]) == sorted(months)
    assert not frame["immature"].any()


def test_what_is_not_dated_is_said_to_be_unknown(funnel: at.Funnel) -> None:
    assert funnel.definitions["accepted (SAL)"].startswith("not known")
    assert funnel.definitions["won"] == "its deal is won by deals"
    assert repr(funnel).endswith("0 % of won deals had no recorded touch.")
    codes = set(funnel.issues["code"])
    assert codes == {"T15", "T16"}
