"""``coverage``: what won money lacks, against a plain count of the same tables."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import strategies
from examples import examples
from hypothesis import given

import attribution as at

if TYPE_CHECKING:
    from oracles import Options
    from strategies import Tables

TOUCHES = """\
touch_id,time,team,channel,deal_id,account_id
t1,2026-01-02T00:00:00Z,marketing,ad,D1,
t2,2026-01-03T00:00:00Z,sales,call,D1,
t3,2026-01-04T00:00:00Z,sales,call,D2,
t4,2026-01-05T00:00:00Z,sales,mail,D2,
t5,2026-01-05T00:00:00Z,sales,mail,,A9
t6,2026-01-05T00:00:00Z,marketing,ad,,A9
t7,2026-01-05T00:00:00Z,marketing,web,,
t8,2026-05-05T00:00:00Z,marketing,ad,D3,
t9,2026-01-05T00:00:00Z,sales,call,L1,
"""
DEALS = """\
deal_id,amount,currency,outcome,closed_at,owner
D1,100,EUR,won,2026-02-01T00:00:00Z,Bo
D2,50,EUR,won,2026-02-02T00:00:00Z,Al
D3,40,EUR,won,2026-03-01T00:00:00Z,Bo
D4,10,EUR,won,2026-03-01T00:00:00Z,
D5,7,JPY,won,2026-03-01T00:00:00Z,Al
L1,99,EUR,lost,2026-03-01T00:00:00Z,Al
"""
CONTACTS = """\
deal_id,contact_id
D2,c1
D2,c1
D2,c2
D4,c3
"""
LINE = "Credit is a division by rule, not a measured effect; "


def built(*, contacts: bool = True, **options: Any) -> at.Journeys:
    tables = [
        pd.read_csv(io.StringIO(text), dtype=str) for text in (TOUCHES, DEALS, CONTACTS)
    ]
    people = tables[2] if contacts else None
    return at.build_journeys(*tables[:2], contacts=people, **options)


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


FOUND = at.coverage(built())


def test_each_definition_has_its_money_its_share_and_its_deals() -> None:
    found = FOUND.frame()
    assert list(found.columns) == [
        "definition", "revenue", "currency", "share", "deals",
    ]  # fmt: skip
    assert rows(found[found["currency"] == "EUR"]) == [
        ("won", 200.0, "EUR", 1.0, 4),
        ("without any touch", 50.0, "EUR", 0.25, 2),
        ("without a marketing touch", 100.0, "EUR", 0.5, 3),
        ("without a marketing touch: no contact linked", 40.0, "EUR", 0.2, 1),
        ("without a marketing touch: contacts linked", 60.0, "EUR", 0.3, 2),
        ("without a sales touch", 50.0, "EUR", 0.25, 2),
    ]
    assert set(found[found["currency"] == "JPY"]["share"]) == {1.0, 0.0}


def test_minor_units_are_integers() -> None:
    found = FOUND.frame(minor=True)
    assert found["revenue_minor"].dtype == "int64"
    assert found["revenue_minor"].tolist()[:2] == [20000, 5000]
    assert found[found["currency"] == "JPY"]["revenue_minor"].iloc[0] == 7


def test_without_contacts_nobody_guesses_whether_marketing_could_be_seen() -> None:
    found = at.coverage(built(contacts=False))
    assert rows(found.frame())[3] == (
        "without a marketing touch: contacts not given", 100.0, "EUR", 0.5, 3,
    )  # fmt: skip
    assert len(found.frame()) == 10
    for text in (repr(found), found._repr_html_()):
        assert "No table of contacts was given" in text
    assert "No table of contacts" not in repr(FOUND)


def test_by_month_and_by_owner_split_the_same_money() -> None:
    months = FOUND.by("month")
    assert months.columns[0] == "month"
    untouched = months[months["definition"] == "without any touch"]
    assert rows(untouched[["month", "revenue", "currency", "share"]]) == [
        ("2026-02", 0.0, "EUR", 0.0),
        ("2026-03", 50.0, "EUR", 1.0),
        ("2026-03", 7.0, "JPY", 1.0),
    ]
    owners = FOUND.frame("owner")
    own = owners[owners["definition"] == "without a marketing touch"]
    assert rows(own[["owner", "revenue", "currency", "deals"]]) == [
        ("Al", 50.0, "EUR", 1), ("Al", 7.0, "JPY", 1),
        ("Bo", 40.0, "EUR", 1), ("(none)", 10.0, "EUR", 1),
    ]  # fmt: skip
    for name in ("month", "quarter", "owner", "account"):
        whole = FOUND.by(name, minor=True).groupby(["definition", "currency"])
        expected = FOUND.frame(minor=True).groupby(["definition", "currency"])
        for column in ("revenue_minor", "deals"):
            pd.testing.assert_series_equal(whole[column].sum(), expected[column].sum())


@pytest.mark.parametrize("name", ["ownr", "definition", 7, ["month"]])
def test_a_group_that_is_no_column_of_deals_is_p09(name: Any) -> None:
    with pytest.raises(at.InputError, match="P09"):
        FOUND.by(name)


def test_touches_of_won_deals_are_counted_by_team() -> None:
    assert rows(FOUND.touches()) == [
        ("marketing", 1, 1, 0.2), ("sales", 3, 2, 0.6),
    ]  # fmt: skip


def test_touches_without_a_deal_are_counted_by_kind() -> None:
    assert rows(FOUND.unlinked()) == [
        ("marketing", "ad", 1), ("marketing", "web", 1), ("sales", "mail", 1),
    ]  # fmt: skip


def test_kinds_that_are_more_than_half_of_their_team_count_rows_set_aside_too() -> None:
    assert rows(FOUND.kinds()) == [
        ("marketing", "ad", 3, 0.75),
        ("sales", "call", 3, 0.6),
    ]


def test_a_row_in_two_deals_is_one_row_of_its_kind() -> None:
    touches = pd.DataFrame(
        {
            "time": "2026-01-05T00:00:00Z", "team": "sales",
            "channel": ["call", "mail"], "account_id": ["A", "B"],
        }
    )  # fmt: skip
    deals = pd.read_csv(io.StringIO(DEALS)).head(3).assign(account_id=["A", "A", "B"])
    journeys = at.build_journeys(touches, deals, start="all")
    assert journeys.touch_count == 3
    assert at.coverage(journeys).kinds().empty


def test_every_text_ends_with_the_line_of_law_6() -> None:
    assert repr(FOUND).splitlines()[-1].startswith(LINE)
    assert LINE in FOUND._repr_html_().rsplit("<p>", 1)[1]
    lines = [line.split() for line in repr(FOUND).splitlines()]
    assert ["without", "any", "touch", "50.00", "EUR", "25", "%", "2"] in lines
    assert FOUND._repr_html_().count("<table>") == 4


def test_the_text_of_parts_without_rows_is_left_out() -> None:
    found = repr(at.coverage(built().select(built().deal_id == "L1")))
    assert "nothing is won" in found
    assert "Touches of won deals" in found
    assert "Won money" not in found


def test_labels_are_inert_in_html() -> None:
    touches = pd.read_csv(io.StringIO(TOUCHES)).replace({"ad": "<script>"})
    journeys = at.build_journeys(touches, pd.read_csv(io.StringIO(DEALS)))
    html = at.coverage(journeys)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_paths_weigh_by_how_often_they_were_taken() -> None:
    teams = {"ad": "marketing", "call": "sales"}
    journeys = at.journeys_from_paths(
        ["ad > call", "ad"], wins=[3, 1], losses=[0, 5], teams=teams
    )
    found = at.coverage(journeys)
    assert rows(found.frame())[-1] == ("without a sales touch", 0.0, "XXX", 0.25, 1)
    assert rows(found.touches()) == [("marketing", 4, 4, 1.0), ("sales", 3, 3, 0.75)]
    assert rows(found.kinds()) == [
        ("marketing", "ad", 9, 1.0),
        ("sales", "call", 3, 1.0),
    ]


def test_what_is_no_journeys_is_refused() -> None:
    with pytest.raises(at.InputError):
        at.coverage(pd.DataFrame())


def test_parts_put_together_cover_the_same() -> None:
    journeys = built(as_of="2026-06-01")
    odd = journeys.deal_id == "D2"
    frames = []
    for whole in (journeys, at.concat([journeys.select(odd), journeys.select(~odd)])):
        found = at.coverage(whole)
        frames.append([found.frame(), found.by("owner"), found.touches()])
    for one, other in zip(*frames, strict=True):
        pd.testing.assert_frame_equal(one, other)


@given(strategies.tables(), strategies.rule_sets())
@examples(15)
def test_money_lacking_touches_is_that_of_a_plain_count(
    tables: Tables, options: Options
) -> None:
    plain = tables.built_plainly(options)
    people = {deal: {c for d, c in tables.contacts if d == deal} for deal in plain.ends}
    expected: dict[tuple[str, str], tuple[int, int]] = {}
    money: dict[str, list[int]] = {}
    for deal in tables.deals:
        if plain.outcomes[deal.deal_id] != "won":
            continue
        teams = {tables.touches[row].team for row in plain.journeys[deal.deal_id]}
        blind = "marketing" not in teams
        own = {
            "won": True,
            "without any touch": not teams,
            "without a marketing touch": blind,
            "without a marketing touch: no contact linked": (
                blind and not people[deal.deal_id]
            ),
            "without a marketing touch: contacts linked": (
                blind and bool(people[deal.deal_id])
            ),
            "without a sales touch": "sales" not in teams,
        }
        money.setdefault(deal.currency, []).append(deal.amount)
        for name, met in own.items():
            revenue, count = expected.get((name, deal.currency), (0, 0))
            expected[name, deal.currency] = (
                revenue + met * deal.amount, count + met,
            )  # fmt: skip
    found = at.coverage(tables.built(options)).frame(minor=True)
    assert {
        (name, currency): (revenue, count)
        for name, revenue, currency, _, count in rows(found)
    } == expected
    for name, revenue, currency, share, count in rows(found):
        total = sum(money[currency])
        exact = (
            Fraction(revenue, total) if total else Fraction(count, len(money[currency]))
        )
        assert share == pytest.approx(float(exact), abs=1e-12), name
