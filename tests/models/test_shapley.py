"""Who gets what under Shapley, against a plain version from the definitions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import sample_at_hand
import strategies as own
from examples import examples
from games import oracles_of_games as plain
from hypothesis import given, settings
from hypothesis import strategies as st

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from attribution.arrays.ragged import Floats
    from attribution.journeys.journeys import Journeys

TEAMS = {"a": "m", "b": "m", "c": "s", "d": "s", "e": "p"}
RATE = at.models.Shapley(worth="win_rate")
OWEN = at.models.Shapley(worth="win_rate", levels=("team", "channel"))
MODELS = [
    "shapley",
    "shapley:levels=team+channel",
    "shapley:worth=win_rate",
    "shapley:worth=win_rate,levels=team+channel",
    "shapley:worth=win_rate,players=team",
]


@dataclass(frozen=True)
class Row:
    """One path with its wins and losses, and revenue in minor units."""

    path: tuple[str, ...]
    wins: int
    losses: int
    revenue: int = 0


def built(rows: Sequence[Row], teams: Any = None) -> Journeys:
    return at.journeys_from_paths(
        [list(row.path) for row in rows],
        wins=[row.wins for row in rows],
        losses=[row.losses for row in rows],
        revenue=[row.revenue / 100 for row in rows],
        teams=teams,
    )


def rows_of(labels: Sequence[str], most: int = 8) -> st.SearchStrategy[list[Row]]:
    """Paths of few labels, at least one of them lost."""
    path = st.lists(st.sampled_from(labels), min_size=1, max_size=6).map(tuple)
    count = st.integers(0, 3)
    row = st.builds(Row, path, count, count, st.integers(0, 9999)).map(
        lambda one: one if one.wins else Row(one.path, 0, one.losses)
    )
    usable = st.lists(row.filter(lambda one: one.wins + one.losses > 0), max_size=most)
    return usable.map(lambda some: [*some, Row(("a",), 1, 1, 1001)])


class Plain:
    """The game of win rates from its definition, one coalition at a time."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.wins: dict[frozenset[str], int] = {}
        self.closed: dict[frozenset[str], int] = {}
        for row in rows:
            key = frozenset(row.path)
            self.wins[key] = self.wins.get(key, 0) + row.wins
            self.closed[key] = self.closed.get(key, 0) + row.wins + row.losses
        self.players = sorted(set().union(*self.wins))
        self.base, self.effects = self._fitted()

    def _fitted(self) -> tuple[float, dict[str, float]]:
        met = list(self.wins)
        member = np.array([[1.0 * (p in s) for p in self.players] + [1] for s in met])
        closed = np.array([self.closed[s] for s in met], float)
        pull = np.diag([1.0] * len(self.players) + [0.0])
        left = member.T @ (closed[:, None] * member) + pull
        right = member.T @ np.array([self.wins[s] for s in met], float)
        found = np.linalg.solve(left, right).tolist()
        return found[-1], dict(zip(self.players, found, strict=False))

    def worth(self, coalition: Iterable[str]) -> float:
        key = frozenset(coalition)
        if not key:
            return 0.0
        if key in self.closed:
            return self.wins[key] / self.closed[key]
        found = self.base + sum(self.effects.get(one, 0.0) for one in sorted(key))
        return min(max(found, 0.0), 1.0)

    def value(
        self, players: Sequence[str], unions: Sequence[str] | None = None
    ) -> list[float]:
        """Return the Shapley (Owen) value of the game of these players alone."""
        sums, count = [0.0] * len(players), 0
        levels = [] if unions is None else [unions]
        for order in plain.orders(range(len(players)), levels):
            count += 1
            for place, player in enumerate(order):
                before = [players[one] for one in order[:place]]
                gain = self.worth([*before, players[player]]) - self.worth(before)
                sums[player] += gain
        return [one / count for one in sums]

    def flat(self, path: Sequence[str]) -> dict[str, float]:
        """Return each player's share of a deal: clipped at 0, normalised."""
        players = sorted(set(path))
        return clipped(dict(zip(players, self.value(players), strict=True)))

    def by_team(self, path: Sequence[str]) -> dict[str, float]:
        """Return the same by team, then by channel inside each."""
        players = sorted(set(path))
        unions = [TEAMS[one] for one in players]
        values = dict(zip(players, self.value(players, unions), strict=True))
        inside = {
            team: {p: x for p, x in values.items() if TEAMS[p] == team}
            for team in unions
        }
        teams = clipped({team: sum(part.values()) for team, part in inside.items()})
        return {
            player: teams[team] * share
            for team, part in inside.items()
            for player, share in clipped(part).items()
        }

    def teams(self, path: Sequence[str]) -> dict[str, float]:
        """Return the clipped Shapley value of the quotient game of teams."""
        present = sorted({TEAMS[one] for one in path})
        quotient = Quotient(self, set(path))
        return clipped(dict(zip(present, quotient.value(present), strict=True)))


