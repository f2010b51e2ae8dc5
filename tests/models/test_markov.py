"""Removal effects of Markov chains, against the plain version and by their laws."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from oracles_of_markov import Path, removal_effects, win_rate

import attribution as at
from attribution.models import fitted as fitting
from attribution.models.counts import total
from attribution.models.markov import moves, removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.journeys.journeys import Journeys

ORDERS = (1, 2, 3, 4)
EXACT = 1e-11
"""Learned parameters keep 12 significant digits."""
every_order = pytest.mark.parametrize("order", ORDERS)

TEXTBOOK = [
    Path(("C1", "C2", "C3"), 1, 0, 1000),
    Path(("C1",), 0, 1),
    Path(("C2", "C3"), 0, 1),
]
LOOPS = [
    Path(("a", "a", "b", "a"), 2, 1, 30),
    Path(("b", "b", "b"), 1, 1, 7),
    Path(("a", "c", "c"), 0, 3),
    Path(("c",), 1, 0, 5),
]


def built(paths: Sequence[Path], teams: Any = None) -> Journeys:
    return at.journeys_from_paths(
        [list(path.steps) for path in paths],
        wins=[path.wins for path in paths],
        losses=[path.losses for path in paths],
        revenue=[path.revenue / 100 for path in paths],
        teams=teams,
    )


def effects(journeys: Journeys, order: int = 1, table: str = "effects") -> Any:
    found = at.fit(journeys, at.models.Markov(order=order)).table(table)
    return dict(zip(found["player"], found["removal_effect"].tolist(), strict=True))


def paths_of(
    labels: str = "abc", *, most: int = 6, lost: bool = True
) -> st.SearchStrategy[list[Path]]:
    """Paths with repeats, single touches and equal paths; at least one is won."""
    steps = st.lists(st.sampled_from(labels), min_size=1, max_size=5).map(tuple)
    losses = st.integers(0, 3 if lost else 0)
    wins = st.integers(0, 3)
    one = st.builds(Path, steps, wins, losses, st.integers(0, 9999)).map(
        lambda path: path if path.wins else path._replace(revenue=0)
    )
    some = st.lists(one.filter(lambda path: path.wins + path.losses > 0), max_size=most)
    first = st.builds(Path, steps, st.integers(1, 3), losses, st.integers(1, 9999))
    return st.builds(lambda a, b: [*a, b], some, first)


# -------------------------------------------------------------- the plain version


@given(paths_of(), st.sampled_from(ORDERS))
def test_effects_are_those_of_the_definition(paths: list[Path], order: int) -> None:
    found = effects(built(paths), order)
    plain = removal_effects(paths, order)
    assert found == pytest.approx({k: float(x) for k, x in plain.items()}, abs=EXACT)
    for name, effect in plain.items():
        assert (found[name] == 0) == (effect == 0)


@pytest.mark.slow
@given(paths_of("abcd", most=10), st.sampled_from(ORDERS))
def test_effects_on_value_are_those_of_the_definition(
    paths: list[Path], order: int
) -> None:
    found = effects(built(paths), order, "value")
    plain = removal_effects(paths, order, paid=True)
    assert found == pytest.approx({k: float(x) for k, x in plain.items()}, abs=EXACT)


@given(paths_of(lost=False), st.sampled_from(ORDERS))
def test_won_paths_alone_give_the_effects_of_the_definition(
    paths: list[Path], order: int
) -> None:
    found = effects(built(paths), order)
    plain = removal_effects(paths, order)
    assert found == pytest.approx({k: float(x) for k, x in plain.items()}, abs=EXACT)


@given(paths_of("abcd", most=10), st.sampled_from(ORDERS))
def test_a_chain_that_is_run_gives_what_its_factors_give(
    paths: list[Path], order: int
) -> None:
    model = at.models.Markov(order=order)
    chain = at.models.markov.chain.chain_of(model.count(built(paths)), order)
    earned, first = removal.factored(chain)
    run_earned, run_first = removal.run(chain)
    assert run_earned == pytest.approx(earned, rel=1e-12)
    assert run_first == pytest.approx(first, rel=1e-11, abs=1e-15)


@pytest.mark.slow
@given(paths_of(), st.sampled_from(ORDERS))
def test_the_win_rate_is_the_raw_one_at_every_order(
    paths: list[Path], order: int
) -> None:
    wins, losses = sum(one.wins for one in paths), sum(one.losses for one in paths)
    raw = Fraction(wins, wins + losses)
    assert win_rate(paths, order) == raw
    found = at.fit(built(paths), f"markov:order={order}").win_rate
    assert found == pytest.approx(float(raw), abs=1e-12)


# ----------------------------------------------------------------- worked by hand


def test_the_textbook_chain_has_its_published_shares() -> None:
    table = at.fit(built(TEXTBOOK), "markov").table().set_index("player")
    assert table["removal_effect"].to_dict() == {"C1": 0.5, "C2": 1.0, "C3": 1.0}
    assert table["share"].to_dict() == {"C1": 0.2, "C2": 0.4, "C3": 0.4}
    assert table["wins"].to_dict() == {"C1": 0.2, "C2": 0.4, "C3": 0.4}
    assert table["revenue"].to_dict() == {"C1": 2.0, "C2": 4.0, "C3": 4.0}


def test_each_touch_is_paid_in_proportion_to_its_channels_effect() -> None:
    # a .75, b .5 of (google, mailing): google > mailing > google is .75 .5 .75 of 2
    paths = [
        Path(("g",), 2, 0), Path(("m",), 1, 0), Path(("g", "m"), 1, 0),
        Path(("g",), 0, 1),
    ]  # fmt: skip
    fitted = at.fit(built(paths), "markov")
    deal = built([Path(("g", "m", "g"), 1, 0, 2000)])
    lines = at.attribute(deal, fitted).lines()
    assert lines["weight"].tolist() == [0.375, 0.25, 0.375]
    assert lines["credit_minor"].tolist() == [750, 500, 750]


def test_credit_by_deal_differs_from_the_published_aggregate() -> None:
    paths = [Path(("a",), 1, 0, 900), Path(("a", "b"), 1, 0, 300)]
    journeys = built(paths)
    table = at.fit(journeys, "markov").table().set_index("player")
    assert table["removal_effect"].to_dict() == {"a": 1.0, "b": 0.5}
    assert table["revenue"].to_dict() == {"a": 8.0, "b": 4.0}
    found = at.attribute(journeys, "markov").by("channel").set_index("channel")
    assert found["revenue"].to_dict() == {"a": 11.0, "b": 1.0}


def test_a_step_that_is_no_player_is_skipped() -> None:
    teams, process = {"a": "marketing", "b": "sales", "p": "sales"}, ("p",)
    bare, between = (table_of(paths, teams) for paths in ("ab", "apb"))
    plain = at.build_journeys(*bare, as_of="2026-03-01")
    skipped = at.build_journeys(*between, process=process, as_of="2026-03-01")
    assert effects(plain, 2) == effects(skipped, 2) == {"a": 1.0, "b": 1.0}
    weights = at.attribute(skipped, "markov").lines()["weight"].tolist()
    assert weights == [0.5, 0.0, 0.5]


@every_order
def test_deals_and_paths_of_the_same_journeys_give_the_same_effects(order: int) -> None:
    names = {"a": "marketing", "b": "marketing", "c": "marketing"}
    tables = [
        table_of("".join(path.steps), names, f"{place}, {number}, {outcome}", outcome)
        for place, path in enumerate(LOOPS)
        for outcome, times in (("won", path.wins), ("lost", path.losses))
        for number in range(times)
    ]
    touches, deals = (pd.concat(each) for each in zip(*tables, strict=True))
    journeys = at.build_journeys(touches, deals, as_of="2026-03-01")
    assert effects(journeys, order) == effects(built(LOOPS), order)


def table_of(
    steps: str, teams: dict[str, str], name: str = "d", outcome: str = "won"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the touches of one deal, an hour after another, and the deal."""
    hours = [f"2026-01-01T{place:02}:00Z" for place in range(len(steps))]
    touches: Any = {"deal_id": name, "time": hours, "channel": list(steps)}
    touches["team"] = [teams[one] for one in steps]
    deals = {"deal_id": [name], "amount": [1], "outcome": outcome, "currency": "EUR"}
    return pd.DataFrame(touches), pd.DataFrame({**deals, "closed_at": ["2026-02-01"]})


