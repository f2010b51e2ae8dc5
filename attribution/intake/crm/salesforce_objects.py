"""Salesforce, described: API names, Data Loader headers and warehouse names alike."""

from __future__ import annotations

from typing import Final

from attribution.intake.crm.descriptions import (
    EXISTING,
    NOT_HELD,
    PROCESS,
    SALES_SOURCES,
    STAGES,
    UNREACHED,
    YES,
    Object,
    Rule,
    System,
    Test,
)
from attribution.intake.crm.ids import salesforce_ids

SEEN: Final = ("SystemModstamp", "LastModifiedDate", "_fivetran_synced")
WHO: Final = {"003": "contact_id", "00Q": "lead_id"}
WHAT: Final = {"006": "deal_id", "001": "account_id", "701": "campaign_id"}
OWNER: Final = {
    "owner_id": ("OwnerId", "Owner.Id"),
    "owner_name": ("Owner.Name",),
}
ACTIVITY: Final = {
    "id": ("Id",),
    "who_id": ("WhoId", "Who.Id"),
    "what_id": ("WhatId", "What.Id"),
    "account_id": ("AccountId", "Account.Id"),
    **OWNER,
    "subject": ("Subject",),
    "created": ("CreatedDate",),
    "no_show": ("NoShow__c", "No_Show__c"),
    "seen": SEEN,
}
ACTIVITY_IDS: Final = frozenset({"id", "who_id", "what_id", "account_id", "owner_id"})
MEMBER_DAYS: Final = (
    "Added_Date__c", "Date_Added__c", "Response_Date__c", "Responded_Date__c",
    "Engagement_Date__c", "Interaction_Date__c", "Touch_Date__c", "Attended_Date__c",
    "Member_Date__c", "Activity_Date__c",
)  # fmt: skip

