"""Leads that are no leads, lack columns, or contradict their touches and deals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from bad_input.catalogue import check_fault, check_shape, only

import attribution as at

AS_OF = "2026-03-01T00:00:00Z"
DAY = "2026-01-05T09:00:00Z"


def leads(**columns: Any) -> pd.DataFrame:
    """Return two sound leads, columns replaced, those given as None left out."""
    sound = {"lead_id": ["L1", "L2"], "created_at": [DAY, DAY]}
    given = {name: one for name, one in {**sound, **columns}.items() if one is not None}
    return pd.DataFrame(given)


def touches(**columns: Any) -> pd.DataFrame:
    """Return two sound touches, columns as above."""
    sound = {
        "lead_id": ["L1", "L2"],
        "time": ["2026-01-06T10:00:00Z", "2026-01-07T10:00:00Z"],
        "team": ["sales", "marketing"],
    }
    given = {name: one for name, one in {**sound, **columns}.items() if one is not None}
    return pd.DataFrame(given)


def deals(**columns: Any) -> pd.DataFrame:
    """Return two sound deals, columns as above."""
    sound = {
        "deal_id": ["D1", "D2"],
        "outcome": ["won", "lost"],
        "amount": [10.0, 5.0],
        "currency": ["EUR", "EUR"],
    }
    given = {name: one for name, one in {**sound, **columns}.items() if one is not None}
    return pd.DataFrame(given)


def built(
    lead_table: object = None, touch_table: object = None, **options: Any
) -> at.Funnel:
    return at.funnel(
        leads() if lead_table is None else lead_table,
        touches() if touch_table is None else touch_table,
        **{"as_of": AS_OF, **options},
    )


def refused(
    lead_table: object = None, touch_table: object = None, **options: Any
) -> at.InputError:
    with pytest.raises(at.InputError) as caught:
        built(lead_table, touch_table, **options)
    check_shape(caught.value)
    return caught.value


def told(found: at.Funnel) -> list[tuple[str, str, str, str, int]]:
    names = ["code", "severity", "table", "column", "rows"]
    return list(found.issues[names].itertuples(index=False, name=None))


def test_sound_tables_are_read_without_a_word() -> None:
    assert told(built()) == []
    assert told(built(leads(deal_id=["D1", None]), deals=deals())) == []


# ------------------------------------------------------------------ new codes


def test_H01_a_lead_created_after_as_of_is_set_aside() -> None:
    found = built(leads(created_at=[DAY, "2026-03-02"]))
    assert told(found) == [
        ("H01", "set aside", "leads", "created_at", 1),
        ("J01", "set aside", "touches", "", 1),
    ]
    assert found.frame()["leads"].tolist() == [1]


def test_H02_a_lead_whose_deal_is_not_there_became_a_deal() -> None:
    found = built(leads(deal_id=["D1", "D9"]), deals=deals())
    assert told(found) == [("H02", "warning", "leads", "deal_id", 1)]
    assert found.frame()[["became_deal", "won"]].values.tolist() == [[2, 1]]


def test_H03_a_deal_of_a_lead_not_handed_over_is_counted_as_skipped() -> None:
    found = built(leads(mql_at=[DAY, None], deal_id=[None, "D2"]))
    assert told(found) == [("H03", "note", "leads", "", 1)]
    assert found.frame()[["became_deal", "skipped"]].values.tolist() == [[0, 1]]


def test_H04_a_lead_without_creation_is_not_handed_over_by_it() -> None:
    found = built(leads(created_at=[DAY, None]))
    assert told(found) == [("H04", "warning", "leads", "created_at", 1)]
    assert found.frame()[["leads", "handed_over"]].values.tolist() == [[2, 1]]
    assert told(built(leads(created_at=[DAY, None], mql_at=[DAY, DAY]))) == []


# ------------------------------------------------- codes that other tables have too


def test_all_faults_of_all_tables_are_told_at_once() -> None:
    error = refused(
        leads(
            lead_id=["L1", None],
            created_at=["03/04/2026", DAY],
            source=pd.Series(["a", ["b"]], dtype=object),
            won=["perhaps", "no"],
        ),
        touches(time=["2026-01-06T10:00:00Z", 7], team=["sales", "slaes"]),
        deals=deals(amount=["-5", "1,0"], currency=["EURO", "EUR"]),
        handover="sql_at",
        sales=(),
        days=7,
        maturity="90",
        rounding="up",
    )
    assert {(one.code, one.table, one.column, one.rows) for one in error.issues} == {
        ("I01", "leads", "lead_id", (1,)),
        ("T10", "leads", "created_at", (0,)),
        ("S08", "leads", "source", (1,)),
        ("J08", "leads", "won", (0,)),
        ("T09", "touches", "time", (0, 1)),
        ("L07", "touches", "team", (1,)),
        ("M03", "deals", "amount", (0,)),
        ("M09", "deals", "amount", (1,)),
        ("M06", "deals", "currency", (0,)),
        ("P04", "handover", "", ()),
        ("P04", "sales", "", ()),
        ("P04", "days", "", ()),
        ("P04", "rounding", "", ()),
        ("P01", "", "", ()),
    }


@pytest.mark.parametrize(
    ("tables", "where"),
    [
        ((leads(lead_id=None), None), ("leads", "lead_id")),
        ((leads(created_at=None), None), ("leads", "created_at")),
        ((None, touches(time=None)), ("touches", "time")),
        ((None, touches(team=None)), ("touches", "team")),
        (
            (None, touches(lead_id=None, account_id=["a", "b"])),
            ("leads", ""),
        ),
    ],
)
def test_S01_a_column_that_is_needed_must_be_there(
    tables: tuple[Any, Any], where: tuple[str, str]
) -> None:
    error = refused(*tables)
    assert ("S01", *where) in {(i.code, i.table, i.column) for i in error.issues}


def test_S01_touches_need_a_link_and_deals_an_outcome() -> None:
    error = refused(None, touches(lead_id=None), deals=deals(outcome=None))
    found = {(one.table, one.column) for one in error.issues}
    assert ("touches", "lead_id or contact_id or deal_id or account_id") in found
    assert ("deals", "outcome or won") in found


def test_S05_what_is_no_frame_is_refused_of_all_tables_at_once() -> None:
    with pytest.raises(TypeError) as caught:
        built([1], {"a": 1}, deals="deals.csv")
    assert isinstance(caught.value, at.InputError)
    assert [one.table for one in caught.value.issues] == ["leads", "touches", "deals"]


def test_I03_and_I04_a_lead_or_deal_that_stands_twice() -> None:
    twice = pd.concat([leads(), leads()], ignore_index=True)
    found = built(twice, deals=pd.concat([deals(), deals()], ignore_index=True))
    assert told(found) == [
        ("I03", "set aside", "leads", "lead_id", 2),
        ("I03", "set aside", "deals", "deal_id", 2),
    ]
    assert found.frame()["leads"].tolist() == [2]
    differing = refused(twice.assign(source=["a", "a", "a", "b"]))
    check_fault(differing, "I04", ("leads", "lead_id"), rows=[3])
    own = refused(leads(lead_id=["L1", "L1"], won=[True, False]))
    check_fault(own, "I04", ("leads", "lead_id"), rows=[1])
    money = refused(deals=deals(deal_id=["D1", "D1"], outcome=["won", "won"]))
    check_fault(money, "I04", ("deals", "deal_id"), rows=[1])


def test_I05_and_I06_ids_of_two_kinds_or_floats() -> None:
    assert only(refused(leads(lead_id=[1, 2]))).code == "I05"
    fault = only(
        refused(leads(contact_id=[1.5, np.nan]), touches(contact_id=["c", "d"]))
    )
    assert (fault.code, fault.table, fault.column) == ("I06", "leads", "contact_id")


def test_I01_a_deal_without_an_id() -> None:
    error = refused(deals=deals(deal_id=["D1", None]))
    check_fault(error, "I01", ("deals", "deal_id"), rows=[1])


def test_M01_a_won_deal_needs_its_amount() -> None:
    error = refused(deals=deals(amount=[None, 5.0]))
    check_fault(error, "M01", ("deals", "amount"), rows=[0])
    assert told(built(deals=deals(amount=None))) == []


def test_I02_J01_T01_and_T17_touches_that_reach_no_lead() -> None:
    many = 30
    table = touches(
        lead_id=["L1", None, "L9", "L1", *["L2"] * many, "L1"],
        time=[
            *["2026-01-06T10:00:00Z"] * 3, "2026-03-02T00:00:00Z",
            *["2026-01-06T10:00:00Z"] * many, None,
        ],
        team=["sales"] * (many + 5),
    )  # fmt: skip
    assert told(built(None, table)) == [
        ("T01", "set aside", "touches", "time", 1),
        ("T17", "set aside", "touches", "time", 1),
        ("I02", "set aside", "touches", "lead_id", 1),
        ("J01", "set aside", "touches", "", 1),
    ]
    late = refused(None, touches(time=["2026-01-06T10:00:00Z", None]))
    check_fault(late, "T01", ("touches", "time"), rows=[1])


def test_T08_a_stage_after_as_of_is_not_reached_yet() -> None:
    found = built(leads(accepted_at=["2026-01-08T00:00:00Z", "2026-03-01"]))
    assert told(found) == [("T08", "note", "leads", "accepted_at", 1)]
    assert found.frame()["accepted"].tolist() == [1]


def test_T13_stages_out_of_order_are_reported() -> None:
    table = leads(
        mql_at=["2026-01-08T01:00:00Z", "2026-01-04T01:00:00Z"],
        accepted_at=["2026-01-07T01:00:00Z", "2026-01-04"],
        rejected_at=["2026-01-08", "2026-01-03"],
    )
    assert told(built(table)) == [
        ("T13", "warning", "leads", "created_at", 1),
        ("T13", "warning", "leads", "accepted_at", 1),
        ("T13", "warning", "leads", "rejected_at", 1),
    ]


def test_T15_the_latest_instant_is_taken_and_said() -> None:
    closed = deals(
        closed_at=["2026-02-03T00:00:00Z", "2026-02-01"], outcome=["won", "open"]
    )
    for more, latest in (
        ({}, "2026-01-07T10:00:00Z"),
        ({"deals": closed}, "2026-02-03T00:00:00Z"),
    ):
        found = built(as_of=None, **more)
        assert told(found) == [("T15", "note", "", "as_of", 1)]
        assert found.definitions["as_of"] == latest


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"tz": "Mars"}, "T05"),
        ({"as_of": "soon"}, "T10"),
        ({"maturity": 90}, "P01"),
        ({"sales": 7}, "P04"),
        ({"teams": 7}, "P04"),
        ({"outcomes": {"x": "y"}}, "P04"),
        ({"columns": 7}, "P04"),
        ({"columns": {"contacts": {"a": "b"}}}, "S01"),
        ({"columns": {"leads": {"amount": "lead_id"}}}, "S01"),
        ({"days": ["mql"]}, "S01"),
        ({"currency": "EURO", "deals": deals()}, "M06"),
        ({"decimals": -1, "deals": deals()}, "P06"),
    ],
)
def test_an_option_that_is_none_is_refused(options: dict[str, Any], code: str) -> None:
    assert only(refused(**options)).code == code


@pytest.mark.parametrize("by", ["mnth", 7, ("month", "month"), ("source", "lead_id")])
def test_P09_a_column_that_leads_do_not_have(by: Any) -> None:
    found = built()
    for table in (found.frame, found.reasons):
        with pytest.raises(at.InputError, match="P09"):
            table(by)
    with pytest.raises(at.InputError, match="repeats"):
        found.reasons("reason")