class Quotient(Plain):
    """A deal's game seen by teams: a team brings all its channels of the deal."""

    def __init__(self, game: Plain, players: set[str]) -> None:
        self.game, self.own = game, players

    def worth(self, coalition: Iterable[str]) -> float:
        teams = set(coalition)
        return self.game.worth(one for one in self.own if TEAMS[one] in teams)


def clipped(values: dict[str, float]) -> dict[str, float]:
    """Return values above 0 as shares of their sum, all zero where there is none."""
    total = sum(max(one, 0.0) for one in values.values())
    return {k: max(one, 0.0) / total if total else 0.0 for k, one in values.items()}


def weights(fitted: Any, journeys: Journeys) -> list[dict[str, float]]:
    """Return each deal's weights by channel, in journey order."""
    column = journeys.touch["channel"]
    found: Floats = fitted.model.weigh(journeys, fitted.params)
    deals: list[dict[str, float]] = []
    for first, last in pairwise(journeys.offsets):
        part: dict[str, float] = {}
        for touch in range(first, last):
            label = str(column.labels[column.codes[touch]])
            part[label] = part.get(label, 0.0) + float(found[touch])
        deals.append(part)
    return deals


def paths_in(journeys: Journeys) -> list[list[str]]:
    return [list(one) for one in weights(at.fit(journeys, "linear"), journeys)]


def lines(journeys: Journeys, model: Any, **more: Any) -> list[Any]:
    """Return each touch with its credit, of every deal."""
    found = at.attribute(journeys, model, **more).lines(of="pipeline")
    columns = ["deal_id", "touch_id", "team", "time", "credit_minor"]
    rows = found[columns].astype(str).itertuples(index=False, name=None)
    return list(rows)


# --------------------------------------------------------------------------- total


@given(own.whole_journeys())
@examples(6)
def test_total_is_an_equal_split_over_the_distinct_players(tables: own.Tables) -> None:
    journeys = tables.built()
    columns = ["deal_id", "touch_id", "team", "channel", "credit_minor"]
    one = at.attribute(journeys, "shapley").lines(of="pipeline")
    other = at.attribute(journeys, "linear:per=channel").lines(of="pipeline")
    pd.testing.assert_frame_equal(one[columns], other[columns])


@given(rows_of("abcde"))
@examples(8)
def test_total_with_levels_is_equal_by_team_then_by_channel(rows: list[Row]) -> None:
    journeys = built(rows, TEAMS)
    fitted = at.fit(journeys, "shapley:levels=team+channel")
    for part in weights(fitted, journeys):
        teams = [TEAMS[one] for one in part]
        for channel, weight in part.items():
            inside = teams.count(TEAMS[channel])
            assert weight == pytest.approx(Fraction(1, len(set(teams)) * inside))


def test_total_splits_refunds_and_leaves_deals_without_touches() -> None:
    touches = pd.DataFrame(
        {
            "deal_id": ["r", "r", "r", "s"],
            "time": "2026-01-01",
            "team": ["marketing", "sales", "sales", "marketing"],
            "channel": ["email", "email", "call", "email"],
        }
    )
    deals = pd.DataFrame(
        {"deal_id": ["r", "s", "t"], "amount": [-1.0, 1.0, 5.0], "outcome": "won"}
    ).assign(closed_at="2026-02-01", currency="EUR")
    journeys = at.build_journeys(touches, deals, allow_negative=True)
    found = at.attribute(journeys, "shapley").by("team", "channel", minor=True)
    assert found["revenue_minor"].tolist() == [66, -33, -33, 500]
    assert found["team"].iloc[-1].startswith("(unattributed")


