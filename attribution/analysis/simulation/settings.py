"""The knobs of the simulation, each with its default and its bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from attribution.arrays import clock
from attribution.arrays.currencies import DECIMALS
from attribution.errors import InputError, fail, issue, nearest

if TYPE_CHECKING:
    from attribution.errors import Issue

STAGES: Final = ("lead", "mql", "sal", "opportunity")
"""The stages in which a process can be, in their order."""

MOST: Final = 1_000
"""How many weeks, reps, campaigns or channels there may be."""


class Channel(NamedTuple):
    """A kind of touch: ``rate`` a week, its ``effect`` on the odds of advancing.

    ``effect`` is added to the log-odds of each week for every touch not yet forgotten
    (three at most). ``stage`` is the first stage in which the channel is used.

    Example:
        >>> Channel("webinar", "marketing", 0.04, 0.35).stage
        'lead'
    """

    name: str
    team: str
    rate: float
    effect: float
    stage: str = "lead"


class Segment(NamedTuple):
    """A kind of buyer: its ``share`` of all, and the ``factor`` of its amounts."""

    name: str
    share: float
    factor: float


CHANNELS: Final = (
    Channel("paid search", "marketing", 0.06, 0.10),
    Channel("content", "marketing", 0.10, 0.15),
    Channel("email", "marketing", 0.12, 0.05),
    Channel("webinar", "marketing", 0.05, 0.35),
    Channel("event", "marketing", 0.02, 0.50),
    Channel("call", "sales", 0.30, 0.15, "mql"),
    Channel("email", "sales", 0.15, 0.10, "mql"),
    Channel("meeting", "sales", 0.12, 0.40, "sal"),
    Channel("demo", "sales", 0.08, 0.55, "sal"),
)
SEGMENTS: Final = (
    Segment("small", 0.6, 0.5),
    Segment("mid", 0.3, 1.5),
    Segment("large", 0.1, 4.0),
)


def kinds(value: Any, kind: type[Channel | Segment]) -> Any:
    """Return plain tuples as channels or segments; what is none of them as it is.

    Example:
        >>> kinds([("ads", "marketing", 0.2, 0.1)], Channel)[0].stage
        'lead'
    """
    if not isinstance(value, list | tuple):
        return value
    try:
        return tuple(kind(*one) for one in value)
    except TypeError:
        return value


def _knob(default: Any, low: float, high: float, *, whole: bool = False) -> Any:
    bounds = {"low": low, "high": high, "whole": whole}
    return field(default=default, metadata=bounds)


@dataclass(frozen=True)
class Settings:
    """The knobs; :func:`attribution.simulate` says what each does.

    Raises:
        InputError: P04: knobs out of their bounds or of the wrong kind, all at once.

    Example:
        >>> Settings(weeks=13).weeks
        13
    """

    begin: str = "2025-01-06"
    span: int = _knob(52, 1, MOST, whole=True)
    weeks: int = _knob(26, 1, MOST, whole=True)
    channels: tuple[Channel, ...] = CHANNELS
    segments: tuple[Segment, ...] = SEGMENTS
    advance: tuple[float, ...] = (-2.2, -1.3, -2.0, -4.6)
    loss: tuple[float, ...] = (0.06, 0.07, 0.05, 0.09)
    intent: float = _knob(0.5, -5, 5)
    intent_marketing: float = _knob(0.3, -5, 5)
    intent_sales: float = _knob(0.4, -5, 5)
    engagement: float = _knob(0.25, -5, 5)
    follow_up: float = _knob(0.2, 0, 1)
    carry: float = _knob(0.7, 0, 1)
    synergy: float = _knob(0.3, -5, 5)
    outbound: float = _knob(0.2, 0, 1)
    recycled: float = _knob(0.3, 0, 1)
    reps: int = _knob(12, 1, MOST, whole=True)
    skill: float = _knob(0.2, 0, 5)
    campaigns: int = _knob(3, 1, MOST, whole=True)
    committee: float = _knob(2.5, 1, 10)
    amount: float = _knob(20_000.0, 0.01, 1e9)
    amount_spread: float = _knob(0.7, 0, 3)
    amount_intent: float = _knob(0.2, -3, 3)
    currency: str = "EUR"
    lost_proposals: float = _knob(0.5, 0, 1)
    missing_marketing: float = _knob(0.1, 0, 1)
    missing_sales: float = _knob(0.15, 0, 1)
    late: float = _knob(0.05, 0, 1)
    late_days: float = _knob(5.0, 0, 365)
    role_dropout: float = _knob(0.15, 0, 1)

    def __post_init__(self) -> None:
        """Check every knob."""
        faults = [*_numbers(self), *_hazards(self), *_kinds(self), *_words(self)]
        fail(faults)

    @property
    def start(self) -> int:
        """Return the instant at which the first process can begin."""
        return clock.instant_of(f"{self.begin}T00:00:00Z", "begin", "UTC")

    @property
    def as_of(self) -> int:
        """Return the instant at which the data is seen: ``span`` weeks later."""
        return self.start + self.span * 7 * clock.DAY


def _fault(name: str, value: object, remedy: str) -> Issue:
    what = f"{name}={value!r} is no value of this knob."
    return issue("P04", "error", (name, ""), what, remedy=remedy)


def _number(value: object) -> bool:
    """Return whether a value is a finite number."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and math.isfinite(value)  # type: ignore[arg-type]


