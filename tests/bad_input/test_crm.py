"""Bad input of CRM exports: one test a code; more of each stands in tests/crm."""

from __future__ import annotations

from typing import Any

import pytest
from bad_input.catalogue import check_fault
from crm_exports import (
    CAMPAIGN,
    DEAL,
    frame,
    member,
    opportunity,
    salesforce,
    task,
    told,
)

import attribution as at


def refused(source: object, where: tuple[str, str], code: str) -> Any:
    with pytest.raises(at.InputError) as caught:
        at.crm.salesforce(source)  # type: ignore[arg-type]
    return check_fault(caught.value, code, where)


def severities(found: Any, code: str) -> set[str]:
    return set(found.issues.loc[found.issues["code"] == code, "severity"])


def test_C01_an_export_of_another_system_is_named() -> None:
    fault = refused({"deals": frame({"id": "1"})}, ("source", ""), "C01")
    assert "looks like HubSpot" in fault.what


def test_C02_a_needed_object_is_an_error_and_an_optional_one_a_note() -> None:
    refused({"Tasks": frame(task())}, ("Opportunity", ""), "C02")
    found = salesforce(Task=frame(task()))
    assert severities(found, "C02") == {"note"}
    assert ("OpportunityContactRole", 1) in told(found, "C02")


def test_C03_a_bulk_load_is_a_warning() -> None:
    found = salesforce(Opportunity=frame(*[opportunity()] * 5))
    assert severities(found, "C03") == {"warning"}
    assert told(found, "C03") == [("Opportunity", 5)]


def test_C04_a_table_of_no_object_is_a_note() -> None:
    found = salesforce(Invoice=frame({"Id": "1"}))
    assert severities(found, "C04") == {"note"}


def test_C05_a_rule_without_its_columns_is_a_note() -> None:
    found = salesforce(Task=frame(task()))
    assert severities(found, "C05") == {"note"}
    assert told(found, "C05") == [("Task", 1)]


def test_C06_a_row_of_several_links_is_a_note() -> None:
    deals = frame({"id": "1", "amount": "1", "dealstage": "x", "closedate": None})
    calls = frame({"id": "1", "timestamp": "1704878130234", "contacts": "3;4"})
    found = at.crm.hubspot({"deals": deals, "calls": calls})
    assert severities(found, "C06") == {"note"}
    assert told(found, "C06") == [("call", 1)]


def test_C07_stages_entered_again_are_a_note() -> None:
    names = ("SQL", "Proposal", "SQL")
    rows = [
        {"OpportunityId": DEAL, "StageName": name, "CreatedDate": f"2024-01-0{day}"}
        for day, name in enumerate(names, 1)
    ]
    found = salesforce(OpportunityHistory=frame(*rows))
    assert severities(found, "C07") == {"note"}
    assert told(found, "C07") == [("OpportunityHistory", 1)]


def test_C08_words_that_are_not_mapped_are_a_note() -> None:
    one = {
        "name": "visits", "as": "touches", "team": "marketing",
        "columns": {"time": "at", "channel": "source"},
        "words": {"channel": {"google / cpc": "paid search", "": "direct"}},
    }  # fmt: skip
    rows = frame(
        {"at": "2024-01-01", "source": "google/cpc"},
        {"at": "2024-01-02", "source": "newchannel_q3"},
    )
    found = at.crm.generic({"visits": rows}, {"objects": [one]})
    assert found.touches["channel"].tolist() == ["paid search", "newchannel_q3"]
    assert severities(found, "C08") == {"note"}
    (what,) = found.issues.loc[found.issues["code"] == "C08", "what"]
    assert "newchannel_q3" in what


def test_C09_a_response_before_its_campaign_is_kept_and_told() -> None:
    rows = frame(member(1), member(2, FirstRespondedDate="2024-02-01"))
    campaigns = frame({"Id": CAMPAIGN, "Name": "Launch", "StartDate": "2024-02-01"})
    found = salesforce(CampaignMember=rows, Campaign=campaigns)
    assert severities(found, "C09") == {"warning"}
    assert told(found, "C09") == [("CampaignMember", 1)]
    assert len(found.touches) == 2


def test_P14_a_mapping_that_cannot_be_used_is_an_error() -> None:
    with pytest.raises(at.InputError) as caught:
        at.crm.generic({}, {"objects": [{"name": "x"}]})
    assert {one.code for one in caught.value.issues} == {"P14"}
