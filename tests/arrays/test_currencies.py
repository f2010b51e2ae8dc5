"""The table of currencies against the exceptions that ISO 4217 lists."""

from __future__ import annotations

import pytest

from attribution.arrays.currencies import DECIMALS, NO_CURRENCY

NOT_TWO = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


@pytest.mark.parametrize("decimals", NOT_TWO)
def test_currencies_without_two_decimals_are_those_of_iso_4217(decimals: int) -> None:
    found = {code for code, places in DECIMALS.items() if places == decimals}
    assert found == set(NOT_TWO[decimals].split())


def test_all_other_currencies_have_two_decimals() -> None:
    assert set(DECIMALS.values()) == {2, *NOT_TWO}
    assert {DECIMALS[code] for code in ("EUR", "USD", "GBP", "INR", "ZWG")} == {2}


def test_codes_are_three_capital_letters_each_once() -> None:
    assert all(code.isascii() and code.isalpha() for code in DECIMALS)
    assert all(code.isupper() and len(code) == 3 for code in DECIMALS)


def test_no_currency_has_two_decimals() -> None:
    assert NO_CURRENCY == "XXX"
    assert DECIMALS[NO_CURRENCY] == 2
