"""Tables of worths: a user's own, or a function tabulated over what was met."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.errors import refuse
from attribution.journeys.players import parsed, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.models.base import Counts

MOST: Final = 14
"""Players of the largest coalition whose subsets are tabulated."""

Worths = tuple[tuple[tuple[str, ...], float], ...]


def number(value: object) -> float:
    """Return a worth as a float.

    Raises:
        InputError: M13: it is none.
    """
    if isinstance(value, bool | complex | str) or not hasattr(value, "__float__"):
        what = f"a worth is a {type(value).__name__}, not a number."
        raise refuse("M13", what, "Give a number.", where="models.shapley")
    return float(value)


def labels_of(key: object) -> tuple[str, ...]:
    """Return a key's labels, sorted, each once: of a text, a set or a tuple.

    Raises:
        InputError: M13: it is none of these.
    """
    names = (key,) if isinstance(key, str) else key
    if not isinstance(names, Collection) or not all(isinstance(x, str) for x in names):
        what = f"the key {key!r} is no coalition of labels."
        remedy = "Use frozensets of labels: {frozenset({'call', 'demo'}): 0.4}."
        raise refuse("M13", what, remedy, where="models.shapley")
    return tuple(sorted(set(names)))


def check(table: Sequence[tuple[tuple[str, ...], float]]) -> None:
    """Raise on a table with NaN, or with a coalition given twice (M13)."""
    for labels, value in table:
        if not math.isfinite(value):
            what = f"the worth of {', '.join(labels) or 'nobody'} is not finite."
            raise refuse("M13", what, "Give a number.", where="models.shapley")
    sets = [frozenset(labels) for labels, _ in table]
    if len(set(sets)) < len(sets):
        what = "a coalition has two worths."
        raise refuse("M13", what, "Give one for each.", where="models.shapley")


def check_currencies(counts: Counts) -> None:
    """Raise when deals are in several currencies: one table cannot be worth both."""
    currencies = np.unique(counts.tables["currencies"].keys["currency"].astype(str))
    if len(currencies) > 1:
        what = f"a table of worths cannot hold for {', '.join(currencies)} at once."
        remedy = (
            'Select one currency: journeys.select(journeys.deals()["currency"] == …).'
        )
        raise refuse("M05", what, remedy, where="models.shapley")


def tabulated(worth: Callable[[frozenset[str]], float], counts: Counts) -> Worths:
    """Return a function's worths of every coalition met and all its subsets.

    Raises:
        InputError: L06: a coalition of more than 14 players; M13: a worth that is no
            finite number.
    """
    met = counts.tables["coalitions"].keys["coalition"].tolist()
    wanted: set[frozenset[str]] = set()
    for text in met:
        labels = [shown(label) for label in parsed(text)]
        if len(labels) > MOST:
            what = (
                f"a deal has {len(labels)} players; a function is tabulated to {MOST}."
            )
            remedy = "Group the players, or use worth='win_rate', which samples."
            raise refuse("L06", what, remedy, where="models.shapley")
        wanted |= {
            frozenset(part)
            for size in range(1, len(labels) + 1)
            for part in itertools.combinations(labels, size)
        }
    table = tuple(sorted((tuple(sorted(one)), number(worth(one))) for one in wanted))
    check(table)
    return table
