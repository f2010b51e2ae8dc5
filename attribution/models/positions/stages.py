"""Shares of the touches that hold milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from attribution.errors import InputError, Issue, issue, nearest, refuse
from attribution.models.positions import ends
from attribution.models.positions import shares as written
from attribution.models.positions.holders import MIDDLE, STAGES
from attribution.models.positions.staged import Rule, Staged

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

POSITIONS = (*STAGES, MIDDLE)


def _known(given: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a mapping of positions in their order.

    Raises:
        InputError: P03: there is no position of that name.
    """
    faults = [
        issue(
            "P03", "error", ("models", name), f"{name}= names {one!r}, no milestone.",
            remedy=f"{nearest(one, POSITIONS)} It takes: {', '.join(POSITIONS)}.",
        )
        for one in given
        if one not in POSITIONS
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    return {one: given[one] for one in POSITIONS if one in given}


def _listed(given: Any) -> Any:
    """Return the names of holders as lists, a single name as a list of one."""
    if not isinstance(given, dict):
        return given
    return {k: (v,) if isinstance(v, str) else v for k, v in given.items()}


Holders = Annotated[
    dict[str, tuple[str, ...]],
    BeforeValidator(_listed),
    AfterValidator(lambda given: _known(given, "holders")),
]
"""Stage → the teams or channels whose touches may hold it."""


Entry = Literal["first", "last"]
"""Which entry of a stage counts that a deal entered more than once."""

NEEDS = frozenset({"time", "milestones"})


class UShaped(Staged):
    """First and last touch take 40 % each, the touches between 20 %.

    That is ``adobe``, and what is meant where deals have no lead milestone. Where they
    have one a convention is to be named: under ``hubspot`` the first touch and the
    holder of the lead take 40 % each and all others 20 %, under ``marketo`` the two
    take 50 % each; ``dp6`` and ``posthog`` are as in :class:`Position`.

    Example:
        >>> UShaped(convention="marketo").label
        'u_shaped:convention=marketo'
    """

    convention: ends.Convention | None = None
    holders: Holders = Field(default_factory=dict)
    reentered: Entry = "last"

    def unfit(self, journeys: Journeys) -> list[Issue]:
        """Return P07 where deals have a lead milestone and no convention is named."""
        leads = journeys.milestones.get("lead")
        if self.convention is not None or leads is None or not (leads >= 0).any():
            return []
        remedy = (
            "Write convention=adobe (first and last touch 40/40), hubspot (first and "
            "lead 40/40) or marketo (first and lead 50/50)."
        )
        what = "needs a convention, for deals have a lead milestone (lead_at)."
        return [issue("P07", "error", ("models", self.label), what, remedy=remedy)]

    def rule(self) -> Rule:
        """Return the rule of the convention."""
        stages, middle = {"first": 0.4, "last": 0.4}, 0.2
        if self.convention == "hubspot":
            stages = {"first": 0.4, "lead": 0.4}
        elif self.convention == "marketo":
            stages, middle = {"first": 0.5, "lead": 0.5}, 0.0
        rule = Rule(stages, middle, self.convention, self.holders, self.reentered)
        return rule._replace(open_ended=self.convention == "hubspot")


class WShaped(Staged):
    """First, lead and opportunity take 30 % each, between them 10 %; after that 0.

    Touches after the opportunity take nothing. A touch can hold several milestones; a
    share that nobody can take goes to those held in proportion, or under ``marketo`` to
    the holder of the next one, and an empty middle evenly.

    Example:
        >>> WShaped(holders={"opportunity": "sales"}).label
        'w_shaped:holders.opportunity=sales'
    """

    needs: ClassVar[frozenset[str]] = NEEDS

    convention: Literal["marketo"] | None = None
    holders: Holders = Field(default_factory=dict)
    reentered: Entry = "last"

    def rule(self) -> Rule:
        """Return the rule: 30, 30, 30, 10."""
        stages = {"first": 0.3, "lead": 0.3, "opportunity": 0.3}
        return Rule(stages, 0.1, self.convention, self.holders, self.reentered)


class FullPath(Staged):
    """First, lead, opportunity and close take 22.5 % each, the touches between 10 %.

    A share that nobody can take goes where :class:`WShaped` sends it.

    Example:
        >>> FullPath().label
        'full_path'
    """

    needs: ClassVar[frozenset[str]] = NEEDS

    convention: Literal["marketo"] | None = None
    holders: Holders = Field(default_factory=dict)
    reentered: Entry = "last"

    def rule(self) -> Rule:
        """Return the rule: 22.5 four times, 10."""
        names = ("first", "lead", "opportunity", "closed")
        stages = dict.fromkeys(names, 0.225)
        return Rule(stages, 0.1, self.convention, self.holders, self.reentered)


class Milestone(Staged):
    """The holders of milestones of one's own choice take shares of one's own.

    ``shares`` are of first, lead, mql, sal, sql, created, opportunity, closed, last and
    middle, the touches between that hold none; touches after the last of the dated ones
    take nothing. The holder is the last touch at or before a milestone and an hour (a
    day, where one of the two is known by its day alone); ``holders`` names the teams or
    channels that may hold one.

    Example:
        >>> Milestone(shares={"first": 0.5, "sql": 0.5}).label
        'milestone:shares.first=0.5,shares.sql=0.5'
    """

    needs: ClassVar[frozenset[str]] = NEEDS

    shares: Annotated[
        dict[str, written.Share], AfterValidator(lambda given: _known(given, "shares"))
    ]
    convention: Literal["marketo"] | None = None
    holders: Holders = Field(default_factory=dict)
    reentered: Entry = "last"

    @model_validator(mode="after")
    def _whole(self) -> Milestone:
        written.check_whole(self.model_name(), list(self.shares.values()))
        if not set(self.shares) - {MIDDLE}:
            what = "milestone: shares= names no milestone."
            raise refuse("P02", what, f"Name some of {', '.join(STAGES)}.")
        return self

    def rule(self) -> Rule:
        """Return the rule of these shares."""
        stages = {name: one for name, one in self.shares.items() if name != MIDDLE}
        middle = self.shares.get(MIDDLE, 0.0)
        return Rule(stages, middle, self.convention, self.holders, self.reentered)
