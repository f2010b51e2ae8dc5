"""Small sound exports, their rows replaced or added to by the tests."""

from __future__ import annotations

from typing import Any

import pandas as pd

import attribution as at

DEAL = "006000000000001AAA"
OTHER_DEAL = "006000000000002AAA"
ACCOUNT = "001000000000001AAA"
CONTACT = "003000000000001AAA"
LEAD = "00Q000000000001AAA"
OWNER = "005000000000001AAA"
CAMPAIGN = "701000000000001AAA"


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return rows as a frame of objects, missing cells None."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], dtype=object)
            for name in names
        }
    )


def opportunity(**given: Any) -> dict[str, Any]:
    sound = {
        "Id": DEAL, "AccountId": ACCOUNT, "StageName": "Closed Won", "Amount": "100.50",
        "CloseDate": "2024-06-30", "IsClosed": "true", "IsWon": "true",
        "CreatedDate": "2024-01-05T09:00:00.000+0000",
    }  # fmt: skip
    return {**sound, **given}


def task(number: int = 1, **given: Any) -> dict[str, Any]:
    sound = {
        "Id": f"00T00000000000{number}AAA", "WhoId": CONTACT, "OwnerId": OWNER,
        "IsClosed": "true", "ActivityDate": "2024-02-01", "TaskSubtype": "Call",
        "CreatedDate": f"2024-0{number}-01T08:00:00.000+0000",
    }  # fmt: skip
    return {**sound, **given}


def event(number: int = 1, **given: Any) -> dict[str, Any]:
    sound = {
        "Id": f"00U00000000000{number}AAA", "WhoId": CONTACT, "OwnerId": OWNER,
        "StartDateTime": "2024-02-03T10:00:00.000+0000", "Type": "Demo",
        "IsChild": "false",
    }  # fmt: skip
    return {**sound, **given}


def member(number: int = 1, **given: Any) -> dict[str, Any]:
    sound = {
        "Id": f"00v00000000000{number}AAA", "CampaignId": CAMPAIGN,
        "ContactId": CONTACT, "Status": "Responded", "HasResponded": "true",
        "FirstRespondedDate": "2024-01-20",
        "CreatedDate": f"2024-0{number}-02T08:00:00.000+0000",
    }  # fmt: skip
    return {**sound, **given}


def salesforce(*, rules: dict[str, bool] | None = None, **objects: pd.DataFrame) -> Any:
    """Return the import of these objects and one won opportunity."""
    given = {"Opportunity": frame(opportunity()), **objects}
    return at.crm.salesforce(given, rules=rules)


def told(found: Any, code: str) -> list[tuple[str, int]]:
    """Return table and number of rows of the issues of one code."""
    own = found.issues[found.issues["code"] == code]
    return list(zip(own["table"], own["rows"].tolist(), strict=True))


def cells(found: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    """Return columns as rows of plain values, None where missing."""
    plain = found[list(names)].astype(object)
    plain = plain.where(plain.notna(), None)
    return list(plain.itertuples(index=False, name=None))
