"""The made-up seller of ``make_sample.py`` in the form of a Salesforce export.

One table an object, as Data Loader writes it: ids of 18 characters, booleans as true
and false, days without hours where Salesforce keeps days. Beside touches the tables
hold what real exports hold: mails only sent, calls that nobody answered, tasks not
done, invitees' copies of a meeting, rows that were deleted, people without a role.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from numpy.random import Generator

Row = dict[str, str]

CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
PREFIXES = {
    "account": "001", "contact": "003", "user": "005", "deal": "006", "lead": "00Q",
    "task": "00T", "event": "00U", "role": "00K", "member": "00v", "campaign": "701",
    "history": "008",
}  # fmt: skip
SOURCES = {"marketing": "Website", "sales": "Outbound", "partner": "Partner", "": ""}
COSTS = {"paid search": 4200, "webinar": 2600, "event": 18500, "content download": 1900}
TASKS = {"call": "Call", "email": "Email"}
UNREACHED = ("No answer", "Left voicemail")
MEETINGS = {"meeting", "demo"}


@dataclass(frozen=True)
class Sample:
    """What was invented: deals with amount and declared source, touches with ids."""

    deals: Sequence[Any]
    amounts: Sequence[str]
    declared: Sequence[str]
    touches: Sequence[Any]
    reps: Sequence[str]


def identity(kind: str, number: int) -> str:
    """The id of 18 characters of an object's record, the last three of them checks."""
    short = f"{PREFIXES[kind]}Sm00000{number:05d}"
    groups = (short[at : at + 5] for at in (0, 5, 10))
    bits = (sum(one.isupper() << i for i, one in enumerate(group)) for group in groups)
    return short + "".join(CHECKS[one] for one in bits)


def known(kind: str, name: str) -> str:
    """The id of one of the sample's own names, such as D-1029; nothing of nothing."""
    return identity(kind, int(name.partition("-")[2])) if name else ""


def instant(at: datetime | None) -> str:
    """The instant as the API writes it, in UTC."""
    return f"{at:%Y-%m-%dT%H:%M:%S.000+0000}" if at else ""


def day(at: datetime | None) -> str:
    """The day alone."""
    return f"{at:%Y-%m-%d}" if at else ""


def truth(value: object) -> str:
    """A boolean as Data Loader writes it."""
    return "true" if value else "false"


def opportunities(sample: Sample) -> Iterator[Row]:
    """One row a deal."""
    for deal, amount, said in zip(
        sample.deals, sample.amounts, sample.declared, strict=True
    ):
        closed, won = deal.outcome != "open", deal.outcome == "won"
        yield {
            "Id": known("deal", deal.name),
            "IsDeleted": "false",
            "AccountId": known("account", deal.account),
            "Name": f"Opportunity {deal.name}",
            "StageName": ("Closed Won" if won else "Closed Lost") if closed else "Open",
            "Amount": amount,
            "CurrencyIsoCode": deal.currency,
            "CloseDate": day(deal.dates["closed_at"]),
            "Type": deal.kind.capitalize(),
            "LeadSource": SOURCES[said],
            "IsClosed": truth(closed),
            "IsWon": truth(won),
            "OwnerId": identity("user", sample.reps.index(deal.owner) + 1),
            "CreatedDate": instant(deal.dates["created_at"]),
        }


def histories(sample: Sample) -> Iterator[Row]:
    """One row a stage that a deal entered."""
    number = 0
    for deal, amount in zip(sample.deals, sample.amounts, strict=True):
        stages = {"created_at": "Prospecting", "opportunity_at": "Discovery"}
        if deal.outcome != "open":
            stages["closed_at"] = f"Closed {deal.outcome.capitalize()}"
        for date, stage in stages.items():
            if date not in deal.dates:
                continue
            number += 1
            yield {
                "Id": identity("history", number),
                "OpportunityId": known("deal", deal.name),
                "StageName": stage,
                "Amount": amount,
                "CreatedDate": instant(deal.dates[date]),
                "IsDeleted": "false",
            }


def roles(sample: Sample, names: Sequence[str], without: int) -> Iterator[Row]:
    """One row a person and deal; every ``without``-th person was given no role."""
    number = 0
    for deal in sample.deals:
        for contact, role in zip(deal.contacts, names, strict=False):
            number += 1
            if number % without:
                yield {
                    "Id": identity("role", number),
                    "OpportunityId": known("deal", deal.name),
                    "ContactId": known("contact", contact),
                    "Role": role.capitalize(),
                    "IsPrimary": truth(contact == deal.contacts[0]),
                    "CreatedDate": instant(deal.dates["created_at"]),
                    "IsDeleted": "false",
                }


