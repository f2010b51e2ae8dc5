"""The textbook door: games written with labels."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from games import oracles_of_games as plain
from games.games_at_hand import fractions, games
from hypothesis import given

from attribution import games as of
from attribution.errors import InputError

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats


def by_label(worths: Any, labels: str) -> dict[frozenset[str], Any]:
    """Return the worths, given by bit mask, as a dict of frozensets."""
    return {
        frozenset(one for bit, one in enumerate(labels) if mask >> bit & 1): worth
        for mask, worth in enumerate(worths)
    }


@given(games(most=6))
def test_labels_get_the_values_of_the_table(v: Floats) -> None:
    labels = "zyxwvu"[: len(v).bit_length() - 1]
    worth = by_label(v.tolist(), labels)
    expected = dict(zip(labels, of.shapley(v).tolist(), strict=True))
    assert of.shapley_values(worth, labels) == expected
    assert of.shapley_values(worth.__getitem__, list(labels)) == expected
    assert list(of.shapley_values(worth, labels)) == list(labels)


@given(games(most=5))
def test_fractions_give_exact_fractions(v: Floats) -> None:
    worths = [one / 3 for one in fractions(v)]
    found = of.shapley_values(
        by_label(worths, "abcde"[: len(v).bit_length() - 1]),
        ("abcde"[: len(v).bit_length() - 1]),
    )
    expected = [one / 3 for one in plain.shapley(fractions(v))]
    assert list(found.values()) == expected
    assert all(isinstance(one, Fraction) for one in found.values())


def test_integers_give_floats_and_fractions_with_floats_too() -> None:
    third = Fraction(1, 3)
    assert of.shapley_values({frozenset("a"): 3}, "a") == {"a": 3.0}
    assert isinstance(of.shapley_values({frozenset("a"): 3}, "a")["a"], float)
    worth = by_label([0.5, third, 1, np.float64(2.0)], "ab")
    assert isinstance(of.shapley_values(worth, "ab")["a"], float)
    assert of.shapley_values(lambda s: np.bool_(len(s) > 1), "ab") == {
        "a": 0.5,
        "b": 0.5,
    }


def test_labels_may_be_of_any_kind() -> None:
    found = of.shapley_values(lambda s: len(s) ** 2, [1, ("x", 2), None])
    assert found == {1: 3.0, ("x", 2): 3.0, None: 3.0}
    assert of.shapley_values(len, []) == {}


def test_the_empty_coalition_is_worth_nothing_unless_it_is_given() -> None:
    assert of.shapley_values({frozenset("a"): 5.0}, "a") == {"a": 5.0}
    assert of.shapley_values(by_label([1.0, 5.0], "a"), "a") == {"a": 4.0}
    assert of.shapley_values(lambda s: 1 + len(s), "a") == {"a": 1.0}
    cost = {"a": 8, "b": 11}
    airport = of.shapley_values(lambda s: max(cost[one] for one in s), cost)
    assert airport == {"a": 4.0, "b": 7.0}


def test_a_missing_coalition_is_refused_by_name() -> None:
    worth = by_label([0, 1, 2, 3, 4, 5, 6, 7], "abc")
    del worth[frozenset("ac")], worth[frozenset("abc")]
    sentence = r"G09.*2 coalitions, first \['a', 'c'\]"
    with pytest.raises(InputError, match=sentence):
        of.shapley_values(worth, "abc")
    with pytest.raises(InputError, match=sentence):
        of.shapley_values(worth.__getitem__, "abc")
    with pytest.raises(InputError, match=sentence):
        of.shapley_values(worth.get, "abc")


def test_a_fault_of_the_callable_is_not_hidden() -> None:
    def broken(coalition: frozenset[str]) -> float:
        return 1 / (len(coalition) - 1)

    with pytest.raises(ZeroDivisionError):
        of.shapley_values(broken, "ab")


@pytest.mark.parametrize(
    ("value", "players", "code"),
    [
        (len, "aba", "G10"),
        ({"a": 1.0}, "a", "G10"),
        ({frozenset("a"): 1.0, frozenset("ax"): 1.0}, "a", "G10"),
        (lambda _: "1", "ab", "G08"),
        (lambda _: [], "ab", "G08"),
        (lambda _: float("nan"), "ab", "G08"),
        (lambda _: 10**400, "ab", "G08"),
        (len, range(25), "G03"),
    ],
)
def test_what_is_no_game_is_refused(value: Any, players: Any, code: str) -> None:
    with pytest.raises(InputError, match=code) as caught:
        of.shapley_values(value, players)
    assert caught.value.issues[0].remedy
