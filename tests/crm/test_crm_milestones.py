"""Milestones of deals: from the history of their stages and from their leads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from crm_exports import (
    CONTACT,
    DEAL,
    LEAD,
    OTHER_DEAL,
    cells,
    frame,
    opportunity,
    salesforce,
    told,
)


def stage(name: str, day: int, amount: object = "100", **given: Any) -> dict[str, Any]:
    sound = {
        "OpportunityId": DEAL, "StageName": name, "Amount": amount,
        "CreatedDate": f"2024-01-{day:02}T09:00:00.000+0000",
    }  # fmt: skip
    return {**sound, **given}


def lead(day: str, **given: Any) -> dict[str, Any]:
    return {"Id": LEAD, "CreatedDate": f"2023-{day}T08:00:00Z", **given}


def rows_told(found: Any, words: str) -> list[int]:
    own = found.issues[found.issues["what"].str.contains(words)]
    return [int(what.split()[3]) for what in own["what"]]


AGAIN = [
    stage("SQL", 9, "90"), stage("Prospecting", 6), stage("SQL", 8, "80"),
    stage("MQL", 7, "70"), stage("SQL", 10, "95"), stage("Prospecting", 11),
    stage("SQL", 12, "120"),
]  # fmt: skip
"""SQL is entered on the 8th and on the 12th; between, only amounts change."""


@pytest.mark.parametrize(("first", "day"), [(True, "08"), (False, "12")])
def test_a_milestone_is_the_first_entry_or_the_last_by_name(
    *, first: bool, day: str
) -> None:
    found = salesforce(
        OpportunityHistory=frame(*AGAIN), rules={"sql.first": first}
    ).deals
    assert found["sql_at"].tolist() == [f"2024-01-{day}T09:00:00Z"]
    assert found["mql_at"].tolist() == ["2024-01-07T09:00:00Z"]


def test_stages_entered_again_are_counted_and_changes_of_amount_are_not() -> None:
    found = salesforce(OpportunityHistory=frame(*AGAIN))
    assert rows_told(found, "entered again") == [1]
    own = found.issues[found.issues["what"].str.contains("entered again")]
    assert own["rows"].tolist() == [2]


@pytest.mark.parametrize("given", ["order", "probability", "milestones"])
def test_skipped_stages_are_counted(given: str) -> None:
    names = ["Prospecting", "MQL", "SQL", "Closed Won"]
    chances = ["10", "20", "50", "100"]
    rows = [stage(name, day) for day, name in enumerate(names, 6)]
    other = [stage(names[0], 6), stage(names[2], 7), stage("Closed Lost", 8)]
    rows += [{**one, "OpportunityId": OTHER_DEAL} for one in other]
    objects: dict[str, Any] = {}
    if given == "order":
        order = [{"MasterLabel": n, "SortOrder": at} for at, n in enumerate(names, 1)]
        objects["OpportunityStage"] = frame(*order)
    if given == "probability":
        chance = dict(zip(names, chances, strict=True))
        rows = [{**one, "Probability": chance.get(one["StageName"])} for one in rows]
    deals = frame(opportunity(), opportunity(Id=OTHER_DEAL))
    found = salesforce(Opportunity=deals, OpportunityHistory=frame(*rows), **objects)
    assert rows_told(found, "skipped") == [1]


def test_the_opportunity_is_the_creation_and_its_amount_the_one_then() -> None:
    rows = frame(stage("Prospecting", 5, "40"), stage("Proposal", 20, "90"))
    found = salesforce(OpportunityHistory=rows).deals
    names = ("opportunity_at", "amount_at_opportunity")
    assert cells(found, *names) == [("2024-01-05T09:00:00Z", Decimal(40))]


def test_a_bulk_load_of_deals_is_no_opportunity() -> None:
    deals = frame(*(opportunity(Id=f"00600000000000{at}AAA") for at in range(1, 7)))
    assert "opportunity_at" not in salesforce(Opportunity=deals).deals


@pytest.mark.parametrize(
    ("kind", "at"),
    [
        (None, "2023-11-05T08:00:00Z"),
        ("New Customer", "2023-11-05T08:00:00Z"),
        ("Existing Customer - Upgrade", None),
        ("Renewal", None),
    ],
)
def test_the_lead_is_the_earliest_of_the_deals_contacts_and_of_new_business(
    kind: str | None, at: str | None
) -> None:
    leads = frame(
        lead("12-01", ConvertedOpportunityId=DEAL),
        lead("11-05", Id="00Q000000000002EAA", ConvertedContactId=CONTACT),
        lead("01-01", Id="00Q000000000003EAA"),
    )
    roles = frame({"OpportunityId": DEAL, "ContactId": CONTACT})
    deals = frame(opportunity(Type=kind))
    found = salesforce(Opportunity=deals, Lead=leads, OpportunityContactRole=roles)
    assert found.deals.get("lead_at", [None])[0] == at


def test_leads_tell_their_milestones_where_no_history_does() -> None:
    own = lead(
        "11-05", ConvertedOpportunityId=DEAL, MQL_Date__c="2023-11-06",
        SAL_Date__c="2023-11-07", SQL_Date__c="2023-11-08T10:00:00Z",
        LeadSource="Cold Call", Disqualified_Reason__c="null",
    )  # fmt: skip
    found = salesforce(Lead=frame(own))
    names = ("lead_at", "mql_at", "sal_at", "sql_at")
    assert cells(found.deals, *names) == [
        ("2023-11-05T08:00:00Z", "2023-11-06", "2023-11-07", "2023-11-08T10:00:00Z")
    ]
    shown = ("lead_id", "team", "source", "accepted_at", "reason", "deal_id")
    assert cells(found.leads, *shown) == [
        (LEAD, "sales", "Cold Call", "2023-11-07", None, DEAL)
    ]


def test_the_history_of_fields_counts_its_changes_of_stage_alone() -> None:
    rows = frame(
        {"OpportunityId": DEAL, "Field": "StageName", "NewValue": "SQL",
         "CreatedDate": "2024-01-08T09:00:00Z"},
        {"OpportunityId": DEAL, "Field": "Amount", "NewValue": "SQL",
         "CreatedDate": "2024-01-02T09:00:00Z"},
    )  # fmt: skip
    found = salesforce(OpportunityFieldHistory=rows)
    assert found.deals["sql_at"].tolist() == ["2024-01-08T09:00:00Z"]
    assert ("OpportunityHistory", 0) not in told(found, "C02")
    assert ("OpportunityHistory", 0) in told(salesforce(), "C02")


def test_old_versions_of_a_warehouse_are_the_history() -> None:
    rows = frame(
        {"id": DEAL, "stage_name": "SQL", "_fivetran_start": "2024-01-08 09:00:00",
         "created_date": "2024-01-01 00:00:00", "_fivetran_active": "false"},
    )  # fmt: skip
    found = salesforce(OpportunityHistory=rows)
    assert found.deals["sql_at"].tolist() == ["2024-01-08T09:00:00Z"]
