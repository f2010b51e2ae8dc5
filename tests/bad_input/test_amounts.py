"""Money that is missing, boundless, too fine, of no currency, or no money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from bad_input.catalogue import (
    built,
    check_fault,
    check_shape,
    deals,
    only,
    refused,
    set_aside,
    told,
    touches,
)

import attribution as at

AMOUNT = ("deals", "amount")
LIMIT = 10**15
"""Minor units, on both sides of zero, to which money is exact."""


def objects(*values: object) -> pd.Series[Any]:
    return pd.Series(values, dtype=object)


def minor(amount: Any, **options: Any) -> list[int]:
    """Return the minor units of the won, the lost and the open deal."""
    found: list[int] = built(None, deals(amount=amount), **options).amount.tolist()
    return found


MISSING: dict[str, Any] = {
    "floats": [np.nan, np.nan, 7.0],
    "objects": objects(None, None, 7),
    "decimals": objects(Decimal("NaN"), None, Decimal(7)),
    "text": [None, None, "7.00"],
    "text NaN": ["NaN", "nan", "7.00"],
    "nullable": pd.array([None, None, 7], dtype="Int64"),
}


@pytest.mark.parametrize("kind", list(MISSING))
def test_M01_a_won_deal_without_an_amount_is_an_error(kind: str) -> None:
    error = refused(None, deals(amount=MISSING[kind]))
    check_fault(error, "M01", AMOUNT, rows=[0])


@pytest.mark.parametrize("kind", list(MISSING))
def test_M01_a_lost_or_open_deal_without_an_amount_counts_as_0(kind: str) -> None:
    table = deals(amount=MISSING[kind], outcome=["lost", "open", "won"])
    table["closed_at"] = table["closed_at"].ffill()
    journeys = built(None, table)
    assert told(journeys) == [("M01", "warning", "deals", "amount", 2)]
    assert journeys.amount.tolist() == [700, 0, 0]


def test_M01_revenue_of_a_path_with_wins_is_needed() -> None:
    with pytest.raises(at.InputError) as caught:
        at.journeys_from_paths(["a", "b", "c"], wins=[1, 1, 0], revenue=[5, None, None])
    check_fault(caught.value, "M01", ("paths", "revenue"), rows=[1])


BOUNDLESS: dict[str, Any] = {
    "floats": [np.inf, 1e20, 7.0],
    "decimals": objects(Decimal("Infinity"), Decimal("1E+30"), Decimal(7)),
    "text": ["Infinity", "1e30", "7"],
    "int64 minimum": np.array([-(2**63), -(2**63), 7]),
    "uint64": np.array([2**64 - 1, 2**63, 7], np.uint64),
    "128 bits": pl.Series([2**100, -(2**100), 7], dtype=pl.Int128),
}


@pytest.mark.parametrize("kind", list(BOUNDLESS))
def test_M02_infinite_and_boundless_amounts_are_errors(kind: str) -> None:
    table = deals()
    if kind == "128 bits":
        table = pl.from_pandas(table).with_columns(amount=BOUNDLESS[kind])
    else:
        table = table.assign(amount=BOUNDLESS[kind])
    error = refused(None, table, allow_negative=True)
    fault = only(error)
    assert fault.code in {"M02", "M08"}
    assert (fault.table, fault.column, fault.rows) == (*AMOUNT, (0, 1))


@pytest.mark.parametrize("kind", [float, Decimal, str])
def test_M03_negative_amounts_are_refunds_only_when_allowed(kind: type) -> None:
    amount = [kind("-5"), kind("1"), kind("-0.01")]
    error = refused(None, deals(amount=amount))
    fault = check_fault(error, "M03", AMOUNT, rows=[0, 2])
    assert "allow_negative=True" in fault.remedy
    assert minor(amount, allow_negative=True) == [-500, 100, -1]


def test_M03_minus_zero_is_zero() -> None:
    assert minor([-0.0, 1.0, 2.0]) == [0, 100, 200]


FINE: dict[str, Any] = {
    "floats": [1.005, 2.5, 0.001],
    "decimals": [Decimal("1.005"), Decimal("2.5"), Decimal("0.001")],
    "text": ["1.005", "2.5", "0.001"],
    "far decimals": ["1.00" + "0" * 70 + "1", "2.5", "1e-2000000000"],
}


@pytest.mark.parametrize("kind", list(FINE))
def test_M04_more_decimals_than_the_currency_has_are_an_error(kind: str) -> None:
    error = refused(None, deals(amount=FINE[kind]))
    fault = check_fault(error, "M04", AMOUNT, rows=[0, 2])
    assert "half_even" in fault.remedy


def test_M04_holds_for_each_currency_by_itself() -> None:
    table = deals(amount=[0.5, 0.001, 0.001], currency=["JPY", "EUR", "KWD"])
    check_fault(refused(None, table), "M04", AMOUNT, rows=[0, 1])


@pytest.mark.parametrize("kind", [float, Decimal, str])
def test_M04_rounding_is_done_when_asked_for(kind: type) -> None:
    amount = [kind("0.125"), kind("0.135"), kind("7")]
    assert minor(amount, rounding="half_even") == [12, 14, 700]
    assert minor(amount, rounding="half_up") == [13, 14, 700]


def test_M05_costs_in_one_of_several_currencies_are_an_error() -> None:
    table = touches(cost=[1.0, 2.0, 3.0])
    book = deals(currency=["EUR", "USD", "EUR"])
    fault = check_fault(refused(table, book), "M05", ("touches", "cost"))
    assert "currency=" in fault.remedy
    assert told(built(table, book, currency="USD")) == []


def test_M05_several_currencies_are_divided_each_by_itself() -> None:
    table = deals(currency=["EUR", "USD", "EUR"], outcome=["won", "won", "open"])
    journeys = built(None, table)
    assert told(journeys) == []
    found = at.attribute(journeys, "linear").by("team", minor=True)
    total = found.groupby("currency")["revenue_minor"].sum()
    assert total.to_dict() == {"EUR": 10_000, "USD": 5_050}


@pytest.mark.parametrize("bad", ["EURO", "eur", "EUR ", "XYZ", ""])
def test_M06_an_unknown_currency_is_an_error(bad: str) -> None:
    error = refused(None, deals(currency=["EUR", bad, bad]))
    fault = check_fault(error, "M06", ("deals", "currency"), rows=[1, 2])
    assert "EUR" in fault.remedy


def test_M06_a_missing_currency_is_an_error_unless_one_is_given() -> None:
    table = deals(currency=["EUR", None, None])
    error = refused(None, table)
    fault = check_fault(error, "M06", ("deals", "currency"), rows=[1, 2])
    assert "currency=" in fault.remedy
    journeys = built(None, table, currency="USD")
    assert told(journeys) == []
    assert journeys.deals()["currency"].tolist() == ["EUR", "USD", "USD"]


def test_M06_unknown_and_missing_currencies_are_told_together() -> None:
    error = refused(None, deals(currency=["EURO", None, "EUR"]))
    found = [(one.code, one.column, one.rows) for one in error.issues]
    assert found == [("M06", "currency", (0,)), ("M06", "currency", (1,))]


@pytest.mark.parametrize("currency", ["EURO", "eur", 7, ["EUR"]])
def test_M06_the_currency_given_is_one_of_iso_4217(currency: Any) -> None:
    error = refused(currency=currency)
    assert error.issues[0].code in {"M06", "P04"}
    assert "currency" in str(error)


def test_M07_a_float_is_read_by_its_shortest_decimal() -> None:
    assert minor([1.15, 0.1 + 0.2, 19.99]) == [115, 30, 1999]
    assert minor(np.array([1.15, 2.1, 19.99], np.float32)) == [115, 210, 1999]


@pytest.mark.parametrize("kind", [float, int, Decimal, str])
def test_M08_amounts_to_10_to_the_15_minor_units_are_exact(kind: type) -> None:
    most = LIMIT // 100
    assert minor([kind(most), kind(-most), kind(1)], allow_negative=True) == [
        LIMIT,
        -LIMIT,
        100,
    ]
    error = refused(None, deals(amount=[kind(1), kind(2), kind(most + 1)]))
    check_fault(error, "M08", AMOUNT, rows=[2])


def test_M08_totals_beyond_int64_are_an_error() -> None:
    count = 9_300
    table = pd.DataFrame(
        {
            "deal_id": [f"d{number}" for number in range(count)],
            "amount": LIMIT // 100,
            "outcome": "won",
            "closed_at": "2026-02-01T10:00:00Z",
            "currency": "EUR",
        }
    )
    fault = only(refused(None, table))
    assert (fault.code, fault.table, fault.column) == ("M08", *AMOUNT)
    assert "EUR" in fault.what
    assert told(built(None, table.iloc[:9_200])) == []


@pytest.mark.parametrize("wins", [[2**31], [2**32], [2**30, 2**30, 2**30]])
def test_M08_wins_beyond_what_is_summed_exactly_are_an_error(wins: list[int]) -> None:
    with pytest.raises(at.InputError) as caught:
        at.journeys_from_paths(["a"] * len(wins), wins=wins)
    assert caught.value.issues[0].code in {"M08", "M12"}


@pytest.mark.parametrize(
    "bad", ["1,000.50", "€5", "1.000,50", "5 EUR", "1_000", "0x10", "five", ""]
)
def test_M09_text_that_is_no_plain_decimal_is_named_by_row(bad: str) -> None:
    error = refused(None, deals(amount=["1000.50", bad, " 1e3 "]))
    fault = check_fault(error, "M09", AMOUNT, rows=[1])
    assert "1000.50" in fault.remedy


def test_M09_numbers_and_text_in_one_column_are_named_by_row() -> None:
    error = refused(None, deals(amount=objects(1000, "1,000.50", 7)))
    check_fault(error, "M09", AMOUNT, rows=[1])


def test_M09_numbers_of_several_kinds_are_all_read() -> None:
    assert minor(objects(Decimal("1.15"), 2, 2.5)) == [115, 200, 250]


STRANGE: dict[str, Any] = {
    "booleans": [True, False, True],
    "boolean objects": objects(True, None, False),
    "nullable booleans": pd.array([True, None, False], dtype="boolean"),
    "complex": [1 + 2j, 2 + 0j, 3j],
    "complex objects": objects(1 + 2j, None, 3j),
    "lists": objects([1], [2], None),
    "bytes": objects(b"1", b"2", None),
}


@pytest.mark.parametrize("column", ["amount", "amount_at_opportunity"])
@pytest.mark.parametrize("kind", list(STRANGE))
def test_M10_amounts_of_another_kind_are_a_TypeError_too(
    kind: str, column: str
) -> None:
    error = refused(None, deals(**{column: STRANGE[kind]}))
    assert isinstance(error, TypeError)
    fault = only(error)
    assert (fault.code, fault.table, fault.column) == ("M10", "deals", column)
    assert fault.rows[0] == 0
    assert fault.remedy


def test_M10_holds_for_costs_and_for_revenue() -> None:
    error = refused(touches(cost=[True, False, True]))
    assert isinstance(error, TypeError)
    assert (only(error).table, only(error).column) == ("touches", "cost")
    with pytest.raises(TypeError) as caught:
        at.journeys_from_paths(["a"], wins=[1], revenue=[True])
    assert isinstance(caught.value, at.InputError)
    assert only(caught.value).column == "revenue"


def test_M10_times_are_no_amounts_and_are_not_called_text() -> None:
    fault = only(refused(None, deals(amount=pd.to_datetime(["2026-01-01"] * 3))))
    assert fault.code in {"M09", "M10"}
    assert "is text" not in fault.what


def test_M11_an_amount_of_zero_gives_zero_credits() -> None:
    journeys = built(None, deals(amount=[0, 0, 0]))
    assert told(journeys) == []
    lines = at.attribute(journeys, "linear").lines()
    assert lines["credit_minor"].tolist() == [0, 0]
    assert lines["weight"].tolist() == [0.5, 0.5]


COUNTS: dict[str, Any] = {
    "floats": [1.5, -1.0, 2.0],
    "integers": [-1, -(2**63), 2],
    "text": ["1.5", "x", "2"],
    "booleans": [True, False, True],
    "infinite": [np.inf, -np.inf, 2.0],
}


@pytest.mark.parametrize("name", ["wins", "losses"])
@pytest.mark.parametrize("kind", list(COUNTS))
def test_M12_counts_of_paths_are_whole_numbers(kind: str, name: str) -> None:
    given = {"wins": [1, 1, 1], name: COUNTS[kind]}
    with pytest.raises(at.InputError) as caught:
        at.journeys_from_paths(["a", "b", "c"], **given)
    check_shape(caught.value)
    rows = [0, 1, 2] if kind == "booleans" else [0, 1]
    check_fault(caught.value, "M12", ("paths", name), rows=rows)


def test_M12_revenue_without_wins_is_an_error() -> None:
    with pytest.raises(at.InputError) as caught:
        at.journeys_from_paths(["a", "b"], wins=[0, 1], losses=[1, 1], revenue=[5, 5])
    check_fault(caught.value, "M12", ("paths", "revenue"), rows=[0])


def test_M12_missing_counts_are_none() -> None:
    journeys = at.journeys_from_paths(["a", "b"], wins=[1, None], losses=[None, 2])
    assert told(journeys) == []
    assert set_aside(journeys) == []
    assert journeys.count.tolist() == [1, 2]
