"""``credits.by``: every promise of design §5, on tables small enough for a pencil."""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import attribution as at
from attribution.credit import cells
from attribution.errors import InputError

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

TOUCHES = """\
deal_id,time,team,channel,campaign,rep,contact_id,asset
D1,2026-03-01T00:00:00Z,marketing,ad,spring,,p1,page
D1,2026-03-02T00:00:00Z,sales,call,,Ana,p1,
D1,2026-03-03T00:00:00Z,sales,call,,Bo,p2,
D2,2026-03-01T00:00:00Z,marketing,ad,spring,,p3,page
D2,2026-03-02T00:00:00Z,marketing,email,,,p3,
D3,2026-01-01T00:00:00Z,marketing,ad,winter,,p4,
D3,2026-01-02T00:00:00Z,sales,call,,Ana,p4,
D4,2026-06-01T00:00:00Z,sales,call,,Ana,p5,
D4,2026-06-02T00:00:00Z,marketing,email,,,p5,
D6,2026-04-06T00:00:00Z,sales,call,,Ana,p6,
L1,2026-01-20T00:00:00Z,sales,call,,Bo,p7,
L1,2026-01-21T00:00:00Z,marketing,ad,winter,,p7,
O1,2026-04-01T00:00:00Z,marketing,ad,,,p8,
O2,2026-04-02T00:00:00Z,marketing,email,,,p9,
"""
DEALS = """\
deal_id,amount,currency,outcome,closed_at,segment,account_id
D1,100.00,EUR,won,2026-03-31T16:00:00Z,large,A
D2,0.05,EUR,won,2026-03-31T14:00:00Z,small,B
D3,501,JPY,won,2026-01-10T00:00:00Z,,C
D4,1.001,KWD,won,2026-06-30T20:00:00Z,large,D
D5,7.00,EUR,won,2026-04-02T00:00:00Z,small,E
D6,3.00,EUR,won,2026-04-05T00:00:00Z,(none),F
D7,900,JPY,won,2026-01-11T00:00:00Z,small,G
L1,40.01,EUR,lost,2026-02-01T00:00:00Z,large,H
L2,10.00,EUR,lost,2026-02-01T00:00:00Z,large,I
O1,60.00,EUR,open,2026-05-15T00:00:00Z,small,J
O2,5.00,EUR,open,,small,K
"""
NO_TOUCH = "(unattributed: no touch linked)"
AFTER = "(unattributed: after the anchor)"
COLUMNS = ["currency", "share", "share_of_attributed", "wins", "deals"]
MODELS = ["linear", "first_touch", "time_decay:half_life=1d", "time_decay"]


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str)


def built(touches: str = TOUCHES, deals: str = DEALS, **options: Any) -> Journeys:
    return at.build_journeys(frame_of(touches), frame_of(deals), **options)


JOURNEYS = built(tz="Asia/Tokyo", keep=("asset",))
CREDITS = at.attribute(JOURNEYS, MODELS)