# ------------------------------------------------------------------------ win rates


def test_win_rates_of_two_players_are_those_computed_by_hand() -> None:
    # v(a) = 1/4, v(b) = 1/2, v(ab) = 3/4, all met: a = (1/4 + 1/4) / 2 = 1/4
    rows = [Row(("a",), 1, 3, 100), Row(("b",), 1, 1, 100)]
    journeys = built([*rows, Row(("b", "a", "b"), 3, 1, 900)])
    found = weights(at.fit(journeys, RATE), journeys)
    assert found[2] == pytest.approx({"a": 1 / 3, "b": 2 / 3})
    credit = at.attribute(journeys, RATE).lines()["credit_minor"].tolist()
    assert credit == [100, 100, 300, 300, 300]


def test_a_negative_value_is_clipped_and_the_others_take_the_whole() -> None:
    # v(a) = 1, v(b) = 0, v(ab) = 1/2: a = 3/4, b = -1/4
    journeys = built(
        [Row(("a",), 1, 0, 1), Row(("b",), 0, 4), Row(("a", "b"), 1, 1, 99)]
    )
    fitted = at.fit(journeys, RATE)
    assert weights(fitted, journeys)[1] == {"a": 1.0, "b": 0.0}
    told = fitted.table("coalitions").set_index(["coalition", "player"])
    assert told["value"].loc["a + b"].to_dict() == {"a": 0.75, "b": -0.25}
    assert told["clipped"].loc["a + b"].to_dict() == {"a": False, "b": True}
    # of the two won deals one lost a quarter of 1/2: 1/2 / 2
    assert fitted.title == "shapley[worth=win_rate, 25 % clipped]"


@given(rows_of("abcde"), rows_of("abcdef", most=3))
@examples(10)
def test_a_deal_is_the_clipped_value_of_its_own_players_game(
    rows: list[Row], unseen: list[Row]
) -> None:
    game = Plain(rows)
    fitted = at.fit(built(rows), RATE)
    later = [Row(row.path, 0, 1) for row in [*rows, *unseen]]
    journeys = built(later)
    for path, found in zip(paths_in(journeys), weights(fitted, journeys), strict=True):
        none = dict.fromkeys(path, 0.0)
        expected = game.flat(path) if game.worth(path) > 0 else none
        assert found == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.integers(0, 3), min_size=30, max_size=30))
@examples(8)
def test_with_every_coalition_met_nothing_is_estimated(counts: list[int]) -> None:
    sets = [s for size in (1, 2, 3, 4) for s in combinations("abcd", size)]
    rows = [
        Row(path, counts[2 * at], counts[2 * at + 1] + 1)
        for at, path in enumerate(sets)
    ]
    rows[-1] = Row(sets[-1], counts[0] + 1, 1)
    game, journeys = Plain(rows), built(rows)
    fitted = at.fit(journeys, RATE)
    won = journeys.span("won")
    for path, found in list(
        zip(paths_in(journeys), weights(fitted, journeys), strict=True)
    )[won]:
        assert found == pytest.approx(game.flat(path), abs=1e-9)
    facts = fitted.table("diagnostics").set_index("name")["value"]
    assert facts["sub-coalitions estimated"] == 0


@given(rows_of("abcde"))
@examples(8)
def test_levels_are_clipped_top_down_and_teams_are_the_quotient_game(
    rows: list[Row],
) -> None:
    game, journeys = Plain(rows), built(rows, TEAMS)
    fitted = at.fit(journeys, OWEN)
    won = journeys.span("won")
    for path, found in list(
        zip(paths_in(journeys), weights(fitted, journeys), strict=True)
    )[won]:
        assert found == pytest.approx(game.by_team(path), abs=1e-9)
        for team, share in game.teams(path).items():
            paid = sum(x for one, x in found.items() if TEAMS[one] == team)
            assert paid == pytest.approx(share, abs=1e-9)


