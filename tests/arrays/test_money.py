"""Reading and dividing money against ``Decimal`` and ``Fraction``."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import oracles
import pytest
import strategies
from hypothesis import example, given, settings
from hypothesis import strategies as st

from attribution.arrays import buckets, money, plain
from attribution.arrays.money import (
    ABSENT,
    LIMIT,
    OK,
    TOO_FINE,
    TOO_LARGE,
    UNBOUNDED,
    allocate,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from numpy.typing import NDArray

NIGHTLY = 10_000
"""Examples of each of two kinds: reliability §4 asks for 20,000 of exact money."""
EXACT = Context(prec=400)
WAYS = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP}

decimal_places = st.sampled_from([0, 2, 2, 3, 4, 9])
minor_units = strategies.amounts()


def ints(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def read_float(
    value: float, decimals: int, rounding: money.Rounding | None = None
) -> tuple[int, int]:
    """Return the minor units of one float and what was found."""
    units, fault = money.from_floats(np.array([value]), ints(decimals), rounding)
    return int(units[0]), int(fault[0])


def read_decimal(
    value: Decimal | None, decimals: int, rounding: money.Rounding | None = None
) -> tuple[int, int]:
    """Return the minor units of one decimal and what was found."""
    units, fault = money.from_decimals([value], ints(decimals), rounding)
    return int(units[0]), int(fault[0])


def rounded(value: Decimal, decimals: int, rounding: str) -> int:
    """Return a decimal of major units as minor units, rounded exactly once."""
    scaled = value.scaleb(decimals, context=EXACT)
    return int(scaled.to_integral_value(rounding=WAYS[rounding]))


# ----------------------------------------------------------------- reading: floats


@given(minor_units, decimal_places)
def test_the_float_nearest_to_whole_units_reads_as_those_units(
    units: int, decimals: int
) -> None:
    value = units / 10**decimals
    assert read_float(value, decimals) == (units, OK)
    assert read_float(value, decimals, "half_even") == (units, OK)
    assert read_float(value, decimals, "half_up") == (units, OK)


@pytest.mark.parametrize(
    ("value", "units"),
    [
        (1.15, 115), (0.1 + 0.2, 30), (1.1 + 2.2, 330), (4.35, 435), (0.57, 57),
        (-1.15, -115), (0.0, 0), (-0.0, 0), (1e13 - 0.01, 10**15 - 1), (1e13, 10**15),
        (8_999_999_999_999.99, 899_999_999_999_999),
    ],
)  # fmt: skip
def test_float_noise_is_taken_to_the_cent_it_stands_for(
    value: float, units: int
) -> None:
    assert read_float(value, 2) == (units, OK)


@given(st.lists(st.integers(1, 99_999), min_size=2, max_size=300))
def test_a_sum_of_many_amounts_reads_as_the_sum_of_their_cents(
    cents: list[int],
) -> None:
    total = 0.0
    for one in cents:
        total += one / 100
    assert read_float(total, 2) == (sum(cents), OK)


@given(st.integers(0, 10**12), st.integers(1, 999), decimal_places)
@example(1, 5, 2)
def test_more_decimals_than_the_currency_has_are_too_fine(
    units: int, thousandths: int, decimals: int
) -> None:
    exact = (units * 1000 + thousandths) / 10 ** (decimals + 3)
    assert read_float(exact, decimals) == (0, TOO_FINE)
    assert read_float(-exact, decimals) == (0, TOO_FINE)


@pytest.mark.parametrize(
    ("value", "half_even", "half_up"),
    [(1.005, 100, 101), (1.015, 102, 102), (2.675, 268, 268), (0.285, 28, 29),
     (-1.005, -100, -101), (1.0049, 100, 100), (1.0051, 101, 101), (0.005, 0, 1),
     (0.1 + 0.2, 30, 30)],
)  # fmt: skip
def test_a_half_cent_is_rounded_by_the_shortest_decimal(
    value: float, half_even: int, half_up: int
) -> None:
    assert read_float(value, 2, "half_even") == (half_even, OK)
    assert read_float(value, 2, "half_up") == (half_up, OK)


@given(
    st.one_of(
        st.floats(0, 1e9), st.integers(0, 10**12).map(lambda value: value / 1000)
    ),
    st.sampled_from([0, 2, 3]),
    st.sampled_from(["half_even", "half_up"]),
)
def test_rounding_a_float_is_rounding_its_shortest_decimal(
    value: float, decimals: int, rounding: money.Rounding
) -> None:
    expected = rounded(Decimal(repr(value)), decimals, rounding)
    assert read_float(value, decimals, rounding) == (expected, OK)
    assert read_float(-value, decimals, rounding) == (-expected, OK)


@pytest.mark.parametrize(
    ("value", "rounding"),
    [
        (9763787753386.824, "half_up"),
        (9044999825802.314, "half_even"),
        (9078526302597.006, "half_even"),
    ],
)
def test_near_10_to_the_13_rounding_still_goes_by_the_shortest_decimal(
    value: float, rounding: money.Rounding
) -> None:
    expected = rounded(Decimal(repr(value)), 2, rounding)
    assert read_float(value, 2, rounding) == (expected, OK)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (math.nan, ABSENT), (math.inf, UNBOUNDED), (-math.inf, UNBOUNDED),
        (1e20, UNBOUNDED), (-1e300, UNBOUNDED), (1.7e308, UNBOUNDED),
        (1e13 + 1, TOO_LARGE), (-1e13 - 1, TOO_LARGE), (1e15, TOO_LARGE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rounding", [None, "half_even", "half_up"])
def test_floats_that_are_no_amount_are_named(
    value: float, fault: int, rounding: money.Rounding | None
) -> None:
    assert read_float(value, 2, rounding) == (0, fault)


# -------------------------------------------------------- reading: decimals, integers


@given(minor_units, decimal_places)
def test_a_decimal_of_whole_units_reads_as_those_units(
    units: int, decimals: int
) -> None:
    value = Decimal(units).scaleb(-decimals)
    assert read_decimal(value, decimals) == (units, OK)


@given(
    st.integers(-LIMIT * 10**4, LIMIT * 10**4),
    decimal_places,
    st.sampled_from(["half_even", "half_up"]),
)
@example(10_005_000, 2, "half_even")
@example(10_005_000, 2, "half_up")
@example(-10_015_000, 2, "half_even")
@example(LIMIT * 10**4, 2, "half_up")
def test_a_decimal_finer_than_the_unit_is_too_fine_or_rounded(
    fine: int, decimals: int, rounding: money.Rounding
) -> None:
    value = Decimal(fine).scaleb(-decimals - 4)
    whole = fine % 10**4 == 0
    units = rounded(value, decimals, rounding)
    assert read_decimal(value, decimals, rounding) == (units, OK)
    assert read_decimal(value, decimals) == ((units, OK) if whole else (0, TOO_FINE))


@pytest.mark.parametrize("tail", ["1", "0" * 40 + "1", "0" * 70 + "1"])
def test_no_digit_of_a_decimal_is_lost(tail: str) -> None:
    assert read_decimal(Decimal("1.15" + tail), 2) == (0, TOO_FINE)
    assert read_decimal(Decimal("1.005" + tail), 2, "half_even") == (101, OK)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, (0, ABSENT)),
        ("NaN", (0, ABSENT)),
        ("sNaN", (0, ABSENT)),
        ("Infinity", (0, UNBOUNDED)),
        ("-Infinity", (0, UNBOUNDED)),
        ("1E+400", (0, UNBOUNDED)),
        ("1E+25", (0, UNBOUNDED)),
        ("9E+24", (0, TOO_LARGE)),
        ("10000000000000.01", (0, TOO_LARGE)),
        ("1E-400", (0, TOO_FINE)),
        ("0E-400", (0, OK)),
        ("0E+400", (0, OK)),
        ("-0", (0, OK)),
        ("1E+3", (100_000, OK)),
    ],
)
def test_decimals_at_the_edges_are_read_or_named(
    value: str | None, found: tuple[int, int]
) -> None:
    assert read_decimal(None if value is None else Decimal(value), 2) == found


def test_no_decimals_are_no_amounts() -> None:
    units, fault = money.from_decimals([], ints())
    assert units.dtype == np.int64
    assert units.tolist() == fault.tolist() == []


@given(st.integers(-(2**63), 2**63 - 1), decimal_places)
@example(LIMIT // 100, 2)
@example(LIMIT // 100 + 1, 2)
@example(-LIMIT, 0)
@example(-(2**63), 2)
@example(-(2**63), 0)
def test_whole_major_units_are_scaled_or_too_large(value: int, decimals: int) -> None:
    units, fault = money.from_integers(ints(value), ints(decimals))
    exact = value * 10**decimals
    fits = abs(exact) <= LIMIT
    assert units.tolist() == [exact if fits else 0]
    assert fault.tolist() == [OK if fits else TOO_LARGE]


@given(st.lists(st.tuples(minor_units, decimal_places), max_size=8))
def test_many_amounts_of_several_currencies_are_each_amount_alone(
    rows: list[tuple[int, int]],
) -> None:
    decimals = ints(*(places for _, places in rows))
    floats = np.array([units / 10**places for units, places in rows], np.float64)
    whole = ints(*(units // 10**places for units, places in rows))
    for column in (decimals, floats, whole):
        column.flags.writeable = False
    assert money.from_floats(floats, decimals)[0].tolist() == [one for one, _ in rows]
    assert money.from_integers(whole, decimals)[0].tolist() == [
        units // 10**places * 10**places for units, places in rows
    ]


@given(st.lists(st.integers(-(2**62), 2**62), max_size=5), decimal_places)
@example([], 2)
@example([2**53 - 1, -115], 2)
@example([2**53 + 1, -(2**62) - 1, 115], 9)
def test_major_units_are_the_floats_nearest_to_the_exact_value(
    minor: list[int], decimals: int
) -> None:
    found = money.to_major(ints(*minor), decimals)
    assert found.dtype == np.float64
    assert found.tolist() == [float(Fraction(one, 10**decimals)) for one in minor]


@given(minor_units, decimal_places)
@example(-5, 2)
@example(-123_456, 0)
def test_the_text_of_an_amount_is_exact_and_has_thousands(
    units: int, decimals: int
) -> None:
    exact = Decimal(units).scaleb(-decimals)
    assert money.text(units, decimals) == f"{exact:,.{decimals}f}"


# --------------------------------------------------------------------- exact division


def divided(
    amounts: Sequence[int], weights: Sequence[Sequence[float]], kind: type[Any]
) -> list[list[int]]:
    """Return each amount divided by the library, all at once, arrays read-only."""
    flat = np.array([one for segment in weights for one in segment], kind)
    offsets = strategies.offsets_of([len(segment) for segment in weights])
    column = ints(*amounts)
    for array in (flat, offsets, column):
        array.flags.writeable = False
    credits = allocate(column, offsets, flat)
    assert credits.dtype == np.int64
    return [credits[a:b].tolist() for a, b in pairwise(offsets.tolist())]


def check_laws(
    amount: int, weights: Sequence[float], credits: Sequence[int], whole: int
) -> None:
    """Assert law 6.1 of one deal."""
    if not any(weights):
        assert not any(credits)
        return
    assert sum(credits) == amount
    by_weight: dict[float, list[int]] = {}
    for credit, weight in zip(credits, weights, strict=True):
        assert abs(credit - amount * Fraction(weight) / whole) < 1
        assert weight or credit == 0
        by_weight.setdefault(weight, []).append(credit)
    for equals in by_weight.values():
        assert max(equals) - min(equals) <= 1
        assert equals == sorted(equals, key=abs, reverse=True)
    assert list(credits) == oracles.allocate(amount, weights, whole=whole)


float_deals = st.lists(
    st.tuples(minor_units, strategies.float_weights()), min_size=1, max_size=4
)
part_deals = st.lists(
    st.tuples(minor_units, strategies.parts()), min_size=1, max_size=4
)


def check_float_deals(deals: list[tuple[int, list[float]]]) -> None:
    amounts, weights = zip(*deals, strict=True)
    for deal, credits in zip(deals, divided(amounts, weights, np.float64), strict=True):
        check_laws(*deal, credits, 1)


def check_part_deals(deals: list[tuple[int, list[int]]]) -> None:
    amounts, parts = zip(*deals, strict=True)
    for deal, credits in zip(deals, divided(amounts, parts, np.int64), strict=True):
        check_laws(*deal, credits, sum(deal[1]))


@given(float_deals)
@example([(5, [0.0, 0.0]), (-5, [1.0])])
def test_amounts_divided_by_float_weights_hold_every_law_of_money(
    deals: list[tuple[int, list[float]]],
) -> None:
    check_float_deals(deals)


@given(part_deals)
@example([(5, [0, 0]), (-5, [1]), (LIMIT, [2**31 - 1, 1]), (LIMIT, [2**31 - 2, 1])])
def test_amounts_divided_by_integer_parts_hold_every_law_of_money(
    deals: list[tuple[int, list[int]]],
) -> None:
    check_part_deals(deals)


@pytest.mark.slow
@settings(max_examples=NIGHTLY)
@given(float_deals)
def test_10000_examples_of_float_weights_hold_every_law_of_money(
    deals: list[tuple[int, list[float]]],
) -> None:
    check_float_deals(deals)


@pytest.mark.slow
@settings(max_examples=NIGHTLY)
@given(part_deals)
def test_10000_examples_of_integer_parts_hold_every_law_of_money(
    deals: list[tuple[int, list[int]]],
) -> None:
    check_part_deals(deals)


@given(st.lists(st.tuples(minor_units, strategies.float_weights()), max_size=6))
def test_many_deals_at_once_are_each_deal_alone(
    deals: list[tuple[int, list[float]]],
) -> None:
    together = divided(
        [amount for amount, _ in deals], [weights for _, weights in deals], np.float64
    )
    alone = [divided([amount], [weights], np.float64)[0] for amount, weights in deals]
    assert together == alone


@given(minor_units, strategies.float_weights(), strategies.parts())
def test_a_refund_is_the_exact_negative_of_the_sale(
    amount: int, weights: list[float], parts: list[int]
) -> None:
    for given_weights, kind in ((weights, np.float64), (parts, np.int64)):
        sale, refund = divided([amount, -amount], [given_weights] * 2, kind)
        assert refund == [-credit for credit in sale]


@given(st.integers(1, LIMIT), st.integers(1, 60))
def test_equal_weights_give_the_odd_units_to_the_earlier_touches(
    amount: int, count: int
) -> None:
    least, left = divmod(amount, count)
    expected = [least + 1] * left + [least] * (count - left)
    assert divided([amount], [[1] * count], np.int64) == [expected]
    assert divided([amount], [[1 / count] * count], np.float64) == [expected]


def test_remainders_equal_on_the_grid_are_ties_that_go_to_the_earlier_touch() -> None:
    near = 0.75 * 2.0**-21  # less than half a step of the grid of 2^-20 unit
    assert divided([1], [[0.5 - near, 0.5 + near]], np.float64) == [[1, 0]]
    assert divided([1], [[0.5 + near, 0.5 - near]], np.float64) == [[1, 0]]


def test_remainders_apart_on_the_grid_are_no_ties() -> None:
    apart = 1.25 * 2.0**-21  # more than half a step
    assert divided([1], [[0.5 - apart, 0.5 + apart]], np.float64) == [[0, 1]]
    assert divided([1], [[0.5 + apart, 0.5 - apart]], np.float64) == [[1, 0]]


@given(minor_units, st.lists(st.integers(0, 2**20), min_size=1, max_size=4))
@example(1, [2**21 - 7, 2**21 - 5])
@example(1, [2**21 - 7, 2**21 - 6])
@example(1, [2**21 - 11, 2**21 - 10])
def test_integer_parts_and_the_same_shares_as_floats_divide_alike(
    amount: int, some: list[int]
) -> None:
    whole = 2**22  # a power of two: the shares are exact in float64
    parts = [*some, whole - sum(some)]
    shares = [part / whole for part in parts]
    by_parts, by_shares = (
        divided([amount], [parts], np.int64),
        divided([amount], [shares], np.float64),
    )
    assert by_parts == by_shares


@given(
    minor_units,
    strategies.float_weights(),
    st.floats(-1e-9, 1e-9).filter(lambda error: error != 0),
)
@example(LIMIT, [0.5, 0.5], 9e-10)
@example(LIMIT, [1 / 3, 1 / 3, 1 / 3], 9e-10)
@example(-LIMIT, [1.0], -9e-10)
def test_weights_that_sum_to_1_within_a_billionth_still_divide_all_of_the_amount(
    amount: int, weights: list[float], error: float
) -> None:
    off = [weight * (1 + error) for weight in weights]
    (credits,) = divided([amount], [off], np.float64)
    assert sum(credits) == (amount if any(weights) else 0)
    most = 1 + abs(amount) * 1.01e-9
    for credit, weight in zip(credits, off, strict=True):
        assert abs(credit - amount * Fraction(weight)) <= most


@given(minor_units, st.integers(1, 30), st.data())
def test_one_touch_with_all_the_weight_takes_all(
    amount: int, count: int, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, count - 1))
    weights = [float(at == place) for at in range(count)]
    expected = [amount if at == place else 0 for at in range(count)]
    assert divided([amount], [weights], np.float64) == [expected]


@given(float_deals, part_deals)
def test_ordinary_weights_are_divided_without_a_loop_over_deals(
    shares: list[tuple[int, list[float]]], parts: list[tuple[int, list[int]]]
) -> None:
    # Exact fractions, deal by deal, are for weights that do not sum to 1; here they
    # must not hide a fault of the arrays.
    small = [deal for deal in parts if sum(deal[1]) < 2**31]
    with patch.object(plain, "by_fractions", side_effect=AssertionError):
        check_float_deals(shares)
        if small:
            check_part_deals(small)


@pytest.mark.parametrize(("room", "bound"), [(money, "SHORT_WORD"), (buckets, "SMALL")])
@given(float_deals, part_deals)
def test_long_keys_and_deals_of_each_length_apart_are_divided_alike(
    room: ModuleType,
    bound: str,
    shares: list[tuple[int, list[float]]],
    parts: list[tuple[int, list[int]]],
) -> None:
    with patch.object(room, bound, 0), patch.object(plain, "FEW", 0):
        check_float_deals(shares)
        check_part_deals(parts)


def test_no_deals_and_no_touches_have_no_credits() -> None:
    assert divided([], [], np.float64) == []
    assert divided([7, -7], [[], []], np.float64) == [[], []]
    assert divided([7, -7], [[], []], np.int64) == [[], []]


@pytest.mark.parametrize("count", [15, 16, 17, 40])
@pytest.mark.parametrize("amount", [2**28 - 1, 2**28, 10**15])
def test_long_and_short_deals_are_divided_by_the_same_law(
    count: int, amount: int
) -> None:
    weights = strategies.normalised([1 + place % 7 for place in range(count)])
    for credits in divided([amount] * 3, [weights] * 3, np.float64):
        check_laws(amount, weights, credits, 1)


def test_integer_parts_of_any_size_are_divided_as_in_plain_python() -> None:
    """Below 2^26, 2^31 and 2^62; the last with and without a common factor."""
    rng = np.random.default_rng(3)
    tops = np.array([2**20, 2**26, 2**31, 2**50])
    parts = rng.integers(0, tops.repeat(8), (9, 32))
    parts[:, ::8] = rng.integers(0, 9, (9, 4)) * (2**45 + 1)
    amounts = rng.integers(0, 10**15, 32)
    for column, of in ((slice(0, 8), "floats"), (slice(8, 32), "integers")):
        found = money.by_parts(amounts[column], parts[:, column]).T.tolist()
        pairs = zip(amounts[column].tolist(), parts[:, column].T.tolist(), strict=True)
        assert found == [plain.by_parts(amount, own) for amount, own in pairs], of


@pytest.mark.parametrize("whole", [2**21, 3 * 2**21, 2**25, 2**26, 2**30])
def test_remainders_of_integer_parts_are_rounded_to_even(whole: int) -> None:
    rng = np.random.default_rng(whole)
    amounts, first = rng.integers(0, whole, (2, 64))
    parts = np.array(
        [first, whole // 2 - first // 2, whole - whole // 2 - (first + 1) // 2]
    )
    found = money.by_parts(amounts, parts).T.tolist()
    pairs = zip(amounts.tolist(), parts.T.tolist(), strict=True)
    assert found == [plain.by_parts(amount, own) for amount, own in pairs]
