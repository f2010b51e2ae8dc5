"""What a fitted Markov chain shows, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import sample_at_hand

import attribution as at
from attribution.journeys.players import ESCAPE, LEVEL, PLAYER
from attribution.models.markov import removal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attribution.journeys.journeys import Journeys

TEXTBOOK = at.journeys_from_paths(
    ["C1 > C2 > C3", "C1", "C2 > C3"],
    wins=[1, 0, 0],
    losses=[0, 1, 1],
    revenue=[10, 0, 0],
)


CLOSES = [f"2026-02-0{day}T09:00Z" for day in range(1, 6)]


def refused(ask: Callable[[], object], code: str, *words: str) -> None:
    """Check the code, the words of the message, and that there is a remedy."""
    with pytest.raises(at.InputError) as caught:
        ask()
    assert [one.code for one in caught.value.issues] == [code]
    assert all(one.remedy for one in caught.value.issues)
    for word in words:
        assert word in str(caught.value)


def deals_of(**columns: Any) -> Journeys:
    """Return journeys of three won deals in two currencies, one lost and one open."""
    touches = pd.DataFrame(
        {
            "deal_id": ["d1", "d1", "d2", "d3", "d4", "d4", "d5"],
            "time": [f"2026-01-0{day}T09:00Z" for day in (1, 2, 1, 1, 1, 2, 1)],
            "team": ["marketing", "sales", "sales", *["marketing"] * 3, "sales"],
            "channel": ["email", "email", "call", "ad", "ad", "ad", "call"],
            "campaign": ["k1", "k2", None, "k1", "k1", "k3", None],
            "rep": [None, "Bo", "Ana", None, None, None, "Bo"],
            "contact_id": "c1",
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": ["d1", "d2", "d3", "d4", "d5", "d6"],
            "amount": [100, 50, 900, 7, 7, 25],
            "currency": ["EUR", "EUR", "JPY", "EUR", "EUR", "EUR"],
            "outcome": ["won", "won", "won", "lost", "open", "won"],
            "closed_at": [*CLOSES[:4], None, CLOSES[4]],
        }
    )
    return at.build_journeys(touches, deals, as_of="2026-03-01T00:00Z", **columns)


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


# ------------------------------------------------------------------------- tables


def test_the_main_table_has_a_block_of_rows_for_each_currency() -> None:
    table = at.fit(deals_of(), "markov").table()
    assert list(table) == [
        "player", "removal_effect", "share", "wins", "revenue", "currency",
    ]  # fmt: skip
    # 4 won: email > email, call, ad, and one without touches; each channel in a
    # quarter of the wins but for ad, which two journeys of three go on to lose
    names = ["ad", "call", "marketing / email", "sales / email"]
    assert table["player"].tolist() == names * 2
    assert table["removal_effect"].tolist() == [0.25] * 8
    assert table["share"].tolist() == [0.25] * 8
    assert table["currency"].tolist() == ["EUR"] * 4 + ["JPY"] * 4
    assert table["wins"].tolist() == [0.5] * 4 + [0.25] * 4
    assert table["revenue"].tolist() == [37.5] * 4 + [225.0] * 4


def test_the_aggregate_divides_the_money_that_credit_by_deal_divides() -> None:
    journeys = sample_at_hand.sample_journeys()
    table = at.fit(journeys, "markov").table()
    credit = at.attribute(journeys, "markov").by("channel")
    credit = credit[credit["share_of_attributed"].notna()]
    for name in ("revenue", "wins"):
        found, expected = (
            one.groupby("currency")[name].sum().to_dict() for one in (table, credit)
        )
        assert found == pytest.approx(expected, abs=1e-6)


def test_value_is_weighed_in_each_currency_alone() -> None:
    table = at.fit(deals_of(), "markov").table("value")
    assert list(table) == ["player", "removal_effect", "share", "revenue", "currency"]
    eur = table[table["currency"] == "EUR"].set_index("player")
    # 25 of 175 EUR were paid without a touch
    effects = {"marketing / email": 4 / 7, "sales / email": 4 / 7, "call": 2 / 7}
    assert eur["removal_effect"].to_dict() == pytest.approx({**effects, "ad": 0})
    assert eur["revenue"].to_dict() == pytest.approx(
        {"marketing / email": 60, "sales / email": 60, "call": 30, "ad": 0}
    )
    jpy = table[table["currency"] == "JPY"]
    assert rows(jpy)[0] == ("ad", 1.0, 1.0, 900.0, "JPY")
    assert jpy["share"].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_paths_without_revenue_have_no_table_of_value() -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[2])
    table = at.fit(paths, "markov").table("value")
    assert len(table) == 0
    assert [one.kind for one in table.dtypes].count("f") == 3


def test_transitions_show_each_state_with_what_follows_it() -> None:
    found = at.fit(TEXTBOOK, "markov:order=2").table("transitions")
    assert rows(found) == [
        ("(start)", "C1", 2, 2 / 3),
        ("(start)", "C2", 1, 1 / 3),
        ("C1", "C2", 1, 0.5),
        ("C1", "(null)", 1, 0.5),
        ("C1 > C2", "C3", 1, 1.0),
        ("C2", "C3", 1, 1.0),
        ("C2 > C3", "(win)", 1, 0.5),
        ("C2 > C3", "(null)", 1, 0.5),
    ]


def test_transitions_add_ends_in_several_currencies() -> None:
    found = at.fit(deals_of(), "markov").table("transitions")
    ends = found[(found["state"] == "(start)") & (found["next"] == "(win)")]
    assert rows(ends) == [("(start)", "(win)", 1, 0.2)]
    ad = found[found["state"] == "ad"]
    assert rows(ad) == [("ad", to, 1, 1 / 3) for to in ("ad", "(win)", "(null)")]
    assert found.groupby("state")["probability"].sum().tolist() == pytest.approx(
        [1.0] * found["state"].nunique()
    )


def test_diagnostics_say_what_was_counted_and_what_was_not() -> None:
    found = at.fit(deals_of(), "markov").table("diagnostics")
    assert dict(rows(found)) == {
        "won deals": 4,
        "lost deals": 1,
        "open deals left out": 1,
        "closed deals without a player": 1,
        "win rate": 0.8,
        "players": 4,
        "players on no winning route": 0,
        "states on a winning route": 5,
        "moves": 5,
    }


def test_a_table_that_is_not_there_is_refused_with_the_nearest() -> None:
    fitted = at.fit(TEXTBOOK, "markov")
    refused(lambda: fitted.table("transition"), "P03", "'transitions'", "effects")


def test_a_model_without_a_win_rate_says_so() -> None:
    refused(lambda: at.fit(TEXTBOOK, "linear").win_rate, "P03", "linear", "markov")
    refused(lambda: at.fit(TEXTBOOK, "shapley").win_rate, "P03", "shapley")


# ------------------------------------------------------------ what stands in words


def test_the_title_says_what_was_left_out() -> None:
    titles = [
        at.fit(journeys, model).title
        for journeys in (deals_of(), TEXTBOOK, TEXTBOOK.select(TEXTBOOK.outcome == 1))
        for model in ("markov", "markov:order=2,players=campaign")
    ]
    assert titles == [
        "markov[open deals left out: 1]",
        "markov[order=2, players=campaign, open deals left out: 1]",
        "markov",
        "markov:order=2,players=campaign",
        "markov[won deals alone]",
        "markov[order=2, players=campaign, won deals alone]",
    ]


def test_a_ledger_shows_the_effects_of_the_deals_players() -> None:
    ledger = str(at.attribute(deals_of(), "markov").deal("d1"))
    head = "markov[open deals left out: 1]: "
    assert (
        f"{head}Removal effects: marketing / email 0.25, sales / email 0.25." in ledger
    )
    assert f"{head}Each touch takes its effect over the sum of 2 touches'" in ledger


def test_a_label_never_met_in_fitting_takes_nothing_and_is_named() -> None:
    fitted = at.fit(TEXTBOOK, "markov")
    later = at.journeys_from_paths(["C1 > C9", "C9"], wins=[1, 1], revenue=[8, 2])
    credits = at.attribute(later, fitted)
    assert credits.lines()["weight"].tolist() == [1.0, 0.0, 0.0]
    told = str(credits.deal(0))
    assert "Not met in fitting, so that the effect is 0: C9." in told
    last = credits.by("channel").iloc[-1]
    assert last["channel"] == "(unattributed: no weight)"
    assert last["revenue"] == 2.0


def test_a_deal_of_process_steps_alone_has_no_player() -> None:
    journeys = deals_of(process=("call",))
    credits = at.attribute(journeys, "markov")
    assert "(unattributed: no weight)" in credits.by("channel")["channel"].tolist()
    fitted = credits.models["markov"]
    told = fitted.model.explain(journeys.block(1, 2), fitted.params)
    assert told == ("No touch of this deal is a player of the chain.",)
    assert "call" not in fitted.table()["player"].tolist()
    assert fitted.win_rate == 0.8


# ------------------------------------------------------------------------- players


def test_players_are_labels_of_any_column_of_touches() -> None:
    journeys = deals_of()
    for name, expected in {
        "team": ["marketing", "sales"],
        "campaign": ["(none)", "k1", "k2", "k3"],
        "rep": ["(none)", "Ana", "Bo"],
    }.items():
        table = at.fit(journeys, f"markov:players={name}").table()
        assert sorted(set(table["player"])) == expected


def test_email_of_both_teams_is_two_players() -> None:
    weights = at.attribute(deals_of(), "markov").lines()["weight"].tolist()
    assert weights == [0.5, 0.5, 1.0, 1.0]
    names = at.fit(deals_of(), "markov").table()["player"].tolist()
    assert "marketing / email" in names
    assert "sales / email" in names


ODD = [
    f"a{PLAYER}b", f"a{LEVEL}b", ESCAPE, f"{ESCAPE}2", f"a{ESCAPE}2b", "(win)", "a",
    "b", "(start)", "> b", "(null)",
]  # fmt: skip


@pytest.mark.parametrize("order", [1, 2, 3])
def test_labels_of_any_characters_are_players_of_their_own(order: int) -> None:
    steps = [ODD[place : place + 3] for place in range(len(ODD) - 2)]
    plain = [[f"c{place + step}" for step in range(3)] for place in range(len(ODD) - 2)]
    count: Any = {"wins": [1] * len(steps), "losses": [2] * len(steps)}
    odd = at.fit(at.journeys_from_paths(steps, **count), f"markov:order={order}")
    same = at.fit(at.journeys_from_paths(plain, **count), f"markov:order={order}")
    assert odd.params is not None
    assert same.params is not None
    assert sorted(odd.params["effects"]) == sorted(same.params["effects"])
    assert len(odd.table("transitions")) == len(same.table("transitions"))
    assert set(odd.table()["player"]) == set(ODD)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("order", [0, 5, -1, "two", 1.5, None, "", "1.0", True])
def test_P01_an_order_is_1_to_4(order: Any) -> None:
    refused_order = pytest.raises(
        at.InputError, match=r"\[P01\] .*order.* 1, 2, 3 or 4"
    )
    with refused_order:
        at.models.Markov(order=order)
    with refused_order:
        at.fit(TEXTBOOK, f'markov:order="{order}"')


def test_P09_an_unknown_column_of_players_is_named() -> None:
    refused(
        lambda: at.fit(TEXTBOOK, "markov:players=campain"), "P09", "'campain'",
        "'campaign'",
    )  # fmt: skip


def test_P04_contacts_are_no_players_since_a_model_file_would_name_them() -> None:
    for name in ("contact", "contact_id"):
        refused(partial(at.models.Markov, players=name), "P04", "contact")


@pytest.mark.parametrize("ask", [at.fit, at.attribute])
def test_P07_journeys_of_no_won_deal_are_refused(ask: Any) -> None:
    lost = TEXTBOOK.select(TEXTBOOK.outcome == 0)
    refused(lambda: ask(lost, "markov"), "P07", "needs won", "won deals")
    refused(lambda: ask(at.journeys_from_paths([], wins=[]), "markov:order=3"), "P07")


def test_a_fitted_chain_divides_lost_and_open_deals_too() -> None:
    fitted = at.fit(deals_of(), "markov")
    lost = deals_of().select(deals_of().outcome == 0)
    found = at.attribute(lost, fitted).by("channel", of="lost")
    assert found["channel"].tolist() == ["ad"]


def test_won_deals_without_touches_are_unattributed() -> None:
    empty = at.journeys_from_paths([""], wins=[3], losses=[1], revenue=[9])
    fitted = at.fit(empty, "markov")
    assert (len(fitted.table()), fitted.win_rate) == (0, 0.75)
    assert len(fitted.table("value")) == 0
    found = at.attribute(empty, fitted).by("channel")
    assert found["channel"].tolist() == ["(unattributed: no touch linked)"]


@pytest.mark.parametrize("name", ["effects", "value", "transitions", "diagnostics"])
def test_a_saved_chain_shows_the_same_tables(tmp_path: Path, name: str) -> None:
    fitted = at.fit(deals_of(), "markov:order=2")
    fitted.save(tmp_path / "m.json")
    again = at.load_model(tmp_path / "m.json")
    assert again.table(name).equals(fitted.table(name))
    assert again.win_rate == fitted.win_rate


def test_P08_a_model_file_without_effects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    at.fit(TEXTBOOK, "markov").save(path)
    record = json.loads(path.read_text())
    for change in ({"effects": [1.0]}, {"players": ["C1"]}, None):
        params = {} if change is None else {**record["params"], **change}
        spoilt = {**record, "params": params}
        path.write_text(json.dumps(spoilt))
        fitted = at.load_model(path)
        refused(at.attribute(TEXTBOOK, fitted).lines, "P08")
        refused(fitted.table, "P08", "Fit the model again")
    unfitted = at.attribute(TEXTBOOK, replace(fitted, params=None))
    refused(unfitted.lines, "P08", "Fit the model again")
    assert unfitted.models["markov"].title == "markov"
    refused(unfitted.models["markov"].table, "P03")


# ---------------------------------------------------------------------- large chains


def random_paths(players: int, deals: int) -> Journeys:
    rng = np.random.default_rng(players)
    names = np.array([f"campaign {place}" for place in range(players)], object)
    paths = [names[rng.integers(0, players, rng.integers(1, 9))] for _ in range(deals)]
    won = rng.integers(0, 2, deals)
    return at.journeys_from_paths(paths, wins=won, losses=1 - won)


def test_L06_more_players_than_keys_hold_are_refused() -> None:
    journeys = random_paths(9_000, 4_000)
    refused(lambda: at.fit(journeys, "markov:order=4"), "L06", "order 4", "order=")


def test_L06_more_players_than_a_chain_holds_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(removal, "MOST_PLAYERS", 2)
    refused(lambda: at.fit(TEXTBOOK, "markov"), "L06", "3 players", "4 states")


def test_L06_more_work_than_a_chain_may_be_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(removal, "FACTORED", 0)
    journeys = random_paths(9, 60)
    assert at.fit(journeys, "markov:order=3").win_rate > 0
    monkeypatch.setattr(removal, "MOST_WORK", 10)
    assert at.fit(journeys, "markov").win_rate > 0
    refused(lambda: at.fit(journeys, "markov:order=3"), "L06", "9 players")


@pytest.mark.parametrize("ready", [False, True])
def test_L06_a_chain_that_goes_in_circles_for_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch, ready: bool
) -> None:
    circle = at.journeys_from_paths([["a", "b"] * 500, ["a"], ["x"]], wins=[1, 1, 1])
    monkeypatch.setattr(removal, "FACTORED", 0)
    monkeypatch.setattr(removal, "MOST_STEPS", 40)
    if ready:
        monkeypatch.setattr(removal, "_earned", lambda one: removal.factored(one)[0])
    refused(lambda: at.fit(circle, "markov:order=2"), "L06", "40 steps")


def test_counts_without_a_won_deal_give_no_effect() -> None:
    lost = TEXTBOOK.select(TEXTBOOK.outcome == 0)
    model = at.models.Markov()
    params = model.solve(model.count(lost))
    assert params["win_rate"] == 0.0
    assert params["effects"].tolist() == [0.0, 0.0, 0.0]
    assert model.weigh(lost, params).tolist() == [0.0, 0.0, 0.0]


def test_a_chain_of_many_states_is_run_for_few_players_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journeys = random_paths(9, 300)
    expected = at.fit(journeys, "markov:order=3").params
    monkeypatch.setattr(removal, "FACTORED", 0)
    monkeypatch.setattr(removal, "WIDTH", 1500)
    found = at.fit(journeys, "markov:order=3").params
    assert found is not None
    assert expected is not None
    assert found["effects"] == pytest.approx(expected["effects"], rel=1e-11)


@pytest.mark.slow
def test_effects_have_the_same_bytes_on_any_number_of_threads() -> None:
    program = (
        "import sys, json; sys.path[:0] = ['tests', 'tests/models'];"
        "import attribution as at, test_markov_tables as own;"
        "journeys = own.random_paths(12, 4000);"
        "print([json.dumps(at.fit(journeys, f'markov:order={k}').record())"
        " for k in (1, 2, 3, 4)])"
    )
    found = {
        subprocess.check_output(
            [sys.executable, "-c", program],
            env={**os.environ, "OPENBLAS_NUM_THREADS": n, "OMP_NUM_THREADS": n},
        )
        for n in ("1", "2", "8")
    }
    assert len(found) == 1
