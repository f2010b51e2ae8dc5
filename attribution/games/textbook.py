"""The textbook door: a game written with labels, as a callable or a dict."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from math import comb, isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from attribution.errors import refuse
from attribution.games.tables import check_players
from attribution.games.values import shapley

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Label = TypeVar("Label", bound=Hashable)

NOT_GIVEN = (ArithmeticError, LookupError, TypeError, ValueError)
"""What a callable may raise on the empty coalition when it knows none."""


def shapley_values(
    value: Callable[[frozenset[Label]], Any] | Mapping[frozenset[Label], Any],
    players: Iterable[Label],
) -> dict[Label, Any]:
    """Return the Shapley value of each player of a game written with labels.

    Args:
        value: The worth of each coalition: a callable on frozensets of labels, or a
            mapping of them. The empty coalition is worth 0 unless it is given; a
            callable that raises on it, or returns None, does not give it.
        players: Their labels, up to 24, each once.

    Returns:
        A dict of label → value, in the order of ``players``: floats, or, when a worth
        is a ``Fraction`` and all are fractions or integers, exact ``Fraction`` values.
        They add up to the worth of all less that of the empty coalition.

    Raises:
        InputError: A coalition is missing (G10), a worth is no finite number (G09), a
            player is named twice or a coalition holds another than the players (G11),
            or there are over 24 players (G03).

    Example:
        >>> worth = {frozenset("a"): 60, frozenset("b"): 30, frozenset("ab"): 120}
        >>> shapley_values(worth, ["a", "b"])
        {'a': 75.0, 'b': 45.0}
        >>> shapley_values(lambda s: Fraction(len(s) > 1), "abc")["a"]
        Fraction(1, 3)
    """
    labels = list(players)
    if len(set(labels)) < len(labels):
        raise refuse("G11", "name one twice.", "Name each once.", where="players")
    check_players(len(labels), where="players")
    if isinstance(value, Mapping):
        _check_keys(value, set(labels))
        worths = _found(value.get, labels)
    else:
        worths = _found(value, labels)
    if any(isinstance(worth, Fraction) for worth in worths) and all(
        isinstance(worth, Fraction | int) for worth in worths
    ):
        return dict(zip(labels, _exact(worths), strict=True))
    found = shapley([_number(worth) for worth in worths])
    return dict(zip(labels, found.tolist(), strict=True))


def _check_keys(value: Mapping[Any, Any], players: set[Any]) -> None:
    """Refuse keys that are no coalitions of the players."""
    for coalition in value:
        if not isinstance(coalition, frozenset):
            what = f"has the key {coalition!r}, which is no frozenset."
            remedy = "Write each coalition as a frozenset of labels."
            raise refuse("G11", what, remedy, where="value")
        if not coalition <= players:
            what = f"holds {sorted(map(str, coalition - players))}, no players."
            remedy = "Name them in players, or leave their coalitions out."
            raise refuse("G11", what, remedy, where="value")


def _found(value: Callable[[frozenset[Any]], Any], players: Sequence[Any]) -> list[Any]:
    """Return the worths of all coalitions, by bit mask."""
    try:
        empty = value(frozenset())
    except NOT_GIVEN:
        empty = None
    worths = [0 if empty is None else empty]
    missing = []
    for mask in range(1, 1 << len(players)):
        members = [one for bit, one in enumerate(players) if mask >> bit & 1]
        worths.append(value(frozenset(members)))
        if worths[-1] is None:
            missing.append(members)
    if missing:
        what = f"has no worth for {len(missing)} coalitions, first {missing[0]}."
        remedy = "Give every coalition of the players a worth, 0 where it earns none."
        raise refuse("G10", what, remedy, where="value")
    return worths


def _number(worth: Any) -> float:
    """Return a worth as a float."""
    remedy = "Give every coalition a finite number."
    if isinstance(worth, str):
        raise refuse("G09", "gives a text for a worth.", remedy, where="value")
    try:
        number = float(worth)
    except (TypeError, ValueError, OverflowError) as error:
        raise refuse("G09", "gives what is no number.", remedy, where="value") from (
            error
        )
    if not isfinite(number):
        raise refuse("G09", "gives a NaN or infinite worth.", remedy, where="value")
    return number


def _exact(worths: Sequence[Fraction | int]) -> list[Fraction]:
    """Return the Shapley value in fractions."""
    n = len(worths).bit_length() - 1
    table = np.array(worths, object)
    sizes = np.bitwise_count(np.arange(len(worths) // 2))
    chances = [Fraction(1, n * comb(n - 1, size)) for size in range(n)]
    weights = np.array(chances, object)[sizes]
    values = []
    for player in range(n):
        pairs = table.reshape(-1, 2, 1 << player)
        gains = (pairs[:, 1] - pairs[:, 0]).ravel() * weights
        values.append(sum(gains.tolist(), Fraction(0)))
    return values
