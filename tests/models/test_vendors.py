"""The figures that vendors and packages publish for their models."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from models.deals_at_hand import CLOSE, before, by_channel, deal, path, weights

import attribution as at

# Adobe's own example: $50, paid search 9 days before, social 6, e-mail and display 0.
ADOBE = [("search", 9), ("social", 6), ("mail", 0), ("shown", 0)]


@pytest.mark.parametrize(
    ("model", "cents"),
    [
        ("first_touch", [5000, 0, 0, 0]),
        ("linear", [1250, 1250, 1250, 1250]),
        ("j_shaped", [1000, 500, 500, 3000]),
        ("inverse_j", [3000, 500, 500, 1000]),
        ("u_shaped", [2000, 500, 500, 2000]),
        ("time_decay", [692, 932, 1688, 1688]),
    ],
)
def test_adobe_divides_50_dollars(model: str, cents: list[int]) -> None:
    found = by_channel(deal(ADOBE, amount=50), model)
    assert [found[name] for name, _ in ADOBE] == cents


def test_adobe_weights_of_time_decay() -> None:
    shares = weights(deal(ADOBE), "time_decay")
    published = [0.138467, 0.186362, 0.337586, 0.337586]
    assert shares == pytest.approx(published, abs=1e-6)


@pytest.mark.parametrize(
    ("model", "shares"),
    [("u_shaped", [0.5, 0.5]), ("j_shaped", [0.25, 0.75]), ("inverse_j", [0.75, 0.25])],
)
def test_adobe_leaves_the_middle_of_two_touches_out(
    model: str, shares: list[float]
) -> None:
    assert weights(path(2), model) == shares
    assert weights(path(1), model) == [1]


@pytest.mark.parametrize(
    ("convention", "shares"),
    [
        ("adobe", [0.375, 0.625]),
        ("hubspot", [0.375, 0.625]),
        ("marketo", [0.4, 0.6]),
        ("dp6", [0.4, 0.6]),
        ("posthog", [0.5, 0.5]),
    ],
)
def test_two_touches_under_30_20_50(convention: Any, shares: list[float]) -> None:
    model = at.models.Position(first=0.3, middle=0.2, last=0.5, convention=convention)
    assert weights(path(2), model) == pytest.approx(shares, abs=1e-15)
    even = at.models.Position(first=0.4, middle=0.2, last=0.4, convention=convention)
    assert weights(path(2), even) == [0.5, 0.5]
    assert weights(path(1), model) == [1]


def test_mta_divides_two_touches_without_a_middle() -> None:
    assert weights(path(2), "position:first=30,middle=0,last=70") == [0.3, 0.7]


def test_salesforce_and_tasman_u_shape() -> None:
    four = [("Email", 9), ("Meta", 5), ("LinkedIn", 3), ("Google", 1)]
    assert weights(deal(four), "u_shaped") == [0.4, 0.1, 0.1, 0.4]
    six = weights(path(6), "u_shaped")
    assert six == [0.4, 0.05, 0.05, 0.05, 0.05, 0.4]


def test_dp6_counts_whole_weeks() -> None:
    touches = [(f"t{hours}", hours / 24) for hours in (400, 200, 168, 100, 0)]
    shares = weights(deal(touches), "time_decay:convention=dp6")
    assert shares == pytest.approx([one / 13 for one in (1, 2, 2, 4, 4)], abs=1e-15)
    published = [0.068760, 0.156929, 0.179078, 0.237076, 0.358156]
    assert weights(deal(touches), "time_decay") == pytest.approx(published, abs=1e-6)


def test_posthog_takes_a_quarter_of_the_window_as_half_life() -> None:
    touches = [("a", 45), ("b", 22.5), ("c", 0)]
    journeys = deal(touches, options={"lookback": "90d"})
    shares = weights(journeys, "time_decay:convention=posthog")
    assert shares == pytest.approx([1 / 7, 2 / 7, 4 / 7], abs=1e-15)


def test_posthog_has_a_half_life_of_a_day_at_least() -> None:
    journeys = deal([("a", 1), ("b", 0)], options={"lookback": "2d"})
    shares = weights(journeys, "time_decay:convention=posthog")
    assert shares == pytest.approx([1 / 3, 2 / 3], abs=1e-15)


def test_posthog_gives_every_touch_of_the_first_instant_its_share() -> None:
    touches = [("a", 9), ("b", 9), ("c", 5), ("d", 1)]
    shares = weights(deal(touches), "u_shaped:convention=posthog")
    expected = [one / 1.3 for one in (0.4, 0.4, 0.1, 0.4)]
    assert shares == pytest.approx(expected, abs=1e-15)
    tied = deal([("a", 3), ("b", 3)])
    assert weights(tied, "u_shaped:convention=posthog") == [0.5, 0.5]


def test_rank_decays_of_shapley_attribution_and_mta() -> None:
    rank = weights(path(3), "time_decay:convention=rank")
    assert rank == pytest.approx([1 / 7, 2 / 7, 4 / 7], abs=1e-15)
    mta = weights(path(3), "time_decay:convention=mta")
    assert mta == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=1e-15)


def last_channel(path_text: str) -> str:
    journeys = at.journeys_from_paths([path_text], wins=[1])
    frame = at.attribute(journeys, "last_touch:skip=Direct").by("channel")
    return str(frame.loc[frame["wins"].idxmax(), "channel"])


@pytest.mark.parametrize(
    ("path_text", "taker"),
    [
        ("Display > Social > Paid Search > Organic", "Organic"),
        ("Display > Social > Paid Search > Direct", "Paid Search"),
        ("Display > Direct > Direct", "Display"),
        ("Direct > Direct", "Direct"),
    ],
)
def test_google_analytics_last_non_direct(path_text: str, taker: str) -> None:
    assert last_channel(path_text) == taker


# ------------------------------------------------------------------------ milestones

# Marketo's deal of two people: the opportunity is made in March, closed in May.
TWO_PEOPLE = [
    ("Facebook visit", "2019-08-26T09:00Z"),
    ("AdWords visit", "2019-09-01T09:00Z"),
    ("Google form", "2019-11-20T09:00Z"),
    ("Yahoo form", "2020-02-20T09:00Z"),
    ("Webinar form", "2020-03-04T09:00Z"),
    ("Email form", "2020-05-01T09:00Z"),
]
FORMS = tuple(name for name, _ in TWO_PEOPLE if name.endswith("form"))


def two_people(**dates: str) -> Any:
    given: dict[str, Any] = {
        "lead_at": "2019-11-20",
        "opportunity_at": "2020-03-07",
        "closed_at": "2020-05-06",
    }
    return deal(TWO_PEOPLE, **{**given, **dates})


@pytest.mark.parametrize(
    ("model", "percents"),
    [
        (at.models.FullPath, [22.5, 0, 22.5, 10, 22.5, 22.5]),
        (at.models.WShaped, [30, 0, 30, 10, 30, 0]),
        (at.models.UShaped, [50, 0, 50, 0, 0, 0]),
    ],
)
@pytest.mark.parametrize("lead_at", ["2019-11-20", "2019-11-20T08:30:00Z"])
def test_marketo_divides_the_deal_of_two_people(
    model: Any, percents: list[float], lead_at: str
) -> None:
    # Only forms can lie between: a visit counts where it holds a milestone.
    rule = model(convention="marketo", holders={"middle": FORMS})
    found = by_channel(two_people(lead_at=lead_at), rule)
    assert [found[name] / 100 for name, _ in TWO_PEOPLE] == percents


@pytest.mark.parametrize("convention", [None, "marketo"])
def test_marketo_w_shape_of_five_touches(convention: Any) -> None:
    journeys = path(5, lead_at=before(2), opportunity_at=before(0))
    shares = weights(journeys, at.models.WShaped(convention=convention))
    assert shares == [0.3, 0.05, 0.3, 0.05, 0.3]


def test_tasman_w_shape_ends_at_the_purchase() -> None:
    shares = {"first": 0.3, "lead": 0.3, "closed": 0.3, "middle": 0.1}
    journeys = path(7, lead_at=before(4))
    found = weights(journeys, at.models.Milestone(shares=shares))
    assert found == [0.3, 0.025, 0.3, 0.025, 0.025, 0.025, 0.3]


def test_hubspot_u_shape_gives_the_rest_to_all_others() -> None:
    journeys = path(6, lead_at=before(3), opportunity_at=before(1))
    found = weights(journeys, "u_shaped:convention=hubspot")
    assert found == [0.4, 0.05, 0.4, 0.05, 0.05, 0.05]


def test_hubspot_w_shape_holds_the_creation_of_the_deal() -> None:
    journeys = path(5, lead_at=before(3), created_at=before(1))
    shares = {"first": 0.3, "lead": 0.3, "created": 0.3, "middle": 0.1}
    found = weights(journeys, at.models.Milestone(shares=shares))
    assert found == [0.3, 0.3, 0.1, 0.3, 0]


def test_marketo_assumes_a_skipped_stage_at_the_next_one() -> None:
    shares = {"first": 0.3, "sal": 0.2, "opportunity": 0.3, "middle": 0.2}
    journeys = path(4, opportunity_at=before(1))
    marketo = at.models.Milestone(shares=shares, convention="marketo")
    assert weights(journeys, marketo) == [0.3, 0.2, 0.5, 0]
    plain = at.models.Milestone(shares=shares)
    assert weights(journeys, plain) == pytest.approx([0.4, 0.2, 0.4, 0])


def test_marketo_gives_an_empty_middle_to_the_stages_evenly() -> None:
    shares = {"first": 0.5, "opportunity": 0.3, "middle": 0.2}
    journeys = path(2, opportunity_at=before(0))
    marketo = at.models.Milestone(shares=shares, convention="marketo")
    assert weights(journeys, marketo) == [0.6, 0.4]
    assert weights(journeys, at.models.Milestone(shares=shares)) == [0.625, 0.375]


def test_one_touch_takes_all_the_milestones_that_it_holds() -> None:
    journeys = path(1, lead_at=CLOSE, opportunity_at=CLOSE)
    for model in ("w_shaped", "full_path", "w_shaped:convention=marketo"):
        assert weights(journeys, model) == [1]
    two = path(2, lead_at=before(1), opportunity_at=before(1))
    assert weights(two, "full_path") == [0.75, 0.25]


def test_thirds_of_a_cent_are_exact() -> None:
    journeys = deal([(f"t{day}", day) for day in range(9, 0, -1)], amount=10.01)
    found = by_channel(journeys, "j_shaped")
    quotas = [Fraction(1001, 5), *[Fraction(1001, 35)] * 7, Fraction(3003, 5)]
    assert sum(found.values()) == 1001
    assert all(abs(found[f"t{9 - at}"] - quota) < 1 for at, quota in enumerate(quotas))
