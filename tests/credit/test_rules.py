"""The four rules and their totals: the library against plain fractions."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import oracles
import pandas as pd
import pytest
import sample_at_hand
import strategies
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import DAY, Deal, Options, Touch
from strategies import START, Tables

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUICK, SLOW = 5, 200
"""Examples of small tables under all rules, about 50 ms each."""

RULES = [*oracles.RATIONAL_RULES, "time_decay", "time_decay:half_life=1h"]
HALF_LIVES = {"time_decay": 7 * DAY, "time_decay:half_life=1h": DAY // 24}

WEIGHT_ERROR = 1e-12
"""exp2 of an age in half-lives (up to 10^4 here) keeps about 13 of 16 digits."""
WINS_ERROR = 2.0**-32
"""Wins are counted in units of 2^-32 deal: each touch is within one of its quota."""

CLOSE = START + 100 * DAY


class Divided(NamedTuple):
    """One deal under one model, as ``lines`` shows it."""

    touches: list[strategies.Shown]
    weights: list[float]
    credits: list[int]


def divided(lines: pd.DataFrame) -> dict[tuple[str, str], Divided]:
    """Return model and deal → what the lines say of it, in their order."""
    found: dict[tuple[str, str], Divided] = {}
    for model, name, touch, weight, credit in zip(
        lines["model"],
        lines["deal_id"],
        strategies.shown_rows(lines),
        lines["weight"].tolist(),
        lines["credit_minor"].tolist(),
        strict=True,
    ):
        own = found.setdefault((model, name), Divided([], [], []))
        own.touches.append(touch)
        own.weights.append(weight)
        own.credits.append(credit)
    return found


def shares_of(model: str, touches: Sequence[Touch], end: int | None) -> list[Fraction]:
    """Return the plain shares of a deal's touches in order."""
    if model in oracles.RATIONAL_RULES:
        return oracles.RATIONAL_RULES[model](touches)
    assert end is not None
    return oracles.time_decay(touches, end, HALF_LIVES[model])


def check_lines(tables: Tables, options: Options) -> None:
    """Assert that every line of every rule is the plain one."""
    built = tables.built_plainly(options)
    lines = at.attribute(tables.built(options), RULES).lines(
        of="pipeline", personal=True
    )
    found = divided(lines)
    touched = [name for name, rows in built.journeys.items() if rows]
    assert list(found) == [(model, name) for model in RULES for name in touched]
    amounts = {deal.deal_id: deal.amount for deal in tables.deals}
    for (model, name), own in found.items():
        touches = [
            replace(tables.touches[row], time=built.times[row, name])
            for row in built.journeys[name]
        ]
        shares = shares_of(model, touches, built.ends[name])
        assert own.touches == [strategies.shown(one, one.time) for one in touches]
        for weight, share in zip(own.weights, shares, strict=True):
            assert abs(weight - float(share)) <= WEIGHT_ERROR
        # Rational shares divide exactly; a decay as the float weight that is shown.
        as_given = shares if model in oracles.RATIONAL_RULES else own.weights
        assert own.credits == oracles.allocate(amounts[name], as_given)
        assert sum(own.credits) == amounts[name]


@given(strategies.whole_journeys())
@examples(QUICK, quick=3)
def test_every_rule_divides_every_deal_as_fractions_do(tables: Tables) -> None:
    check_lines(tables, Options())


@pytest.mark.slow
@given(strategies.tables(), strategies.option_sets())
@examples(QUICK, quick=3)
def test_every_rule_divides_linked_deals_as_fractions_do(
    tables: Tables, options: Options
) -> None:
    check_lines(tables, options)


@pytest.mark.slow
@given(strategies.tables(), strategies.option_sets())
@settings(max_examples=SLOW)
def test_500_tables_are_divided_by_every_rule_as_fractions_do(
    tables: Tables, options: Options
) -> None:
    check_lines(tables, options)


# ------------------------------------------------------------------------- totals

DIMENSIONS = [
    ("team",), ("channel",), ("team", "channel"), ("rep",), ("campaign", "rep"),
    ("link",), ("account",), ("account", "team"),
]  # fmt: skip
OUTCOMES: Mapping[str, set[str]] = {
    "won": {"won"}, "lost": {"lost"}, "open": {"open"},
    "pipeline": {"won", "lost", "open"},
}  # fmt: skip


