"""Owen, Banzhaf–Owen and Winter values, and both forms over dividends."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from games import oracles_of_games as plain
from games.games_at_hand import (
    check,
    fractions,
    games,
    is_zero,
    labels,
    relabelled,
    with_null_player,
)
from hypothesis import given
from hypothesis import strategies as st

from attribution import games as of
from attribution.errors import InputError

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats


def players_of(v: Floats) -> int:
    return len(v).bit_length() - 1


def branches_of(levels: list[list[str]]) -> list[list[int]]:
    """Return the players of each branch of the finest of these levels."""
    branches: dict[tuple[str, ...], list[int]] = {}
    for player, path in enumerate(zip(*levels, strict=True)):
        branches.setdefault(path, []).append(player)
    return list(branches.values())


@st.composite
def games_in_levels(
    draw: st.DrawFn, *, most: int = 7, deepest: int = 3
) -> tuple[Floats, list[list[str]]]:
    """Return a game, and one to three levels of labels."""
    v = draw(games(most=most))
    levels = draw(st.lists(labels(players_of(v)), min_size=1, max_size=deepest))
    return v, levels


@given(games_in_levels())
def test_the_winter_value_is_the_mean_over_orders_that_keep_branches_whole(
    game: tuple[Floats, list[list[str]]],
) -> None:
    v, levels = game
    check(of.winter(v, levels), plain.winter(fractions(v), levels), v)


@given(games_in_levels(most=8))
def test_the_winter_value_adds_up_to_the_quotient_game_at_every_level(
    game: tuple[Floats, list[list[str]]],
) -> None:
    v, levels = game
    found = of.winter(v, levels)
    check(found.sum(), v[-1] - v[0], v)
    for depth in range(1, len(levels) + 1):
        branches = branches_of(levels[:depth])
        between = np.array(plain.quotient(v.tolist(), branches))
        above = [[level[one[0]] for one in branches] for level in levels[: depth - 1]]
        sums = [found[one].sum() for one in branches]
        check(np.array(sums), of.winter(between, above), v)
        if depth == 1:
            check(np.array(sums), of.shapley(between), v)


@given(games(), st.data())
def test_the_owen_value_is_the_winter_value_of_one_level(
    v: Floats, data: st.DataObject
) -> None:
    unions = data.draw(labels(players_of(v)))
    assert of.owen(v, unions).tobytes() == of.winter(v, [unions]).tobytes()


@given(games(most=6), st.data())
def test_the_banzhaf_owen_value_is_the_mean_over_unions_and_fellows(
    v: Floats, data: st.DataObject
) -> None:
    unions = data.draw(labels(players_of(v)))
    check(of.owen_banzhaf(v, unions), plain.owen_banzhaf(fractions(v), unions), v)


@given(games())
def test_levels_that_divide_nothing_give_the_plain_values(v: Floats) -> None:
    n = players_of(v)
    whole, single = ["all"] * n, list("abcdefgh"[:n])
    for levels in ([], [whole], [single], [whole, single], [single, whole]):
        check(of.winter(v, levels), of.shapley(v), v)
    for unions in (whole, single):
        check(of.owen_banzhaf(v, unions), of.banzhaf(v) / 2 ** (n - 1), v)


@given(games_in_levels(most=6), st.randoms(use_true_random=False))
def test_other_numbers_or_names_change_no_value(
    game: tuple[Floats, list[list[str]]], random: Any
) -> None:
    v, levels = game
    order = list(range(players_of(v)))
    random.shuffle(order)
    moved = [[level[old] for old in order] for level in levels]
    renamed = [[("~", label) for label in level] for level in levels]
    found = of.winter(v, levels)
    check(of.winter(relabelled(v, order), moved), found[order], v)
    assert of.winter(v, renamed).tobytes() == found.tobytes()


@given(games_in_levels(most=6, deepest=2), st.data())
def test_a_null_player_gets_exactly_zero(
    game: tuple[Floats, list[list[str]]], data: st.DataObject
) -> None:
    v, levels = game
    player = data.draw(st.integers(0, players_of(v)))
    wide = with_null_player(v, player)
    for level in levels:
        level.insert(player, data.draw(st.sampled_from("abcde")))
    masks, d = np.arange(len(wide)), of.dividends(wide)
    assert is_zero(of.winter(wide, levels)[player])
    assert is_zero(of.owen(wide, levels[0])[player])
    assert is_zero(of.owen_banzhaf(wide, levels[0])[player])
    assert is_zero(of.sparse_winter(masks, d, levels=levels)[player])


@given(games_in_levels(most=6))
def test_the_sparse_forms_agree_with_the_tables(
    game: tuple[Floats, list[list[str]]],
) -> None:
    v, levels = game
    n = players_of(v)
    d = of.dividends(v)
    masks = np.flatnonzero(d)
    scale = np.abs(d) * len(d)
    check(of.sparse_shapley(masks, d[masks], n=n), of.shapley(v), scale)
    check(of.sparse_winter(masks, d[masks], levels=levels), of.winter(v, levels), scale)


def test_the_order_and_the_repeats_of_rows_change_no_byte() -> None:
    rng = np.random.default_rng(7)
    masks = rng.integers(0, 1 << 63, 500, dtype=np.uint64)
    masks[100:200] = masks[:100]
    amounts = rng.normal(size=(2, 500)) * 1e6
    levels = [rng.integers(0, 3, 63), rng.integers(0, 9, 63)]
    order = rng.permutation(500)
    found = of.sparse_winter(masks, amounts, levels=levels)
    assert found.shape == (2, 63)
    again = of.sparse_winter(masks[order], amounts[:, order], levels=levels)
    assert again.tobytes() == found.tobytes()
    flat = of.sparse_shapley(masks, amounts, n=63)
    assert flat[1].tobytes() == of.sparse_shapley(masks, amounts[1], n=63).tobytes()
    np.testing.assert_allclose(found.sum(axis=1), amounts.sum(axis=1), rtol=1e-9)


def test_rows_that_nobody_shares_give_nothing() -> None:
    assert is_zero(of.sparse_shapley([0], [-5.0], n=2))
    assert is_zero(of.sparse_shapley([], [], n=3))
    assert of.sparse_shapley([], np.empty((2, 0)), n=3).shape == (2, 3)
    assert is_zero(of.sparse_shapley([0b01], [-5.0], n=2)[1])


def test_one_label_in_two_teams_is_two_branches() -> None:
    v = np.random.default_rng(4).normal(size=16)
    teams = ["marketing", "marketing", "sales", "sales"]
    shared = of.winter(v, [teams, ["mail", "ads", "mail", "mail"]])
    own = of.winter(v, [teams, ["m.mail", "m.ads", "s.mail", "s.mail"]])
    assert shared.tobytes() == own.tobytes()


@pytest.mark.parametrize("n", [0, 1, 3, 10])
def test_games_in_a_batch_get_the_same_bytes_as_alone(n: int) -> None:
    v = np.random.default_rng(n).normal(size=(2, 300, 1 << n))
    levels = [[player % 3 for player in range(n)], [player % 2 for player in range(n)]]
    found = of.winter(v, levels)
    assert found.shape == (2, 300, n)
    for place in [(0, 0), (0, 255), (0, 256), (1, 299)]:
        assert found[place].tobytes() == of.winter(v[place], levels).tobytes()


def test_twenty_players_in_teams_take_less_than_three_tables_more() -> None:
    v = np.ones(1 << 20)
    tracemalloc.start()
    of.winter(v, [[player % 3 for player in range(20)]])
    of.owen(v, ["one"] * 10 + list(range(10)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * v.nbytes


@pytest.mark.parametrize(
    "unions",
    [
        ["a"],
        ["a", "b", "c"],
        ["a", None],
        ["a", float("nan")],
        [["a"], ["b"]],
        [[0, 1]],
        7,
        [np.array([1, 2]), np.array([1, 2])],
    ],
)
@pytest.mark.parametrize("value", [of.owen, of.owen_banzhaf])
def test_unions_other_than_a_label_a_player_are_refused(
    value: Any, unions: Any
) -> None:
    with pytest.raises(InputError, match=r"G04.*unions"):
        value([0.0, 1.0, 1.0, 3.0], unions)


@pytest.mark.parametrize("levels", [["a", "bc"], [["a", "b"], ["a"]], 3])
def test_levels_other_than_a_label_a_player_are_refused(levels: Any) -> None:
    with pytest.raises(InputError, match=r"G04.*levels"):
        of.winter([0.0, 1.0, 1.0, 3.0], levels)
    with pytest.raises(InputError, match=r"G04.*levels"):
        of.sparse_winter([1], [1.0], levels=levels)


def test_the_sparse_form_needs_a_level() -> None:
    with pytest.raises(InputError, match="G04"):
        of.sparse_winter([1], [1.0], levels=[])


@pytest.mark.parametrize(
    ("masks", "amounts", "n", "code"),
    [
        ([4], [1.0], 2, "G11"),
        ([-1], [1.0], 2, "G11"),
        ([1.0], [1.0], 2, "G11"),
        ([[1]], [1.0], 2, "G11"),
        ([1], [1.0], 64, "G11"),
        ([1], [1.0], 0, "G11"),
        (np.array([1 << 63], np.uint64), [1.0], 63, "G11"),
        ([1], [1.0, 2.0], 2, "G02"),
        ([1], 1.0, 2, "G02"),
        ([1], ["a"], 2, "G02"),
        ([1], [np.nan], 2, "G02"),
    ],
)
def test_rows_that_are_no_dividends_are_refused(
    masks: Any, amounts: Any, n: int, code: str
) -> None:
    with pytest.raises(InputError, match=code):
        of.sparse_shapley(masks, amounts, n=n)
