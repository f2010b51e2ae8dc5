"""HubSpot, described: names of the API and of warehouses alike."""

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
    folded,
)

UNREACHED_IDS: Final = (
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff",  # left live message
    "b2cf5968-551e-4856-9783-52b3da59a7d0",  # left voicemail
    "73a0d17f-1163-4015-bdd5-ec830791da20",  # no answer
    "9d9162e7-6cf3-4944-bf63-4dff82258764",  # busy
    "17b47fee-58de-441e-a44c-c6300d46f273",  # wrong number
)
"""Outcomes of calls that did not reach the buyer, as a portal has them by default."""

ENGAGEMENT: Final = {
    "id": ("engagement_id", "id", "hs_object_id"),
    "time": ("hs_timestamp", "timestamp"),
    "created": ("hs_createdate", "createdate", "createdAt"),
    "type": ("hs_activity_type", "activity_type"),
    "owner_id": ("hubspot_owner_id", "owner_id"),
    "contact_id": ("contacts", "contact_id"),
    "deal_id": ("deals", "deal_id"),
    "account_id": ("companies", "company_id"),
}
ENGAGED_IDS: Final = frozenset(
    {"id", "owner_id", "contact_id", "deal_id", "account_id"}
)
ENGAGED_LISTS: Final = frozenset({"contact_id", "deal_id", "account_id"})
ENGAGEMENTS: Final = ("call", "meeting", "email")

