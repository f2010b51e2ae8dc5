"""The five links from a touch to its deals, and Salesforce ids of two lengths."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import attribution as at

DEALS = pd.DataFrame(
    {
        "deal_id": ["D1", "D2", "D3"],
        "account_id": ["A1", "A2", "A2"],
        "amount": [100, 200, 300],
        "outcome": "won",
        "closed_at": "2026-03-01T12:00Z",
    }
)
TOUCHES = pd.DataFrame(
    {
        "touch_id": ["t1", "t2", "t3", "t4", "t5", "t6"],
        "time": "2026-02-01T09:00Z",
        "team": "sales",
        "channel": "call",
        "deal_id": ["D1", "D9", None, None, None, None],
        "contact_id": ["C1", "C1", "C9", "C9", "C9", "C9"],
        "lead_deal_id": ["D2", "D2", "D3", None, None, None],
        "person_account_id": ["A2", "A2", "A1", "A1", None, None],
        "account_id": ["A2", "A2", "A2", "A2", "A2", "A9"],
    }
)
CONTACTS = pd.DataFrame({"deal_id": ["D1"], "contact_id": ["C1"]})


WORDS = ["deal", "contact", "lead", "person_account", "account"]


def built(touches: pd.DataFrame = TOUCHES, **options: Any) -> at.Journeys:
    given: dict[str, Any] = {"contacts": CONTACTS, "as_of": "2026-04-01"} | options
    return at.build_journeys(touches, given.pop("deals", DEALS), **given)


def links(journeys: at.Journeys) -> dict[str, list[str]]:
    """Return the link and the deals of each touch."""
    found: dict[str, list[str]] = {}
    frame = journeys.to_frame().sort_values(["touch_id", "deal_id"])
    for touch, link, deal in zip(
        frame["touch_id"], frame["link"], frame["deal_id"], strict=True
    ):
        found.setdefault(touch, [link]).append(deal)
    return found


def noted(journeys: at.Journeys) -> list[tuple[str, int]]:
    """Return the column and the rows of the notes on links."""
    issues = journeys.issues[journeys.issues["code"] == "K01"]
    return list(zip(issues["column"], issues["rows"], strict=True))


def test_a_touch_takes_the_first_link_in_the_order_of_trust_that_leads_to_a_deal() -> (
    None
):
    assert links(built()) == {
        "t1": ["deal", "D1"],
        "t2": ["contact", "D1"],
        "t3": ["lead", "D3"],
        "t4": ["person_account", "D1"],
        "t5": ["account", "D2", "D3"],
    }


def test_a_note_counts_the_touches_of_each_link() -> None:
    assert noted(built()) == [
        ("deal_id", 1), ("contact_id", 1), ("lead_deal_id", 1),
        ("person_account_id", 1), ("account_id", 1),
    ]  # fmt: skip


def test_nothing_is_noted_where_every_touch_names_its_deal() -> None:
    assert noted(built(TOUCHES.iloc[:1])) == []


def test_a_touch_of_an_account_with_two_deals_is_counted_once_in_the_note() -> None:
    assert noted(built(TOUCHES.iloc[4:5])) == [("account_id", 1)]


@pytest.mark.parametrize(
    "word", ["deal", "contact", "lead", "person_account", "account"]
)
def test_links_takes_one_link_alone(word: str) -> None:
    found = links(built(links=word))
    assert found
    assert {link for link, *_ in found.values()} == {word}
    assert found == links(built(links=[word]))


def test_a_link_left_out_gives_way_to_the_next() -> None:
    found = links(built(links={"contact", "account"}))
    assert found["t1"] == ["contact", "D1"]
    assert found["t3"] == ["account", "D2", "D3"]


def test_a_row_whose_links_are_all_left_out_leads_to_no_deal() -> None:
    journeys = built(TOUCHES.iloc[:1], links=["lead"], deals=DEALS.iloc[:1])
    aside = journeys.set_aside()
    aside = aside[aside["table"] == "touches"]
    assert aside[["row", "code"]].to_numpy().tolist() == [[0, "J01"]]
    assert aside["deal"].isna().all()


@pytest.mark.parametrize("name", ["lead_deal_id", "person_account_id"])
def test_each_of_the_five_columns_is_link_enough(name: str) -> None:
    plain = ["touch_id", "time", "team", "channel", name]
    assert set(built(TOUCHES[plain]).labels["link"]) == {
        name.removesuffix("_id").removesuffix("_deal")
    }


@pytest.mark.parametrize("start", ["previous_won", "previous_close"])
@pytest.mark.parametrize(
    ("name", "to", "kept"), [("lead_deal_id", "D3", True), ("account_id", "A2", False)]
)
def test_a_lead_names_its_deal_so_that_an_earlier_close_does_not_bar_it(
    start: Any, name: str, to: str, kept: bool
) -> None:
    earlier = DEALS.assign(
        closed_at=["2026-03-01T00:00Z", "2026-02-15T00:00Z", "2026-03-01T00:00Z"]
    )
    row = TOUCHES.iloc[:1][["time", "team", "channel"]].assign(**{name: to})
    journeys = built(row, deals=earlier, start=start)
    assert ("D3" in set(journeys.to_frame()["deal_id"])) == kept


def test_open_sharing_counts_the_touches_of_a_lead_before_its_deal_is_created() -> None:
    book = DEALS.assign(created_at="2026-02-20T00:00Z")
    row = TOUCHES.iloc[:1][["time", "team", "channel"]].assign(
        lead_deal_id="D3", time="2025-02-01T09:00Z"
    )
    assert len(built(row, deals=book, sharing="open").to_frame()) == 1


# ------------------------------------------------------------------ process steps


def test_the_column_process_marks_process_steps_beside_the_channels_named() -> None:
    rows = TOUCHES.iloc[:1].loc[[0] * 4].assign(
        touch_id=["a", "b", "c", "d"], channel=["call", "call", "quote", "quote"],
        process=[True, False, False, None],
    )  # fmt: skip
    frame = built(rows, process="quote").to_frame()
    assert frame["process"].tolist() == [True, False, True, True]
    frame = built(rows.assign(process=["TRUE", "false", " True", None])).to_frame()
    assert frame["process"].tolist() == [True, False, True, False]


# ----------------------------------------------------------------- salesforce ids

LONG = ["0061t00000ABCDEAA2", "0061t00000ABCdeAAM"]
SHORT = [one[:15] for one in LONG]


def sold(ids: list[str], accounts: list[str]) -> pd.DataFrame:
    return DEALS.iloc[:2].assign(deal_id=ids, account_id=accounts)


def called(**columns: Any) -> pd.DataFrame:
    return TOUCHES.iloc[:2][["touch_id", "time", "team", "channel"]].assign(**columns)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(LONG, SHORT), (SHORT, LONG), ([LONG[0], SHORT[1]], SHORT)]
)
@pytest.mark.parametrize("name", ["deal_id", "lead_deal_id"])
def test_deals_of_15_and_18_characters_join_and_show_as_the_deals_spell_them(
    ours: list[str], theirs: list[str], name: str
) -> None:
    journeys = built(
        called(**{name: theirs}),
        deals=sold(ours, ["A1", "A2"]), contacts=None, ids="salesforce",
    )  # fmt: skip
    assert sorted(journeys.to_frame()["deal_id"]) == sorted(ours)
    assert journeys.set_aside().empty


@pytest.mark.parametrize("name", ["account_id", "person_account_id"])
def test_accounts_of_15_and_18_characters_join(name: str) -> None:
    accounts = [one.replace("006", "001") for one in LONG]
    rows = called(**{name: [one[:15] for one in accounts]})
    book = sold(["D1", "D2"], accounts)
    assert links(built(rows, deals=book, ids="salesforce")) == {
        "t1": [name.removesuffix("_id"), "D1"], "t2": [name.removesuffix("_id"), "D2"],
    }  # fmt: skip
    assert built(rows, deals=book, ids="salesforce").deal[
        "account"
    ].labels.tolist() == (sorted(accounts))


def test_contacts_of_15_and_18_characters_join() -> None:
    people = pd.DataFrame({"deal_id": SHORT, "contact_id": ["003" + LONG[0][3:]] * 2})
    rows = called(contact_id=["003" + SHORT[0][3:]] * 2)
    journeys = built(
        rows, deals=sold(LONG, ["A", "B"]), contacts=people, ids="salesforce"
    )
    frame = journeys.to_frame(personal=True)
    assert sorted(set(frame["deal_id"])) == sorted(LONG)
    assert set(frame["contact_id"]) == {"003" + LONG[0][3:]}


def test_ids_that_differ_in_case_alone_stay_two() -> None:
    assert SHORT[0].lower() == SHORT[1].lower()
    journeys = built(
        called(deal_id=SHORT), deals=sold(LONG, ["A", "B"]), ids="salesforce"
    )
    assert journeys.deals()["touches"].tolist() == [1, 1]


def test_repeats_and_lookalikes_are_found_across_the_two_forms() -> None:
    task = "00T1t00000ABCDEEA4"
    rows = called(deal_id=[SHORT[0], LONG[0]], touch_id=[task, task[:15]])
    book = sold(LONG, ["A", "B"])
    journeys = built(rows, deals=book, contacts=None, ids="salesforce")
    assert journeys.set_aside()["code"].tolist() == ["J04"]
    with pytest.raises(at.InputError, match="I04"):
        built(rows, deals=sold([LONG[0], SHORT[0]], ["A", "B"]), ids="salesforce")


def test_other_ids_are_left_as_they_are() -> None:
    odd = ["9CcfAt8qtZvCTwFvwOF+==", "0061t00000ABCDE-A2"]
    book = sold(odd, ["A", "B"])
    journeys = built(called(deal_id=odd), deals=book, contacts=None, ids="salesforce")
    assert sorted(journeys.deal_id) == sorted(odd)
    assert journeys.issues.empty


def test_whole_numbers_stay_numbers_under_salesforce_ids() -> None:
    journeys = built(
        called(deal_id=[1, 2]), contacts=None, ids="salesforce",
        deals=DEALS.iloc[:2].assign(deal_id=[1, 2]),
    )  # fmt: skip
    assert journeys.deal_id.tolist() == [1, 2]


def test_a_ledger_is_found_by_either_form() -> None:
    journeys = built(
        called(deal_id=SHORT), deals=sold(LONG, ["A", "B"]), ids="salesforce"
    )
    credits = at.attribute(journeys, "linear")
    assert repr(credits.deal(SHORT[0])) == repr(credits.deal(LONG[0]))
    for absent in ("0061t00000ABCDF", "x"):
        with pytest.raises(at.InputError, match="P10"):
            credits.deal(absent)


def test_the_order_of_rows_does_not_choose_the_spelling() -> None:
    rows = called(deal_id=SHORT, account_id=["001" + LONG[0][3:], "001" + SHORT[0][3:]])
    book = sold(LONG, ["001" + SHORT[0][3:], "001" + LONG[0][3:]])
    one = built(rows, deals=book, ids="salesforce")
    other = built(rows.iloc[::-1], deals=book.iloc[::-1], ids="salesforce")
    pd.testing.assert_frame_equal(one.deals(), other.deals())
    assert set(one.deals()["account"]) == {"001" + LONG[0][3:]}
