"""Salesforce: which rows are touches, when they were, and whom they reach."""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
from crm_exports import (
    ACCOUNT,
    CAMPAIGN,
    CONTACT,
    DEAL,
    LEAD,
    OTHER_DEAL,
    OWNER,
    cells,
    event,
    frame,
    member,
    opportunity,
    salesforce,
    task,
    told,
)

import attribution as at

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    "touch_id", "time", "team", "channel", "campaign", "rep", "contact_id", "lead_id",
    "account_id", "deal_id", "lead_deal_id", "person_account_id", "process", "object",
]  # fmt: skip


def test_both_teams_become_touches_of_the_agreed_columns() -> None:
    found = salesforce(
        Task=frame(task()), Event=frame(event()), CampaignMember=frame(member())
    )
    assert list(found.touches) == NAMES
    assert found.touches["process"].dtype == bool
    assert cells(found.touches, "team", "channel", "time", "object") == [
        ("sales", "Call", "2024-02-01", "Task"),
        ("sales", "Demo", "2024-02-03T10:00:00Z", "Event"),
        ("marketing", "campaign", "2024-01-20", "CampaignMember"),
    ]


def test_an_import_without_pyarrow_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame(task(), task(2, Subject="Quoted, \u00e9")).to_csv(tmp_path / "Task.csv")
    frame(opportunity()).to_csv(tmp_path / "Opportunity.csv")
    fast = at.crm.salesforce(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    slow = at.crm.salesforce(tmp_path)
    assert len(fast.touches) == 2
    for one, other in zip(fast, slow, strict=True):
        assert one.to_csv() == other.to_csv()


def test_an_import_unpacks_in_the_promised_order() -> None:
    found = salesforce(Task=frame(task()))
    touches, deals, contacts, leads, issues = found
    for name, one in (
        ("touches", touches), ("deals", deals), ("contacts", contacts),
        ("leads", leads), ("issues", issues),
    ):  # fmt: skip
        assert one is getattr(found, name)
        assert isinstance(one, pd.DataFrame)
    columns = ["code", "severity", "table", "column", "rows", "what", "remedy"]
    assert list(issues) == columns
    assert issues["rows"].dtype == "int64"


@pytest.mark.parametrize(
    ("name", "made", "spoiled", "rule"),
    [
        ("Task", task, {"IsClosed": "false"}, "task.closed"),
        ("Task", task, {"IsClosed": None}, "task.closed"),
        ("Task", task, {"CallDisposition": "Left Voicemail"}, "task.reached"),
        ("Task", task, {"CallDisposition": "No answer"}, "task.reached"),
        ("Task", task, {"TaskSubtype": "ListEmail"}, "task.list_email"),
        ("Event", event, {"IsChild": "1"}, "event.child"),
        ("Event", event, {"No_Show__c": "TRUE"}, "event.held"),
        ("Event", event, {"Outcome__c": "Cancelled"}, "event.held"),
        ("CampaignMember", member, {"HasResponded": "false"}, "member.responded"),
        ("CampaignMember", member, {"Status": "No-Show"}, "member.attended"),
        ("CampaignMember", member, {"Status": "Bounced"}, "member.attended"),
        ("Task", task, {"IsDeleted": "true"}, "deleted"),
        ("Event", event, {"_fivetran_deleted": "TRUE"}, "deleted"),
        ("CampaignMember", member, {"_fivetran_active": "false"}, "deleted"),
    ],
)
def test_each_rule_takes_its_row_is_counted_and_can_be_switched_off(
    name: str, made: Any, spoiled: dict[str, Any], rule: str
) -> None:
    rows = frame(made(1), made(2, **spoiled))
    found = salesforce(**{name: rows})
    assert len(found.touches) == 1
    assert told(found, rule) == [(name, 1)]
    count = next(one for one in found.counts if one.object == name)
    assert count.rows == count.kept + sum(count.aside.values()) == 2
    assert len(salesforce(rules={rule: False}, **{name: rows}).touches) == 2


def test_a_status_closes_a_task_where_there_is_no_flag() -> None:
    rows = frame(task(1, Status="Completed"), task(2, Status="Not Started"))
    found = salesforce(Task=rows.drop(columns="IsClosed"))
    assert found.touches["touch_id"].tolist() == ["00T000000000001AAA"]


@pytest.mark.slow
@pytest.mark.parametrize("yes", ["true", "TRUE", "yes", "Y", "on", "1", 1.0, True])
def test_booleans_are_read_however_they_are_written(yes: object) -> None:
    rows = frame(task(1, IsClosed=yes), task(2, IsClosed=None))
    assert len(salesforce(Task=rows).touches) == 1


def test_a_meeting_after_the_export_is_only_scheduled() -> None:
    seen = "2024-02-10T00:00:00.000+0000"
    later = event(2, StartDateTime="2024-02-11T10:00:00Z", SystemModstamp=seen)
    rows = frame(event(1, SystemModstamp=seen), later)
    assert told(salesforce(Event=rows), "event.past") == [("Event", 1)]
    assert len(salesforce(Event=rows, rules={"event.past": False}).touches) == 2
    unstamped = rows.drop(columns="SystemModstamp")
    assert len(salesforce(Event=unstamped).touches) == 2


def test_the_time_of_a_task_is_its_completion_else_its_day_else_its_creation() -> None:
    done = task(1, CompletedDateTime="2024-02-02T03:04:05.000+0000")
    rows = frame(done, task(2), task(3, ActivityDate=None))
    assert salesforce(Task=rows).touches["time"].tolist() == [
        "2024-02-02T03:04:05Z", "2024-02-01", "2024-03-01T08:00:00Z",
    ]  # fmt: skip


def test_midnights_of_a_column_of_days_are_days() -> None:
    rows = frame(task(ActivityDate="2024-02-01 00:00:00"))
    deals = frame(opportunity(CloseDate="2024-06-30T00:00:00.000Z"))
    found = salesforce(Task=rows, Opportunity=deals)
    assert found.touches["time"].tolist() == ["2024-02-01"]
    assert found.deals["closed_at"].tolist() == ["2024-06-30"]


def test_a_row_without_any_time_is_set_aside_by_name() -> None:
    rows = frame(task(1), task(2, ActivityDate=None, CreatedDate=None))
    found = salesforce(Task=rows)
    assert told(found, "no time") == [("Task", 1)]
    assert len(found.touches) == 1


def test_two_offsets_in_one_column_are_read_row_by_row_in_the_order_of_rows() -> None:
    times = ["2024-03-31T01:30:00+01:00", "2024-03-31T03:10:00+02:00"]
    rows = frame(*(event(at, StartDateTime=one) for at, one in enumerate(times, 1)))
    assert salesforce(Event=rows).touches["time"].tolist() == [
        "2024-03-31T00:30:00Z", "2024-03-31T01:10:00Z",
    ]  # fmt: skip


def bulk(**given: Any) -> pd.DataFrame:
    stamp = "2024-01-23T02:46:47.000+0000"
    return frame(*(member(at, CreatedDate=stamp, **given) for at in range(1, 7)))


def test_a_bulk_load_gives_no_touch_its_time_where_there_is_a_better_column() -> None:
    found = salesforce(
        CampaignMember=bulk(FirstRespondedDate=None, Added_Date__c="2023-06-18")
    )
    assert set(found.touches["time"]) == {"2023-06-18"}
    assert told(found, "C03") == [("CampaignMember", 6)]
    (what,) = found.issues.loc[found.issues["code"] == "C03", "what"]
    assert what.endswith("Other columns do.")


def test_a_bulk_load_is_taken_where_there_is_no_better_column_and_that_is_told() -> (
    None
):
    found = salesforce(CampaignMember=bulk(FirstRespondedDate=None))
    assert set(found.touches["time"]) == {"2024-01-23T02:46:47Z"}
    (what,) = found.issues.loc[found.issues["code"] == "C03", "what"]
    assert what.endswith("6 touches have no better time.")


def test_what_and_who_are_deal_account_contact_or_lead_by_their_prefix() -> None:
    rows = frame(
        task(1, WhatId=DEAL), task(2, WhatId=ACCOUNT), task(3, WhoId=LEAD),
        task(4, WhoId=None, WhatId=None, AccountId=ACCOUNT),
    )  # fmt: skip
    names = ("contact_id", "lead_id", "account_id", "deal_id")
    assert cells(salesforce(Task=rows).touches, *names) == [
        (CONTACT, None, None, DEAL), (CONTACT, None, ACCOUNT, None),
        (None, LEAD, None, None), (None, None, ACCOUNT, None),
    ]  # fmt: skip


def test_a_touch_on_a_converted_lead_has_its_contact_its_deal_and_its_account() -> None:
    lead = {
        "Id": LEAD, "ConvertedContactId": CONTACT, "ConvertedAccountId": ACCOUNT,
        "ConvertedOpportunityId": DEAL, "CreatedDate": "2023-12-01T08:00:00Z",
    }  # fmt: skip
    found = salesforce(Task=frame(task(WhoId=LEAD)), Lead=frame(lead))
    names = ("contact_id", "lead_id", "lead_deal_id", "person_account_id")
    assert cells(found.touches, *names) == [(CONTACT, LEAD, DEAL, ACCOUNT)]
    assert found.links["lead"] == 1


def test_each_touch_counts_under_the_most_trusted_way_to_a_deal() -> None:
    other = "003000000000002AAA"
    people = frame(
        {"Id": CONTACT, "AccountId": ACCOUNT}, {"Id": other, "AccountId": ACCOUNT}
    )
    roles = frame({"OpportunityId": DEAL, "ContactId": CONTACT, "Role": "Decider"})
    rows = frame(
        task(1, WhatId=DEAL), task(2), task(3, WhoId=other),
        task(4, WhoId=None, WhatId=ACCOUNT), task(5, WhoId="003000000000009AAA"),
    )  # fmt: skip
    found = salesforce(Task=rows, Contact=people, OpportunityContactRole=roles)
    assert found.links == {
        "deal": 1, "contact": 1, "lead": 0, "person_account": 1, "account": 1,
        "(none)": 1,
    }  # fmt: skip
    assert cells(found.contacts, "deal_id", "contact_id", "role") == [
        (DEAL, CONTACT, "Decider")
    ]


def test_ids_of_15_and_18_characters_are_one_and_case_is_kept() -> None:
    deals = frame(
        opportunity(Id="006Ec00000AieKG"), opportunity(Id="006ec00000AieKGAAA")
    )
    rows = frame(
        task(1, WhatId="006Ec00000AieKGIAZ"), task(2, WhatId="006ec00000AieKG")
    )
    found = salesforce(Opportunity=deals, Task=rows)
    assert found.touches["deal_id"].tolist() == found.deals["deal_id"].tolist()
    assert found.deals["deal_id"].tolist()[0] == "006Ec00000AieKGIAZ"
    assert found.deals["deal_id"].nunique() == 2
    assert found.links["deal"] == 2


def test_campaigns_give_their_type_as_the_channel_and_their_name() -> None:
    campaigns = frame({"Id": CAMPAIGN, "Name": "Launch", "Type": "Webinar"})
    found = salesforce(CampaignMember=frame(member()), Campaign=campaigns)
    assert cells(found.touches, "channel", "campaign") == [("Webinar", "Launch")]
    headers = frame({**member(), "Campaign.Name": "Launch", "Campaign.Type": "Webinar"})
    found = salesforce(CampaignMember=headers)
    assert cells(found.touches, "channel", "campaign") == [("Webinar", "Launch")]


def test_the_rep_is_the_name_of_the_owner_else_the_owner() -> None:
    users = frame({"Id": OWNER, "Name": "Ana Silva"})
    rows = frame(task(1), task(2, OwnerId=None), task(3, OwnerId="005000000000002AAA"))
    found = salesforce(Task=rows, User=users)
    assert cells(found.touches, "rep") == [
        ("Ana Silva",), (None,), ("005000000000002AAA",),
    ]  # fmt: skip
    headers = frame({**opportunity(), "OwnerId": OWNER, "Owner.Name": "Ben"})
    assert salesforce(Opportunity=headers).deals["owner"].tolist() == ["Ben"]


@pytest.mark.parametrize(
    ("spoiled", "step"),
    [
        ({"Subject": "Proposal sent"}, True),
        ({"Subject": "send QUOTE v2"}, True),
        ({"Type": "Closing call", "TaskSubtype": "Task"}, True),
        ({"Subject": "Contractor meeting"}, False),
        ({"Subject": "Discovery"}, False),
    ],
)
def test_process_steps_are_told_by_words_of_type_and_subject(
    spoiled: dict[str, Any], step: bool
) -> None:
    assert salesforce(Task=frame(task(**spoiled))).touches["process"].tolist() == [step]


@pytest.mark.parametrize("word", ["", "null", "N/A", "unknown", "None", " "])
def test_words_for_nothing_are_nothing(word: str) -> None:
    rows = frame(task(TaskSubtype=None, Type=word))
    deals = frame(opportunity(LeadSource=word))
    found = salesforce(Task=rows, Opportunity=deals)
    assert found.touches["channel"].tolist() == ["task"]
    assert "declared_source" not in found.deals


def test_flags_say_how_a_deal_ended_and_stages_where_there_are_none() -> None:
    flagged = frame(
        opportunity(), opportunity(IsWon=None), opportunity(IsWon=None, IsClosed=None)
    )
    outcomes = ["won", "won", "won"]
    assert salesforce(Opportunity=flagged).deals["outcome"].tolist() == outcomes
    flagged["StageName"] = ["x", "y", "z"]
    assert salesforce(Opportunity=flagged).deals["outcome"].tolist() == [
        "won", "lost", "open",
    ]  # fmt: skip
    staged = flagged.drop(columns=["IsClosed", "IsWon"])
    staged["StageName"] = ["Closed Won", "Closed Lost", "Proposal"]
    assert salesforce(Opportunity=staged).deals["outcome"].tolist() == [
        "won", "lost", "open",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        ("1651993.36", Decimal("1651993.36")),
        (0.1, Decimal("0.1")),
        (24120000, Decimal(24120000)),
        (Decimal("12345678901234.56"), Decimal("12345678901234.56")),
        ("1e3", Decimal(1000)),
    ],
)
def test_amounts_are_exact(given: object, exact: Decimal) -> None:
    found = salesforce(Opportunity=frame(opportunity(Amount=given)))
    assert found.deals["amount"].tolist() == [exact]