@given(rows_of("abcde"))
@examples(8)
def test_signed_values_of_channels_add_up_to_the_quotient_game(rows: list[Row]) -> None:
    game = Plain(rows)
    table = at.fit(built(rows, TEAMS), OWEN).table("coalitions")
    for coalition, part in table.groupby("coalition"):
        names = [one.split(" / ") for one in part["player"]]
        assert " + ".join(part["player"]) == coalition
        present = sorted({team for team, _ in names})
        quotient = Quotient(game, {channel for _, channel in names})
        for team, value in zip(present, quotient.value(present), strict=True):
            own = [
                x for (t, _), x in zip(names, part["value"], strict=True) if t == team
            ]
            assert sum(own) == pytest.approx(value, abs=1e-9)


@given(st.lists(st.integers(1, 4), min_size=14, max_size=14), st.sampled_from("acm"))
@examples(10)
def test_a_player_that_never_changes_the_worth_gets_no_cent(
    counts: list[int], null: str
) -> None:
    labels = sorted({"b", "d", "e"})
    sets = [s for size in (1, 2, 3) for s in combinations(labels, size)]
    rows = [Row((null,), 0, 2)]
    for place, one in enumerate(sets):
        wins, losses = counts[2 * place : 2 * place + 2]
        rows.append(Row(one, wins, losses, 1001))
        rows.append(Row((null, *one), 2 * wins, 2 * losses, 1001))
    journeys = built(rows)
    for model in (RATE, OWEN):
        found = at.attribute(journeys, model).lines()
        paid = found.loc[found["channel"] == null]
        assert len(paid) == len(sets)
        assert not paid["weight"].any()
        assert not paid["credit_minor"].any()


@given(st.data())
@settings(max_examples=5)
def test_more_players_than_bits_are_split_as_few_are(data: st.DataObject) -> None:
    labels = [f"l{number:02}" for number in range(70)]
    some = data.draw(rows_of(labels[:4]))
    pairs = [Row((one, two), 1, 1, 50) for one, two in pairwise(labels)]
    rows = [*some, *pairs]
    game, journeys = Plain(rows), built(rows)
    found = weights(at.fit(journeys, RATE), journeys)
    won = journeys.span("won")
    for path, part in list(zip(paths_in(journeys), found, strict=True))[won]:
        assert part == pytest.approx(game.flat(path), abs=1e-9)


def test_process_steps_play_in_total_and_never_in_win_rate() -> None:
    journeys = sample_at_hand.sample_journeys()
    total, rate = at.attribute(journeys, "shapley"), at.attribute(journeys, RATE)
    steps = total.lines()["process"].astype(bool)
    assert (total.lines().loc[steps, "weight"] > 0).all()
    assert not rate.lines().loc[steps, "credit_minor"].any()
    players = set(at.fit(journeys, RATE).table("game")["player"])
    process = {"Proposal", "Contract"}
    assert process <= set(journeys.labels["channel"])
    assert not process & players
    assert {"Call", "Demo"} <= players


def test_deals_of_process_steps_alone_have_no_weight() -> None:
    touches = pd.DataFrame(
        {
            "deal_id": ["w", "x", "l"],
            "time": "2026-01-01",
            "team": "sales",
            "channel": ["quote", "call", "call"],
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": ["w", "x", "l"],
            "amount": [3.0, 4.0, 9.0],
            "outcome": ["won", "won", "lost"],
            "closed_at": "2026-02-01",
        }
    )
    journeys = at.build_journeys(touches, deals, process=("quote",), currency="EUR")
    found = at.attribute(journeys, RATE).by("channel").set_index("channel")["revenue"]
    none = "(unattributed: no weight)"
    assert found.to_dict() == {"call": 4.0, "quote": 0.0, none: 3.0}
    fitted = at.fit(journeys, RATE)
    facts = fitted.table("diagnostics").set_index("name")["value"]
    assert facts["closed deals without a player"] == 1


@pytest.mark.parametrize("of", ["lost", "pipeline"])
def test_a_lost_deal_whose_coalition_never_won_has_no_weight(of: Any) -> None:
    journeys = built([Row(("a",), 1, 1, 100), Row(("b",), 0, 3)])
    table = at.attribute(journeys, RATE).by("channel", of=of).set_index("channel")
    assert table.loc["(unattributed: no weight)", "wins"] == 3
    assert table.loc["a", "wins"] == (1 if of == "lost" else 2)
    assert table["wins"].get("b", 0) == 0