def _numbers(settings: Settings) -> list[Issue]:
    found = []
    for knob in fields(settings):
        if not knob.metadata:
            continue
        low, high, whole = (knob.metadata[name] for name in ("low", "high", "whole"))
        value = getattr(settings, knob.name)
        kind = type(value) is int if whole else _number(value)
        if not (kind and low <= value <= high):
            word = "a whole number" if whole else "a number"
            found.append(_fault(knob.name, value, f"Give {word} of {low} to {high}."))
    return found


def _hazards(settings: Settings) -> list[Issue]:
    found = []
    for name, low, high in (("advance", -50.0, 50.0), ("loss", 0.0, 1.0)):
        value = getattr(settings, name)
        sound = isinstance(value, tuple) and len(value) == len(STAGES)
        if not (sound and all(_number(one) and low <= one <= high for one in value)):
            remedy = f"Give {len(STAGES)} numbers of {low} to {high}, one a stage."
            found.append(_fault(name, value, remedy))
    return found


def _kinds(settings: Settings) -> list[Issue]:
    channels, segments = settings.channels, settings.segments
    found = []
    if not (_tuple_of(channels, Channel) and all(map(_sound, channels))):
        remedy = "Give Channel(name, team, rate, effect, stage), marketing or sales."
        found.append(_fault("channels", channels, remedy))
    elif {one.team for one in channels} != {"marketing", "sales"}:
        remedy = "Give at least one channel of marketing and one of sales."
        found.append(_fault("channels", channels, remedy))
    elif len({(one.team, one.name) for one in channels}) < len(channels):
        found.append(_fault("channels", channels, "Name each once in its team."))
    shares = [one.share for one in segments] if _tuple_of(segments, Segment) else []
    factors = [one.factor for one in segments] if shares else []
    numbers = all(_number(one) and one >= 0 for one in (*shares, *factors))
    if not (shares and numbers and abs(sum(shares) - 1) <= 1e-9):  # noqa: PLR2004
        remedy = "Give Segment(name, share, factor); the shares sum to 1."
        found.append(_fault("segments", segments, remedy))
    return found


def _tuple_of(value: object, kind: type) -> bool:
    return (
        isinstance(value, tuple)
        and 0 < len(value) <= MOST
        and all(isinstance(one, kind) for one in value)
    )


def _sound(channel: Channel) -> bool:
    return (
        isinstance(channel.name, str)
        and channel.team in {"marketing", "sales"}
        and _number(channel.rate)
        and 0 <= channel.rate <= 1
        and _number(channel.effect)
        and channel.stage in STAGES
    )


def _words(settings: Settings) -> list[Issue]:
    found = []
    if not isinstance(settings.currency, str) or settings.currency not in DECIMALS:
        remedy = nearest(str(settings.currency).upper(), DECIMALS)
        found.append(_fault("currency", settings.currency, remedy))
    try:
        early = settings.start
        late = early if found or not isinstance(settings.span, int) else settings.as_of
        sound = late < clock.END_OF_TIME
    except InputError:
        sound = False
    if not sound:
        remedy = 'Give a day such as "2025-01-06", the data ending before 2200.'
        found.append(_fault("begin", settings.begin, remedy))
    return found
