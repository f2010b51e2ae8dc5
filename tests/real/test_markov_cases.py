"""Removal effects that others have published or run, and their path transforms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.journeys.journeys import Journeys

SMALL = (
    "markov_analyzecore_c1c2c3",
    "markov_puzyrov_googleads_mailing",
    "markov_doattr_fail_500",
    "markov_doattr_weights",
)
LARGE = {
    "pathdata_markov1_conversions": "effects",
    "pathdata_markov1_value": "value",
}
TRANSFORMS = ("path_transforms_fractribution", "path_transforms_snowplow_remove")
KINDS = {"markov_removal", "markov_removal_value", "path_transforms"}

REVENUE_LIMIT = {
    "alpha": 18799.171, "iota": 14978.437, "eta": 12991.737, "beta": 9687.809,
    "theta": 7511.048, "lambda": 5142.720, "epsilon": 2348.654, "zeta": 1468.703,
    "kappa": 1136.093, "gamma": 719.237, "delta": 13.918, "mi": 5.445,
}  # fmt: skip
"""Revenue of PathData, ends weighed by value: what ChannelAttribution tends to."""

RAW_RATE = 19_785 / (19_785 + 68_602)
ALPHA = {1: 0.558, 2: 0.548, 3: 0.546, 4: 0.545}
"""Its effect tends to the share of won paths that hold it, 0.543."""


def column(found: Any, name: str) -> dict[str, float]:
    return dict(zip(found["player"], found[name].tolist(), strict=True))


@pytest.fixture(scope="module")
def pathdata(path_credits: at.Credits) -> Journeys:
    return path_credits.journeys


@pytest.fixture(scope="module")
def fitted(pathdata: Journeys) -> at.Fitted:
    return at.fit(pathdata, "markov")


@pytest.mark.parametrize("name", SMALL)
def test_small_chains_have_their_published_effects_and_shares(
    oracles: dict[str, Any], name: str
) -> None:
    case = oracles[name]
    given, expected = case["input"], case["expected"]
    paths = at.journeys_from_paths(
        given["paths"], wins=given["conversions"], losses=given["nulls"]
    )
    found = at.fit(paths, at.models.Markov(order=given["order"]))
    assert found.win_rate == pytest.approx(expected["p_conversion"], abs=1e-12)
    for ours, theirs in (("removal_effect", "removal_effect"), ("share", "share")):
        assert column(found.table(), ours) == pytest.approx(expected[theirs], abs=1e-12)
    published = case["published"]["re"]
    if published:
        assert column(found.table(), "removal_effect") == pytest.approx(
            published, abs=case["tolerance_vs_published"]
        )


def test_the_effects_of_mta_are_those_of_its_own_tests(shared: Any) -> None:
    cases = json.loads((shared / "expected.json").read_text())
    case = next(one for one in cases if one["id"] == "mta.three_paths")
    paths, wins, losses = zip(*case["input"]["rows"], strict=True)
    journeys = at.journeys_from_paths(paths, wins=wins, losses=losses)
    found = column(at.fit(journeys, "markov").table(), "removal_effect")
    assert found == pytest.approx(case["expected"]["markov"], abs=1e-12)
    shapley = at.attribute(journeys, "shapley").by("channel")
    wins_of = dict(zip(shapley["channel"], shapley["wins"].tolist(), strict=True))
    assert wins_of == pytest.approx(case["expected"]["shapley"], abs=1e-8)


@pytest.mark.parametrize("name", LARGE)
def test_effects_on_pathdata_are_those_of_the_closed_form(
    oracles: dict[str, Any], fitted: at.Fitted, name: str
) -> None:
    case = oracles[name]
    found = column(fitted.table(LARGE[name]), "removal_effect")
    assert found == pytest.approx(case["expected"]["removal_effect"], abs=1e-11)
    simulated = case["published"]["re_simulated"]
    for channel, effect in simulated.items():
        assert found[channel] == pytest.approx(
            effect, abs=case["tolerance_vs_published"]
        )


@pytest.mark.parametrize("of", ["with_null", "conversions_only"])
def test_conversions_on_pathdata_are_those_of_the_closed_form(
    expected: dict[str, Any], pathdata: Journeys, of: str
) -> None:
    case = expected[f"pathdata.markov1.{of}"]
    kept = pathdata.outcome >= (0 if of == "with_null" else 1)
    fitted = at.fit(pathdata.select(kept), "markov")
    assert fitted.win_rate == pytest.approx(
        case["base_conversion_probability"], abs=1e-12
    )
    table = fitted.table()
    assert column(table, "removal_effect") == pytest.approx(
        case["removal_effects"], abs=1e-11
    )
    assert column(table, "wins") == pytest.approx(
        case["attributed_conversions"], rel=1e-9
    )
    assert table["wins"].sum() == pytest.approx(19_785, abs=1e-6)


def test_revenue_on_pathdata_has_its_published_limit(fitted: at.Fitted) -> None:
    table = fitted.table("value")
    assert column(table, "revenue") == pytest.approx(REVENUE_LIMIT, abs=6e-4)
    whole = fitted.table()["revenue"].sum()
    assert table["revenue"].sum() == pytest.approx(whole, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_every_order_has_the_raw_win_rate_and_nears_participation(
    pathdata: Journeys, order: int
) -> None:
    found = at.fit(pathdata, f"markov:order={order}")
    assert found.win_rate == pytest.approx(RAW_RATE, abs=1e-12)
    alpha = column(found.table(), "removal_effect")["alpha"]
    assert alpha == pytest.approx(ALPHA[order], abs=1e-3)


def test_self_loops_on_pathdata_change_not_a_byte(
    pathdata: Journeys, fitted: at.Fitted
) -> None:
    collapsed = at.transforms.exposure(pathdata)
    assert collapsed.touch_count < pathdata.touch_count
    again = at.fit(collapsed, "markov")
    assert again.table().equals(fitted.table())


def test_credit_on_pathdata_divides_every_win_and_all_revenue(
    pathdata: Journeys, fitted: at.Fitted
) -> None:
    found = at.attribute(pathdata, fitted).by("channel", minor=True)
    assert found["revenue_minor"].sum() == pathdata.amount.sum()
    assert found["wins"].sum() == pytest.approx(19_785, abs=1e-4)
    assert set(found["channel"]) == set(fitted.table()["player"])


# ---------------------------------------------------------------- path transforms

NAMED: dict[str, Callable[[Journeys, str], Journeys]] = {
    "unique": lambda paths, _: at.transforms.unique(paths),
    "exposure": lambda paths, _: at.transforms.exposure(paths),
    "first": lambda paths, _: at.transforms.first(paths),
    "frequency": lambda paths, _: at.transforms.frequency(paths),
    "remove_if_not_all": at.transforms.remove_if_not_all,
    "remove_if_last_and_not_all": at.transforms.remove_if_last_and_not_all,
    "trim_long_path_2": lambda paths, _: at.transforms.trim(paths, 2),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_path_transforms_give_the_published_paths(
    oracles: dict[str, Any], name: str
) -> None:
    case = oracles[name]
    paths = at.journeys_from_paths([case["input"]["path"]], wins=[1])
    target = case["input"].get("target", "")
    found = {
        key: NAMED[key](paths, target).to_frame()["channel"].tolist()
        for key in case["expected"]
    }
    assert found == case["expected"]


def test_every_case_of_these_kinds_is_tested(oracles: dict[str, Any]) -> None:
    cases = {name for name, case in oracles.items() if case["kind"] in KINDS}
    assert cases == {*SMALL, *LARGE, *TRANSFORMS}
