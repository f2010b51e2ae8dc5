"""Defects that exports are known to have, each with the behaviour that is wanted."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import attribution as at

CLOSE = "2026-03-01T12:00:00Z"


def touches(times: list[str], **columns: Any) -> pd.DataFrame:
    given = {"time": times, "team": "sales", "channel": "call"}
    return pd.DataFrame(given | columns)


def deals(**columns: Any) -> pd.DataFrame:
    given = {
        "deal_id": ["D1"], "amount": [100], "currency": "EUR", "outcome": "won",
        "closed_at": CLOSE,
    }  # fmt: skip
    return pd.DataFrame(given | columns)


def noted(journeys: at.Journeys, code: str) -> int:
    """Return how many rows the issues of a code count."""
    found = journeys.issues
    return int(found[found["code"] == code]["rows"].sum())


def test_two_clock_offsets_in_one_column_are_read_row_by_row() -> None:
    rows = touches(
        ["2026-02-01T10:00:00+02:00", "2026-02-01T09:30:00+01:00"],
        deal_id="D1", touch_id=["earlier", "later"],
    )  # fmt: skip
    frame = at.build_journeys(rows, deals()).to_frame()
    assert frame["touch_id"].tolist() == ["earlier", "later"]
    assert frame["time"].dt.hour.tolist() == [8, 8]


@pytest.mark.parametrize("turned", [False, True])
def test_touches_of_one_instant_stand_by_id_and_labels_never_by_row(
    turned: bool,
) -> None:
    rows = touches(
        ["2026-02-01T10:00:00Z"] * 4, deal_id="D1", touch_id=["b", "a", None, None],
        channel=["call", "call", "mail", "call"],
    )  # fmt: skip
    journeys = at.build_journeys(rows.iloc[::-1] if turned else rows, deals())
    shown = journeys.to_frame()[["touch_id", "channel"]].fillna("-")
    assert shown.to_numpy().tolist() == [
        ["a", "call"], ["b", "call"], ["-", "call"], ["-", "mail"],
    ]  # fmt: skip
    first = at.attribute(journeys, ["first_touch", "last_touch"])
    assert first.by("channel", model="last_touch")["channel"][0] == "mail"
    assert noted(journeys, "T12") == 3


def test_touches_after_the_close_never_count_and_are_counted() -> None:
    rows = touches(["2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z"], deal_id="D1")
    journeys = at.build_journeys(rows, deals(), as_of="2026-04-01")
    assert journeys.touch_count == 1
    found = journeys.issues[journeys.issues["code"] == "T06"].iloc[0]
    assert found["rows"] == 1
    assert "(sales 1; reached 100.00 EUR won)" in found["what"]


def test_a_customers_second_deal_begins_after_the_first_was_won() -> None:
    rows = touches(["2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z"], account_id="A")
    book = deals(
        deal_id=["D1", "D2"], account_id="A", amount=[100, 50],
        closed_at=["2026-02-01T00:00:00Z", CLOSE],
    )  # fmt: skip
    journeys = at.build_journeys(rows, book)
    used = journeys.to_frame()[["deal_id", "time"]]
    assert used["deal_id"].tolist() == ["D1", "D2"]
    assert used["time"].is_monotonic_increasing
    assert at.build_journeys(rows, book, start="all").touch_count == 3


def test_a_deal_closed_before_it_was_created_is_reported_and_keeps_its_touches() -> (
    None
):
    rows = touches(["2026-02-01T00:00:00Z"], deal_id="D1")
    journeys = at.build_journeys(rows, deals(created_at="2026-05-01T00:00:00Z"))
    assert noted(journeys, "T13") == 1
    assert journeys.touch_count == 1


@pytest.mark.parametrize("sharing", ["each", "open"])
def test_an_activity_of_an_account_with_many_deals_never_makes_money(
    sharing: Any,
) -> None:
    many = 35
    rows = touches(["2026-02-01T00:00:00Z"], account_id="A")
    book = pd.concat([deals()] * many, ignore_index=True).assign(
        deal_id=[f"D{place}" for place in range(many)], account_id="A",
        created_at=["2026-01-01T00:00:00Z"] * 3 + ["2026-02-15T00:00:00Z"] * 32,
    )  # fmt: skip
    journeys = at.build_journeys(rows, book, sharing=sharing)
    assert journeys.touch_count == (many if sharing == "each" else 3)
    assert noted(journeys, "J03") == 1
    table = at.attribute(journeys, "linear").by("channel", minor=True)
    assert table["revenue_minor"].sum() == 100_00 * many


def test_a_member_without_a_contact_role_reaches_deals_by_the_persons_account() -> None:
    rows = touches(
        ["2026-02-01T00:00:00Z"] * 2, contact_id=["C1", "C2"], person_account_id="A",
        team="marketing", channel="webinar",
    )  # fmt: skip
    roles = pd.DataFrame({"deal_id": ["D1"], "contact_id": ["C1"]})
    book = deals(account_id="A")
    journeys = at.build_journeys(rows, book, contacts=roles)
    assert journeys.labels["link"] == ["contact", "person_account"]
    found = journeys.issues[journeys.issues["code"] == "K01"]
    assert dict(zip(found["column"], found["rows"], strict=True)) == {
        "contact_id": 1, "person_account_id": 1,
    }  # fmt: skip
    covered = at.coverage(at.build_journeys(rows.head(0), book, contacts=roles))
    assert "without a marketing touch: contacts linked" in repr(covered)


def test_a_contact_that_stands_twice_in_a_campaign_is_one_touch_on_request() -> None:
    rows = touches(
        ["2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z", "2026-02-03T00:00:00Z"],
        deal_id="D1", contact_id=["C1", "C1", "C2"], campaign="spring",
        team="marketing", channel="webinar",
    )  # fmt: skip
    assert at.build_journeys(rows, deals()).touch_count == 3
    journeys = at.build_journeys(rows, deals(), dedupe="365d")
    assert journeys.set_aside()[["row", "code"]].to_numpy().tolist() == [[1, "E06"]]


def test_a_burst_leaves_its_first_touch_alone() -> None:
    minutes = [f"2026-02-01T10:{at_:02}:00Z" for at_ in (0, 20, 40)]
    rows = touches(minutes, deal_id="D1", contact_id="C1")
    journeys = at.build_journeys(rows, deals(), dedupe="20min")
    assert journeys.set_aside()["row"].tolist() == [1, 2]


def test_a_touch_without_a_rep_keeps_its_credit() -> None:
    rows = touches(["2026-02-01T00:00:00Z"] * 2, deal_id="D1", rep=["Bo", None])
    table = at.attribute(at.build_journeys(rows, deals()), "linear").by("rep")
    assert dict(zip(table["rep"], table["revenue"], strict=True)) == {
        "Bo": 50.0, "(none)": 50.0,
    }  # fmt: skip


def test_one_touch_a_day_stays_the_first_whatever_deal_its_row_names() -> None:
    book = deals(
        deal_id=["D1", "D2"], account_id="A", amount=[100, 50], closed_at=CLOSE
    )
    rows = touches(["2026-02-01T10:00:00Z"] * 2, deal_id=["D2", "D1"], contact_id="C")
    for table in (rows, rows.iloc[::-1]):
        journeys = at.build_journeys(table, book, unit="person_day")
        assert journeys.to_frame()["deal_id"].tolist() == ["D1"]
        reasons = journeys.deals()["unattributed"].tolist()
        assert reasons[1] == "repeated touch"