def total(frame: pd.DataFrame, column: str) -> dict[tuple[str, str], Any]:
    """Return the exact sum of a column by model and currency."""
    found: dict[tuple[str, str], Any] = {}
    for model, currency, value in zip(
        frame["model"], frame["currency"], frame[column].tolist(), strict=True
    ):
        found[model, currency] = found.get((model, currency), 0) + value
    return found


def expected_total(deals: Sequence[Deal], *, count: bool) -> dict[str, int]:
    """Return the amount (or the number) of deals by currency."""
    found: Counter[str] = Counter()
    for deal in deals:
        found[deal.currency] += 1 if count else deal.amount
    return dict(found)


@given(
    strategies.tables(),
    strategies.option_sets(),
    st.sampled_from(DIMENSIONS),
    st.sampled_from(list(OUTCOMES)),
    st.sampled_from([None, "month", "quarter"]),
)
@examples(2 * QUICK, quick=3)
def test_totals_with_the_unattributed_rows_are_the_revenue_and_the_deals(
    tables: Tables,
    options: Options,
    dims: tuple[str, ...],
    of: str,
    period: str | None,
) -> None:
    outcomes = tables.built_plainly(options).outcomes
    chosen = [one for one in tables.deals if outcomes[one.deal_id] in OUTCOMES[of]]
    credits = at.attribute(tables.built(options), RULES)
    rows = credits.by(*dims, minor=True, of=of, period=period)  # type: ignore[arg-type]
    revenue = expected_total(chosen, count=False)
    deals = expected_total(chosen, count=True)
    assert total(rows, "revenue_minor") == {
        (model, currency): amount
        for model in RULES
        for currency, amount in revenue.items()
    }
    assert total(rows, "wins") == {
        (model, currency): number
        for model in RULES
        for currency, number in deals.items()
    }


def check_cells(tables: Tables, options: Options, dims: tuple[str, ...]) -> None:
    """Assert that each total is the sum of its lines, and each deal counted once."""
    credits = at.attribute(tables.built(options), RULES)
    rows, lines = credits.by(*dims, minor=True), credits.lines()
    key = ["model", *dims, "currency"]
    money: Counter[tuple[str, ...]] = Counter()
    weight: Counter[tuple[str, ...]] = Counter()
    deals: dict[tuple[str, ...], set[str]] = {}
    for line in lines.to_dict("records"):
        cell = tuple(line[name] for name in key)
        money[cell] += line["credit_minor"]
        weight[cell] += line["weight"]
        deals.setdefault(cell, set()).add(line["deal_id"])
    found = {
        tuple(row[name] for name in key): row
        for row in rows.to_dict("records")
        if not row[dims[0]].startswith("(unattributed")
    }
    assert {cell: row["revenue_minor"] for cell, row in found.items()} == dict(money)
    assert {cell: row["deals"] for cell, row in found.items()} == {
        cell: len(names) for cell, names in deals.items()
    }
    for cell, row in found.items():
        error = (WINS_ERROR + WEIGHT_ERROR) * len(lines)
        assert abs(row["wins"] - weight[cell]) <= error


@given(
    strategies.tables(),
    strategies.option_sets(),
    st.sampled_from([("team",), ("team", "channel"), ("rep",), ("link", "campaign")]),
)
@examples(QUICK, quick=3)
def test_every_total_is_the_sum_of_its_lines(
    tables: Tables, options: Options, dims: tuple[str, ...]
) -> None:
    check_cells(tables, options, dims)


@given(strategies.tables(), strategies.option_sets())
@examples(QUICK, quick=3)
def test_unattributed_rows_hold_the_money_of_deals_without_touches_by_reason(
    tables: Tables, options: Options
) -> None:
    built = tables.built_plainly(options)
    expected: Counter[tuple[str, str]] = Counter()
    for deal in tables.deals:
        name = deal.deal_id
        if built.outcomes[name] == "won" and not built.journeys[name]:
            reason = f"(unattributed: {built.reasons[name]})"
            expected[reason, deal.currency] += deal.amount
    rows = at.attribute(tables.built(options), "linear").by("team", minor=True)
    own = rows[rows["team"].str.startswith("(unattributed")]
    found = zip(own["team"], own["currency"], own["revenue_minor"], strict=True)
    assert {(reason, currency): amount for reason, currency, amount in found} == (
        dict(expected)
    )
    assert own["share_of_attributed"].isna().all()


