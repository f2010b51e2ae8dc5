"""The options of :func:`attribution.build_journeys`, checked once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from attribution.arrays import clock
from attribution.errors import InputError, Issue, issue, nearest
from attribution.intake import kinds
from attribution.intake.links import COLUMNS
from attribution.journeys.words import MILESTONES, OUTCOMES

if TYPE_CHECKING:
    from attribution.arrays.money import Rounding

Start = Literal["previous_won", "previous_close", "opportunity", "all"]
Sharing = Literal["each", "open"]
Unit = Literal["row", "person_day", "account_day"]

CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "anchor": ("closed", *MILESTONES),
    "start": ("previous_won", "previous_close", "opportunity", "all"),
    "sharing": ("each", "open"),
    "rounding": (None, "half_even", "half_up"),
    "allow_negative": (True, False),
    "ids": (None, "salesforce"),
    "unit": ("row", "person_day", "account_day"),
}


RESERVED: Final = frozenset(
    {
        "cost", "credit", "credit_minor", "currency", "deal_id", "deals", "link",
        "model", "outcome", "period", "process", "revenue", "revenue_minor", "row",
        "set_aside", "share", "share_of_attributed", "weight", "wins",
    }
)  # fmt: skip
"""Names of columns of tables, which a kept column cannot have."""

DEFAULTS: Final[Mapping[str, object]] = {
    "anchor": "closed",
    "start": "previous_won",
    "sharing": "each",
    "rounding": None,
    "allow_negative": False,
    "ids": None,
    "unit": "row",
}

UNASKED: Final[Mapping[str, object]] = {
    "links": None, "ids": None, "unit": "row", "dedupe": None, "after": None,
    "before": None, "exclude": None,
}  # fmt: skip
"""Options that only tables with links have."""


@dataclass(frozen=True)
class Options:
    """What the user asked for; see :func:`attribution.build_journeys`.

    ``lookback``, ``after``, ``before``: by team or channel, ``"*"`` for all others;
    lengths in microseconds, places of milestones.
    """

    outcomes: Mapping[str | None, str]
    teams: Mapping[str, str]
    declared: frozenset[str]
    keep: tuple[str, ...]
    currency: str | None
    decimals: int | None
    rounding: Rounding | None
    anchor: str
    as_of: int | None
    tz: str
    days: tuple[str, ...]
    lookback: Mapping[str, int]
    start: Start
    sharing: Sharing
    process: frozenset[str]
    allow_negative: bool
    links: frozenset[str]
    ids: Literal["salesforce"] | None
    unit: Unit
    dedupe: int | None
    after: Mapping[str, int]
    before: Mapping[str, int]
    exclude: Mapping[str, frozenset[str]]

    @property
    def restricted(self) -> bool:
        """Return whether ``links=`` leaves a link out."""
        return len(self.links) < len(COLUMNS)

    def record(self, as_of: int) -> dict[str, Any]:
        """Return the options as JSON values, with the ``as_of`` that was used."""
        excluded = {name: sorted(labels) for name, labels in self.exclude.items()}
        return {
            "after": kinds.told_milestones(self.after),
            "allow_negative": self.allow_negative,
            "anchor": self.anchor,
            "as_of": as_of,
            "before": kinds.told_milestones(self.before),
            "currency": self.currency,
            "days": sorted(self.days),
            "decimals": self.decimals,
            "dedupe": None if self.dedupe is None else clock.duration_text(self.dedupe),
            "exclude": excluded or None,
            "ids": self.ids,
            "keep": list(self.keep),
            "links": [way for way in COLUMNS if way in self.links],
            "lookback": kinds.told_durations(self.lookback),
            "outcomes": {str(k): v for k, v in self.outcomes.items()},
            "process": sorted(self.process),
            "rounding": self.rounding,
            "sharing": self.sharing,
            "start": self.start,
            "teams": dict(sorted(self.teams.items())) or sorted(self.declared),
            "tz": self.tz,
            "unit": self.unit,
        }


def read_options(faults: list[Issue], **given: Any) -> Options:
    """Return the options; what is wrong is added to ``faults`` and left at its default.

    Codes P01 lookback, P04 a choice or a kind, T05 tz, T10 as_of.
    """
    given = {**UNASKED, **given}
    for name, choices in CHOICES.items():
        plain = isinstance(given[name], str | bool | None)
        if not plain or given[name] not in choices:
            what = f"{name}={given[name]!r} is none of {', '.join(map(repr, choices))}."
            remedy = nearest(str(given[name]), map(str, choices))
            faults.append(issue("P04", "error", (name, ""), what, remedy=remedy))
            given[name] = DEFAULTS[name]
    checked(faults, given["tz"], lambda tz, _: len(clock.zone(tz).key), "tz")
    if any(one.code == "T05" for one in faults):
        given["tz"] = "UTC"
    for name in ("keep", "days", "process"):
        if isinstance(given[name], str):
            given[name] = (given[name],)
        if not isinstance(given[name], Collection) or not all(
            isinstance(one, str) for one in given[name]
        ):
            what = f"{name}={given[name]!r} is no list of names."
            faults.append(issue("P04", "error", (name, ""), what))
            given[name] = ()
    taken = sorted(set(map(str, given["keep"])) & RESERVED)
    if taken:
        what = f"keep= names {', '.join(taken)}, which tables already have."
        remedy = "Rename the column, or map it: columns={'touches': {'mine': …}}."
        faults.append(issue("P04", "error", ("keep", ""), what, remedy=remedy))
        given["keep"] = ()
    given["links"] = _links(given["links"], faults)
    teams, declared = teams_of(given.pop("teams"), faults)
    outcomes = outcomes_of(given.pop("outcomes"), faults)
    for name, read in (
        ("lookback", clock.duration), ("after", kinds.milestone),
        ("before", kinds.milestone),
    ):  # fmt: skip
        given[name] = kinds.read_kinds(given[name], name, read, faults)
    given["exclude"] = kinds.read_excluded(given["exclude"], faults)
    given["dedupe"] = checked(faults, given["dedupe"], clock.duration, "dedupe")
    as_of = given.pop("as_of")
    if as_of is not None:
        as_of = checked(
            faults, as_of, lambda one, name: clock.instant_of(one, name, given["tz"]),
            "as_of",
        )  # fmt: skip
    return Options(
        **{
            **given,
            "keep": tuple(given["keep"]),
            "days": tuple(given["days"]),
            "process": frozenset(given["process"]),
        },
        teams=teams,
        declared=declared,
        outcomes=outcomes,
        as_of=as_of,
    )


def checked(faults: list[Issue], value: Any, read: Any, name: str) -> int | None:
    """Return what ``read`` makes of a value; None where it is missing or at fault.

    Example:
        >>> checked([], "2d", clock.duration, "lookback") == 2 * clock.DAY
        True
    """
    try:
        return None if value is None else int(read(value, name))
    except InputError as error:
        faults.extend(error.issues)
        return None


def _links(links: Any, faults: list[Issue]) -> frozenset[str]:
    """Return the links that may be taken; P04 where a word is none of them."""
    words = {links} if isinstance(links, str) else links
    every = frozenset(COLUMNS)
    if words is None:
        return every
    if not isinstance(words, Collection) or not words:
        what = f"links={links!r} names no link."
        remedy = f"Name some of {', '.join(COLUMNS)}."
        faults.append(issue("P04", "error", ("links", ""), what, remedy=remedy))
        return every
    for word in words:
        if word not in every:
            what = f"links= names {word!r}, which is none of {', '.join(COLUMNS)}."
            remedy = nearest(str(word), COLUMNS)
            faults.append(issue("P04", "error", ("links", ""), what, remedy=remedy))
    return frozenset(words) & every


def teams_of(
    teams: Any,
    faults: list[Issue],
) -> tuple[dict[str, str], frozenset[str]]:
    """Return the team of each channel, and the further teams declared (P04).

    Example:
        >>> teams_of(("SDR",), [])
        ({}, frozenset({'sdr'}))
    """
    if teams is None:
        return {}, frozenset()
    if isinstance(teams, Mapping):
        mapped = {str(one): str(team).casefold() for one, team in teams.items()}
        return mapped, frozenset(mapped.values())
    if isinstance(teams, Collection) and not isinstance(teams, str):
        return {}, frozenset(str(team).casefold() for team in teams)
    what = f"teams={teams!r} maps no channel to a team."
    remedy = "Write teams={'webinar': 'marketing'}, or teams=('sdr',) to declare one."
    faults.append(issue("P04", "error", ("teams", ""), what, remedy=remedy))
    return {}, frozenset()


def outcomes_of(outcomes: Any, faults: list[Issue]) -> dict[str | None, str]:
    """Return their outcomes without case → ours, None for all others (P04).

    Example:
        >>> outcomes_of({"Closed Won": "won"}, [])["closed won"]
        'won'
    """
    found: dict[str | None, str] = {name: name for name in OUTCOMES}
    if not isinstance(outcomes, Mapping | None):
        what = f"outcomes={outcomes!r} is no mapping."
        faults.append(issue("P04", "error", ("outcomes", ""), what))
        return found
    for theirs, ours in (outcomes or {}).items():
        if not isinstance(ours, str) or ours not in OUTCOMES:
            what = f"outcomes maps {theirs!r} to {ours!r}."
            remedy = "Map to 'won', 'lost' or 'open'."
            faults.append(issue("P04", "error", ("outcomes", ""), what, remedy=remedy))
        else:
            found[None if theirs is None else str(theirs).casefold()] = ours
    return found
