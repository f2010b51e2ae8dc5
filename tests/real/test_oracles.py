"""Numeric cases of others: money divided, and the rules on PathData."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import attribution as at

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

MONEY = (
    *(f"money_moneyphp_{number}" for number in range(1, 8)),
    "money_moneyphp_negative",
    "hamilton_diamonds",
)
PATHS = {
    f"pathdata_{word}_{what}": (rule, column)
    for word, rule in (
        ("first", "first_touch"), ("last", "last_touch"), ("linear", "linear"),
    )
    for what, column in (("conversions", "wins"), ("value", "revenue"))
}  # fmt: skip
KINDS = {
    "largest_remainder",
    "largest_remainder_sign_convention",
    "rule_first",
    "rule_last",
    "rule_linear",
    "rule_w_shaped",
    "rule_u_marketo",
}
SHAPES = ("marketo_w_shaped", "marketo_u_shaped")


class GivenParts(at.Model):
    """Integer parts as they are given, touch by touch."""

    parts: tuple[int, ...]

    def weigh(self, journeys: Journeys, params: dict[str, Any] | None) -> Any:
        del params
        return np.tile(np.array(self.parts, np.int64), len(journeys))


class GivenShares(at.Model):
    """Shares as they are given, touch by touch."""

    shares: tuple[float, ...]

    def weigh(self, journeys: Journeys, params: dict[str, Any] | None) -> Any:
        del params
        return np.tile(np.array(self.shares), len(journeys))


def parts_model(weights: list[float]) -> at.Model:
    return GivenParts(parts=tuple(round(100 * one) for one in weights))


def shares_model(weights: list[float]) -> at.Model:
    return GivenShares(shares=tuple(one / sum(weights) for one in weights))


def one_deal(amount: int, touches: int, money: dict[str, Any]) -> at.Journeys:
    """Return one won deal whose channels are named against their order in time."""
    rows = pd.DataFrame(
        {
            "deal_id": "d",
            "time": [f"2026-01-{day:02}T09:00Z" for day in range(1, touches + 1)],
            "team": "sales",
            "channel": [f"step {touches - place}" for place in range(touches)],
        }
    )
    deal = pd.DataFrame(
        {
            "deal_id": ["d"],
            "amount": [amount],
            "outcome": ["won"],
            "closed_at": ["2026-02-01T09:00Z"],
        }
    )
    return at.build_journeys(rows, deal, allow_negative=amount < 0, **money)


@pytest.mark.parametrize("name", MONEY)
@pytest.mark.parametrize("model_of", [parts_model, shares_model])
@pytest.mark.parametrize(
    "money", [{"currency": "JPY"}, {"currency": "EUR", "decimals": 0}], ids=str
)
def test_money_is_divided_as_others_divide_it(
    oracles: dict[str, Any], name: str, model_of: Any, money: dict[str, Any]
) -> None:
    case = oracles[name]
    amount, weights = case["input"]["amount"], case["input"]["weights"]
    journeys = one_deal(amount, len(weights), money)
    credits = at.attribute(journeys, model_of(weights))
    lines = credits.lines()
    assert lines["credit_minor"].tolist() == case["expected"]
    assert credits.deal("d").frame()["credit_minor"].tolist() == case["expected"]
    cells = credits.by("channel", minor=True).set_index("channel")["revenue_minor"]
    assert cells[lines["channel"]].tolist() == case["expected"]
    major = credits.by("channel").set_index("channel")["revenue"]
    assert major[lines["channel"]].tolist() == case["expected"]


@pytest.mark.slow
@pytest.mark.parametrize("name", MONEY)
@pytest.mark.parametrize("model_of", [parts_model, shares_model])
def test_a_refund_is_the_exact_negative_of_the_sale(
    oracles: dict[str, Any], name: str, model_of: Any
) -> None:
    case = oracles[name]["input"]
    model = model_of(case["weights"])
    sale, refund = (
        at.attribute(one_deal(amount, len(case["weights"]), {"currency": "JPY"}), model)
        .lines()["credit_minor"]
        .tolist()
        for amount in (case["amount"], -case["amount"])
    )
    assert refund == [-one for one in sale]


@pytest.mark.parametrize("name", PATHS)
def test_rules_on_pathdata_give_the_published_figures(
    oracles: dict[str, Any], path_credits: at.Credits, name: str
) -> None:
    case = oracles[name]
    rule, column = PATHS[name]
    frame = path_credits.by("channel", model=rule)
    found = dict(zip(frame["channel"], frame[column].tolist(), strict=True))
    within = case["tolerance_vs_published"]
    assert found == pytest.approx(case["expected"], abs=within)
    assert found == pytest.approx(case["published"], abs=within)


def staged(names: list[str], amount: int) -> at.Journeys:
    """Return a deal of these touches, a day apart; LC its lead, OC its opportunity."""
    time = [f"2026-01-{day:02}T09:00Z" for day in range(1, len(names) + 1)]
    rows = pd.DataFrame(
        {"deal_id": "d", "time": time, "team": "marketing", "channel": names}
    )
    dates = {
        column: [time[names.index(name)]]
        for name, column in (("LC", "lead_at"), ("OC", "opportunity_at"))
        if name in names
    }
    deal = pd.DataFrame(
        {
            "deal_id": ["d"],
            "amount": [amount],
            "outcome": ["won"],
            "closed_at": ["2026-02-01T09:00Z"],
            **dates,
        }
    )
    return at.build_journeys(rows, deal, currency="USD")


@pytest.mark.parametrize("name", SHAPES)
def test_marketo_shapes_give_the_published_figures(
    oracles: dict[str, Any], name: str
) -> None:
    case = oracles[name]
    model = f"{name.removeprefix('marketo_')}:convention=marketo"
    journeys = staged(case["input"]["touches"], case["input"]["amount"])
    found = at.attribute(journeys, model).deal("d").frame()
    assert found["credit"].tolist() == case["expected"] == case["published"]


MTA = {
    "first_touch": "first_touch",
    "last_touch": "last_touch",
    "linear": "linear",
    "position_based": "u_shaped",
    "time_decay": "time_decay:convention=mta",
    "shapley": "shapley",
}


@pytest.mark.parametrize("name", MTA)
def test_mta_divides_three_paths_alike(expected: dict[str, Any], name: str) -> None:
    journeys = at.journeys_from_paths(
        ["direct", "search > email", "search > social > email"],
        wins=[2, 3, 5],
        losses=[1, 2, 4],
    )
    frame = at.attribute(journeys, MTA[name]).by("channel")
    wins = dict(zip(frame["channel"], frame["wins"].tolist(), strict=True))
    found = {channel: one for channel, one in wins.items() if one}
    assert found == pytest.approx(expected["mta.three_paths"][name], abs=1e-8)


def test_every_case_of_these_kinds_is_tested(oracles: dict[str, Any]) -> None:
    cases = {name for name, case in oracles.items() if case["kind"] in KINDS}
    assert cases == {*MONEY, *PATHS, *SHAPES}
