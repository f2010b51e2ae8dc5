"""What a ledger says of positions: the rule, the holders, where shares went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.models.positions.shares import percent, whole_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.journeys.journeys import Journeys
    from attribution.models.positions.staged import Placed, Rule

NAMED: Final = 3
"""Touches that a sentence names; of more it says how many there are."""

TIED: Final = (
    "Every touch at the first or the last instant takes that share, each other one the "
    "middle's over all but two, and all is made to sum to 100 %; two touches take a "
    "half each."
)


def rule_of(stages: Mapping[str, float], middle: float) -> str:
    """Return the rule in one sentence.

    Example:
        >>> rule_of({"first": 0.4, "last": 0.4}, 0.2)
        'First 40 %, last 40 %, the touches between 20 %.'
    """
    whole = whole_of([*stages.values(), middle])
    told = [f"{name} {percent(share / whole)}" for name, share in stages.items()]
    if middle:
        told.append(f"the touches between {percent(middle / whole)}")
    return _sentence(", ".join(told))


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def sentences(
    rule: Rule, found: Placed, journey: Journeys, *, passed: bool, evenly: bool
) -> tuple[str, ...]:
    """Return what a ledger says of one journey under a rule."""
    told = [rule_of(rule.stages, rule.middle)]
    holder = dict(zip(rule.stages, found.held[:, 0].tolist(), strict=True))
    between = np.flatnonzero(found.between).tolist() if rule.middle else []
    told.append(_held(holder, between, journey))
    told += _missing(rule, holder, passed=passed, left=bool(between))
    if rule.middle and not between:
        share = percent(rule.middle / whole_of([*rule.stages.values(), rule.middle]))
        how = "evenly" if evenly else "in proportion"
        told.append(f"No touch lies between: {share} go to the positions {how}.")
    after = sorted(set(np.flatnonzero(found.after).tolist()) - set(holder.values()))
    if after:
        verb = "comes" if len(after) == 1 else "come"
        take = "takes" if len(after) == 1 else "take"
        what = f"{_touches(after, journey)} {verb} after {rule.dated[-1]} and {take} 0"
        told.append(_sentence(what))
    if rule.names:
        limits = "; ".join(f"{k}: {', '.join(v)}" for k, v in rule.names.items())
        told.append(f"Only these may hold a position: {limits}.")
    return tuple(told)


def _touches(places: Sequence[int], journey: Journeys) -> str:
    """Return touches as ``touch 1 (email)``, or how many there are."""
    if len(places) > NAMED:
        return f"{len(places)} touches"
    column = journey.touch["channel"]
    named = [f"touch {at + 1} ({column.labels[column.codes[at]]})" for at in places]
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


def _held(holder: Mapping[str, int], between: Sequence[int], journey: Journeys) -> str:
    """Return which touch holds what, and which lie between."""
    holds: dict[int, list[str]] = {}
    for name, place in holder.items():
        if place >= 0:
            holds.setdefault(place, []).append(name)
    told = [
        f"{_touches([place], journey)} holds {' and '.join(names)}"
        for place, names in sorted(holds.items())
    ]
    if between:
        verb = "lies" if len(between) == 1 else "lie"
        told.append(f"{_touches(between, journey)} {verb} between")
    return _sentence("; ".join(told) or "no touch holds a position")


def _missing(
    rule: Rule, holder: Mapping[str, int], *, passed: bool, left: bool
) -> list[str]:
    """Return where the share of each position without a holder went."""
    whole = whole_of([*rule.stages.values(), rule.middle])
    names, told = list(holder), []
    for place, name in enumerate(names):
        share = rule.stages[name]
        if holder[name] >= 0 or not share:
            continue
        later = [one for one in names[place + 1 :] if holder[one] >= 0]
        where = "the held positions in proportion"
        if passed and later:
            where = f"the holder of {later[0]}"
        elif not any(holder[one] >= 0 and rule.stages[one] for one in names):
            where = "the touches between" if left else "nobody"
        told.append(f"No touch holds {name}: {percent(share / whole)} go to {where}.")
    return told
