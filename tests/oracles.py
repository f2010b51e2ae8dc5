"""The slow, plain reference: the laws of the design in ints and ``Fraction``.

Written from the definitions, by another hand than the library: no numpy, one loop
for one rule, and nothing imported from ``attribution``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DAY = 86_400_000_000
GRID = 2**20
"""Remainders are told apart on a grid of 2^-20 unit (design law 6.1)."""
NEXT_DEAL = 90 * DAY
NAMING = ("deal", "lead")
"""Links that name one deal."""
MILESTONES = ("lead", "mql", "sal", "sql", "opportunity")


def remainder_on_grid(quota: Fraction) -> int:
    """Return the fractional part of a quota as a whole number of grid steps."""
    return round((quota - floor(quota)) * GRID)


def allocate(
    amount: int, weights: Sequence[Fraction | float], *, whole: object = 1
) -> list[int]:
    """Return ``amount`` divided by largest remainder, a weight being its share.

    ``whole`` is what the weights sum to: 1, or the sum of integer parts.
    """
    if not any(weights):
        return [0] * len(weights)
    if amount < 0:
        return [-credit for credit in allocate(-amount, weights, whole=whole)]
    total = Fraction(whole)  # type: ignore[call-overload]
    quotas = [amount * Fraction(weight) / total for weight in weights]
    credits = [floor(quota) for quota in quotas]
    takers = [place for place, weight in enumerate(weights) if weight]
    takers.sort(key=lambda place: (-remainder_on_grid(quotas[place]), place))
    left = amount - sum(credits)
    if not 0 <= left <= len(takers):
        raise ValueError("the weights do not sum to 1 closely enough")
    for place in takers[:left]:
        credits[place] += 1
    return credits


def win_units(count: int, shares: Sequence[float]) -> list[int]:
    """Return deals in units of 2^-32 deal; what rounding leaves goes to the largest.

    A product is rounded to float64, then to a unit; of equal shares the first counts.
    """
    if not any(shares):
        return [0] * len(shares)
    units = [round(share * float(count * 2**32)) for share in shares]
    units[shares.index(max(shares))] += count * 2**32 - sum(units)
    return units


@dataclass(frozen=True)
class Touch:
    """One row of touches; ``time`` in microseconds UTC, ``day_only`` at a noon."""

    time: int
    channel: str = "a"
    team: str = "sales"
    campaign: str = "(none)"
    rep: str = "(none)"
    contact_id: str | None = None
    touch_id: str | int | None = None
    deal_id: str | None = None
    account_id: str | None = None
    lead_deal_id: str | None = None
    person_account_id: str | None = None
    day_only: bool = False


@dataclass(frozen=True)
class Deal:
    """One row of deals; ``amount`` in minor units, instants in microseconds UTC."""

    deal_id: str
    amount: int = 100
    outcome: str = "won"
    closed_at: int | None = None
    created_at: int | None = None
    currency: str = "EUR"
    account_id: str | None = None
    milestones: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """The options of ``build`` that decide which touches count; times in UTC."""

    anchor: str = "closed"
    as_of: int | None = None
    lookback: int | Mapping[str, int | None] | None = None
    start: str = "previous_won"
    sharing: str = "each"
    links: tuple[str, ...] = ("deal", "contact", "lead", "person_account", "account")
    unit: str = "row"
    dedupe: int | None = None
    after: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    exclude: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Built(NamedTuple):
    """What became of the rows.

    ``journeys``: deal id → rows in order; ``outcomes`` as seen at ``as_of``;
    ``reasons``: why a deal has no touch; ``aside``: row → (code, a deal or None);
    ``times``: (row, deal id) → where the touch stands; ``ends``: the anchors; ``ways``:
    linked row → the link that led to its deals.
    """

    journeys: dict[str, list[int]]
    outcomes: dict[str, str]
    reasons: dict[str, str]
    aside: dict[int, tuple[str, str | None]]
    times: dict[tuple[int, str], int]
    ends: dict[str, int | None]
    ways: dict[int, str]


# --------------------------------------------------------------------- the rules


def first_touch(touches: Sequence[Touch]) -> list[Fraction]:
    """Return 1 for the first touch."""
    return [Fraction(place == 0) for place in range(len(touches))]


def last_touch(touches: Sequence[Touch]) -> list[Fraction]:
    """Return 1 for the last touch."""
    return [Fraction(place == len(touches) - 1) for place in range(len(touches))]


def linear(touches: Sequence[Touch]) -> list[Fraction]:
    """Return equal shares."""
    return [Fraction(1, len(touches)) for _ in touches]


def linear_per_channel(touches: Sequence[Touch]) -> list[Fraction]:
    """Return equal shares of the (team, channel) leaves, equal inside each."""
    leaves = [(touch.team, touch.channel) for touch in touches]
    return [Fraction(1, len(set(leaves)) * leaves.count(leaf)) for leaf in leaves]


def time_decay(
    touches: Sequence[Touch], anchor: int, half_life: int = 7 * DAY
) -> list[Fraction]:
    """Return 2^(-age / half_life), normalised, good to 50 digits."""
    with localcontext() as context:
        context.prec, context.Emin = 60, -(10**12)
        half_lives = [
            Decimal(touch.time - anchor) / Decimal(half_life) for touch in touches
        ]
        strengths = [Decimal(2) ** (age - max(half_lives)) for age in half_lives]
        whole = sum(strengths)
        return [Fraction(strength / whole) for strength in strengths]


RATIONAL_RULES: Mapping[str, Callable[[Sequence[Touch]], list[Fraction]]] = {
    "first_touch": first_touch,
    "last_touch": last_touch,
    "linear": linear,
    "linear:per=channel": linear_per_channel,
}