@pytest.mark.slow
@given(strategies.tables(), strategies.option_sets())
@examples(QUICK, quick=3)
def test_revenue_in_major_units_is_the_float_nearest_to_the_integer(
    tables: Tables, options: Options
) -> None:
    credits = at.attribute(tables.built(options), "linear")
    minor = credits.by("team", "channel", minor=True)
    major = credits.by("team", "channel")
    assert major["revenue"].tolist() == [
        float(Fraction(units, 10 ** strategies.DECIMALS[currency]))
        for units, currency in zip(
            minor["revenue_minor"].tolist(), minor["currency"], strict=True
        )
    ]


@pytest.mark.slow
def test_the_same_bytes_come_out_of_twenty_runs() -> None:
    touches, deals, contacts = sample_at_hand.sample()
    texts = set()
    for _ in range(20):
        journeys = at.build_journeys(touches, deals, contacts=contacts)
        credits = at.attribute(journeys, ["linear:per=channel", "time_decay"])
        texts.add(credits.by("team", "channel").to_csv() + credits.lines().to_csv())
    assert len(texts) == 1


# -------------------------------------------------------------- the laws of the rules


Line = tuple[str, str, Touch, int]
"""Model, deal, touch and credit of one line."""


def credits_of(tables: Tables, *models: str) -> list[Line]:
    """Return every line of tables whose touches are apart."""
    lines = at.attribute(tables.built(), list(models)).lines(of="pipeline")
    times = lines["time"].dt.as_unit("us").astype("int64")
    touch_at = {touch.time: touch for touch in tables.touches}
    return [
        (model, name, touch_at[time], credit)
        for model, name, time, credit in zip(
            lines["model"], lines["deal_id"], times, lines["credit_minor"].tolist(),
            strict=True,
        )
    ]  # fmt: skip


def by_touch(lines: Sequence[Line]) -> list[tuple[object, ...]]:
    """Return the same without the model."""
    return [line[1:] for line in lines]


distinct_journeys = strategies.whole_journeys(apart=True)


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True),
    strategies.amounts(10**6).map(abs),
)
@examples(QUICK, quick=3)
def test_an_endless_half_life_is_linear(ages: list[int], amount: int) -> None:
    # 227 years against 50 microseconds: the weights differ by less than 10^-14.
    touches = tuple(Touch(CLOSE - age, deal_id="D1") for age in ages)
    tables = Tables(touches, (Deal("D1", amount=amount, closed_at=CLOSE),))
    endless = credits_of(tables, "time_decay:half_life=83000d")
    assert by_touch(endless) == by_touch(credits_of(tables, "linear"))


@pytest.mark.slow
@given(distinct_journeys)
@examples(QUICK, quick=3)
def test_a_half_life_of_nothing_is_last_touch(tables: Tables) -> None:
    # The touches are half a day apart: 2^-43200 of one half-life each.
    nothing = credits_of(tables, "time_decay:half_life=1s")
    assert by_touch(nothing) == by_touch(credits_of(tables, "last_touch"))


@pytest.mark.parametrize("years", [1, 10, 50])
@pytest.mark.parametrize("half_life", ["1s", "1h", "7d"])
def test_old_touches_under_a_short_half_life_still_take_all_of_the_deal(
    years: int, half_life: str
) -> None:
    close = START + 1
    old = close - years * 365 * DAY
    touches = (Touch(old, "a", deal_id="D1"), Touch(old, "b", deal_id="D1"))
    tables = Tables(touches, (Deal("D1", amount=999, closed_at=close),))
    lines = at.attribute(tables.built(), f"time_decay:half_life={half_life}").lines()
    assert lines["weight"].tolist() == [0.5, 0.5]
    assert lines["credit_minor"].tolist() == [500, 499]


@pytest.mark.slow
@given(distinct_journeys)
@examples(QUICK, quick=3)
def test_first_touch_is_last_touch_of_the_reversed_journey(tables: Tables) -> None:
    turned = replace(
        tables,
        touches=tuple(
            replace(touch, time=2 * START + 190 * DAY - touch.time, day_only=False)
            for touch in tables.touches
        ),
    )
    first = {
        (name, touch.time): credit
        for _, name, touch, credit in credits_of(tables, "first_touch")
    }
    last = {
        (name, 2 * START + 190 * DAY - touch.time): credit
        for _, name, touch, credit in credits_of(turned, "last_touch")
    }
    assert first == last


