"""Time decay: the nearer the anchor, the more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

import numpy as np
from pydantic import BeforeValidator, model_validator

from attribution.arrays import clock, ragged
from attribution.errors import Issue, issue, refuse
from attribution.models.base import Model, Params

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys

WEEK: Final = "7d"
OTHERS: Final = "*"
"""The name that stands for all teams and channels not named."""

BY_RANK: Final = frozenset({"mta", "rank"})
"""Conventions that count touches and not time."""

NEAREST: Final = -(2.0**-54)
"""2 to this power is 1. Nearer to 0 ``exp2`` takes a way of its own, and processors
that guess the way ahead, as all do, guess wrong at every last touch."""

MOST_HALF_LIVES: Final = 512
"""Over so long a time weights from one instant on are floats, good to 1e-13."""

MOVES: Final = "Ages count from the anchor: a close that is moved moves the split, too."


def _canonical(value: object) -> str | dict[str, str]:
    if isinstance(value, dict):
        if not value:
            what = "half_life names no team and no channel."
            raise refuse("P01", what, 'Give a length, or {"sales": "7d"}.')
        return {str(name): _text(value[name]) for name in sorted(value, key=str)}
    return _text(value)


def _text(value: object) -> str:
    return clock.duration_text(clock.duration(value, "half_life"))


class TimeDecay(Model):
    """Weights halve with every ``half_life`` before the anchor.

    A touch of age a has the weight 2^(-a / half_life), normalised in the deal; 7 days
    as in Adobe Analytics and Google Ads. With one half-life only differences of age
    matter, so that moving the anchor changes nothing. A mapping gives channels or teams
    half-lives of their own (the channel counts first; ``*`` is for all others, 7 days
    unless given): then ages count from the anchor.

    ``convention``: ``dp6`` counts whole half-lives from the anchor (version 1 of DP6's
    package); ``posthog`` takes a quarter of the lookback as half-life, at least a day;
    ``mta`` weighs touches 1, 2, 3 … in their order, ``rank`` 1, 2, 4 …, without times.

    Example:
        >>> TimeDecay(half_life={"sales": "7d", "marketing": "30d"}).label
        'time_decay:half_life.marketing=30d,half_life.sales=7d'
    """

    needs: ClassVar[frozenset[str]] = frozenset({"time"})

    half_life: Annotated[str | dict[str, str], BeforeValidator(_canonical)] = WEEK
    convention: Literal["dp6", "posthog", "mta", "rank"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> TimeDecay:
        whole_weeks = self.convention == "dp6" and isinstance(self.half_life, str)
        if self.convention is None or self.half_life == WEEK or whole_weeks:
            return self
        what = f"half_life= and convention={self.convention} exclude each other."
        raise refuse("P01", what, "Leave one of them out.", where="models")

    def requires(self) -> frozenset[str]:
        """Return what journeys must hold: times, unless touches are only counted."""
        return frozenset() if self.convention in BY_RANK else self.needs

    def unfit(self, journeys: Journeys) -> list[Issue]:
        """Return P07 where the half-life comes from a lookback and there is none."""
        one = isinstance(journeys.options.get("lookback"), str)
        if self.convention != "posthog" or one:
            return []
        what = "needs one lookback for all, of which the half-life is a quarter."
        remedy = 'Give lookback= to build_journeys, for example "90d".'
        return [issue("P07", "error", ("models", self.label), what, remedy=remedy)]

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats | Ints:
        """Return 2^(-age / half_life), normalised in each journey; ints for ``mta``."""
        del params
        offsets = journeys.offsets
        if self.convention == "mta":
            return ragged.positions(offsets) + 1
        weights = np.exp2(self._exponents(journeys))
        weights /= ragged.spread(ragged.sums(weights, offsets), offsets)
        return np.asarray(weights, np.float64)

    def proportions(self, journeys: Journeys, params: Params | None) -> Floats | None:
        """Return 2^(time / half_life) from one instant on, with one half-life only."""
        del params
        time = journeys.time
        counted = self.convention in {"dp6", *BY_RANK}
        if counted or isinstance(self.half_life, dict) or time is None or not len(time):
            return None
        half_life, latest = self._half_life(journeys), time.max()
        if latest - time.min() > MOST_HALF_LIVES * half_life:
            return None
        exponents = (time - latest) * (1.0 / half_life)
        return np.asarray(np.exp2(exponents, out=exponents), np.float64)

    def _exponents(self, journeys: Journeys) -> Array:
        """Return log2 of the touches' weights, 0 at the largest of each journey."""
        offsets, time = journeys.offsets, journeys.time
        if self.convention == "rank":
            place = ragged.positions(offsets)
            return place + 1.0 - ragged.spread(np.diff(offsets), offsets)
        if time is None:
            raise NotImplementedError
        half_life = self._half_life(journeys)
        if isinstance(half_life, int) and self.convention != "dp6":
            latest = ragged.lasts(time, offsets)
            found: Array = (ragged.spread(latest, offsets) - time) / -half_life
            return np.minimum(found, NEAREST, out=found)
        age = ragged.spread(journeys.end, offsets) - time
        lives = age // half_life if self.convention == "dp6" else age / half_life
        return ragged.spread(ragged.reduce(np.minimum, lives, offsets), offsets) - lives

    def _half_life(self, journeys: Journeys) -> int | Ints:
        """Return the half-life in microseconds: one, or one a touch."""
        if self.convention == "posthog":
            lookback = clock.duration(journeys.options.get("lookback"), "lookback")
            return max(lookback // 4, clock.DAY)
        if isinstance(self.half_life, str):
            return clock.duration(self.half_life, "half_life")
        given = {k: clock.duration(v, "half_life") for k, v in self.half_life.items()}
        rest = given.get(OTHERS, clock.duration(WEEK, "half_life"))
        team, channel = journeys.touch["team"], journeys.touch["channel"]
        of_team = np.array([given.get(one, rest) for one in team.labels], np.int64)
        of_channel = np.array([given.get(one, 0) for one in channel.labels], np.int64)
        own = of_channel[channel.codes]
        return np.where(own > 0, own, of_team[team.codes])

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule, and the age by which half of the credit is reached."""
        if self.convention in BY_RANK:
            steps = "1, 2, 3 …" if self.convention == "mta" else "1, 2, 4 …"
            return (f"{journey.touch_count} touches weigh {steps} in their order.",)
        told = [_rule(self._half_life(journey), self.half_life, self.convention)]
        if journey.time is None or not journey.touch_count:
            return tuple(told)
        weights = np.asarray(self.weigh(journey, params))[::-1]
        place = int(np.searchsorted(np.cumsum(weights), 0.5 - 1e-12))
        age = int(journey.end[0]) - int(journey.time[::-1][place])
        days = f"{age / clock.DAY:.1f}".removesuffix(".0")
        told.append(f"Half of the credit is reached at an age of {days} days.")
        if isinstance(self.half_life, dict) or self.convention == "dp6":
            told.append(MOVES)
        return tuple(told)


def _rule(half_life: Any, given: str | dict[str, str], convention: str | None) -> str:
    """Return the rule of one half-life, or of several, in one sentence."""
    if isinstance(given, dict):
        named = {OTHERS: WEEK, **given}
        words = {
            k: clock.duration_words(clock.duration(v, k)) for k, v in named.items()
        }
        rest = words.pop(OTHERS)
        told = ", ".join(f"{name} {length}" for name, length in words.items())
        return f"Weights halve with age: {told}, all others {rest}."
    words_of = clock.duration_words(half_life)
    if convention == "dp6":
        return f"Weights halve with every whole {words_of} of age."
    rule = f"A touch {words_of} earlier than another takes half as much"
    return f"{rule}{', a quarter of the lookback' if convention else ''}."
