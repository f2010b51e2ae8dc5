"""The funnel between the departments: leads handed over and what became of them."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import oracles_of_funnel as plain
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.journeys.tables import DIVISION

AS_OF = "2026-06-30T00:00:00Z"


def lead(
    lead_id: str = "L1", created_at: str = "2026-01-05T09:00Z", **more: Any
) -> Any:
    return {"lead_id": lead_id, "created_at": created_at, **more}


def sales(time: str, lead_id: str | None = "L1", **more: Any) -> Any:
    return {"time": time, "team": "sales", "lead_id": lead_id, **more}


NO_TOUCH = {"time": "2026-01-01T00:00Z", "team": "marketing", "lead_id": "nobody"}


def funnel(leads: list[Any], touches: list[Any] = (), **options: Any) -> at.Funnel:  # type: ignore[assignment]
    table = pd.DataFrame([*touches, NO_TOUCH])
    return at.funnel(pd.DataFrame(leads), table, **{"as_of": AS_OF, **options})


def total(leads: list[Any], touches: list[Any] = (), **options: Any) -> dict[str, Any]:  # type: ignore[assignment]
    (row,) = funnel(leads, touches, **options).frame().to_dict("records")
    return {str(name): value for name, value in row.items()}


# ------------------------------------------------------------ the plain reference


def dates() -> st.SearchStrategy[dt.date]:
    """Instants and days of two months, near each other and on the hour."""
    base = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
    moments = st.integers(0, 24 * 40).map(
        lambda hours: base + dt.timedelta(hours=hours)
    )
    return st.one_of(moments, moments.map(lambda moment: moment.date()))


def ids(letter: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, f"{letter}1", f"{letter}2", f"{letter}3"])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[plain.Lead], list[plain.Touch]]:
    dated = st.one_of(st.none(), dates())
    sources = st.sampled_from([None, "ads", "événement"])
    leads = [
        plain.Lead(
            f"L{place}", draw(dated if draw(st.booleans()) else dates()),
            draw(dated), draw(dated), draw(dated), draw(dated),
            draw(sources), draw(ids("C")), draw(ids("A")), draw(ids("D")),
        )
        for place in range(draw(st.integers(1, 6)))
    ]  # fmt: skip
    touches = [
        plain.Touch(
            draw(dates()), draw(st.sampled_from(["sales", "sales", "marketing"])),
            draw(ids("L")), draw(ids("C")), draw(ids("D")), draw(ids("A")),
        )
        for _ in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    return leads, touches


def text(date: plain.Date) -> str | None:
    return None if date is None else date.isoformat()


def frame(rows: list[Any], kind: type) -> pd.DataFrame:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    columns = {}
    for name in names:
        values = [getattr(row, name) for row in rows]
        dated = name == "time" or name.endswith("_at")
        columns[name] = pd.Series(
            [text(one) for one in values] if dated else values, dtype=object
        )
    return pd.DataFrame(columns)


@examples(60)
@given(
    rows=tables(),
    tz=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo"]),
    as_of=st.integers(0, 24 * 60),
    maturity=st.sampled_from([1, 20, 60]),
    by=st.sampled_from([None, "month", "source"]),
    seed=st.integers(0, 99),
)
def test_a_funnel_is_the_plain_one_in_any_order_of_rows(
    rows: tuple[list[plain.Lead], list[plain.Touch]],
    tz: str,
    as_of: int,
    maturity: int,
    by: str | None,
    seed: int,
) -> None:
    leads, touches = rows
    instant = dt.datetime(2026, 3, 21, tzinfo=dt.UTC) + dt.timedelta(hours=as_of)
    expected = plain.table(
        plain.told(
            leads, touches, tz=tz, as_of=instant,
            maturity=dt.timedelta(days=maturity), won=frozenset({"D1"}),
        ),
        by,
    )  # fmt: skip
    deals = pd.DataFrame(
        {"deal_id": ["D3", "D1", "D2"], "outcome": ["open", "won", "lost"]}
    )
    tables = [frame(leads, plain.Lead), frame(touches, plain.Touch)]
    found = []
    for one in (None, seed):
        mixed = [
            table if one is None else table.sample(frac=1, random_state=one)
            for table in tables
        ]
        result = at.funnel(
            *mixed, deals=deals, tz=tz, as_of=instant, maturity=f"{maturity}d"
        )
        found.append(result.frame(by))
    pd.testing.assert_frame_equal(*found)
    rows_found = found[0].to_dict("records")
    assert [str(row[by]) for row in rows_found] == sorted(expected) if by else True
    for row in rows_found:
        own = expected[str(row[by]) if by else ""]
        for name, value in own.items():
            assert row[name] == pytest.approx(value, nan_ok=True), name


# -------------------------------------------------------------------- the hand-over


def test_mql_at_hands_over_where_any_lead_has_one_else_created_at() -> None:
    leads = [lead("L1", mql_at="2026-02-01T09:00Z"), lead("L2", mql_at=None)]
    assert total(leads)["handed_over"] == 1
    assert funnel(leads).frame("month")["month"].tolist() == ["(none)", "2026-02"]
    assert total([lead("L1", mql_at=None), lead("L2")])["handed_over"] == 2
    assert total(leads, handover="created_at")["handed_over"] == 2
    asked = total([lead("L1", mql_at=None)], handover="mql_at")
    assert asked["handed_over"] == 0
    assert math.isnan(asked["touched_rate"])


def test_the_definition_in_force_is_printed() -> None:
    assert "mql_at" in funnel([lead(mql_at="2026-02-01")]).definitions["handed over"]
    found = funnel([lead()], maturity="12w", tz="Asia/Tokyo", sales=("sales", "sdr"))
    text = repr(found)
    assert "created_at: the lead counts as handed over when it was created" in text
    assert "less than 84d between the end of its month and as_of" in text
    assert "a touch of sales, sdr at or after the hand-over" in text
    assert "2026-06-30T00:00:00Z" in text
    assert "Asia/Tokyo" in text
    assert "won             not known: give deals=" in text


def test_a_stage_that_no_column_dates_is_in_no_table() -> None:
    names = set(funnel([lead()]).frame().columns)
    assert not names & {"accepted", "rejected", "recycled", "won", "won_rate"}
    assert len(funnel([lead()]).reasons()) == 0
    found = funnel([lead(accepted_at="2026-01-09T09:00Z", won=True)]).frame()
    assert found[["accepted", "became_deal", "won"]].values.tolist() == [[1, 1, 1]]


def test_a_stage_that_no_lead_reached_may_be_one_that_nobody_keeps() -> None:
    found = funnel([lead(accepted_at=None, rejected_at="2026-01-09T09:00Z")])
    assert found.frame()["accepted"].tolist() == [0]
    told = found.definitions["accepted (SAL)"]
    assert told == "none, or nobody keeps it: accepted_at is empty"
    assert found.definitions["rejected"].startswith("handed over, and rejected_at")


def test_counts_are_int64_and_rates_float64() -> None:
    deals = pd.DataFrame({"deal_id": ["D"], "outcome": ["won"], "amount": [1.5]})
    dated = lead(accepted_at=None, rejected_at=None, deal_id="D")
    frame = funnel([dated], deals=deals, currency="EUR").frame("source")
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    for name in plain.FLAGS:
        assert kinds[name] == "int64"
    floats = [name for name in kinds if name.endswith("_rate") or "hours" in name]
    assert len(floats) == 12
    assert {kinds[name] for name in [*floats, "revenue_EUR"]} == {"float64"}
    assert kinds["immature"] == "bool"


def test_what_was_reached_without_a_hand_over_is_counted_as_skipped() -> None:
    leads = [
        lead("L1", mql_at="2026-02-01T09:00Z"),
        lead("L2", mql_at=None, accepted_at="2026-02-01T09:00Z", deal_id="D2"),
        lead("L3", mql_at=None),
    ]
    row = total(leads)
    assert (row["leads"], row["handed_over"], row["accepted"]) == (3, 1, 0)
    assert (row["became_deal"], row["skipped"]) == (0, 1)
    assert funnel(leads).issues.set_index("code").loc["H03", "rows"] == 1


# ------------------------------------------------------------------ the first touch


@pytest.mark.parametrize(
    ("touch", "hours"),
    [
        ("2026-01-05T08:59:59Z", math.nan),
        ("2026-01-05T09:00:00Z", 0.0),
        ("2026-01-06T09:00:00Z", 24.0),
        ("2026-01-05", 3.0),
        ("2026-01-04", math.nan),
    ],
)
def test_the_first_sales_touch_lies_at_or_after_the_hand_over(
    touch: str, hours: float
) -> None:
    found = total([lead()], [sales(touch), sales("2025-12-01T00:00Z")])
    assert found["hours_median"] == pytest.approx(hours, nan_ok=True)
    assert found["touched"] == (not math.isnan(hours))


def test_a_day_is_not_before_a_hand_over_of_the_same_day() -> None:
    late = lead(created_at="2026-01-05T15:00Z")
    assert total([late], [sales("2026-01-05")])["hours_median"] == 0
    by_day = lead(created_at="2026-01-05")
    for time in ("2026-01-05T00:00:00Z", "2026-01-05", "2026-01-05T23:59:59Z"):
        found = funnel([by_day], [sales(time)])
        assert found.frame()["hours_median"].tolist() == [0]
        assert "T16" in set(found.issues["code"])
    assert total([by_day], [sales("2026-01-04T23:59:59Z")])["touched"] == 0
    march = total(
        [lead(created_at="2026-03-29")], [sales("2026-03-28T23:00:00Z")],
        tz="Europe/Berlin",
    )  # fmt: skip
    assert march["touched"] == 1


def test_a_touch_after_exactly_a_day_is_in_time_and_a_microsecond_later_is_not() -> (
    None
):
    edge = total([lead()], [sales("2026-01-06T09:00:00Z")])
    assert (edge["observed_1d"], edge["untouched_1d"]) == (1, 0)
    late = total([lead()], [sales("2026-01-06T09:00:00.000001Z")])
    assert (late["untouched_1d"], late["untouched_3d"]) == (1, 0)
    assert late["untouched_1d_rate"] == 1


def test_a_lead_is_judged_only_once_the_days_have_passed() -> None:
    found = total([lead()], as_of="2026-01-08T09:00:00Z")
    assert [found[f"observed_{days}d"] for days in (1, 3, 7)] == [1, 1, 0]
    assert [found[f"untouched_{days}d"] for days in (1, 3, 7)] == [1, 1, 0]
    assert math.isnan(found["untouched_7d_rate"])


def test_a_touch_takes_the_first_link_that_leads_to_a_lead() -> None:
    leads = [
        lead("L1", contact_id="C1", account_id="A1", deal_id="D1"),
        lead("L2", contact_id="C2", account_id="A1", deal_id=None),
        lead("L3", contact_id="C2", account_id="A2", deal_id="D1"),
    ]

    def touched(**links: str) -> list[str]:
        touch = {"time": "2026-02-01T00:00Z", "team": "sales", "lead_id": None, **links}
        by_owner = [{**one, "owner": one["lead_id"]} for one in leads]
        frame = funnel(by_owner, [touch]).frame("owner")
        return [str(one) for one in frame.loc[frame["touched"] == 1, "owner"]]

    assert touched(lead_id="L3", contact_id="C1") == ["L3"]
    assert touched(contact_id="C2", deal_id="D1") == ["L2", "L3"]
    assert touched(lead_id="L9", contact_id="C9", deal_id="D1") == ["L1", "L3"]
    assert touched(account_id="A1") == ["L1", "L2"]
    assert touched(account_id="A9") == []


def test_only_touches_of_the_teams_named_answer_a_lead() -> None:
    touch = {**sales("2026-02-01T00:00Z"), "team": "SDR"}
    assert total([lead()], [touch], teams=("sdr",))["touched"] == 0
    assert total([lead()], [touch], sales=("sales", "SDR"))["touched"] == 1
    assert total([lead()], [touch], sales="sdr")["touched"] == 1
    channel = {"time": "2026-02-01T00:00Z", "lead_id": "L1", "channel": "call"}
    found = at.funnel(
        pd.DataFrame([lead()]), pd.DataFrame([channel]), teams={"call": "sales"}
    )
    assert found.frame()["touched"].tolist() == [1]


# ------------------------------------------------------------------------- stages


@pytest.mark.parametrize(
    ("dates", "recycled"),
    [
        ({"rejected_at": "2026-01-06T09:00Z"}, 0),
        ({"rejected_at": "2026-01-06T09:00Z", "accepted_at": "2026-01-07T09:00Z"}, 1),
        ({"rejected_at": "2026-01-06T09:00Z", "accepted_at": "2026-01-06T09:00Z"}, 0),
        ({"rejected_at": "2026-01-06", "accepted_at": "2026-01-06T09:00Z"}, 0),
        ({"rejected_at": "2026-01-06", "accepted_at": "2026-01-07T00:00Z"}, 1),
        ({"rejected_at": "2026-01-06T09:00Z", "accepted_at": "2026-01-05T09:00Z"}, 0),
        ({"rejected_at": "2026-01-06T09:00Z", "sql_at": "2026-02-05T09:00Z"}, 1),
        ({"rejected_at": "2026-01-02T09:00Z"}, 1),
        ({"accepted_at": "2026-01-06T09:00Z", "rejected_at": None}, 0),
    ],
)
def test_a_lead_is_recycled_where_a_stage_follows_its_rejection(
    dates: dict[str, Any], recycled: int
) -> None:
    assert total([lead(**dates)])["recycled"] == recycled


def test_reasons_are_counted_by_cell_the_most_frequent_first() -> None:
    day = "2026-01-06T09:00Z"
    leads = [
        lead("L1", source="ads", rejected_at=day, reason="no budget"),
        lead("L2", source="ads", rejected_at=day, reason="student"),
        lead("L3", source="ads", rejected_at=day, reason="student"),
        lead("L4", source="event", rejected_at=day, reason=None),
        lead("L5", source="event", rejected_at=None, reason="student"),
        lead("L6", source="event", rejected_at=day, reason="told by jo@x.org"),
    ]
    found = funnel(leads)
    assert found.reasons().values.tolist() == [
        ["student", 2, 0.4],
        ["(none)", 1, 0.2],
        ["no budget", 1, 0.2],
        ["told by (mail address)", 1, 0.2],
    ]
    by_source = found.reasons("channel").values.tolist()
    assert by_source[:3] == [
        ["ads", "student", 2, 2 / 3],
        ["ads", "no budget", 1, 1 / 3],
        ["event", "(none)", 1, 0.5],
    ]
    assert "jo@" not in repr(found.frame("reason").to_string())


def test_a_cohort_is_immature_until_its_maturity_has_passed() -> None:
    leads = [lead("L1", "2026-01-31T23:00Z"), lead("L2", "2026-02-01T00:00Z")]

    def young(**options: Any) -> list[bool]:
        frame = funnel(leads, **options).frame("month")
        return [bool(one) for one in frame["immature"]]

    assert young(as_of="2026-05-02T00:00:00Z") == [False, True]
    assert young(as_of="2026-05-01T23:59:59Z") == [True, True]
    assert young(as_of="2026-05-02T00:00:00Z", tz="Europe/Berlin") == [True]
    assert young(maturity="9w") == [False, False]
    text = repr(funnel(leads, as_of="2026-05-02T00:00:00Z"))
    january, february = (
        next(line for line in text.splitlines() if line.startswith(month))
        for month in ("2026-01", "2026-02")
    )
    assert february.endswith("immature")
    assert not january.endswith("immature")


# -------------------------------------------------------------------------- deals

DEALS = pd.DataFrame(
    {
        "deal_id": ["D1", "D2", "D3", "D4"],
        "outcome": ["won", "lost", "won", "won"],
        "amount": [100.25, 50.0, 7.0, 9.0],
        "currency": ["EUR", "EUR", "USD", "EUR"],
        "closed_at": ["2026-03-01", "2026-03-01", "2026-03-01", "2026-09-01"],
    }
)


def test_each_won_deal_counts_once_in_money_at_its_first_lead() -> None:
    leads = [
        lead("L2", source="ads", deal_id="D1"),
        lead("L1", source="event", deal_id="D1"),
        lead("L3", source="ads", deal_id="D1", created_at="2026-01-04T09:00Z"),
        lead("L4", source="event", deal_id="D2"),
        lead("L5", source="event", deal_id="D3"),
    ]
    row = total(leads, deals=DEALS)
    assert (row["became_deal"], row["won"]) == (5, 4)
    assert (row["revenue_EUR"], row["revenue_USD"]) == (100.25, 7.0)
    frame = funnel(leads, deals=DEALS).frame("source")
    assert frame["revenue_EUR"].tolist() == [100.25, 0.0]
    tied = funnel([leads[0], leads[1]], deals=DEALS).frame("source")
    assert tied["revenue_EUR"].tolist() == [0.0, 100.25]


def test_a_deal_that_closes_after_as_of_is_open() -> None:
    found = funnel([lead(deal_id="D4")], deals=DEALS)
    assert found.frame()[["became_deal", "won"]].values.tolist() == [[1, 0]]
    assert "T08" in set(found.issues["code"])
    assert total([lead(deal_id="D4")], deals=DEALS, as_of="2026-09-01")["won"] == 1


def test_the_table_of_deals_outranks_the_leads_own_outcome() -> None:
    leads = [
        lead("L1", deal_id="D2", outcome="Closed Won"),
        lead("L2", deal_id="D1", outcome="Closed Lost"),
        lead("L3", deal_id="D9", outcome="Closed Won"),
        lead("L4", deal_id=None, outcome="Closed Won"),
    ]
    words = {"Closed Won": "won", "Closed Lost": "lost"}
    found = funnel(leads, deals=DEALS, outcomes=words)
    row = found.frame().to_dict("records")[0]
    assert (row["became_deal"], row["won"]) == (4, 3)
    assert "H02" in set(found.issues["code"])


def test_the_last_line_says_how_much_of_what_was_won_had_no_touch() -> None:
    won = [lead("L1", deal_id="D1"), lead("L2", deal_id="D1"), lead("L3", deal_id="D3")]
    early = {**sales("2025-12-01T00:00Z", "L2"), "team": "marketing"}

    def last(found: at.Funnel) -> str:
        line = repr(found).splitlines()[-1]
        assert found._repr_html_().count(line.split(";")[0]) == 3
        return line.removeprefix(f"{DIVISION}; ")

    told = last(funnel(won, [early], deals=DEALS))
    assert told == "0 % of won EUR, 100 % of won USD money had no recorded touch."
    one = last(funnel(won[:2], [early], deals=DEALS))
    assert one == "0 % of won money had no recorded touch."
    unpriced = DEALS.drop(columns="amount")
    assert last(funnel(won, [early], deals=unpriced)).startswith("50 % of won deals")
    own = [lead("L1", won=True), lead("L2", won="yes"), lead("L3", won="no")]
    assert last(funnel(own[1:], [early])).startswith("0 % of won deals")
    assert last(funnel([lead()])) == "nothing is won."


# -------------------------------------------------------------------------- doors


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_every_kind_of_frame_gives_the_same(kind: Any) -> None:
    leads = pd.DataFrame([lead("L1", source="ads"), lead("L2", source=None)])
    touches = pd.DataFrame([sales("2026-01-05T12:00:00Z")])
    expected = at.funnel(leads, touches).frame("source")
    found = at.funnel(kind(leads), kind(touches)).frame("source")
    pd.testing.assert_frame_equal(found, expected)


def test_columns_of_other_names_are_mapped() -> None:
    leads = pd.DataFrame({"Id": ["L1"], "CreatedDate": ["2026-01-05T09:00Z"]})
    touches = pd.DataFrame([sales("2026-01-05T12:00:00Z")])
    found = at.funnel(
        leads,
        touches,
        columns={"leads": {"lead_id": "Id", "created_at": "CreatedDate"}},
    )
    assert found.frame()["touched"].tolist() == [1]


def test_integer_ids_and_no_rows_at_all_are_read() -> None:
    leads = pd.DataFrame({"lead_id": [2, 1], "created_at": ["2026-01-05"] * 2})
    touches = pd.DataFrame({"lead_id": [1], "time": ["2026-01-06"], "team": ["sales"]})
    assert at.funnel(leads, touches).frame()["touched"].tolist() == [1]
    empty = at.funnel(leads.iloc[:0], touches.iloc[:0])
    assert empty.frame()["leads"].tolist() == [0]
    assert len(empty.frame("month")) == 0
    assert repr(empty).endswith("nothing is won.")


def test_labels_in_html_are_inert_and_cells_of_several_columns_are_in_order() -> None:
    found = funnel([lead("L1", source="<b>", owner="z"), lead("L2", source="<b>")])
    assert "<b>" not in found._repr_html_()
    assert found.frame(("source", "owner"))["owner"].tolist() == ["(none)", "z"]
    assert found.frame(["channel"])["channel"].tolist() == ["<b>"]


def test_a_contact_is_in_no_message_and_no_table() -> None:
    leads = [lead("L1", contact_id="jo@x.org"), lead("L2", contact_id="jo@x.org")]
    touch = sales("2026-02-01T00:00Z", None, contact_id="jo@x.org")
    found = funnel(leads, [touch])
    assert found.frame()["touched"].tolist() == [2]
    shown = repr(found) + found._repr_html_() + found.issues.to_string()
    assert "jo@" not in shown + found.frame("owner").to_string()


def test_the_quartiles_are_numpys() -> None:
    rng = np.random.default_rng(4)
    hours = rng.integers(1, 500, 40)
    start = pd.Timestamp("2026-01-01T00:00Z")
    leads = [lead(f"L{n}", "2026-01-01T00:00Z", source=str(n % 3)) for n in range(40)]
    touches = [
        sales((start + pd.Timedelta(hours=int(h))).isoformat(), f"L{n}")
        for n, h in enumerate(hours)
    ]
    frame = funnel(leads, touches).frame("source")
    for cell, row in frame.iterrows():
        own = hours[np.arange(40) % 3 == cell]
        found = row[["hours_q1", "hours_median", "hours_q3"]].tolist()
        assert found == pytest.approx(np.quantile(own, [0.25, 0.5, 0.75]).tolist())
