"""Any other system, described by a mapping of the user's, in TOML or as a dict."""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from attribution.doors.markup import escape_text
from attribution.doors.streams import opened
from attribution.errors import InputError, issue, nearest, refuse
from attribution.intake.crm.descriptions import (
    EXISTING,
    PROCESS,
    SALES_SOURCES,
    STAGES,
    Object,
    Rule,
    System,
    Test,
    folded,
    key,
)
from attribution.intake.crm.ids import salesforce_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.errors import Issue
    from attribution.intake.crm.descriptions import Part

LARGEST: Final = 1 << 20
"""Bytes of the largest mapping."""

Kind = Literal[
    "touches", "deals", "contacts", "leads", "people", "campaigns", "owners", "stages"
]
PARTS: Final[Mapping[Kind, Part]] = {
    "touches": "touches", "deals": "deals", "contacts": "roles", "leads": "leads",
    "people": "people", "campaigns": "campaigns", "owners": "owners",
    "stages": "history",
}  # fmt: skip
COLUMNS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "touches": (
        "touch_id", "time", "team", "channel", "campaign", "campaign_id", "rep",
        "owner_id", "contact_id", "lead_id", "account_id", "deal_id", "cost", "email",
        "subject", "type",
    ),
    "deals": (
        "deal_id", "amount", "currency", "outcome", "won", "closed", "closed_at",
        "created_at", "account_id", "declared_source", "deal_type", "owner_id",
        "owner", "stage",
    ),
    "contacts": ("deal_id", "contact_id", "role"),
    "leads": (
        "lead_id", "created_at", "contact_id", "account_id", "source", "owner",
        "owner_id", "mql_at", "accepted_at", "rejected_at", "reason", "sql_at",
        "deal_id",
    ),
    "people": ("contact_id", "account_id", "email", "merged"),
    "campaigns": ("campaign_id", "name", "type"),
    "owners": ("owner_id", "name", "first", "last"),
    "stages": ("deal_id", "stage", "entered", "amount", "probability"),
}  # fmt: skip
"""Our columns that an object of each kind can have."""

NEEDED: Final[Mapping[Kind, tuple[str, ...]]] = {
    "touches": ("time",),
    "deals": ("deal_id", "amount", "closed_at"),
    "contacts": ("deal_id", "contact_id"),
    "leads": ("lead_id",),
    "people": ("contact_id",),
    "campaigns": ("campaign_id",),
    "owners": ("owner_id",),
    "stages": ("deal_id", "stage", "entered"),
}
SINGLE: Final[tuple[Kind, ...]] = ("deals", "stages")
"""Kinds of which a mapping has one object at most."""

INSIDE: Final[Mapping[str, str]] = {
    "touch_id": "id", "owner": "owner_name", "rep": "owner_name",
    "campaign": "campaign_name",
}  # fmt: skip
"""Columns of a mapping that the reader calls otherwise."""