# ------------------------------------------------------------------------ its laws


@given(paths_of(), st.sampled_from(ORDERS))
def test_effects_lie_between_0_and_1(paths: list[Path], order: int) -> None:
    found = effects(built(paths), order)
    assert all(0 <= one <= 1 for one in found.values())


@given(paths_of("abcd"))
def test_self_loops_change_not_a_byte_at_order_1(paths: list[Path]) -> None:
    journeys = built(paths)
    collapsed = at.transforms.exposure(journeys)
    found, expected = (at.fit(one, "markov").params for one in (collapsed, journeys))
    assert found is not None
    assert expected is not None
    for name in ("win_rate", "players", "states"):
        assert found[name] == expected[name]
    assert found["effects"].tobytes() == expected["effects"].tobytes()


@given(paths_of())
def test_an_order_as_long_as_the_longest_path_is_participation(
    paths: list[Path],
) -> None:
    paths = [path._replace(steps=path.steps[:4]) for path in paths]
    won = sum(path.wins for path in paths)
    names = {step for path in paths for step in path.steps}
    participation = {
        name: sum(path.wins for path in paths if name in path.steps) / won
        for name in names
    }
    assert effects(built(paths), 4) == pytest.approx(participation, abs=EXACT)


@pytest.mark.slow
@given(paths_of())
def test_shapley_total_is_linear_over_distinct_channels(paths: list[Path]) -> None:
    found = at.attribute(built(paths), ["shapley", "linear:per=channel"]).lines()
    shapley, linear = (
        found[found["model"] == name]["credit_minor"].tolist()
        for name in ("shapley", "linear:per=channel")
    )
    assert shapley == linear