@pytest.mark.parametrize("model", RULES)
@given(age=st.integers(0, 50 * 365 * DAY), amount=strategies.amounts().map(abs))
@examples(5, quick=2)
def test_a_single_touch_takes_all(model: str, age: int, amount: int) -> None:
    close = START + 200 * DAY
    deal = Deal("D1", amount=amount, closed_at=close)
    tables = Tables((Touch(close - age, deal_id="D1"),), (deal,))
    lines = at.attribute(tables.built(), model).lines()
    assert lines["weight"].tolist() == [1.0]
    assert lines["credit_minor"].tolist() == [amount]


@pytest.mark.slow
@given(strategies.whole_journeys(), st.integers(-300, 3000))
@examples(QUICK, quick=3)
def test_shifting_all_times_by_days_changes_no_credit(
    tables: Tables, days: int
) -> None:
    shifted = tables.moved(lambda instant: instant + days * DAY)
    one, other = (
        at.attribute(each.built(), RULES).lines(of="pipeline").drop(columns="time")
        for each in (tables, shifted)
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.slow
@given(distinct_journeys, st.permutations(["ad", "email", "call", "Z", "é"]))
@examples(QUICK, quick=3)
def test_renaming_channels_renames_their_credit_and_changes_none(
    tables: Tables, names: list[str]
) -> None:
    new = dict(zip(["ad", "email", "call", "Z", "é"], names, strict=True))
    renamed = replace(
        tables,
        touches=tuple(
            replace(touch, channel=new[touch.channel]) for touch in tables.touches
        ),
    )
    assert credits_of(renamed, *RULES) == [
        (model, name, replace(touch, channel=new[touch.channel]), credit)
        for model, name, touch, credit in credits_of(tables, *RULES)
    ]


@pytest.mark.slow
@given(strategies.whole_journeys())
@examples(QUICK, quick=3)
def test_refunds_mirror_sales_under_every_rule(tables: Tables) -> None:
    refunds = replace(
        tables, deals=tuple(replace(one, amount=-one.amount) for one in tables.deals)
    )
    sale = at.attribute(tables.built(), RULES).lines(of="pipeline")
    refund = at.attribute(refunds.built(allow_negative=True), RULES).lines(
        of="pipeline"
    )
    assert refund["credit_minor"].tolist() == [-one for one in sale["credit_minor"]]
    assert refund["weight"].tolist() == sale["weight"].tolist()


@pytest.mark.slow
@given(strategies.whole_journeys(limit=10**9), st.sampled_from([10, 1000]))
@examples(QUICK, quick=3)
def test_another_unit_of_money_changes_no_weight(tables: Tables, scale: int) -> None:
    scaled = replace(
        tables,
        deals=tuple(replace(one, amount=one.amount * scale) for one in tables.deals),
    )
    one, other = (
        at.attribute(each.built(), RULES).lines(of="pipeline")
        for each in (tables, scaled)
    )
    assert one["weight"].tolist() == other["weight"].tolist()
    for small, large in zip(one["credit_minor"], other["credit_minor"], strict=True):
        assert abs(small - Fraction(large, scale)) <= 1 + Fraction(1, scale)


def test_linear_per_channel_tells_the_email_of_sales_from_that_of_marketing() -> None:
    touches = tuple(
        Touch(START + place, "email", team, deal_id="D1")
        for place, team in enumerate(["marketing", "marketing", "sales"])
    )
    tables = Tables(touches, (Deal("D1", amount=100, closed_at=CLOSE),))
    lines = at.attribute(tables.built(), "linear:per=channel").lines()
    assert lines["credit_minor"].tolist() == [25, 25, 50]


def test_linear_per_channel_divides_exact_shares_to_the_largest_amounts() -> None:
    # Float shares, 1 / (distinct x same), give the last two units to other touches.
    order = [2, 1, 3, 2, 0, 3, 3, 0, 2, 1, 1, 3, 3, 1, 2, 1, 2, 3, 1]
    touches = tuple(
        Touch(START + place, f"channel {name}", deal_id="D1")
        for place, name in enumerate(order)
    )
    amount = 979_272_289_735_092
    tables = Tables(touches, (Deal("D1", amount=amount, closed_at=CLOSE),))
    lines = at.attribute(tables.built(), "linear:per=channel").lines()
    expected = oracles.allocate(amount, oracles.linear_per_channel(touches))
    assert lines["credit_minor"].tolist() == expected


def test_time_decay_halves_with_each_half_life_before_the_anchor() -> None:
    # PostHog's case worked by hand: 4/7, 2/7, 1/7.
    touches = tuple(Touch(CLOSE - age * 7 * DAY, deal_id="D1") for age in (2, 1, 0))
    tables = Tables(touches, (Deal("D1", amount=700, closed_at=CLOSE),))
    lines = at.attribute(tables.built(), "time_decay").lines()
    assert lines["credit_minor"].tolist() == [100, 200, 400]


# ------------------------------------------- what other libraries shipped broken


def of_one_account(*closes: int, amount: int = 1_000) -> tuple[Deal, ...]:
    return tuple(
        Deal(f"D{place}", amount=amount, closed_at=close, account_id="A")
        for place, close in enumerate(closes, start=1)
    )


def test_each_deal_of_a_customer_sums_on_its_own() -> None:
    # tasman-dbt-mta PR 58 spread one share over a customer's lifetime.
    deals = of_one_account(CLOSE, CLOSE + 50 * DAY, CLOSE + 90 * DAY)
    touches = tuple(
        Touch(START + place * 20 * DAY, channel, account_id="A")
        for place, channel in enumerate("abcabcab")
    )
    journeys = Tables(touches, deals).built(Options(start="all"))
    lines = at.attribute(journeys, RULES).lines()
    sums = lines.groupby(["model", "deal_id"])["credit_minor"].sum()
    assert sums.index.size == len(RULES) * len(deals)
    assert set(sums) == {1_000}


@pytest.mark.parametrize(
    "late",
    [1, *(pytest.param(x, marks=pytest.mark.slow) for x in (DAY, 3 * 365 * DAY))],
)
@pytest.mark.parametrize("link", ["deal_id", "account_id", "contact_id"])
@pytest.mark.parametrize("sharing", ["each", "open"])
def test_a_touch_after_the_close_even_by_years_is_never_credited(
    late: int, link: str, sharing: str
) -> None:
    # aiku PR 2540 credited touches made years after the revenue.
    own = {"deal_id": "D1", "account_id": "A", "contact_id": "c"}
    touches = tuple(
        Touch(time, channel, **{link: own[link]})  # type: ignore[arg-type]
        for time, channel in ((CLOSE - 1, "before"), (CLOSE + late, "after"))
    )
    deal = replace(of_one_account(CLOSE)[0], created_at=START)
    tables = Tables(touches, (deal,), (("D1", "c"),))
    journeys = tables.built(Options(sharing=sharing))
    rows = at.attribute(journeys, RULES).by("channel", minor=True)
    assert set(rows["channel"]) == {"before"}
    assert set(rows["revenue_minor"]) == {1_000}
    assert journeys.set_aside()["row"].tolist() == [1]


def twice(deals: pd.DataFrame, **changed: object) -> pd.DataFrame:
    """Return the deals with their first row standing once more, ``changed``."""
    return pd.concat([deals, deals.head(1).assign(**changed)], ignore_index=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "3.00"}, {"currency": "USD"}, {"outcome": "lost"},
        {"closed_at": "2026-12-31T00:00:00Z"}, {"account_id": "B"}, {"owner": "x"},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_a_deal_that_stands_twice_with_different_values_is_an_error(
    changed: dict[str, object],
) -> None:
    # ai-tally PR 346 shipped revenue inflated 2.5 times by a join.
    tables = Tables((Touch(START, deal_id="D1"),), of_one_account(CLOSE))
    touches, deals, _ = tables.frames()
    deals["owner"] = "y"
    with pytest.raises(at.InputError) as caught:
        at.build_journeys(touches, twice(deals, **changed))
    assert [one.code for one in caught.value.issues] == ["I04"]


def test_a_deal_that_stands_twice_with_equal_values_counts_once() -> None:
    tables = Tables((Touch(START, deal_id="D1"),), of_one_account(CLOSE))
    touches, deals, _ = tables.frames()
    journeys = at.build_journeys(touches, twice(deals))
    rows = at.attribute(journeys, "linear").by("channel", minor=True)
    assert rows["revenue_minor"].tolist() == [1_000]
    assert journeys.set_aside()[["table", "row"]].values.tolist() == [["deals", 1]]


def test_touches_joined_to_two_rows_of_a_contact_count_once() -> None:
    # The same join, on the side of the buying committee.
    tables = Tables(
        (Touch(START, contact_id="c"),), of_one_account(CLOSE), (("D1", "c"),) * 3
    )
    assert tables.built().touch_count == 1


PATHS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=4),
        st.integers(0, 4),
        st.integers(0, 3),
    ).filter(lambda row: row[1] + row[2] > 0),
    min_size=1,
    max_size=4,
)
A_WIN = 144
"""Minor units a win: whole under every rule for up to four touches."""


