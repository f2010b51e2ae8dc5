"""A Salesforce export: opportunities, tasks and campaign members."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import attribution as at
from attribution.doors.files import read_table

if TYPE_CHECKING:
    from pathlib import Path

OBJECTS = (
    "AccountContactRelation",
    "Campaign",
    "CampaignMember",
    "Contact",
    "Opportunity",
    "Task",
)
COLUMNS = {
    "touches": {
        "touch_id": "Id",
        "time": "Day",
        "channel": "Kind",
        "team": "Team",
        "campaign": "Campaign",
        "rep": "OwnerId",
        "contact_id": "WhoId",
        "account_id": "AccountId",
    },
    "deals": {
        "deal_id": "Id",
        "amount": "Amount",
        "outcome": "StageName",
        "closed_at": "CloseDate",
        "created_at": "CreatedDate",
        "account_id": "AccountId",
    },
}
CONTACT_COLUMNS = {"deal_id": "Id", "contact_id": "ContactId", "role": "Roles"}
OUTCOMES = {"Closed Won": "won", "Closed Lost": "lost", None: "open"}
WON = 1_054_256_298
ROWS = 75 + 68
LINKS = {"by person": "contact", "by account": "account"}


@pytest.fixture(scope="module")
def export(shared: Path) -> dict[str, Any]:
    folder = shared / "data" / "salesforce_export"
    return {name: read_table(folder / f"{name}.csv") for name in OBJECTS}


@pytest.fixture(scope="module")
def touches(export: dict[str, Any]) -> Any:
    tasks, members = export["Task"], export["CampaignMember"]
    campaigns = export["Campaign"].set_index("Id")
    people = export["Contact"].set_index("Id")
    sales = pd.DataFrame(
        {
            "Id": tasks["Id"],
            "Day": tasks["ActivityDate"],
            "Kind": tasks["Type__c"],
            "Team": "Sales",
            "OwnerId": tasks["OwnerId"],
            "WhoId": tasks["WhoId"],
            "AccountId": tasks["AccountId"],
        }
    )
    marketing = pd.DataFrame(
        {
            "Id": members["Id"],
            "Day": members["Added_Date__c"],
            "Kind": members["CampaignId"].map(campaigns["Type"]),
            "Team": "Marketing",
            "Campaign": members["CampaignId"].map(campaigns["Name"]),
            "WhoId": members["LeadOrContactId"],
            "AccountId": members["ContactId"].map(people["AccountId"]),
        }
    )
    return pd.concat([sales, marketing], ignore_index=True)


@pytest.fixture(scope="module")
def contacts(export: dict[str, Any]) -> Any:
    """Return the people of each opportunity's account."""
    accounts = export["Opportunity"][["Id", "AccountId"]]
    people = export["AccountContactRelation"][["AccountId", "ContactId", "Roles"]]
    return accounts.merge(people, on="AccountId")


def build(
    export: dict[str, Any], touches: Any, contacts: Any, **options: Any
) -> at.Journeys:
    columns = dict(COLUMNS)
    if contacts is not None:
        columns["contacts"] = CONTACT_COLUMNS
    return at.build_journeys(
        touches,
        export["Opportunity"],
        contacts=contacts,
        columns=columns,
        outcomes=OUTCOMES,
        currency="USD",
        **options,
    )


@pytest.fixture(scope="module")
def by_link(
    export: dict[str, Any], touches: Any, contacts: Any
) -> dict[str, at.Journeys]:
    """Return journeys linked through the buying committee, and without it."""
    return {
        "by person": build(export, touches, contacts),
        "by account": build(export, touches, None),
    }


@pytest.fixture(scope="module", params=list(LINKS))
def journeys(
    by_link: dict[str, at.Journeys], request: pytest.FixtureRequest
) -> at.Journeys:
    return by_link[request.param]


