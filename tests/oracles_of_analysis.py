"""The slow, plain reference of sourcing, returns, resampling and agreement.

Written from the definitions: ints, ``Fraction`` and dicts, one deal at a time, and
nothing imported from ``attribution``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from oracles import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOUR = DAY // 24
NONE = "(none)"

# ---------------------------------------------------------------------- sourcing


class Touched(NamedTuple):
    """A deal with its touches in order: (time, team, whether a day alone)."""

    deal_id: str
    amount: int
    currency: str
    touches: Sequence[tuple[int, str, bool]]
    lead: tuple[int, bool] | None = None
    opportunity: tuple[int, bool] | None = None
    declared: str | None = None


def is_reached(touch: tuple[int, str, bool], stamp: tuple[int, bool]) -> bool:
    """Return whether a touch lies at or before a stamp and its grace.

    A stamp that is a day is the last microsecond of that day.
    """
    time, _, by_day = touch
    at, on_day = stamp
    return time <= at + (DAY if by_day or on_day else HOUR)


def holder(deal: Touched, stamp: tuple[int, bool] | None) -> str:
    """Return the team of the last touch that reached a stamp."""
    able = [one for one in deal.touches if stamp is not None and is_reached(one, stamp)]
    return able[-1][1] if able else NONE


def sources(deal: Touched) -> dict[str, str]:
    """Return the team that a deal came from under each definition."""
    declared = (deal.declared or "").strip()
    known = {one.casefold(): one for one in ("marketing", "sales")}
    return {
        "declared_source": known.get(declared.casefold(), declared or NONE),
        "first_touch": deal.touches[0][1] if deal.touches else NONE,
        "lead": holder(deal, deal.lead),
        "opportunity": holder(deal, deal.opportunity),
    }


def sourced(deals: Sequence[Touched]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Return money and deals by definition, currency and team."""
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for deal in deals:
        for name, team in sources(deal).items():
            key = (name, deal.currency, team)
            money, count = found.get(key, (0, 0))
            found[key] = (money + deal.amount, count + 1)
    return found


def influenced(deals: Sequence[Touched]) -> dict[tuple[str, str], list[int]]:
    """Return by team and currency deals and money: at all, before, after, undated."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 8)
    for deal in deals:
        for team in {one[1] for one in deal.touches}:
            own = [one for one in deal.touches if one[1] == team]
            stamp = deal.opportunity
            early = [stamp is not None and is_reached(one, stamp) for one in own]
            kinds = [
                True,
                any(early),
                stamp is not None and not all(early),
                stamp is None,
            ]
            for at, met in enumerate(kinds):
                found[team, deal.currency][2 * at] += met
                found[team, deal.currency][2 * at + 1] += met * deal.amount
    return dict(found)


def crossed(
    deals: Sequence[Touched],
) -> dict[tuple[str, str, str], tuple[int, tuple[str, ...]]]:
    """Return money and ids by declared source, holder of the opportunity, currency."""
    found: dict[tuple[str, str, str], tuple[int, tuple[str, ...]]] = {}
    for deal in deals:
        own = sources(deal)
        key = (own["declared_source"], own["opportunity"], deal.currency)
        money, ids = found.get(key, (0, ()))
        found[key] = (money + deal.amount, (*ids, deal.deal_id))
    return found


# -------------------------------------------------------------------- resampling

WORD = 2**64


def mixed(value: int) -> int:
    """Return the finaliser of splitmix64 of a 64-bit integer."""
    value = value * 0x9E3779B97F4A7C15 % WORD
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % WORD
    value = (value ^ value >> 27) * 0x94D049BB133111EB % WORD
    return value ^ value >> 31


def key_of(text: str) -> int:
    """Return the key of an id: its UTF-8 bytes, eight at a time, little end first."""
    data = text.encode()
    key = 0x243F6A8885A308D3
    for start in range(0, len(data), 8):
        key = mixed(key ^ int.from_bytes(data[start : start + 8], "little"))
    return key


def unit_key(deal_id: str, account: str | None) -> int:
    """Return the key of a deal's unit: its account, or itself without one."""
    if account is None:
        return key_of(deal_id)
    return mixed(key_of(account) ^ 0xA0761D6478BD642F)


def weight(key: int, seed: int, draw: int, mean: int = 1) -> int:
    """Return a unit's weight: the Poisson quantile of 16 bits of a hash."""
    word = mixed((mixed((key + mixed(seed)) % WORD) + draw // 4) % WORD)
    level = word >> 16 * (draw % 4) & 0xFFFF
    with localcontext() as context:
        context.prec = 60
        chance, total, number = (-Decimal(mean)).exp(), Decimal(0), 0
        while True:
            total += chance
            if round(total * 2**16) > level:
                return number
            number += 1
            chance *= Decimal(mean) / number


def quantile(values: Sequence[float], part: float) -> float:
    """Return a quantile, linear between the two nearest values."""
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def effective(amounts: Sequence[int]) -> float:
    """Return the square of the sum over the sum of squares."""
    squares = sum(one * one for one in amounts)
    return float(Fraction(sum(amounts) ** 2, squares)) if squares else 0.0


# ------------------------------------------------------------ returns on a spending


def converted(costs: Mapping[str, int], rate: Fraction) -> dict[str, int]:
    """Return costs by cell in other minor units: the sum half to even, divided.

    By largest remainder on a grid of 2^-20, ties to the cell first in label order.
    """
    total = sum(costs.values())
    whole = round(total * rate)
    quota = {key: Fraction(whole * one, total) for key, one in costs.items() if total}
    found = {key: math.floor(one) for key, one in quota.items()}
    left = whole - sum(found.values())
    takers = [key for key in sorted(found) if costs[key]]
    takers.sort(key=lambda key: -round((quota[key] - found[key]) * 2**20))
    for key in takers[:left]:
        found[key] += 1
    return {key: found.get(key, 0) for key in costs}


# --------------------------------------------------------------------- agreement


def total_variation(one: Mapping[str, int], two: Mapping[str, int]) -> Fraction:
    """Return half the sum of the differences of share."""
    whole = sum(one.values())
    far = sum(abs(one.get(key, 0) - two.get(key, 0)) for key in {*one, *two})
    return Fraction(far, 2 * whole)


def mean_ranks(values: Sequence[float]) -> list[Fraction]:
    """Return the rank of each value from 1, the mean one of equal values."""
    return [
        Fraction(sum(other < one for other in values))
        + Fraction(sum(other == one for other in values) + 1, 2)
        for one in values
    ]


def spearman(one: Sequence[float], two: Sequence[float]) -> float:
    """Return the correlation of the ranks."""
    a, b = mean_ranks(one), mean_ranks(two)
    middle = Fraction(len(a) + 1, 2)
    product = sum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
    size = [sum((x - middle) ** 2 for x in side) for side in (a, b)]
    if not all(size):
        return math.nan
    return float(product) / math.sqrt(float(size[0] * size[1]))


def kendall(one: Sequence[float], two: Sequence[float]) -> float:
    """Return agreeing less disagreeing pairs over the mean of those not tied."""

    def sign(value: float) -> int:
        return (value > 0) - (value < 0)

    pairs = [(i, j) for j in range(len(one)) for i in range(j)]
    score = sum(sign(one[i] - one[j]) * sign(two[i] - two[j]) for i, j in pairs)
    a, b = (sum(side[i] != side[j] for i, j in pairs) for side in (one, two))
    return score / math.sqrt(a * b) if a and b else math.nan
