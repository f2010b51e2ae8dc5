"""HubSpot: texts and epoch milliseconds, links in other tables, outcomes by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pytest
from crm_exports import cells, frame, told

import attribution as at

CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
VOICEMAIL = "b2cf5968-551e-4856-9783-52b3da59a7d0"


def deal(**given: Any) -> dict[str, Any]:
    sound = {
        "id": "71", "amount": "1000.10", "dealstage": "closedwon",
        "closedate": "1719741600000", "createdate": "2024-01-10T09:15:30.234Z",
        "hs_is_closed_won": "true", "hs_is_closed": "true",
    }  # fmt: skip
    return {**sound, **given}


def call(number: int = 1, **given: Any) -> dict[str, Any]:
    sound = {
        "id": str(number), "hs_timestamp": "1704878130234", "hubspot_owner_id": "5",
        "hs_call_disposition": CONNECTED, "hs_call_status": "COMPLETED",
    }  # fmt: skip
    return {**sound, **given}


def meeting(number: int = 1, **given: Any) -> dict[str, Any]:
    sound = {
        "id": str(number), "hs_timestamp": "2024-02-01T10:00:00Z",
        "hs_meeting_start_time": "2024-02-02T10:00:00Z",
        "hs_meeting_outcome": "COMPLETED",
    }  # fmt: skip
    return {**sound, **given}


def mail(number: int = 1, **given: Any) -> dict[str, Any]:
    sound = {
        "id": str(number), "hs_timestamp": "2024-02-01T10:00:00Z",
        "hs_email_status": "SENT",
    }  # fmt: skip
    return {**sound, **given}


def mail_event(number: int = 1, **given: Any) -> dict[str, Any]:
    sound = {
        "id": f"e{number}", "created": "1704878130234", "type": "CLICK",
        "recipient": "ann@example.com", "email_campaign_id": "9",
        "filtered_event": "false",
    }  # fmt: skip
    return {**sound, **given}


def participation(number: int = 1, **given: Any) -> dict[str, Any]:
    sound = {
        "id": str(number), "contactId": "3", "marketingEventId": "8",
        "state": "ATTENDED", "interactionDateTime": "1704878130234",
    }  # fmt: skip
    return {**sound, **given}


def hubspot(*, rules: dict[str, bool] | None = None, **objects: Any) -> Any:
    return at.crm.hubspot({"deals": frame(deal()), **objects}, rules=rules)


def test_times_are_read_as_milliseconds_or_texts_and_amounts_exactly() -> None:
    found = hubspot(calls=frame(call(), call(2, hs_timestamp="2024-02-01T10:00:00.5Z")))
    assert found.touches["time"].tolist() == [
        "2024-01-10T09:15:30.234000Z", "2024-02-01T10:00:00.500000Z",
    ]  # fmt: skip
    names = ("deal_id", "amount", "outcome", "closed_at", "created_at")
    assert cells(found.deals, *names) == [
        ("71", Decimal("1000.10"), "won", "2024-06-30T10:00:00Z",
         "2024-01-10T09:15:30.234000Z")
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "made", "spoiled", "rule"),
    [
        ("call", call, {"hs_call_disposition": VOICEMAIL}, "call.reached"),
        ("call", call, {"hs_call_disposition": "No answer"}, "call.reached"),
        ("call", call, {"hs_call_status": "MISSED"}, "call.completed"),
        ("meeting", meeting, {"hs_meeting_outcome": "SCHEDULED"}, "meeting.completed"),
        ("meeting", meeting, {"hs_meeting_outcome": None}, "meeting.completed"),
        ("email", mail, {"hs_email_status": "BOUNCED"}, "email.delivered"),
        ("email_event", mail_event, {"type": "SENT"}, "email_event.engaged"),
        ("email_event", mail_event, {"type": "BOUNCE"}, "email_event.engaged"),
        ("email_event", mail_event, {"filtered_event": "true"}, "email_event.filtered"),
        (
            "marketing_event_participation", participation, {"state": "NO_SHOW"},
            "event.attended",
        ),
        ("call", call, {"archived": "true"}, "deleted"),
    ],
)  # fmt: skip
def test_each_rule_takes_its_row_is_counted_and_can_be_switched_off(
    name: str, made: Any, spoiled: dict[str, Any], rule: str
) -> None:
    rows = frame(made(1), made(2, **spoiled))
    found = hubspot(**{name: rows})
    assert len(found.touches) == 1
    assert told(found, rule) == [(name, 1)]
    assert len(hubspot(rules={rule: False}, **{name: rows}).touches) == 2


def test_no_show_meetings_stay_out_by_their_own_rule_too() -> None:
    rows = frame(meeting(hs_meeting_outcome="NO_SHOW"))
    found = hubspot(meeting=rows, rules={"meeting.completed": False})
    assert told(found, "meeting.held") == [("meeting", 1)]


def test_names_of_the_warehouse_are_those_of_the_api() -> None:
    rows = frame(call(hs_call_title="Quote"))
    expected = hubspot(calls=rows)
    renamed = rows.rename(columns=lambda name: f"property_{name}")
    renamed = renamed.rename(columns={"property_id": "engagement_id"})
    deals = frame(deal()).rename(columns=lambda name: f"property_{name}")
    deals = deals.rename(columns={"property_id": "deal_id"})
    found = at.crm.hubspot({"hubspot_deal_data": deals, "engagement_call": renamed})
    pd.testing.assert_frame_equal(found.touches, expected.touches)
    pd.testing.assert_frame_equal(found.deals, expected.deals)
    assert expected.touches["process"].tolist() == [True]


@pytest.mark.parametrize(
    "contacts", ["3;4", '["3","4"]', "[3, 4]", ["3", "4"], ("3", "4")]
)
def test_lists_of_ids_give_the_first_and_say_so(contacts: object) -> None:
    found = hubspot(calls=frame(call(contacts=contacts, deals="71")))
    assert cells(found.touches, "contact_id", "deal_id") == [("3", "71")]
    assert told(found, "C06") == [("call", 1)]


def test_lists_of_polars_are_lists() -> None:
    rows = pl.DataFrame({**call(), "contacts": [["3"]]})
    assert hubspot(calls=rows).touches["contact_id"].tolist() == ["3"]


def test_links_of_other_tables_fill_what_is_missing() -> None:
    links = {
        "engagement_deal": frame({"engagement_id": "1", "deal_id": "71"}),
        "engagement_contact": frame(
            {"engagement_id": "1", "contact_id": "3"},
            {"engagement_id": "1", "contact_id": "4"},
            {"engagement_id": "2", "contact_id": "5"},
        ),
        "engagement_company": frame({"engagement_id": "2", "company_id": "60"}),
        "deal_company": frame({"deal_id": "71", "company_id": "60"}),
    }
    found = hubspot(call=frame(call(1), call(2)), **links)
    names = ("deal_id", "contact_id", "account_id")
    assert cells(found.touches, *names) == [("71", "3", None), (None, "5", "60")]
    assert found.deals["account_id"].tolist() == ["60"]
    assert told(found, "C06") == [("call", 1)]
    assert (found.links["deal"], found.links["account"]) == (1, 1)


def test_contacts_in_the_rows_of_deals_are_their_committee() -> None:
    deals = frame(
        deal(contacts="3;4"),
        deal(id="72", contacts=None),
        deal(id="73", contacts="3;4"),
    )
    found = hubspot(deals=deals)
    assert sorted(cells(found.contacts, "deal_id", "contact_id")) == [
        ("71", "3"), ("71", "4"), ("73", "3"), ("73", "4"),
    ]  # fmt: skip
    assert found.counts[0].rows == 3


def test_a_mail_becomes_its_contact_and_the_address_goes_no_further() -> None:
    people = frame({"id": "3", "property_email": "Ann@Example.com", "company_id": "60"})
    found = hubspot(
        email_event=frame(mail_event()), contact=people,
        email_campaign=frame({"id": "9", "name": "Spring", "subject": "Dear Ann"}),
    )  # fmt: skip
    names = ("contact_id", "person_account_id", "campaign", "channel")
    assert cells(found.touches, *names) == [("3", "60", "Spring", "email")]
    whole = "".join(one.to_csv() for one in found) + repr(found)
    assert "xample.com" not in whole
    assert "Dear" not in whole


def test_contacts_that_were_merged_are_one() -> None:
    people = frame({"id": "3", "hs_merged_object_ids": "11;12"})
    roles = frame({"deal_id": "71", "contact_id": "12"})
    found = hubspot(
        calls=frame(call(contacts="11")), contact=people, deal_contact=roles
    )
    assert found.touches["contact_id"].tolist() == ["3"]
    assert found.contacts["contact_id"].tolist() == ["3"]
    assert found.links["contact"] == 1


def test_stages_say_by_their_table_how_a_deal_ended() -> None:
    stages = frame(
        {
            "stage_id": "s1",
            "label": "Signed",
            "closed_won": "TRUE",
            "is_closed": "TRUE",
        },
        {"stage_id": "s2", "label": "Gone", "closed_won": "FALSE", "is_closed": "TRUE"},
        {"stage_id": "s3", "label": "SQL", "closed_won": "FALSE", "is_closed": "FALSE"},
        {"stage_id": "s4", "label": "Sure", "probability": "1.0"},
    )
    deals = frame(*(deal(id=f"7{at}", dealstage=f"s{at}") for at in range(1, 5))).drop(
        columns=["hs_is_closed", "hs_is_closed_won"]
    )
    found = hubspot(deals=deals, deal_pipeline_stage=stages)
    assert cells(found.deals, "outcome", "stage") == [
        ("won", "Signed"), ("lost", "Gone"), ("open", "SQL"), ("won", "Sure"),
    ]  # fmt: skip


def test_the_history_of_stages_gives_milestones_old_rows_too() -> None:
    history = frame(
        {"deal_id": "71", "value": "s3", "date_entered": "2024-01-20 6:00:00",
         "_fivetran_active": "FALSE"},
    )  # fmt: skip
    stages = frame({"stage_id": "s3", "label": "SQL", "display_order": "2"})
    found = hubspot(deal_stage=history, deal_pipeline_stage=stages)
    assert found.deals["sql_at"].tolist() == ["2024-01-20T06:00:00Z"]


def test_columns_of_entered_stages_are_a_history() -> None:
    deals = frame(deal(hs_date_entered_qualifiedtobuy="1704878130000"))
    found = hubspot(deals=deals)
    assert found.deals["sql_at"].tolist() == ["2024-01-10T09:15:30Z"]


def test_contacts_are_leads_with_the_first_deal_that_they_are_linked_to() -> None:
    people = frame(
        {"id": "3", "createdate": "2023-01-01T00:00:00Z",
         "hs_analytics_source": "OFFLINE",
         "hs_lifecyclestage_marketingqualifiedlead_date": "1704878130000"},
    )  # fmt: skip
    roles = frame({"deal_id": "71", "contact_id": "3"})
    found = hubspot(contact=people, deal_contact=roles)
    names = ("lead_id", "contact_id", "created_at", "source", "mql_at", "deal_id")
    assert cells(found.leads, *names) == [
        ("3", "3", "2023-01-01T00:00:00Z", "OFFLINE", "2024-01-10T09:15:30Z", "71")
    ]
    assert found.deals["lead_at"].tolist() == ["2023-01-01T00:00:00Z"]


def test_owners_are_shown_by_both_their_names() -> None:
    owners = frame(
        {"owner_id": "5", "first_name": "Ana", "last_name": "Silva"},
        {"owner_id": "6", "first_name": None, "last_name": "Ono"},
    )
    rows = frame(call(1), call(2, hubspot_owner_id="6"), call(3, hubspot_owner_id="7"))
    found = hubspot(calls=rows, owner=owners)
    assert found.touches["rep"].tolist() == ["Ana Silva", "Ono", "7"]


def test_forms_and_marketing_events_are_marketings() -> None:
    forms = frame({"conversion_id": "1", "timestamp": "2023-11-01 10:20:00",
                   "form_id": "123", "contact_id": "001"})  # fmt: skip
    events = frame({"objectId": "8", "eventName": "Expo", "eventType": "fair"})
    found = hubspot(
        contact_form_submission=forms, marketing_event=events,
        marketing_event_participation=frame(participation()),
    )  # fmt: skip
    names = ("touch_id", "team", "channel", "campaign", "contact_id")
    assert cells(found.touches, *names) == [
        ("form_submission:1", "marketing", "form", "123", "001"),
        ("marketing_event_participation:1", "marketing", "fair", "Expo", "3"),
    ]


@pytest.mark.slow
def test_the_order_of_rows_of_links_changes_nothing() -> None:
    links = frame(
        {"engagement_id": "1", "contact_id": "4"},
        {"engagement_id": "1", "contact_id": "3"},
    )
    roles = frame(
        {"deal_id": "72", "contact_id": "3"}, {"deal_id": "71", "contact_id": "3"}
    )
    people = frame({"id": "3"})
    for step in (1, -1):
        found = hubspot(
            call=frame(call()), engagement_contact=links[::step],
            deal_contact=roles[::step], contact=people,
        )  # fmt: skip
        assert found.touches["contact_id"].tolist() == ["3"]
        assert found.leads["deal_id"].tolist() == ["71"]


def test_rows_that_no_table_holds_are_not_counted() -> None:
    found = hubspot(deals=frame(deal(contacts="3;4")))
    for one in found.counts:
        assert one.rows == one.kept + sum(one.aside.values())


@pytest.mark.parametrize("step", [1_000, 86_400_000])
def test_a_bulk_load_is_seen_in_numbers(step: int) -> None:
    rows = [
        deal(id=str(at), createdate=str(1_704_878_130_000 + at * step))
        for at in range(6)
    ]
    found = at.crm.hubspot({"deal": frame(*rows)})
    assert told(found, "C03") == ([("deal", 6)] if step == 1_000 else [])
