"""``attribution schema``: what models, tables and requests hold, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from attribution.cli.console import show
from attribution.intake.links import COLUMNS
from attribution.journeys.words import MILESTONES

if TYPE_CHECKING:
    import argparse

LINKS: Final = tuple(COLUMNS.values())
LINK: Final = f"a link to a deal; one of {', '.join(LINKS)} is needed"

TOUCHES: Final = {
    "time": "When the touch happened: a time, or a day.",
    "team": "The department that made it: marketing, sales or a declared one; may be "
    "missing where --team maps every channel.",
    "channel": "The kind of touch inside its team.",
    "deal_id": f"Its deal: {LINK}.",
    "contact_id": f"The buyer's person behind it: {LINK}.",
    "lead_deal_id": f"The deal that the person's lead became: {LINK}.",
    "person_account_id": f"The company of the person behind it: {LINK}.",
    "account_id": f"The buyer's company: {LINK}.",
    "touch_id": "Its own id: repeated rows are kept once.",
    "campaign": "The marketing programme behind it.",
    "rep": "The salesperson behind it.",
    "cost": "What it cost, in the deals' currency or that of --currency.",
    "process": "Whether it is a process step: true or false, false where missing.",
}
DEALS: Final = {
    "deal_id": "The deal's id, once.",
    "amount": "Its money in major units; may be missing where it is lost or open.",
    "outcome": "won, lost or open; --outcome maps other words.",
    "won": "In place of outcome: true or false.",
    "closed_at": "When it was won or lost; the expected close of an open deal.",
    "currency": "Its ISO 4217 code; --currency is that of deals that name none.",
    "account_id": "The buyer's company.",
    "created_at": "When it was created; needed by --sharing open.",
    "lead_at": "When it became a lead.",
    "mql_at": "When marketing qualified it.",
    "sal_at": "When sales accepted it.",
    "sql_at": "When sales qualified it.",
    "opportunity_at": "When it became an opportunity.",
    **{
        f"{name}_last_at": f"When it last became so, where {name}_at is the first time."
        for name in MILESTONES
    },
    "amount_at_opportunity": "Its money at that time, to show.",
}
CONTACTS: Final = {
    "deal_id": "The deal.",
    "contact_id": "A person of its buying committee, whose touches reach the deal.",
    "role": "That person's part in it.",
}
TABLES: Final = {
    "touches": (TOUCHES, "Other columns are left out unless --keep names them."),
    "deals": (DEALS, "Any other column (segment, owner, …) is one to group by."),
    "contacts": (CONTACTS, "Other columns are left out."),
}
REQUIRED: Final = {
    "touches": ("time", "team", "channel"),
    "deals": ("deal_id", "amount", "closed_at"),
    "contacts": ("deal_id", "contact_id"),
}
INSTEAD: Final = {
    "touches": LINKS,
    "deals": ("outcome", "won"),
    "contacts": (),
}
"""Columns of which one is required."""


MESSAGES: Final = ("request", "response")


def command(given: argparse.Namespace) -> None:
    """Show a schema as JSON."""
    if given.of == "models":
        found = _models()
    elif given.of in MESSAGES:
        found = _message(given.of)
    else:
        found = _table(given.of)
    show(json.dumps(found, indent=2, ensure_ascii=False))


def _models() -> dict[str, Any]:
    """Return each model's JSON Schema by name, described by its one line."""
    from attribution.models.registry import classes, list_models

    lines = list_models()
    return {
        name: {
            **model.model_json_schema(),
            "title": name,
            "description": lines[name].line.replace("``", ""),
        }
        for name, model in classes().items()
    }


def _message(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a request to split deals, or of its response."""
    from attribution.service.schema import SplitRequest, SplitResponse

    if name == "request":
        return SplitRequest.model_json_schema()
    return SplitResponse.model_json_schema(mode="serialization")


def _table(name: str) -> dict[str, Any]:
    """Return the columns of a table: name, whether it is required, what it is."""
    columns, further = TABLES[name]
    return {
        "table": name,
        "columns": [_column(name, column, what) for column, what in columns.items()],
        "further": further,
    }


def _column(table: str, name: str, what: str) -> dict[str, Any]:
    """Return one column; ``or`` names those that may stand in for a required one."""
    column: dict[str, Any] = {"name": name, "required": name in REQUIRED[table]}
    if name in INSTEAD[table]:
        others = [one for one in INSTEAD[table] if one != name]
        column |= {"required": True, "or": others}
    return {**column, "what": what}