DEAL = Object(
    "deal",
    "deals",
    {
        "deal_id": ("deal_id", "id", "hs_object_id"),
        "amount": ("amount",),
        "stage_id": ("dealstage", "deal_pipeline_stage_id"),
        "closed": ("hs_is_closed", "is_closed"),
        "won": ("hs_is_closed_won", "is_closed_won"),
        "closed_at": ("closedate",),
        "created_at": ("createdate", "hs_createdate", "createdAt"),
        "currency": ("deal_currency_code",),
        "account_id": ("hs_primary_associated_company", "companies", "company_id"),
        "declared_source": ("hs_analytics_source", "hs_latest_source"),
        "deal_type": ("dealtype",),
        "owner_id": ("hubspot_owner_id", "owner_id"),
        "contact_list": ("contacts",),
    },
    needed=("deal_id", "amount", "closed_at", "closed|won|stage_id"),
    ids=frozenset({"deal_id", "stage_id", "account_id", "owner_id"}),
    lists=frozenset({"account_id"}),
    entered=("hs_date_entered_", "hs_v2_date_entered_"),
    created="created_at",
    required=True,
)
CALL = Object(
    "call",
    "touches",
    {
        **ENGAGEMENT,
        "subject": ("hs_call_title", "title"),
        "status": ("hs_call_status", "status"),
        "disposition": ("hs_call_disposition", "disposition"),
    },
    aliases=("engagement_call",),
    ids=ENGAGED_IDS,
    lists=ENGAGED_LISTS,
    rules=(
        Rule(
            "call.completed",
            "was not completed",
            drop=(
                Test(
                    "status",
                    "busy|calling.*|cancell?ed|connecting|failed|in progress|missed|"
                    "no answer|queued|ringing",
                ),
            ),
        ),
        Rule(
            "call.reached",
            "did not reach the buyer",
            drop=(
                Test("disposition", "|".join([*map(folded, UNREACHED_IDS), UNREACHED])),
            ),
        ),
    ),
    team="sales",
    times=("time", "created"),
    plain="call",
    created="created",
    lacking="no calls are read",
)
MEETING = Object(
    "meeting",
    "touches",
    {
        **ENGAGEMENT,
        "start": ("hs_meeting_start_time", "start_time"),
        "subject": ("hs_meeting_title", "title"),
        "outcome": ("hs_meeting_outcome", "meeting_outcome"),
    },
    aliases=("engagement_meeting",),
    ids=ENGAGED_IDS,
    lists=ENGAGED_LISTS,
    rules=(
        Rule(
            "meeting.completed",
            "is not marked as completed",
            keep=(Test("outcome", "completed"),),
        ),
        Rule("meeting.held", "was not held", drop=(Test("outcome", NOT_HELD),)),
    ),
    team="sales",
    times=("start", "time", "created"),
    plain="meeting",
    created="created",
    lacking="no meetings are read",
)
EMAIL = Object(
    "email",
    "touches",
    {
        **ENGAGEMENT,
        "subject": ("hs_email_subject", "subject"),
        "status": ("hs_email_status", "status"),
    },
    aliases=("engagement_email",),
    ids=ENGAGED_IDS,
    lists=ENGAGED_LISTS,
    rules=(
        Rule(
            "email.delivered",
            "was not delivered",
            drop=(Test("status", "bounced|failed|scheduled|sending"),),
        ),
    ),
    team="sales",
    times=("time", "created"),
    plain="email",
    created="created",
    lacking="no mails of reps are read",
)
FORM = Object(
    "form_submission",
    "touches",
    {
        "id": ("conversion_id", "conversionId", "id"),
        "time": ("timestamp", "submittedAt", "submitted_at"),
        "contact_id": ("contact_id", "contactId", "vid"),
        "campaign_id": ("form_id", "formId"),
        "email": ("email",),
    },
    aliases=("contact_form_submission",),
    ids=frozenset({"id", "contact_id", "campaign_id"}),
    team="marketing",
    times=("time",),
    plain="form",
    lacking="no forms are read",
)
EMAIL_EVENT = Object(
    "email_event",
    "touches",
    {
        "id": ("id",),
        "time": ("created", "createdAt"),
        "kind": ("type",),
        "filtered": ("filtered_event", "filteredEvent"),
        "campaign_id": ("email_campaign_id", "emailCampaignId"),
        "email": ("recipient",),
    },
    ids=frozenset({"id", "campaign_id"}),
    rules=(
        Rule(
            "email_event.engaged",
            "is neither an open nor a click",
            keep=(Test("kind", "open|click"),),
        ),
        Rule(
            "email_event.filtered",
            "is of a machine or of the seller",
            drop=(Test("filtered", YES),),
        ),
    ),
    team="marketing",
    times=("time",),
    plain="email",
    lacking="no marketing mails are read",
)
PARTICIPATION = Object(
    "marketing_event_participation",
    "touches",
    {
        "id": ("id", "participation_id"),
        "contact_id": ("contactId", "contact_id", "vid"),
        "email": ("email",),
        "campaign_id": (
            "marketingEventId", "marketing_event_id", "objectId", "event_id",
        ),
        "state": (
            "attendanceState", "attendance_state", "state", "interactionType",
            "interaction_type",
        ),
        "time": (
            "joinedAt", "joined_at", "interactionDateTime", "interaction_date_time",
            "occurredAt", "occurred_at", "createdAt", "created_at",
        ),
    },
    aliases=(
        "marketing_event_attendance", "marketing_event_attendee", "event_participation",
    ),
    ids=frozenset({"id", "contact_id", "campaign_id"}),
    rules=(
        Rule(
            "event.attended",
            "did not attend",
            keep=(Test("state", "attend|attended"),),
        ),
    ),
    team="marketing",
    times=("time",),
    channel=("campaign_type",),
    plain="event",
    lacking="no marketing events are read",
)  # fmt: skip
ROLE = Object(
    "deal_contact",
    "roles",
    {
        "deal_id": ("deal_id", "dealId"),
        "contact_id": ("contact_id", "contactId", "vid"),
        "role": ("label", "association_label", "role"),
    },
    aliases=("deal_to_contact", "contact_deal"),
    needed=("deal_id", "contact_id"),
    ids=frozenset({"deal_id", "contact_id"}),
    lacking="touches on people reach no deal by their link to it",
    serves="contact_id",
)
CONTACT = Object(
    "contact",
    "people",
    {
        "contact_id": ("id", "contact_id", "vid", "hs_object_id"),
        "account_id": ("associatedcompanyid", "company_id", "companies"),
        "email": ("email",),
        "merged": ("hs_merged_object_ids", "hs_calculated_merged_vids"),
    },
    needed=("contact_id",),
    ids=frozenset({"contact_id", "account_id"}),
    lists=frozenset({"account_id"}),
    lacking="touches on people reach no deal by their company, and mails no person",
    serves="contact_id",
)


def _entered(stage: str) -> tuple[str, ...]:
    return f"hs_lifecyclestage_{stage}_date", f"hs_v2_date_entered_{stage}"