def people(sample: Sample) -> Iterator[Row]:
    """One row a person, at the account of the first deal, and those of no deal."""
    accounts: dict[str, str] = {}
    for deal in sample.deals:
        for contact in deal.contacts:
            accounts.setdefault(contact, deal.account)
    for touch in sample.touches:
        if touch.contact:
            accounts.setdefault(touch.contact, "")
    for contact, account in sorted(accounts.items()):
        number = contact.partition("-")[2]
        yield {
            "Id": known("contact", contact),
            "IsDeleted": "false",
            "AccountId": known("account", account),
            "LastName": f"Person {number}",
            "Email": f"person{number}@example.com",
        }


def leads(sample: Sample, days: int) -> Iterator[Row]:
    """One row a lead: of every deal that has one, and of touches without a person.

    Those were handed to sales some ``days`` later; the people behind the touches of
    nobody were never converted.
    """
    for number, deal in enumerate(sample.deals, start=1):
        if "lead_at" in deal.dates:
            contact = deal.contacts[0]
            yield lead(number, deal, contact, deal.dates["lead_at"], sample)
    for number, (touch, deal) in enumerate(unknown(sample), start=501):
        at = touch.recorded
        if deal is None:
            yield lead(number, None, "", at, sample)
        else:
            yield lead(number, deal, "", at, sample) | {
                "MQL_Date__c": instant(at + timedelta(days=days))
            }


def lead(
    number: int, deal: Any, contact: str, created: datetime, sample: Sample
) -> Row:
    """One lead; converted where there is a deal."""
    mql = deal.dates.get("mql_at") if deal else None
    return {
        "Id": identity("lead", number),
        "IsDeleted": "false",
        "LastName": f"Person {number}",
        "Company": f"Company {deal.account if deal else 'unknown'}",
        "LeadSource": "Website",
        "Status": "Converted" if deal else "Open",
        "OwnerId": identity("user", sample.reps.index(deal.owner) + 1 if deal else 1),
        "IsConverted": truth(deal),
        "ConvertedDate": day(deal.dates["created_at"]) if deal else "",
        "ConvertedAccountId": known("account", deal.account) if deal else "",
        "ConvertedContactId": known("contact", contact),
        "ConvertedOpportunityId": known("deal", deal.name) if deal else "",
        "MQL_Date__c": instant(mql),
        "SAL_Date__c": instant(deal.dates["created_at"]) if deal and mql else "",
        "CreatedDate": instant(created),
    }


def unknown(sample: Sample) -> list[tuple[Any, Any]]:
    """Marketing's touches without a person, each with the deal of its account."""
    deals = {deal.account: deal for deal in reversed(sample.deals)}
    return [
        (touch, deals.get(touch.account))
        for touch in sample.touches
        if touch.team == "marketing" and not touch.contact
    ]


def campaigns(sample: Sample) -> Iterator[Row]:
    """One row a campaign: each name of a channel, or the channel itself."""
    for number, (channel, name) in enumerate(programmes(sample), start=1):
        yield {
            "Id": identity("campaign", number),
            "IsDeleted": "false",
            "Name": name or channel.capitalize(),
            "Type": channel.capitalize(),
            "Status": "Completed",
            "ActualCost": f"{COSTS.get(channel, 600)}.00",
            "IsActive": "false",
        }


def programmes(sample: Sample) -> list[tuple[str, str]]:
    """Every (channel, campaign) of marketing, sorted."""
    return sorted(
        {(one.channel, one.campaign) for one in sample.touches if one.team != "sales"}
    )


def members(sample: Sample, rng: Generator, sent: float) -> Iterator[Row]:
    """One row a response, and for a share ``sent`` of them one that only got a mail."""
    number_of = {one: place for place, one in enumerate(programmes(sample), start=1)}
    nobody = {id(touch): 500 + at for at, (touch, _) in enumerate(unknown(sample), 1)}
    for number, touch in enumerate(sample.touches, start=1):
        if touch.team == "sales":
            continue
        row = {
            "Id": identity("member", number),
            "IsDeleted": "false",
            "CampaignId": identity(
                "campaign", number_of[touch.channel, touch.campaign]
            ),
            "LeadId": identity("lead", nobody[id(touch)]) if not touch.contact else "",
            "ContactId": known("contact", touch.contact),
            "Status": "Responded",
            "HasResponded": "true",
            "FirstRespondedDate": day(touch.time),
            "CreatedDate": instant(touch.time),
        }
        yield row
        if rng.random() < sent and touch.contact:
            yield row | {
                "Id": identity("member", 50_000 + number),
                "Status": "Sent",
                "HasResponded": "false",
                "FirstRespondedDate": "",
            }