def used_or_set_aside(journeys: at.Journeys) -> list[int]:
    """Return the rows used and the rows set aside, each once."""
    aside = journeys.set_aside()
    return sorted([*np.unique(journeys.row).tolist(), *aside["row"].tolist()])


def totals_of(frame: Any) -> dict[str, int]:
    totals: dict[str, int] = frame.groupby("model")["revenue_minor"].sum().to_dict()
    return totals


def test_twelve_of_fifty_opportunities_are_won(
    journeys: at.Journeys, export: dict[str, Any]
) -> None:
    spans = [journeys.span(of) for of in ("won", "lost", "open")]
    assert [own.stop - own.start for own in spans] == [12, 3, 35]
    assert int(journeys.amount[journeys.span("won")].sum()) == WON
    every = sum(map(Decimal, export["Opportunity"]["Amount"]), Decimal())
    assert int(journeys.amount.sum()) == every.scaleb(2)


def test_the_stages_say_the_same_as_the_flags(
    export: dict[str, Any], touches: Any, by_link: dict[str, at.Journeys]
) -> None:
    deals = export["Opportunity"]
    flags = zip(deals["IsClosed"].notna(), deals["IsWon"].notna(), strict=True)
    words = {(True, True): "won", (True, False): "lost", (False, False): "open"}
    flagged = {
        **export,
        "Opportunity": deals.assign(StageName=[*map(words.get, flags)]),
    }
    found = build(flagged, touches, None).deals().drop(columns="StageName")
    pd.testing.assert_frame_equal(
        found, by_link["by account"].deals().drop(columns="StageName")
    )


@pytest.mark.parametrize("dim", ["team", "channel", "campaign", "rep", "link"])
def test_every_rule_divides_the_won_amount_to_the_cent(
    journeys: at.Journeys, rules: list[str], dim: str
) -> None:
    frame = at.attribute(journeys, rules).by(dim, minor=True)
    assert totals_of(frame) == dict.fromkeys(rules, WON)
    assert frame.groupby("model")["wins"].sum().tolist() == pytest.approx([12] * 4)


def test_open_and_lost_deals_and_the_pipeline_add_up_too(
    journeys: at.Journeys, rules: list[str]
) -> None:
    credits = at.attribute(journeys, rules)
    for of in ("lost", "open", "pipeline"):
        amount = int(journeys.amount[journeys.span(of)].sum())
        frame = credits.by("team", minor=True, of=of, period="quarter")
        assert totals_of(frame) == dict.fromkeys(rules, amount)


def test_the_teams_share_the_touched_deals_and_the_rest_says_why(
    by_link: dict[str, at.Journeys],
) -> None:
    journeys = by_link["by person"]
    credits = at.attribute(journeys, "linear")
    frame = credits.by("team", minor=True)
    cents = dict(zip(frame["team"], frame["revenue_minor"].tolist(), strict=True))
    assert cents == {
        "marketing": 148_738_765,
        "sales": 62_607_605,
        "(unattributed: no touch linked)": 72_882_517,
        "(unattributed: after the anchor)": 665_096_592,
        "(unattributed: several reasons)": 104_930_819,
    }
    untouched = journeys.deals().iloc[:12].query("touches == 0")
    whys = untouched.groupby("unattributed")["amount"].sum()
    assert {
        f"(unattributed: {why})": round(100 * amount) for why, amount in whys.items()
    } == {label: own for label, own in cents.items() if label.startswith("(")}
    assert repr(credits).splitlines()[-1] == (
        "Credit is a division by rule, not a measured effect; "
        "80 % of won money had no recorded touch."
    )


def test_every_row_is_used_or_set_aside_once(
    journeys: at.Journeys, touches: Any
) -> None:
    assert len(touches) == ROWS
    assert used_or_set_aside(journeys) == list(range(ROWS))
    aside = journeys.set_aside()
    leads = touches.index[touches["WhoId"].str.startswith("00Q")]
    assert set(leads) <= set(aside.loc[aside["code"] == "J01", "row"])


