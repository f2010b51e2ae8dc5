"""The words in which a system is described: its objects, their columns, its rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from unicodedata import category, normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attribution.arrays.ragged import Array

Part = Literal[
    "touches", "deals", "roles", "leads", "people", "campaigns", "owners",
    "history", "stages", "links", "further",
]  # fmt: skip
"""What the rows of an object become; those of ``further`` are known and not needed."""

YES: Final = "true|1|yes|y|on|t"
"""What a boolean that holds is written as, whatever wrote it."""

ANY: Final = ".*"

DELETED: Final = "deleted"
"""The rule on every object that sets rows aside which the system has deleted."""

FIRST_ENTRY: Final = ("mql.first", "sal.first", "sql.first", "opportunity.first")
"""Rules of milestones: the first entry of a stage counts; switched off, the last."""

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Clock(NamedTuple):
    """How a system writes times: the unit of numbers, the zone of naive times."""

    epoch: str
    tz: str


@dataclass(frozen=True)
class Test:
    """What a rule asks: that a row's cell in our ``column`` is wholly the ``pattern``.

    Cells are compared folded: without case, each run of other characters than letters
    and digits one space.
    """

    column: str
    pattern: str


@dataclass(frozen=True)
class Rule:
    """A named reason to set rows of an object aside.

    A row stays if it passes one of ``keep`` (where there are any) and none of
    ``drop``. ``what`` says of a row set aside what it is.
    """

    name: str
    what: str
    keep: tuple[Test, ...] = ()
    drop: tuple[Test, ...] = ()


@dataclass(frozen=True)
class Object:
    """One object of a system and how its rows are read.

    ``columns``: ours → theirs, in order of preference; ``needed``: those of ours
    without which it cannot be read, alternatives joined by ``|``; ``ids`` and ``days``:
    ours that hold ids, days; ``split``: ours that hold ids of several objects → prefix
    → ours; ``times``, ``channel``: of touches, ours in order of preference;
    ``created``: ours that holds the creation stamp, ``instead`` the one that is better
    where that is a bulk load; ``table``: the object whose
    table it reads too; ``lists``: ours that may hold several ids; ``entered``: what
    columns begin with that hold when a deal entered a stage; ``joins``: of a table of
    links, the objects whose rows it names; ``words``: ours → folded word → label;
    ``scheduled``: the rule on rows whose time lies after the export, told by ``seen``;
    ``lacking``: what its absence means, ``serves``: for which column of touches.
    """

    name: str
    part: Part
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    split: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    team: str = ""
    times: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    plain: str = ""
    created: str = ""
    instead: str = ""
    table: str = ""
    lists: frozenset[str] = frozenset()
    entered: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    joins: tuple[str, ...] = ()
    scheduled: str = ""
    lacking: str = ""
    serves: str = ""
    required: bool = False


@dataclass(frozen=True)
class System:
    """A system: its ``title``, its objects, and what all of them share.

    ``affixes``: what file names put before an object's name; ``prefixes``: what column
    names do; ``canonical``: gives ids of 15 and 18 characters one form; ``epoch``: the
    unit of times that are numbers, "" where there are none; ``tz``: the zone of naive
    times; ``stages``: milestone → pattern of folded names of stages; ``process``:
    pattern of process steps; ``sales_sources``: of folded lead sources that are sales';
    ``existing``: of folded types of deals that are not new business; ``missing``: of
    folded labels that stand for nothing; ``void``: cells of any column that do;
    ``numbered``: objects number their rows alike, so touch ids name the object.
    """

    name: str
    title: str
    objects: tuple[Object, ...]
    affixes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    canonical: Callable[[Array], Array] | None = None
    epoch: str = ""
    tz: str = "UTC"
    stages: Mapping[str, str] = field(default_factory=dict)
    process: str = ""
    sales_sources: str = ""
    existing: str = ""
    numbered: bool = False
    void: frozenset[str] = frozenset()
    missing: str = r"null|n a|na|none|unknown|not set|undefined|"

    @property
    def clock(self) -> Clock:
        """Return how the system writes times."""
        return Clock(self.epoch, self.tz)

    def of(self, part: Part) -> tuple[Object, ...]:
        """Return the objects whose rows become that part."""
        return tuple(one for one in self.objects if one.part == part)

    def rule_names(self) -> tuple[str, ...]:
        """Return the names of all rules, in their order."""
        own = [
            name
            for one in self.objects
            for name in (*(rule.name for rule in one.rules), one.scheduled)
            if name
        ]
        return tuple(dict.fromkeys((DELETED, *own, *FIRST_ENTRY)))


PROCESS: Final = (
    r"\b(?:quotes?|quotations?|proposals?|contracts?|contracting|closing calls?|"
    r"closing meetings?|order forms?|statement of work|signatures?|docusign)\b"
)
"""Process steps, by a word in the type, the subtype or the subject of an activity."""

STAGES: Final = MappingProxyType(
    {
        "mql": "mql|marketing qualified( lead)?",
        "sal": "sal|sales accepted( lead)?|accepted",
        "sql": "sql|sales qualified( lead)?|qualified|qualified to buy|qualifiedtobuy",
        "opportunity": "opportunity|opportunity created|discovery",
    }
)
"""Stages that are milestones, by their folded names."""

SALES_SOURCES: Final = (
    r".*\b(cold call\w*|cold email\w*|outbound|prospecting|sales|sdr|bdr|ae)\b.*"
)
"""Lead sources that are the sales department's own; any other is marketing's."""

EXISTING: Final = (
    r".*\b(existing|renewal|renewals|upsell|up sell|upgrade|expansion|cross sell|"
    r"add on|replacement|downgrade)\b.*"
)
"""Types of deals that are not new business."""

UNREACHED: Final = (
    r".*\b(voice ?mail|no answer|not answered|unanswered|left (live )?message|lvm|"
    r"busy|wrong number|bad number|disconnected|not reached|did not connect|"
    r"no contact|gatekeeper)\b.*"
)
"""Outcomes of calls that did not reach the buyer."""

NOT_HELD: Final = (
    r".*\b(no ?show|cancell?ed|rescheduled|postponed|declined|not held|did not attend)"
    r"\b.*"
)
"""Outcomes of meetings and responses of members that were not held or not attended."""


_OTHER = re.compile(r"[\W_]+")
_VARIANTS = re.compile("[\ufe00-\ufe0f]")
"""Marks that choose the picture of a sign, as of an emoji."""


def folded(text: str) -> str:
    """Return a text without case, each run of other characters one space.

    Letters of any script, their marks and digits stand.

    Example:
        >>> folded("No-Show (Cancelled)"), folded("ÉTÉ_1")
        ('no show cancelled', 'été 1')
    """
    return " ".join(_words(text))


def key(name: str) -> str:
    """Return what all spellings of an object's or column's name have in common.

    Example:
        >>> key("ActivityDate") == key("activity_date") == key("ACTIVITYDATE")
        True
    """
    return "".join(_words(name))


def _words(text: str) -> list[str]:
    text = text.casefold()
    if text.isascii():
        return _OTHER.sub(" ", text).split()
    plain = _VARIANTS.sub("", normalize("NFC", text))
    return "".join(
        one if one.isalnum() or category(one).startswith("M") else " " for one in plain
    ).split()