IDS: Final = frozenset(
    {"id", "deal_id", "contact_id", "lead_id", "account_id", "owner_id", "campaign_id"}
)
LISTS: Final = frozenset({"deal_id", "contact_id", "account_id", "lead_id", "owner_id"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleMap(_Part):
    """A rule of a mapping: their column → the words that keep a row, or drop it."""

    name: str
    what: str = "is not a touch"
    keep: dict[str, list[str]] = {}
    drop: dict[str, list[str]] = {}


class ObjectMap(_Part):
    """An object of a mapping: its file or frame, what it is, our columns → theirs."""

    name: str
    kind: Kind = Field(alias="as")
    columns: dict[str, str | list[str]]
    team: str = ""
    channel: str = ""
    days: list[str] = []
    words: dict[str, dict[str, str]] = {}
    rules: list[RuleMap] = []


class SystemMap(_Part):
    """A mapping: a system, how it writes times and nothing, and its objects."""

    objects: list[ObjectMap] = Field(min_length=1)
    system: str = "the mapping"
    epoch: Literal["", "s", "ms", "us"] = ""
    timezone: str = "UTC"
    missing: list[str] = ["null"]
    ids: Literal["", "salesforce"] = ""
    process: list[str] = []


def read_mapping(mapping: object) -> System:
    """Return the system that a mapping describes.

    Args:
        mapping: The path of a TOML file, or what such a file holds, as a dict.

    Raises:
        InputError: P14, with everything that is wrong with it; F05 it cannot be read.

    Example:
        >>> objects = [
        ...     {"name": "calls", "as": "touches", "team": "sales", "channel": "call",
        ...      "columns": {"time": "completedAt", "deal_id": "opportunity"}}
        ... ]
        >>> read_mapping({"system": "Outreach", "objects": objects}).title
        'Outreach'
    """
    given = _toml(Path(mapping)) if isinstance(mapping, str | os.PathLike) else mapping
    try:
        found = SystemMap.model_validate(given)
    except ValidationError as error:
        raise InputError(
            _fault(".".join(map(str, one["loc"])) or "mapping", f"{one['msg']}.")
            for one in error.errors(include_input=False, include_url=False)
        ) from error
    faults = [fault for one in found.objects for fault in _faults(one)]
    faults += _repeated(found.objects)
    if faults:
        raise InputError(faults)
    return _system(found)


def _toml(path: Path) -> dict[str, Any]:
    with opened(path) as handle:
        content = handle.read(LARGEST)
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        what = f"is no TOML: {escape_text(error).rstrip('.')}."
        raise refuse("P14", what, where=escape_text(path.name)) from error


def _fault(column: str, what: str, remedy: str = "") -> Issue:
    return issue("P14", "error", ("mapping", column), what, remedy=remedy)


def _faults(one: ObjectMap) -> list[Issue]:
    """Return what is wrong with an object's columns."""
    known = COLUMNS[one.kind]
    found = [
        _fault(f"{one.name}.{ours}", "is none of our columns.", nearest(ours, known))
        for ours in (*one.columns, *one.words, *one.days)
        if ours not in known
    ]
    lacking = [ours for ours in NEEDED[one.kind] if ours not in one.columns]
    if one.kind == "touches" and not (one.team or "team" in one.columns):
        lacking.append("team")
    if one.kind == "deals" and not {"outcome", "won", "stage"} & set(one.columns):
        lacking.append("outcome")
    return [
        *found,
        *(_fault(f"{one.name}.{ours}", "is needed and missing.") for ours in lacking),
    ]


def _repeated(objects: list[ObjectMap]) -> list[Issue]:
    """Return what is wrong where objects share a name, or a kind that one may be of."""
    names = Counter(key(one.name) for one in objects)
    kinds = Counter(one.kind for one in objects)
    twice = {key(one.name): one.name for one in objects if names[key(one.name)] > 1}
    return [
        *(
            _fault(name, "is the name of several objects.", "Name each its own way.")
            for name in twice.values()
        ),
        *(
            _fault("objects", f"has {kinds[kind]} objects of {kind}: one is read.",
                   "Put their rows into one table.")
            for kind in SINGLE if kinds[kind] > 1
        ),
    ]  # fmt: skip


def _system(found: SystemMap) -> System:
    process = "|".join(map(re.escape, found.process))
    touches = [one for one in found.objects if one.kind == "touches"]
    return System(
        "generic",
        found.system,
        tuple(_object(one) for one in found.objects),
        canonical=salesforce_ids if found.ids == "salesforce" else None,
        epoch=found.epoch,
        tz=found.timezone,
        stages=STAGES,
        process=rf"\b(?:{process})\b" if process else PROCESS,
        sales_sources=SALES_SOURCES,
        existing=EXISTING,
        numbered=len(touches) > 1,
        missing=_words(found.missing),
        void=frozenset(found.missing),
    )


def _object(one: ObjectMap) -> Object:
    columns = {
        INSIDE.get(ours, ours): (theirs,) if isinstance(theirs, str) else tuple(theirs)
        for ours, theirs in one.columns.items()
    }
    asked = {name for rule in one.rules for name in (*rule.keep, *rule.drop)}
    return Object(
        one.name,
        PARTS[one.kind],
        {**columns, **{f"rule:{name}": (name,) for name in sorted(asked)}},
        needed=tuple(columns),
        ids=IDS,
        lists=LISTS if one.kind == "touches" else frozenset(),
        days=frozenset(INSIDE.get(ours, ours) for ours in one.days),
        words={
            INSIDE.get(ours, ours): {folded(word): own for word, own in words.items()}
            for ours, words in one.words.items()
        },
        rules=tuple(_rule(rule) for rule in one.rules),
        team=one.team,
        times=("time",) if one.kind == "touches" else (),
        channel=("channel",),
        plain=one.channel or one.name,
        created="created_at" if "created_at" in columns else "",
        lacking=f"no {one.name} are read",
    )


def _rule(rule: RuleMap) -> Rule:
    return Rule(
        rule.name,
        rule.what,
        keep=tuple(Test(f"rule:{name}", _words(x)) for name, x in rule.keep.items()),
        drop=tuple(Test(f"rule:{name}", _words(x)) for name, x in rule.drop.items()),
    )


def _words(words: list[str]) -> str:
    return "|".join(re.escape(folded(word)) for word in words)
