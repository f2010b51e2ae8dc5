"""Which touches count in which deal: the library against the plain build."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import sample_at_hand
import strategies
from examples import examples
from hypothesis import event, given, settings
from hypothesis import strategies as st
from oracles import DAY, Deal, Options, Touch
from strategies import START, Tables

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.intake.options import Sharing, Start
    from attribution.journeys.journeys import Journeys

ALIKE = st.one_of(strategies.tables(), strategies.tables(alike=True))
QUICK, SLOW = 12, 400
"""Examples of small tables, about 20 ms each."""

CLOSE = START + 100 * DAY
STARTS: tuple[Start, ...] = ("previous_won", "previous_close", "opportunity", "all")
SHARINGS: tuple[Sharing, ...] = ("each", "open")


def journeys_of(journeys: Journeys) -> dict[str, list[strategies.Shown]]:
    """Return each deal's touches in order, as the frame shows them."""
    frame = journeys.to_frame(personal=True)
    found: dict[str, list[strategies.Shown]] = {
        deal_id: [] for deal_id in journeys.deals()["deal_id"]
    }
    for deal_id, touch in zip(
        frame["deal_id"], strategies.shown_rows(frame), strict=True
    ):
        found[deal_id].append(touch)
    return found


def reasons_of(journeys: Journeys) -> dict[str, str]:
    """Return why each deal without touches has none."""
    deals = journeys.deals()
    reasons = strategies.present(deals["unattributed"])
    named = zip(deals["deal_id"], reasons, strict=True)
    return {deal_id: reason for deal_id, reason in named if reason is not None}


def aside_of(journeys: Journeys) -> list[tuple[int, str, str | None]]:
    """Return row, code and deal of every touch that is in no journey, by row."""
    aside = journeys.set_aside()
    aside = aside[aside["table"] == "touches"].sort_values("row", kind="stable")
    deals = strategies.present(aside["deal"])
    return list(zip(aside["row"], aside["code"], deals, strict=True))


def linked_by(journeys: Journeys) -> dict[int, str]:
    """Return the link of each row that is in a journey."""
    links = journeys.to_frame()["link"].tolist()
    return dict(zip(journeys.row.tolist(), links, strict=True))


def check_against_oracle(tables: Tables, options: Options) -> None:
    expected = tables.built_plainly(options)
    journeys = tables.built(options)
    deals = journeys.deals()
    outcomes = dict(zip(deals["deal_id"], deals["outcome"], strict=True))
    assert list(outcomes.items()) == list(expected.outcomes.items())
    assert journeys_of(journeys) == {
        deal_id: [
            strategies.shown(tables.touches[row], expected.times[row, deal_id])
            for row in rows
        ]
        for deal_id, rows in expected.journeys.items()
    }
    assert reasons_of(journeys) == expected.reasons
    assert aside_of(journeys) == [
        (row, *told) for row, told in sorted(expected.aside.items())
    ]
    used = {row for rows in expected.journeys.values() for row in rows}
    assert linked_by(journeys) == {row: expected.ways[row] for row in used}
    for reason in expected.reasons.values():
        event(f"reason: {reason}")
    for code, _ in expected.aside.values():
        event(f"code: {code}")


def check_nothing_is_lost(tables: Tables, journeys: Journeys) -> None:
    used = set(journeys.row.tolist())
    aside = [row for row, _, _ in aside_of(journeys)]
    assert sorted([*used, *aside]) == list(range(len(tables.touches)))
    strays = journeys.set_aside()
    strays = strays[strays["table"] == "contacts"]
    known = {deal.deal_id for deal in tables.deals}
    assert sorted(strays["row"]) == [
        row for row, (name, _) in enumerate(tables.contacts) if name not in known
    ]


@given(strategies.tables(), strategies.option_sets())
@examples(QUICK)
def test_journeys_are_those_of_the_plain_build_under_every_option(
    tables: Tables, options: Options
) -> None:
    check_against_oracle(tables, options)