def paths_credit(
    rows: Sequence[tuple[list[str], int, int]], model: str
) -> pd.DataFrame:
    """Return the credit of rows of path, wins and losses by channel."""
    journeys = at.journeys_from_paths(
        [path for path, _, _ in rows],
        wins=[wins for _, wins, _ in rows],
        losses=[losses for _, _, losses in rows],
        revenue=[wins * A_WIN / 100 for _, wins, _ in rows],
    )
    return at.attribute(journeys, model).by("channel", minor=True)


@pytest.mark.slow
@pytest.mark.parametrize("model", oracles.RATIONAL_RULES)
@given(rows=PATHS)
@examples(8, quick=3)
def test_grouped_and_raw_paths_give_equal_credits(
    model: str, rows: list[tuple[list[str], int, int]]
) -> None:
    # DP6 MAM #107 gave three totals for one data set, by how it was passed.
    single = [(path, 1, 0) for path, wins, _ in rows for _ in range(wins)]
    single += [(path, 0, 1) for path, _, losses in rows for _ in range(losses)]
    grouped, raw = (paths_credit(each, model) for each in (rows, single))
    money = ["channel", "revenue_minor", "currency"]
    pd.testing.assert_frame_equal(grouped[money], raw[money])
    wins = sum(wins for _, wins, _ in rows)
    for one, other in zip(grouped["wins"], raw["wins"], strict=True):
        assert abs(one - other) <= WINS_ERROR * 4 * (wins + len(rows))