def rows(frame: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    """Return the rows of these columns, None where a value is missing."""
    shown = frame[list(names) or list(frame.columns)].astype(object)
    return list(shown.where(shown.notna(), None).itertuples(index=False, name=None))


def linear(*dims: str, **given: Any) -> pd.DataFrame:
    return CREDITS.by(*dims, model="linear", **given)


def refused(code: str, ask: Any) -> str:
    """Return the message of the one fault that ``ask`` raises, of this code."""
    with pytest.raises(InputError) as caught:
        ask()
    assert [one.code for one in caught.value.issues] == [code]
    return str(caught.value)


# ----------------------------------------------------------------- what it promises


def test_every_cent_of_every_deal_stands_in_its_row() -> None:
    found = linear("channel", minor=True)
    assert rows(found) == [
        ("linear", *row)
        for row in [
            ("call", 6666, "EUR", 6666 / 11005, 6666 / 10005, pytest.approx(2 / 3), 1),
            ("ad", 3337, "EUR", 3337 / 11005, 3337 / 10005, pytest.approx(5 / 6), 2),
            ("email", 2, "EUR", 2 / 11005, 2 / 10005, 0.5, 1),
            (NO_TOUCH, 700, "EUR", 700 / 11005, None, 1.0, 1),
            (AFTER, 300, "EUR", 300 / 11005, None, 1.0, 1),
            ("ad", 251, "JPY", 251 / 1401, 251 / 501, 0.5, 1),
            ("call", 250, "JPY", 250 / 1401, 250 / 501, 0.5, 1),
            (NO_TOUCH, 900, "JPY", 900 / 1401, None, 1.0, 1),
            ("call", 501, "KWD", 501 / 1001, 501 / 1001, 0.5, 1),
            ("email", 500, "KWD", 500 / 1001, 500 / 1001, 0.5, 1),
        ]
    ]


def test_major_units_are_the_minor_units_of_their_currency() -> None:
    assert rows(linear("channel"), "channel", "revenue", "currency") == [
        ("call", 66.66, "EUR"),
        ("ad", 33.37, "EUR"),
        ("email", 0.02, "EUR"),
        (NO_TOUCH, 7.0, "EUR"),
        (AFTER, 3.0, "EUR"),
        ("ad", 251.0, "JPY"),
        ("call", 250.0, "JPY"),
        (NO_TOUCH, 900.0, "JPY"),
        ("call", 0.501, "KWD"),
        ("email", 0.5, "KWD"),
    ]


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("period", [None, "month"])
@pytest.mark.parametrize("of", ["won", "lost", "open", "pipeline"])
def test_columns_and_kinds_are_always_the_same(
    minor: bool, period: str | None, of: Any
) -> None:
    found = CREDITS.by("team", "rep", minor=minor, period=period, of=of)
    money = "revenue_minor" if minor else "revenue"
    asked = ["period"] if period else []
    assert list(found.columns) == ["model", *asked, "team", "rep", money, *COLUMNS]
    kinds = {name: str(found[name].dtype) for name in found.columns}
    for name in ("model", *asked, "team", "rep", "currency"):
        assert pd.api.types.is_string_dtype(found.pop(name))
    assert kinds[money] == ("int64" if minor else "float64")
    assert kinds["deals"] == "int64"
    assert {kinds[name] for name in ("share", "share_of_attributed", "wins")} == {
        "float64"
    }
    assert list(found.index) == list(range(len(found)))


def test_a_table_of_no_deals_has_the_same_columns_and_kinds() -> None:
    none = at.attribute(JOURNEYS.select(np.zeros(len(JOURNEYS), bool)), MODELS)
    for given in ({}, {"minor": True}, {"period": "month"}, {"exact": False}):
        found, full = none.by("team", **given), CREDITS.by("team", **given)
        assert len(found) == 0
        assert found.dtypes.to_dict() == full.dtypes.to_dict()


def test_the_month_of_a_close_is_that_of_the_time_zone() -> None:
    found = linear("team", period="month")
    assert rows(found, "period", "team", "revenue", "currency") == [
        ("2026-03", "marketing", 0.05, "EUR"),
        ("2026-04", "sales", 66.66, "EUR"),
        ("2026-04", "marketing", 33.34, "EUR"),
        ("2026-04", NO_TOUCH, 7.0, "EUR"),
        ("2026-04", AFTER, 3.0, "EUR"),
        ("2026-01", "marketing", 251.0, "JPY"),
        ("2026-01", "sales", 250.0, "JPY"),
        ("2026-01", NO_TOUCH, 900.0, "JPY"),
        ("2026-07", "sales", 0.501, "KWD"),
        ("2026-07", "marketing", 0.5, "KWD"),
    ]


def test_the_quarter_of_a_close_is_that_of_the_time_zone() -> None:
    found = linear("segment", period="quarter")
    assert rows(found, "period", "segment", "currency", "deals") == [
        ("2026-Q1", "small", "EUR", 1),
        ("2026-Q2", "large", "EUR", 1),
        ("2026-Q2", NO_TOUCH, "EUR", 1),
        ("2026-Q2", AFTER, "EUR", 1),
        ("2026-Q1", "(none)", "JPY", 1),
        ("2026-Q1", NO_TOUCH, "JPY", 1),
        ("2026-Q3", "large", "KWD", 1),
    ]
    utc = at.attribute(built(), "linear").by("segment", period="quarter")
    quarters = {row[1:]: row[0] for row in rows(utc, "period", "segment", "currency")}
    assert quarters["large", "EUR"] == "2026-Q1"
    assert quarters["large", "KWD"] == "2026-Q2"


def test_an_open_deal_is_in_the_period_of_its_expected_close() -> None:
    found = linear("channel", of="open", period="month")
    assert rows(found, "period", "channel", "revenue", "wins", "deals") == [
        ("(none)", "email", 5.0, 1.0, 1),
        ("2026-05", "ad", 60.0, 1.0, 1),
    ]


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ("lost", [("call", 2001, 1), ("ad", 2000, 1), (NO_TOUCH, 1000, 1)]),
        ("open", [("ad", 6000, 1), ("email", 500, 1)]),
        (
            "pipeline",
            [
                ("ad", 3337 + 2000 + 6000, 4),
                ("call", 6666 + 2001, 2),
                ("email", 2 + 500, 2),
                (NO_TOUCH, 700 + 1000, 2),
                (AFTER, 300, 1),
            ],
        ),
    ],
)
def test_money_of_an_outcome_is_that_of_its_deals(of: Any, expected: Any) -> None:
    found = linear("channel", of=of, minor=True)
    found = found[found["currency"] == "EUR"]
    assert rows(found, "channel", "revenue_minor", "deals") == expected


