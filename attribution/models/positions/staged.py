"""What every model of positions does: weigh, count, and explain from one rule."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.arrays import ragged
from attribution.journeys.holders import reached
from attribution.models.base import Counts, Model, Params, Table
from attribution.models.positions import division, holders, shares, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Array, Bools, Floats, Ints
    from attribution.journeys.journeys import Journeys

EVENLY: Final = frozenset({"marketo", "dp6"})
"""Conventions that give an empty middle's share to all positions evenly."""


class Rule(NamedTuple):
    """Which positions take what, and where a share goes that nobody can take.

    ``convention`` decides on an empty middle (evenly under ``marketo`` and ``dp6``,
    else in proportion), on positions without a holder (``marketo``: to the next one's)
    and on ties (``posthog``). Unless ``open_ended``, touches after the last dated stage
    are not between. ``names``: who may hold what; ``entry``: of stages entered again.
    """

    stages: Mapping[str, float]
    middle: float = 0.0
    convention: str | None = None
    names: Mapping[str, Sequence[str]] = MappingProxyType({})
    entry: str = "last"
    open_ended: bool = False

    @property
    def dated(self) -> list[str]:
        """Return the stages that need a date."""
        return [stage for stage in self.stages if stage not in holders.ENDS]

    def amounts(self) -> tuple[Array, float]:
        """Return the shares of positions and of the middle as numbers in proportion."""
        return _amounts(*self.stages.values(), self.middle)


@lru_cache(maxsize=256)
def _amounts(*given: float) -> tuple[Array, float]:
    """Return what shares are in integers, once: fractions take long for one deal."""
    found = shares.numbers(given)
    found.flags.writeable = False
    return found[:-1], found[-1].item()


class Placed(NamedTuple):
    """Where the positions of a rule are in journeys.

    ``held``: int64, (stages, journeys); ``between``: bool, (touches,); ``after``: bool,
    (touches,), beyond the last dated stage.
    """

    held: Ints
    between: Bools
    after: Bools


def placed(rule: Rule, journeys: Journeys) -> Placed:
    """Return who holds the positions, and which touches lie between."""
    held = holders.held(journeys, list(rule.stages), rule.names, rule.entry)
    between = np.ones(journeys.touch_count, np.bool_)
    after = np.zeros(journeys.touch_count, np.bool_)
    if rule.dated and not rule.open_ended:
        at, on_day = holders.stamp(journeys, rule.dated[-1], rule.entry)
        before = reached(journeys, at, on_day)
        after = ~before & ragged.spread(at >= 0, journeys.offsets)
        between &= ~after
    if holders.MIDDLE in rule.names:
        between &= holders.able(journeys, rule.names[holders.MIDDLE])
    for holder in held:
        between[holder[holder >= 0]] = False
    return Placed(held, between, after)


def parts(rule: Rule, journeys: Journeys) -> Floats | Ints:
    """Return the weights of a rule, (touches,): int64 parts, or float64 shares."""
    own, middle = rule.amounts()
    offsets = journeys.offsets
    if rule.convention == "posthog":
        time = journeys.time
        order = ragged.positions(offsets) if time is None else time
        return division.normalised(division.tied(own, middle, order, offsets), offsets)
    evenly = rule.convention in EVENLY
    if tuple(rule.stages) == holders.ENDS and not rule.names:
        found = division.of_ends(own, middle, offsets, evenly=evenly)
        return division.normalised(found, offsets)
    held, between, _ = placed(rule, journeys)
    many = ragged.sums(between, offsets)
    filled = division.without_middle(own, middle, many == 0, evenly=evenly)
    if rule.convention == "marketo" and rule.dated:
        filled = division.passed_on(filled, held)
    found = division.divided(filled, middle, held, between, many, offsets)
    return division.normalised(found, offsets)


class Staged(Model):
    """A model of positions: its parameters say the rule, the rule says the rest."""

    @property
    def learns(self) -> bool:
        """Return False: holders are counted to be told, weights do not need them."""
        return False

    def rule(self) -> Rule:
        """Return the rule that these parameters mean."""
        raise NotImplementedError

    def requires(self) -> frozenset[str]:
        """Return what journeys must hold: times and milestones, if a stage is dated."""
        dated = set(self.rule().dated)
        needed = {"time"} if dated else set()
        stages = dated - {"created", "closed"}
        return frozenset(needed | ({"milestones"} if stages else set()))

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats | Ints:
        """Return int64 parts, exact; float64 shares where shares are too fine."""
        del params
        return parts(self.rule(), journeys)

    def count(self, journeys: Journeys) -> Counts | None:
        """Return in how many deals each stage has a holder; None if none is dated."""
        rule = self.rule()
        if not rule.dated:
            return None
        held, between, _ = placed(rule, journeys)
        touched = np.diff(journeys.offsets) > 0
        many = ragged.sums(between, journeys.offsets)
        found = np.vstack([held >= 0, many[None] > 0])
        names = np.array([*rule.stages, holders.MIDDLE], object)
        won = journeys.count * (touched & (journeys.outcome == 1))
        every = journeys.count * touched
        values = {
            "deals": np.full(len(names), every.sum()),
            "held": found @ every,
            "won": np.full(len(names), won.sum()),
            "won_held": found @ won,
        }
        return Counts({"holders": Table({"position": names}, values)})

    def solve(self, counts: Counts) -> Params | None:
        """Return in how many won deals nobody holds a stage that has a share."""
        keys, values = counts.tables["holders"]
        missing = values["won"] - values["won_held"]
        given = self.rule().stages
        found = zip(keys["position"], missing.tolist(), strict=True)
        return {"missing": {name: n for name, n in found if n and given.get(name)}}

    def title(self, params: Params | None) -> str:
        """Return the label, with the won deals in which nobody holds a stage."""
        missing = (params or {}).get("missing", {})
        if not missing:
            return self.label
        told = ", ".join(f"{name} {n:,}" for name, n in missing.items())
        return f"{self.label} [no holder: {told}]"

    def tables(
        self, counts: Counts | None, params: Params | None
    ) -> Mapping[str, Mapping[str, Any]]:
        """Return ``holders``: for each position the deals with and without a holder."""
        del params
        if counts is None:
            return {}
        keys, values = counts.tables["holders"]
        place = {name: at for at, name in enumerate((*holders.STAGES, holders.MIDDLE))}
        order = np.argsort([place[name] for name in keys["position"]])
        columns = {
            "position": keys["position"],
            "deals": values["deals"],
            "held": values["held"],
            "not_held": values["deals"] - values["held"],
            "won": values["won"],
            "won_not_held": values["won"] - values["won_held"],
        }
        return {"holders": {name: column[order] for name, column in columns.items()}}

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule, who holds what, and where shares without a holder went."""
        del params
        rule = self.rule()
        if rule.convention == "posthog":
            return (words.rule_of(rule.stages, rule.middle), words.TIED)
        found = placed(rule, journey)
        passed = rule.convention == "marketo"
        evenly = rule.convention in EVENLY
        return words.sentences(rule, found, journey, passed=passed, evenly=evenly)
