"""Rows that a rule of eligibility sets aside, and rules that are written wrongly."""

from __future__ import annotations

from typing import Any

import pytest
from bad_input.catalogue import (
    built,
    deals,
    instants,
    only,
    refused,
    set_aside,
    told,
    touches,
)

import attribution as at

SOON = instants(*(f"2026-01-01T10:{minute}:00Z" for minute in ("00", "20", "50")))


def same(**columns: Any) -> Any:
    """Return three calls of one person and day on the won deal."""
    given = {"time": SOON, "team": "sales", "channel": "call", "deal_id": "d1"}
    return touches(**given | {"contact_id": "c1"} | columns)


def test_E05_touches_left_out_by_name_are_counted_with_the_money_they_reached() -> None:
    journeys = built(exclude="search")
    assert told(journeys) == [("E05", "set aside", "touches", "time", 1)]
    assert set_aside(journeys) == [("touches", 0, "E05")]
    what = journeys.issues["what"][0]
    assert what.endswith("(exclude=) (marketing 1; reached 100.00 EUR won).")


@pytest.mark.parametrize(
    ("exclude", "rows"),
    [
        (["search", "mail"], [0, 2]),
        ({"team": "Marketing"}, [0, 2]),
        ({"campaign": ["x"]}, [1]),
        ({"team": ["sales"], "channel": ["mail"]}, [1, 2]),
        ({"channel": []}, []),
        ([], []),
    ],
)
def test_E05_rows_are_left_out_by_channel_team_or_campaign(
    exclude: Any, rows: list[int]
) -> None:
    journeys = built(touches(campaign=["y", "x", None]), exclude=exclude)
    assert set_aside(journeys) == [("touches", row, "E05") for row in rows]


def test_E05_a_deal_whose_touches_are_all_left_out_says_so() -> None:
    reasons = built(exclude={"team": "marketing"}).deals()["unattributed"]
    assert reasons.tolist()[1] == "excluded"


@pytest.mark.parametrize(
    ("gap", "rows"), [("19m", []), ("20min", [1]), ("30min", [1, 2]), ("1d", [1, 2])]
)
def test_E06_a_touch_soon_after_one_of_its_kind_and_contact_is_set_aside(
    gap: str, rows: list[int]
) -> None:
    journeys = built(same(), dedupe=gap)
    assert set_aside(journeys) == [("touches", row, "E06") for row in rows]


@pytest.mark.parametrize(
    "column", ["team", "channel", "campaign", "contact_id"], ids=str
)
def test_E06_touches_of_another_kind_or_contact_are_no_repeats(column: str) -> None:
    other = ["marketing", "sales", "marketing"]
    journeys = built(same(**{column: other}), dedupe="30min")
    assert set_aside(journeys) == []


def test_E06_touches_without_contact_repeat_by_account_and_without_either_never() -> (
    None
):
    journeys = built(same(contact_id=None, account_id=["a", "a", "b"]), dedupe="30min")
    assert set_aside(journeys) == [("touches", 1, "E06")]
    journeys = built(same(contact_id=None), dedupe="30min")
    assert told(journeys) == [("K02", "note", "touches", "", 3)]


@pytest.mark.parametrize("team", ["sales", "marketing"])
def test_E07_one_touch_a_person_and_day_for_either_team(team: str) -> None:
    journeys = built(same(team=team), unit="person_day")
    assert set_aside(journeys) == [("touches", row, "E07") for row in (1, 2)]
    assert team in journeys.issues["what"][0]


@pytest.mark.parametrize("unit", ["person_day", "account_day"])
def test_E07_the_day_is_that_of_the_time_zone(unit: Any) -> None:
    late = instants(*(f"2026-01-0{one}:00:00Z" for one in ("1T22", "1T23", "2T00")))
    table = same(time=late, account_id="a")
    assert set_aside(built(table, unit=unit)) == [("touches", 1, "E07")]
    berlin = set_aside(built(table, unit=unit, tz="Europe/Berlin"))
    assert berlin == [("touches", 2, "E07")]


def test_E07_an_account_is_the_touchs_its_persons_or_that_of_its_deals() -> None:
    book = deals(account_id=["a", "a", "b"])
    one = same(contact_id=None, account_id=["a", None, None])
    one["person_account_id"] = [None, "a", None]
    journeys = built(one, book, unit="account_day")
    assert set_aside(journeys) == [("touches", row, "E07") for row in (1, 2)]


def test_E08_to_E10_are_windows_by_milestone_with_both_edges_inside() -> None:
    stage = instants("2026-01-01T10:20:00Z", None, None)
    book = deals(opportunity_at=stage)
    after = built(same(), book, after={"sales": "opportunity"})
    assert set_aside(after) == [("touches", 0, "E09")]
    before = built(same(), book, before={"call": "opportunity"})
    assert set_aside(before) == [("touches", 2, "E10")]


def test_E08_touches_of_a_deal_without_the_milestone_do_not_count() -> None:
    journeys = built(after={"sales": "sql"})
    assert set_aside(journeys) == [("touches", 1, "E08")]
    journeys = built(before="sql")
    assert {code for _, _, code in set_aside(journeys)} == {"E08"}
    assert set(journeys.deals()["unattributed"][:2]) == {"no milestone"}