def test_shares_are_of_the_currency_and_of_its_attributed_money() -> None:
    found = CREDITS.by("team", "channel", "rep")
    lost = found["team"].str.startswith("(unattributed")
    assert found["share_of_attributed"].isna().tolist() == lost.tolist()
    for _, group in found.groupby(["model", "currency"]):
        assert math.fsum(group["share"]) == pytest.approx(1, abs=1e-15)
        attributed = group["share_of_attributed"].dropna()
        assert math.fsum(attributed) == pytest.approx(1, abs=1e-15)


def test_money_adds_up_to_the_won_revenue_in_every_table() -> None:
    for dims in (["team"], ["channel", "rep"], ["campaign"], ["segment", "process"]):
        found = CREDITS.by(*dims, minor=True)
        for (_, currency), sums in found.groupby(["model", "currency"]):
            expected = {"EUR": 11005, "JPY": 1401, "KWD": 1001}[currency]
            assert sums["revenue_minor"].sum() == expected


def test_wins_add_up_to_the_won_deals_and_deals_do_not() -> None:
    found = CREDITS.by("channel")
    for _, group in found.groupby("model"):
        assert group["wins"].sum() == pytest.approx(7, abs=1e-9)
        assert group["deals"].sum() == 11


def test_a_deal_is_counted_once_where_two_of_its_touches_meet() -> None:
    found = linear("team")
    found = found[found["currency"] == "EUR"]
    assert rows(found, "team", "wins", "deals")[0] == (
        "sales",
        pytest.approx(2 / 3, abs=1e-9),
        1,
    )


def test_a_cell_without_credit_is_a_row_as_long_as_deals_touch_it() -> None:
    found = CREDITS.by("channel", model="first_touch")
    found = found[found["currency"] == "EUR"]
    assert rows(found, "channel", "revenue", "share", "wins", "deals")[:3] == [
        ("ad", 100.05, pytest.approx(10005 / 11005), 2.0, 2),
        ("call", 0.0, 0.0, 0.0, 1),
        ("email", 0.0, 0.0, 0.0, 1),
    ]


def test_every_column_of_an_unattributed_row_holds_its_reason() -> None:
    found = linear("team", "channel", "segment")
    lost = found[found["team"].str.startswith("(unattributed")]
    assert rows(lost, "team", "channel", "segment", "revenue") == [
        (NO_TOUCH, NO_TOUCH, NO_TOUCH, 7.0),
        (AFTER, AFTER, AFTER, 3.0),
        (NO_TOUCH, NO_TOUCH, NO_TOUCH, 900.0),
    ]