@given(ALIKE, strategies.rule_sets())
@examples(2 * QUICK)
def test_journeys_are_those_of_the_plain_build_under_every_rule(
    tables: Tables, options: Options
) -> None:
    check_against_oracle(tables, options)


@pytest.mark.slow
@given(ALIKE, strategies.rule_sets())
@settings(max_examples=SLOW)
def test_400_tables_are_those_of_the_plain_build_under_every_rule(
    tables: Tables, options: Options
) -> None:
    check_against_oracle(tables, options)
    check_nothing_is_lost(tables, tables.built(options))


@pytest.mark.slow
@given(strategies.tables(), strategies.option_sets())
@settings(max_examples=SLOW)
def test_1500_tables_are_those_of_the_plain_build_under_every_option(
    tables: Tables, options: Options
) -> None:
    check_against_oracle(tables, options)


@given(strategies.tables(), strategies.option_sets())
@examples(QUICK // 2)
def test_every_row_is_used_or_set_aside_exactly_once(
    tables: Tables, options: Options
) -> None:
    check_nothing_is_lost(tables, tables.built(options))


@given(
    st.data(),
    st.one_of(strategies.tables(), ALIKE),
    st.one_of(strategies.option_sets(), strategies.rule_sets()),
)
@examples(QUICK, quick=1)
def test_the_order_of_rows_changes_no_journey(
    data: st.DataObject, tables: Tables, options: Options
) -> None:
    shuffled = Tables(
        tuple(data.draw(st.permutations(tables.touches))),
        tuple(data.draw(st.permutations(tables.deals))),
        tuple(data.draw(st.permutations(tables.contacts))),
    )
    one, other = tables.built(options), shuffled.built(options)
    frames = one.to_frame(personal=True), other.to_frame(personal=True)
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    pd.testing.assert_frame_equal(one.deals(), other.deals(), check_exact=True)


# ------------------------------------------------------------- one fact, one table


def single(
    touches: Sequence[Touch], deals: Sequence[Deal], *contacts: tuple[str, str]
) -> Tables:
    return Tables(tuple(touches), tuple(deals), contacts)


def used_by(tables: Tables, options: Options | None = None) -> dict[str, list[int]]:
    """Return the rows of each journey, by row."""
    journeys = tables.built(options)
    rows, ends = journeys.row.tolist(), journeys.offsets.tolist()
    names = journeys.deals()["deal_id"]
    return {
        name: sorted(rows[ends[place] : ends[place + 1]])
        for place, name in enumerate(names)
    }


def test_a_row_links_by_deal_else_contact_else_account() -> None:
    deals = [
        Deal("D1", closed_at=CLOSE),
        Deal("D2", closed_at=CLOSE),
        Deal("D3", closed_at=CLOSE, account_id="A"),
    ]
    every = Touch(START, deal_id="D1", contact_id="c", account_id="A")
    rows = [
        every,
        replace(every, deal_id="D?"),
        replace(every, deal_id=None),
        replace(every, deal_id=None, contact_id="c?"),
        replace(every, deal_id="D?", contact_id=None),
    ]
    tables = single(rows, deals, ("D2", "c"))
    assert used_by(tables, Options(start="all")) == {
        "D1": [0], "D2": [1, 2], "D3": [3, 4],
    }  # fmt: skip


EDGES = {
    "at the close": (CLOSE, True),
    "after the close": (CLOSE + 1, False),
    "at the lookback": (CLOSE - 10 * DAY, True),
    "before the lookback": (CLOSE - 10 * DAY - 1, False),
}


@pytest.mark.parametrize(("time", "inside"), EDGES.values(), ids=EDGES)
def test_both_edges_of_the_window_are_inside(time: int, inside: bool) -> None:
    tables = single(
        [Touch(time, deal_id="D1")],
        [Deal("D1", closed_at=CLOSE), Deal("D2", closed_at=CLOSE + 9 * DAY)],
    )
    found = used_by(tables, Options(lookback=10 * DAY))
    assert found == {"D1": [0] if inside else [], "D2": []}


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["won", "lost"])
@pytest.mark.parametrize("start", ["previous_won", "previous_close", "all"])
@pytest.mark.parametrize("link", ["account_id", "contact_id", "deal_id"])
def test_the_previous_close_ends_what_came_before_it_unless_the_row_names_its_deal(
    outcome: str, start: str, link: str
) -> None:
    before = START + 50 * DAY
    deals = [
        Deal("D1", outcome=outcome, closed_at=before, account_id="A"),
        Deal("D2", closed_at=CLOSE, account_id="A"),
    ]
    own = {"account_id": "A", "contact_id": "c", "deal_id": "D2"}
    times = [before - 1, before, before + 1]
    rows = [Touch(time, **{link: own[link]}) for time in times]  # type: ignore[arg-type]
    found = used_by(single(rows, deals, ("D2", "c")), Options(start=start))
    barring = link != "deal_id" and (
        start == "previous_close" or (start == "previous_won" and outcome == "won")
    )
    assert found["D2"] == ([2] if barring else [0, 1, 2])