def test_a_deal_closed_before_it_was_created_is_reported() -> None:
    late = "2024-07-01T00:00:00Z"
    deals = frame(
        opportunity(CreatedDate=late),
        opportunity(IsWon=None, IsClosed=None, StageName="x", CreatedDate=late),
        opportunity(CreatedDate="2024-06-30T23:00:00Z"),
    )
    found = salesforce(Opportunity=deals)
    assert told(found, "T13") == [("Opportunity", 2)]


@pytest.mark.parametrize("kind", ["polars", "arrow", "pandas"])
def test_any_frame_that_narwhals_reads_gives_the_same(kind: str) -> None:
    rows = frame(task(1), task(2, Subject="Quote"))
    expected = salesforce(Task=rows)
    table = pl.from_pandas(rows.astype("str"))
    given = {"polars": table, "arrow": table.to_arrow(), "pandas": rows.astype("str")}
    found = salesforce(Task=given[kind])
    pd.testing.assert_frame_equal(found.touches, expected.touches)


def test_typed_columns_give_what_their_texts_give() -> None:
    rows = frame(task(1, CompletedDateTime="2024-02-02T03:04:05Z"), task(2))
    typed = rows.assign(
        CompletedDateTime=pd.to_datetime(rows["CompletedDateTime"], utc=True),
        ActivityDate=pd.to_datetime(rows["ActivityDate"]).dt.date,
        IsClosed=rows["IsClosed"] == "true",
    )
    expected = salesforce(Task=rows).touches
    pd.testing.assert_frame_equal(salesforce(Task=typed).touches, expected)