@pytest.mark.slow
@pytest.mark.parametrize("model", oracles.RATIONAL_RULES)
@given(rows=PATHS)
@examples(8, quick=3)
def test_paths_and_tables_of_the_same_journeys_give_equal_credits(
    model: str, rows: list[tuple[list[str], int, int]]
) -> None:
    won = [path for path, wins, _ in rows for _ in range(wins)]
    touches = tuple(
        Touch(START + place, channel, deal_id=f"D{number}")
        for number, path in enumerate(won)
        for place, channel in enumerate(path)
    )
    deals = tuple(
        Deal(f"D{number}", amount=A_WIN, closed_at=CLOSE) for number in range(len(won))
    )
    tables = at.attribute(Tables(touches, deals).built(), model)
    from_tables = tables.by("channel", minor=True)
    from_paths = paths_credit([(path, 1, 0) for path in won] or rows, model)
    money = ["channel", "revenue_minor", "wins", "deals"]
    pd.testing.assert_frame_equal(from_tables[money], from_paths[money])


def test_a_fixed_journey_has_the_credits_worked_by_hand() -> None:
    touches = tuple(
        Touch(CLOSE - age * 7 * DAY, channel, deal_id="D1")
        for age, channel in ((3, "a"), (2, "b"), (1, "a"), (0, "c"))
    )
    tables = Tables(touches, (Deal("D1", amount=1_000, closed_at=CLOSE),))
    journeys = tables.built()
    assert {
        model: at.attribute(journeys, model).lines()["credit_minor"].tolist()
        for model in RULES
    } == {
        "first_touch": [1_000, 0, 0, 0],
        "last_touch": [0, 0, 0, 1_000],
        "linear": [250, 250, 250, 250],
        "linear:per=channel": [167, 333, 167, 333],
        "time_decay": [67, 133, 267, 533],
        "time_decay:half_life=1h": [0, 0, 0, 1_000],
    }


def test_a_model_is_chosen_by_its_exact_label() -> None:
    tables = Tables((Touch(START, deal_id="D1"),), of_one_account(CLOSE))
    credits = at.attribute(tables.built(), RULES)
    for model in RULES:
        assert credits.lines(model=model)["model"].tolist() == [model]
        assert credits.by("team", model=model)["model"].tolist() == [model]