def test_touches_come_through_the_person_or_through_the_account(
    by_link: dict[str, at.Journeys],
) -> None:
    pairs = {}
    for name, link in LINKS.items():
        frame = by_link[name].to_frame()
        assert set(frame["link"]) == {link}
        assert set(frame["team"]) == {"marketing", "sales"}
        pairs[name] = set(zip(frame["deal_id"], frame["touch_id"], strict=True))
    assert pairs["by account"] < pairs["by person"]


def test_days_stay_days(journeys: at.Journeys, export: dict[str, Any]) -> None:
    days = export["Opportunity"].set_index("Id")["CloseDate"]
    closes = journeys.deals().set_index("deal_id")["closed_at"]
    assert closes.dt.strftime("%Y-%m-%d").to_dict() == days.to_dict()
    assert set(closes.dt.strftime("%H:%M:%S.%f")) == {"23:59:59.999999"}
    assert set(journeys.to_frame()["time"].dt.strftime("%H:%M")) == {"12:00"}
    assert not {"T03", "T04", "T14"} & set(journeys.issues["code"])


def test_days_are_days_of_the_named_zone(
    export: dict[str, Any], touches: Any, by_link: dict[str, at.Journeys]
) -> None:
    local = build(export, touches, None, tz="America/New_York")
    days = export["Opportunity"].set_index("Id")["CloseDate"]
    shown = local.deals().set_index("deal_id")["closed_at"]
    closes = shown.dt.tz_convert("America/New_York")
    assert closes.dt.strftime("%Y-%m-%d").to_dict() == days.to_dict()
    times = local.to_frame()["time"].dt.tz_convert("America/New_York")
    assert set(times.dt.strftime("%H:%M")) == {"12:00"}
    months = [
        at.attribute(one, "linear").by("team", period="month", minor=True)
        for one in (by_link["by account"], local)
    ]
    pd.testing.assert_frame_equal(*months)


def test_closes_before_the_bulk_load_are_reported_and_harm_nothing(
    journeys: at.Journeys,
) -> None:
    issues = journeys.issues
    assert issues.loc[issues["code"] == "T13", "rows"].tolist() == [15]
    assert not (issues["severity"] == "error").any()


def test_what_lies_after_the_day_of_the_export_is_set_aside(
    export: dict[str, Any], touches: Any, contacts: Any, rules: list[str]
) -> None:
    journeys = build(export, touches, contacts, as_of="2024-01-25")
    assert used_or_set_aside(journeys) == list(range(ROWS))
    aside = journeys.set_aside().set_index("row")["code"]
    late = touches.index[touches["Day"] > "2024-01-25"]
    assert set(aside[late]) == {"J01", "T17"}
    frame = at.attribute(journeys, rules).by("team", minor=True)
    assert totals_of(frame) == dict.fromkeys(rules, WON)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"start": "all"},
        {"start": "previous_close"},
        {"start": "opportunity"},
        {"lookback": "90d"},
        {"sharing": "open"},
        {"anchor": "opportunity"},
        {"process": ("Meeting",)},
        {"links": "account"},
        {"ids": "salesforce"},
        {"unit": "person_day"},
        {"unit": "account_day", "dedupe": "30d"},
        {"lookback": {"marketing": "180d", "Call": "30d"}},
        {"after": {"sales": "opportunity"}},
        {"exclude": {"team": ["Sales"]}},
    ],
    ids=str,
)
def test_no_option_loses_a_row_or_a_cent(
    export: dict[str, Any], touches: Any, contacts: Any, options: dict[str, Any]
) -> None:
    journeys = build(export, touches, contacts, **options)
    assert used_or_set_aside(journeys) == list(range(ROWS))
    frame = at.attribute(journeys, "linear").by("team", "channel", minor=True)
    assert totals_of(frame) == {"linear": WON}
