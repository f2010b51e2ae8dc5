"""What rules have in common, and faults that other packages shipped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import strategies
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from models.deals_at_hand import before, deal, path, weights
from oracles import DAY
from strategies import Tables

import attribution as at

QUICK = 25
M = at.models
INSTANT, ENDLESS = "0.000001s", "80000d"


def credits_of(journeys: at.Journeys, model: str | at.Model) -> list[int]:
    lines = at.attribute(journeys, model).lines(of="pipeline")
    found: list[int] = lines["credit_minor"].tolist()
    return found


def same(journeys: at.Journeys, one: str | at.Model, other: str | at.Model) -> None:
    """Assert that two models give every touch the same cents."""
    assert credits_of(journeys, one) == credits_of(journeys, other)


@pytest.mark.slow
@given(strategies.whole_journeys())
@examples(QUICK)
def test_position_0_0_1_is_last_touch(tables: Tables) -> None:
    journeys = tables.built()
    conventions: list[Any] = ["adobe", "hubspot", "marketo", "dp6"]
    for convention in conventions:
        last = M.Position(first=0, middle=0, last=1, convention=convention)
        same(journeys, last, "last_touch")
        first = M.Position(first=1, middle=0, last=0, convention=convention)
        same(journeys, first, "first_touch")


@pytest.mark.slow
@given(strategies.whole_journeys())
@examples(QUICK)
def test_special_cases_of_positions_are_other_rules(tables: Tables) -> None:
    journeys = tables.built()
    same(journeys, "u_shaped", M.Position(first=40, middle=20, last=40))
    same(journeys, "j_shaped", M.Position(first=0.2, middle=0.2, last=0.6))
    same(journeys, "inverse_j", M.Position(first=0.6, middle=0.2, last=0.2))
    same(journeys, M.Custom(positions=[1]), "first_touch")
    same(journeys, M.Custom(channels={"*": 1}), "linear")
    same(journeys, M.LastTouch(skip=("nowhere",)), "last_touch")
    ends = M.Milestone(shares={"first": 0.4, "middle": 0.2, "last": 0.4})
    same(journeys, ends, "u_shaped")


@pytest.mark.slow
@given(strategies.whole_journeys(apart=True))
@examples(QUICK)
def test_a_half_life_without_end_is_linear_and_one_of_nothing_last_touch(
    tables: Tables,
) -> None:
    journeys = tables.built()
    same(journeys, f"time_decay:half_life={INSTANT}", "last_touch")
    shares = at.attribute(journeys, [f"time_decay:half_life={ENDLESS}", "linear"])
    lines = shares.lines(of="pipeline")["weight"].to_numpy().reshape(2, -1)
    assert lines[0] == pytest.approx(lines[1], abs=2e-3)


@pytest.mark.slow
@given(strategies.whole_journeys(), st.integers(1, 300))
@examples(QUICK)
def test_with_one_half_life_shifting_the_anchor_changes_nothing(
    tables: Tables, days: int
) -> None:
    rows, deals, _ = tables.frames()
    later = deals.assign(
        closed_at=[
            (pd.Timestamp(one) + pd.Timedelta(days=days)).isoformat()
            for one in deals["closed_at"]
        ]
    )
    journeys, moved = (at.build_journeys(rows, one) for one in (deals, later))
    one = at.attribute(journeys, "time_decay").lines(of="pipeline")
    other = at.attribute(moved, "time_decay").lines(of="pipeline")
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    each = M.TimeDecay(half_life={"sales": "7d", "marketing": "7d"})
    found = at.attribute(journeys, each).lines(of="pipeline")["weight"]
    assert found.tolist() == pytest.approx(one["weight"].tolist(), abs=1e-9)


def test_with_several_half_lives_shifting_the_anchor_moves_the_split() -> None:
    model = M.TimeDecay(half_life={"call": "3d", "ad": "30d"})
    near = deal([("ad", 2), ("call", 1)])
    far = deal([("ad", 32), ("call", 31)])
    assert weights(near, model)[0] < 0.6 < weights(far, model)[0]


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), min_size=1))
@examples(QUICK)
def test_first_touch_is_last_touch_of_the_reversed_journey(
    paths: list[list[str]],
) -> None:
    wins, revenue = [1] * len(paths), [7] * len(paths)
    forth = at.journeys_from_paths(paths, wins=wins, revenue=revenue)
    back = at.journeys_from_paths(
        [one[::-1] for one in paths], wins=wins, revenue=revenue
    )
    frames = (
        at.attribute(forth, "first_touch").by("channel", minor=True),
        at.attribute(back, "last_touch").by("channel", minor=True),
    )
    columns = ["channel", "revenue_minor", "wins", "deals"]
    cells = [one[one["wins"] > 0].sort_values("channel") for one in frames]
    left, right = (one[columns[:3]].reset_index(drop=True) for one in cells)
    pd.testing.assert_frame_equal(left, right)


@pytest.mark.slow
@given(strategies.whole_journeys())
@examples(QUICK)
def test_shapley_total_is_linear_over_distinct_channels(tables: Tables) -> None:
    same(tables.built(), "shapley", "linear:per=channel")


# ------------------------------------------------ faults that other packages shipped

SHARES = (0.2, 0.3, 0.5)


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=7), min_size=1))
@examples(QUICK)
def test_position_loses_no_conversion(paths: list[list[str]]) -> None:
    # DP6 #43: a path of two touches lost its middle weight.
    journeys = at.journeys_from_paths(paths, wins=[1] * len(paths))
    for convention in ("adobe", "dp6", "posthog"):
        shares = ",".join(
            f"{k}={v}" for k, v in zip(("first", "middle", "last"), SHARES, strict=True)
        )
        text = f"position:{shares},convention={convention}"
        frame = at.attribute(journeys, text).by("channel")
        assert frame["wins"].sum() == pytest.approx(len(paths), abs=1e-9)


def test_the_last_weight_of_a_position_counts() -> None:
    # DP6 #44: the third weight was ignored.
    found = weights(path(4), M.Position(first=0.2, middle=0.3, last=0.5))
    assert found == [0.2, 0.15, 0.15, 0.5]
    other = weights(path(4), M.Position(first=0.2, middle=0.5, last=0.3))
    assert other == [0.2, 0.25, 0.25, 0.3]


@pytest.mark.parametrize(
    "model", ["position:first=0.4,middle=0.2,last=0.4", "linear", "u_shaped"]
)
def test_grouped_paths_and_single_ones_give_equal_credit(model: str) -> None:
    # DP6 #107: three totals for one data set, by how its columns were passed.
    grouped = at.journeys_from_paths(["a > b > c", "c > a"], wins=[3, 2])
    single = at.journeys_from_paths(["a > b > c"] * 3 + ["c > a"] * 2, wins=[1] * 5)
    found = [
        at.attribute(one, model).by("channel").set_index("channel")["wins"].to_dict()
        for one in (grouped, single)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-9)
    assert sum(found[0].values()) == pytest.approx(5, abs=1e-9)


@pytest.mark.parametrize("model", ["full_path", "u_shaped:convention=adobe", "linear"])
def test_a_touch_after_the_close_is_never_credited(model: str) -> None:
    # aiku PR 2540: revenue was credited to touches made years later.
    touches = [("ad", 5), ("call", 1), ("late", -700)]
    journeys = deal(touches, lead_at=before(5))
    lines = at.attribute(journeys, model).lines()
    assert lines["channel"].tolist() == ["ad", "call"]
    assert lines["credit_minor"].sum() == 10_000


@pytest.mark.parametrize("model", ["full_path", "u_shaped:convention=adobe", "linear"])
def test_each_deal_of_an_account_sums_on_its_own(model: str) -> None:
    # tasman-dbt-mta PR 58: shares were spread over a customer's lifetime.
    rows = pd.DataFrame(
        {"account_id": "A", "team": "sales", "channel": ["a", "b", "c", "d"],
         "time": [before(day) for day in (40, 30, 20, 10)]}
    )  # fmt: skip
    deals = pd.DataFrame(
        {"deal_id": ["d1", "d2"], "account_id": "A", "amount": [100.01, 7],
         "outcome": "won", "closed_at": [before(25), before(0)],
         "lead_at": [before(40), before(20)]}
    )  # fmt: skip
    journeys = at.build_journeys(rows, deals, currency="EUR")
    lines = at.attribute(journeys, model).lines()
    assert lines.groupby("deal_id")["credit_minor"].sum().to_dict() == {
        "d1": 10_001,
        "d2": 700,
    }
    sums = lines.groupby("deal_id")["weight"].sum()
    assert sums.tolist() == pytest.approx([1, 1])


def test_ages_of_a_decay_never_overflow() -> None:
    journeys = deal([("a", 15_000), ("b", 1)])
    for model in ("time_decay:half_life.a=1s", "time_decay:convention=dp6"):
        assert weights(journeys, model) == [0, 1]
    assert np.iinfo(np.int64).max > 15_000 * DAY