@pytest.mark.parametrize("start", ["previous_won", "previous_close"])
def test_a_deals_own_close_is_not_its_accounts_previous_close(start: str) -> None:
    # The opportunity is dated after the close (T13 reports it).
    late = Deal(
        "D1", closed_at=CLOSE, account_id="A", milestones={"opportunity": CLOSE + DAY}
    )
    tables = single([Touch(START, account_id="A")], [late])
    assert used_by(tables, Options(anchor="opportunity", start=start)) == {"D1": [0]}


@pytest.mark.parametrize("outcome", ["won", "lost"])
@pytest.mark.parametrize("start", ["previous_won", "previous_close"])
def test_a_close_after_a_deals_own_is_not_its_accounts_previous_close(
    outcome: str, start: str
) -> None:
    # Closed on day 10 with the opportunity dated day 20; another deal closes between.
    day = [START + place * DAY for place in range(30)]
    deals = [
        Deal(
            "D1",
            outcome=outcome,
            closed_at=day[10],
            account_id="A",
            milestones={"opportunity": day[20]},
        ),
        Deal("D2", closed_at=day[15], account_id="A"),
    ]
    tables = single([Touch(day[12], account_id="A")], deals)
    found = used_by(tables, Options(anchor="opportunity", start=start))
    assert found["D1"] == [0]


OPEN_DEALS = {
    "open at its instant": (10 * DAY, ["D1"]),
    "at its creation": (DAY, ["D1"]),
    "at its close": (30 * DAY, ["D2"]),
    "open in both": (15 * DAY, ["D1", "D2"]),
    "90 days before the next": (DAY - 90 * DAY, ["D1"]),
    "more than 90 days before": (DAY - 90 * DAY - 1, []),
    "after all closes": (31 * DAY, []),
}


@pytest.mark.parametrize(("time", "names"), OPEN_DEALS.values(), ids=OPEN_DEALS)
def test_open_sharing_counts_a_row_in_open_deals_else_the_next_one(
    time: int, names: list[str]
) -> None:
    first = START + 100 * DAY
    deals = [
        Deal(
            name, created_at=first + a * DAY, closed_at=first + b * DAY, account_id="A"
        )
        for name, a, b in (("D1", 1, 20), ("D2", 15, 30))
    ]
    tables = single([Touch(first + time, account_id="A")], deals)
    found = used_by(tables, Options(sharing="open", start="all"))
    assert [name for name, rows in found.items() if rows] == names


