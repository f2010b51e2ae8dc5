"""Bad input of analyses: costs, rates, and data that cannot carry what is asked."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from bad_input.catalogue import built, check_shape, only

import attribution as at


def spent(**columns: Any) -> pd.DataFrame:
    """Return sound costs of one channel, some columns replaced."""
    return pd.DataFrame({"channel": ["search"], "cost": [10], **columns})


def refused(costs: object, **options: Any) -> at.InputError:
    credits = at.attribute(built(), "linear")
    with pytest.raises(at.InputError) as caught:
        at.returns(credits, costs, **options)
    check_shape(caught.value)
    return caught.value


def test_A01_costs_in_another_currency_are_refused_without_a_rate() -> None:
    fault = only(refused(spent(currency=["USD"])))
    assert (fault.code, fault.table) == ("A01", "costs")
    assert fault.what == "are in USD, the deals in EUR."
    assert 'rates={"USD": …}' in fault.remedy
    assert only(refused(spent(currency=["USD"]), rates={"GBP": 1.1})).code == "A01"


def of_two_currencies() -> at.Credits:
    deals = pd.DataFrame(
        {
            "deal_id": ["d1", "d2"],
            "amount": [1, 2],
            "currency": ["EUR", "USD"],
            "outcome": "won",
            "closed_at": pd.Timestamp("2026-02-01T00:00Z"),
        }
    )
    return at.attribute(built(deal_table=deals), "linear")


def test_A01_costs_of_deals_in_several_currencies_need_one_named() -> None:
    credits = of_two_currencies()
    with pytest.raises(at.InputError) as caught:
        at.returns(credits, spent(currency=["GBP"]), rates={"GBP": 1.1})
    assert only(caught.value).code == "A01"
    assert "currency=" in only(caught.value).remedy
    with pytest.raises(at.InputError) as caught:
        at.returns(credits, spent())
    assert only(caught.value).code == "M05"


@pytest.mark.parametrize(
    "rates",
    [
        {"USD": 0}, {"USD": -1}, {"USD": float("nan")}, {"USD": float("inf")},
        {"USD": "0.9"}, {"USD": True}, {"Dollar": 0.9}, {1: 0.9}, [("USD", 0.9)],
        {"USD": 0.9, "EUR": 2},
    ],
)  # fmt: skip
def test_A02_rates_are_positive_numbers_by_currency(rates: Any) -> None:
    assert only(refused(spent(currency=["USD"]), rates=rates)).code == "A02"


def test_A03_too_few_deals_for_a_model_that_learns_are_told() -> None:
    found = at.bootstrap(built(), ["linear", "shapley:worth=win_rate"], draws=8)
    issues = found.issues
    assert set(issues["code"]) == {"A03"}
    assert set(issues["severity"]) == {"warning"}
    assert set(issues["column"]) == {"shapley:worth=win_rate"}


def test_P04_a_chart_of_several_currencies_asks_for_one() -> None:
    credits = of_two_currencies()
    with pytest.raises(at.InputError) as caught:
        at.plots.credit_bars(credits)
    check_shape(caught.value)
    assert only(caught.value).code == "P04"
    assert "currency=" in only(caught.value).remedy


def test_P07_a_chart_of_nothing_says_what_there_is_none_of() -> None:
    journeys = at.journeys_from_paths(["a"], wins=[0], losses=[1])
    with pytest.raises(at.InputError) as caught:
        at.plots.ribbons(journeys)
    check_shape(caught.value)
    assert only(caught.value).code == "P07"
