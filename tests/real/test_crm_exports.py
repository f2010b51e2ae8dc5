"""The exports beside the checkout, read whole: nothing lost, nothing warned of."""

from __future__ import annotations

import warnings
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import attribution as at
from attribution.doors.files import read_table

if TYPE_CHECKING:
    from pathlib import Path

READERS = {
    "salesforce_export": "salesforce",
    "fivetran_salesforce": "salesforce",
    "fivetran_hubspot": "hubspot",
}
BOTH = {"task.closed": False, "member.responded": False}
SWITCHES: dict[str, list[dict[str, bool]]] = {
    "salesforce_export": [{}, BOTH],
    "fivetran_salesforce": [{}, {"deleted": False}],
    "fivetran_hubspot": [{}, {"meeting.completed": False}],
}
CASES = [
    pytest.param(name, rules, marks=[pytest.mark.slow] if rules else [])
    for name, own in SWITCHES.items()
    for rules in own
]


def imported(shared: Path, name: str, rules: dict[str, bool] | None = None) -> Any:
    return read_once(shared / "data" / name, tuple((rules or {}).items()))


@cache
def read_once(folder: Path, rules: tuple[tuple[str, bool], ...]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = getattr(at.crm, READERS[folder.name])
        return read(folder, rules=dict(rules))


def rows_of(folder: Path) -> dict[str, int]:
    return {path.name: len(read_table(path)) for path in folder.glob("*.csv")}


@pytest.mark.parametrize(("name", "rules"), CASES, ids=str)
def test_every_row_in_is_kept_or_set_aside_by_a_rule(
    name: str, rules: dict[str, bool], shared: Path
) -> None:
    found = imported(shared, name, rules)
    counts = {found.files[one.object]: one for one in found.counts}
    assert {file: one.rows for file, one in counts.items()} == rows_of(
        shared / "data" / name
    )
    for one in counts.values():
        assert one.rows == one.kept + sum(one.aside.values())
    touches = [one.kept for one in counts.values() if one.part == "touches"]
    assert sum(touches) == len(found.touches) == sum(found.links.values())
    assert not (found.issues["severity"] == "error").any()
    assert "C04" not in set(found.issues["code"])


def test_with_the_defaults_the_export_gives_no_touch_and_says_why(shared: Path) -> None:
    found = imported(shared, "salesforce_export")
    assert len(found.touches) == 0
    aside = found.issues[found.issues["severity"] == "set aside"]
    assert dict(zip(aside["code"], aside["rows"], strict=True)) == {
        "task.closed": 75, "member.responded": 68,
    }  # fmt: skip
    bulk = found.issues.loc[found.issues["code"] == "C03", "table"]
    assert set(bulk) == {"Opportunity", "Task", "CampaignMember", "Lead"}
    early = found.issues.loc[found.issues["code"] == "T13", "rows"]
    assert early.tolist() == [19]


def test_with_both_rules_off_it_gives_both_teams_at_their_days(shared: Path) -> None:
    found = imported(shared, "salesforce_export", BOTH)
    assert found.touches["team"].value_counts().to_dict() == {
        "sales": 75, "marketing": 68,
    }  # fmt: skip
    assert set(found.touches["time"].str.len()) == {10}
    assert "2024-01-23" not in set(found.touches["time"])
    assert found.touches["campaign"].nunique() == 7
    counts = {one.object: one.rows for one in found.counts}
    assert (counts["Campaign"], counts["CampaignMember"], counts["Task"]) == (8, 68, 75)


def test_twelve_of_fifty_opportunities_are_won_to_the_cent(shared: Path) -> None:
    deals = imported(shared, "salesforce_export").deals
    assert deals["outcome"].value_counts().to_dict() == {
        "open": 35, "won": 12, "lost": 3,
    }  # fmt: skip
    won = deals.loc[deals["outcome"] == "won", "amount"]
    assert sum(won, Decimal()) == Decimal("10542562.98")
    closes = deals.loc[deals["outcome"] == "open", "closed_at"]
    assert closes.min() < "2024-01-25" < closes.max()


def test_all_ten_opportunities_of_the_warehouse_are_deleted(shared: Path) -> None:
    found = imported(shared, "fivetran_salesforce")
    assert len(found.deals) == 0
    kept = imported(shared, "fivetran_salesforce", {"deleted": False})
    assert kept.deals["outcome"].value_counts().to_dict() == {
        "won": 5, "lost": 4, "open": 1,
    }  # fmt: skip
    assert set(kept.deals["closed_at"].str.len()) == {10}


@pytest.mark.parametrize(("name", "rules"), CASES, ids=str)
def test_no_personal_value_of_an_export_leaves_the_reader(
    name: str, rules: dict[str, bool], shared: Path
) -> None:
    found = imported(shared, name, rules)
    whole = "\n".join(one.to_csv() for one in found) + repr(found)
    folder = shared / "data" / name
    for path in folder.glob("*.csv"):
        table = read_table(path)
        for column in table:
            plain = column.lower().replace("_", "").removeprefix("property")
            if plain in PERSONAL and "owner" not in path.name:
                values = table[column].dropna().unique()
                assert not [one for one in values if len(one) > 6 and one in whole]


PERSONAL = {
    "email", "phone", "mobilephone", "homephone", "mailingstreet", "street", "body",
    "address", "mailingaddress", "recipient", "hsemailtext", "hsemailsubject",
    "firstname", "lastname", "birthdate", "drivinglicensenumberc", "description",
}  # fmt: skip


def test_the_whole_road_leads_to_the_same_money_as_the_raw_tables(shared: Path) -> None:
    found = imported(shared, "salesforce_export", BOTH)
    journeys = at.build_journeys(
        found.touches, found.deals, contacts=found.contacts, currency="USD"
    )
    credits = at.attribute(journeys, "linear").by("team", minor=True)
    assert credits["revenue_minor"].sum() == 1_054_256_298