REASONS = {
    "no anchor": [Touch(START, deal_id="D1")],
    "no touch linked": [Touch(START, deal_id="D?")],
    "outside the window": [Touch(START, deal_id="D1"), Touch(START + 1, deal_id="D1")],
    "after the anchor": [Touch(CLOSE + 1, deal_id="D1")],
    "several reasons": [Touch(START, deal_id="D1"), Touch(CLOSE + 1, deal_id="D1")],
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_deal_without_touches_says_why_in_its_table_and_in_the_credits(
    reason: str,
) -> None:
    anchor = "opportunity"
    opportunity = {} if reason == "no anchor" else {anchor: CLOSE}
    deal = Deal("D1", amount=995, closed_at=CLOSE + DAY, milestones=opportunity)
    tables = single(REASONS[reason], [deal])
    journeys = tables.built(Options(anchor=anchor, lookback=10 * DAY))
    assert reasons_of(journeys) == {"D1": reason}
    rows = at.attribute(journeys, "linear").by("team", minor=True)
    assert rows["team"].tolist() == [f"(unattributed: {reason})"]
    assert rows["revenue_minor"].tolist() == [995]


def test_a_day_only_touch_stands_at_noon_or_at_an_earlier_close_of_its_day() -> None:
    noon = CLOSE + DAY // 2
    touch = Touch(noon, deal_id="D1", day_only=True)
    for close, time in ((noon - 1, noon - 1), (noon, noon), (noon + 1, noon)):
        journeys = single([touch], [Deal("D1", closed_at=close)]).built()
        assert journeys.time is not None
        assert journeys.time.tolist() == [time]
    before = single([touch], [Deal("D1", closed_at=CLOSE - 1)])
    assert used_by(before) == {"D1": []}


def test_rows_that_differ_by_their_link_alone_stand_in_one_order() -> None:
    deal = Deal("D1", amount=1, closed_at=CLOSE, account_id="A")
    rows = [Touch(START, deal_id="D1"), Touch(START, account_id="A")]
    one, other = (
        at.attribute(single(order, [deal]).built(), "linear").by("link", minor=True)
        for order in (rows, rows[::-1])
    )
    pd.testing.assert_frame_equal(one, other)


def built_with_integer_ids() -> Journeys:
    times = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-03-01T00:00:00Z"]
    touches = pd.DataFrame(
        {"time": times, "team": "sales", "channel": "call", "deal_id": 7,
         "touch_id": [10, 9, 8]}
    )  # fmt: skip
    deals = pd.DataFrame(
        {"deal_id": [7, 10], "amount": 1, "outcome": "won", "currency": "EUR",
         "closed_at": "2026-02-01T00:00:00Z"}
    )  # fmt: skip
    return at.build_journeys(touches, deals)


def test_integer_touch_ids_are_shown_as_integers() -> None:
    journeys = built_with_integer_ids()
    assert journeys.to_frame()["touch_id"].tolist() == [10, 9]
    lines = at.attribute(journeys, "linear").lines()
    assert lines["touch_id"].tolist() == [10, 9]


def test_integer_deal_ids_of_rows_set_aside_are_those_of_the_deals() -> None:
    journeys = built_with_integer_ids()
    assert journeys.deals()["deal_id"].tolist() == [7, 10]
    assert journeys.set_aside()["deal"].tolist() == [7]


def faults(**options: Any) -> list[str]:
    touches, deals, contacts = sample_at_hand.sample()
    with pytest.raises(at.InputError) as caught:
        at.build_journeys(touches, deals, contacts=contacts, **options)
    return [one.code for one in caught.value.issues]


@pytest.mark.parametrize(
    ("name", "value"),
    [("anchor", "won"), ("start", "previous"), ("sharing", "split")],
)
def test_an_unknown_choice_is_an_error_that_names_the_choices(
    name: str, value: str
) -> None:
    assert faults(**{name: value}) == ["P04"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("sharing", SHARINGS)
def test_every_row_of_the_sample_is_used_or_set_aside(
    start: Start, sharing: Sharing
) -> None:
    touches, deals, contacts = sample_at_hand.sample()
    journeys = at.build_journeys(
        touches, deals, contacts=contacts, start=start, sharing=sharing
    )
    used = set(journeys.row.tolist())
    aside = [row for row, _, _ in aside_of(journeys)]
    assert sorted([*used, *aside]) == list(range(len(touches)))