@pytest.mark.parametrize("mark", ["\x1e", "\x1f"])
@pytest.mark.parametrize("model", MODELS)
def test_any_character_may_stand_in_a_label(mark: str, model: str) -> None:
    def credit(label: str) -> list[Any]:
        rows = [Row((label, "c"), 1, 1, 100), Row(("a", "b"), 2, 0, 100)]
        rows.append(Row((label,), 1, 3, 100))
        table = at.attribute(built(rows), model).lines()
        return list(table["credit_minor"])

    assert credit(f"a{mark}b") == credit("a-b")


# ----------------------------------------------------------------- the same, always


@pytest.mark.parametrize("model", MODELS)
def test_counts_of_blocks_add_up_to_those_of_the_whole(model: str) -> None:
    journeys = sample_at_hand.sample_journeys()
    fitted = at.fit(journeys, model)
    cuts = [0, 3, 4, len(journeys) // 2, len(journeys)]
    parts = [
        fitted.model.count(journeys.block(first, last))
        for first, last in pairwise(cuts)
    ]
    for order in (parts, parts[::-1]):
        summed: Any = order[0]
        for one in order[1:]:
            summed = summed + one
        assert summed.record() == fitted.counts.record()  # type: ignore[union-attr]


def table_worth() -> Callable[[frozenset[str]], float]:
    return lambda players: len(players) ** 2 / 3


@pytest.mark.parametrize("model", [*MODELS, at.models.Shapley(worth=table_worth())])
def test_a_model_file_comes_back_as_the_same_bytes(model: Any, tmp_path: Path) -> None:
    journeys = built([Row(("a", "b", "c"), 1, 2, 99), Row(("c",), 2, 1, 50)], TEAMS)
    fitted = at.fit(journeys, model)
    fitted.save(tmp_path / "m.json")
    again = at.load_model(tmp_path / "m.json")
    again.save(tmp_path / "n.json")
    assert (tmp_path / "n.json").read_bytes() == (tmp_path / "m.json").read_bytes()
    assert (again.label, again.title) == (fitted.label, fitted.title)
    one, other = (x.model.weigh(journeys, x.params) for x in (fitted, again))
    assert one.tobytes() == other.tobytes()
    for name in (None, "coalitions", "game", "diagnostics"):
        pd.testing.assert_frame_equal(fitted.table(name), again.table(name))


@pytest.mark.parametrize("model", MODELS[1:4])
def test_row_order_threads_and_parts_change_nothing(model: str) -> None:
    touches, deals, contacts = sample_at_hand.sample()
    whole = at.build_journeys(touches, deals, contacts=contacts)
    mixed = at.build_journeys(
        touches.sample(frac=1, random_state=1), deals[::-1], contacts=contacts[::-1]
    )
    expected = lines(whole, model, threads=1)
    assert lines(mixed, model, threads=3) == expected
    odd = np.arange(len(whole)) % 2 == 1
    parts = [whole.select(odd), whole.select(~odd)]
    assert lines(at.concat(parts), model) == expected
    one, other = (json.dumps(at.fit(x, model).record()) for x in (whole, mixed))
    assert one == other


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS[1:4])
def test_other_names_of_the_channels_change_no_cent(model: str) -> None:
    touches, deals, contacts = sample_at_hand.sample()
    other = touches.assign(channel=["z" + one[::-1] for one in touches["channel"]])
    one, two = (
        at.build_journeys(x, deals, contacts=contacts) for x in (touches, other)
    )
    assert sorted(lines(one, model)) == sorted(lines(two, model))


# ------------------------------------------------------------------ many players


