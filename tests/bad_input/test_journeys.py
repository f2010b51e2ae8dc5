"""Touches and deals that do not meet, meet too often, or meet at the wrong time."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from bad_input.catalogue import (
    built,
    check_fault,
    check_shape,
    deals,
    instants,
    only,
    refused,
    set_aside,
    told,
    touches,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import attribution as at
from attribution.intake import assembly

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array
    from attribution.journeys.journeys import Journeys


def objects(*values: object) -> pd.Series[Any]:
    return pd.Series(values, dtype=object)


# ----------------------------------------------------------------- all at once


def test_all_faults_of_all_tables_are_told_at_once() -> None:
    fine = "2026-01-01T10:00:00Z"
    error = refused(
        touches(
            time=[fine, "03/04/2026", fine],
            team=["marketing", "sales", "slaes"],
            channel=objects("a", ["b"], "c"),
            touch_id=[1.0, 2.0, 3.0],
            deal_id=objects("d1", 1, "d2"),
            rep=objects(b"x", None, None),
        ),
        deals(
            amount=["-5", "1,000", "1.005"],
            currency=["EURO", "EUR", "EUR"],
            outcome=["won", "won", "wonn"],
            created_at=[1, 2, 3],
            closed_at=instants(None, fine, "1969-01-01T10:00:00Z"),
        ),
        contacts=pd.DataFrame({"deal_id": ["d1"], "contact": ["c"]}),
    )
    assert {(one.code, one.table, one.column, one.rows) for one in error.issues} == {
        ("T10", "touches", "time", (1,)),
        ("L07", "touches", "team", (2,)),
        ("S08", "touches", "channel", (1,)),
        ("I06", "touches", "touch_id", (0, 1, 2)),
        ("I09", "touches", "deal_id", (1,)),
        ("S08", "touches", "rep", (0,)),
        ("M03", "deals", "amount", (0,)),
        ("M09", "deals", "amount", (1,)),
        ("M04", "deals", "amount", (2,)),
        ("M06", "deals", "currency", (0,)),
        ("J08", "deals", "outcome", (2,)),
        ("T09", "deals", "created_at", (0, 1, 2)),
        ("T02", "deals", "closed_at", (0,)),
        ("T11", "deals", "closed_at", (2,)),
        ("S01", "contacts", "contact_id", ()),
    }


def test_missing_columns_are_told_with_the_faults_of_the_others() -> None:
    error = refused(
        touches(channel=None, time=[1, 2, 3]),
        deals(closed_at=None, amount=["1", "x", "3"], deal_id=["d1", None, "d3"]),
    )
    assert {(one.code, one.table, one.column) for one in error.issues} == {
        ("S01", "touches", "channel"),
        ("T09", "touches", "time"),
        ("S01", "deals", "closed_at"),
        ("M09", "deals", "amount"),
        ("I01", "deals", "deal_id"),
    }


def test_faults_of_options_are_told_with_those_of_the_tables() -> None:
    error = refused(None, deals(amount=["1", "x", "3"]), lookback="180", anchor="end")
    assert {one.code for one in error.issues} == {"M09", "P01", "P04"}


def test_twenty_rows_are_named_and_all_are_counted() -> None:
    table = pd.concat([touches(team="slaes")] * 10, ignore_index=True)
    fault = only(refused(table))
    assert fault.rows == tuple(range(20))
    assert fault.count == 30


def test_an_error_survives_the_way_to_another_process() -> None:
    error = refused([], deals(amount=[True] * 3))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.issues == error.issues
    assert str(again) == str(error)


# ------------------------------------------------------------ touches and deals


def test_J01_touches_that_lead_to_no_deal_are_set_aside() -> None:
    table = touches(deal_id=["d1", "x9", None], account_id=[None, "a", "b"])
    journeys = built(table, deals(account_id=["z", None, None]))
    assert told(journeys) == [("J01", "set aside", "touches", "", 2)]
    assert set_aside(journeys) == [("touches", 1, "J01"), ("touches", 2, "J01")]


def test_J02_deals_without_touches_are_unattributed() -> None:
    journeys = built(touches(deal_id=["d2", "d2", "d2"]))
    assert told(journeys) == []
    found = at.attribute(journeys, "linear").by("team", minor=True)
    assert found["team"].tolist() == ["(unattributed: no touch linked)"]
    assert found["revenue_minor"].tolist() == [10_000]


def test_J03_a_touch_that_counts_in_several_deals_is_reported() -> None:
    table = touches(deal_id=None, account_id=["a", "a", "b"])
    journeys = built(table, deals(account_id=["a", "a", "b"]), start="all")
    assert told(journeys) == [
        ("K01", "note", "touches", "account_id", 3),
        ("J03", "warning", "touches", "", 2),
    ]
    assert journeys.found[1].rows == (0, 1)
    assert "sharing=" in journeys.found[1].remedy


def twice(**changes: object) -> pd.DataFrame:
    """Return three touches and the second again, with some changes."""
    table = touches()
    return pd.concat([table, table.iloc[[1]].assign(**changes)], ignore_index=True)


def test_J04_a_touch_twice_in_equal_rows_is_kept_once() -> None:
    journeys = built(twice())
    assert told(journeys) == [("J04", "set aside", "touches", "touch_id", 1)]
    assert set_aside(journeys) == [("touches", 3, "J04")]
    assert journeys.touch_count == 3


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "mail"},
        {"team": "marketing"},
        {"deal_id": "d2"},
        {"time": pd.Timestamp("2026-01-02T10:00:01Z")},
    ],
    ids=lambda one: next(iter(one)),
)
def test_J04_a_touch_id_twice_in_rows_that_differ_is_reported(
    change: dict[str, object],
) -> None:
    journeys = built(twice(**change))
    assert ("J04", "warning", "touches", "touch_id", 1) in told(journeys)
    assert journeys.touch_count == 4


def test_J04_touches_that_repeat_without_an_id_are_kept_and_reported() -> None:
    journeys = built(twice().drop(columns="touch_id"))
    assert ("J04", "warning", "touches", "", 1) in told(journeys)
    assert journeys.touch_count == 4


def test_J05_amounts_of_lost_and_open_deals_are_read() -> None:
    journeys = built()
    assert told(journeys) == []
    assert journeys.amount.tolist() == [10_000, 5_050, 700]
    found = at.attribute(journeys, "linear").by("team", of="lost", minor=True)
    assert found["revenue_minor"].tolist() == [5_050]


def crowd(count: int) -> pd.DataFrame:
    """Return so many touches of d2, but one of d1 in row 1."""
    table = pd.DataFrame({"deal_id": ["d2"] * (count + 1), "channel": "ad"})
    table.loc[1, "deal_id"] = "d1"
    seconds = pd.to_timedelta(np.arange(count + 1), unit="s")
    time = pd.Timestamp("2026-01-01T10:00:00Z") + seconds
    return table.assign(team="sales", time=time)


def of_long_journey(journeys_or_error: Journeys | at.InputError) -> None:
    """Check that J06 names rows of the long journey, in the table it names."""
    if isinstance(journeys_or_error, at.InputError):
        issues = journeys_or_error.issues
    else:
        issues = journeys_or_error.found
    [fault] = issues
    assert fault.code == "J06"
    assert fault.count > 0
    table = {"deals": deals(), "touches": crowd(10)}[fault.table]
    assert {table["deal_id"][row] for row in fault.rows if row < 10} == {"d2"}


def test_J06_a_journey_over_10_000_touches_is_reported() -> None:
    assert told(built(crowd(10_000))) == []
    journeys = built(crowd(10_001))
    assert [one[:2] for one in told(journeys)] == [("J06", "warning")]
    of_long_journey(journeys)


def test_J06_a_journey_over_the_limit_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert assembly.TOO_LONG == 1_000_000
    monkeypatch.setattr(assembly, "TOO_LONG", 9)
    assert told(built(crowd(9))) == []
    of_long_journey(refused(crowd(10)))


@pytest.mark.slow
def test_J06_a_journey_over_1_000_000_touches_is_an_error() -> None:
    fault = only(refused(crowd(1_000_001)))
    assert (fault.code, fault.severity) == ("J06", "error")


class Given(at.Model):
    """Gives the weights that a test says."""

    weights: ClassVar[Array] = np.zeros(3)

    def weigh(self, journeys: Journeys, params: dict[str, Any] | None) -> Array:
        del params
        return self.weights[: journeys.touch_count]


WEIGHTS: dict[str, Any] = {
    "NaN": [np.nan, 1.0],
    "infinite": [np.inf, 0.0],
    "negative": [-0.5, 1.5],
    "negative parts": [-1, 2],
    "sum over 1": [0.5, 0.6],
    "sum under 1": [0.5, 0.4],
    "parts too large": [2**62, 1],
    "too few": [1.0],
    "text": ["a", "b"],
    "complex": [1j, 1.0],
    "booleans": [True, False],
}


@pytest.mark.parametrize("kind", list(WEIGHTS))
def test_J07_weights_that_are_none_name_model_and_deal(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Given, "weights", np.array(WEIGHTS[kind]))
    credits = at.attribute(built(), Given())
    for table in (
        credits.lines,
        lambda: credits.by("team"),
        lambda: credits.deal("d1"),
    ):
        with pytest.raises(at.InputError) as caught:
            table()
        check_shape(caught.value)
        fault = check_fault(caught.value, "J07", ("models", "given"))
        assert "d1" in fault.what or kind in {"too few", "text", "complex", "booleans"}


def test_J07_weights_all_zero_leave_the_deal_unattributed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Given, "weights", np.zeros(2))
    found = at.attribute(built(), Given()).by("team", minor=True)
    money = dict(zip(found["team"], found["revenue_minor"], strict=True))
    assert money == {"marketing": 0, "sales": 0, "(unattributed: no weight)": 10_000}


def test_J10_contacts_without_a_deal_of_the_table_are_set_aside() -> None:
    people = pd.DataFrame(
        {"deal_id": ["d1", "x9", None, "d2"], "contact_id": ["c1", "c1", "c1", None]}
    )
    table = touches(deal_id=None, contact_id=["c1", "c1", "c1"])
    journeys = built(table, contacts=people)
    assert told(journeys) == [
        ("J10", "set aside", "contacts", "", 3),
        ("K01", "note", "touches", "contact_id", 3),
    ]
    assert set_aside(journeys) == [("contacts", row, "J10") for row in (1, 2, 3)]


def test_J11_paths_with_neither_wins_nor_losses_are_set_aside() -> None:
    journeys = at.journeys_from_paths(["a", "b", "c"], wins=[0, 1, 0], losses=[0, 0, 2])
    assert told(journeys) == [("J11", "set aside", "paths", "", 1)]
    assert set_aside(journeys) == [("paths", 0, "J11")]


# --------------------------------------------------------------------- windows


def test_E01_touches_before_the_lookback_are_set_aside_by_team() -> None:
    journeys = built(lookback="30d")
    assert told(journeys) == [("E01", "set aside", "touches", "time", 1)]
    assert "marketing 1" in journeys.issues["what"][0]
    assert set_aside(journeys) == [("touches", 0, "E01")]


def test_E02_touches_before_the_start_are_set_aside_by_team() -> None:
    opened = instants("2026-01-02T00:00:01Z", None, None)
    journeys = built(None, deals(opportunity_at=opened), start="opportunity")
    assert told(journeys) == [("E02", "set aside", "touches", "time", 1)]
    assert set_aside(journeys) == [("touches", 0, "E02")]


def test_E03_touches_when_no_deal_was_open_are_set_aside() -> None:
    created = instants("2026-01-02T09:00:00Z", *["2026-01-03T09:00:00Z"] * 2)
    far = instants("2025-09-01T10:00:00Z", "2026-01-02T10:00:00Z", None)
    table = touches(deal_id=None, account_id=["a", "a", "a"], time=far).iloc[:2]
    book = deals(account_id=["a", "b", "c"], created_at=created)
    journeys = built(table, book, sharing="open")
    assert told(journeys) == [
        ("K01", "note", "touches", "account_id", 2),
        ("E03", "set aside", "touches", "time", 1),
    ]
    assert set_aside(journeys) == [("touches", 0, "E03")]


def test_E04_touches_of_deals_without_the_anchor_are_set_aside() -> None:
    sql = instants("2026-01-05T10:00:00Z", None, None)
    journeys = built(None, deals(sql_at=sql), anchor="sql")
    assert told(journeys) == [("E04", "set aside", "touches", "time", 1)]
    assert set_aside(journeys) == [("touches", 2, "E04")]
    assert journeys.deals()["unattributed"].tolist()[1:] == ["no anchor", "no anchor"]


FIGURES = st.one_of(st.integers(-2, 9), st.none(), st.floats(), st.text(max_size=3))
PATHS = st.one_of(
    st.text("ab> \u0301", max_size=9),
    st.lists(st.one_of(st.text(max_size=2), st.integers(), st.none()), max_size=3),
    st.binary(max_size=2),
    st.none(),
)


WIN_NOISE = 1e-6
"""Wins are exact in 2^-32 deals; their sum as floats is not."""
ROWS = st.lists(st.tuples(PATHS, FIGURES, FIGURES, FIGURES), max_size=3)


@settings(max_examples=60, derandomize=True, phases=[Phase.generate], deadline=None)
@given(ROWS, st.booleans())
def test_paths_of_anything_give_journeys_or_their_faults(
    rows: list[tuple[Any, Any, Any, Any]], plain: bool
) -> None:
    paths, wins, losses, revenue = ([row[place] for row in rows] for place in range(4))
    figures: dict[str, Any] = {"wins": wins, "losses": losses, "revenue": revenue}
    if plain:
        figures = {"wins": [1 for _ in rows]}
    try:
        journeys = at.journeys_from_paths(paths, rounding="half_up", **figures)
    except at.InputError as error:
        check_shape(error)
        return
    won = int(journeys.count[journeys.span("won")].sum())
    wins = at.attribute(journeys, "linear").by("channel")["wins"].sum()
    assert wins == pytest.approx(won, abs=WIN_NOISE)