def activity(kind: str, number: int, touch: Any, sample: Sample) -> Row:
    """What tasks and events have in common."""
    return {
        "Id": identity(kind, number),
        "IsDeleted": "false",
        "WhoId": known("contact", touch.contact),
        "WhatId": known("deal", touch.deal),
        "AccountId": known("account", touch.account),
        "OwnerId": identity("user", sample.reps.index(touch.rep) + 1),
        "Subject": f"{touch.channel.capitalize()} with person",
        "Type": touch.channel.capitalize(),
        "CreatedDate": instant(touch.recorded),
    }


def tasks(sample: Sample, rng: Generator, odds: float) -> Iterator[Row]:
    """One row a call, mail, proposal or contract; some calls reached nobody."""
    for number, touch in enumerate(sample.touches, start=1):
        if touch.team != "sales" or touch.channel in MEETINGS:
            continue
        row = activity("task", number, touch, sample) | {
            "TaskSubtype": TASKS.get(touch.channel, "Task"),
            "Status": "Completed",
            "IsClosed": "true",
            "ActivityDate": day(touch.time),
            "CompletedDateTime": instant(touch.time),
            "CallDisposition": "Reached" if touch.channel == "call" else "",
        }
        yield row
        if touch.channel == "call" and rng.random() < odds:
            earlier = touch.time - timedelta(days=1)
            yield row | {
                "Id": identity("task", 50_000 + number),
                "ActivityDate": day(earlier),
                "CompletedDateTime": instant(earlier),
                "CallDisposition": UNREACHED[number % 2],
            }
        elif touch.channel == "email" and rng.random() < odds:
            yield row | {
                "Id": identity("task", 50_000 + number),
                "Status": "Not Started",
                "IsClosed": "false",
                "CompletedDateTime": "",
                "IsDeleted": truth(number % 5 == 0),
            }


def events(sample: Sample, rng: Generator, odds: float) -> Iterator[Row]:
    """One row a meeting or demo, and for some the copy of an invitee."""
    for number, touch in enumerate(sample.touches, start=1):
        if touch.team != "sales" or touch.channel not in MEETINGS:
            continue
        row = activity("event", number, touch, sample) | {
            "EventSubtype": "Event",
            "StartDateTime": instant(touch.time),
            "EndDateTime": instant(touch.time + timedelta(minutes=45)),
            "ActivityDate": day(touch.time),
            "IsChild": "false",
            "Outcome__c": "Held",
        }
        yield row
        if rng.random() < odds:
            yield row | {"Id": identity("event", 50_000 + number), "IsChild": "true"}
        elif rng.random() < odds:
            yield row | {
                "Id": identity("event", 60_000 + number),
                "Outcome__c": "No show",
            }


def accounts(sample: Sample) -> Iterator[Row]:
    """One row a buyer."""
    for account in sorted({deal.account for deal in sample.deals}):
        yield {
            "Id": known("account", account),
            "IsDeleted": "false",
            "Name": f"Company {account}",
        }


def users(sample: Sample) -> Iterator[Row]:
    """One row a rep."""
    for number, name in enumerate(sample.reps, start=1):
        yield {"Id": identity("user", number), "Name": name, "IsActive": "true"}


def export(
    sample: Sample, rng: Generator, names: Sequence[str]
) -> dict[str, Iterable[Row]]:
    """Every object's rows, by the name of the object; ``names`` are roles."""
    return {
        "Account": accounts(sample),
        "Campaign": campaigns(sample),
        "CampaignMember": members(sample, rng, 0.15),
        "Contact": people(sample),
        "Event": events(sample, rng, 0.1),
        "Lead": leads(sample, days=2),
        "Opportunity": opportunities(sample),
        "OpportunityContactRole": roles(sample, names, without=9),
        "OpportunityHistory": histories(sample),
        "Task": tasks(sample, rng, 0.15),
        "User": users(sample),
    }
