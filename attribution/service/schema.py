"""What a request to split deals holds, and what the response does."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import InitErrorDetails, PydanticCustomError

from attribution.journeys.words import MILESTONES, OPEN, OUTCOMES
from attribution.service import checks
from attribution.service.fields import (
    LONGEST_MODEL,
    Currency,
    Duration,
    Id,
    Instant,
    Label,
    Minor,
)

MOST_DEALS: Final = 10_000
MOST_TOUCHES: Final = 10_000
"""Touches of one deal."""


class Part(BaseModel):
    """A part of a request or response: unchangeable, without further fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class SplitTouch:
    """One recorded touch of a deal.

    ``time`` is whole microseconds since 1970 UTC, or ISO 8601 text with a zone (in a
    program also an aware datetime). ``contact_id`` is personal: it orders touches of
    one instant and is never sent back. ``cost_minor`` is in the deal's currency and no
    part of the split; ``currency`` is for exports that name one, and must be the
    deal's. No model but a dataclass, since a request holds so many of them.
    """

    time: Instant
    team: Label
    channel: Label
    touch_id: Id | None = None
    campaign: Label | None = None
    rep: Label | None = None
    contact_id: Label | None = None
    process: Annotated[bool, Field(strict=True)] = False
    cost_minor: Minor | None = None
    currency: Currency | None = None


class SplitDeal(Part):
    """One deal with all of its touches, in any order.

    ``closed_at`` is needed where it is won or lost. Milestones are instants too.
    """

    deal_id: Id
    amount_minor: Minor
    currency: Currency
    outcome: Literal["won", "lost", "open"]
    closed_at: Instant | None = None
    lead_at: Instant | None = None
    mql_at: Instant | None = None
    sal_at: Instant | None = None
    sql_at: Instant | None = None
    opportunity_at: Instant | None = None
    touches: Annotated[tuple[SplitTouch, ...], Field(max_length=MOST_TOUCHES)]

    def dates(self) -> tuple[int | None, ...]:
        """Return the milestones in their order, and the close unless it is expected."""
        closed = None if self.outcome == "open" else self.closed_at
        return (
            self.lead_at, self.mql_at, self.sal_at, self.sql_at, self.opportunity_at,
            closed,
        )  # fmt: skip

    def outcome_at(self, as_of: int) -> int:
        """Return the outcome as seen at ``as_of``: what closes later is open."""
        closed = self.closed_at is not None and self.closed_at <= as_of
        return OUTCOMES[self.outcome] if closed else OPEN

    def anchor_at(self, anchor: str, as_of: int) -> int | None:
        """Return the instant at which the journey ends, None without the milestone."""
        if anchor != "closed":
            found = self.dates()[MILESTONES.index(anchor)]
            return None if found is None or found > as_of else found
        return as_of if self.outcome_at(as_of) == OPEN else self.closed_at


class SplitOptions(Part):
    """Which touches count, as in :func:`attribution.build_journeys`.

    ``anchor``: where journeys end; ``lookback``: how far before it a touch counts;
    ``as_of``: the instant at which the deals are seen, the latest of the request unless
    given; ``teams``: teams beside marketing and sales; ``allow_negative``: whether
    amounts may be negative (refunds); ``strict``: touches after the anchor are a fault
    rather than set aside.
    """

    anchor: Literal["closed", "lead", "mql", "sal", "sql", "opportunity"] = "closed"
    lookback: Duration | None = None
    as_of: Instant | None = None
    teams: Annotated[tuple[Label, ...], Field(max_length=64)] = ()
    allow_negative: Annotated[bool, Field(strict=True)] = False
    strict: Annotated[bool, Field(strict=True)] = False


class SplitRequest(Part):
    """One to 10,000 deals to be split by one model.

    ``model`` is the text of a rule, or a key of the ``models`` of
    :func:`attribution.split_deals`. With ``explain`` the response holds the sentences
    of each deal's ledger.

    Example:
        >>> touch = {"time": 0, "team": "sales", "channel": "call"}
        >>> deal = {"deal_id": 1, "amount_minor": 100, "currency": "EUR",
        ...         "outcome": "won", "closed_at": "2026-03-01T00:00:00Z",
        ...         "touches": [touch]}
        >>> SplitRequest(model="linear", deals=[deal]).deals[0].closed_at
        1772323200000000
    """

    model: Annotated[str, Field(strict=True, min_length=1, max_length=LONGEST_MODEL)]
    deals: Annotated[tuple[SplitDeal, ...], Field(min_length=1, max_length=MOST_DEALS)]
    options: SplitOptions = SplitOptions()
    explain: Annotated[bool, Field(strict=True)] = False
    request_id: Label | None = None

    def seen_at(self) -> int:
        """Return ``as_of``: as given, else the latest instant, expected closes aside.

        In microseconds since 1970 UTC.
        """
        if self.options.as_of is not None:
            return self.options.as_of
        found = [0]
        for deal in self.deals:
            found += [touch.time for touch in deal.touches if touch.time is not None]
            found += [at for at in deal.dates() if at is not None]
        return max(found)

    @model_validator(mode="after")
    def _sound(self) -> SplitRequest:
        faults = checks.faults_of(self)
        if faults:
            lines = [
                InitErrorDetails(
                    type=PydanticCustomError(one.code, one.msg), loc=one.loc, input=None
                )
                for one in checks.listed(faults)
            ]
            raise ValidationError.from_exception_data("SplitRequest", lines)
        return self


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class SplitCredit:
    """A touch's part of its deal; no model, since a response holds so many of them.

    ``row`` is the touch's place in the request's deal, from 0; ``weight`` its share of
    the deal, ``credit_minor`` its money in minor units.
    """

    row: int
    touch_id: str | int | None
    weight: float
    credit_minor: int


class SplitAside(Part):
    """A touch that does not count, with the code and the sentence of the reason."""

    row: int
    touch_id: str | int | None
    code: str
    why: str


class SplitResult(Part):
    """One deal, split.

    ``outcome`` is that at ``as_of``. ``touches`` stand in the order of the journey, and
    their credits and ``unattributed_minor`` sum to ``amount_minor``; ``unattributed``
    is the reason why no touch can take the deal. Every touch of the request stands
    in ``touches`` or in ``set_aside``, once.
    """

    deal_id: str | int
    outcome: Literal["won", "lost", "open"]
    amount_minor: int
    currency: str
    touches: tuple[SplitCredit, ...]
    unattributed_minor: int
    unattributed: str | None
    set_aside: tuple[SplitAside, ...]
    sentences: tuple[str, ...] = ()


class SplitNote(Part):
    """What was found in sound input, with its code and how many there are."""

    code: str
    what: str
    count: int


class SplitResponse(Part):
    """The deals in the order of the request, and what decided their split.

    ``model`` is the text that parses back to the model, ``title`` the same for headers,
    with what was clipped; ``fingerprint`` a hash of all that decides a split beside the
    deals: the model with its parameters, what it learned, anchor, lookback and
    ``as_of`` as asked for, and the version of the library. ``as_of`` is the instant
    that was used, in microseconds.
    """

    request_id: str | None
    model: str
    title: str
    version: str
    fingerprint: str
    as_of: int
    notes: tuple[SplitNote, ...]
    deals: tuple[SplitResult, ...]
