"""What a fitted Shapley model shows: tables, titles and a ledger's sentences."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sample_at_hand
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from attribution.journeys.journeys import Journeys

TEAMS = {"a": "m", "b": "m", "c": "s", "d": "s"}
RATE = at.models.Shapley(worth="win_rate")
OWEN = at.models.Shapley(worth="win_rate", levels=("team", "channel"))
EQUAL = at.models.Shapley(levels=("team", "channel"))
SQUARED = at.models.Shapley(worth=lambda players: float(len(players) ** 2))
MODELS = [at.models.Shapley(), EQUAL, RATE, OWEN, SQUARED]
PATHS = at.journeys_from_paths(
    ["a > b", "a", "b > c", "c"],
    wins=[3, 1, 2, 0], losses=[1, 3, 2, 4], revenue=[30, 10, 20, 0], teams=TEAMS,
)  # fmt: skip


def facts(model: Any, journeys: Journeys = PATHS) -> dict[str, float]:
    table = at.fit(journeys, model).table("diagnostics")
    return dict(zip(table["name"], table["value"], strict=True))


def attributed(journeys: Journeys, model: Any) -> dict[str, float]:
    """Return the won revenue of each currency that the model gives to touches."""
    found = at.attribute(journeys, model).by("channel")
    given = found.loc[found["share_of_attributed"].notna()]
    sums: dict[str, float] = given.groupby("currency")["revenue"].sum().to_dict()
    return sums


# ------------------------------------------------------------------------ main table


def test_the_main_table_has_a_row_a_coalition_with_its_worth() -> None:
    found = at.fit(PATHS, RATE).table()
    assert found.to_dict("list") == {
        "coalition": ["a", "a + b", "b + c", "c"],
        "wins": [1, 3, 2, 0],
        "losses": [3, 1, 2, 4],
        "observed": [4, 4, 4, 4],
        "worth": [0.25, 0.75, 0.5, 0.0],
    }


def test_under_total_a_coalition_is_worth_what_lies_inside_it() -> None:
    found = at.fit(PATHS, "shapley").table()
    assert found["coalition"].tolist() == ["a", "a + b", "b + c", "c"]
    assert found["worth"].tolist() == [10.0, 40.0, 20.0, 0.0]
    assert found["currency"].unique().tolist() == ["XXX"]


def test_deals_without_players_stand_in_the_table_and_not_in_the_game() -> None:
    journeys = sample_at_hand.sample_journeys()
    none = int((np.diff(journeys.offsets) == 0)[journeys.outcome >= 0].sum())
    assert none
    for model in ("shapley", RATE):
        table = at.fit(journeys, model).table().set_index("coalition")
        assert np.max(table.loc["(none)", "observed"]) == none
        players = at.fit(journeys, model).table("game")["player"]
        assert "(none)" not in set(players)
        assert facts(model, journeys)["closed deals without a player"] == none


def test_a_channel_of_both_teams_is_shown_with_its_team() -> None:
    paths = at.journeys_from_paths(["a > c"], wins=[1], losses=[1], teams=TEAMS)
    assert at.fit(paths, RATE).table()["coalition"].tolist() == ["a + c"]
    assert at.fit(paths, OWEN).table()["coalition"].tolist() == ["m / a + s / c"]
    touches, deals, contacts = sample_at_hand.sample()
    both = touches.assign(channel=touches["channel"].where(touches.index % 5 > 0, "x"))
    journeys = at.build_journeys(both, deals, contacts=contacts)
    players = set(at.fit(journeys, RATE).table("game")["player"])
    assert {"marketing / x", "sales / x"} < players
    assert "x" not in players
    assert "Webinar" in players


# ------------------------------------------------------------------------ coalitions


def test_the_values_of_each_coalition_add_up_to_its_worth() -> None:
    for model in MODELS[2:]:
        fitted = at.fit(PATHS, model)
        parts = fitted.table("coalitions")
        assert list(parts) == ["coalition", "player", "value", "clipped"]
        assert parts["clipped"].dtype == bool
        worth = fitted.table().set_index("coalition")["worth"]
        sums = parts.groupby("coalition")["value"].sum()
        assert sums.to_dict() == pytest.approx(worth.to_dict())


def test_a_clipped_player_is_marked_in_the_table_of_coalitions() -> None:
    parts = at.fit(PATHS, RATE).table("coalitions")
    cut = parts.loc[parts["clipped"]]
    assert cut[["coalition", "player"]].to_numpy().tolist() == [["b + c", "c"]]
    assert cut["value"].tolist() == pytest.approx([-0.0375])


def test_a_player_of_a_clipped_team_is_marked_with_it() -> None:
    # v(c) = 1, all else 0 but v(abc) = 1/2: team m is worth -1/4, and a or b too
    names = [s for size in (1, 2, 3) for s in combinations("abc", size)]
    wins = [2 if s == ("c",) else 1 if len(s) == 3 else 0 for s in names]
    wins[names.index(("a", "c"))] = 2
    losses = [2 - one for one in wins]
    paths = at.journeys_from_paths(
        [list(s) for s in names], wins=wins, losses=losses, teams=TEAMS
    )
    fitted = at.fit(paths, OWEN)
    parts = (
        fitted.table("coalitions").set_index("coalition").loc["m / a + m / b + s / c"]
    )
    credit = at.attribute(paths, fitted).lines().set_index("deal_id")
    deal = credit.loc[credit.index[credit.groupby(level=0).size()[credit.index] == 3]]
    weight = dict(zip(deal["channel"], deal["weight"], strict=True))
    assert weight == {"a": 0.0, "b": 0.0, "c": 1.0}
    below = parts["value"].to_numpy() < 0
    assert below.tolist() == [False, True, False]
    # a's value is positive, but its team's is not, so that it is cut as well
    assert parts["value"].iloc[0] > 0
    assert parts["clipped"].tolist() == [True, True, False]


# ------------------------------------------------------------------------------ game


@pytest.mark.parametrize("model", ["shapley", EQUAL])
def test_the_game_of_total_adds_up_to_the_won_revenue_of_each_currency(
    model: Any,
) -> None:
    journeys = sample_at_hand.sample_journeys()
    table = at.fit(journeys, model).table("game")
    assert list(table) == ["currency", "player", "value", "standard_error"]
    assert not table["standard_error"].any()
    expected = attributed(journeys, model)
    assert len(expected) == 2
    assert table.groupby("currency")["value"].sum().to_dict() == pytest.approx(expected)


def test_the_game_of_total_is_the_credit_of_each_channel() -> None:
    table = at.fit(PATHS, "shapley").table("game").set_index("player")["value"]
    credit = at.attribute(PATHS, "shapley").by("channel").set_index("channel")
    assert table.to_dict() == pytest.approx(credit["revenue"].to_dict())


def test_the_game_of_win_rates_divides_the_worth_of_all_players() -> None:
    # all sub-coalitions seen: a = 1/6, b = 1/6 + 1/6, by hand
    paths = at.journeys_from_paths(
        ["a", "b", "a > b"], wins=[1, 2, 4], losses=[5, 4, 2]
    )
    table = at.fit(paths, RATE).table("game")
    assert list(table) == ["player", "value", "standard_error"]
    assert table["player"].tolist() == ["a", "b"]
    assert table["value"].tolist() == pytest.approx([1 / 4, 5 / 12])
    assert table["standard_error"].tolist() == [0, 0]


@pytest.mark.parametrize(("size", "exact"), [(14, True), (25, False)])
def test_the_company_wide_game_is_sampled_above_24_players(
    size: int, *, exact: bool
) -> None:
    names = [f"{place:02}" for place in range(size)]
    pairs = list(pairwise(names))
    paths = at.journeys_from_paths(
        [[*pair] for pair in pairs], wins=range(size - 1), losses=[9] * (size - 1)
    )
    one, two = (at.fit(paths, RATE).table("game") for _ in range(2))
    assert one.equals(two)
    assert (one["standard_error"] == 0).all() == exact
    assert len(one) == size


# ------------------------------------------------------------------------ diagnostics


def test_diagnostics_count_what_was_met_and_what_was_estimated() -> None:
    found = facts(RATE)
    assert found == {
        "coalitions met": 4,
        "closed deals without a player": 0,
        "players": 3,
        "largest coalition": 2,
        "coalitions sampled": 0,
        "sub-coalitions with a worth of their own": 6,
        "sub-coalitions estimated": 2,
        "share of won deals clipped": pytest.approx(0.025),
    }
    assert facts("shapley")["share of won deals clipped"] == 0


# ----------------------------------------------------------------------- joint credit


@given(st.sampled_from(MODELS), st.lists(st.integers(0, 3), min_size=9, max_size=9))
@examples(10)
def test_joint_credit_adds_up_to_the_won_revenue(model: Any, wins: list[int]) -> None:
    texts = [
        "a",
        "b",
        "c",
        "a > b",
        "a > c",
        "b > c > d",
        "d > a",
        "d",
        "a > b > c > d",
    ]
    journeys = at.journeys_from_paths(
        texts,
        wins=wins, losses=[1, 0, 2, 1, 0, 1, 2, 0, 1],
        revenue=[100.01 * (one > 0) for one in wins], teams=TEAMS, rounding="half_up",
    )  # fmt: skip
    fitted = at.fit(journeys, model)
    names = ["channel"] if fitted.model.levels is None else ["team", "channel"]  # type: ignore[attr-defined]
    for name in names:
        found = fitted.table(f"joint:{name}")
        assert list(found) == ["currency", "player", "with", "value"]
        won = 100.01 * sum(one > 0 for one in wins)
        assert found["value"].sum() == pytest.approx(won, abs=1e-6)


def test_joint_credit_of_two_is_what_neither_has_alone() -> None:
    def cell(found: pd.DataFrame) -> dict[tuple[str, str], float]:
        names = zip(found["player"], found["with"], strict=True)
        return dict(zip(names, found["value"], strict=True))

    whole = cell(at.fit(PATHS, "shapley").table("joint:channel"))
    assert whole == {("a", "a"): 10.0, ("a", "b"): 30.0, ("b", "c"): 20.0}
    # v(a) = 1/4, v(b) = 0.575 and v(ab) = 3/4 of 30; v(b), 0 and 1/2 of 20
    rate = cell(at.fit(PATHS, RATE).table("joint:channel"))
    assert rate == pytest.approx(
        {("a", "a"): 20.0, ("a", "b"): -3.0, ("b", "b"): 46.0, ("b", "c"): -3.0}
    )
    teams = cell(at.fit(PATHS, EQUAL).table("joint:team"))
    assert teams == {("m", "m"): 40.0, ("m", "s"): 20.0}


@pytest.mark.parametrize("name", ["joint:team", "joint:channel"])
@pytest.mark.parametrize("model", MODELS[:4])
def test_joint_credit_by_team_and_by_channel_is_there_for_every_game(
    name: str, model: Any
) -> None:
    journeys = sample_at_hand.sample_journeys()
    found = at.fit(journeys, model).table(name)
    expected = attributed(journeys, model)
    assert found.groupby("currency")["value"].sum().to_dict() == pytest.approx(expected)


def test_joint_credit_holds_deals_of_many_players_too() -> None:
    names = [f"{place:02}" for place in range(16)]
    paths = at.journeys_from_paths([names], wins=[1], losses=[1], revenue=[7])
    for model in ("shapley", RATE):
        found = at.fit(paths, model).table("joint:channel")
        assert found["value"].sum() == pytest.approx(7)


def test_a_table_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"\[P03\].*'joint:channel'"):
        at.fit(PATHS, RATE).table("joint:chanel")


# ------------------------------------------------------------------ titles and ledgers


def test_the_title_carries_the_share_that_was_clipped() -> None:
    assert at.fit(PATHS, RATE).title == "shapley[worth=win_rate, 2.5 % clipped]"
    title = at.fit(PATHS, OWEN).title
    assert title.startswith("shapley[worth=win_rate, levels=team+channel, ")
    assert title.endswith(" % clipped]")
    for model in ("shapley", EQUAL):
        fitted = at.fit(PATHS, model)
        assert fitted.title == fitted.label


def test_the_ledger_tells_coalition_worths_values_and_parts() -> None:
    told = repr(at.attribute(PATHS, RATE).deal("2"))
    title = "shapley[worth=win_rate, 2.5 % clipped]: "
    assert f"{title}Players: b, c." in told
    assert f"{title}Worth: {{b}} 0.575; {{c}} 0; {{b, c}} 0.5." in told
    assert f"{title}Values: b 0.5375, c -0.0375." in told
    assert f"{title}Clipped to 0: c." in told
    assert f"{title}Parts of the deal: b 100.00 %, c 0.00 %." in told


def test_the_ledger_of_total_tells_the_equal_split() -> None:
    told = repr(at.attribute(PATHS, ["shapley", EQUAL]).deal("0"))
    assert "shapley: Players: a, b." in told
    assert "equal split over them" in told
    assert "equal split level by level" in told
    assert "Parts of the deal: a 50.00 %, b 50.00 %." in told
    assert "Parts of the deal: m / a 50.00 %, m / b 50.00 %." in told


@pytest.mark.parametrize(("size", "worths"), [(5, 31), (6, 7), (14, 15)])
def test_the_ledger_tells_every_sub_coalition_of_up_to_five_players(
    size: int, worths: int
) -> None:
    names = [f"{place:02}" for place in range(size)]
    paths = at.journeys_from_paths([names], wins=[1], losses=[1], revenue=[1])
    told = repr(at.attribute(paths, RATE).deal("0"))
    line = next(one for one in told.splitlines() if "Worth: " in one)
    assert line.count("{") == worths


@pytest.mark.parametrize("model", [RATE, OWEN])
def test_the_ledger_of_a_sampled_deal_tells_the_parts_that_were_paid(
    model: Any,
) -> None:
    names = [f"{place:02}" for place in range(21)]
    paths = at.journeys_from_paths(
        [names, *([one] for one in names), ["other"]],
        wins=[3] * 23,
        losses=range(1, 24),
        revenue=[100] * 23,
        teams={one: "ms"[int(one) % 2] for one in names} | {"other": "a"},
    )
    credits = at.attribute(paths, model)
    told = repr(credits.deal("0"))
    assert "sampled orders" in told
    lines = credits.lines()
    paid = lines.loc[lines["deal_id"].astype(str) == "0"]
    assert len(paid) == 21
    for name, weight in zip(paid["channel"], paid["weight"], strict=True):
        assert f"{name} {100 * weight:.2f} %" in told


def test_a_ledger_says_why_a_lost_deal_has_no_weight() -> None:
    told = repr(at.attribute(PATHS, RATE).deal("3:lost"))
    assert "No touch can take this deal" in told
    assert "no weight" in told


def test_the_list_of_models_says_that_total_is_an_equal_split() -> None:
    line = at.list_models()["shapley"].line.replace("`", "")
    assert "total is equal" in line
    assert "over distinct players" in line
