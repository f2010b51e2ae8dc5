"""The mappings that the pages show do what the pages say."""

from __future__ import annotations

from pathlib import Path

from crm_exports import cells, frame, told

import attribution as at

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GROUP = "session_traffic_source_last_click.cross_channel_campaign.default_channel_group"


def test_ga4_sessions_become_touches_of_their_channel_group() -> None:
    events = frame(
        {"event_name": "session_start", "event_timestamp": "1704878130000000",
         "user_id": "c1", "user_pseudo_id": "p1", GROUP: "Paid Social",
         "traffic_source.name": "spring"},
        {"event_name": "session_start", "event_timestamp": "1704878131000000",
         "user_pseudo_id": "p2", "traffic_source.medium": "cpc",
         "traffic_source.name": "(not set)"},
        {"event_name": "page_view", "event_timestamp": "1704878132000000"},
    ).assign(**{
        "collected_traffic_source.manual_medium": None,
        "collected_traffic_source.manual_campaign_name": None,
    })  # fmt: skip
    found = at.crm.generic({"events": events}, EXAMPLES / "ga4.toml")
    names = ("time", "contact_id", "channel", "campaign")
    assert cells(found.touches, *names) == [
        ("2024-01-10T09:15:30Z", "c1", "Paid Social", "spring"),
        ("2024-01-10T09:15:31Z", "p2", "Paid Search", None),
    ]
    assert told(found, "session.started") == [("events", 1)]


def test_marketo_activities_are_engaged_or_successes_of_leads() -> None:
    rows = [
        ("g1", "10", "Mail", "null"), ("g2", "6", "Mail", "null"),
        ("g3", "104", "Webinar", '{"New Status": "Attended", "Success": true}'),
        ("g4", "104", "Webinar", '{"New Status": "Invited", "Success": false}'),
    ]  # fmt: skip
    names = ("marketoGUID", "activityTypeId", "primaryAttributeValue", "attributes")
    shared = {"leadId": "5", "activityDate": "2022-02-13T14:06:20Z"}
    activities = frame(
        *({**dict(zip(names, row, strict=True)), **shared} for row in rows)
    )
    leads = frame({"id": "5", "sfdcContactId": "003", "createdAt": None})
    found = at.crm.generic(
        {"activities": activities, "leads": leads}, EXAMPLES / "marketo.toml"
    )
    shown = ("touch_id", "channel", "campaign", "lead_id", "contact_id")
    assert cells(found.touches, *shown) == [
        ("g1", "email", "Mail", "5", "003"), ("g3", "program", "Webinar", "5", "003"),
    ]  # fmt: skip
    assert told(found, "activity.engaged") == [("activities", 2)]


def test_outreach_calls_and_mailings_reach_their_opportunities() -> None:
    call = {
        "id": 1, "answeredAt": "2024-02-01T09:00:00.000Z", "completedAt": None,
        "dialedAt": None, "opportunity": [7], "prospect": [3], "sequence": None,
        "user": 1, "outcome": "completed",
    }  # fmt: skip
    mail = {
        "id": 1, "repliedAt": None, "clickedAt": None, "openedAt": None,
        "deliveredAt": "2024-02-02T09:00:00.000Z", "opportunity": None, "prospect": [3],
        "sequence": "Spring", "user": 2, "state": "delivered",
    }  # fmt: skip
    deal = {
        "id": 7, "amount": 100, "closeDate": "2024-03-01T00:00:00.000Z",
        "createdAt": "2024-01-01T00:00:00.000Z", "opportunityStage": "Closed Won",
        "owner": 1, "account": 60,
    }  # fmt: skip
    source = {
        "calls": frame(call, {**call, "id": 2, "outcome": "no_answer"}),
        "mailings": frame(mail, {**mail, "id": 2, "state": "bounced"}),
        "users": frame({"id": 1, "name": "Ana"}),
        "opportunities": frame(deal),
    }
    found = at.crm.generic(source, EXAMPLES / "outreach.toml")
    names = ("touch_id", "channel", "deal_id", "contact_id", "campaign", "rep")
    assert cells(found.touches, *names) == [
        ("calls:1", "call", "7", "3", None, "Ana"),
        ("mailings:1", "email", None, "3", "Spring", "2"),
    ]
    shown = ("deal_id", "outcome", "closed_at", "owner", "account_id")
    assert cells(found.deals, *shown) == [("7", "won", "2024-03-01", "Ana", "60")]
    assert (found.links["deal"], found.links["(none)"]) == (1, 1)