def test_the_tables_go_straight_into_journeys() -> None:
    found = salesforce(Task=frame(task(1, WhatId=DEAL), task(2, WhatId=DEAL)))
    journeys = at.build_journeys(
        found.touches, found.deals, contacts=found.contacts, currency="USD"
    )
    credits = at.attribute(journeys, "linear").by("team", minor=True)
    assert credits["revenue_minor"].tolist() == [10050]


def test_no_personal_value_leaves_the_reader() -> None:
    secret = {
        "Subject": "Call Zoe Quartz", "Description": "likes opera", "Email": "z@q.test",
        "Phone": "+1 555 0100", "Name": "Zoe Quartz", "Company": "Quartz Ltd",
    }  # fmt: skip
    found = salesforce(
        Task=frame({**task(), **secret}), Event=frame({**event(), **secret}),
        CampaignMember=frame({**member(), **secret}),
        Lead=frame({"Id": LEAD, "CreatedDate": "2024-01-01T00:00:00Z", **secret}),
        Contact=frame({"Id": CONTACT, "AccountId": ACCOUNT, **secret}),
        Opportunity=frame({**opportunity(), **secret}),
    )  # fmt: skip
    whole = "".join(one.to_csv() for one in found) + repr(found)
    for value in secret.values():
        assert value not in whole


def test_the_summary_says_what_became_of_every_row() -> None:
    found = salesforce(Task=frame(task(1), task(2, IsClosed=None)))
    lines = repr(found).splitlines()
    assert lines[0] == "Salesforce: 1 touches, 1 deals"
    assert lines[5].split() == ["Task", "2", "1", "touches", "task.closed", "1"]
    assert "how touches reach a deal  touches" in lines
    assert found.issue_text().splitlines()[2].startswith("task.closed  set aside  Task")


def test_a_role_in_a_deleted_deal_links_no_touch() -> None:
    deals = frame(opportunity(), opportunity(Id=OTHER_DEAL, IsDeleted="true"))
    role = frame({"OpportunityId": OTHER_DEAL, "ContactId": CONTACT})
    found = salesforce(
        Opportunity=deals, OpportunityContactRole=role, Task=frame(task())
    )
    assert (found.links["contact"], found.links["(none)"]) == (0, 1)