OPPORTUNITY = Object(
    "Opportunity",
    "deals",
    {
        "deal_id": ("Id",),
        "amount": ("Amount",),
        "stage": ("StageName",),
        "closed": ("IsClosed",),
        "won": ("IsWon",),
        "closed_at": ("CloseDate",),
        "created_at": ("CreatedDate",),
        "currency": ("CurrencyIsoCode",),
        "account_id": ("AccountId", "Account.Id"),
        "declared_source": ("LeadSource",),
        "deal_type": ("Type",),
        **OWNER,
        "seen": SEEN,
    },
    aliases=("opportunities",),
    needed=("deal_id", "amount", "closed_at", "closed|stage"),
    ids=frozenset({"deal_id", "account_id", "owner_id"}),
    days=frozenset({"closed_at"}),
    created="created_at",
    required=True,
)
TASK = Object(
    "Task",
    "touches",
    {
        **ACTIVITY,
        "completed": ("CompletedDateTime",),
        "day": ("ActivityDate", "DueDate"),
        "closed": ("IsClosed",),
        "status": ("Status",),
        "type": ("Type", "Type__c"),
        "subtype": ("TaskSubtype",),
        "disposition": ("CallDisposition", "CallDisposition__c", "CallResult"),
    },
    ids=ACTIVITY_IDS,
    days=frozenset({"day"}),
    split={"who_id": WHO, "what_id": WHAT},
    rules=(
        Rule(
            "task.closed",
            "is not completed",
            keep=(Test("closed", YES), Test("status", "completed|closed|done")),
        ),
        Rule(
            "task.reached",
            "is a call that did not reach the buyer",
            drop=(Test("disposition", UNREACHED),),
        ),
        Rule(
            "task.list_email",
            "is a mail sent to a list",
            drop=(Test("subtype", "list ?email"),),
        ),
    ),
    team="sales",
    times=("completed", "day", "created"),
    channel=("subtype", "type"),
    plain="task",
    created="created",
    lacking="no calls, mails and other tasks are read",
)
EVENT = Object(
    "Event",
    "touches",
    {
        **ACTIVITY,
        "start": ("StartDateTime", "ActivityDateTime"),
        "day": ("ActivityDate",),
        "child": ("IsChild",),
        "type": ("Type", "Type__c"),
        "subtype": ("EventSubtype",),
        "outcome": ("Outcome__c", "MeetingOutcome__c", "EventStatus__c", "Status__c"),
    },
    ids=ACTIVITY_IDS,
    days=frozenset({"day"}),
    split={"who_id": WHO, "what_id": WHAT},
    rules=(
        Rule("event.child", "is an invitee's copy", drop=(Test("child", YES),)),
        Rule(
            "event.held",
            "was not held",
            drop=(Test("no_show", YES), Test("outcome", NOT_HELD)),
        ),
    ),
    team="sales",
    times=("start", "day", "created"),
    channel=("type", "subtype"),
    plain="event",
    created="created",
    scheduled="event.past",
    lacking="no meetings are read",
)
MEMBER = Object(
    "CampaignMember",
    "touches",
    {
        "id": ("Id",),
        "campaign_id": ("CampaignId", "Campaign.Id"),
        "campaign_name": ("Campaign.Name",),
        "campaign_type": ("Campaign.Type",),
        "lead_id": ("LeadId", "Lead.Id"),
        "contact_id": ("ContactId", "Contact.Id"),
        "who_id": ("LeadOrContactId",),
        "account_id": ("AccountId", "Account.Id"),
        "status": ("Status",),
        "responded": ("HasResponded",),
        "day": ("FirstRespondedDate",),
        "created": ("CreatedDate",),
        "added": MEMBER_DAYS,
    },
    ids=frozenset(
        {"id", "campaign_id", "lead_id", "contact_id", "who_id", "account_id"}
    ),
    days=frozenset({"day", "added"}),
    split={"who_id": WHO},
    rules=(
        Rule(
            "member.responded",
            "has not responded",
            keep=(Test("responded", YES),),
        ),
        Rule(
            "member.attended",
            "did not attend, or could not be reached",
            drop=(Test("status", f"{NOT_HELD}|.*bounced.*|.*unsubscribed.*"),),
        ),
    ),
    team="marketing",
    times=("day", "created"),
    channel=("campaign_type",),
    plain="campaign",
    created="created",
    instead="added",
    lacking="no responses to campaigns are read",
)
LEAD = Object(
    "Lead",
    "leads",
    {
        "lead_id": ("Id",),
        "created_at": ("CreatedDate",),
        "contact_id": ("ConvertedContactId",),
        "account_id": ("ConvertedAccountId",),
        "deal_id": ("ConvertedOpportunityId",),
        "source": ("LeadSource",),
        **OWNER,
        "mql_at": ("MQL_Date__c", "Date_MQL__c", "Marketing_Qualified_Date__c"),
        "accepted_at": ("SAL_Date__c", "Accepted_Date__c", "Sales_Accepted_Date__c"),
        "rejected_at": (
            "Rejected_Date__c", "Disqualified_Date__c", "Unqualified_Date__c",
        ),
        "reason": (
            "Rejection_Reason__c", "Disqualified_Reason__c", "Unqualified_Reason__c",
            "Disqualification_Reason__c",
        ),
        "sql_at": ("SQL_Date__c", "Date_SQL__c", "Sales_Qualified_Date__c"),
    },
    needed=("lead_id",),
    ids=frozenset({"lead_id", "contact_id", "account_id", "deal_id", "owner_id"}),
    created="created_at",
    lacking="touches on leads reach no deal",
    serves="lead_id",
)  # fmt: skip
ROLE = Object(
    "OpportunityContactRole",
    "roles",
    {
        "deal_id": ("OpportunityId", "Opportunity.Id"),
        "contact_id": ("ContactId", "Contact.Id"),
        "role": ("Role",),
    },
    aliases=("ocr",),
    needed=("deal_id", "contact_id"),
    ids=frozenset({"deal_id", "contact_id"}),
    lacking="touches on people reach no deal by their role in it",
    serves="contact_id",
)
CONTACT = Object(
    "Contact",
    "people",
    {"contact_id": ("Id",), "account_id": ("AccountId", "Account.Id")},
    needed=("contact_id",),
    ids=frozenset({"contact_id", "account_id"}),
    lacking="touches on people reach no deal by their account",
    serves="contact_id",
)
CAMPAIGN = Object(
    "Campaign",
    "campaigns",
    {
        "campaign_id": ("Id",),
        "name": ("Name",),
        "type": ("Type",),
        "begins": ("StartDate",),
    },
    needed=("campaign_id",),
    ids=frozenset({"campaign_id"}),
    days=frozenset({"begins"}),
    lacking="campaigns are shown by id, without their type",
    serves="campaign",
)
HISTORY = Object(
    "OpportunityHistory",
    "history",
    {
        "deal_id": ("OpportunityId", "Opportunity.Id", "Id"),
        "stage": ("StageName",),
        "amount": ("Amount",),
        "entered": ("_fivetran_start", "CreatedDate"),
        "probability": ("Probability",),
    },
    aliases=("opportunityhistories", "opportunitystagehistory"),
    needed=("deal_id", "stage", "entered"),
    ids=frozenset({"deal_id"}),
    lacking="deals have no milestones from their stages",
)
FIELDS = Object(
    "OpportunityFieldHistory",
    "history",
    {
        "deal_id": ("OpportunityId",),
        "stage": ("NewValue", "newvalue__st"),
        "entered": ("CreatedDate",),
        "field": ("Field",),
    },
    needed=("deal_id", "stage", "entered", "field"),
    ids=frozenset({"deal_id"}),
    rules=(
        Rule(
            "field.stage",
            "is a change of another field than the stage",
            keep=(Test("field", "stagename|stage name|stage"),),
        ),
    ),
)
STAGE = Object(
    "OpportunityStage",
    "stages",
    {
        "stage": ("MasterLabel", "ApiName", "Label"),
        "order": ("SortOrder",),
    },
    needed=("stage", "order"),
)
USER = Object(
    "User",
    "owners",
    {"owner_id": ("Id",), "name": ("Name",)},
    needed=("owner_id",),
    ids=frozenset({"owner_id"}),
    lacking="owners are shown by id",
    serves="rep",
)
FURTHER = tuple(
    Object(name, "further", aliases=aliases)
    for name, aliases in (
        ("Account", ()),
        ("AccountContactRelation", ()),
        ("AccountContactRole", ()),
        ("OpportunitySplit", ()),
        ("OpportunityTeamMember", ()),
        ("OpportunityLineItem", ()),
        ("TaskRelation", ()),
        ("EventRelation", ()),
        ("LeadHistory", ()),
        ("RecordType", ()),
    )
)

SALESFORCE = System(
    "salesforce",
    "Salesforce",
    (
        OPPORTUNITY, TASK, EVENT, MEMBER, LEAD, ROLE, CONTACT, CAMPAIGN, HISTORY,
        FIELDS, STAGE, USER, *FURTHER,
    ),
    affixes=("sf", "sfdc", "salesforce"),
    canonical=salesforce_ids,
    stages=STAGES,
    process=PROCESS,
    sales_sources=SALES_SOURCES,
    existing=EXISTING,
)  # fmt: skip