def test_E09_other_teams_and_channels_are_free_of_the_milestone() -> None:
    stage = instants("2026-02-01T00:00:00Z", None, None)
    book = deals(opportunity_at=stage)
    journeys = built(None, book, after={"sales": "opportunity"})
    assert set_aside(journeys) == [("touches", 1, "E09")]
    journeys = built(
        None, book, after={"*": "opportunity", "sales": None, "mail": None}
    )
    assert set_aside(journeys) == [("touches", 0, "E09")]


def test_E10_a_touch_after_the_milestone_says_so() -> None:
    journeys = built(
        None,
        deals(mql_at=instants("2026-01-01T12:00:00Z", None, None)),
        before={"call": "mql"},
    )
    assert "(before=) (sales 1; reached 100.00 EUR won)" in journeys.issues["what"][0]


def test_K02_touches_without_a_person_stay_touches_and_are_counted_by_team() -> None:
    journeys = built(same(contact_id=[None, "c1", None]), unit="person_day")
    assert told(journeys) == [("K02", "note", "touches", "", 2)]
    assert "(sales 2)" in journeys.issues["what"][0]


# ------------------------------------------------------------ lookbacks that differ


@pytest.mark.parametrize(
    ("lookback", "rows"),
    [
        ({"marketing": "29d"}, [0]),
        ({"sales": "29d"}, [1]),
        ({"SALES": "29d"}, [1]),
        ({"marketing": "29d", "search": "90d"}, []),
        ({"marketing": "29d", "search": None}, []),
        ({"*": "29d", "marketing": "90d"}, [1]),
        ({"*": "29d", "sales": None}, [0]),
        ({"*": "29d"}, [0, 1]),
        ({"sales": None}, []),
        ({}, []),
    ],
)
def test_E01_a_lookback_by_channel_beats_its_teams_and_that_of_all(
    lookback: Any, rows: list[int]
) -> None:
    journeys = built(touches(deal_id="d1"), lookback=lookback)
    assert set_aside(journeys) == [("touches", row, "E01") for row in rows]


def test_E01_a_key_that_is_a_channel_and_no_team_is_not_taken_for_a_team() -> None:
    table = touches(channel=["search", "call", "Sales"], deal_id="d1")
    assert set_aside(built(table, lookback={"Sales": "1d"})) == [("touches", 2, "E01")]
    table = table.assign(channel=["search", "call", "sales"])
    journeys = built(table, lookback={"sales": "1d"})
    assert set_aside(journeys) == [("touches", row, "E01") for row in (1, 2)]


def test_E01_a_lookback_that_differs_is_told_in_the_ledger_and_the_summary() -> None:
    journeys = built(
        lookback={"sales": "90d", "mail": "12w"}, exclude=["x"], unit="person_day"
    )
    text = "lookback mail 84d, sales 90d"
    ledger = repr(at.attribute(journeys, "linear").deal("d1"))
    assert text in ledger
    assert "exclude channel x, unit person_day" in ledger
    assert "mail 84d, sales 90d" in repr(journeys)
    assert journeys.options["lookback"] == {"mail": "84d", "sales": "90d"}


def test_P11_kinds_that_no_touch_has_are_reported() -> None:
    journeys = built(
        lookback={"serch": "90d"}, exclude={"team": "sale"}, after={"cal": None},
        before={"Sales": "sql", "sails": "sql"},
    )  # fmt: skip
    found = [one for one in journeys.found if one.code == "P11"]
    assert [one.remedy for one in found] == [
        "Did you mean 'search'?", "Did you mean 'sales'?", "Did you mean 'sales'?",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        ({"unit": "day"}, "P04", "unit"),
        ({"unit": None}, "P04", "unit"),
        ({"dedupe": "30"}, "P01", "dedupe"),
        ({"dedupe": {"call": "1d"}}, "P01", "dedupe"),
        ({"lookback": {"sales": "90"}}, "P01", "lookback"),
        ({"lookback": {3: "90d"}}, "P04", "lookback"),
        ({"after": {"sales": "oportunity"}}, "P04", "Did you mean 'opportunity'?"),
        ({"before": "closed"}, "P04", "before"),
        ({"before": 3}, "P04", "before"),
        ({"exclude": {"chanel": ["x"]}}, "P04", "Did you mean 'channel'?"),
        ({"exclude": [3]}, "P04", "exclude"),
        ({"exclude": {"team": 3}}, "P04", "exclude"),
        ({"exclude": 3}, "P04", "exclude"),
    ],
)
def test_P04_and_P01_name_the_rule_that_is_written_wrongly(
    options: Any, code: str, named: str
) -> None:
    fault = only(refused(**options))
    assert fault.code == code
    assert named in str(fault)


def test_P07_a_half_life_from_the_lookback_needs_one_lookback_for_all() -> None:
    model = "time_decay:convention=posthog"
    with pytest.raises(at.InputError, match="P07"):
        at.attribute(built(lookback={"sales": "90d"}), model)
    assert at.attribute(built(lookback={"*": "90d"}), model).by("team").shape[0] == 2
