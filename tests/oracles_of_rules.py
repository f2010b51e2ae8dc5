"""The slow, plain reference of positions, milestones and decays, in ``Fraction``.

Written from the definitions of the models, without a look at the library: one short
function a rule, one deal at a time, lists and dicts and nothing imported from
``attribution``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

from oracles import DAY, Deal, Touch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOUR = DAY // 24
STAGES = (
    "first",
    "lead",
    "mql",
    "sal",
    "sql",
    "created",
    "opportunity",
    "closed",
    "last",
)


def decimal(share: float) -> Fraction:
    """Return a share as the decimal it is written as."""
    return Fraction(repr(share))


def position(
    times: Sequence[int],
    first: float,
    middle: float,
    last: float,
    convention: str = "adobe",
) -> list[Fraction]:
    """Return the shares of a deal whose touches stand at ``times``, in order."""
    a, b, c = map(decimal, (first, middle, last))
    a, b, c = (one / (a + b + c) for one in (a, b, c))
    count = len(times)
    if convention == "posthog":
        return posthog_position(times, a, b, c)
    if count == 1:
        return [Fraction(1)]
    if count > 2:
        return [a, *[b / (count - 2)] * (count - 2), c]
    if convention in {"marketo", "dp6"} or a + c == 0:
        return [a + b / 2, c + b / 2]
    return [a / (a + c), c / (a + c)]


def posthog_position(
    times: Sequence[int], first: Fraction, middle: Fraction, last: Fraction
) -> list[Fraction]:
    """Return shares of the earliest and latest instants, then made to sum to 1."""
    count = len(times)
    if count <= 2:
        return [Fraction(1, count)] * count
    raw = [
        first
        if one == min(times)
        else last
        if one == max(times)
        else middle / (count - 2)
        for one in times
    ]
    if not sum(raw):
        return [Fraction(1, count)] * count
    return [one / sum(raw) for one in raw]


def last_but(channels: Sequence[str], skip: Sequence[str]) -> list[Fraction]:
    """Return 1 for the last touch of another channel, of any if there is none."""
    places = [at for at, one in enumerate(channels) if one not in skip]
    taker = places[-1] if places else len(channels) - 1
    return [Fraction(at == taker) for at in range(len(channels))]


def from_the_front(count: int, listed: Sequence[float]) -> list[Fraction]:
    """Return the listed shares from the front, the rest in equal shares."""
    whole = 100 if any(one > 1 for one in listed) else 1
    own = [decimal(one) / whole for one in listed]
    if count <= len(own):
        own, total = own[:count], sum(own[:count], Fraction(0))
        return [one / total for one in own] if total else [Fraction(1, count)] * count
    after = count - len(own)
    return [*own, *[(1 - sum(own, Fraction(0))) / after] * after]


def by_channel(channels: Sequence[str], weights: Mapping[str, float]) -> list[Fraction]:
    """Return shares in proportion to the weights of the touches' channels."""
    own = [decimal(weights.get(one, weights.get("*", 0.0))) for one in channels]
    return [one / sum(own) for one in own] if sum(own) else own


@dataclass(frozen=True)
class Stages:
    """A milestone model: shares by stage, who may hold, where the missing go."""

    shares: Mapping[str, float]
    middle: float = 0.0
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    marketo: bool = False
    cut: bool = True


def milestone(
    touches: Sequence[Touch], deal: Deal, model: Stages, days: Sequence[str] = ()
) -> list[Fraction]:
    """Return the shares of a deal by milestones; ``days``: stages dated by day."""
    stages = [one for one in STAGES if one in model.shares]
    held = {one: holder(touches, deal, one, model, days) for one in stages}
    dated = [one for one in stages if one not in {"first", "last"}]
    ends = [instant(deal, one) for one in dated[-1:]] if model.cut else []
    between = [
        at
        for at, touch in enumerate(touches)
        if at not in held.values()
        and all(end is None or before(touch, end, dated[-1] in days) for end in ends)
        and may_hold(touch, model.holders.get("middle"))
    ]
    shares = {one: decimal(model.shares[one]) for one in stages}
    middle = decimal(model.middle)
    if not between or not middle:
        shares, middle = without_middle(shares, middle, model), Fraction(0)
    if model.marketo:
        shares = passed_on(shares, held)
    kept = sum(share for one, share in shares.items() if held[one] is not None)
    total = sum(shares.values())
    weights = [Fraction(0)] * len(touches)
    for one, share in shares.items():
        place = held[one]
        if place is not None and kept:
            weights[place] += share * total / kept
    for at in between if middle else []:
        weights[at] += middle / len(between)
    whole = sum(weights)
    return [one / whole for one in weights] if whole else weights