def test_models_stand_as_asked() -> None:
    assert list(dict.fromkeys(CREDITS.by("team")["model"])) == MODELS
    turned = at.attribute(JOURNEYS, MODELS[::-1]).by("team")
    assert list(dict.fromkeys(turned["model"])) == MODELS[::-1]


def test_rows_of_equal_money_stand_in_the_order_of_their_labels_bytes() -> None:
    touches = "deal_id,time,team,channel\n" + "".join(
        f"D,2026-01-0{day}T00:00:00Z,{team},{channel}\n"
        for day, (team, channel) in enumerate(
            [
                ("sales", "é"),
                ("marketing", "b"),
                ("marketing", "Z"),
                ("sales", "a"),
                ("sales", "東"),
            ],
            start=1,
        )
    )
    deals = "deal_id,amount,outcome,closed_at\nD,5,won,2026-02-01T00:00:00Z\n"
    credits = at.attribute(built(touches, deals), "linear")
    found = credits.by("channel", "team")
    assert found["channel"].tolist() == ["Z", "a", "b", "é", "東"]
    found = credits.by("team", "channel")
    assert rows(found, "team", "channel") == [
        ("marketing", "Z"),
        ("marketing", "b"),
        ("sales", "a"),
        ("sales", "é"),
        ("sales", "東"),
    ]


def test_without_money_wins_carry_the_shares_and_the_order() -> None:
    paths = at.journeys_from_paths(
        ["a > b", "b", "c", ""], wins=[2, 4, 1, 1], losses=[0, 1, 9, 0]
    )
    credits = at.attribute(paths, "linear")
    names = ("channel", "revenue", "share", "share_of_attributed", "wins", "deals")
    assert rows(credits.by("channel"), *names) == [
        ("b", 0.0, 5 / 8, 5 / 7, 5.0, 6),
        ("a", 0.0, 1 / 8, 1 / 7, 1.0, 2),
        ("c", 0.0, 1 / 8, 1 / 7, 1.0, 1),
        (NO_TOUCH, 0.0, 1 / 8, None, 1.0, 1),
    ]
    assert rows(credits.by("channel", of="lost"), "channel", "share", "deals") == [
        ("c", 0.9, 9),
        ("b", 0.1, 1),
    ]


def test_a_refund_is_the_negative_of_the_sale_and_0_has_no_shares() -> None:
    touches = TOUCHES + "".join(
        line.replace("D1,", "R1,") + "\n"
        for line in TOUCHES.split("\n")
        if line.startswith("D1,")
    )
    deals = "deal_id,amount,currency,outcome,closed_at\n" + "".join(
        f"{deal_id},{amount},EUR,won,2026-03-31T16:00:00Z\n"
        for deal_id, amount in (("D1", "100.00"), ("R1", "-100.00"))
    )
    credits = at.attribute(built(touches, deals, allow_negative=True), "linear")
    refunds = credits.journeys.amount < 0
    lines = credits.lines()["credit_minor"].tolist()
    assert lines == [3334, 3333, 3333, -3334, -3333, -3333]
    found = credits.by("deal_id", "channel")
    assert found["revenue"].tolist() == [66.66, 33.34, -33.34, -66.66]
    assert found["share"].isna().all()
    assert found["share_of_attributed"].isna().all()
    assert found["wins"].sum() == 2
    assert re.search(r"\nlinear +sales +0\.00 +EUR +1\.33\n", repr(credits))
    only = at.attribute(credits.journeys.select(refunds), "linear")
    assert rows(only.by("team"), "team", "revenue", "share") == [
        ("marketing", -33.34, 0.3334),
        ("sales", -66.66, 0.6666),
    ]


# ---------------------------------------------------------------------- its choices


