"""ChannelAttribution's PathData: aggregated paths with wins, losses and revenue."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import pytest

import attribution as at

PLACES = 9
HEURISTICS = {
    "first_touch": "first_touch",
    "last_touch": "last_touch",
    "linear": "linear_touch",
}


def by_channel(credits: at.Credits, name: str, **options: Any) -> dict[str, float]:
    frame = credits.by("channel", **options)
    return dict(zip(frame["channel"], frame[name].tolist(), strict=True))


def units(text: str) -> int:
    """Return a revenue in units of 10^-9, a tie to the even unit."""
    scaled = Decimal(text).scaleb(PLACES)
    return int(scaled.to_integral_value(rounding=ROUND_HALF_EVEN))


def parts(steps: list[str]) -> dict[str, Counter[str]]:
    """Return each rule's parts of each channel of one path, of ``len(steps)``."""
    first, last = ({steps[place]: len(steps)} for place in (0, -1))
    rules = (Counter(first), Counter(last), Counter(steps))
    return dict(zip(HEURISTICS, rules, strict=True))


@pytest.fixture(scope="module")
def plain_losses(paths: Any) -> dict[str, dict[str, Fraction]]:
    """Return the lost deals of each rule and channel, path by path, exactly."""
    found: Counter[tuple[str, str, int]] = Counter()
    for path, text in zip(paths["path"], paths["total_null"], strict=True):
        steps = path.split(" > ")
        for rule, own in parts(steps).items():
            for name, part in own.items():
                found[rule, name, len(steps)] += part * int(float(text))
    losses: dict[str, dict[str, Fraction]] = {rule: {} for rule in HEURISTICS}
    for (rule, name, length), number in found.items():
        one = losses[rule].get(name, Fraction(0))
        losses[rule][name] = one + Fraction(number, length)
    return losses


@pytest.fixture(scope="module")
def merged(paths: Any) -> at.Credits:
    """Return the credit of PathData with each distinct path on one row."""
    wins: Counter[str] = Counter()
    losses: Counter[str] = Counter()
    revenue: Counter[str] = Counter()
    for path, won, value, lost in paths.itertuples(index=False):
        wins[path] += int(won)
        losses[path] += int(float(lost))
        revenue[path] += units(value)
    journeys = at.journeys_from_paths(
        list(wins),
        wins=list(wins.values()),
        losses=list(losses.values()),
        revenue=[Decimal(one).scaleb(-PLACES) for one in revenue.values()],
        decimals=PLACES,
    )
    return at.attribute(journeys, list(HEURISTICS))


def test_wins_losses_and_revenue_are_those_of_the_file(
    path_credits: at.Credits, paths: Any, expected: dict[str, Any]
) -> None:
    journeys = path_credits.journeys
    won, lost = journeys.span("won"), journeys.span("lost")
    assert len(paths) == 10_000
    assert int(journeys.count[won].sum()) == 19_785
    assert int(journeys.count[lost].sum()) == 68_602
    assert int(journeys.amount.sum()) == sum(
        units(value) for value in paths["total_conversion_value"]
    )
    value = sum(
        row["first_touch_value"] for row in expected["pathdata.heuristic"].values()
    )
    assert int(journeys.amount.sum()) / 10**PLACES == pytest.approx(value, abs=1e-6)
    assert journeys.issues.empty
    assert journeys.set_aside().empty


@pytest.mark.parametrize("rule", HEURISTICS)
def test_values_and_conversions_are_channelattributions(
    path_credits: at.Credits, expected: dict[str, Any], rule: str
) -> None:
    table = expected["pathdata.heuristic"]
    theirs = HEURISTICS[rule]
    values = {name: row[f"{theirs}_value"] for name, row in table.items()}
    wins = {name: row[f"{theirs}_conversions"] for name, row in table.items()}
    assert by_channel(path_credits, "revenue", model=rule) == pytest.approx(
        values, abs=1e-6
    )
    assert by_channel(path_credits, "wins", model=rule) == pytest.approx(wins, abs=1e-6)


@pytest.mark.parametrize("rule", HEURISTICS)
def test_float_totals_are_the_same_values(
    path_credits: at.Credits, expected: dict[str, Any], rule: str
) -> None:
    values = {
        name: row[f"{HEURISTICS[rule]}_value"]
        for name, row in expected["pathdata.heuristic"].items()
    }
    found = by_channel(path_credits, "revenue", model=rule, exact=False)
    assert found == pytest.approx(values, abs=1e-6)


@pytest.mark.parametrize("rule", HEURISTICS)
def test_lost_deals_are_divided_by_the_same_rule(
    path_credits: at.Credits, plain_losses: dict[str, dict[str, Fraction]], rule: str
) -> None:
    losses = {name: float(one) for name, one in plain_losses[rule].items()}
    found = by_channel(path_credits, "wins", model=rule, of="lost")
    assert found == pytest.approx(losses, abs=1e-5)
    assert sum(found.values()) == pytest.approx(68_602, abs=1e-6)


def test_each_rule_divides_the_whole_revenue(path_credits: at.Credits) -> None:
    frame = path_credits.by("channel", minor=True)
    totals = frame.groupby("model")["revenue_minor"].sum().to_dict()
    whole = int(path_credits.journeys.amount.sum())
    assert totals == dict.fromkeys(HEURISTICS, whole)


@pytest.mark.parametrize("rule", ["first_touch", "last_touch"])
def test_repeated_paths_on_one_row_give_the_very_same_money(
    path_credits: at.Credits, merged: at.Credits, rule: str
) -> None:
    assert len(merged.journeys) < len(path_credits.journeys)
    for name in ("revenue_minor", "wins", "deals"):
        as_given = by_channel(path_credits, name, model=rule, minor=True)
        assert by_channel(merged, name, model=rule, minor=True) == as_given


def test_repeated_paths_on_one_row_give_the_same_linear_totals(
    path_credits: at.Credits, merged: at.Credits
) -> None:
    for name in ("revenue", "wins"):
        as_given = by_channel(path_credits, name, model="linear")
        found = by_channel(merged, name, model="linear")
        assert found == pytest.approx(as_given, abs=1e-6)
    assert merged.journeys.amount.sum() == path_credits.journeys.amount.sum()


def test_one_row_a_conversion_gives_the_same_wins(
    path_credits: at.Credits, paths: Any
) -> None:
    counts = paths["total_conversions"].astype(int)
    each = paths["path"].repeat(counts).tolist()
    journeys = at.journeys_from_paths(each, wins=[1] * len(each))
    credits = at.attribute(journeys, list(HEURISTICS))
    for rule in HEURISTICS:
        as_given = by_channel(path_credits, "wins", model=rule)
        assert by_channel(credits, "wins", model=rule) == pytest.approx(
            as_given, abs=1e-5
        )
        assert by_channel(credits, "deals", model=rule) == by_channel(
            path_credits, "deals", model=rule
        )


def test_more_decimals_than_the_currency_has_are_refused(paths: Any) -> None:
    with pytest.raises(at.InputError, match="M04"):
        at.journeys_from_paths(
            paths, wins="total_conversions", revenue="total_conversion_value"
        )


def test_paths_have_no_times_to_decay(path_credits: at.Credits) -> None:
    with pytest.raises(at.InputError, match="P07"):
        at.attribute(path_credits.journeys, "time_decay")
