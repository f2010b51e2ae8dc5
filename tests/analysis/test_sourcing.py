"""``sourced``: four exclusive definitions side by side, and influence beside them."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import oracles_of_analysis as oracles
import pandas as pd
import pytest
import strategies as own
from hypothesis import given
from hypothesis import strategies as st
from oracles import DAY

import attribution as at
from attribution.errors import InputError

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

TOUCHES = """\
deal_id,time,team,channel
D1,2026-03-01T00:00:00Z,marketing,ad
D1,2026-03-02T00:30:00Z,sales,call
D1,2026-03-09T00:00:00Z,marketing,mail
D2,2026-03-01T00:00:00Z,sales,call
D2,2026-03-20T00:00:00Z,sales,demo
D3,2026-03-01T00:00:00Z,marketing,ad
L1,2026-03-01T00:00:00Z,marketing,ad
"""
DEALS = """\
deal_id,amount,currency,outcome,lead_at,opportunity_at,closed_at,declared_source
D1,100,EUR,won,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,2026-04-01T00:00:00Z,Sales
D2,50.5,EUR,won,2026-02-01T00:00:00Z,2026-03-02T00:00:00Z,2026-04-01T00:00:00Z,
D3,7,USD,won,,,2026-04-01T00:00:00Z,Trade show
D4,3,EUR,won,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,2026-04-01T00:00:00Z,marketing
L1,40,EUR,lost,,2026-03-02T00:00:00Z,2026-04-01T00:00:00Z,sales
"""


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str)


def built() -> Journeys:
    return at.build_journeys(frame_of(TOUCHES), frame_of(DEALS))


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


def test_each_definition_names_one_team_a_deal() -> None:
    found = at.sourced(built()).frame()
    columns = ["definition", "team", "revenue", "currency", "share", "deals"]
    assert list(found.columns) == columns
    named = [row[:4] + row[5:] for row in rows(found)]
    assert named == [
        ("declared_source", "sales", 100.0, "EUR", 1),
        ("declared_source", "marketing", 3.0, "EUR", 1),
        ("declared_source", "(none)", 50.5, "EUR", 1),
        ("declared_source", "Trade show", 7.0, "USD", 1),
        ("first_touch", "marketing", 100.0, "EUR", 1),
        ("first_touch", "sales", 50.5, "EUR", 1),
        ("first_touch", "(none)", 3.0, "EUR", 1),
        ("first_touch", "marketing", 7.0, "USD", 1),
        ("lead", "marketing", 100.0, "EUR", 1),
        ("lead", "(none)", 53.5, "EUR", 2),
        ("lead", "(none)", 7.0, "USD", 1),
        ("opportunity", "sales", 150.5, "EUR", 2),
        ("opportunity", "(none)", 3.0, "EUR", 1),
        ("opportunity", "(none)", 7.0, "USD", 1),
    ]
    assert found["share"][0] == 100 / 153.5


def test_influence_counts_a_deal_for_every_team_that_touched_it() -> None:
    found = at.sourced(built()).influenced(minor=True)
    assert list(found.columns) == [
        "team", "currency", "deals", "revenue_minor", "share", "deals_before",
        "revenue_before_minor", "deals_after", "revenue_after_minor", "deals_undated",
        "revenue_undated_minor",
    ]  # fmt: skip
    assert [row[:4] + row[5:] for row in rows(found)] == [
        ("sales", "EUR", 2, 15050, 2, 15050, 1, 5050, 0, 0),
        ("marketing", "EUR", 1, 10000, 1, 10000, 1, 10000, 0, 0),
        ("marketing", "USD", 1, 700, 0, 0, 0, 0, 1, 700),
    ]


def test_the_cross_table_names_the_deals() -> None:
    found = at.sourced(built()).cross()
    assert rows(found) == [
        ("sales", "sales", 100.0, "EUR", 1, ("D1",)),
        ("marketing", "(none)", 3.0, "EUR", 1, ("D4",)),
        ("(none)", "sales", 50.5, "EUR", 1, ("D2",)),
        ("Trade show", "(none)", 7.0, "USD", 1, ("D3",)),
    ]


def test_declared_sources_can_be_mapped_to_teams() -> None:
    found = at.sourced(built(), teams={"trade SHOW": "Marketing"}).frame()
    declared = found[found["definition"] == "declared_source"]
    assert "marketing" in set(declared[declared["currency"] == "USD"]["team"])


def test_lost_and_open_deals_have_their_own_tables() -> None:
    lost = at.sourced(built(), of="lost")
    assert set(lost.frame()["revenue"]) == {40.0}
    assert at.sourced(built(), of="open").frame().empty
    whole = at.sourced(built(), of="pipeline").frame(minor=True)
    assert whole[whole["currency"] == "EUR"]["revenue_minor"].sum() == 4 * 19350


def test_the_texts_show_three_tables_and_end_with_the_line() -> None:
    journeys = built()
    found = at.sourced(journeys)
    line = "Credit is a division by rule, not a measured effect; 2 % of won EUR"
    assert repr(found).splitlines()[-1].startswith(line)
    assert "never to be summed" in repr(found)
    assert "total       EUR       153.50" in repr(found)
    html = found._repr_html_()
    assert html.count("<table>") == html.count("not a measured effect") == 3
    assert "D1" in html


def test_many_deals_of_a_cell_are_counted_and_not_listed() -> None:
    paths = at.journeys_from_paths(["a"] * 5, wins=[1] * 5, revenue=[1] * 5)
    assert "0, 1, 2 and 2 more" in repr(at.sourced(paths))


def test_a_team_called_total_is_not_the_total() -> None:
    told = repr(at.sourced(built(), teams={"sales": "total"})).splitlines()
    rows = [line.split() for line in told if line.split()[:2] == ["total", "EUR"]]
    assert [row[2] for row in rows[:2]] == ["100.00", "153.50"]


def test_without_money_deals_are_counted() -> None:
    found = at.sourced(at.journeys_from_paths(["a > b", ""], wins=[3, 1]))
    first = found.frame().query("definition == 'first_touch'")
    assert (first["deals"].tolist(), first["share"].tolist()) == ([4], [1.0])
    assert "4 deals" in repr(found)
    assert "no column declared_source" in repr(found)
    assert "no deal has a date in lead_at" in repr(found)


def test_no_deals_give_the_columns_and_no_row() -> None:
    journeys = built()
    found = at.sourced(journeys.select(np.zeros(len(journeys), bool)))
    for table in (found.frame, found.influenced, found.cross):
        assert (len(table()), len(table().columns)) == (0, len(table().columns))
    assert repr(found).endswith("nothing is won.")


def test_labels_are_inert() -> None:
    deals = frame_of(DEALS).replace("Trade show", "<script>\u202ex</script>")
    found = at.sourced(at.build_journeys(frame_of(TOUCHES), deals))
    assert "<script>" not in found._repr_html_()
    assert "\u202e" not in found._repr_html_() + repr(found)


def touched(
    tables: own.Tables, declared: list[str | None], days: bool
) -> list[oracles.Touched]:
    """Return the won deals as the plain reference takes them, in journey order."""
    plain, found = tables.built_plainly(), []
    for deal, source in zip(tables.deals, declared, strict=False):
        if plain.outcomes[deal.deal_id] != "won":
            continue
        touches = [
            (plain.times[row, deal.deal_id], one.team, one.day_only)
            for row in plain.journeys[deal.deal_id]
            for one in [tables.touches[row]]
        ]
        at_opportunity = deal.milestones.get("opportunity")
        stamp = None if at_opportunity is None else (at_opportunity, False)
        if days and at_opportunity is not None:
            stamp = (at_opportunity // DAY * DAY + DAY - 1, True)
        lead = deal.milestones.get("lead")
        stamps = (None if lead is None else (lead, False), stamp)
        found.append(
            oracles.Touched(
                deal.deal_id, deal.amount, deal.currency, touches, *stamps, source
            )
        )
    return sorted(found, key=lambda one: one.deal_id.encode())


@given(
    own.tables(limit=10**6),
    st.lists(st.sampled_from([None, "Sales", " x ", "é"]), min_size=5, max_size=5),
    st.booleans(),
)
def test_every_table_is_that_of_the_plain_reference(
    tables: own.Tables, declared: list[str | None], days: bool
) -> None:
    moved = tuple(
        replace(deal, milestones={renamed(k): v for k, v in deal.milestones.items()})
        for deal in tables.deals
    )
    tables = own.Tables(tables.touches, moved, tables.contacts)
    touches, deals, contacts = tables.frames()
    deals["declared_source"] = own.objects(declared[: len(deals)])
    if days:
        deals["opportunity_at"] = [
            None if pd.isna(one) else one[:10] for one in deals["opportunity_at"]
        ]
    found = at.sourced(at.build_journeys(touches, deals, contacts=contacts))
    plain = touched(tables, declared, days)
    frame = found.frame(minor=True)
    keys = zip(frame["definition"], frame["currency"], frame["team"], strict=True)
    values = zip(frame["revenue_minor"], frame["deals"], strict=True)
    assert dict(zip(keys, values, strict=True)) == oracles.sourced(plain)
    for _, part in frame.groupby("definition"):
        assert part["revenue_minor"].sum() == sum(deal.amount for deal in plain)
    table = found.influenced(minor=True).drop(columns="share")
    assert {row[:2]: list(row[2:]) for row in rows(table)} == oracles.influenced(plain)
    crossed = {
        (*row[:2], row[3]): (row[2], row[5]) for row in rows(found.cross(minor=True))
    }
    assert crossed == oracles.crossed(plain)


def renamed(milestone: str) -> str:
    """Return ``lead`` for ``mql``, which these tables have in its place."""
    return "lead" if milestone == "mql" else milestone


@pytest.mark.parametrize(
    ("given", "code"),
    [({"teams": ["x"]}, "P04"), ({"of": "closed"}, "P04")],
)
def test_what_it_cannot_do_is_an_error(given: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        at.sourced(built(), **given)
    assert [one.code for one in caught.value.issues] == [code]


def test_no_journeys_are_an_error_of_kind() -> None:
    with pytest.raises(TypeError, match="not journeys"):
        at.sourced(frame_of(DEALS))