@given(paths_of())
def test_first_touch_is_last_touch_of_the_reversed_journey(paths: list[Path]) -> None:
    turned = [path._replace(steps=path.steps[::-1]) for path in paths]
    columns = ["channel", "revenue_minor", "wins", "deals"]
    first = at.attribute(built(paths), "first_touch").by("channel", minor=True)
    last = at.attribute(built(turned), "last_touch").by("channel", minor=True)
    assert first[columns].equals(last[columns])


# ------------------------------------------------------------- counts are integers


@given(paths_of(), st.sampled_from(ORDERS), st.randoms(use_true_random=False))
def test_counts_of_parts_add_up_in_any_order(
    paths: list[Path], order: int, random: Any
) -> None:
    journeys, model = built(paths), at.models.Markov(order=order)
    whole = total([model.count(journeys)])
    parts = [model.count(journeys.block(at, at + 1)) for at in range(len(journeys))]
    random.shuffle(parts)
    assert total(parts).record() == whole.record()


@given(paths_of("abcd"), st.sampled_from(ORDERS))
def test_a_path_of_many_deals_counts_as_that_many_paths(
    paths: list[Path], order: int
) -> None:
    paths = [path._replace(revenue=0) for path in paths]
    each = [
        Path(path.steps, won, 1 - won)
        for path in paths
        for won, times in ((1, path.wins), (0, path.losses))
        for _ in range(times)
    ]
    model = at.models.Markov(order=order)
    one, other = (total([model.count(built(some))]) for some in (paths, each))
    assert one.record() == other.record()


@given(paths_of("abcd"), st.sampled_from(ORDERS))
def test_sorted_keys_are_counted_as_a_table_counts_them(
    paths: list[Path], order: int
) -> None:
    model, journeys = at.models.Markov(order=order), built(paths)
    dense = model.count(journeys).record()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "DENSE", 0)
        assert model.count(journeys).record() == dense


# ---------------------------------------------- faults that others shipped, by name


@pytest.mark.slow
@every_order
def test_effects_are_never_all_zero_and_the_same_bytes_over_20_runs(order: int) -> None:
    # ChannelAttribution #7: "sometimes yes, sometimes no"
    model = at.models.Markov(order=order)
    records = {json.dumps(at.fit(built(LOOPS), model).record()) for _ in range(20)}
    assert len(records) == 1
    assert min(effects(built(LOOPS), order).values()) > 0


@examples(10)
@given(paths_of("abcd", most=10), st.sampled_from(ORDERS), st.data())
def test_the_order_of_rows_and_the_split_into_blocks_change_not_a_byte(
    paths: list[Path], order: int, data: st.DataObject
) -> None:
    # jerednel markov #1: a different answer each run
    model = at.models.Markov(order=order)
    expected = json.dumps(at.fit(built(paths), model).record())
    shuffled = data.draw(st.permutations(paths))
    assert json.dumps(at.fit(built(shuffled), model).record()) == expected
    for block in (1, 2, 7):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fitting, "BLOCK", block)
            assert json.dumps(at.fit(built(paths), model).record()) == expected


@every_order
def test_a_channel_on_no_winning_route_has_an_effect_of_0_never_below(
    order: int,
) -> None:
    # jerednel markov #2: negative conversions
    paths = [*LOOPS, Path(("x", "y", "x"), 0, 5), Path(("a", "z"), 0, 1)]
    table = at.fit(built(paths), f"markov:order={order}").table()
    lost = table[table["player"].isin(["x", "y", "z"])]
    for name in ("removal_effect", "share", "wins", "revenue"):
        assert lost[name].tolist() == [0.0, 0.0, 0.0]
        assert (table[name] >= 0).all()
    assert (table[~table["player"].isin(["x", "y", "z"])]["removal_effect"] > 0).all()


@every_order
def test_every_channel_of_a_won_path_has_an_effect(order: int) -> None:
    rng = np.random.default_rng(order)
    names = [f"c{place}" for place in range(30)]
    paths = [
        Path(tuple(rng.choice(names, 6)), int(rng.integers(0, 2)), 1) for _ in range(80)
    ]
    winners = {step for path in paths if path.wins for step in path.steps}
    found = effects(built(paths), order)
    assert all(found[name] > 0 for name in winners)