LEAD = Object(
    "contact as lead",
    "leads",
    {
        "lead_id": ("id", "contact_id", "vid", "hs_object_id"),
        "contact_id": ("id", "contact_id", "vid", "hs_object_id"),
        "account_id": ("associatedcompanyid", "company_id"),
        "created_at": ("hs_lifecyclestage_lead_date", "createdate", "createdAt"),
        "source": ("hs_analytics_source",),
        "owner_id": ("hubspot_owner_id",),
        "mql_at": _entered("marketingqualifiedlead"),
        "sql_at": _entered("salesqualifiedlead"),
    },
    table="contact",
    ids=frozenset({"lead_id", "contact_id", "account_id", "owner_id"}),
    created="created_at",
)
CAMPAIGN_IDS: Final = frozenset({"campaign_id"})
MAILINGS: Final = {"campaign_id": ("id",), "name": ("name",)}
MAILING = Object("email_campaign", "campaigns", MAILINGS, ids=CAMPAIGN_IDS)
FORM_NAMES: Final = {"campaign_id": ("guid", "form_id", "id"), "name": ("name",)}
FORMS = Object("form", "campaigns", FORM_NAMES, ids=CAMPAIGN_IDS)
EVENT = Object(
    "marketing_event",
    "campaigns",
    {
        "campaign_id": ("objectId", "id", "externalEventId"),
        "name": ("eventName", "event_name"),
        "type": ("eventType", "event_type"),
    },
    ids=frozenset({"campaign_id"}),
)
HISTORY = Object(
    "deal_stage",
    "history",
    {
        "deal_id": ("deal_id", "dealId"),
        "stage": ("value", "stage_id"),
        "entered": ("date_entered", "dateEntered", "_fivetran_start", "timestamp"),
    },
    aliases=("deal_stage_history",),
    needed=("deal_id", "stage", "entered"),
    ids=frozenset({"deal_id", "stage"}),
)
STAGE = Object(
    "deal_pipeline_stage",
    "stages",
    {
        "stage_id": ("stage_id", "stageId", "id"),
        "stage": ("label",),
        "order": ("display_order", "displayOrder"),
        "won": ("closed_won",),
        "closed": ("is_closed", "isClosed", "metadata.isClosed"),
        "chance": ("probability", "metadata.probability"),
    },
    aliases=("pipeline_stage",),
    needed=("stage_id",),
    ids=frozenset({"stage_id"}),
    lacking="deals are won or lost by their own flags and the default stages alone",
)
OWNER = Object(
    "owner",
    "owners",
    {
        "owner_id": ("owner_id", "id"),
        "first": ("first_name", "firstName"),
        "last": ("last_name", "lastName"),
    },
    needed=("owner_id",),
    ids=frozenset({"owner_id"}),
    lacking="owners are shown by id",
    serves="rep",
)


def _link(
    name: str, joins: tuple[str, ...], own: str, ours: str, theirs: str
) -> Object:
    columns = {"from": (own,), ours: (theirs,)}
    ids = frozenset(columns)
    return Object(name, "links", columns, needed=tuple(columns), ids=ids, joins=joins)


LINKS = (
    _link("engagement_deal", ENGAGEMENTS, "engagement_id", "deal_id", "deal_id"),
    _link(
        "engagement_contact", ENGAGEMENTS, "engagement_id", "contact_id", "contact_id"
    ),
    _link(
        "engagement_company", ENGAGEMENTS, "engagement_id", "account_id", "company_id"
    ),
    _link("deal_company", ("deal",), "deal_id", "account_id", "company_id"),
    _link("contact_company", ("contact",), "contact_id", "account_id", "company_id"),
)
FURTHER = tuple(
    Object(name, "further")
    for name in (
        "company", "companies", "deal_pipeline", "engagement", "engagement_note",
        "engagement_task", "owner_team", "team", "email_event_click",
        "email_event_open", "email_event_sent", "email_event_bounce",
        "email_event_delivered", "deal_property_history", "contact_property_history",
        "company_property_history", "contact_list", "contact_list_member",
    )
)  # fmt: skip

HUBSPOT = System(
    "hubspot",
    "HubSpot",
    (
        DEAL, CALL, MEETING, EMAIL, FORM, EMAIL_EVENT, PARTICIPATION, ROLE, CONTACT,
        LEAD, MAILING, FORMS, EVENT, HISTORY, STAGE, OWNER, *LINKS, *FURTHER,
    ),
    affixes=("hs", "hubspot"),
    prefixes=("property_", "properties_", "properties."),
    epoch="ms",
    stages=STAGES,
    process=PROCESS,
    sales_sources=SALES_SOURCES,
    existing=EXISTING,
    numbered=True,
)  # fmt: skip