def test_a_model_is_chosen_by_label_or_by_name() -> None:
    by_label = CREDITS.by("team", model="time_decay:half_life=1d")
    assert set(by_label["model"]) == {"time_decay:half_life=1d"}
    alone = at.attribute(JOURNEYS, MODELS[2]).by("team")
    pd.testing.assert_frame_equal(alone, by_label, check_exact=True)
    decays = ["time_decay:half_life=1d", "time_decay:half_life=2d"]
    several = at.attribute(JOURNEYS, ["linear", *decays])
    by_name = several.by("team", model="time_decay")
    assert list(dict.fromkeys(by_name["model"])) == decays


def test_a_label_that_is_also_a_name_is_that_model_alone() -> None:
    assert set(CREDITS.by("team", model="time_decay")["model"]) == {"time_decay"}


@pytest.mark.parametrize(
    ("dims", "labels"),
    [
        (["segment"], {"large", "small", "(none)"}),
        (["account_id"], {"A", "B", "C", "D"}),
        (["contact_id"], {"p1", "p2", "p3", "p4", "p5"}),
        (["asset"], {"page", "(none)"}),
        (["process"], {"false"}),
        (["outcome"], {"won"}),
        (["link"], {"deal"}),
        (["deal_id"], {"D1", "D2", "D3", "D4"}),
    ],
)
def test_any_column_of_touches_or_of_deals_is_grouped_by(
    dims: list[str], labels: set[str]
) -> None:
    found = linear(*dims)
    assert set(found[dims[0]]) == {*labels, NO_TOUCH, AFTER}
    assert found["revenue"].sum() == pytest.approx(110.05 + 1401 + 1.001)


def test_outcomes_are_told_apart_in_the_pipeline() -> None:
    found = linear("outcome", of="pipeline", minor=True)
    assert rows(found[found["currency"] == "EUR"], "outcome", "revenue_minor") == [
        ("won", 10005),
        ("open", 6500),
        ("lost", 4001),
        (NO_TOUCH, 1700),
        (AFTER, 300),
    ]


def test_process_steps_are_told_apart() -> None:
    credits = at.attribute(built(process=("call",)), "linear")
    found = credits.by("process", "channel")
    assert set(zip(found["process"], found["channel"], strict=True)) >= {
        ("true", "call"),
        ("false", "ad"),
    }
    assert ("false", "call") not in set(
        zip(found["process"], found["channel"], strict=True)
    )


def test_a_missing_label_and_the_label_none_are_one_row() -> None:
    deals = DEALS.replace("D1,100.00,EUR,won,2026-03-31T16:00:00Z,large", "D1,100.00,"
                          "EUR,won,2026-03-31T16:00:00Z,")  # fmt: skip
    deals = deals.replace("14:00:00Z,small", "14:00:00Z,(none)")
    found = at.attribute(built(deals=deals), "linear").by("segment", minor=True)
    found = found[(found["segment"] == "(none)") & (found["currency"] == "EUR")]
    assert rows(found, "revenue_minor", "deals") == [(10005, 2)]


@pytest.mark.parametrize("of", ["won", "lost", "open", "pipeline"])
def test_float_totals_are_the_exact_ones_to_the_last_digits(of: Any) -> None:
    given = {"of": of, "period": "month"}
    plain = CREDITS.by("team", "channel", exact=False, **given)
    exact = CREDITS.by("team", "channel", **given)
    assert plain["revenue"].dtype == plain["wins"].dtype == np.float64
    keys = ["model", "currency", "period", "team", "channel"]
    both = plain.merge(exact, on=keys, suffixes=("", "_exact"), validate="1:1")
    assert len(both) == len(plain) == len(exact)
    # A cell differs by what rounding to the minor unit moved, one unit a touch.
    for currency, unit in (("EUR", 0.01), ("JPY", 1), ("KWD", 0.001)):
        own = both[both["currency"] == currency]
        assert (abs(own["revenue"] - own["revenue_exact"]) <= 2 * unit).all()
        assert own["revenue"].sum() == pytest.approx(
            own["revenue_exact"].sum(), rel=1e-12
        )
    assert both["wins"].tolist() == pytest.approx(both["wins_exact"], abs=1e-9)
    assert both["deals"].tolist() == both["deals_exact"].tolist()