def without_middle(
    shares: Mapping[str, Fraction], middle: Fraction, model: Stages
) -> dict[str, Fraction]:
    """Return the shares where nothing lies between, the middle evenly or not."""
    if model.marketo or not any(shares.values()):
        return {one: share + middle / len(shares) for one, share in shares.items()}
    return dict(shares)


def passed_on(
    shares: Mapping[str, Fraction], held: Mapping[str, int | None]
) -> dict[str, Fraction]:
    """Return the shares, those of stages nobody holds at the next held one."""
    found = dict(shares)
    for at, one in enumerate(shares):
        later = [other for other in list(shares)[at + 1 :] if held[other] is not None]
        if held[one] is None and later:
            found[later[0]] += found[one]
            found[one] = Fraction(0)
    return found


def holder(
    touches: Sequence[Touch], deal: Deal, stage: str, model: Stages, days: Sequence[str]
) -> int | None:
    """Return the place of the touch that holds a stage, None where none does."""
    able = [
        at
        for at, touch in enumerate(touches)
        if may_hold(touch, model.holders.get(stage))
    ]
    if stage in {"first", "last"}:
        return able[0 if stage == "first" else -1] if able else None
    at = instant(deal, stage)
    reached = [
        place
        for place in able
        if at is not None and before(touches[place], at, stage in days)
    ]
    return reached[-1] if reached else None


def instant(deal: Deal, stage: str) -> int | None:
    """Return when a deal reached a stage; an open deal has not closed."""
    if stage == "closed":
        return None if deal.outcome == "open" else deal.closed_at
    return deal.created_at if stage == "created" else deal.milestones.get(stage)


def before(touch: Touch, stage: int, on_day: bool) -> bool:
    """Return whether a touch lies at or before a stage and its grace."""
    return touch.time <= stage + (DAY if on_day or touch.day_only else HOUR)


def may_hold(touch: Touch, names: Sequence[str] | None) -> bool:
    """Return whether a touch is of one of these teams or channels."""
    return names is None or touch.team in names or touch.channel in names


def decay(half_lives: Sequence[Fraction]) -> list[Fraction]:
    """Return 2^-age of ages counted in half-lives, normalised, good to 50 digits."""
    with localcontext() as context:
        context.prec, context.Emin = 60, -(10**12)
        ages = [Decimal(one.numerator) / Decimal(one.denominator) for one in half_lives]
        strengths = [Decimal(2) ** (min(ages) - age) for age in ages]
        whole = sum(strengths)
        return [Fraction(strength / whole) for strength in strengths]


def decay_of_each(
    touches: Sequence[Touch], anchor: int, half_lives: Mapping[str, int]
) -> list[Fraction]:
    """Return the decay with a half-life a channel, else team, else ``*``, else week."""
    rest = half_lives.get("*", 7 * DAY)
    own = [
        half_lives.get(one.channel, half_lives.get(one.team, rest)) for one in touches
    ]
    return decay(
        [
            Fraction(anchor - one.time, half)
            for one, half in zip(touches, own, strict=True)
        ]
    )


def decay_of_weeks(
    touches: Sequence[Touch], anchor: int, half_life: int = 7 * DAY
) -> list[Fraction]:
    """Return the decay by whole half-lives of age: DP6 1.x."""
    return decay([Fraction((anchor - one.time) // half_life) for one in touches])


def decay_of_window(touches: Sequence[Touch], window: int) -> list[Fraction]:
    """Return the decay whose half-life is a quarter of the window: PostHog."""
    half_life = max(Fraction(window, 4), Fraction(DAY))
    last = max(one.time for one in touches)
    return decay([(last - one.time) / half_life for one in touches])


def decay_of_ranks(count: int) -> list[Fraction]:
    """Return 1, 2, … n over their sum: mta."""
    return [Fraction(2 * (at + 1), count * (count + 1)) for at in range(count)]


def decay_of_halves(count: int) -> list[Fraction]:
    """Return 1, 2, 4, … over their sum: shapley-attribution."""
    return [Fraction(2**at, 2**count - 1) for at in range(count)]
