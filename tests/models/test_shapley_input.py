"""Worths of one's own, and what Shapley refuses, each with its remedy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import attribution as at
from attribution.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attribution.journeys.journeys import Journeys

TABLE = {("a",): 1.0, ("b",): 1.0, ("a", "b"): 4.0, ("b", "c"): 2.0, ("c",): 0.0}
PATHS = at.journeys_from_paths(
    ["b > a > b", "c > b", "a"], wins=[1, 1, 2], losses=[1, 0, 0], revenue=[8, 4, 1]
)


def refused(ask: Callable[[], object], code: str, *words: str) -> None:
    """Check the code, the words of the message, and that each fault has a remedy."""
    with pytest.raises(InputError) as caught:
        ask()
    assert [one.code for one in caught.value.issues] == [code]
    assert all(one.remedy for one in caught.value.issues)
    for word in words:
        assert word in str(caught.value)


def squared(players: frozenset[str]) -> float:
    return float(len(players) ** 2)


def credit(journeys: Journeys, model: Any) -> dict[str, float]:
    found = at.attribute(journeys, model).by("channel")
    return dict(zip(found["channel"], found["revenue"], strict=True))


# ------------------------------------------------------------ worths of one's own


def test_a_table_of_worths_splits_each_deal_by_its_own_players_game() -> None:
    # (a, b): 2 and 2 of 4; (b, c): b = (1 + 2) / 2, c = (0 + 1) / 2
    model = at.models.Shapley(worth=TABLE)
    assert credit(PATHS, model) == {"a": 5.0, "b": 7.0, "c": 1.0}


@pytest.mark.parametrize(
    "same",
    [
        {frozenset(key): value for key, value in TABLE.items()},
        dict(reversed(TABLE.items())),
        {tuple(reversed(key)): value for key, value in TABLE.items()},
        {(key[0] if len(key) == 1 else key): value for key, value in TABLE.items()},
        {key: int(value) for key, value in TABLE.items()},
        [[sorted(key), value] for key, value in sorted(TABLE.items())],
    ],
)
def test_a_table_has_one_hash_however_it_is_written(same: Any) -> None:
    model = at.models.Shapley(worth=TABLE)
    assert at.models.Shapley(worth=same) == model
    assert at.models.Shapley(worth=same).label == model.label
    name, _, digest = model.label.rpartition("-")
    assert name == "shapley:worth=table"
    assert len(digest) == 8
    assert int(digest, 16) >= 0


def test_another_worth_has_another_hash() -> None:
    other = at.models.Shapley(worth={**TABLE, ("a", "b"): 5.0})
    assert other.label != at.models.Shapley(worth=TABLE).label


def test_a_label_names_the_other_parameters_beside_the_hash() -> None:
    model = at.models.Shapley(worth={("x",): 1.0}, players="team", negative="raise")
    assert model.label.endswith(",players=team,negative=raise")


def test_a_function_is_tabulated_over_what_was_met() -> None:
    asked: list[frozenset[str]] = []

    def worth(players: frozenset[str]) -> float:
        asked.append(players)
        return squared(players)

    fitted = at.fit(PATHS, at.models.Shapley(worth=worth))
    met = [{"a"}, {"b"}, {"c"}, {"a", "b"}, {"b", "c"}]
    assert len(asked) == len(met)
    assert set(asked) == {frozenset(one) for one in met}
    same = at.models.Shapley(worth={tuple(one): squared(frozenset(one)) for one in met})
    assert fitted.model == same
    assert fitted.label == same.label
    assert list(at.attribute(PATHS, at.models.Shapley(worth=worth)).models) == [
        same.label
    ]


def test_a_fitted_function_is_saved_as_its_table(tmp_path: Path) -> None:
    fitted = at.fit(PATHS, at.models.Shapley(worth=squared))
    fitted.save(tmp_path / "m.json")
    again = at.load_model(tmp_path / "m.json")
    assert again.model == fitted.model
    assert credit(PATHS, fitted) == {"a": 5.0, "b": 6.0, "c": 2.0}
    assert credit(PATHS, again) == credit(PATHS, fitted)


def test_a_table_with_levels_names_players_with_their_branch() -> None:
    paths = at.journeys_from_paths(
        ["a > b > c"], wins=[1], revenue=[12], teams={"a": "m", "b": "m", "c": "s"}
    )
    names = ["m / a", "m / b", "s / c"]
    worth = {
        (names[0],): 0.0, (names[1],): 0.0, (names[2],): 0.0,
        (names[0], names[1]): 0.0, (names[0], names[2]): 6.0,
        (names[1], names[2]): 0.0, tuple(names): 6.0,
    }  # fmt: skip
    model = at.models.Shapley(worth=worth, levels=("team", "channel"))
    assert credit(paths, model) == {"a": 6.0, "c": 6.0, "b": 0.0}


@pytest.mark.parametrize("text", ["table", "callable", None])
def test_the_text_of_a_table_does_not_parse(text: str | None) -> None:
    label = at.models.Shapley(worth=TABLE).label
    with pytest.raises(InputError):
        at.attribute(PATHS, label if text is None else f"shapley:worth={text}")


def test_the_text_of_the_named_games_parses_back() -> None:
    for model in (
        at.models.Shapley(),
        at.models.Shapley(worth="win_rate", levels=("team", "channel", "campaign")),
        at.models.Shapley(players="rep", negative="raise"),
    ):
        assert at.fit(PATHS, model.label).model == model


# -------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_worth_that_is_no_number_is_refused(value: float) -> None:
    refused(lambda: at.models.Shapley(worth={("a",): value}), "M13", "a")
    model = at.models.Shapley(worth=lambda _: value)
    refused(lambda: at.fit(PATHS, model), "M13", "not finite")


def test_a_coalition_with_two_worths_is_refused() -> None:
    worth = {("a", "b"): 1.0, ("b", "a"): 2.0}
    refused(lambda: at.models.Shapley(worth=worth), "M13", "two worths")


@pytest.mark.parametrize("missing", list(TABLE))
def test_a_missing_coalition_is_refused(missing: tuple[str, ...]) -> None:
    worth = {key: value for key, value in TABLE.items() if key != missing}
    refused(lambda: at.attribute(PATHS, at.models.Shapley(worth=worth)).by(), "M13")


@pytest.mark.parametrize("worth", [{("a", "a"): 9.0, **TABLE}, {1: 1.0}, {("a",): "x"}])
def test_a_key_that_is_no_coalition_is_refused(worth: Any) -> None:
    with pytest.raises(InputError):
        at.models.Shapley(worth=worth)


def test_a_player_named_twice_in_a_key_is_refused_or_counts_once() -> None:
    worth = {key: value for key, value in TABLE.items() if key != ("a",)}
    try:
        model = at.models.Shapley(worth={("a", "a"): 1.0, **worth})
    except InputError:
        return
    assert credit(PATHS, model) == credit(PATHS, at.models.Shapley(worth=TABLE))


def test_a_function_that_gives_no_number_is_refused() -> None:
    nothing: Any = {"worth": lambda _: None}
    with pytest.raises(InputError):
        at.fit(PATHS, at.models.Shapley(**nothing))


def test_players_of_a_table_are_channels_whatever_their_team() -> None:
    touches = pd.DataFrame(
        {
            "deal_id": 1,
            "time": ["2026-01-01", "2026-01-02", "2026-01-03"],
            "team": ["marketing", "sales", "sales"],
            "channel": ["email", "email", "call"],
        }
    )
    deals = pd.DataFrame(
        {"deal_id": [1], "amount": 9.0, "outcome": "won", "closed_at": "2026-02-01"}
    )
    journeys = at.build_journeys(touches, deals, currency="EUR")
    model = at.models.Shapley(
        worth={("email",): 1.0, ("call",): 2.0, ("email", "call"): 9.0}
    )
    assert credit(journeys, model) == {"call": 5.0, "email": 4.0}
    met = at.fit(journeys, at.models.Shapley(worth=squared)).table()
    assert met["coalition"].tolist() == ["call + email"]


def test_a_table_without_worths_is_refused() -> None:
    empty: dict[tuple[str, ...], float] = {}
    with pytest.raises(InputError):
        at.attribute(PATHS, at.models.Shapley(worth=empty)).by("channel")


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_won_coalition_worth_nothing_is_refused(value: float) -> None:
    model = at.models.Shapley(worth={**TABLE, ("a", "b"): value})
    refused(lambda: at.attribute(PATHS, model).by("channel"), "M13", "worth 0 or less")


def in_two_currencies() -> Journeys:
    touches = pd.DataFrame(
        {
            "deal_id": [1, 2, 3],
            "time": "2026-01-01",
            "team": "sales",
            "channel": "a",
            "level": ["x", "y", "x"],
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": [1, 2, 3],
            "amount": [1.0, 2.0, 3.0],
            "currency": ["EUR", "USD", "USD"],
            "outcome": ["won", "won", "lost"],
            "closed_at": "2026-02-01",
        }
    )
    return at.build_journeys(touches, deals, keep=("level",))


@pytest.mark.parametrize("worth", [{("a",): 1.0}, squared])
def test_one_table_over_several_currencies_is_refused(worth: Any) -> None:
    journeys, model = in_two_currencies(), at.models.Shapley(worth=worth)
    refused(lambda: at.fit(journeys, model), "M05", "EUR, USD", "select")
    own = journeys.select(journeys.deals()["currency"] == "USD")
    assert credit(own, model) == {"a": 2.0}


@pytest.mark.parametrize("model", ["shapley", "shapley:worth=win_rate"])
def test_the_named_games_take_several_currencies(model: str) -> None:
    found = at.attribute(in_two_currencies(), model).by("channel")
    assert found["revenue"].tolist() == [1.0, 2.0]


def test_win_rate_without_lost_deals_is_refused_but_only_when_fitting() -> None:
    won = at.journeys_from_paths(["a"], wins=[2], revenue=[1])
    refused(lambda: at.fit(won, "shapley:worth=win_rate"), "P07", "lost")
    fitted = at.fit(PATHS, "shapley:worth=win_rate")
    assert credit(won, fitted) == {"a": 1.0}
    assert credit(won, "shapley") == {"a": 1.0}


@pytest.mark.parametrize(
    "model",
    [
        at.models.Shapley(players="levl"),
        at.models.Shapley(worth="win_rate", players="levl"),
        at.models.Shapley(levels=("team", "levl")),
    ],
)
def test_an_unknown_column_is_refused_with_the_nearest(model: Any) -> None:
    refused(lambda: at.fit(in_two_currencies(), model), "P09", "'levl'", "'level'")


@pytest.mark.parametrize("worth", ["total", "win_rate"])
def test_a_fitted_model_needs_its_column_in_what_it_splits(worth: Any) -> None:
    model = at.models.Shapley(worth=worth, players="level")
    fitted = at.fit(in_two_currencies(), model)
    assert fitted.table("game")["player"].unique().tolist() == ["x", "y"]
    refused(lambda: at.attribute(PATHS, fitted).by("channel"), "P09", "'level'")


def test_players_and_levels_together_are_refused() -> None:
    build = at.models.Shapley
    both: Any = {"players": "channel", "levels": ("team", "channel")}
    refused(lambda: build(**both), "P12", "both")
    refused(lambda: build(levels=("team", "team")), "P12", "repeats")
    refused(lambda: build(levels=()), "P12", "empty")


@pytest.mark.slow
def test_more_than_14_players_of_a_function_are_refused() -> None:
    names = [f"{place:02}" for place in range(15)]
    paths = at.journeys_from_paths([names], wins=[1], revenue=[1])
    model = at.models.Shapley(worth=squared)
    refused(lambda: at.fit(paths, model), "L06", "15 players", "14")
    assert at.fit(at.journeys_from_paths([names[:14]], wins=[1]), model)


@pytest.mark.parametrize("model", ["shapley", "shapley:worth=win_rate"])
def test_more_than_63_players_in_a_deal_are_refused(model: str) -> None:
    names = [f"{place:02}" for place in range(64)]

    def ask(players: list[str]) -> dict[str, float]:
        paths = at.journeys_from_paths(
            [players], wins=[1], losses=[1], revenue=[len(players)]
        )
        return credit(paths, model)

    assert len(ask(names[:63])) == 63
    refused(lambda: ask(names), "L06", "63")


@pytest.mark.parametrize("levels", [None, ("team", "channel")])
def test_a_negative_value_can_be_an_error_instead(levels: Any) -> None:
    paths = at.journeys_from_paths(
        ["a", "b", "a > b"], wins=[1, 0, 1], losses=[0, 4, 1], revenue=[1, 0, 1]
    )
    strict = at.models.Shapley(worth="win_rate", levels=levels, negative="raise")
    refused(lambda: at.fit(paths, strict), "M14", "negative value", '"clip"')
    # v(a) = 0.9, v(b) = 0.1, a + b estimated: 0.5, so that b = (0.1 - 0.4) / 2
    fair = at.journeys_from_paths(["a", "b"], wins=[90, 10], losses=[10, 90])
    later = at.journeys_from_paths(["b > a"], wins=[1], revenue=[1])
    fitted = at.fit(fair, strict)
    refused(lambda: at.attribute(later, fitted).by("channel"), "M14", "deal 0")


@pytest.mark.parametrize(
    "given", [{"players": "contact"}, {"levels": ("team", "contact_id")}]
)
def test_P04_contacts_are_no_players_since_a_model_file_would_name_them(
    given: dict[str, Any],
) -> None:
    with pytest.raises(at.InputError, match=r"P04.*contact ids"):
        at.models.Shapley(**given)