def test_float_totals_come_straight_from_the_weights() -> None:
    found = linear("channel", exact=False)
    found = found[found["currency"] == "EUR"].set_index("channel")
    assert found["revenue"].to_dict() == pytest.approx(
        {"call": 200 / 3, "ad": 100 / 3 + 0.025, "email": 0.025, NO_TOUCH: 7, AFTER: 3},
        rel=1e-12,
    )


def test_cells_are_found_once_for_journeys_and_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journeys = built()
    first = at.attribute(journeys, "linear").by("rep", "channel")
    monkeypatch.setattr(cells, "_cells", None)
    again = at.attribute(journeys, "linear", threads=1).by("rep", "channel")
    pd.testing.assert_frame_equal(first, again)


# ----------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("code", "dims", "given", "told"),
    [
        ("P09", (), {}, "no column"),
        ("P09", (["team", "channel"],), {}, 'by("team", "channel")'),
        ("P09", ("team", 3), {}, "no column name"),
        ("P09", ("team", "team"), {}, "repeats"),
        ("P09", ("currency",), {}, "Currency always is a column"),
        ("P09", ("period",), {}, "use period="),
        ("P09", ("chanel",), {}, "Did you mean 'channel'? Columns: team, channel"),
        ("P09", ("segmnt",), {}, "Did you mean 'segment'?"),
        ("P03", ("team",), {"model": "time_decy"}, "Did you mean 'time_decay'?"),
        ("P03", ("team",), {"model": "time_decay:half_life=7d"}, "none of linear"),
        ("P03", ("team",), {"model": 3}, "none of linear"),
        ("P04", ("team",), {"of": "wno"}, "Did you mean 'won'?"),
        ("P04", ("team",), {"of": None}, "won, lost, open, pipeline"),
        ("P04", ("team",), {"period": "mont"}, "Did you mean 'month'?"),
        ("P04", ("team",), {"period": "year"}, "month, quarter"),
        ("P04", ("team",), {"minor": True, "exact": False}, "minor=True needs exact"),
    ],
)
def test_what_it_cannot_do_is_an_error_with_its_code(
    code: str, dims: Any, given: dict[str, Any], told: str
) -> None:
    assert told in refused(code, lambda: CREDITS.by(*dims, **given))


@pytest.mark.parametrize(
    "name", ["model", "revenue", "revenue_minor", "share", "wins", "deals"]
)
def test_a_deal_column_named_as_one_of_the_table_is_never_overwritten(
    name: str,
) -> None:
    credits = at.attribute(built(deals=DEALS.replace("segment", name)), "linear")
    assert name in refused("P09", lambda: credits.by(name, minor=True))


@pytest.mark.parametrize(
    ("models", "given", "code"),
    [
        ([], {}, "P03"),
        (["linear", at.models.Linear()], {}, "P03"),
        (["linear", 5], {}, "P03"),
        ("linear", {"threads": 0}, "P04"),
        ("linear", {"threads": 1.5}, "P04"),
        ("linear", {"threads": True}, "P04"),
        ("linear", {"threads": "2"}, "P04"),
    ],
)
def test_what_cannot_be_attributed_is_an_error(
    models: Any, given: dict[str, Any], code: str
) -> None:
    refused(code, lambda: at.attribute(JOURNEYS, models, **given))


@pytest.mark.parametrize("given", [3, None, "linear"])
def test_credit_of_what_is_no_journeys_is_refused_with_the_remedy(given: Any) -> None:
    told = refused("S05", lambda: at.attribute(given, "linear"))
    assert "build_journeys" in told
    with pytest.raises(TypeError):
        at.attribute(given, "linear")


@pytest.mark.parametrize("ask", [at.attribute, at.fit])
@pytest.mark.parametrize("given", [None, "linear", [JOURNEYS], frame_of(DEALS)])
def test_what_is_no_journeys_is_s05_and_a_type_error(ask: Any, given: Any) -> None:
    with pytest.raises(InputError, match=r"^\[S05\]") as caught:
        ask(given, "linear")
    assert isinstance(caught.value, TypeError)