@pytest.mark.slow
@pytest.mark.parametrize("model", [RATE, OWEN])
@pytest.mark.parametrize("size", [21, 63])
def test_a_large_coalition_is_sampled_the_same_alone_and_in_a_batch(
    model: Any, size: int
) -> None:
    labels = [f"{number:02}" for number in range(size)]
    teams = {one: "mps"[int(one) % 3] for one in labels}
    rows = [Row(tuple(labels), 3, 1, 999), Row(tuple(labels[::-1]), 1, 1, 100)]
    rows += [Row((one,), 1, 1, 10) for one in [*labels, "other"]]
    teams["other"] = "a"
    journeys = built(rows, teams)
    fitted = at.fit(journeys, model)
    found = fitted.model.weigh(journeys, fitted.params)
    for deal in (0, 1):
        alone = journeys.select(np.arange(len(journeys)) == deal)
        first, last = journeys.offsets[deal : deal + 2]
        part = found[first:last]
        again = fitted.model.weigh(alone, fitted.params)
        assert again.tobytes() == part.tobytes()
        assert (part >= 0).all()
        assert part.sum() == pytest.approx(1, abs=1e-12)
    facts = fitted.table("diagnostics").set_index("name")["value"]
    assert facts["coalitions sampled"] == 1


@pytest.mark.slow
def test_deals_of_more_than_14_of_20_players_are_exact_met_or_not() -> None:
    labels = [f"{number:02}" for number in range(17)]
    met, unmet = tuple(labels[:15]), tuple(labels[1:16])
    rows = [Row(met, 3, 1, 999), Row((*met[:9], "16"), 2, 5, 50)]
    rows += [Row((one,), 1 + int(one) % 3, 2, 10) for one in labels]
    rows += [Row(pair, 1, int(pair[0]) % 4, 10) for pair in pairwise(labels)]
    game, fitted = Plain(rows), at.fit(built(rows), RATE)
    both = built([Row(met, 1, 0, 999), Row(unmet, 1, 0, 100)])
    for deal, found in zip((met, unmet), weights(fitted, both), strict=True):
        table = np.zeros(1 << len(deal))
        for mask in range(1, len(table)):
            own = [one for at, one in enumerate(deal) if mask >> at & 1]
            table[mask] = game.worth(own)
        signed = np.maximum(at.games.shapley(table), 0.0)
        expected = dict(zip(deal, (signed / signed.sum()).tolist(), strict=True))
        assert found == pytest.approx(expected)


@pytest.mark.parametrize("model", [RATE, OWEN])
@pytest.mark.parametrize("seed", range(4))
def test_a_large_coalition_that_never_won_has_no_weight(model: Any, seed: int) -> None:
    labels = [f"{number:02}" for number in range(15)]
    teams = {one: "ms"[int(one) % 2] for one in labels}
    wins = np.random.default_rng(seed).integers(0, 4, 15).tolist()
    rows = [
        Row((x,), n, k + 1) for k, (x, n) in enumerate(zip(labels, wins, strict=True))
    ]
    journeys = built([Row(tuple(labels), 0, 1), *rows], teams)
    found = at.attribute(journeys, model).lines(of="lost")
    assert not found.loc[found["deal_id"].astype(str) == "0:lost", "weight"].any()


def test_a_sampled_deal_draws_by_its_id() -> None:
    labels = [f"{number:02}" for number in range(21)]
    rows = [Row(tuple(labels), 3, 1, 999), Row(tuple(labels), 1, 1, 100)]
    journeys = built([*rows, *(Row((one,), 1, 2, 10) for one in labels[:7])])
    one, two = weights(at.fit(journeys, RATE), journeys)[:2]
    assert one != two
    assert one == pytest.approx(two, abs=0.05)


def test_open_deals_are_split_like_any_other_and_teach_nothing() -> None:
    touches = pd.DataFrame(
        {
            "deal_id": ["w", "l", "o", "o"],
            "time": "2026-01-01",
            "team": ["sales", "sales", "sales", "marketing"],
            "channel": ["call", "mail", "call", "event"],
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": ["w", "l", "o"],
            "amount": [3.0, 4.0, 9.0],
            "outcome": ["won", "lost", "open"],
            "closed_at": "2026-02-01",
        }
    )
    journeys = at.build_journeys(touches, deals, currency="EUR")
    fitted = at.fit(journeys, RATE)
    assert fitted.table()["coalition"].tolist() == ["call", "mail"]
    game = Plain([Row(("call",), 1, 0), Row(("mail",), 0, 1)])
    expected = game.flat(["call", "event"])
    assert weights(fitted, journeys)[2] == pytest.approx(expected)
